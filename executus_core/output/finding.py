"""Finding the value in a model's text: as it stands, in one code fence, or among words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from executus_core.schema.value import UnfitValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.schema.value import ValueSchema

_FENCE: Final = "```"
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9]{0,16}\s")
EMPTY: Final = "the answer is empty"


def find_value(schema: ValueSchema, text: str) -> object:
    """Read the value of an answer, strictly, wherever in the text its JSON stands.

    A text is read a bounded number of times, however it looks.

    Raises:
        UnfitValueError: There is no one JSON value in it, or not one of the schema.
    """
    try:
        return schema.read(text)
    except UnfitValueError as error:
        if error.is_json:
            raise
        problem = error
    if not text.strip():
        raise UnfitValueError([EMPTY], is_json=False)
    problems: list[UnfitValueError] = []
    for candidate in _candidates(text):
        try:
            return schema.read(candidate)
        except UnfitValueError as error:
            problems.append(error)
    raise next((error for error in problems if error.is_json), problem)


def _candidates(text: str) -> Iterator[str]:
    """Give the stretches that may be the one JSON value of a text: what a fence holds, what brackets hold."""
    if text.count(_FENCE) == 2:
        inside = text.split(_FENCE)[1]
        language = _LANGUAGE.match(inside)
        yield inside[language.end() :] if language else inside
    spans = [(text.find(opening), text.rfind(closing) + 1) for opening, closing in ("{}", "[]")]
    spans = sorted(span for span in spans if 0 <= span[0] < span[1])
    if len(spans) == 2 and spans[1][0] >= spans[0][1]:
        return  # one after the other: perhaps two values
    for start, end in spans:
        yield text[start:end]
