"""A critic that a test or its script directs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm.message import Message
from executus_core.record.run import KillCause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.exchange import Response
    from executus_core.llm.message import ToolCall
    from executus_core.record.run import RunInfo

__all__ = ["ScriptedCritic", "ScriptedCriticHandle"]


class ScriptedCriticHandle:
    """The supervision of one run: what it saw, and what a test tells it to do.

    Attributes:
        info: The run.
        soft_timeout: Seconds without progress after which it was asked to look closer.
        steps: The responses it saw, in order.
        tool_starts: The tool calls it saw start, in order.
        times_stopped: How often it was stopped: once, if the run keeps its contract.
    """

    def __init__(self, critic: ScriptedCritic, info: RunInfo, soft_timeout: float) -> None:
        """Supervise a run with nothing to say yet."""
        self.info = info
        self.soft_timeout = soft_timeout
        self.steps: list[Response] = []
        self.tool_starts: list[ToolCall] = []
        self.times_stopped: int = 0
        self._critic = critic
        self._waiting: list[Message] = []
        self._deadline: float | None = None
        self._max_steps: int | None = None
        self._kill_cause: KillCause | None = None
        self._look_again: Callable[[], None] | None = None

    # What a test tells it.

    def send(self, message: str | Message) -> None:
        """Put a message before the model's next step."""
        self._waiting.append(Message.user(message) if isinstance(message, str) else message)

    def set_deadline(self, when: float | None) -> None:
        """Move the run's hard deadline to a moment of the clock's ``monotonic``."""
        self._deadline = when
        self._changed()

    def set_max_steps(self, max_steps: int | None) -> None:
        """Move the step ceiling."""
        self._max_steps = max_steps

    def kill(self, reason: str, *, kind: str = "critic") -> None:
        """Kill the run; the first reason stays."""
        self._kill_cause = self._kill_cause or KillCause(reason, kind)
        self._changed()

    # What a run asks it.

    def on_change(self, look_again: Callable[[], None]) -> None:
        """Keep whom to tell of a new deadline or a kill."""
        self._look_again = look_again

    def record_step(self, index: int, response: Response) -> None:
        """See a response, and do what the script says about it."""
        self.steps.append(response)
        if self._critic.on_step is not None:
            self._critic.on_step(self, index, response)

    def record_tool_start(self, call: ToolCall) -> None:
        """See a tool call start, and do what the script says about it."""
        self.tool_starts.append(call)
        if self._critic.on_tool_start is not None:
            self._critic.on_tool_start(self, call)

    def steer(self) -> Sequence[Message]:
        """Give the messages that wait, once."""
        if not self._waiting:
            return ()
        waiting, self._waiting = self._waiting, []
        return waiting

    def deadline(self) -> float | None:
        """Give the deadline that was set, or None."""
        return self._deadline

    def max_steps(self) -> int | None:
        """Give the ceiling that was set, or None."""
        return self._max_steps

    def kill_cause(self) -> KillCause | None:
        """Give the reason to kill, or None."""
        return self._kill_cause

    async def stop(self) -> None:
        """End the supervision."""
        self.times_stopped += 1

    def _changed(self) -> None:
        if self._look_again is not None:
            self._look_again()


class ScriptedCritic:
    """Supervises every run it is asked to, and does what a test says: through its handles or as the run goes on.

    Attributes:
        handles: The supervision of each run, by run id.
        on_start: Called with each new handle.
        on_step: Called with the handle, the step and the response.
        on_tool_start: Called with the handle and the tool call.
    """

    def __init__(
        self,
        *,
        on_start: Callable[[ScriptedCriticHandle], None] | None = None,
        on_step: Callable[[ScriptedCriticHandle, int, Response], None] | None = None,
        on_tool_start: Callable[[ScriptedCriticHandle, ToolCall], None] | None = None,
    ) -> None:
        """Keep the script; without one it only watches."""
        self.handles: dict[str, ScriptedCriticHandle] = {}
        self.on_start = on_start
        self.on_step = on_step
        self.on_tool_start = on_tool_start

    async def monitor(self, info: RunInfo, soft_timeout: float) -> ScriptedCriticHandle:
        """Begin to supervise a run."""
        handle = self.handles[info.run_id] = ScriptedCriticHandle(self, info, soft_timeout)
        if self.on_start is not None:
            self.on_start(handle)
        return handle
