"""How Anthropic says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import RefusedError, Why

__all__ = ["refuse"]

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_SAID = {
    401: "invalid x-api-key",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not Found",
    413: "Request exceeds the maximum allowed number of bytes.",
    429: "This request would exceed your organization's rate limit. Please try again later.",
    500: "Internal server error",
    529: "Overloaded",
}
_SAID_WHY: dict[Why, str] = {
    "no json": "The request body is not valid JSON",
    "no key": "x-api-key header is required",
    "no model": "model: {about}",
    "overflow": "prompt is too long: {tokens} tokens > {window} maximum",
    "content": "Output blocked by content filtering policy",
}


def refuse(refusal: RefusedError) -> JsonObject:
    """Write the body of an error."""
    said = _SAID_WHY.get(refusal.why) or _SAID.get(refusal.status, "The request failed.")
    message = refusal.message or said.format(
        about=refusal.about, tokens=refusal.tokens, window=refusal.window
    )
    kind = _TYPES.get(refusal.status) or ("api_error" if refusal.status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message}}
