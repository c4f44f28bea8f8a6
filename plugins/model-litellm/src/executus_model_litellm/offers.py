"""Tools and output schemas as a provider's dialect can say them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from attrs import frozen

from executus_core.errors import ConfigError, ModelError
from executus_core.model.dialect import (
    ANTHROPIC,
    GEMINI,
    OLLAMA,
    OPENAI,
    PLAIN,
    find_strict,
    loosen,
)
from executus_model_litellm.repair import clean_text, clean_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm import JsonObject, ToolSpec
    from executus_core.model.dialect import Dialect, StrictSchema
    from executus_model_litellm.spec import ModelSpec
    from executus_model_litellm.transcript import Wire

_NAME_CHARS: Final = 64
_MAX_KEPT: Final = 500
_DIALECTS: Final[Mapping[str, Dialect]] = {
    "anthropic": ANTHROPIC,
    "azure": OPENAI,
    "gemini": GEMINI,
    "ollama": OLLAMA,
    "ollama_chat": OLLAMA,
    "openai": OPENAI,
    "vertex_ai": GEMINI,
}


def choose_dialect(spec: ModelSpec, base_url: str, *, is_strict: bool) -> Dialect:
    """Choose how schemas are said to whoever serves a model.

    A server that is only reached like OpenAI's may be anything, unless the settings say that it knows strict mode.
    """
    if spec.provider == "vertex_ai" and spec.model.startswith("claude"):
        return ANTHROPIC
    if spec.provider == "openai" and base_url and not is_strict:
        host = urlsplit(base_url).hostname or ""
        return OPENAI if host.endswith(".openai.com") else PLAIN
    return _DIALECTS.get(spec.provider, PLAIN)


@frozen
class Offer:
    """A tool as it is sent.

    Attributes:
        tool: The tool that it was made from.
        text: What is sent, as JSON: litellm changes what it is handed.
        strict: How its arguments come back, where they are sure to satisfy the schema.
    """

    tool: ToolSpec
    text: str
    strict: StrictSchema | None


class Offers:
    """Renders the tools of many runs, each once for as long as it is in use."""

    def __init__(self, *, is_strict: bool) -> None:
        """Render nothing yet.

        Args:
            is_strict: Whether OpenAI is asked for strict mode where a tool's schema allows it.
        """
        self._is_strict = is_strict
        self._kept: dict[tuple[int, str, str, str], Offer] = {}

    def offer(self, tools: Sequence[ToolSpec], dialect: Dialect) -> list[Offer]:
        """Give the tools as a dialect says them.

        Raises:
            ModelError: Naming the tool whose schema is none.
        """
        return [self._offer(tool, dialect) for tool in tools]

    def _offer(self, tool: ToolSpec, dialect: Dialect) -> Offer:
        key = (id(tool.parameters), tool.name, tool.description, dialect.name)
        kept = self._kept.pop(key, None)
        if kept is None or kept.tool.parameters is not tool.parameters:
            kept = self._render(tool, dialect)
        self._kept[key] = kept  # the latest last
        if len(self._kept) > _MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    def _render(self, tool: ToolSpec, dialect: Dialect) -> Offer:
        try:
            strict = find_strict(tool.parameters) if self._is_strict and dialect is OPENAI else None
            schema = strict.schema if strict else loosen(tool.parameters, dialect)
        except ConfigError as error:
            raise ModelError(f"the tool '{tool.name}' can't be offered to a model: {error}") from error
        # what is said of the arguments as a whole stands with the tool: several providers drop it from the schema
        said = [tool.description, str(schema.get("description", ""))]
        function: Wire = {
            "name": tool.name[:_NAME_CHARS],
            "description": clean_text("\n".join(text for text in said if text)),
            "parameters": {name: value for name, value in schema.items() if name != "description"},
        }
        if strict:
            function["strict"] = True
        return Offer(tool, json.dumps({"type": "function", "function": function}), strict)


def as_wire(offers: Sequence[Offer]) -> list[Wire]:
    """Give what is sent."""
    return [cast("Wire", json.loads(offer.text)) for offer in offers]


def render_schema(schema: JsonObject, dialect: Dialect) -> Wire:
    """Give the provider's own mode for an answer that satisfies a schema."""
    name = schema.get("title")
    title = (
        "".join(char if char.isalnum() and char.isascii() else "_" for char in name)
        if isinstance(name, str)
        else ""
    )
    strict = find_strict(schema)
    if (
        schema.get("type", "object") != "object"
    ):  # a list, a number: loosening is for arguments, which are objects
        said, is_strict = cast("JsonObject", clean_value(schema)), False
    elif strict and strict.schema == strict.meant:  # else null would stand for what was left out
        said, is_strict = strict.schema, True
    else:
        said, is_strict = loosen(schema, OPENAI if dialect is OPENAI else PLAIN), False
    described: Wire = {"name": title[:_NAME_CHARS] or "answer", "schema": said, "strict": is_strict}
    return {"type": "json_schema", "json_schema": described}
