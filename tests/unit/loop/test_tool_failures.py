"""A tool never breaks the loop: whatever goes wrong becomes a result that tells the model what to do."""

import asyncio

import pytest
from pydantic import BaseModel

from executus_core import Agent, Defaults, Executor, Ports, Result, ToolError, tool
from executus_core.llm import Message
from executus_core.testing import FakeClock, MemoryAudit, ScriptedModel, call, raw_call
from executus_core.testing.script import Call

called: list[object] = []


class Panic(BaseException):
    """What native code raises past every handler."""


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    called.append((a, b))
    return a + b


@tool
async def fail(how: str) -> str:
    """Fail."""
    called.append(how)
    match how:
        case "tool error":
            raise ToolError("the file is gone; list the folder first")
        case "secret":
            raise RuntimeError("the password is hunter2")
        case "exit":
            raise SystemExit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "panic":
            raise Panic("native")
        case "cancelled":
            raise asyncio.CancelledError
    return how


@tool
def fail_in_thread(how: str) -> str:
    """Fail on a worker thread."""
    match how:
        case "exit":
            raise SystemExit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "stop":
            raise StopIteration
        case "error":
            raise ToolError("no")
    return how


AGENT = Agent(name="worker", tools=("add", "fail", "fail_in_thread"))
REGISTRY = [add, fail, fail_in_thread]


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    called.clear()


async def _answer_to(entry: Call, **options: object) -> tuple[Message, Result[None]]:
    """Have the model make one call, and give the result it got."""
    model = ScriptedModel([entry, "understood"])
    executor = Executor(models=model, registry=REGISTRY, **options)  # type: ignore[arg-type]
    result = await executor.run(AGENT, "go")
    assert (result.status, result.output) == ("ok", "understood")
    assert len(result.steps) == 1
    assert result.steps[0].is_error
    return model.requests[1].messages[-1], result


async def test_an_unknown_tool_is_answered_with_the_names_that_exist() -> None:
    """The model learns what it could have called."""
    message, _ = await _answer_to(call("ad", a=1, b=2))

    assert message.is_error
    assert message.text == "error: there is no tool named 'ad'. Did you mean 'add'?"


async def test_an_unknown_tool_like_none_is_answered_with_all_names() -> None:
    """When nothing is near, the names that do exist are listed."""
    message, _ = await _answer_to(call("zzz"))

    assert message.text.endswith("Known: 'add', 'fail', 'fail_in_thread'.")


async def test_arguments_that_are_not_json_are_told_and_the_tool_is_not_called() -> None:
    """A tool whose arguments did not validate is never called."""
    message, _ = await _answer_to(raw_call("add", '{"a": 1, '))

    assert "not valid JSON" in message.text
    assert called == []


async def test_arguments_that_do_not_validate_are_told_and_the_tool_is_not_called() -> None:
    """The validation message goes to the model."""
    message, _ = await _answer_to(call("add", a=True, b="2"))

    assert "argument 'a': Input should be a valid integer (got True)" in message.text
    assert "argument 'b'" in message.text
    assert called == []


async def test_no_arguments_at_all_are_an_empty_object() -> None:
    """Some models write nothing for nothing."""
    message, _ = await _answer_to(raw_call("add", ""))

    assert "argument 'a' is missing" in message.text


async def test_arguments_beyond_all_measure_are_refused_unread() -> None:
    """Ten megabytes are not parsed."""
    message, _ = await _answer_to(raw_call("add", " " * 200), defaults=Defaults(max_tool_argument_chars=100))

    assert (
        "the arguments are 200 characters long, so the tool was not called; write at most 100" in message.text
    )
    assert called == []


async def test_a_tool_error_is_told_in_the_tools_words() -> None:
    """A tool may say what to do differently."""
    message, _ = await _answer_to(call("fail", how="tool error"))

    assert message.text == "error: the file is gone; list the folder first"


