"""Which words are paths inside of a workspace, what is closed there, and which names a person is asked about."""

from __future__ import annotations

import sys
import unicodedata
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from executus_core.errors import ToolError
from executus_core.workspace.glob import ANY_FOLDERS, Glob

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH: Final = 40
"""Folders that a path may go down, and a walk does."""
MAX_PATH_BYTES: Final = 4000
MAX_NAME_BYTES: Final = 255
NOT_LOOKED_INTO: Final = "hidden files and folders, caches, virtual environments and links"
"""What a listing leaves out, for people."""

_CACHES: Final = frozenset({"__pycache__", "node_modules"})
_CLOSED: Final = (
    *(".git", "git~1", ".hg", ".svn", ".jj", ".bzr"),  # version control, and the hooks that it runs
    *(".env", ".env.*", ".envrc", ".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", ".pgpass"),
    *(".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"),
    *(
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ecdsa_sk",
        "id_ed25519",
        "id_ed25519_sk",
    ),  # private keys, wherever they lie
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx"),
)
"""What holds secrets, or is a program's own; not even read."""
_EXAMPLES: Final = frozenset({".env.example", ".env.sample", ".env.template"})
CONFIGURATION: Final = (
    *(
        "executus.toml",
        "agents/*.toml",
        "agents/*.y*ml",
        "agents/*.json",
        "skill.md",
    ),  # what a later run would obey
    *("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "pytest.ini", "conftest.py"),
    *("sitecustomize.py", "usercustomize.py", "*.pth"),  # Python imports them wherever it starts
    *("package.json", "makefile", "gnumakefile", "justfile", "build.rs", "cmakelists.txt"),
    *("dockerfile", "docker-compose.y*ml", "compose.y*ml", "jenkinsfile", "azure-pipelines.y*ml"),
)
"""What programs read by themselves, beside what is hidden: names of files and folders, or ends of paths, in lower case."""


def read_path(path: str) -> tuple[str, ...]:
    """Read a path that a model wrote.

    Returns:
        The names on the way, each of which stays in its folder.

    Raises:
        ToolError: It is no path inside of a workspace.
    """
    if "\\" in path:
        raise ToolError(f"{shown(path)} has backslashes; write a path with '/' between its folders")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or not parts or ".." in parts or not all(map(is_name, parts)):
        raise ToolError(f"{shown(path)} is not a path inside this folder; give one as list_files shows it")
    too_long = len(path.encode()) > MAX_PATH_BYTES or any(
        len(part.encode()) > MAX_NAME_BYTES for part in parts
    )
    if too_long or len(parts) > MAX_DEPTH:
        raise ToolError(
            f"{shown(path)} is too long: at most {MAX_DEPTH} names of {MAX_NAME_BYTES} bytes each, {MAX_PATH_BYTES} in all"
        )
    return parts


def shown(path: str) -> str:
    """Show a path that a model wrote within a message: short, and without what a terminal would obey."""
    text = path if len(path) <= 80 else f"{path[:60]}...{path[-17:]}"
    return f"'{text}'" if text.isprintable() else ascii(text)


def is_name(name: str) -> bool:
    """Tell whether a name can be said to a model and taken back: text, with no separator and nothing that controls."""
    return not any(unicodedata.category(character) in _UNSPEAKABLE for character in name) and not (
        set(name) & _SEPARATORS
    )


_UNSPEAKABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_SEPARATORS: Final = frozenset("\\/:" if sys.platform == "win32" else "\\/")


def is_hidden(name: str) -> bool:
    """Tell whether a name is hidden, as a shell sees it."""
    return name.startswith(".")


def is_cache(name: str) -> bool:
    """Tell whether a folder of that name is filled by programs."""
    return name in _CACHES


def is_closed(name: str) -> bool:
    """Tell whether what has this name is neither read nor written: secrets, and version control with its hooks."""
    plain = _plain(name)
    return plain not in _EXAMPLES and any(fnmatchcase(plain, pattern) for pattern in _CLOSED)


def asks_before_writing(path: str, also: Sequence[str] = ()) -> bool:
    """Tell whether a person should be asked before a file is written, whether or not it is there yet.

    That is so for what other programs read by themselves, and would then obey: hidden files and folders, the configuration
    of a project and its agents.

    Args:
        path: As a model wrote it; one that is refused anyway asks nobody.
        also: Further names, or ends of paths, as globs in lower case.
    """
    try:
        parts = read_path(path)
    except ToolError:
        return False
    if any(is_closed(part) or is_cache(part) for part in parts):
        return False
    names = [_plain(part) for part in parts]
    return any(_matches(names, pattern) for pattern in (".*", *CONFIGURATION, *also))


def _matches(names: Sequence[str], pattern: str) -> bool:
    """Tell whether a name on the way matches, or the end of the way where the pattern is one."""
    if "/" in pattern:
        return Glob.parse(f"{ANY_FOLDERS}/{pattern}").matches("/".join(names))
    return any(fnmatchcase(name, pattern) for name in names)


def _plain(name: str) -> str:
    """Give a name as the most forgiving file system reads it: without case, marks that nobody sees, or dots at its end."""
    visible = "".join(one for one in unicodedata.normalize("NFKC", name) if unicodedata.category(one) != "Cf")
    return visible.casefold().rstrip(" .")
