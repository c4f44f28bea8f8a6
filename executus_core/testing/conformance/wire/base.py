"""What the checks of a provider's wire share: a server, a model that talks to it, and two ways of asking."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, cast

import pytest
from attrs import frozen

from executus_core.errors import ModelError
from executus_core.llm.exchange import ModelRequest, Response, ToolSpec
from executus_core.llm.message import Message
from executus_core.testing.conformance.base import Conformance, cannot_check
from executus_core.testing.wire.server import ModelServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from executus_core.llm.exchange import Model, ModelEvent, StreamingModel
    from executus_core.llm.usage import Usage
    from executus_core.testing.wire.faults import WireEntry, WireEntryFunction
    from executus_core.testing.wire.request import WireRequest
    from executus_core.testing.wire.server import DialectName

__all__ = ["ADD", "KEY", "MODEL", "Talk", "Way", "WireSuite", "both_ways", "question"]

Way: TypeAlias = Literal["generate", "stream"]

MODEL = "test-model"
KEY = "sk-test-5f3c9a1b7d"
ADD = ToolSpec(
    "add",
    "Add two numbers.",
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
)

_TOO_LONG_S = 20.0
"""A call that takes longer has lost its own time-out."""

both_ways: pytest.MarkDecorator = pytest.mark.parametrize("way", ["generate", "stream"])


@frozen
class Talk:
    """A model and the server that it talks to."""

    server: ModelServer
    model: Model

    @property
    def asked(self) -> WireRequest:
        """The one request that the server got."""
        assert len(self.server.requests) == 1, f"one call made {len(self.server.requests)} requests"
        return self.server.requests[0]

    async def ask(self, way: Way, request: ModelRequest | None = None) -> Response:
        """Ask the model, and give its response, from a stream the last event."""
        async with asyncio.timeout(_TOO_LONG_S):
            if way == "generate":
                return await self.model.generate(request or question())
            *_, last = await self.events(request)
        assert isinstance(last, Response), f"the stream ended with {last!r:.200}, not with a Response"
        return last

    async def events(self, request: ModelRequest | None = None) -> list[ModelEvent]:
        """Ask the model for a stream, and give all of its events."""
        return [event async for event in self.stream(request)]

    def stream(self, request: ModelRequest | None = None) -> AsyncGenerator[ModelEvent]:
        """Ask the model for a stream."""
        if not hasattr(self.model, "stream"):
            cannot_check("stream")
        return cast(
            "AsyncGenerator[ModelEvent]", cast("StreamingModel", self.model).stream(request or question())
        )

    async def fail(self, way: Way, request: ModelRequest | None = None) -> ModelError:
        """Ask the model what it can't answer, and give the error."""
        try:
            given = await self.ask(way, request)
        except ModelError as error:
            return error
        except TimeoutError:
            raise AssertionError(f"the call did not end within {_TOO_LONG_S:g} s") from None
        raise AssertionError(f"it must fail, and gave {given!r:.300}")


class WireSuite(Conformance):
    """Base of the checks of a provider's wire."""

    dialect: DialectName = "openai"
    sends_output_schema: bool = True
    sends_images: bool = True
    sends_key: bool = True
    patience_s: float = 30.0

    def build_model(self, base_url: str, model_name: str, *, key: str, timeout_s: float) -> Model:
        """Make a model.

        Args:
            base_url: The server, as a user would write it: OpenAI's ends in ``/v1``.
            model_name: The model, as the server calls it.
            key: The key to send.
            timeout_s: How long the model may wait for the server.
        """
        raise NotImplementedError(f"give the method 'build_model' of {type(self).__name__}")

    async def close_model(self, model: Model) -> None:
        """Close what a model holds, perhaps for the second time; nothing, unless the provider needs it."""

    @asynccontextmanager
    async def talk(
        self,
        *script: WireEntry,
        always: WireEntryFunction | None = None,
        usage: Usage | None = None,
        key: str = "",
        timeout_s: float = 10.0,
    ) -> AsyncGenerator[Talk]:
        """Have a model talk to a server with a script, which must be used up when the block ends."""
        answers: Iterable[WireEntry] | WireEntryFunction = always or script
        with ModelServer(
            self.dialect, answers, models=(MODEL,), usage=usage, key=key, strict=False
        ) as server:
            async with self.connected(server, timeout_s=timeout_s) as model:
                yield Talk(server, model)
            server.assert_exhausted()

    @asynccontextmanager
    async def connected(
        self, server: ModelServer, *, model_name: str = MODEL, key: str = KEY, timeout_s: float = 10.0
    ) -> AsyncGenerator[Model]:
        """Have a model of a server."""
        model = self.build_model(server.base_url, model_name, key=key, timeout_s=timeout_s)
        try:
            yield model
        finally:
            await self.close_model(model)

    def needs_place_for(self, what: str, *dialects: DialectName) -> None:
        """Skip a check where the dialect has no place for what it is about."""
        if self.dialect not in dialects:
            _no_place(self.dialect, what)


def question(*messages: Message) -> ModelRequest:
    """Make a request with a tool on offer."""
    return ModelRequest([*messages] or [Message.system("Be brief."), Message.user("What is 1 + 2?")], [ADD])


def _no_place(dialect: str, what: str) -> NoReturn:
    pytest.skip(f"the dialect '{dialect}' has no place for {what}")
