"""What a docstring tells a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen
from docstring_parser import ParseError, parse
from docstring_parser.common import DocstringParam

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docstring_parser.common import DocstringMeta

_VARIABLES: Final = ("ivar", "var", "cvar")
"""How Sphinx describes the attributes of a class; the parser keeps these without reading them."""


@frozen
class FunctionDocs:
    """The useful parts of a docstring, of a function or a class.

    Attributes:
        description: Everything before the first section.
        parameters: Descriptions by the name of the parameter, or of the attribute.
    """

    description: str
    parameters: dict[str, str]


def read_docstring(text: str) -> FunctionDocs:
    """Read a docstring of Google, NumPy or Sphinx style; one that can't be read is a description as a whole."""
    try:
        docstring = parse(text)
    except ParseError:
        return FunctionDocs(text.strip(), {})
    parts = (docstring.short_description, docstring.long_description)
    return FunctionDocs(
        "\n\n".join(part.strip() for part in parts if part),
        {
            name: item.description.strip()
            for item in docstring.meta
            if item.description
            for name in _names(item)
        },
    )


def _names(item: DocstringMeta) -> Iterable[str]:
    """List what an item describes; NumPy's style may describe several parameters at once."""
    if isinstance(item, DocstringParam):
        return [name.strip(" *") for name in item.arg_name.split(",")]
    return item.args[-1:] if item.args and item.args[0] in _VARIABLES else ()