async def test_another_exception_is_told_without_its_internals_and_recorded_with_them() -> None:
    """The model learns the class, the operator everything."""
    audit = MemoryAudit()
    message, result = await _answer_to(call("fail", how="secret"), ports=Ports(audit=audit))

    assert message.text == "error: the tool 'fail' failed (RuntimeError)"
    assert "hunter2" not in str(result.messages)
    assert audit.records[result.run_id].errors == [
        "the tool 'fail' (code) raised RuntimeError: the password is hunter2"
    ]


@pytest.mark.parametrize(
    ("how", "kind"), [("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt"), ("panic", "Panic")]
)
async def test_an_exit_or_interrupt_that_a_tool_raises_ends_nothing(how: str, kind: str) -> None:
    """It is that tool's failure, also when it is no Exception."""
    message, _ = await _answer_to(call("fail", how=how))

    assert message.text == f"error: the tool 'fail' failed ({kind})"


@pytest.mark.parametrize(
    ("how", "words"), [("exit", "(SystemExit)"), ("interrupt", "(KeyboardInterrupt)"), ("error", "error: no")]
)
async def test_an_exit_or_interrupt_on_a_worker_thread_ends_nothing(how: str, words: str) -> None:
    """Nor does one that a synchronous tool raises."""
    message, _ = await _answer_to(call("fail_in_thread", how=how))

    assert words in message.text


async def test_a_stop_iteration_on_a_worker_thread_is_a_failure_like_any_other() -> None:
    """It can't be put into a future, and must not hang the run."""
    message, _ = await _answer_to(call("fail_in_thread", how="stop"))

    assert (
        message.text == "error: the tool 'fail_in_thread' failed (RuntimeError)"
    )  # as Python has it in a coroutine


async def test_a_tool_that_cancels_itself_is_told_so() -> None:
    """Only the run's own cancellation ends the run."""
    message, _ = await _answer_to(call("fail", how="cancelled"))

    assert message.text == "error: the tool 'fail' was cancelled from inside"


async def test_failures_beside_successes_keep_their_places() -> None:
    """In one response each call gets its own result."""
    model = ScriptedModel(
        [[call("add", a=1, b=1), call("fail", how="exit"), call("nope"), call("add", a=2, b=2)], "done"]
    )

    result = await Executor(models=model, registry=REGISTRY).run(AGENT, "go")

    assert [(step.tool_call.name, step.is_error) for step in result.steps] == [
        ("add", False), ("fail", True), ("nope", True), ("add", False),
    ]  # fmt: skip


async def test_an_async_tool_that_outlives_its_timeout_is_reported_and_the_run_goes_on(
    fake_clock: FakeClock,
) -> None:
    """The message says how long it had."""
    ends: list[str] = []

    @tool(timeout_s=5)
    async def slow() -> str:
        """Take long."""
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cancelled")
        return "late"

    model = ScriptedModel([call("slow"), "went on"])
    executor = Executor(models=model, registry=[slow], ports=Ports(clock=fake_clock))
    result = await fake_clock.run_until(executor.run(Agent(name="x", tools=("slow",)), "go"))

    assert (result.status, result.output) == ("ok", "went on")
    assert result.steps[0].result.text.startswith("error: the tool 'slow' did not answer within 5 s")
    assert ends == ["cancelled"]
    assert fake_clock.monotonic() == 5


async def test_a_result_that_has_no_json_form_is_a_failure() -> None:
    """A tool that returns a socket is a broken tool, not a broken run."""

    class Thing(BaseModel):
        value: object

    @tool
    async def thing() -> Thing:
        """Give what nobody can write down."""
        return Thing(value=object())

    model = ScriptedModel([call("thing"), "went on"])
    result = await Executor(models=model, registry=[thing]).run(Agent(name="x", tools=("thing",)), "go")

    assert result.status == "ok"
    assert result.steps[0].is_error
