"""JSON schemas as each provider can say them.

A provider's dialect of JSON Schema is a part of it, and a request with a keyword too many is refused whole. What a dialect
can't say is loosened here: dropped from the schema, said in words in the description, and checked where it always is, when
the arguments come back. ``table`` has a row for each dialect and names its sources. ``document`` checks a schema and follows
its references, ``shape`` reads it, whatever draft it is written in, ``write`` writes it down again, ``strict`` closes it for
OpenAI's strict mode.
"""

from executus_core.model.dialect.strict import StrictSchema, find_strict
from executus_core.model.dialect.table import ANTHROPIC, GEMINI, OLLAMA, OPENAI, PLAIN, Dialect
from executus_core.model.dialect.write import loosen

__all__ = [
    "ANTHROPIC",
    "GEMINI",
    "OLLAMA",
    "OPENAI",
    "PLAIN",
    "Dialect",
    "StrictSchema",
    "find_strict",
    "loosen",
]
