"""How models look in listings: what is configured, what is offered, and what a run would use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_core.cli.models.tier_screen import configured_tables, marked
from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.cli.start.model_choice import SCRIPTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.cli.models.here import ModelsHere
    from executus_core.record.finding import ModelFinding

_SHOWN: Final = 4
"""Specs of one place that stand in a line; ``executus models`` shows all."""


def show_models(models: ModelsHere) -> None:
    """Print tiers, what the sources list and find, and what a run would use."""
    console = build_console()
    chosen = models.choice.spec if models.choice else ""
    for table in configured_tables(models, chosen):
        console.print(table)
        console.print()
    table = build_table("MODEL", "FROM", narrow=("MODEL",))
    for spec, place in _offered(models):
        table.add_row(marked(spec, is_chosen=spec == chosen), Text(plain(place), style=FAINT))
    table.add_row(
        marked(SCRIPTED, is_chosen=chosen == SCRIPTED),
        Text("built in: rules instead of intelligence", style=FAINT),
    )
    console.print(table)
    empty = [finding for finding in models.findings if not finding.specs]
    if empty:
        console.print()
        looked = build_table("", "NOTHING FROM", "")
        for row in finding_rows(empty):
            looked.add_row(*row)
        console.print(looked)
    console.print()
    console.print(choice_line(models))


def finding_rows(findings: Iterable[ModelFinding]) -> list[tuple[Text, Text, Text]]:
    """Show each place: whether it offers anything, and what, or why not and what helps."""
    rows: list[tuple[Text, Text, Text]] = []
    for finding in findings:
        if finding.specs:
            more = len(finding.specs) - _SHOWN
            said = ", ".join(finding.specs[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
            rows.append((Text("✓", style="green"), Text(plain(finding.place)), Text(plain(said))))
        else:
            said = "; ".join(part for part in (finding.problem or "offers no model", finding.remedy) if part)
            rows.append(
                (
                    Text("·", style=FAINT),
                    Text(plain(finding.place), style=FAINT),
                    Text(plain(said), style=FAINT),
                )
            )
    return rows


def choice_line(models: ModelsHere) -> Text:
    """Say what a run would use, and why; or why it could use nothing."""
    if models.choice is None:
        return Text(plain(f"A run would use nothing: {models.error}"), style="red")
    line = Text.assemble(
        "A run would use ", (plain(models.chosen), "bold"), plain(f" ({models.choice.why}).")
    )
    if models.error:
        line.append(f"\nThat would fail: {plain(str(models.error))}", style="red")
    return line


def _offered(models: ModelsHere) -> list[tuple[str, str]]:
    found = [(spec, finding.place) for finding in models.findings for spec in finding.specs]
    listed = [(tier, f"plugin '{plugin}'") for plugin, tiers in models.listed.items() for tier in tiers]
    return list({spec: (spec, place) for spec, place in reversed([*listed, *found])}.values())[::-1]
