"""What a model asks about a workspace: list, read, search, count. Every answer has a bound, and says when it was met."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NotRequired

from typing_extensions import TypedDict

from executus_core.errors import ToolError
from executus_core.workspace.text import lines_of
from executus_core.workspace.workspace import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.workspace.workspace import Workspace

MAX_CHARS: Final = 20_000
"""Of one answer; below what a run keeps whole of a tool's result."""
MAX_LINE_CHARS: Final = 2000
MAX_MATCH_CHARS: Final = 200
MAX_SEARCHED_BYTES: Final = 50_000_000
MAX_LISTED: Final = 400
MAX_LINES: Final = 1000


class FileList(TypedDict):
    """What ``list_files`` gives."""

    total: int
    files: list[str]
    is_complete: bool


class FileText(TypedDict):
    """What ``read_lines`` gives; an encoding only where it is not UTF-8."""

    path: str
    total_lines: int
    first_line: int
    last_line: int
    text: str
    encoding: NotRequired[str]


class Match(TypedDict):
    """A line that holds what was searched, and those around it when they were asked for."""

    path: str
    line: int
    text: str
    before: NotRequired[list[str]]
    after: NotRequired[list[str]]


class Matches(TypedDict):
    """What ``search_files`` gives."""

    files_searched: int
    files_with_matches: int
    total: int
    matches: list[Match]
    is_complete: bool


class FileSize(TypedDict):
    """How large a file is."""

    path: str
    lines: int
    size_bytes: int


class Count(TypedDict):
    """What ``count_files`` gives."""

    files: int
    lines: int
    size_bytes: int
    largest: list[FileSize]
    files_by_suffix: dict[str, int]
    lines_by_folder: dict[str, int]
    is_complete: bool


def list_files(workspace: Workspace, pattern: str = "**", limit: int = 200) -> FileList:
    """List the files whose path matches a glob; ``total`` counts them all."""
    found = workspace.find(pattern)
    paths = [entry.path for entry in found.entries]
    return {"total": len(paths), "files": _within(paths[:limit]), "is_complete": found.is_complete}


def read_lines(workspace: Workspace, path: str, first_line: int = 1, max_lines: int = 200) -> FileText:
    """Read lines of a text file; ``last_line`` says how far the answer goes."""
    return lines_in(path, workspace.read_bytes(path), first_line, max_lines)


def lines_in(
    path: str, data: bytes, first_line: int = 1, max_lines: int = 200, *, numbered: bool = False
) -> FileText:
    """Take lines of a text file that was read.

    Args:
        path: Its name, for the answer.
        data: All of it.
        first_line: Where to begin, counted from 1.
        max_lines: At most so many lines.
        numbered: Whether its number and a tab go before each line.

    Raises:
        ToolError: It is no text.
    """
    found = as_text(path, data)
    lines = lines_of(found.text)
    wanted = lines[first_line - 1 : first_line - 1 + max_lines]
    if numbered:
        wanted = [f"{number:>6}\t{line}" for number, line in enumerate(wanted, first_line)]
    kept = _within(wanted)
    read: FileText = {
        "path": path,
        "total_lines": len(lines),
        "first_line": first_line,
        "last_line": first_line - 1 + len(kept),
        "text": "\n".join(kept),
    }
    if found.encoding != "utf-8":
        read["encoding"] = f"{found.encoding}{' (a guess)' if found.is_guessed else ''}"
    return read


def search_files(
    workspace: Workspace,
    holds: Callable[[str], object],
    pattern: str = "**",
    limit: int = 20,
    context_lines: int = 0,
) -> Matches:
    """Search text files for lines; ``total`` counts them all.

    Args:
        workspace: Where.
        holds: Tells whether a line is one of them.
        pattern: A glob over the paths to search.
        limit: At most so many lines are shown.
        context_lines: How many lines before and after each are shown with it.
    """
    found = workspace.find(pattern)
    matches: list[Match] = []
    answer: Matches = {
        "files_searched": 0,
        "files_with_matches": 0,
        "total": 0,
        "matches": matches,
        "is_complete": found.is_complete,
    }
    room = MAX_CHARS
    left_bytes = MAX_SEARCHED_BYTES
    for entry in found.entries:
        left_bytes -= entry.size_bytes
        if left_bytes < 0:
            answer["is_complete"] = False
            break
        lines = _lines(workspace, entry.path, entry.size_bytes)
        if lines is None:
            continue
        hits = [number for number, line in enumerate(lines) if holds(line)]
        answer["files_searched"] += 1
        answer["files_with_matches"] += bool(hits)
        answer["total"] += len(hits)
        for hit in hits[: limit - len(matches)]:
            match = _match(entry.path, lines, hit, context_lines)
            room -= sum(map(len, [match["text"], *match.get("before", ()), *match.get("after", ())]))
            if room >= 0:
                matches.append(match)
    return answer


def count_files(workspace: Workspace, pattern: str = "**") -> Count:
    """Count the files whose path matches a glob, with their lines and bytes."""
    found = workspace.find(pattern)
    sizes: list[FileSize] = []
    suffixes: Counter[str] = Counter()
    folders: Counter[str] = Counter()
    left_bytes = MAX_SEARCHED_BYTES
    for entry in found.entries:
        left_bytes -= entry.size_bytes
        lines = len(_lines(workspace, entry.path, entry.size_bytes) or ()) if left_bytes >= 0 else 0
        path = PurePosixPath(entry.path)
        sizes.append({"path": entry.path, "lines": lines, "size_bytes": entry.size_bytes})
        suffixes[path.suffix or path.name] += 1
        folders[path.parts[0] if len(path.parts) > 1 else "."] += lines
    largest = sorted(sizes, key=lambda size: (-size["lines"], -size["size_bytes"], size["path"]))
    return {
        "files": len(sizes),
        "lines": sum(size["lines"] for size in sizes),
        "size_bytes": sum(size["size_bytes"] for size in sizes),
        "largest": largest[:5],
        "files_by_suffix": dict(suffixes.most_common(12)),
        "lines_by_folder": dict(folders.most_common(12)),
        "is_complete": found.is_complete and left_bytes >= 0,
    }


def _match(path: str, lines: Sequence[str], at: int, context_lines: int) -> Match:
    match: Match = {"path": path, "line": at + 1, "text": lines[at].strip()[:MAX_MATCH_CHARS]}
    if context_lines:
        around = [
            line[:MAX_MATCH_CHARS] for line in lines[max(0, at - context_lines) : at + context_lines + 1]
        ]
        here = min(at, context_lines)
        match["before"], match["after"] = around[:here], around[here + 1 :]
    return match


def _within(lines: Sequence[str]) -> list[str]:
    """Cut long lines, saying so, and leave out those that would make an answer longer than a run keeps whole."""
    kept: list[str] = []
    room = MAX_CHARS
    for line in lines:
        gone = len(line) - MAX_LINE_CHARS
        shown = line if gone <= 0 else f"{line[:MAX_LINE_CHARS]}[... {gone} more characters]"
        room -= len(shown)
        if room < 0:
            break
        kept.append(shown)
    return kept


def _lines(workspace: Workspace, path: str, size_bytes: int) -> list[str] | None:
    """Give a file's lines, or None for what is no text or can't be read: one bad file does not fail a search."""
    if size_bytes > workspace.max_file_bytes:
        return None
    try:
        return lines_of(workspace.read_text(path).text)
    except ToolError:
        return None
