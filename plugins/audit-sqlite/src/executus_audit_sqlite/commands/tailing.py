"""The lines of ``executus runs tail``, and following them while runs go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text

from executus_audit_sqlite.commands import attempts, decisions, words
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.stored import (
    OPEN,
    StoredEnd,
    StoredError,
    StoredEvent,
    StoredStart,
    StoredStep,
    StoredTool,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from executus_audit_sqlite.stored import AnyStored, TailLine


def follow(
    path: Path, count: int, run_id: str | None, pause: Callable[[], object]
) -> Iterator[list[TailLine]]:
    """Give the last events, and then, as often as ``pause`` returns, those that came since; ends with the run, if it is one.

    The database is opened anew for each look: it may come into being, be moved away, or be closed by its writer meanwhile.
    """
    with open_audit(path) as reader:
        news, seen = reader.read_tail(count, run_id), reader.last_batch()
    yield news
    while True:
        pause()
        with open_audit(path) as reader:
            # Ask for the end before the news: what is recorded before the end is then among the news.
            going_on = run_id is None or reader.get_run(run_id).status == OPEN
            news, seen = reader.read_news(seen, run_id), reader.last_batch()
        yield news
        if not going_on:
            return


def line_of(line: TailLine) -> Text:
    """Show an event in one line: when, which run, what."""
    event = line.event
    moment = datetime.fromtimestamp(event.at, UTC).astimezone()
    text = Text(f"{moment:%H:%M:%S} ", "dim")
    text.append(f"{words.plain(line.run_id)[-8:]} ", "dim").append(f"{words.plain(line.agent)} ", "bold")
    return text.append_text(_what(event))


def _what(event: AnyStored) -> Text:
    match event:
        case StoredStep():
            calls = ", ".join(words.plain(call.name) for call in event.tool_calls)
            said = words.first_line(event.whole_text) or (f"calls {calls}" if calls else "")
            return Text(f"step {event.index} ", "cyan").append(said, "default")
        case StoredTool():
            tool = Text("✗ " if event.is_error else "→ ", "red" if event.is_error else "cyan")
            tool.append(words.shorten(words.call(event.name, event.arguments), 80), "default")
            return tool.append(
                f"  {words.duration(event.duration_s)}  {words.first_line(event.whole_text)}", "dim"
            )
        case StoredEvent():
            return _logged(event)
        case StoredError():
            return Text(f"! {words.first_line(event.message)}", "red")
        case StoredEnd():
            return Text(words.plain(event.status), f"bold {words.STYLES.get(event.status, '')}")
        case StoredStart():
            return Text("started", "bold")


def _logged(event: StoredEvent) -> Text:
    if event.type == decisions.PERMISSION and (line := decisions.decision_line(event.payload)) is not None:
        return Text("◆ ", "magenta").append(line)
    if event.type == attempts.ATTEMPT and (line := attempts.attempt_line(event.payload)) is not None:
        return Text(attempts.MARK, "magenta").append(line)
    text = event.payload.get("text")
    shown = words.first_line(text) if isinstance(text, str) else words.json_line(event.payload)
    return Text(f"{words.plain(event.type)} ", "magenta").append(shown, "default")
