"""What each provider's dialect of JSON Schema can say: a row each."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_LENGTHS: Final = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
_COUNTS: Final = frozenset({"minProperties", "maxProperties"})
_NOTES: Final = frozenset({"title", "default", "examples"})
_FORMATS: Final = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"}
)


@frozen(repr=False)
class Dialect:
    """What one family of providers takes.

    Every dialect takes ``type``, ``description``, ``enum``, ``properties``, ``required``, ``items`` and, below the root,
    ``anyOf``.

    Attributes:
        name: Its name in messages and tables.
        source: Where its rules are written.
        keywords: What it takes beside those.
        formats: The values of ``format`` that it takes.
        property_name: What a property's name must match.
        has_references: Whether a shared or recursive part may stay one, behind ``$ref`` into ``$defs``.
        is_openapi: Whether it is the schema of OpenAPI 3.0: one type each, ``nullable`` for null, choices among texts only.
        max_count: The largest bound of a length; a server that makes a grammar of it fails on larger ones.
        max_choices: The longest ``enum``.
        max_depth: How deep schemas may be nested.
    """

    name: str
    source: str
    keywords: frozenset[str]
    formats: frozenset[str] = frozenset()
    property_name: re.Pattern[str] = re.compile(r".*", re.DOTALL)
    has_references: bool = False
    is_openapi: bool = False
    max_count: int = 1_000_000
    max_choices: int = 500
    max_depth: int = 24

    def __repr__(self) -> str:
        """Show its name."""
        return f"Dialect({self.name!r})"


OPENAI: Final = Dialect(
    name="openai",
    source="platform.openai.com/docs/guides/function-calling; the errors \"'uri' is not a valid format\" and "
    "\"schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level\"",
    keywords=_NUMBERS | _LENGTHS | _NOTES | {"pattern", "uniqueItems", "additionalProperties"},
    formats=_FORMATS,
    has_references=True,
)
OPENAI_STRICT: Final = Dialect(
    name="openai strict",
    source="platform.openai.com/docs/guides/structured-outputs, of which only what fine-tuned models take too; "
    "5 levels, which was the limit before it became 10",
    keywords=frozenset({"additionalProperties"}),
    has_references=True,
    max_choices=250,
    max_depth=5,
)
ANTHROPIC: Final = Dialect(
    name="anthropic",
    source="docs.anthropic.com/en/docs/agents-and-tools/tool-use; the errors 'input_schema does not support oneOf, allOf, "
    "or anyOf at the top level' and \"Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'\"",
    keywords=_NUMBERS | _LENGTHS | _NOTES | {"pattern", "uniqueItems", "additionalProperties"},
    formats=_FORMATS | {"uri"},
    property_name=re.compile(r"[a-zA-Z0-9_.-]{1,64}"),
    has_references=True,
)
GEMINI: Final = Dialect(
    name="gemini",
    source="ai.google.dev/api/caching#Schema and #FunctionDeclaration; the error \"only 'enum' and 'date-time' are "
    'supported for STRING type"; litellm.llms.vertex_ai.common_utils.build_vertex_schema, which takes what has no '
    "type for an object",
    keywords=_LENGTHS | _COUNTS | {"minimum", "maximum", "pattern", "title"},
    formats=frozenset({"date-time"}),
    property_name=re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,63}"),
    is_openapi=True,
    max_depth=16,
)
OLLAMA: Final = Dialect(
    name="ollama",
    source="github.com/ollama/ollama, api/types.go: what ToolProperty has no field for is dropped there without a word",
    keywords=frozenset(),
)
PLAIN: Final = Dialect(
    name="plain",
    source="what servers of OpenAI's wire have in common; github.com/ggml-org/llama.cpp, common/json-schema-to-grammar.cpp, "
    "which fails on look-arounds, other servers' references and repetitions in their thousands",
    keywords=_LENGTHS | {"minimum", "maximum", "title", "default", "additionalProperties"},
    formats=frozenset({"date", "date-time", "time", "uuid"}),
    max_count=256,
)
