"""How OpenAI says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import RefusedError, Why

__all__ = ["refuse"]

_OVERFLOW = (
    "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. "
    "Please reduce the length of the messages."
)
_SAID: dict[int, str] = {
    400: "Invalid request.",
    401: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
    403: "You are not allowed to sample from this model.",
    404: "Invalid URL.",
    408: "Request timed out.",
    429: "Rate limit reached for requests. Please try again later.",
    500: "The server had an error while processing your request. Sorry about that!",
    502: "Bad gateway.",
    503: "The engine is currently overloaded, please try again later.",
}
_SAID_WHY: dict[Why, str] = {
    "no json": "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.",
    "no key": "You didn't provide an API key. "
    "Provide it in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    "no model": "The model `{about}` does not exist or you do not have access to it.",
    "overflow": _OVERFLOW,
    "content": "Your prompt was flagged as potentially violating our usage policy. "
    "Please try again with a different prompt.",
}
_CODES: dict[Why, str] = {
    "wrong key": "invalid_api_key",
    "no model": "model_not_found",
    "overflow": "context_length_exceeded",
    "content": "invalid_prompt",
}
_STATUS_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


def refuse(refusal: RefusedError) -> JsonObject:
    """Write the body of an error."""
    said = _SAID_WHY.get(refusal.why) or _SAID.get(refusal.status, "The request failed.")
    said = said.format(about=refusal.about, tokens=refusal.tokens, window=refusal.window)
    param = "messages" if refusal.why == "overflow" else None if refusal.why else refusal.about or None
    code = _CODES.get(refusal.why)
    if not refusal.why:
        code = _STATUS_CODES.get(refusal.status)
    return {
        "error": {
            "message": refusal.message or said,
            "type": _type_of(refusal.status),
            "param": param,
            "code": code,
        }
    }


def _type_of(status: int) -> str:
    if status == 429:
        return "requests"
    return "server_error" if status >= 500 else "invalid_request_error"
