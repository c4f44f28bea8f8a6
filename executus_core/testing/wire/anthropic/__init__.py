"""The dialect of Anthropic's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.testing.wire.anthropic import reading, writing
from executus_core.testing.wire.anthropic.refusing import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import Answer, Place, RefusedError
    from executus_core.testing.wire.request import Reading

__all__ = ["Anthropic"]


class Anthropic:
    """Anthropic's messages, and the list of models."""

    base_path = ""
    chat_path = "/v1/messages"
    stream_type = "text/event-stream; charset=utf-8"

    def key_of(self, headers: Mapping[str, str]) -> str:
        """Give the key's own header."""
        return headers.get("x-api-key", "")

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Reading:
        """Read a request for a message."""
        return reading.read(body, headers)

    def look_up(self, path: str, body: JsonObject, place: Place) -> JsonObject | str | None:  # noqa: ARG002 - asked by path
        """Answer ``/v1/models`` and one of them."""
        models = {name: _model(name) for name in place.models}
        if path == "/v1/models":
            first, *_, last = [*place.models, *place.models]
            return {"data": list(models.values()), "has_more": False, "first_id": first, "last_id": last}
        return models.get(path.removeprefix("/v1/models/"))

    def write(self, answer: Answer) -> JsonObject:
        """Write a ``message``."""
        return writing.message(answer)

    def stream(self, answer: Answer) -> list[bytes]:
        """Write named events, from ``message_start`` to ``message_stop``."""
        return writing.events(answer)

    def empty(self, answer: Answer, *, is_stream: bool) -> JsonObject | list[bytes]:
        """Leave the content out, and why it stopped."""
        if is_stream:
            return [writing.start(answer), writing.event({"type": "message_stop"})]
        return {
            name: value
            for name, value in writing.message(answer).items()
            if name not in {"content", "stop_reason"}
        }

    def refuse(self, refusal: RefusedError) -> JsonObject:
        """Write an ``error`` with its type."""
        return refuse(refusal)

    def break_off(self, refusal: RefusedError) -> bytes:
        """Write the event ``error``."""
        return writing.event(refuse(refusal))

    def call_id(self, number: int, index: int) -> str:
        """Make an id of Anthropic's length."""
        return f"toolu_{number:012d}{index:012d}"

    def headers(self, number: int) -> Mapping[str, str]:
        """Number the request."""
        return {"request-id": f"req_{number:024d}"}


def _model(name: str) -> JsonObject:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2025-02-19T00:00:00Z"}
