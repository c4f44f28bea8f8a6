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
    yield Provider(
        "files", "executus_tools_common.files:build_tools", "files of the workspace, to read and to write"
    )
    yield Provider("thinking", "executus_tools_common.thinking:build_tools", "a place to think")
    yield Provider(
        "web", "executus_tools_common.web.tools:build_tools", "pages as text, and requests to services"
    )
