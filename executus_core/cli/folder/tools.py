"""What any model may ask about the folder in which a person works. Every tool only reads, and every answer has a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from attrs import evolve
from pydantic import Field

from executus_core.tool.function import tool
from executus_core.workspace import look
from executus_core.workspace.look import MAX_LINES, MAX_LISTED, Count, FileList, FileText, Matches
from executus_core.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.record.tool import Tool
    from executus_core.tool.registry import ToolRegistry

ORIGIN: Final = "executus"
TIMEOUT_S: Final = 20.0


def add_folder_tools(registry: ToolRegistry, root: Path) -> tuple[Tool, ...]:
    """Add the tools of a folder, so that agents can name them; one that a plugin offers under the same name goes before.

    Returns:
        All of them, also those that were not added.
    """
    tools = folder_tools(root)
    for one in tools:
        if registry.find(one.name) is None:
            registry.add(one)
    return tuple(tools)


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
        return look.list_files(workspace, pattern, limit)

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def read_file(
        path: str,
        first_line: Annotated[int, Field(ge=1)] = 1,
        max_lines: Annotated[int, Field(ge=1, le=MAX_LINES)] = 200,
    ) -> FileText:
        """Read lines of a text file of the working folder.

        Args:
            path: The file, as list_files shows it.
            first_line: Where to begin, counted from 1.
            max_lines: At most so many lines.
        """
        return look.read_lines(workspace, path, first_line, max_lines)

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
        return look.search_files(workspace, lambda line: text in line, pattern, limit)

    @tool(effect="pure", timeout_s=TIMEOUT_S)
    def count(pattern: str = "**") -> Count:
        """Count the files of the working folder whose path matches a glob, with their lines and bytes.

        Args:
            pattern: A glob over paths: `*` stays within a folder, `**` goes through all of them.
        """
        return look.count_files(workspace, pattern)

    return [evolve(one, origin=ORIGIN) for one in (list_files, read_file, search_files, count)]
