"""What a model or a person wrote, brought into a form that every provider takes; the record keeps what was written."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NoReturn, cast

if TYPE_CHECKING:
    from executus_core.llm import JsonValue

MALFORMED: Final = "malformed_arguments"
"""The one key of the arguments that are sent in place of malformed ones; its value is how they began."""

_MALFORMED_CHARS: Final = 1000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MISTRAL_ID: Final = re.compile(r"[A-Za-z0-9]{9}")


def clean_text(text: str) -> str:
    """Replace lone halves of surrogate pairs, which no UTF-8 can hold."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def clean_name(name: str) -> str:
    """Give the name of a tool that providers let pass: a model may have called one that nobody offers."""
    return _NOT_IN_NAME.sub("_", name)[:64] or "unnamed"


def clean_arguments(text: str) -> str:
    """Give arguments that are one strict JSON object: what they say, or wrapped so that the model sees what it wrote.

    Servers parse the arguments of earlier calls, and answer 500 or 400 for what they can't read: the conversation would be
    dead.
    """
    if not text.strip():
        return "{}"
    try:
        value = cast("JsonValue", json.loads(text, parse_constant=_refuse, parse_float=_finite))
        # written anew, so that a lone surrogate or a key that stands twice does not go out
        return json.dumps(
            clean_value(value)
            if isinstance(value, dict)
            else {MALFORMED: clean_text(text)[:_MALFORMED_CHARS]}
        )
    except (ValueError, RecursionError):
        return json.dumps({MALFORMED: clean_text(text[:_MALFORMED_CHARS])})


def clean_value(value: JsonValue) -> JsonValue:
    """Clean every text of a JSON value."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(name): clean_value(one) for name, one in value.items()}
    if isinstance(value, list):
        return [clean_value(one) for one in value]
    return value


def clean_id(call_id: str, provider: str) -> str:
    """Give the id of a call as a provider takes it: one that another provider or a script made may not do."""
    if provider == "mistral":
        return (
            call_id
            if _MISTRAL_ID.fullmatch(call_id)
            else sha256(clean_text(call_id).encode()).hexdigest()[:9]
        )
    if provider == "gemini" or _SAFE_ID.fullmatch(call_id):  # Gemini's hold the signature of a thought
        return clean_text(call_id)
    return f"call_{sha256(clean_text(call_id).encode()).hexdigest()[:24]}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(text)
    return value
