"""What is known of a run before, during and after it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, cast

from attrs import Factory, define, field, frozen

from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, ToolCall


class RunStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    KILLED = "killed"
    CANCELLED = "cancelled"
    BUDGET_EXCEEDED = "budget_exceeded"
    DRY_RUN = "dry_run"
    PAUSED = "paused"


@frozen
class PluginUse:
    """A plugin that takes part in a run.

    Attributes:
        name: The plugin's name.
        distribution: The distribution that ships it, or "" for an unpackaged plugin object.
        version: That distribution's version, or "".
    """

    name: str
    distribution: str = ""
    version: str = ""


@define
class RunInfo:
    """What every port may know of a run when it starts.

    Attributes:
        run_id: Unique; a UUIDv7 unless the invocation brought its own.
        subject_id: The agent's id.
        name: The agent's name.
        caller_id: Who the run is for; "" when the invocation does not say.
        channel_id: Where on the host's surface it was started; "" when not said.
        guild_id: The group that channel belongs to; "" when not said.
        parent_run_id: The run that delegated to this one; "" for a root.
        model_tier: Tier or spec that the run asks for.
        inputs: The invocation's named inputs, and the run's text under "input".
        started_at: When the run began, time zone UTC.
        max_steps: Step ceiling at the start; a critic may raise it.
        max_runtime_s: Seconds that the run has once its bounds start.
        tenant: The caller's tenant; "" before the caller is known.
        durable: Whether the agent asks for a checkpoint.
        plugins: The plugins that take part, in order of name.
    """

    run_id: str
    subject_id: str = ""
    name: str = ""
    caller_id: str = ""
    channel_id: str = ""
    guild_id: str = ""
    parent_run_id: str = ""
    model_tier: str = ""
    inputs: Mapping[str, JsonValue] = Factory(cast("Callable[[], Mapping[str, JsonValue]]", dict))
    started_at: datetime | None = None
    max_steps: int = 0
    max_runtime_s: float = 0.0
    tenant: str = ""
    durable: bool = False
    plugins: tuple[PluginUse, ...] = ()


@define
class Step:
    """One tool call of a run.

    Attributes:
        index: The step that made the call, counted from 1.
        tool_call: The call as the model wrote it.
        result: The result message that the model got.
        is_error: Whether the call failed.
        duration: Seconds from its start to its result.
    """

    index: int
    tool_call: ToolCall
    result: Message
    is_error: bool
    duration: float


@define(eq=False)
class RunTally:
    """Live counts of a run; whoever holds one sees it grow.

    Attributes:
        usages: The usage of each model call that brought a step, oldest first.
        calls: Every finished tool call, in the order their results were appended.
        extra_usages: What was consumed beside the steps: by attempts that failed, and by calls that are no step.
    """

    usages: list[Usage] = field(factory=cast("type[list[Usage]]", list), repr=False)
    calls: list[Step] = field(factory=cast("type[list[Step]]", list), repr=False)
    extra_usages: list[Usage] = field(factory=cast("type[list[Usage]]", list), repr=False)

    @property
    def steps(self) -> int:
        """Model responses so far."""
        return len(self.usages)

    @property
    def tool_calls(self) -> int:
        """Finished tool calls so far."""
        return len(self.calls)

    @property
    def tool_errors(self) -> int:
        """Tool calls so far that failed."""
        return sum(call.is_error for call in self.calls)

    @property
    def usage(self) -> Usage:
        """Everything that the model calls so far consumed."""
        return Usage.total((*self.usages, *self.extra_usages))


@define
class RunStats:
    """What every port may know of a run when it has ended.

    Attributes:
        status: How it ended.
        output: The final text, or the partial one of a run that did not end by itself.
        error: Class and message of the run's error, or "".
        steps: Model responses.
        tool_calls: Tool calls, failed ones included.
        runtime_seconds: Wall time from the start of the run to the start of settling.
        usage: Tokens, cost and requests of all model calls, failed and cancelled runs included.
    """

    status: RunStatus
    output: str = ""
    error: str = ""
    steps: int = 0
    tool_calls: int = 0
    runtime_seconds: float = 0.0
    usage: Usage = Factory(lambda: Usage(requests=0, cost_usd=0.0))

    @property
    def input_tokens(self) -> int:
        """Tokens of all prompts, cached ones included."""
        return self.usage.input_tokens

    @property
    def output_tokens(self) -> int:
        """Tokens written, thinking included."""
        return self.usage.output_tokens

    @property
    def cost_usd(self) -> float | None:
        """Price in US dollars; None when it is not known."""
        return self.usage.cost_usd


@frozen
class Note:
    """Something that went wrong beside a run without changing its outcome.

    Attributes:
        port: Where: the port's name ("audit", "critic", ...), or "event listener", "post_run", "cleanup".
        provider: The plugin or provider to blame, or "".
        message: What went wrong, with its error class.
    """

    port: str
    provider: str
    message: str

    def __str__(self) -> str:
        """Show it as one line."""
        return f"{self.port}{f' ({self.provider})' if self.provider else ''}: {self.message}"


@frozen
class KillCause:
    """Why a critic killed a run.

    Attributes:
        reason: One sentence for people.
        kind: A short word for programs, for example "stuck" or "spend".
    """

    reason: str
    kind: str = "critic"
