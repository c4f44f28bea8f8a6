"""What a model fills: the arguments of a tool, and the fields of a class among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALARS: frozenset[object] = frozenset({str, int, float, bool, type(None)})
"""Types under which neither a nested key nor an unchecked number can hide."""


@frozen
class Parameter:
    """One argument that the model fills.

    Attributes:
        name: Its name.
        annotation: Its type, with what ``Annotated`` adds.
        required: Whether it has no default.
        default: That default.
    """

    name: str
    annotation: object
    required: bool
    default: object = None

    @property
    def description(self) -> str:
        """What the annotation says in words: the plain texts, and ``Doc``, of its ``Annotated``."""
        metadata: Sequence[object] = getattr(self.annotation, "__metadata__", ())
        words = [item if isinstance(item, str) else getattr(item, "documentation", None) for item in metadata]
        return " ".join(word for word in words if isinstance(word, str))
