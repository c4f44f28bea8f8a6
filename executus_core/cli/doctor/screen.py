"""How ``executus doctor`` looks."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from executus_core.cli.doctor.checkup import decide_next
from executus_core.cli.models.screen import choice_line, finding_rows
from executus_core.cli.models.tier_screen import endpoint_rows, tier_rows
from executus_core.cli.models.trial_screen import answer_line
from executus_core.cli.run.report import report
from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.plugin.info import PluginState
from executus_core.plugin.scan import find_core_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from executus_core.cli.doctor.checkup import Checkup
    from executus_core.cli.models.here import ModelsHere
    from executus_core.llm.json import JsonValue
    from executus_core.plugin.info import PluginInfo


def checkup_as_data(checkup: Checkup) -> dict[str, JsonValue]:
    """Give everything that was found as data for JSON."""
    return {
        "executus": find_core_version(),
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "configuration": checkup.configuration or None,
        "may_run": checkup.exit_code == 0,
        "problems": list(checkup.fault.problems) if checkup.fault else [],
        "warnings": list(checkup.warnings),
        "plugins": {info.name: str(info.state) for info in checkup.plugins},
        "ports": {one.port: {"by": one.by, "paths": list(one.paths)} for one in checkup.served},
        "models": checkup.models.as_data() if checkup.models else None,
        "asked": report(checkup.probe) if checkup.probe else None,
        "next": decide_next(checkup),
    }


def show_checkup(checkup: Checkup) -> None:
    """Print what is here, what is missing, and the next step."""
    console = build_console()
    table = build_table("", "")
    table.show_header = False
    for name, value, style in _rows(checkup):
        table.add_row(Text(name, style=FAINT), Text(plain(value), style=style))
    console.print(table)
    if checkup.models:
        console.print()
        for listed in _model_tables(checkup.models):
            console.print(listed)
            console.print()
        console.print(choice_line(checkup.models))
    if checkup.probe:
        console.print(answer_line(checkup.probe))
    if checkup.warnings:
        console.print()
    for warning in checkup.warnings:
        console.print(Text(plain(f"warning: {warning}"), style="yellow"))
    if checkup.fault:
        console.print()
        console.print(Text("A run is refused:", style="bold red"))
        for problem in checkup.fault.problems:
            console.print(Text(plain(f"  - {problem}")))
    console.print()
    console.print(Text.assemble(("Next: ", "bold"), plain(decide_next(checkup))))


def _model_tables(models: ModelsHere) -> Iterator[Table]:
    """Lay out tiers, endpoints, and the places where models were looked for, as far as there are any."""
    for heading, rows in (
        ("TIERS", tier_rows(models.tiers)),
        ("ENDPOINTS", endpoint_rows(models.endpoints)),
        ("MODELS", finding_rows(models.findings)),
    ):
        if rows:
            table = build_table("", heading, "")
            for row in rows:
                table.add_row(*row)
            yield table


def _rows(checkup: Checkup) -> list[tuple[str, str, str]]:
    states = sorted({info.state for info in checkup.plugins})
    broken = any(info.is_broken for info in checkup.plugins)
    said = [_count(state, [info for info in checkup.plugins if info.state is state]) for state in states]
    # without the settings nobody could look any further
    is_unread = checkup.fault is not None and checkup.models is None and not checkup.plugins
    settings = "can't be read" if is_unread else checkup.configuration or "no file; what is built in holds"
    rows = [
        ("executus", f"{find_core_version()} on Python {platform.python_version()} ({sys.executable})", ""),
        ("settings", settings, "red" if is_unread else ""),
        ("plugins", ", ".join(said) or ("" if is_unread else "none installed"), "red" if broken else ""),
    ]
    return rows + [(one.port, " · ".join((one.by, *one.paths)), "") for one in checkup.served]


def _count(state: PluginState, infos: Sequence[PluginInfo]) -> str:
    """Count the plugins of one state, and name those that do not take part."""
    names = "" if state is PluginState.ACTIVE else f" ({', '.join(info.name for info in infos)})"
    return f"{len(infos)} {state}{names}"
