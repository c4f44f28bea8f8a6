"""What a model can ask about a folder. Every tool only reads, and every answer has a bound."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final

from attrs import evolve
from pydantic import Field
from typing_extensions import TypedDict

from executus_core.cli.folder.workspace import MAX_FILE_BYTES, Workspace
from executus_core.errors import ToolError
from executus_core.tool.function import tool

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.record.tool import Tool
    from executus_core.tool.registry import ToolRegistry

ORIGIN: Final = "executus"
TIMEOUT_S: Final = 20.0
MAX_CHARS: Final = 20_000
MAX_LINE_CHARS: Final = 200
MAX_LISTED: Final = 400


class FileList(TypedDict):
    """What ``list_files`` gives."""

    total: int
    files: list[str]
    is_complete: bool


class FileText(TypedDict):
    """What ``read_file`` gives."""

    path: str
    total_lines: int
    first_line: int
    text: str


class Match(TypedDict):
    """A line that holds what was searched."""

    path: str
    line: int
    text: str


class Matches(TypedDict):
    """What ``search_files`` gives."""

    files_searched: int
    files_with_matches: int
    total: int
    matches: list[Match]


class FileSize(TypedDict):
    """How large a file is."""

    path: str
    lines: int
    size_bytes: int


class Count(TypedDict):
    """What ``count`` gives."""

    files: int
    lines: int
    size_bytes: int
    largest: list[FileSize]
    files_by_suffix: dict[str, int]
    lines_by_folder: dict[str, int]
    is_complete: bool


def add_folder_tools(registry: ToolRegistry, root: Path) -> tuple[str, ...]:
    """Add the tools of a folder, so that agents can name them; one that a plugin offers under the same name goes before.

    Returns:
        The names of those that were added.
    """
    added: list[str] = []
    for one in folder_tools(root):
        if registry.find(one.name) is None:
            registry.add(one)
            added.append(one.name)
    return tuple(added)


def folder_tools(root: Path) -> list[Tool]:
    """Make the tools of one folder.

    Args:
        root: The folder that they read and do not leave.
    """
    workspace = Workspace(root)

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def list_files(pattern: str = "**", limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = 200) -> FileList:
        """List the files of the working folder whose path matches a glob.

        Args:
            pattern: A glob over paths: `*` stays within a folder, `**` goes through all of them.
            limit: At most so many paths; `total` counts them all.
        """
        found = workspace.find(pattern)
        paths = [entry.path for entry in found.entries]
        return {"total": len(paths), "files": _bounded(paths[:limit]), "is_complete": found.is_complete}

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def read_file(
        path: str,
        first_line: Annotated[int, Field(ge=1)] = 1,
        max_lines: Annotated[int, Field(ge=1, le=400)] = 200,
    ) -> FileText:
        """Read lines of a text file of the working folder.

        Args:
            path: The file, as list_files shows it.
            first_line: Where to begin, counted from 1.
            max_lines: At most so many lines.
        """
        lines = workspace.read_text(path).splitlines()
        text = "\n".join(_bounded(lines[first_line - 1 : first_line - 1 + max_lines]))
        return {"path": path, "total_lines": len(lines), "first_line": first_line, "text": text}

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def search_files(
        text: Annotated[str, Field(min_length=1, max_length=200)],
        pattern: str = "**",
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> Matches:
        """Search the text files of the working folder for lines that hold a text, upper and lower case told apart.

        Args:
            text: What to search, as it stands in the file.
            pattern: A glob over paths: where to search.
            limit: At most so many lines; `total` counts them all.
        """
        matches: list[Match] = []
        found: Matches = {"files_searched": 0, "files_with_matches": 0, "total": 0, "matches": matches}
        for entry in workspace.find(pattern).entries:
            lines = _lines(workspace, entry.path, entry.size_bytes)
            if lines is None:
                continue
            hits = [(number, line) for number, line in enumerate(lines, 1) if text in line]
            found["files_searched"] += 1
            found["files_with_matches"] += bool(hits)
            found["total"] += len(hits)
            for number, line in hits[: limit - len(matches)]:
                matches.append({"path": entry.path, "line": number, "text": line.strip()[:MAX_LINE_CHARS]})
        return found

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def count(pattern: str = "**") -> Count:
        """Count the files of the working folder whose path matches a glob, with their lines and bytes.

        Args:
            pattern: A glob over paths: `*` stays within a folder, `**` goes through all of them.
        """
        found = workspace.find(pattern)
        sizes: list[FileSize] = []
        suffixes: Counter[str] = Counter()
        folders: Counter[str] = Counter()
        for entry in found.entries:
            lines = len(_lines(workspace, entry.path, entry.size_bytes) or ())
            path = PurePosixPath(entry.path)
            sizes.append({"path": entry.path, "lines": lines, "size_bytes": entry.size_bytes})
            suffixes[path.suffix or path.name] += 1
            folders[path.parts[0] if len(path.parts) > 1 else "."] += lines
        return {
            "files": len(sizes),
            "lines": sum(size["lines"] for size in sizes),
            "size_bytes": sum(size["size_bytes"] for size in sizes),
            "largest": sorted(sizes, key=lambda size: (-size["lines"], -size["size_bytes"], size["path"]))[
                :5
            ],
            "files_by_suffix": dict(suffixes.most_common(12)),
            "lines_by_folder": dict(folders.most_common(12)),
            "is_complete": found.is_complete,
        }

    return [evolve(one, origin=ORIGIN) for one in (list_files, read_file, search_files, count)]


def _bounded(lines: list[str]) -> list[str]:
    """Cut long lines, and leave out those that would make an answer longer than a run keeps whole."""
    kept: list[str] = []
    room = MAX_CHARS
    for line in lines:
        room -= min(len(line), MAX_LINE_CHARS)
        if room < 0:
            break
        kept.append(line[:MAX_LINE_CHARS])
    return kept


def _lines(workspace: Workspace, path: str, size_bytes: int) -> list[str] | None:
    """Give a file's lines, or None for what is no text or can't be read: one bad file does not fail a search."""
    if size_bytes > MAX_FILE_BYTES:
        return None
    try:
        return workspace.read_text(path).splitlines()
    except ToolError:
        return None
