"""What a docstring tells a model."""

from __future__ import annotations

from attrs import frozen
from docstring_parser import ParseError, parse


@frozen
class FunctionDocs:
    """The useful parts of a docstring.

    Attributes:
        description: Everything before the first section.
        parameters: Descriptions by parameter name.
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
        {param.arg_name: param.description.strip() for param in docstring.params if param.description},
    )
