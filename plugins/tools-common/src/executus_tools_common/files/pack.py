"""The tools over the files of a workspace. Nothing that they are told leads out of it."""
# ruff: noqa: D417 - the context is none of the arguments that a model reads about

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal

from attrs import frozen
from pydantic import Field
from typing_extensions import TypedDict

from executus_core import ToolContext, ToolError, tool
from executus_core.llm import ImagePart
from executus_core.media import find_picture
from executus_core.workspace import Share, Workspace, asks_before_writing, look
from executus_core.workspace.look import MAX_LINES, MAX_LISTED, FileList, FileText, Matches
from executus_core.workspace.text import kind_of, lines_of
from executus_tools_common.files.edits import Edit, apply_edits
from executus_tools_common.files.expression import build_matcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core import Tool
    from executus_tools_common.settings import Settings

TIMEOUT_S: Final = 20.0
MAX_PICTURE_BYTES: Final = 5_000_000
"""Larger pictures no provider takes."""


class WrittenFile(TypedDict):
    """What ``write_file`` did."""

    path: str
    did: Literal["created", "replaced"]
    lines: int
    size_bytes: int


class EditedFile(TypedDict):
    """What ``edit_file`` did."""

    path: str
    replaced: int
    size_bytes: int


def build_tools(settings: Settings) -> list[Tool]:
    """Build the tools over the workspace that a host has set."""
    files = Files(Share(settings.workspace, settings.workspace_per, settings.workspace_max_file_bytes))
    ask = partial(_say_why_to_ask, settings.ask_before_writing)
    reads = partial(tool, effect="pure", timeout_s=TIMEOUT_S, scopes=settings.workspace_read_scopes)
    writes = partial(tool, timeout_s=TIMEOUT_S, scopes=settings.workspace_write_scopes, needs_approval=ask)
    return [
        reads()(files.list_files),
        reads()(files.read_file),
        reads()(files.search_files),
        writes(effect="idempotent")(files.write_file),
        writes(effect="at_most_once")(files.edit_file),
    ]


def _say_why_to_ask(also: tuple[str, ...], arguments: Mapping[str, object]) -> str:
    """Say why a person is asked before a file is written, or "" where nobody is."""
    path = str(arguments["path"])
    if asks_before_writing(path):
        return "it is hidden or configuration, which other programs obey"
    return "the host wants to be asked about files of this name" if asks_before_writing(path, also) else ""


@frozen
class Files:
    """The functions behind the tools.

    Attributes:
        share: Gives each run its workspace.
    """

    share: Share

    def list_files(
        self, ctx: ToolContext, pattern: str = "**", limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = 200
    ) -> FileList:
        """List the files of the workspace whose path matches a glob.

        Args:
            pattern: A glob over paths: `*` stays within a folder, `**` goes through all of them; or a folder, for all that
                is in it. Hidden files are listed when it names them, as in `.github/**`.
            limit: At most so many paths; `total` counts them all.
        """
        return look.list_files(self._workspace(ctx), pattern, limit)

    def read_file(
        self,
        ctx: ToolContext,
        path: str,
        *,
        first_line: Annotated[int, Field(ge=1)] = 1,
        max_lines: Annotated[int, Field(ge=1, le=MAX_LINES)] = 200,
        numbered: bool = False,
    ) -> FileText | list[str | ImagePart]:
        """Read lines of a text file of the workspace, or look at a picture (PNG, JPEG, GIF or WebP).

        Args:
            path: The file, as list_files shows it.
            first_line: Where to begin, counted from 1; to go on, one more than `last_line` of the answer before.
            max_lines: At most so many lines.
            numbered: Put its number and a tab before each line; they are not part of the file.
        """
        workspace = self._workspace(ctx)
        data = workspace.read_bytes(path)
        media_type = find_picture(data)
        if media_type:
            return _show_picture(path, data, media_type)
        return look.lines_in(path, data, first_line, max_lines, numbered=numbered)

    def search_files(
        self,
        ctx: ToolContext,
        text: Annotated[str, Field(min_length=1, max_length=500)],
        *,
        pattern: str = "**",
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
        regex: bool = False,
        ignore_case: bool = False,
        context_lines: Annotated[int, Field(ge=0, le=10)] = 0,
    ) -> Matches:
        """Search the text files of the workspace for lines that hold a text or match an expression.

        Args:
            text: What to search, as it stands in the file; an expression in RE2's syntax with `regex`.
            pattern: A glob over paths: where to search.
            limit: At most so many lines; `total` counts them all.
            regex: Whether the text is a regular expression.
            ignore_case: Whether upper and lower case are the same.
            context_lines: How many lines before and after each to show with it.
        """
        holds = build_matcher(text, is_expression=regex, ignore_case=ignore_case)
        return look.search_files(self._workspace(ctx), holds, pattern, limit, context_lines)

    def write_file(self, ctx: ToolContext, path: str, text: str) -> WrittenFile:
        """Write a text file of the workspace as a whole; one that is there is replaced, missing folders are made.

        To change a part of a file, edit_file is surer. Hidden files and configuration are written when a person allows it.

        Args:
            path: The file, relative to the workspace, with `/` between folders.
            text: All that the file shall hold.
        """
        written = self._workspace(ctx).write_bytes(path, text.encode())
        did: Literal["created", "replaced"] = "created" if written.is_new else "replaced"
        lines = len(lines_of(text))
        return {"path": written.path, "did": did, "lines": lines, "size_bytes": written.size_bytes}

    def edit_file(
        self, ctx: ToolContext, path: str, edits: Annotated[list[Edit], Field(min_length=1, max_length=100)]
    ) -> EditedFile:
        """Replace parts of a text file of the workspace, each given exactly as it stands there; all of them or none.

        The file keeps its encoding, line ends and permissions. Hidden files and configuration are edited when a person
        allows it.

        Args:
            path: The file, as list_files shows it.
            edits: What to replace, one after the other: each sees what those before it have done.
        """
        replaced = 0

        def change(text: str) -> str:
            nonlocal replaced
            edited, replaced = apply_edits(text, edits)
            return edited

        written = self._workspace(ctx).edit_text(path, change)
        return {"path": written.path, "replaced": replaced, "size_bytes": written.size_bytes}

    def _workspace(self, ctx: ToolContext) -> Workspace:
        return self.share.of(ctx.caller, ctx.run.run_id)


def _show_picture(path: str, data: bytes, media_type: str) -> list[str | ImagePart]:
    if len(data) > MAX_PICTURE_BYTES:
        raise ToolError(
            f"'{path}' is {kind_of(data)} of {len(data):,} bytes; at most {MAX_PICTURE_BYTES:,} can be looked at"
        )
    return [f"{path}: {kind_of(data)} of {len(data):,} bytes", ImagePart(data, media_type)]
