"""What is sent to a model, what comes back, and the protocol of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from attrs import Factory, define, field

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import Message
    from executus_core.llm.price import Price
    from executus_core.llm.usage import Usage

OutputMode: TypeAlias = Literal["native", "tool", "prompted"]
"""How a model is brought to answer with a value: in its provider's own mode, by a tool that it calls, or in words."""


class RequestOrigin(Protocol):
    """Which run asks: what a model, a usage sink or a trace sink may know of it."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        ...

    @property
    def caller_id(self) -> str:
        """Who the run is for."""
        ...

    def seconds_left(self) -> float:
        """Tell how long the run may still go on; infinite when nothing bounds it."""
        ...

    def record_attempt(
        self, attempt: ModelAttempt, request: ModelRequest, response: Response | None = None
    ) -> None:
        """See an attempt at one of its model calls, from a model that reports them. Returns at once and never raises."""


@define
class ToolSpec:
    """A tool as a model sees it.

    Attributes:
        name: Unique within the request.
        description: What it does and when to use it.
        parameters: JSON schema of the arguments, of type object.
    """

    name: str
    description: str
    parameters: JsonObject


@define
class ModelRequest:
    """One question to a model.

    Attributes:
        messages: The transcript, oldest first. It is the run's live list: a model reads it, never changes it, and copies
            what it keeps beyond the call.
        tools: Tools on offer.
        output_schema: JSON schema that the answer must satisfy, or None for free text. A model hands it to its provider's
            own mode, or, where there is none, asks for it in words; it never ignores it.
        options: Options of the agent and tier, passed on to the provider (``temperature``, ``max_tokens``, ...).
        run: The run that asks, or None outside of a run.
    """

    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    output_schema: JsonObject | None = None
    options: Mapping[str, JsonValue] = Factory(cast("Callable[[], Mapping[str, JsonValue]]", dict))
    run: RequestOrigin | None = field(default=None, repr=False)


@define
class Response:
    """One answer of a model.

    Attributes:
        message: An assistant message.
        usage: What this call consumed.
        model: The model that really served, as the provider names it.
        stop_reason: Why it stopped, in the provider's word.
    """

    message: Message
    usage: Usage
    model: str = ""
    stop_reason: str = ""


ModelEvent: TypeAlias = "TextDelta | ThinkingDelta | ToolCallDelta | Response"
"""A delta, or, once and last, the whole response."""


class Model(Protocol):
    """A language model behind one uniform call.

    Contract: ``generate`` may be called concurrently, by many runs. It never changes the request. It raises
    ``ModelUnavailableError`` for what another model or a later try may mend, ``ContextOverflowError`` for a transcript that
    does not fit, ``ModelError`` for the rest, and lets ``CancelledError`` through after closing its connection. It does
    not retry: retries belong to failover, where audit and budget see them.
    """

    @property
    def name(self) -> str:
        """The name to show, for example ``openai/gpt-x``."""
        ...

    @property
    def context_tokens(self) -> int:
        """Size of the context window in tokens; 0 when it is not known."""
        ...

    async def generate(self, request: ModelRequest) -> Response:
        """Answer one request."""
        ...


class StreamingModel(Model, Protocol):
    """A model that can also show its answer while it writes.

    Contract: the iterator yields deltas and then, once and last, the whole ``Response``, equal to what ``generate`` would
    have returned. A stream that ends without one has failed. Closing the iterator early closes the connection.
    """

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Answer one request piece by piece."""
        ...


class CheckableModel(Model, Protocol):
    """A model that knows without a call why one would fail, as for want of a key.

    Contract: ``problem`` is cheap, asks nobody over a network, and never raises.
    """

    @property
    def problem(self) -> str:
        """Why it can't be asked, and what to do; "" when nothing is known to be wrong."""
        ...


class ReportingModel(Model, Protocol):
    """A model that makes several attempts of its own, and reports each.

    Contract: it calls ``request.run.record_attempt`` once for each attempt, when it is over; nobody else reports its calls.
    """

    @property
    def reports_attempts(self) -> bool:
        """Whether it does; True."""
        ...


class SchemaModel(Model, Protocol):
    """A model that knows how it is best brought to answer with a value."""

    def output_mode(self, *, has_tools: bool) -> OutputMode:
        """Choose the mode; cheap, asks nobody, and never raises.

        Args:
            has_tools: Whether tools are on offer beside.
        """
        ...


class FileReadingModel(Model, Protocol):
    """A model whose provider reads some files by itself."""

    @property
    def reads(self) -> Collection[str]:
        """IANA media types of the files that it takes as parts, such as ``application/pdf``; pictures are not named."""
        ...


class PricedModel(Model, Protocol):
    """A model whose price somebody knows without asking."""

    @property
    def price(self) -> Price | None:
        """Its price list, or None when it is not known. Never raises."""
        ...
