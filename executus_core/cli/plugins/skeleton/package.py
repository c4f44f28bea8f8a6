"""Fills the templates of a package in, and writes all of its files or none."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from executus_core.errors import ConfigError
from executus_core.plugin.scan import CORE, find_core_version

if TYPE_CHECKING:
    from executus_core.cli.plugins.skeleton.kinds import Kind
    from executus_core.cli.plugins.skeleton.names import Names

_TEMPLATES: Final = Path(__file__).parent / "templates"
_ENDING: Final = ".tmpl"


def fill_in(names: Names, kind: Kind) -> dict[str, str]:
    """Give the files of a package, text by path."""
    values = _values(names, kind)
    files: dict[str, str] = {}
    for folder in kind.folders:
        for template in sorted((_TEMPLATES / folder).rglob(f"*{_ENDING}")):
            path = template.relative_to(_TEMPLATES / folder).as_posix().removesuffix(_ENDING)
            path = path.replace("__module__", names.module).replace("gitignore", ".gitignore")
            files[path] = Template(template.read_text(encoding="utf-8")).substitute(values)
    return dict(sorted(files.items()))


def write_package(folder: Path, files: dict[str, str]) -> None:
    """Write a package into a folder of its own.

    Raises:
        ConfigError: There is something already, or the folder can't be made; nothing of the package is left then.
    """
    if folder.exists() or folder.is_symlink():
        raise ConfigError(f"there is a '{folder}' already; choose another name, or another --directory")
    unfinished = ""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)
        made = Path(unfinished) / folder.name
        for path, text in files.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        made.rename(folder)
    except OSError as error:
        raise ConfigError(f"'{folder}' can't be made: {error.strerror or error}") from error
    finally:
        if unfinished:
            shutil.rmtree(unfinished, ignore_errors=True)


def _values(names: Names, kind: Kind) -> dict[str, str]:
    is_tools = kind.port == "tools"
    return {
        "distribution": names.distribution,
        "module": names.module,
        "plugin": names.plugin,
        "core": core_requirement(),
        # Tools have one way to the network; a provider may have its own, to what its operator has configured.
        "network": "guarded" if is_tools else "forbid",
        "summary": kind.summary,
        "usage": kind.usage.format(module=names.module),
        "port": kind.port,
        "part": kind.part,
        "provider": kind.provider.format(module=names.module),
        "class_name": kind.class_name,
        "described": "the tools" if is_tools else f"the provider of the port `{kind.port}`",
        "tested": "the tools, as functions and in a run"
        if is_tools
        else "the provider, against the whole contract of its port and in a run",
    }


def core_requirement() -> str:
    """Ask for the core that is installed, or a later one of its minor version and above."""
    from packaging.version import Version  # noqa: PLC0415 - only a new package needs it

    installed = find_core_version()
    if installed is None:
        return CORE
    version = Version(installed)
    # 1.3 comes after 1.3.dev2: who works with the latter needs just that
    least = version.public if version.is_prerelease else f"{version.major}.{version.minor}"
    return f"{CORE}>={least}"
