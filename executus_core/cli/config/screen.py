"""How ``executus config show`` looks."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.config.load import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from executus_core.cli.config.effective import Effective
    from executus_core.llm.json import JsonValue


def settings_as_data(path: Path | None, settings: Sequence[Effective]) -> dict[str, JsonValue]:
    """Give the settings as data for JSON."""
    return {
        "configuration": str(path) if path else None,
        "settings": [
            {"table": one.table, "key": one.key, "value": one.value, "source": one.source} for one in settings
        ],
    }


def show_settings(path: Path | None, settings: Sequence[Effective]) -> None:
    """Print the settings table by table; what is as it always is stands back."""
    console = build_console()
    table = build_table("SETTING", "VALUE", "FROM", narrow=("SETTING",))
    for name, group in groupby(settings, key=lambda setting: setting.table):
        table.add_row(Text(f"[{plain(name)}]", style="bold"), "", "")
        for one in group:
            style = FAINT if one.source == DEFAULT else ""
            value = json.dumps(one.value, ensure_ascii=False)
            source = one.source.replace(str(path), path.name) if path else one.source
            table.add_row(*(Text(plain(cell), style=style) for cell in (f"  {one.key}", value, source)))
    console.print(table)
    console.print()
    console.print(
        Text(
            plain(
                f"Settings file: {path}" if path else "No settings file; `executus config init` writes one."
            )
        )
    )
