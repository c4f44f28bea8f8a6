"""What OpenSCAD says about a source, sorted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

_MESSAGE: Final = re.compile(r"(?P<kind>(?:[A-Z]+-)?(?:ERROR|WARNING)|DEPRECATED): (?P<text>.*)")
_PLACE: Final = re.compile(
    r"(?:,? in file (?P<file>[^,]*), line (?P<line>\d+)|, import\(\) at line (?P<only>\d+))\Z"
)
_NO_MODEL: Final = {
    "Current top level object is not a 3D object.": (
        "the model is flat: it has no solid part; give it a height with linear_extrude or rotate_extrude"
    ),
    "Current top level object is empty.": "the model is empty: nothing at the top level makes a solid",
}
# `--hardwarnings` turns the plain warnings into errors: an unknown name is one, and leaves the geometry wrong
_STAYS_A_WARNING: Final = frozenset({"DEPRECATED", "UI-WARNING", "EXPORT-WARNING", "FONT-WARNING"})
# what an unknown name leads to, on the same line
_FOLLOW_UP: Final = ("undefined operation ", "Unable to convert ")
_SHOWN: Final = 20
_SHOWN_CHARS: Final = 300


@frozen
class Message:
    """One thing that is wrong.

    Attributes:
        text: What it is.
        file: In which source, or "".
        line: At which line, counted from 1; 0 when it is not known.
    """

    text: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Show it as compilers do."""
        place = ":".join(part for part in (self.file, str(self.line or "")) if part)
        return f"{place}: {self.text}" if place else self.text


@frozen
class Report:
    """What OpenSCAD said about a source.

    Attributes:
        errors: What keeps it from being a model.
        warnings: What does not.
        echoes: What the source wrote with ``echo``.
    """

    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    echoes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Show all of it, the errors first."""
        if not (self.errors or self.warnings):
            head = "no errors, no warnings"
        else:
            head = f"{_count(self.errors, 'error')}, {_count(self.warnings, 'warning')}"
        return "\n".join(
            [
                head,
                *_listed("error: ", self.errors),
                *_listed("warning: ", self.warnings),
                *_listed("echo: ", self.echoes),
            ]
        )


def read_report(said: str, main: str) -> Report:
    """Sort what OpenSCAD said.

    Args:
        said: Both of its outputs.
        main: The source's file name, for messages that name a line and no file.
    """
    errors: dict[Message, None] = {}  # in order, each once
    warnings: dict[Message, None] = {}
    echoes: list[str] = []
    for line in said.splitlines():
        if line.startswith("ECHO: "):
            echoes.append(line.removeprefix("ECHO: "))
        elif line in _NO_MODEL:
            errors[Message(_NO_MODEL[line], main)] = None
        elif (found := _MESSAGE.match(line)) and "stop on first warning" not in line:
            message = _read_message(found["text"], main)
            if not _follows(message, errors):
                kept = warnings if found["kind"] in _STAYS_A_WARNING else errors
                kept[message] = None
    return Report(tuple(errors), tuple(warnings), tuple(echoes))


def _read_message(text: str, main: str) -> Message:
    text = text.removeprefix("Parser error: ").rstrip(".")
    place = _PLACE.search(text)
    if place is None:
        return Message(text)
    file = (place["file"] or main).rpartition("/")[2]
    return Message(text[: place.start()], file, int(place["line"] or place["only"]))


def _follows(message: Message, errors: Iterable[Message]) -> bool:
    """Tell whether a message says again, in other words, what is wrong with its line."""
    return message.text.startswith(_FOLLOW_UP) and any(
        (error.file, error.line) == (message.file, message.line) and error.text != message.text
        for error in errors
    )


def _count(things: tuple[object, ...], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _listed(head: str, things: Iterable[object]) -> list[str]:
    lines = [f"{head}{thing}" for thing in things]
    shown = [
        line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 3]}..." for line in lines[:_SHOWN]
    ]
    left = len(lines) - len(shown)
    return [*shown, f"(and {left} more)"] if left else shown
