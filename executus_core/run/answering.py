"""Having a run's answer be a value: how the model is asked for it, and how it is seen to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve

from executus_core.llm.events import TextDelta
from executus_core.llm.exchange import ToolSpec
from executus_core.llm.message import Message
from executus_core.loop.ask import ask_in_pieces
from executus_core.output.growing import GrowingValue
from executus_core.output.judge import OutputJudge
from executus_core.output.words import CALL_IT, TOOL_DESCRIPTION, TOOL_NAME, schema_instruction
from executus_core.record.events import PartialOutput
from executus_core.schema.build import build_value_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from executus_core.errors import OutputAttempt
    from executus_core.llm.events import ToolCallDelta
    from executus_core.llm.exchange import ModelRequest, OutputMode, Response, StreamingModel
    from executus_core.llm.json import JsonValue
    from executus_core.record.events import RunEvent
    from executus_core.record.output import Output
    from executus_core.run.session import Session


def ask_for_value(session: Session, output: Output[object]) -> None:
    """Say in the request that the answer must be a value, and have the answers judged."""
    schema = build_value_schema(output.type)
    mode = _choose_mode(session) if output.mode == "auto" else output.mode
    name = _free_name(session.tools) if mode == "tool" else ""

    def report(attempt: OutputAttempt) -> None:
        judge = session.judge
        number = len(judge.attempts) if judge else 0
        problems: list[JsonValue] = [*attempt.problems]
        session.log_event("output.rejected", {"attempt": number, "mode": mode, "problems": problems})

    session.judge = OutputJudge(schema, output, mode, name, report)
    request = session.request
    if mode == "native":
        session.request = evolve(request, output_schema=schema.json)
    elif mode == "tool":
        spec = ToolSpec(name, TOOL_DESCRIPTION, schema.json)
        session.request = evolve(request, tools=(*request.tools, spec))
        _instruct(session, CALL_IT.format(name=name))
    else:
        _instruct(session, schema_instruction(schema.json))


def _choose_mode(session: Session) -> OutputMode:
    """Ask the model for the way that suits it; one that does not say has a mode of its provider's, or makes do."""
    choose: Callable[..., OutputMode] | None = getattr(session.model, "output_mode", None)
    if not callable(choose):
        return "native"
    try:
        mode = choose(has_tools=bool(session.tools))
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        session.guard.note("models", session.model.name, error)
        return "native"
    return mode if mode in ("native", "tool", "prompted") else "native"


def _free_name(taken: Container[str]) -> str:
    name, number = TOOL_NAME, 1
    while name in taken:
        number += 1
        name = f"{TOOL_NAME}_{number}"
    return name


def _instruct(session: Session, words: str) -> None:
    """Put words at the end of the system message, which the transcript gets where it has none."""
    transcript = session.transcript
    if transcript and transcript[0] is session.plan.opening:
        transcript[0] = Message.system(f"{transcript[0].text}\n\n{words}")
    else:
        transcript.insert(0, Message.system(words))


@define(eq=False)
class GrowingAnswer:
    """Asks a streaming model for a value, and shows it as far as it is written."""

    model: StreamingModel
    tool_name: str
    value: GrowingValue
    emit: Callable[[RunEvent], None]
    written: list[TextDelta]
    _call: int = -1

    @classmethod
    def of(
        cls,
        judge: OutputJudge,
        model: StreamingModel,
        emit: Callable[[RunEvent], None],
        written: list[TextDelta],
    ) -> GrowingAnswer:
        """Make it for the answers that a judge waits for."""

        def publish(value: JsonValue) -> None:
            emit(PartialOutput(value))

        return cls(model, judge.tool_name, GrowingValue(judge.schema.is_wrapped, publish), emit, written)

    async def ask(self, request: ModelRequest) -> Response:
        """Ask the model once."""
        self.value.begin()
        self._call = -1
        see_call = self.see_call if self.tool_name else None
        response = await ask_in_pieces(self.model, request, self.see, self.written, see_call)
        self.value.end()
        return response

    def see(self, event: RunEvent) -> None:
        """Pass on what the model writes, and read on in it where text is the answer."""
        self.emit(event)
        if not self.tool_name and type(event) is TextDelta and isinstance(event.text, str):
            self.value.add(event.text)

    def see_call(self, delta: ToolCallDelta) -> None:
        """Read on in the call that is the answer."""
        if delta.name == self.tool_name and self._call < 0:
            self._call = delta.index
        if delta.index == self._call and isinstance(delta.arguments, str):
            self.value.add(delta.arguments)
