"""Globs over single arguments of a call.

``*`` stands for any characters but ``/``, and ``?`` for one; in a URL they don't stand for ``?``, ``#`` and ``@`` either.
``**`` stands for any characters. Everything else stands for itself, and capitals count. A list is held against a glob item
by item; what is neither text nor list as canonical JSON: ``5``, ``true``, ``{"a":1}``.

A rule that allows must not be talked round: but for a bare ``**``, its wildcards match no text with a backslash or with
``..`` as a part of its own, percent-encoded or not. A rule that refuses must not be evaded: it is tried on what such a text
comes to, too.
"""

from __future__ import annotations

import json
import re
from posixpath import normpath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from attrs import field, frozen

from executus_core.permission.canonical import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.llm.json import JsonValue

ANYTHING: Final = "**"
_TRICKS: Final = re.compile(r"(?<![\w.])\.\.(?![\w.])|\\")
_GLYPHS: Final = re.compile(r"\*{2,}|.", re.DOTALL)


@frozen
class ArgumentGlob:
    """A glob over one argument.

    Attributes:
        text: As it was written.
    """

    text: str
    _in_text: Automaton = field(init=False, repr=False, eq=False)
    _in_url: Automaton = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Read the glob once."""
        object.__setattr__(self, "_in_text", Automaton.read(self.text, stops="/"))
        object.__setattr__(self, "_in_url", Automaton.read(self.text, stops="/?#@"))

    def allows(self, value: object) -> bool:
        """Tell whether a rule that allows matches: every item of a list must, and an empty list has none."""
        texts = list(_texts_of(value))
        return bool(texts) and all(self._matches_plainly(text) for text in texts)

    def catches(self, value: object) -> bool:
        """Tell whether a rule that does not allow matches: one item of a list is enough."""
        return any(
            self._matches(meaning)
            for text in _texts_of(value)
            for meaning in {text, _cleaned(text), _cleaned(unquote(text))}
        )

    def _matches_plainly(self, text: str) -> bool:
        if self.text in {text, ANYTHING}:
            return True
        return not _TRICKS.search(text) and not _TRICKS.search(unquote(text)) and self._matches(text)

    def _matches(self, text: str) -> bool:
        return (self._in_url if "://" in text else self._in_text).accepts(text)


@frozen
class Automaton:
    """A glob as sets of positions in it, one bit each: the time to match grows with the text, and no text can blow it up.

    Attributes:
        end: The position behind the glob.
        stars: Positions of ``*`` and ``**``.
        any_stars: Those of ``**``.
        ones: Positions of ``?``.
        literals: By character, the positions where it stands for itself.
        stops: What ``*`` and ``?`` don't stand for.
    """

    end: int
    stars: int
    any_stars: int
    ones: int
    literals: dict[str, int]
    stops: str

    @classmethod
    def read(cls, glob: str, *, stops: str) -> Automaton:
        """Read a glob."""
        stars = any_stars = ones = 0
        literals: dict[str, int] = {}
        glyphs = [glyph[:2] for glyph in _GLYPHS.findall(glob)]
        for position, glyph in enumerate(glyphs):
            bit = 1 << position
            stars |= bit * (glyph[0] == "*")
            any_stars |= bit * (glyph == ANYTHING)
            ones |= bit * (glyph == "?")
            if glyph[0] not in "*?":
                literals[glyph] = literals.get(glyph, 0) | bit
        return cls(1 << len(glyphs), stars, any_stars, ones, literals, stops)

    def accepts(self, text: str) -> bool:
        """Tell whether it matches a whole text."""
        last_is_any = self.any_stars & (self.end >> 1)
        here = self._skip_stars(1)
        for character in text:
            if not here or here & last_is_any:
                break
            step = self.literals.get(character, 0)
            stay = self.any_stars
            if character not in self.stops:
                step |= self.ones
                stay = self.stars
            here = self._skip_stars((here & step) << 1 | here & stay)
        return bool(here & (self.end | last_is_any))

    def _skip_stars(self, here: int) -> int:
        """A star may stand for nothing; two in a row are one, so one look is enough."""
        return here | (here & self.stars) << 1


def _texts_of(value: object) -> Iterator[str]:
    """Give what a glob is held against."""
    if type(value) is str:
        yield value
        return
    plain: JsonValue = as_json(value)
    if isinstance(plain, list):
        for item in plain:
            yield from _texts_of(item)
    elif isinstance(plain, str):
        yield plain
    else:
        yield json.dumps(plain, sort_keys=True, separators=(",", ":"))


def _cleaned(text: str) -> str:
    """Give a path, or the path of a URL, as it would be read."""
    scheme, is_url, path = text.replace("\\", "/").rpartition("://")
    cleaned = normpath(path)
    return f"{scheme}{is_url}{cleaned[1:] if cleaned.startswith('//') else cleaned}"
