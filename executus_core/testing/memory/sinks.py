"""Sinks that keep what they see, and a redactor of known secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.exchange import ModelRequest, Response
    from executus_core.llm.json import JsonValue

__all__ = ["MemoryTraceSink", "MemoryUsageSink", "SecretRedactor", "SeenCall"]


@frozen
class SeenCall:
    """One attempt at a model call; the request's messages are the run's live list."""

    attempt: ModelAttempt
    request: ModelRequest
    response: Response | None


class MemoryUsageSink:
    """Keeps each attempt at a model call.

    Attributes:
        seen: What was seen, in order.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.seen: list[ModelAttempt] = []

    def record_usage(self, attempt: ModelAttempt) -> None:
        """Keep an attempt."""
        self.seen.append(attempt)


class MemoryTraceSink:
    """Keeps each attempt at a model call, with what was asked and answered.

    Attributes:
        seen: What was seen, in order.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.seen: list[SeenCall] = []

    def record_call(self, attempt: ModelAttempt, request: ModelRequest, response: Response | None) -> None:
        """Keep an attempt whole."""
        self.seen.append(SeenCall(attempt, request, response))


class SecretRedactor:
    """Masks known secrets wherever they stand in a payload, keys included."""

    def __init__(self, secrets: Iterable[str], *, mask: str = "***") -> None:
        """Keep the secrets, longest first: one may contain another."""
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._mask = mask

    def redact(self, payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Give the payload without the secrets."""
        return {self._clean(key): self._mask_in(value) for key, value in payload.items()}

    def _mask_in(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self._clean(value)
        if isinstance(value, Mapping):
            return self.redact(value)
        if isinstance(value, Sequence):
            return [self._mask_in(item) for item in value]
        return value

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, self._mask)
        return text
