"""What the database holds, as it is read back and as ``--json`` prints it. It comes from outside, so it is validated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

OPEN: Final = "open"
INTERRUPTED: Final = "interrupted"


class _Stored(BaseModel):
    # A later version may add what this one can ignore; whatever it can't ignore changes the schema's version.
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class StoredText(_Stored):
    """A stretch of text."""

    text: str


class StoredImage(_Stored):
    """A picture, or a file that the model's provider read; its bytes are not kept.

    Attributes:
        media_type: Its IANA media type.
        size_bytes: How long it was.
        sha256: Tells it from others, in hexadecimal.
        name: A file's name; "" for a picture.
    """

    media_type: str
    size_bytes: int
    sha256: str
    name: str = ""

    @property
    def said(self) -> str:
        """What stands for it in a text."""
        named = f"{self.name}: " if self.name else ""
        return f"[{named}{self.media_type}, {self.size_bytes:,} bytes]"


class StoredCall(_Stored):
    """A model's wish to call a tool; ``arguments`` is the raw text."""

    id: str
    name: str
    arguments: str


class StoredUsage(_Stored):
    """What model calls consumed; the same fields as ``executus_core.llm.Usage``."""

    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    requests: int = 0


class _Happened(_Stored):
    """What every event has.

    Attributes:
        at: When it happened, in seconds since the epoch.
    """

    at: float


class _Message(_Happened):
    """An event that holds a message.

    Attributes:
        text: Its text when it is nothing but one text; else None, and ``parts`` tells.
        parts: Its parts in order.
        tool_calls: Calls that the message makes.
        is_error: Whether it reports a failure.
        role: Who speaks, where that is not who should.
        tool_call_id: The call that it answers, where that is not the one that it belongs to.
    """

    text: str | None = None
    parts: tuple[StoredText | StoredImage, ...] = ()
    tool_calls: tuple[StoredCall, ...] = ()
    is_error: bool = False
    role: str | None = None
    tool_call_id: str | None = None

    @property
    def whole_text(self) -> str:
        """All that it says; a picture or a file is named."""
        if self.text is not None:
            return self.text
        return "\n".join(part.text if isinstance(part, StoredText) else part.said for part in self.parts)


class StoredStep(_Message):
    """A model response.

    Attributes:
        index: Counted from 1.
        usage: What the call consumed.
        model: The model that served, as the provider names it.
        stop_reason: Why it stopped, in the provider's word.
    """

    kind: Literal["step"] = "step"
    index: int
    usage: StoredUsage
    model: str = ""
    stop_reason: str = ""


class StoredTool(_Message):
    """A finished tool call, with its result.

    Attributes:
        index: The step that made the call.
        id: Pairs it with the call of its step.
        name: The tool's name as the model wrote it.
        arguments: The arguments as the model wrote them.
        duration_s: Seconds.
    """

    kind: Literal["tool"] = "tool"
    index: int
    id: str
    name: str
    arguments: str
    duration_s: float


class StoredEvent(_Happened):
    """Anything else; ``type`` is a dotted word."""

    kind: Literal["event"] = "event"
    type: str
    payload: dict[str, JsonValue] = {}


class StoredStart(_Happened):
    """The run began, or was taken up again."""

    kind: Literal["start"] = "start"


class StoredEnd(_Happened):
    """The run ended, or paused; ``status`` tells how."""

    kind: Literal["end"] = "end"
    status: str


class StoredError(_Happened):
    """Something failed."""

    kind: Literal["error"] = "error"
    message: str


AnyStored: TypeAlias = StoredStart | StoredStep | StoredTool | StoredEvent | StoredError | StoredEnd
Stored: TypeAlias = Annotated[AnyStored, Field(discriminator="kind")]
EVENTS: Final[TypeAdapter[list[AnyStored]]] = TypeAdapter(list[Stored])


class StoredPlugin(_Stored):
    """A plugin that took part."""

    name: str
    distribution: str = ""
    version: str = ""


class StoredInfo(_Stored):
    """What was known of a run when it started and has no column of its own; see ``executus_core.ports.RunInfo``."""

    subject_id: str = ""
    channel_id: str = ""
    guild_id: str = ""
    model_tier: str = ""
    inputs: dict[str, JsonValue] = {}
    max_steps: int = 0
    max_runtime_s: float = 0.0
    durable: bool = False
    plugins: tuple[StoredPlugin, ...] = ()


class StoredStats(_Stored):
    """How a run ended, or its counts so far; see ``executus_core.ports.RunStats``."""

    steps: int = 0
    tool_calls: int = 0
    usage: StoredUsage = StoredUsage()
    runtime_seconds: float | None = None
    output: str = ""
    error: str = ""


class StoredRun(_Stored):
    """A run.

    Attributes:
        run_id: The run's id.
        short_id: The shortest beginning of it that no other run shares, of at least 8 characters.
        agent: The agent's name.
        caller_id: Who it was for.
        tenant: Whose caller that is.
        parent_run_id: The run that delegated to it; "" for a root.
        started_at: When it began.
        status: How it ended; ``open`` while it goes on, ``interrupted`` when its process is gone without an end.
        process: The process that recorded it: host, pid, and a mark of its start.
        info: What else was known when it started.
        stats: How it ended, or its counts so far.
    """

    run_id: str
    short_id: str
    agent: str
    caller_id: str
    tenant: str
    parent_run_id: str
    started_at: datetime
    status: str
    process: str
    info: StoredInfo
    stats: StoredStats

    @property
    def has_ended(self) -> bool:
        """Whether it ended in any way."""
        return self.status != OPEN

    @property
    def duration_s(self) -> float | None:
        """Seconds that it took, or has taken so far; None where nobody knows."""
        if self.status == OPEN:
            return (datetime.now(UTC) - self.started_at).total_seconds()
        return self.stats.runtime_seconds


class RunDetail(_Stored):
    """A run with all that happened in it.

    Attributes:
        run: The run.
        events: Oldest first.
        children: Ids of the runs that it delegated to.
    """

    run: StoredRun
    events: tuple[Stored, ...]
    children: tuple[str, ...]


class TailLine(_Stored):
    """An event as ``tail --json`` prints it, one per line.

    Attributes:
        run_id: The run that it belongs to.
        agent: That run's agent.
        event: What happened.
    """

    run_id: str
    agent: str
    event: Stored
