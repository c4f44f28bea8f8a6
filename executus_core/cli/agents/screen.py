"""How agents look on a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from executus_core.cli.agents.text import describe_agent
from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.cli.screen.words import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.table import Table

    from executus_core.cli.agents.catalog import Catalog, Entry
    from executus_core.config.defaults import Defaults
    from executus_core.llm.json import JsonValue
    from executus_core.record.agent import Agent


def catalog_as_data(catalog: Catalog, defaults: Defaults) -> JsonValue:
    """Give everything that is known as data for JSON."""
    return {
        "agents": [_entry_as_data(entry, defaults) for entry in catalog.entries],
        "problems": list(catalog.problems),
    }


def _entry_as_data(entry: Entry, defaults: Defaults) -> JsonValue:
    agent = entry.agent
    return {
        "name": entry.name,
        "from": entry.place,
        "problem": entry.problem or None,
        "agent": agent_as_data(agent, defaults) if agent else None,
    }


def agent_as_data(agent: Agent, defaults: Defaults) -> dict[str, JsonValue]:
    """Give every field of an agent as data for JSON, and the names of those that it leaves to the defaults."""
    data: dict[str, JsonValue] = agent.model_dump(mode="json")
    data |= {
        "id": agent.subject_id,
        "model_tier": agent.model_tier or defaults.model_tier,
        "max_steps": agent.max_steps or defaults.max_steps,
        "max_runtime_s": agent.max_runtime_s or defaults.max_runtime_s,
    }
    return {**data, "defaults": [name for name in data if name not in agent.model_fields_set]}


def show_catalog(catalog: Catalog, defaults: Defaults) -> None:
    """Print the agents, one a row."""
    console = build_console()
    if catalog.entries:
        console.print(_table(catalog.entries, defaults))
        console.print(Text('\nRun one: executus run --agent NAME "..."', FAINT))
    else:
        console.print("No agents are known here. Begin one: executus agents new NAME")
    for problem in catalog.problems:
        console.print(Text(plain(problem), "yellow"))


def _table(entries: tuple[Entry, ...], defaults: Defaults) -> Table:
    table = build_table("AGENT", "FROM", "TIER", "TOOLS", narrow=("AGENT",))
    table.add_column("WHAT", ratio=1)
    for entry in entries:
        agent = entry.agent
        name, place = Text(plain(entry.name), "bold"), Text(plain(entry.place), FAINT)
        if agent is None:
            table.add_row(name, place, "", "", Text(plain(entry.problem), "red"))
            continue
        tier = Text(plain(agent.model_tier)) if agent.model_tier else Text(plain(defaults.model_tier), FAINT)
        what = agent.description.partition("\n")[0]
        table.add_row(name, place, tier, Text(plain(", ".join(agent.tools))), Text(plain(what)))
    return table


def show_agent(agent: Agent, defaults: Defaults) -> None:
    """Print an agent as the file it could be; what it leaves to the defaults is faint on a terminal."""
    for line in describe_agent(agent, defaults).splitlines():
        click.secho(printable(line), dim=line.endswith("# default"))


def show_checks(problems: Mapping[Path, tuple[str, ...]]) -> None:
    """Print for each file whether it is sound, and everything that is wrong with it."""
    for file, found in problems.items():
        mark = click.style("✗", fg="red") if found else click.style("✓", fg="green")
        click.echo(f"{mark} {plain(str(file))}")
        for problem in found:
            click.secho(f"  {plain(problem)}", fg="red")
