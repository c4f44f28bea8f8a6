"""What may stand in the script of a ``ScriptedModel``, one entry per expected request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import frozen

from executus_core.llm.exchange import ModelRequest, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = [
    "Call",
    "Delay",
    "Entry",
    "EntryFunction",
    "Thinking",
    "call",
    "check_entry",
    "delay",
    "raw_call",
    "thinking",
]


@frozen
class Call:
    """A tool call that a scripted model is going to make.

    Attributes:
        name: The tool's name.
        arguments: Raw JSON text, perhaps malformed on purpose.
        id: The call's id; "" to let the model number it.
    """

    name: str
    arguments: str
    id: str = ""


@frozen
class Delay:
    """An entry that comes later.

    Attributes:
        seconds: How long, on the model's clock; infinity for never.
        entry: What comes then.
    """

    seconds: float
    entry: Entry


@frozen
class Thinking:
    """An entry that the model reasons about first, which only a stream shows.

    Attributes:
        text: The reasoning.
        entry: What comes of it.
    """

    text: str
    entry: Entry


EntryFunction: TypeAlias = "Callable[[ModelRequest], Entry | Awaitable[Entry]]"
Entry: TypeAlias = (
    "str | Call | Sequence[str | Call] | Response | BaseException | Delay | Thinking | EntryFunction"
)
"""A text, a call, a list of texts and calls, a whole response, an exception to raise, or a function of the request that
gives any of these."""


def call(name: str, /, **arguments: object) -> Call:
    """Script a tool call.

    Args:
        name: The tool's name.
        **arguments: Its arguments; anything that ``json.dumps`` takes.
    """
    return Call(name, json.dumps(arguments, ensure_ascii=False))


def raw_call(name: str, arguments: str, *, id: str = "") -> Call:  # noqa: A002 - the field's word
    """Script a tool call with arguments as a model might really write them, malformed ones included.

    Args:
        name: The tool's name.
        arguments: The raw text.
        id: The call's id, also a repeated one; "" to let the model number it.
    """
    return Call(name, arguments, id)


def delay(seconds: float, entry: Entry) -> Delay:
    """Script an answer that takes a while on the model's clock; ``math.inf`` never comes."""
    return Delay(seconds, entry)


def thinking(text: str, entry: Entry) -> Thinking:
    """Script an answer that a stream shows after the model's reasoning."""
    return Thinking(text, entry)


def check_entry(entry: object, place: str) -> None:
    """Refuse what can't be an entry where it is written, not in the middle of a run.

    Raises:
        TypeError: Saying where it stands and what may stand there.
    """
    match entry:
        case str() | Call() | Response() | BaseException():
            pass
        case Delay() | Thinking():
            check_entry(entry.entry, f"{place} (after its {type(entry).__name__.lower()})")
        case list() | tuple():
            for position, part in enumerate(cast("Sequence[object]", entry)):
                if not isinstance(part, (str, Call)):
                    kind = type(part).__name__
                    raise TypeError(
                        f"{place}, item {position} is a {kind}; a list holds texts and call(...)s"
                    )
        case type() if issubclass(entry, BaseException):
            name = entry.__name__
            raise TypeError(f"{place} is the exception class {name}; give an instance: {name}('...')")
        case _ if not callable(entry):
            raise TypeError(
                f"{place} is a {type(entry).__name__}; give a text, call(...), a list of them, a Response, an "
                "exception, delay(...), thinking(...) or a function of the request"
            )
        case _:
            pass
