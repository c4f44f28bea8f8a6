"""Whatever a model writes, it gets an error that it can act on, and no tool is called with what did not validate."""

from __future__ import annotations

import json
import math
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal  # noqa: TID251 - tools may take anything, and models write it

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from sweepkit import assert_paired, assert_whole

from executus_core import Agent, Executor, Invocation
from executus_core.config.defaults import Defaults
from executus_core.llm.events import TextDelta
from executus_core.llm.exchange import ModelRequest, Response
from executus_core.llm.message import Message, TextPart, ToolCall
from executus_core.llm.usage import Usage
from executus_core.ports import Ports
from executus_core.record.run import RunStatus
from executus_core.record.tool import ToolContext  # noqa: TC001 - a tool's annotations are read at run time
from executus_core.testing import FakeClock, MemoryAudit, MemoryPalette, ScriptedModel, call, raw_call
from executus_core.tool import tool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from executus_core.record.result import Result

USAGE = Usage(10, 5, cost_usd=0.0)
MAX_ERROR_CHARS = 2_300
"""An error is for reading: what the arguments held is cut short in it."""


class Point(BaseModel):
    """A place."""

    x: int
    label: str = ""


class Color(Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Stop:
    """A place on the way."""

    x: int
    color: Color = Color.RED


@define
class Route:
    """Where to go, and when."""

    stops: list[Stop]
    on: date | None = None


@dataclass
class Walk:
    """One way to go."""

    kind: Literal["walk"]
    route: Route


class Ride(BaseModel):
    """Another."""

    kind: Literal["ride"]
    speed: Annotated[int, Field(ge=1)]


Called = list[tuple[object, ...]]

_CALLED: ContextVar[Called] = ContextVar("called")
"""What the tools were really called with: they are made once, since making one costs more than a run."""


@tool
async def flat(n: int, note: str = "", x: float = 0.0, yes: bool = False) -> str:
    """Take plain values."""
    assert type(n) is int
    assert type(note) is str
    assert type(x) is float or type(x) is int
    assert type(yes) is bool
    assert math.isfinite(x)
    note.encode()
    _CALLED.get().append(("flat", n, note, x, yes))
    return "called"


@tool
async def deep(items: list[int], data: dict[str, Any], point: Point | None = None) -> str:
    """Take nested values."""
    assert all(type(item) is int for item in items)
    assert type(data) is dict
    assert point is None or type(point) is Point
    json.dumps(data, allow_nan=False).encode()
    _CALLED.get().append(("deep", items, data, point))
    return "called"


@tool
async def travel(plan: Annotated[Walk | Ride, Field(discriminator="kind")], note: str | int = "") -> str:
    """Take classes within classes."""
    assert type(plan) in (Walk, Ride)
    if isinstance(plan, Walk):
        assert type(plan.route) is Route
        assert plan.route.on is None or type(plan.route.on) is date
        assert all(type(stop) is Stop and type(stop.x) is int for stop in plan.route.stops)
        assert all(type(stop.color) is Color for stop in plan.route.stops)
    else:
        assert type(plan.speed) is int
        assert plan.speed >= 1
    assert type(note) in (str, int)
    str(note).encode()
    _CALLED.get().append(("travel", plan, note))
    return "called"


@tool
def counted(ctx: ToolContext, n: Annotated[int, Field(ge=1, le=3)]) -> str:
    """Take a bounded value on a thread."""
    assert 1 <= n <= 3
    _CALLED.get().append(("counted", n))
    return "called"


@define(eq=False)
class Host:
    """An executor over tools that keep what they were called with, and a palette that does too."""

    called: Called = field(factory=list)
    palette: MemoryPalette = field(factory=lambda: MemoryPalette(skills={"sum": "summed"}))
    audit: MemoryAudit = field(factory=MemoryAudit)
    events: list[Any] = field(factory=list)
    defaults: Defaults = field(
        factory=lambda: Defaults(max_consecutive_tool_errors=None, max_same_tool_call_repeats=None)
    )
    agent: Agent = field(
        factory=lambda: Agent(name="hostile", tools=("flat", "deep", "travel", "counted"), skills=("sum",))
    )

    async def run(self, model: object, *, streams: bool = False) -> Result[None]:
        """Run to the result, and check what holds of every run."""
        _CALLED.set(self.called)
        clock = FakeClock()
        ports = Ports(audit=self.audit, palette=self.palette, clock=clock)
        executor = Executor(
            models={"fast": model},
            registry=[flat, deep, travel, counted],
            ports=ports,
            defaults=self.defaults,
        )  # type: ignore[dict-item, arg-type]
        invocation = Invocation(on_event=self.events.append)
        if streams:
            result = await clock.run_until(executor.start(self.agent, "go", invocation))  # type: ignore[arg-type]
        else:
            result = await clock.run_until(executor.run(self.agent, "go", invocation))
        assert isinstance(result.status, RunStatus)
        assert isinstance(result.output, str)
        assert_whole(result.messages)
        assert_paired(self.events)
        (record,) = self.audit.records.values()
        assert record.times_closed == 1
        for message in result.messages:
            assert "(AssertionError)" not in message.text if message.role == "tool" else True, (
                "a tool was misled"
            )
            if message.role == "tool" and message.is_error:
                assert len(message.text) <= MAX_ERROR_CHARS, f"{len(message.text)} characters of error"
                message.text.encode()
        assert len(str(result.error)) <= MAX_ERROR_CHARS
        return result


NESTED = 10_000
WALK = '{"plan": {"kind": "walk", "route": {%s}}}'
BROKEN: dict[str, tuple[str, str]] = {
    "truncated": ("flat", '{"n": 1, "note": "hel'),
    "truncated after a value": ("flat", '{"n": 1'),
    "only a brace": ("flat", "{"),
    "blank": ("flat", "  \n"),
    "empty": ("flat", ""),
    "null": ("flat", "null"),
    "a list": ("flat", "[1]"),
    "a text": ("flat", '"n"'),
    "a number": ("flat", "1"),
    "true": ("flat", "true"),
    "not JSON": ("flat", "n=1"),
    "Python": ("flat", "{'n': 1}"),
    "a comment": ("flat", '{"n": 1} // one'),
    "two objects": ("flat", '{"n": 1}{"n": 2}'),
    "trailing comma": ("flat", '{"n": 1,}'),
    "byte order mark": ("flat", '\ufeff{"n": 1}'),
    "NUL": ("flat", '{"n": 1}\x00'),
    "control character": ("flat", '{"n": 1, "note": "a\x01b"}'),
    "fenced": ("flat", '```json\n{"n": 1}\n```'),
    "NaN": ("flat", '{"n": 1, "x": NaN}'),
    "NaN for an int": ("flat", '{"n": NaN}'),
    "Infinity": ("flat", '{"n": 1, "x": Infinity}'),
    "-Infinity": ("flat", '{"n": 1, "x": -Infinity}'),
    "1e400": ("flat", '{"n": 1, "x": 1e400}'),
    "-1e400": ("flat", '{"n": 1, "x": -1e400}'),
    "1e400 for an int": ("flat", '{"n": 1e400}'),
    "NaN nested": ("deep", '{"items": [], "data": {"a": [NaN]}}'),
    "Infinity nested": ("deep", '{"items": [], "data": {"a": {"b": Infinity}}}'),
    "1e400 nested": ("deep", '{"items": [], "data": {"a": 1e400}}'),
    "5,000 digits": ("flat", '{"n": %s}' % ("9" * 5_000)),
    "5,000 digits for a float": ("flat", '{"n": 1, "x": %s}' % ("9" * 5_000)),
    "5,000 digits nested": ("deep", '{"items": [], "data": {"a": %s}}' % ("9" * 5_000)),
    "duplicate": ("flat", '{"n": 1, "n": 2}'),
    "duplicate that is equal": ("flat", '{"n": 1, "n": 1}'),
    "duplicate, once escaped": ("flat", '{"n": 1, "\\u006e": 2}'),
    "duplicate beside a colon": ("flat", '{"n": 1, "note": "a:b", "n": 2}'),
    "duplicate nested": ("deep", '{"items": [], "data": {"a": 1, "a": 2}}'),
    "duplicate deep inside": ("deep", '{"items": [], "data": {"a": [{"b": 1, "b": 1}]}}'),
    "duplicate in a model": ("deep", '{"items": [], "data": {}, "point": {"x": 1, "x": 2}}'),
    "nested too deep": ("deep", '{"items": [], "data": {"a": %s}}' % ("[" * NESTED + "]" * NESTED)),
    "nested objects": ("deep", '{"items": [], "data": %s}' % ('{"a":' * NESTED + "1" + "}" * NESTED)),
    "nested and never closed": ("deep", '{"items": ' + "[" * NESTED),
    "nested in a flat one": ("flat", '{"n": %s}' % ("[" * NESTED + "]" * NESTED)),
    "10 MB": ("flat", '{"n": 1, "note": "%s"}' % ("x" * 10_000_000)),
    "10 MB of garbage": ("flat", "x" * 10_000_000),
    "many wrong items": ("deep", '{"data": {}, "items": [' + '"x",' * 100_000 + "1]}"),
    "many unknown keys": ("flat", '{"n": 1' + "".join(f', "k{n}": 1' for n in range(50_000)) + "}"),
    "long unknown key": ("flat", '{"n": 1, "%s": 1}' % ("k" * 500_000)),
    "long wrong value": ("flat", '{"n": "%s"}' % ("1" * 900_000)),
    "raw lone surrogate": ("flat", '{"n": 1, "note": "\ud800"}'),
    "escaped lone surrogate": ("flat", '{"n": 1, "note": "\\ud800"}'),
    "escaped lone surrogate nested": ("deep", '{"items": [], "data": {"a": "\\udfff"}}'),
    "escaped lone surrogate in a key": ("deep", '{"items": [], "data": {"\\ud800": 1}}'),
    "raw lone surrogate in a key": ("flat", '{"n": 1, "\ud800": 1}'),
    "true for an int": ("flat", '{"n": true}'),
    "a text for an int": ("flat", '{"n": "1"}'),
    "a text for a bool": ("flat", '{"n": 1, "yes": "false"}'),
    "an int for a bool": ("flat", '{"n": 1, "yes": 1}'),
    "an int for a text": ("flat", '{"n": 1, "note": 1}'),
    "a fraction for an int": ("flat", '{"n": 1.5}'),
    "null for an int": ("flat", '{"n": null}'),
    "unknown": ("flat", '{"n": 1, "notes": "x"}'),
    "missing": ("flat", '{"note": "x"}'),
    "out of bounds": ("counted", '{"n": 4}'),
    "the context": ("counted", '{"n": 1, "ctx": {}}'),
    "inside a list": ("deep", '{"items": [1, true], "data": {}}'),
    "inside a model": ("deep", '{"items": [], "data": {}, "point": {"x": "1"}}'),
    "class: truncated": ("travel", '{"plan": {"kind": "ride", "speed": 1'),
    "class: null": ("travel", '{"plan": null}'),
    "class: a list": ("travel", '{"plan": ["ride", 1]}'),
    "class: no kind": ("travel", '{"plan": {"speed": 1}}'),
    "class: no such kind": ("travel", '{"plan": {"kind": "fly", "speed": 1}}'),
    "class: the other kind": ("travel", '{"plan": {"kind": "walk", "speed": 1}}'),
    "class: a kind that is no text": ("travel", '{"plan": {"kind": ["ride"], "speed": 1}}'),
    "class: out of bounds": ("travel", '{"plan": {"kind": "ride", "speed": 0}}'),
    "class: true for an int": ("travel", '{"plan": {"kind": "ride", "speed": true}}'),
    "class: a text for an int": ("travel", '{"plan": {"kind": "ride", "speed": "1"}}'),
    "class: 5,000 digits": ("travel", '{"plan": {"kind": "ride", "speed": %s}}' % ("9" * 5_000)),
    "class: NaN": ("travel", '{"plan": {"kind": "ride", "speed": NaN}}'),
    "class: 1e400": ("travel", '{"plan": {"kind": "ride", "speed": 1e400}}'),
    "class: duplicate": ("travel", '{"plan": {"kind": "ride", "speed": 1, "speed": 2}}'),
    "class: duplicate kind": ("travel", '{"plan": {"kind": "walk", "speed": 1, "kind": "ride"}}'),
    "class: duplicate in attrs": ("travel", WALK % '"stops": [], "stops": []'),
    "class: duplicate in a dataclass": ("travel", WALK % '"stops": [{"x": 1, "\\u0078": 2}]'),
    "class: true in a dataclass": ("travel", WALK % '"stops": [{"x": 1}, {"x": true}]'),
    "class: missing in a dataclass": ("travel", WALK % '"stops": [{"color": "red"}]'),
    "class: no such choice": ("travel", WALK % '"stops": [{"x": 1, "color": "green"}]'),
    "class: the name of a choice": ("travel", WALK % '"stops": [{"x": 1, "color": "RED"}]'),
    "class: no date": ("travel", WALK % '"stops": [], "on": "2024-02-30"'),
    "class: a number for a date": ("travel", WALK % '"stops": [], "on": 0'),
    "class: nested too deep": ("travel", WALK % f'"stops": {"[" * NESTED}{"]" * NESTED}'),
    "class: nested objects": ("travel", '{"plan": %s}' % ('{"route":' * NESTED + "1" + "}" * NESTED)),
    "class: 10 MB": ("travel", WALK % f'"stops": [{{"x": "{"x" * 10_000_000}"}}]'),
    "class: many wrong stops": ("travel", WALK % ('"stops": [' + '{"x": "a"},' * 50_000 + '{"x": 1}]')),
    "class: lone surrogate in a choice": ("travel", WALK % '"stops": [{"x": 1, "color": "\\ud800"}]'),
    "class: lone surrogate in a key": ("travel", WALK % '"stops": [{"x": 1, "\\ud800": 1}]'),
    "union: null": ("travel", '{"plan": {"kind": "ride", "speed": 1}, "note": null}'),
    "union: true": ("travel", '{"plan": {"kind": "ride", "speed": 1}, "note": true}'),
    "union: a fraction": ("travel", '{"plan": {"kind": "ride", "speed": 1}, "note": 1.5}'),
    "union: lone surrogate": ("travel", '{"plan": {"kind": "ride", "speed": 1}, "note": "\\udc00"}'),
    "delegate: truncated": ("skill__sum", '{"prompt": "hel'),
    "delegate: NaN": ("skill__sum", '{"prompt": NaN}'),
    "delegate: 1e400": ("skill__sum", '{"prompt": 1e400}'),
    "delegate: duplicate": ("skill__sum", '{"prompt": "a", "prompt": "b"}'),
    "delegate: a list": ("skill__sum", "[1]"),
    "delegate: null": ("skill__sum", "null"),
    "delegate: nested too deep": ("skill__sum", '{"prompt": %s}' % ("[" * NESTED + "]" * NESTED)),
    "delegate: 5,000 digits": ("skill__sum", '{"prompt": %s}' % ("9" * 5_000)),
    "delegate: raw lone surrogate": ("skill__sum", '{"prompt": "\ud800"}'),
    "delegate: escaped lone surrogate": ("skill__sum", '{"prompt": "\\ud800"}'),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_arguments_that_do_not_validate_are_answered_and_not_used(name: str):
    """The model reads what is wrong, the tool is not called, and the conversation goes on."""
    tool_name, arguments = BROKEN[name]
    host = Host()
    result = await host.run(GarbageModel(_message([ToolCall("a", tool_name, arguments)])))
    assert result.status == "ok", repr(result.error)
    assert result.output == "understood"
    assert not host.called
    assert not host.palette.uses
    (step,) = result.steps
    assert step.is_error
    assert step.result.text.startswith("error: ")
    assert "argument" in step.result.text, step.result.text[:300]
    assert "failed (" not in step.result.text, "the class of an internal error helps no model"


FINE: dict[str, tuple[str, str]] = {
    "spaces": ("flat", ' {"n" : 1 , "note" : "a" } '),
    "a colon in a text": ("flat", '{"n": 1, "note": "a:b"}'),
    "a pair of surrogates": ("flat", '{"n": 1, "note": "\\ud83d\\ude00"}'),
    "a big int": ("flat", '{"n": 123456789012345678901234567890}'),
    "a small number": ("flat", '{"n": 1, "x": 1e-400}'),
    "an int for a float": ("flat", '{"n": 1, "x": 2}'),
    "the same key on two levels": ("deep", '{"items": [], "data": {"items": {"items": 1}}}'),
    "nested": ("deep", '{"items": [1], "data": {"a": %s}}' % ("[" * 50 + "]" * 50)),
    "a ride": ("travel", '{"plan": {"speed": 1, "kind": "ride"}, "note": 123456789012345678901234567890}'),
    "a walk": ("travel", WALK % '"stops": [{"x": 1}, {"x": 2, "color": "blue"}], "on": "2024-02-29"'),
    "a delegate's": ("skill__sum", '{"prompt": "NaN"}'),
}


@pytest.mark.parametrize("name", FINE)
async def test_unusual_arguments_that_validate_are_used(name: str):
    """Strictness refuses what is wrong, not what is rare."""
    tool_name, arguments = FINE[name]
    host = Host()
    result = await host.run(ScriptedModel([raw_call(tool_name, arguments), "thanks"]))
    assert [step.is_error for step in result.steps] == [False], result.steps[0].result.text[:300]


NAMES = [
    "nope",
    "",
    " ",
    "Flat",
    "flat ",
    "x" * 1_000_000,
    "\ud800",
    "\x00",
    "flat\n",
    "../flat",
    "skill__none",
    "😀",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
async def test_a_tool_that_does_not_exist_is_answered_with_those_that_do(name: str):
    """The model reads the names that it may use."""
    host = Host()
    result = await host.run(ScriptedModel([raw_call(name, "{}"), "understood"]))
    assert result.status == "ok"
    (step,) = result.steps
    assert step.is_error
    assert any(known in step.result.text for known in ("flat", "deep", "counted", "skill__sum"))
    assert not host.called


async def test_a_long_name_does_not_make_a_long_error():
    """What ends a run names the culprit, cut short."""
    host = Host(defaults=Defaults(max_consecutive_tool_errors=2, max_same_tool_call_repeats=2))
    name = "x" * 1_000_000
    result = await host.run(ScriptedModel([[raw_call(name, "{}"), raw_call(name, "{}")]]))
    assert result.status == "error"


def _message(calls: list[Any]) -> Response:
    return Response(Message("assistant", (), tuple(calls)), USAGE)


@pytest.mark.parametrize("direct", [False, True], ids=["loop", "direct"])
@pytest.mark.parametrize(
    "ids",
    [
        ["", ""],
        ["a", "a"],
        ["a", "", "a", "a_1", "a_2"],
        ["call_1", "call_1"],
        [" ", " "],
        ["\ud800", "\ud800"],
        ["x" * 10_000] * 3,
    ],
    ids=lambda ids: repr(ids)[:30],
)
async def test_missing_and_repeated_ids_are_mended_within_a_response_and_across(ids: list[str], direct: bool):
    """Each call keeps or gets an id of its own, so that its result can be paired."""
    host = Host()
    if direct:
        host.agent = Agent(name="direct")
    step = _message([ToolCall(id_, "flat", '{"n": 1}') for id_ in ids])
    result = await host.run(ScriptedModel([step] if direct else [step, step, "done"]))
    assert result.status == "ok"
    assert len(host.called) == (0 if direct else 2 * len(ids))
    seen = [each.id for message in result.messages for each in message.tool_calls]
    assert len(seen) == len(set(seen)) == len(ids) * (1 if direct else 2)
    assert all(seen)


async def test_a_thousand_calls_in_one_response_are_all_answered():
    """Good and bad ones, with ids that collide with the ones that mending makes."""
    calls = [
        ToolCall("x" if n % 2 else f"x_{n + 1_000}", "flat" if n % 3 else "nope", f'{{"n": {n}}}')
        for n in range(1_000)
    ]
    host = Host()
    result = await host.run(ScriptedModel([_message(calls), "done"]))
    assert result.status == "ok"
    assert len(result.steps) == 1_000
    assert [each[1] for each in host.called] == [n for n in range(1_000) if n % 3]


async def test_a_call_on_the_direct_path_is_answered_and_not_run():
    """A run without tools has one model call; whatever that wants to call, the transcript stays whole."""
    host = Host(agent=Agent(name="direct"))
    result = await host.run(ScriptedModel([["thinking", call("flat", n=1), call("nope")]]))
    assert result.status == "ok"
    assert result.output == "thinking"
    assert not host.called


class Deep:
    """Something whose representation fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no representation")


GARBAGE: dict[str, object] = {
    "None": None,
    "a text": "hello",
    "a dict": {"message": "hello"},
    "a message": Message.assistant("hello"),
    "a huge text": "x" * 1_000_000,
    "a thing without a representation": Deep(),
    "no message": Response(None, USAGE),  # type: ignore[arg-type]
    "a text for a message": Response("hello", USAGE),  # type: ignore[arg-type]
    "no usage": Response(Message.assistant("hello"), None),  # type: ignore[arg-type]
    "a dict for a usage": Response(Message.assistant("hello"), {"input_tokens": 1}),  # type: ignore[arg-type]
    "a usage of nothing": Response(Message.assistant("hello"), Usage(None, None)),  # type: ignore[arg-type]
    "a usage of texts": Response(Message.assistant("hello"), Usage("1", "2", cost_usd="0")),  # type: ignore[arg-type]
    "a user's message": Response(Message.user("hello"), USAGE),
    "a tool's message": Response(Message("tool", (TextPart("hello"),), (), "call_1"), USAGE),
    "a system message": Response(Message.system("hello"), USAGE),
    "an unknown role": Response(Message("robot", (TextPart("hello"),)), USAGE),  # type: ignore[arg-type]
    "no parts": Response(Message("assistant", None), USAGE),  # type: ignore[arg-type]
    "a text for parts": Response(Message("assistant", "hello"), USAGE),  # type: ignore[arg-type]
    "parts of texts": Response(Message("assistant", ("hello", "hello")), USAGE),  # type: ignore[arg-type]
    "a part without a text": Response(Message("assistant", (TextPart(None),)), USAGE),  # type: ignore[arg-type]
    "parts without a text": Response(Message("assistant", (TextPart(None), TextPart(7))), USAGE),  # type: ignore[arg-type]
    "calls of None": Response(Message("assistant", (), (None,)), USAGE),  # type: ignore[arg-type]
    "calls of texts": Response(Message("assistant", (), ("flat",)), USAGE),  # type: ignore[arg-type]
    "a number of calls": Response(Message("assistant", (), 7), USAGE),  # type: ignore[arg-type]
    "an id of None": _message([ToolCall(None, "flat", '{"n": 1}')]),  # type: ignore[arg-type]
    "an id that is a list": _message([ToolCall(["a"], "flat", '{"n": 1}')]),  # type: ignore[arg-type]
    "a number for an id": _message([ToolCall(7, "flat", '{"n": 1}')]),  # type: ignore[arg-type]
    "a name of None": _message([ToolCall("a", None, '{"n": 1}')]),  # type: ignore[arg-type]
    "a name that is a list": _message([ToolCall("a", ["flat"], '{"n": 1}')]),  # type: ignore[arg-type]
    "names that are lists": _message([ToolCall(each, ["flat"], '{"n": 1}') for each in "ab"]),  # type: ignore[arg-type]
    "arguments of None": _message([ToolCall("a", "flat", None)]),  # type: ignore[arg-type]
    "arguments as a dict": _message([ToolCall("a", "flat", {"n": 1})]),  # type: ignore[arg-type]
    "arguments as bytes": _message([ToolCall("a", "flat", b'{"n": 1}')]),  # type: ignore[arg-type]
    "arguments as a number": _message([ToolCall("a", "flat", 7)]),  # type: ignore[arg-type]
}


class GarbageModel:
    """A model that answers with anything, and then, if it is asked again, with a text."""

    name = "garbage"
    context_tokens = 100

    def __init__(self, *answers: object) -> None:
        self._answers = [*answers, *[Response(Message.assistant("understood"), USAGE)] * 3]

    async def generate(self, request: ModelRequest) -> Any:
        return self._answers.pop(0)


class GarbageStream(GarbageModel):
    """The same, as a stream of pieces."""

    def stream(self, request: ModelRequest) -> AsyncIterator[Any]:
        async def pieces() -> AsyncIterator[Any]:
            answer = self._answers.pop(0)
            for piece in answer if isinstance(answer, list) else [answer]:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece

        return pieces()


@pytest.mark.parametrize("direct", [False, True], ids=["loop", "direct"])
@pytest.mark.parametrize("streams", [False, True], ids=["run", "stream"])
@pytest.mark.parametrize("name", GARBAGE)
async def test_an_answer_that_is_none_ends_the_run_with_a_status_or_is_mended(
    name: str, streams: bool, direct: bool
):
    """The run ends well or in an error; no tool sees what was not validated, and every id left can be paired."""
    host = Host()
    if direct:
        host.agent = Agent(name="direct")
    result = await host.run(GarbageStream(GARBAGE[name]), streams=streams)
    assert result.status in {"ok", "error"}
    assert host.called in ([], [("flat", 1, "", 0.0, False)])  # an id can be mended, and bytes are text
    for message in result.messages:
        assert message.role in {"system", "user", "assistant", "tool"}
        assert all(type(each.id) is str for each in message.tool_calls)


@pytest.mark.parametrize("name", [name for name in GARBAGE if not isinstance(GARBAGE[name], Response)])
async def test_an_answer_that_is_no_response_names_the_model(name: str):
    """Whoever reads the error knows which adapter to mend."""
    result = await Host().run(GarbageModel(GARBAGE[name]))
    assert "the model 'garbage' answered with" in str(result.error)


STREAMS: dict[str, list[object]] = {
    "nothing": [],
    "only deltas": [TextDelta("hel"), TextDelta("lo")],
    "a cut": [TextDelta("hel"), ConnectionError("cut")],
    "an exit": [TextDelta("hel"), SystemExit("cut")],
    "garbage pieces": [None, 7, "text", {"a": 1}],
    "a delta of nothing": [TextDelta(None)],  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_without_a_response_is_a_failed_call(name: str):
    """What was shown is the partial output at most: only a whole response is an answer, and stands in the transcript."""
    host = Host()
    result = await host.run(GarbageStream(STREAMS[name]), streams=True)
    shown = [getattr(piece, "text", None) for piece in STREAMS[name]]
    assert result.status == "error"
    assert result.output == "".join(text for text in shown if text)
    assert [message.role for message in result.messages] == ["user"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["n", "note", "x", "yes", "items", "data", "point", "plan", "kind", "prompt", "ctx", "nn"]
)
TEXTS = (
    st.text(st.characters(categories=None), max_size=30)
    | JSON.map(json.dumps)
    | st.dictionaries(KEYS, JSON, max_size=4).map(json.dumps)
    | st.lists(st.tuples(KEYS, JSON.map(json.dumps)), max_size=4).map(
        lambda pairs: "{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}"
    )
)


@st.composite
def cut_or_doubled(draw: st.DrawFn) -> str:
    """Arguments that were damaged on their way."""
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(0, len(text)))
    return draw(st.sampled_from([text, text[:end], text[start:], text[:start] + text[end:]]))


CALLS = st.builds(
    ToolCall,
    st.sampled_from(["", "a", "b", "a_1"]) | st.text(max_size=3),
    st.sampled_from(["flat", "deep", "travel", "counted", "skill__sum", ""])
    | st.text(st.characters(categories=None), max_size=5),
    cut_or_doubled(),
)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["assistant"] * 8 + ["user", "tool", "system", ""]),
    st.lists(st.builds(TextPart, st.text(st.characters(categories=None), max_size=5)), max_size=2).map(tuple),
    st.lists(CALLS, max_size=5).map(tuple),
)
ANSWERS = st.lists(
    st.builds(Response, MESSAGES, st.just(USAGE)) | st.none() | st.text(max_size=3), max_size=5
)


@settings(max_examples=300)
@given(ANSWERS)
async def test_whatever_a_model_writes_the_run_ends_with_a_status(answers: list[object]):
    """Tools check their own types; transcript, errors and events hold what they promise."""
    result = await Host().run(GarbageModel(*answers))
    assert result.status in {"ok", "error"}


@pytest.mark.slow
@settings(max_examples=5_000)
@given(ANSWERS)
async def test_whatever_a_model_writes_for_long_the_run_ends_with_a_status(answers: list[object]):
    """The same with many more examples."""
    result = await Host().run(GarbageModel(*answers))
    assert result.status in {"ok", "error"}
