"""The page of ``executus runs show``: a head, then what happened, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from executus_audit_sqlite.commands import attempts, decisions, words
from executus_audit_sqlite.stored import StoredCall, StoredError, StoredEvent, StoredStep, StoredTool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from executus_audit_sqlite.stored import RunDetail, StoredRun

_LINES: Final = 8
_CHARS: Final = 500
_INPUT: Final = "run.input"


def page_of(detail: RunDetail, *, whole: bool) -> Iterator[RenderableType]:
    """Show a run as a person wants to read it; ``whole`` cuts nothing."""
    run = detail.run
    yield _head(detail)
    yield from _section("input", _input(detail), whole=whole)
    yield from _events(detail, whole=whole)
    if run.stats.error:
        yield from _section("error", run.stats.error, whole=whole, style="red")
    yield from _section("output" if run.status == "ok" else "output so far", run.stats.output, whole=True)


def _input(detail: RunDetail) -> str:
    """Find what was asked: among the named inputs, or as the run recorded it when it began."""
    logged = (e.payload.get("text") for e in detail.events if isinstance(e, StoredEvent) and e.type == _INPUT)
    return str(detail.run.info.inputs.get("input") or next(logged, "") or "")


def _head(detail: RunDetail) -> Table:
    run = detail.run
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    rows: dict[str, str | Text] = {
        "run": Text(words.plain(run.run_id), "bold"),
        "agent": words.plain(run.agent),
        "status": _status(run),
        "model": _model(detail),
        "started": f"{words.clock_time(run.started_at)} ({words.ago(run.started_at)})",
        "took": words.duration(run.duration_s) if run.duration_s is not None else "",
        "steps": f"{_count(run.stats.steps, 'step')}, {_count(run.stats.tool_calls, 'tool call')}",
        "tokens": _tokens(run),
        "cost": words.money(run.stats.usage.cost_usd)
        if run.stats.usage.cost_usd is not None
        else "not known",
        "caller": words.plain("/".join(filter(None, (run.tenant, run.caller_id)))),
        "channel": words.plain("/".join(filter(None, (run.info.guild_id, run.info.channel_id)))),
        "parent": words.plain(run.parent_run_id),
        "children": words.plain("\n".join(detail.children)),
        "plugins": words.plain(", ".join(f"{used.name} {used.version}".strip() for used in run.info.plugins)),
    }
    for name, value in rows.items():
        if value:
            grid.add_row(name, value if isinstance(value, Text) else Text(value))
    return grid


def _status(run: StoredRun) -> Text:
    text = Text(run.status, words.STYLES.get(run.status, ""))
    if run.status == "open":
        text.append(" (it goes on)", "dim")
    if run.status == "interrupted":
        text.append(" (its process is gone; what it had not yet saved is lost)", "dim")
    return text


def _model(detail: RunDetail) -> str:
    asked = detail.run.info.model_tier
    served = dict.fromkeys(
        event.model for event in detail.events if isinstance(event, StoredStep) and event.model
    )
    names = ", ".join(served)
    return words.plain(
        f"{names} (asked for {asked})" if names and asked and asked != names else names or asked
    )


def _tokens(run: StoredRun) -> str:
    usage = run.stats.usage
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    thinking = f" ({usage.thinking_tokens:,} thinking)" if usage.thinking_tokens else ""
    return f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out{thinking}"


def _events(detail: RunDetail, *, whole: bool) -> Iterator[RenderableType]:
    started = detail.run.started_at.timestamp()
    unanswered: dict[str, StoredCall] = {}
    for event in detail.events:
        if isinstance(event, StoredStep):
            yield from _no_result(unanswered)
            yield Text("")
            yield _step_line(event, started)
            if event.whole_text != detail.run.stats.output:  # which comes at the end
                yield from _body(event.whole_text, whole=whole, indent=2)
            unanswered = {call.id: call for call in event.tool_calls}
        elif isinstance(event, StoredTool):
            unanswered.pop(event.id, None)
            yield from _tool(event, whole=whole)
        elif isinstance(event, StoredEvent) and event.type != _INPUT:  # the input has its own place
            yield from _event(event, whole=whole)
        elif (
            isinstance(event, StoredError) and event.message != detail.run.stats.error
        ):  # which comes at the end
            yield Text("")
            yield from _body(f"! {event.message}", whole=whole, indent=0, style="red")
    yield from _no_result(unanswered)


def _step_line(step: StoredStep, started: float) -> Text:
    line = Text(f"step {step.index}", "bold")
    details = (
        f"at {words.duration(max(0.0, step.at - started))}",
        f"{step.usage.input_tokens:,} in, {step.usage.output_tokens:,} out",
        words.plain(step.model),
    )
    return line.append("  " + "  ".join(filter(None, details)), "dim")


def _tool(tool: StoredTool, *, whole: bool) -> Iterator[RenderableType]:
    line = Text("  ✗ " if tool.is_error else "  → ", "red" if tool.is_error else "cyan")
    shown = words.call(tool.name, tool.arguments)
    line.append(shown if whole else words.shorten(shown, 200))
    yield line.append(f"  {words.duration(tool.duration_s)}", "dim")
    yield from _body(tool.whole_text, whole=whole, indent=4, style="red" if tool.is_error else "dim")


def _no_result(calls: dict[str, StoredCall]) -> Iterator[RenderableType]:
    for call in calls.values():
        line = Text("  ? ", "yellow").append(words.shorten(words.call(call.name, call.arguments), 200))
        yield line.append("  no result is recorded", "dim")


def _event(event: StoredEvent, *, whole: bool) -> Iterator[RenderableType]:
    if event.type == decisions.PERMISSION and not whole:
        if decisions.is_plain(event.payload):
            return
        if (line := decisions.decision_line(event.payload)) is not None:
            yield Text("  ◆ ", "magenta").append(line)
            return
    if event.type == attempts.ATTEMPT and not whole:
        if attempts.is_plain(event.payload):
            return
        if (line := attempts.attempt_line(event.payload)) is not None:
            yield Text(f"  {attempts.MARK}", "magenta").append(line)
            return
    yield Text("")
    text = f"{words.plain(event.type)}  {words.json_line(event.payload)}"
    yield Text(text if whole else words.shorten(text, 200), "magenta")


def _section(title: str, text: str, *, whole: bool, style: str = "") -> Iterator[RenderableType]:
    if text.strip():
        yield Text("")
        yield Text(title, "bold")
        yield from _body(text, whole=whole, indent=2, style=style)


def _body(text: str, *, whole: bool, indent: int, style: str = "") -> Iterator[RenderableType]:
    """Show a block of foreign text; of a long one the beginning, and how much more there is."""
    lines = words.plain(text).rstrip().splitlines()
    if not lines:
        return
    shown = lines if whole else _beginning(lines)
    yield Padding(Text("\n".join(shown), style), (0, 0, 0, indent), expand=False)
    if (more := len(lines) - len(shown)) or shown != lines[: len(shown)]:
        rest = _count(more, "more line") if more else "the rest of the line"
        yield Padding(Text(f"… {rest}: -v shows all", "dim italic"), (0, 0, 0, indent), expand=False)


def _beginning(lines: list[str]) -> list[str]:
    shown: list[str] = []
    room = _CHARS
    for line in lines[:_LINES]:
        if room <= 0:
            break
        shown.append(line[:room])
        room -= len(line)
    return shown


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
