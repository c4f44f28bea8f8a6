"""A model that answers from a script, and fails the test when it is asked more or less than the script says."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from executus_core.clock import SYSTEM_CLOCK
from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import ModelRequest, Response
from executus_core.llm.message import Message, ToolCall
from executus_core.llm.usage import Usage
from executus_core.testing.script import Call, Delay, Thinking, check_entry
from executus_core.testing.watch import watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator

    from executus_core.llm.exchange import ModelEvent
    from executus_core.ports.clock import Clock
    from executus_core.testing.script import Entry, EntryFunction

__all__ = ["ScriptedModel", "UnexpectedRequestError"]

_PIECE = 8
"""Characters in a streamed delta: few enough that a short answer comes in several."""


class UnexpectedRequestError(AssertionError):
    """A scripted model was asked more often than its script has entries."""


class ScriptedModel:
    """A model that gives the entries of a script, one per request, in the order in which it is asked.

    It is strict: a request beyond the script, an entry that nobody asked for, and an assertion that fails in a function
    of the request all fail the test, even though a run keeps what a model raises to itself: with the pytest plugin when the
    test ends, elsewhere with ``assert_exhausted``.

    Attributes:
        name: The name to show; also the front of its calls' ids when it is not the default.
        context_tokens: Size of the context window; 0 when it is not known.
        reads: Media types of the files that its provider reads by itself.
        requests: What it was asked, oldest first, each as it was at that time.
    """

    def __init__(
        self,
        script: Iterable[Entry] | EntryFunction = (),
        *,
        name: str = "scripted",
        context_tokens: int = 0,
        clock: Clock = SYSTEM_CLOCK,
        usage: Usage | Callable[[ModelRequest, Message], Usage] | None = None,
        strict: bool = True,
        reads: Collection[str] = (),
    ) -> None:
        """Keep the script.

        Args:
            script: One entry per expected request, or one function that answers every request.
            name: The name to show.
            context_tokens: Size of the context window; 0 when it is not known.
            clock: What ``delay`` waits on.
            usage: What each answer consumes, or a function that tells; 10 tokens in, 5 out and $0 when not given.
            strict: Whether the pytest plugin checks it when the test ends.
            reads: Media types of the files that its provider reads by itself.

        Raises:
            TypeError: An entry is of no known kind.
        """
        self.name = name
        self.context_tokens = context_tokens
        self.reads = reads
        self.requests: list[ModelRequest] = []
        self._answer_all = script if callable(script) else None
        self._entries: list[Entry] = [] if callable(script) else list(script)
        for position, entry in enumerate(self._entries, 1):
            check_entry(entry, f"entry {position} of the script of '{name}'")
        self._clock = clock
        self._usage = Usage(10, 5, cost_usd=0.0) if usage is None else usage
        self._calls_made = 0
        self._faults: list[str] = []
        if strict:
            watch(self)

    def __repr__(self) -> str:
        """Show how far it is."""
        asked = len(self.requests)
        return f"<ScriptedModel '{self.name}': {asked} asked{'' if self._answer_all else f' of {len(self._entries)}'}>"

    async def generate(self, request: ModelRequest) -> Response:
        """Give the next entry of the script."""
        _, response = await self._answer(request)
        return response

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Give the next entry of the script in small pieces, then as a whole."""
        thought, response = await self._answer(request)
        for piece in _pieces(thought):
            yield ThinkingDelta(piece)
        for piece in _pieces(response.message.text):
            yield TextDelta(piece)
        for index, tool_call in enumerate(response.message.tool_calls):
            yield ToolCallDelta(index, tool_call.id, tool_call.name)
            for piece in _pieces(tool_call.arguments):
                yield ToolCallDelta(index, arguments=piece)
        yield response

    def problems(self) -> list[str]:
        """Say what went wrong so far: requests beyond the script, failed assertions, entries that nobody asked for."""
        found = list(self._faults)
        unused = self._entries[len(self.requests) :]
        if unused:
            found.append(
                f"ScriptedModel '{self.name}' got {len(self.requests)} of the {len(self._entries)} requests of its script; "
                f"the next entry, that nobody asked for: {_shorten(repr(unused[0]))}"
            )
        return found

    def assert_exhausted(self) -> None:
        """Check that it was asked exactly as often as its script says.

        Raises:
            AssertionError: Saying what was too much or too little.
        """
        if problems := self.problems():
            raise AssertionError("\n".join(problems))

    async def _answer(self, request: ModelRequest) -> tuple[str, Response]:
        asked = _snapshot(request)
        self.requests.append(asked)
        return await self._resolve(self._next_entry(asked), asked, "")

    def _next_entry(self, request: ModelRequest) -> Entry:
        if self._answer_all:
            return self._answer_all
        if len(self.requests) <= len(self._entries):
            return self._entries[len(self.requests) - 1]
        last = request.messages[-1] if request.messages else None
        message = (
            f"ScriptedModel '{self.name}' got request {len(self.requests)}, but its script ends after "
            f"{len(self._entries)}; add an entry, or find out why it was asked again. The last message of "
            f"the request: {_show(last)}"
        )
        self._faults.append(message)
        raise UnexpectedRequestError(message)

    async def _resolve(self, entry: Entry, request: ModelRequest, thought: str) -> tuple[str, Response]:
        """Follow an entry to the response it stands for, together with the reasoning on the way."""
        if isinstance(entry, BaseException):
            raise entry
        if isinstance(entry, Response):
            return thought, entry
        if isinstance(entry, Delay):
            await self._clock.sleep(entry.seconds)
            return await self._resolve(entry.entry, request, thought)
        if isinstance(entry, Thinking):
            return await self._resolve(entry.entry, request, thought + entry.text)
        if isinstance(entry, (str, Call)):
            return thought, self._respond(request, [entry])
        if callable(entry):
            answer = await self._ask(entry, request)
            check_entry(answer, f"what a function in the script of '{self.name}' gave")
            return await self._resolve(answer, request, thought)
        return thought, self._respond(request, entry)

    async def _ask(self, function: EntryFunction, request: ModelRequest) -> Entry:
        """Call a function of the request; an assertion that fails in it must fail the test and not only the run."""
        try:
            answer = function(request)
            return await answer if inspect.isawaitable(answer) else answer
        except AssertionError as error:
            self._faults.append(f"ScriptedModel '{self.name}': an assertion about a request failed: {error}")
            raise

    def _respond(self, request: ModelRequest, parts: Iterable[str | Call]) -> Response:
        texts: list[str] = []
        calls: list[ToolCall] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
            else:
                calls.append(ToolCall(part.id or self._new_call_id(), part.name, part.arguments))
        message = Message.assistant("".join(texts), calls)
        usage = self._usage if isinstance(self._usage, Usage) else self._usage(request, message)
        return Response(message, usage, self.name, "tool_calls" if calls else "stop")

    def _new_call_id(self) -> str:
        # Two models may serve one run, where ids must differ: whoever names his models gets different ones.
        self._calls_made += 1
        return f"{'' if self.name == 'scripted' else self.name + '_'}call_{self._calls_made}"


def _snapshot(request: ModelRequest) -> ModelRequest:
    """Copy a request, whose messages are the run's live list."""
    return ModelRequest(
        list(request.messages), list(request.tools), request.output_schema, dict(request.options), request.run
    )


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _show(message: Message | None) -> str:
    if message is None:
        return "(none)"
    return f"{message.role}: {_shorten(message.text or ', '.join(call.name for call in message.tool_calls))}"


def _shorten(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
