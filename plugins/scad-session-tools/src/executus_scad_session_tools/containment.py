"""What keeps OpenSCAD in its folder: ``include``, ``use``, ``import`` and ``surface`` read any file that the process may."""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import frozen

from executus_core import ToolError
from executus_scad_session_tools.process import run_child

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from executus_scad_session_tools.settings import Settings

Containment: TypeAlias = Literal["landlock", "bubblewrap", "none"]

LAUNCHER: Final = Path(__file__).with_name("launcher.py")

SYSTEM: Final = (
    # where shared libraries are found
    "/etc/ld.so.cache",
    # fonts for text()
    "/etc/fonts",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/var/cache/fontconfig",
    # colour schemes, and the libraries that come with it
    "/usr/share/openscad",
)
"""What OpenSCAD needs of the system beside shared libraries; nothing of it belongs to a user."""

REMEDY: Final = (
    "OpenSCAD can't be contained on this machine, so it was not started: a model's source could read any file; use a "
    "kernel with Landlock (Linux 5.13 or newer), or install bubblewrap: apt-get install bubblewrap; whoever trusts every "
    "source may set [plugin.scad-session-tools] unsafe = true"
)


@frozen
class Cage:
    """What one start of OpenSCAD may touch and take.

    Attributes:
        read: Files and folders that it may read.
        write: Folders that it may write.
        memory_bytes: Its address space.
        file_bytes: The largest file that it may write.
        cpu_s: Seconds of processor time, a net below the wall clock's.
        environment: All of its environment.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    memory_bytes: int
    file_bytes: int
    cpu_s: int
    environment: Mapping[str, str]

    def wrap(self, containment: Containment, command: Sequence[str]) -> list[str]:
        """Give the command that starts another one in here."""
        if containment == "bubblewrap":
            command = [*self._bubblewrap(), *command]
        order = {
            "command": list(command),
            "landlock": containment == "landlock",
            "read": [*system_paths(), "/dev/null", "/dev/urandom", *map(str, self.read)],
            "write": [*map(str, self.write), "/dev/null"],
            "memory_bytes": self.memory_bytes,
            "file_bytes": self.file_bytes,
            "cpu_s": self.cpu_s,
            "parent": os.getpid(),
        }
        return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(order)]

    def _bubblewrap(self) -> list[str]:
        options = ["--unshare-all", "--die-with-parent", "--dev", "/dev"]
        for path in (*system_paths(), *map(str, self.read)):
            options += ["--ro-bind-try", path, path]
        for path in map(str, self.write):
            options += ["--bind", path, path]
        return [_find_bubblewrap(), *options, "--"]


@cache
def system_paths() -> tuple[str, ...]:
    """Name what OpenSCAD needs of the system to run, as narrowly as this system's layout allows."""
    roots = Path("/lib"), Path("/usr/lib")
    # Debian keeps nearly all libraries in a folder of their own; elsewhere they lie beside other things
    libraries = [folder for root in roots for folder in root.glob("*-linux-gnu*")]
    if libraries:
        libraries += [file for root in roots for file in root.glob("*.so*")]
    return (*map(str, libraries or roots), "/lib64", "/usr/lib64", *SYSTEM)


async def find_containment(settings: Settings) -> Containment:
    """Find what contains OpenSCAD on this machine.

    Raises:
        ToolError: Nothing does, and the host did not say that it trusts every source.
    """
    wanted = settings.containment
    if wanted in {"auto", "landlock"} and has_landlock():
        return "landlock"
    if wanted in {"auto", "bubblewrap"} and await has_bubblewrap():
        return "bubblewrap"
    if settings.unsafe:
        return "none"
    raise ToolError(REMEDY)


def has_landlock() -> bool:
    """Tell whether this kernel has Landlock and lets it be used."""
    if not sys.platform.startswith("linux"):
        return False
    from executus_scad_session_tools.launcher import landlock_version  # noqa: PLC0415 - needs what only Unix has

    return landlock_version() > 0


async def has_bubblewrap() -> bool:
    """Tell whether bubblewrap is installed and may make namespaces, which many containers forbid."""
    program = _find_bubblewrap()
    if not program:
        return False
    try_out = [program, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "/bin/true"]
    ended = await run_child(try_out, folder=Path("/"), environment={}, timeout_s=5, max_bytes=10_000)
    return ended.code == 0


def _find_bubblewrap() -> str:
    return shutil.which("bwrap") or ""


def existing(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Give those of some paths that are there, without their links: a rule holds for the file and not for its name."""
    return tuple(path.resolve() for path in paths if path.exists())
