"""A place to think between two calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import tool

if TYPE_CHECKING:
    from executus_core import Tool


def build_tools() -> list[Tool]:
    """Build the tools."""
    return [think]


@tool(visibility="public", effect="pure")
async def think(thought: str) -> str:
    """Write a thought down, to think a step through before the next one; nothing is done and nobody else reads it.

    Args:
        thought: The thought.
    """
    return f"noted, {len(thought)} characters"
