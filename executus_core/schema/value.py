"""A value that a model is to write: what it is told about it, and how it is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonObject

HELD: Final = "value"
"""Under which name a value that is no object stands in the object that providers want."""


class UnfitValueError(ValueError):
    """A model's text is not a value of the schema.

    Attributes:
        problems: What is wrong, one clause each, fit for the model.
        is_json: Whether it is JSON at all.
    """

    def __init__(self, problems: Sequence[str], *, is_json: bool) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(problems))
        self.problems: tuple[str, ...] = tuple(problems)
        self.is_json = is_json


class ValueSchema(Protocol):
    """Describes a value to a model, and reads what the model wrote."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def json(self) -> JsonObject:
        """The JSON schema of what the model is to write, always an object."""
        ...

    @property
    def bare(self) -> JsonObject:
        """The JSON schema of the value itself."""
        ...

    @property
    def is_wrapped(self) -> bool:
        """Whether that object only holds the value, which is none itself."""
        ...

    def read(self, text: str) -> object:
        """Read a JSON text, strictly.

        Raises:
            UnfitValueError: It is no JSON, or not of the schema.
        """
        ...


def unwrap(written: object) -> object:
    """Take the value out of the object that holds it and nothing else; any other is the value itself."""
    if isinstance(written, dict):
        held = cast("dict[str, object]", written)
        if held.keys() == {HELD}:
            return held[HELD]
        return held
    return written
