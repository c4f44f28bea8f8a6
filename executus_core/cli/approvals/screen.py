"""How standing approvals look on a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_core.cli.person.shown import visible
from executus_core.cli.screen.tables import FAINT, build_console, build_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonValue
    from executus_core.record.permission import StandingApproval

_ID_CHARS: Final = 13
_ARGUMENT_CHARS: Final = 120


def approval_as_data(approval: StandingApproval) -> dict[str, JsonValue]:
    """Give all of one approval as data for JSON."""
    return {
        "id": approval.id,
        "tool": approval.call.tool,
        "origin": approval.call.origin,
        "arguments": approval.call.arguments,
        "scope": approval.scope,
        "by": approval.by,
        "reason": approval.reason,
        "given_at": approval.given_at.isoformat() if approval.given_at else None,
        "caller_id": approval.call.caller_id,
        "tenant": approval.call.tenant,
    }


def show_approvals(held: Sequence[StandingApproval]) -> None:
    """Print approvals, one a row."""
    console = build_console()
    if not held:
        console.print("Nothing is allowed beforehand; what asks is asked about.")
        return
    table = build_table(
        "ID", "TOOL", "OF", "HOLDS", "BY", "SINCE", narrow=("ID", "TOOL", "HOLDS", "BY", "SINCE")
    )
    table.add_column("ARGUMENTS", ratio=1)
    for one in held:
        arguments = visible(one.call.arguments)
        is_cut = len(arguments) > _ARGUMENT_CHARS
        table.add_row(
            Text(one.id[:_ID_CHARS], FAINT),
            Text(visible(one.call.tool), "bold"),
            Text(visible(one.call.origin)),
            Text(one.scope),
            Text(visible(one.by)),
            Text(f"{one.given_at:%Y-%m-%d %H:%M}" if one.given_at else "", FAINT),
            Text(arguments[:_ARGUMENT_CHARS] + (" …" if is_cut else "")),
        )
    console.print(table)
    console.print(Text("\nTo take one back: executus approvals revoke ID", FAINT))
