"""A place to think between two calls, and a look at what the run has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import ToolContext, tool

if TYPE_CHECKING:
    from executus_core import Tool


def build_tools() -> list[Tool]:
    """Build the tools."""
    return [think, run_status]


@tool(visibility="public", effect="pure")
async def think(thought: str) -> str:
    """Write a thought down, to think a step through before the next one; nothing is done and nobody else reads it.

    Args:
        thought: The thought.
    """
    return f"noted, {len(thought)} characters"


@tool(visibility="shared", effect="pure")
async def run_status(context: ToolContext) -> str:
    """Tell how far this run has come: steps, time, tool calls, tokens and cost; use it to see what there is room for."""
    run, tally = context.run, context.state
    usage = tally.usage
    cost = "not known" if usage.cost_usd is None else f"{usage.cost_usd:.4f} US dollars"
    return "\n".join(
        [
            f"steps: {tally.steps} of {run.max_steps}, this one included",
            f"time left: {context.seconds_left():.0f} of {run.max_runtime_s:g} s",
            f"finished tool calls: {tally.tool_calls}, {tally.tool_errors} of them failed",
            f"tokens: {usage.input_tokens} read, {usage.output_tokens} written",
            f"cost: {cost}",
        ]
    )
