"""A model server on this machine that follows a script."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from executus_core.llm.usage import Usage
from executus_core.testing.script import Thinking
from executus_core.testing.watch import watch
from executus_core.testing.wire.anthropic import Anthropic
from executus_core.testing.wire.dialect import Place, RefusedError
from executus_core.testing.wire.faults import Broken, Hang, Held, Late
from executus_core.testing.wire.http1 import HttpReply
from executus_core.testing.wire.listener import Listener
from executus_core.testing.wire.ollama import Ollama
from executus_core.testing.wire.openai import OpenAI
from executus_core.testing.wire.replying import Said, reply_with, reply_with_refusal
from executus_core.testing.wire.request import WireRequest
from executus_core.testing.wire.script import OutOfScriptError, WireScript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.testing.wire.dialect import Dialect
    from executus_core.testing.wire.faults import WireEntry, WireEntryFunction
    from executus_core.testing.wire.http1 import HttpRequest

__all__ = ["DialectName", "ModelServer"]

DialectName: TypeAlias = Literal["openai", "anthropic", "ollama"]

_DIALECTS: dict[DialectName, Callable[[], Dialect]] = {
    "openai": OpenAI,
    "anthropic": Anthropic,
    "ollama": Ollama,
}


class ModelServer:
    """A model server on 127.0.0.1 that answers over real HTTP, from a script, as strictly as the real ones.

    Use it as ``with ModelServer(...) as server``; it runs in a thread of its own, so that asynchronous tests, plain ones and
    child processes can talk to it. A request that the real provider would refuse is refused, and takes no entry of the
    script. A request beyond the script, an entry that nobody asked for, and a failed assertion in a function of the request
    fail the test, like those of a ``ScriptedModel``.

    Attributes:
        requests: What its models were asked, oldest first.
        look_ups: What else it was asked: the list of its models, its version, paths that it does not have.
    """

    def __init__(
        self,
        dialect: DialectName = "openai",
        script: Iterable[WireEntry] | WireEntryFunction = (),
        *,
        models: Sequence[str] = ("test-model",),
        key: str = "",
        context_tokens: int = 0,
        usage: Usage | None = None,
        strict: bool = True,
    ) -> None:
        """Keep the script.

        Args:
            dialect: How it speaks.
            script: One entry per expected request, or one function that answers every request.
            models: Names of the models that it serves.
            key: The key that each request must carry; "" to ask for none.
            context_tokens: Size of the models' window, at four characters a token; 0 for one without an end.
            usage: What each answer consumes; 10 tokens in and 5 out when not given.
            strict: Whether the pytest plugin checks it when the test ends.

        Raises:
            TypeError: An entry is of no known kind.
        """
        self.requests: list[WireRequest] = []
        self.look_ups: list[WireRequest] = []
        self._dialect = _DIALECTS[dialect]()
        self._script = WireScript(f"ModelServer '{dialect}'", script)
        self._place = Place(tuple(models), context_tokens)
        self._key = key
        self._usage = usage or Usage(10, 5)
        self._answers = 0
        self._released = asyncio.Semaphore(0)
        self._listener: Listener | None = None
        if strict:
            watch(self)

    def __enter__(self) -> Self:
        """Listen."""
        self._listener = Listener(self._take, self._reply_to)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection, and stop; what hangs or is held ends with it."""
        self._listening.close()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self._listening.port}"

    @property
    def base_url(self) -> str:
        """What a client of its dialect is configured with."""
        return self.url + self._dialect.base_path

    @property
    def connections_open(self) -> int:
        """How many clients are connected now."""
        return self._listening.connections_open

    def release(self) -> None:
        """Let one held answer go, the oldest first; one that is yet to come will not be held."""
        self._listening.call(self._released.release)

    async def wait_for_requests(self, count: int = 1, *, timeout_s: float = 30.0) -> None:
        """Wait until its models were asked so often.

        Raises:
            AssertionError: They were not, in time.
        """
        await self._wait(lambda: len(self.requests) >= count, f"{count} requests", timeout_s)

    async def wait_until_cut_off(self, number: int = 1, *, timeout_s: float = 30.0) -> None:
        """Wait until the client closes the connection of a request before its answer is complete.

        Args:
            number: Which request, counted from 1.
            timeout_s: Real seconds to wait.

        Raises:
            AssertionError: It did not, in time.
        """
        await self._wait(
            lambda: len(self.requests) >= number and self.requests[number - 1].was_cut_off,
            f"the client to close the connection of request {number}",
            timeout_s,
        )

    async def wait_until_closed(self, open_at_most: int = 0, *, timeout_s: float = 30.0) -> None:
        """Wait until no more connections are open than so many.

        Raises:
            AssertionError: There still are, after that time.
        """
        await self._wait(
            lambda: self.connections_open <= open_at_most,
            f"at most {open_at_most} open connections",
            timeout_s,
        )

    def problems(self) -> list[str]:
        """Say what went wrong so far: requests beyond the script, failed assertions, entries that nobody asked for."""
        found = self._script.problems()
        lost = [asked for asked in self.look_ups if asked.status == 404]
        if found and lost:
            paths = ", ".join(f"{asked.method} {asked.path}" for asked in lost)
            found.append(f"It was also asked for what it does not have: {paths}")
        return found

    def assert_exhausted(self) -> None:
        """Check that it was asked exactly as often as its script says.

        Raises:
            AssertionError: Saying what was too much or too little.
        """
        if problems := self.problems():
            raise AssertionError("\n".join(problems))

    @property
    def _listening(self) -> Listener:
        if self._listener is None:
            raise RuntimeError("the server does not listen yet; write: with ModelServer(...) as server")
        return self._listener

    async def _wait(self, is_so: Callable[[], bool], what: str, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.wrap_future(self._listening.start(self._listening.until(is_so)))
        except TimeoutError:
            raise AssertionError(
                f"waited {timeout_s:g} s for {what}; there were {len(self.requests)} requests, and "
                f"{self.connections_open} connections are open"
            ) from None

    def _take(self, http: HttpRequest) -> WireRequest:
        """Make a note of a request."""
        asked = WireRequest(http.method, http.path, http.headers, http.content, _json_of(http.content))
        is_for_a_model = (http.method, http.path) == ("POST", self._dialect.chat_path)
        (self.requests if is_for_a_model else self.look_ups).append(asked)
        return asked

    async def _reply_to(self, asked: WireRequest) -> HttpReply:
        self._answers += 1
        number = self._answers
        try:
            self._check_key(asked)
            if asked.path != self._dialect.chat_path or asked.method != "POST":
                return self._look_up(asked)
            self._read(asked)
            said = await self._say(number, self._script.take(asked), asked)
            return self._carry(asked, said)
        except RefusedError as refusal:
            return reply_with_refusal(self._dialect, refusal, self._dialect.headers(number))
        except OutOfScriptError as error:
            return reply_with_refusal(self._dialect, RefusedError(500, str(error)), {})

    def _check_key(self, asked: WireRequest) -> None:
        given = self._dialect.key_of(asked.headers)
        if self._key and given != self._key:
            raise RefusedError(401, why="wrong key" if given else "no key")

    def _look_up(self, asked: WireRequest) -> HttpReply:
        body = asked.body if isinstance(asked.body, dict) else {}
        found = self._dialect.look_up(asked.path, body, self._place)
        if found is None:
            raise RefusedError(404)
        content = (found if isinstance(found, str) else json.dumps(found)).encode()
        media_type = "text/plain; charset=utf-8" if isinstance(found, str) else "application/json"
        return HttpReply(200, {"content-type": media_type}, (content,), len(content))

    def _read(self, asked: WireRequest) -> None:
        """Read a request, and refuse what a real server would.

        Raises:
            RefusedError: It is not one that the real server accepts.
        """
        if not isinstance(asked.body, dict):
            raise RefusedError(400, why="no json")
        reading = self._dialect.read(cast("JsonObject", asked.body), asked.headers)
        if reading.model not in self._place.models:
            raise RefusedError(404, why="no model", about=reading.model)
        tokens = sum(len(message.text) for message in reading.messages) // 4
        if 0 < self._place.context_tokens < tokens:
            raise RefusedError(400, why="overflow", tokens=tokens, window=self._place.context_tokens)
        asked.reading = reading

    async def _say(self, number: int, entry: WireEntry, asked: WireRequest) -> Said:
        """Follow an entry to the answer it stands for, with what is wrapped around it on the way."""
        thinking: list[str] = []
        broken: Broken | None = None
        while True:
            if callable(entry):
                entry = await self._script.ask(entry, asked)
                continue
            match entry:
                case Held():
                    await self._released.acquire()
                    entry = entry.entry
                case Late():
                    await asyncio.sleep(entry.seconds)
                    entry = entry.entry
                case Thinking():
                    thinking.append(entry.text)
                    entry = cast("WireEntry", entry.entry)
                case Broken():
                    broken = broken or entry
                    entry = entry.entry
                case Hang():
                    await asyncio.Event().wait()
                case outcome:
                    return Said(number, outcome, "".join(thinking), broken, self._usage)

    def _carry(self, asked: WireRequest, said: Said) -> HttpReply:
        try:
            return reply_with(self._dialect, asked, said)
        except TypeError as error:
            raise self._script.fault(str(error)) from error


def _json_of(content: bytes) -> JsonValue:
    try:
        return cast("JsonValue", json.loads(content))
    except ValueError:
        return None
