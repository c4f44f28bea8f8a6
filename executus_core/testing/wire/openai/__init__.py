"""The dialect of OpenAI's chat completions, which most model servers speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.testing.wire.openai import reading, writing
from executus_core.testing.wire.openai.refusing import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import Answer, Place, RefusedError
    from executus_core.testing.wire.request import Reading

__all__ = ["OpenAI"]


class OpenAI:
    """OpenAI's chat completions, and the list of models."""

    base_path = "/v1"
    chat_path = "/v1/chat/completions"
    stream_type = "text/event-stream; charset=utf-8"

    def key_of(self, headers: Mapping[str, str]) -> str:
        """Give the bearer."""
        return headers.get("authorization", "").removeprefix("Bearer ").strip()

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Reading:  # noqa: ARG002 - nothing is in the headers
        """Read a chat completion's request."""
        return reading.read(body)

    def look_up(self, path: str, body: JsonObject, place: Place) -> JsonObject | str | None:  # noqa: ARG002 - asked by path
        """Answer ``/v1/models`` and one of them."""
        models = {name: _model(name) for name in place.models}
        if path == "/v1/models":
            return {"object": "list", "data": list(models.values())}
        return models.get(path.removeprefix("/v1/models/"))

    def write(self, answer: Answer) -> JsonObject:
        """Write a ``chat.completion``."""
        return writing.completion(answer)

    def stream(self, answer: Answer) -> list[bytes]:
        """Write ``chat.completion.chunk``s, and ``[DONE]``."""
        return writing.chunks(answer)

    def empty(self, answer: Answer, *, is_stream: bool) -> JsonObject | list[bytes]:
        """Leave ``choices`` empty."""
        if is_stream:
            return [writing.event({**writing.chunk_head(answer), "choices": []}), writing.DONE]
        return {**writing.completion(answer), "choices": []}

    def refuse(self, refusal: RefusedError) -> JsonObject:
        """Write an ``error`` with type, parameter and code."""
        return refuse(refusal)

    def break_off(self, refusal: RefusedError) -> bytes:
        """Write an ``error`` where a chunk would be."""
        return writing.event(refuse(refusal))

    def call_id(self, number: int, index: int) -> str:
        """Make an id of OpenAI's length."""
        return f"call_{number:012d}{index:012d}"

    def headers(self, number: int) -> Mapping[str, str]:
        """Number the request."""
        return {
            "x-request-id": f"req_{number:032x}",
            "openai-version": "2020-10-01",
            "openai-processing-ms": "1",
        }


def _model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "executus"}
