"""What executus sees of this package before a run needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Plugin, Provider, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

plugin: Plugin = Plugin(
    summary="Common tools: web, files, arithmetic, time, JSON, notes, questions",
    settings="executus_tools_common.settings:Settings",
)


@hookimpl
def executus_provide_tools() -> Iterator[Provider]:
    """Offer the packs of tools."""
    yield Provider("asking", "executus_tools_common.asking:build_tools", "questions to a person")
    yield Provider("calculator", "executus_tools_common.calculator.tool:build_tools", "exact arithmetic")
    yield Provider(
        "files", "executus_tools_common.files:build_tools", "files of the workspace, to read and to write"
    )
    yield Provider("json", "executus_tools_common.querying:build_tools", "queries over JSON")
    yield Provider("notes", "executus_tools_common.notes.tools:build_tools", "notes kept for each caller")
    yield Provider(
        "thinking",
        "executus_tools_common.thinking:build_tools",
        "a place to think, and what the run has left",
    )
    yield Provider("times", "executus_tools_common.times.tools:build_tools", "dates, times and time zones")
    yield Provider(
        "web", "executus_tools_common.web.tools:build_tools", "pages as text, and requests to services"
    )


@hookimpl
def executus_provide_session_tools() -> Iterator[Provider]:
    """Offer what each run gets anew."""
    yield Provider("todo", "executus_tools_common.todo:build_session_tools", "the run's own list of tasks")
