"""The sink ports: every model call, for meters and traces; and redaction before anything is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.exchange import ModelRequest, Response
    from executus_core.llm.json import JsonValue


class UsageSink(Protocol):
    """Sees what each attempt at a model call consumed. Several may be installed.

    Contract: returns at once and never raises; one that raises is noted and not called again for that run.
    """

    def record_usage(self, attempt: ModelAttempt) -> None:
        """Count one attempt; its ``usage`` is None where nobody said what it consumed."""


class TraceSink(Protocol):
    """Sees each attempt at a model call whole. Several may be installed.

    Contract: as of ``UsageSink``; changes nothing, and may keep what it sees: what a request held stays as it was asked.
    """

    def record_call(self, attempt: ModelAttempt, request: ModelRequest, response: Response | None) -> None:
        """See one attempt: the request as it was put to the candidate, and the answer, if there is one."""


class Redactor(Protocol):
    """Takes secrets out of what is about to be recorded. Several may be installed: each works on the last one's answer.

    Contract: fails closed: when it raises, the record gets a note in place of the payload.
    """

    def redact(self, payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Give the payload without secrets; must not change the one it is given."""
        ...
