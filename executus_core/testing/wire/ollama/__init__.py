"""The dialect of Ollama's own interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.testing.wire.dialect import RefusedError
from executus_core.testing.wire.ollama import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import Answer, Place
    from executus_core.testing.wire.request import Reading

__all__ = ["Ollama"]

_SAID = {
    401: "unauthorized",
    404: "404 page not found",
    429: "too many concurrent requests",
    503: "server busy",
}
_DETAILS: JsonObject = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "3.2B",
    "quantization_level": "Q4_K_M",
}


class Ollama:
    """Ollama's chat, its models and what it says of itself."""

    base_path = ""
    chat_path = "/api/chat"
    stream_type = "application/x-ndjson"

    def key_of(self, headers: Mapping[str, str]) -> str:
        """Give the bearer, which Ollama asks for where it is hosted."""
        return headers.get("authorization", "").removeprefix("Bearer ").strip()

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Reading:  # noqa: ARG002 - nothing is in the headers
        """Read a chat's request."""
        return reading.read(body)

    def look_up(self, path: str, body: JsonObject, place: Place) -> JsonObject | str | None:
        """Answer whether it runs, its version, its models and one of them."""
        if path == "/api/show":
            return _show(body, place)
        answers: dict[str, JsonObject | str] = {
            "/": "Ollama is running",
            "/api/version": {"version": "0.12.6"},
            "/api/tags": {"models": [_model(name) for name in place.models]},
            "/api/ps": {"models": []},
            "/v1/models": {"object": "list", "data": [_compatible(name) for name in place.models]},
        }
        return answers.get(path)

    def write(self, answer: Answer) -> JsonObject:
        """Write a whole answer."""
        return writing.answer_whole(answer)

    def stream(self, answer: Answer) -> list[bytes]:
        """Write a line of JSON per piece; a call comes whole."""
        return writing.lines(answer)

    def empty(self, answer: Answer, *, is_stream: bool) -> JsonObject | list[bytes]:
        """Leave the message out."""
        end = writing.end_without_message(answer)
        return [writing.line(end)] if is_stream else end

    def refuse(self, refusal: RefusedError) -> JsonObject:
        """Write an ``error``, which is a text."""
        return {"error": refusal.message or _said(refusal)}

    def break_off(self, refusal: RefusedError) -> bytes:
        """Write an ``error`` where a piece would be."""
        return writing.line(self.refuse(refusal))

    def call_id(self, number: int, index: int) -> str:
        """Make an id that is never sent: Ollama pairs calls and results by their order."""
        return f"call_{number}_{index}"

    def headers(self, number: int) -> Mapping[str, str]:  # noqa: ARG002 - Ollama does not number requests
        """Give none."""
        return {}


def _said(refusal: RefusedError) -> str:
    if refusal.why == "no json":
        return "invalid character looking for beginning of value"
    if refusal.why == "no model":
        return f"model '{refusal.about}' not found"
    if refusal.why == "overflow":
        return f"prompt too long; exceeded max context length by {refusal.tokens - refusal.window} tokens"
    return _SAID.get(refusal.status, "bad request" if refusal.status < 500 else "internal server error")


def _model(name: str) -> JsonObject:
    modified = "2025-10-01T12:00:00.000000Z"
    return {
        "name": name,
        "model": name,
        "modified_at": modified,
        "size": 2_019_393_189,
        "digest": f"{0:064x}",
        "details": _DETAILS,
    }


def _compatible(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "library"}


def _show(body: JsonObject, place: Place) -> JsonObject:
    name = body.get("model") or body.get("name")
    if not isinstance(name, str):
        raise RefusedError(400, "model is required")
    if name not in place.models:
        raise RefusedError(404, why="no model", about=name)
    return {
        "modelfile": "",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _DETAILS,
        "model_info": {
            "general.architecture": "llama",
            "llama.context_length": place.context_tokens or 131_072,
        },
        "capabilities": ["completion", "tools", "vision", "thinking"],
        "modified_at": "2025-10-01T12:00:00.000000Z",
    }
