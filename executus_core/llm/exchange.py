"""What is sent to a model, what comes back, and the protocol of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from attrs import Factory, define, field

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import Message
    from executus_core.llm.usage import Usage


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
        output_schema: JSON schema that the answer must satisfy, or None for free text.
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
