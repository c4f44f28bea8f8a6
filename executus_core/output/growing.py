"""Reading a value while the model still writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, field

from executus_core.schema.value import unwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.json import JsonValue

_MIN_GROWTH_CHARS: Final = 8
_SHARE: Final = 5
"""Read again when the text has grown by this share of itself: all readings together cost as much as a few of the whole."""
_NUMBER: Final = "+-.0123456789eE"


@define(eq=False)
class GrowingValue:
    """The value of one answer as it grows.

    Attributes:
        is_wrapped: Whether an object holds the value.
        publish: Told each state that is new.
    """

    is_wrapped: bool
    publish: Callable[[JsonValue], None]
    _pieces: list[str] = field(factory=list[str])
    _chars: int = 0
    _due: int = 1
    _last: object = None

    def begin(self) -> None:
        """Begin an answer anew."""
        self._pieces.clear()
        self._chars, self._due, self._last = 0, 1, None

    def add(self, piece: str) -> None:
        """Add what the model wrote next; reads the whole when it is worth it."""
        self._pieces.append(piece)
        self._chars += len(piece)
        if self._chars >= self._due:
            self._due = self._chars + max(_MIN_GROWTH_CHARS, self._chars // _SHARE)
            self._read(is_whole=False)

    def end(self) -> None:
        """Read the whole once more: the answer is complete."""
        if self._pieces:
            self._read(is_whole=True)

    def _read(self, *, is_whole: bool) -> None:
        from pydantic_core import from_json  # noqa: PLC0415 - only whoever needs it pays for it

        text = "".join(self._pieces)
        self._pieces[:] = [text]
        start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
        if start < 0:
            return
        if is_whole:  # what stands behind it, such as the end of a fence, is no part of it
            end = text.rfind("}" if text[start] == "{" else "]") + 1
            written = text[start : max(start, end)]
        else:  # 12 may yet become 123
            written = text[start:].rstrip(_NUMBER)
        try:
            value: JsonValue = from_json(written, allow_partial="trailing-strings")
        except ValueError:
            return  # words around it, or no JSON: the judge will say
        if self.is_wrapped:
            if not isinstance(value, dict) or not value:
                return
            value = unwrap(value)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # it is JSON
        if value != self._last:
            self._last = value
            self.publish(value)
