"""How the tables of a configuration that speak of models look: tiers with their candidates, aliases, endpoints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_core.cli.models.tiers import window_of
from executus_core.cli.screen.tables import FAINT, build_table, plain
from executus_core.cli.screen.words import duration
from executus_core.model.routing import AT_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.table import Table

    from executus_core.cli.models.endpoints import EndpointHere
    from executus_core.cli.models.here import ModelsHere
    from executus_core.cli.models.tiers import TierHere
    from executus_core.llm.price import Price
    from executus_core.model.health import CandidateHealth
    from executus_core.model.router import CandidateInfo

_UNKNOWN: Final = "unknown"
_SHOWN: Final = 4
"""Models of one endpoint that stand in a line."""


def configured_tables(models: ModelsHere, chosen: str) -> Iterator[Table]:
    """Lay out what the configuration says, as far as it says anything.

    Args:
        models: What is here.
        chosen: The tier or spec that a run would use, to be marked.
    """
    if models.tiers:
        table = build_table("TIER", "MODEL", "WINDOW", "USD/M IN · OUT", "STATE", "FROM", narrow=("TIER",))
        silent = {one.endpoint.name: one for one in models.endpoints if one.finding and not one.finding.specs}
        for tier in models.tiers:
            for row in _tier_rows(tier, silent, is_chosen=tier.name == chosen):
                table.add_row(*row)
        yield table
    if models.aliases:
        table = build_table("ALIAS", "MODEL", "FROM", narrow=("ALIAS",))
        for alias in models.aliases:
            name = marked(alias.name, is_chosen=alias.name == chosen)
            table.add_row(name, Text(plain(alias.spec)), Text(plain(alias.source), style=FAINT))
        yield table
    if models.endpoints:
        table = build_table(
            "ENDPOINT", "TYPE", "URL", "TOKEN", "AT A TIME", "STATE", "FROM", narrow=("ENDPOINT",)
        )
        for one in models.endpoints:
            endpoint = one.endpoint
            table.add_row(
                marked(endpoint.name, is_chosen=False),
                Text(plain(endpoint.type)),
                Text(plain(endpoint.url)),
                Text("yes" if endpoint.token else "none"),
                Text(str(endpoint.concurrency or "any number")),
                _answers(one),
                Text(plain(one.source), style=FAINT),
            )
        yield table


def marked(name: str, *, is_chosen: bool) -> Text:
    """Show a name, with a mark where a run would use it."""
    return Text.assemble(("▸ " if is_chosen else "  ", "green"), (plain(name), "bold" if is_chosen else ""))


def tier_rows(tiers: Iterable[TierHere]) -> list[tuple[Text, Text, Text]]:
    """Show each tier in a line: whether a run could use it, and what it comes to, or why not."""
    rows: list[tuple[Text, Text, Text]] = []
    for tier in tiers:
        broken = [one for one in tier.candidates if one.problem]
        if tier.problem:
            mark, said = Text("✗", style="red"), tier.problem
        elif broken:
            mark, said = Text("!", style="yellow"), "; ".join(one.problem for one in broken)
        else:
            mark, said = Text("✓", style="green"), ", ".join(one.spec for one in tier.candidates)
        rows.append((mark, Text(plain(tier.name)), Text(plain(said), style=mark.style if broken else "")))
    return rows


def endpoint_rows(endpoints: Iterable[EndpointHere]) -> list[tuple[Text, Text, Text]]:
    """Show each endpoint in a line: whether it answers, where somebody looked, and what it is."""
    rows: list[tuple[Text, Text, Text]] = []
    for one in endpoints:
        mark = Text("·", style=FAINT)
        if one.finding is not None:
            mark = Text("✓", style="green") if one.finding.specs else Text("✗", style="red")
        said = Text.assemble(plain(f"{one.endpoint.type} at {one.endpoint.url}: "), _answers(one))
        rows.append((mark, Text(plain(one.endpoint.name)), said))
    return rows


def _answers(here: EndpointHere) -> Text:
    """Say what answers at an endpoint, as far as somebody looked."""
    found = here.finding
    if found is None:
        return Text("not looked at", style=FAINT)
    if found.specs:
        names = ", ".join(AT_SERVER.split(spec)[0].partition("/")[2] for spec in found.specs[:_SHOWN])
        more = len(found.specs) - _SHOWN
        return Text(plain(f"serves {names}" + (f" and {more} more" if more > 0 else "")))
    said = "; ".join(part for part in (found.problem or "serves no model", found.remedy) if part)
    return Text(plain(said), style="red")


def _tier_rows(
    tier: TierHere, silent: Mapping[str, EndpointHere], *, is_chosen: bool
) -> Iterator[tuple[Text, ...]]:
    """Show a tier by its candidates, the first beside its name; of a silent endpoint, what is wrong there."""
    source = Text(plain(tier.source), style=FAINT)
    for number, candidate in enumerate(tier.candidates):
        yield (
            Text() if number else marked(tier.name, is_chosen=is_chosen),
            _candidate(candidate),
            Text(_tokens(window_of(candidate))),
            Text(_price(candidate.price)),
            _answers(silent[name]) if (name := _endpoint_of(candidate)) in silent else _state(candidate),
            Text() if number else source,
        )


def _candidate(candidate: CandidateInfo) -> Text:
    """Show a candidate with the options of its tiers."""
    options = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in candidate.options.items()]
    return Text.assemble(plain(candidate.spec), (plain("".join(f" {one}" for one in options)), FAINT))


def _endpoint_of(candidate: CandidateInfo) -> str:
    return candidate.endpoint.name if candidate.endpoint and not candidate.problem else ""


def _tokens(count: int | None) -> str:
    return _UNKNOWN if count is None else f"{count:,}"


def _price(price: Price | None) -> str:
    return _UNKNOWN if price is None else f"{price.input_usd:g} · {price.output_usd:g}"


def _state(candidate: CandidateInfo) -> Text:
    if candidate.problem:
        return Text(plain(candidate.problem), style="red")
    health = candidate.health
    said = plain(describe_health(health))
    return Text(said, style="" if health.may_be_asked else "yellow")


def describe_health(health: CandidateHealth) -> str:
    """Say whether a candidate may be asked, and if not, for how long and why."""
    why = f", after: {' '.join(health.reason.split())}" if health.reason else ""
    if health.condition == "resting":
        return f"rests for {duration(health.seconds_left)}{why}"
    known = {"well": "ready", "due": "rested, and is tried by the next call", "tried": "is being tried"}
    return f"{known[health.condition]}{why}"
