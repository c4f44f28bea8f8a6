"""Redaction: what audit is told, after the redactors have taken secrets out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve

from executus_core.llm.exchange import Response
from executus_core.llm.message import FilePart, TextPart, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, Part
    from executus_core.ports.audit import RunRecorder
    from executus_core.ports.sinks import Redactor
    from executus_core.record.run import RunInfo, RunStats, RunTally

WITHHELD = "[withheld: a redactor failed]"


@define(eq=False)
class Redaction:
    """A host's redactors, one after the other. When one fails, a note stands in place of what it was to look at."""

    redactors: tuple[Redactor, ...]
    report: Callable[[object, BaseException], None]

    def payload(self, payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Take secrets out of a payload."""
        for redactor in self.redactors:
            try:
                answer: object = redactor.redact(payload)
                if not isinstance(answer, dict):
                    message = f"redact() gave {type(answer).__name__}, not a dict"
                    raise TypeError(message)  # noqa: TRY301 - one way to fail closed
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.report(redactor, error)
                return {"withheld": WITHHELD}
            payload = answer
        return payload

    def text(self, text: str) -> str:
        """Take secrets out of a text."""
        clean = self.payload({"text": text}).get("text", WITHHELD)
        return clean if isinstance(clean, str) else WITHHELD

    def info(self, info: RunInfo) -> RunInfo:
        """Take secrets out of what a record begins with."""
        return evolve(info, inputs=self.payload(dict(info.inputs)))

    def call(self, call: ToolCall) -> ToolCall:
        """Take secrets out of a call's arguments."""
        return ToolCall(call.id, call.name, self.text(call.arguments))

    def message(self, message: Message) -> Message:
        """Take secrets out of a message's texts and calls; what pictures and files hold stays."""
        return evolve(
            message,
            parts=tuple(self._part(part) for part in message.parts),
            tool_calls=tuple(self.call(call) for call in message.tool_calls),
        )

    def _part(self, part: Part) -> Part:
        match part:
            case TextPart():
                return TextPart(self.text(part.text))
            case FilePart():
                return FilePart(self.text(part.name), part.media_type, part.data)
            case _:
                return part


@define(eq=False)
class RedactingRecorder:
    """A recorder that is told only what the redactors let through."""

    recorder: RunRecorder
    redaction: Redaction

    @property
    def tally(self) -> RunTally:
        """The recorder's own counts."""
        return self.recorder.tally

    def on_step(self, index: int, response: Response) -> None:
        """Record a redacted response."""
        message = self.redaction.message(response.message)
        self.recorder.on_step(index, Response(message, response.usage, response.model, response.stop_reason))

    def on_tool(self, call: ToolCall, result: Message, duration: float) -> None:
        """Record a redacted call and its redacted result."""
        self.recorder.on_tool(self.redaction.call(call), self.redaction.message(result), duration)

    def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002 - the port's word
        """Record a redacted payload."""
        self.recorder.log_event(type, self.redaction.payload(payload))

    def log_error(self, message: str) -> None:
        """Record a redacted message."""
        self.recorder.log_error(self.redaction.text(message))

    async def close(self, stats: RunStats) -> None:
        """Close the record with a redacted output and error."""
        redact = self.redaction.text
        await self.recorder.close(evolve(stats, output=redact(stats.output), error=redact(stats.error)))
