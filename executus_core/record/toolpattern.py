"""Patterns that say which tools are meant: by name, or by what brings them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.tool import Source, Tool

NAME: Final = "name"
KINDS: Final = ("plugin", "pack", "distribution")
EVERYTHING: Final = ("*",)


@frozen
class ToolPattern:
    """A glob over the names of tools, or over the plugins, packs or distributions that bring them.

    ``read_*`` means tools by their name; ``plugin:tools-common``, ``pack:scad`` and ``distribution:executus-*`` mean every
    tool of what is named so.

    Attributes:
        text: As it was written.
        kind: "name", "plugin", "pack" or "distribution".
        glob: The glob.
    """

    text: str
    kind: str
    glob: str

    @classmethod
    def parse(cls, text: str) -> ToolPattern:
        """Read a pattern.

        Raises:
            ConfigError: It is blank, or has a prefix that means nothing.
        """
        kind, colon, glob = text.partition(":")
        if not colon:
            kind, glob = NAME, text
        elif kind not in KINDS:
            raise ConfigError(
                f"the pattern '{text}' begins with '{kind}:'.{did_you_mean(kind, KINDS)} "
                "A pattern without a colon is a glob over the names of tools"
            )
        if not glob.strip():
            raise ConfigError(f"the pattern '{text}' names nothing; '*' means every tool")
        return cls(text, kind, _normal(glob) if kind == "distribution" else glob)

    def matches(self, tool: Tool) -> bool:
        """Tell whether a tool is meant."""
        return fnmatchcase(tool.name, self.glob) if self.kind == NAME else self.matches_source(tool.source)

    def matches_source(self, source: Source) -> bool:
        """Tell whether everything is meant that comes from somewhere; a glob over names never says that."""
        held = "" if self.kind == NAME else str(getattr(source, self.kind))
        return bool(held) and fnmatchcase(_normal(held) if self.kind == "distribution" else held, self.glob)


def parse_patterns(texts: Iterable[str]) -> tuple[ToolPattern, ...]:
    """Read several patterns.

    Raises:
        ConfigError: One of them is wrong, or a single text was given in place of a list.
    """
    if isinstance(texts, str):
        raise ConfigError(f"patterns are given as a list: ['{texts}']")
    return tuple(ToolPattern.parse(text) for text in texts)


def _normal(name: str) -> str:
    """Write the name of a distribution as indexes compare it: ``Executus_Tools.X`` is ``executus-tools-x``."""
    return re.sub(r"[-_.]+", "-", name).lower()
