"""The parts of a chat that need no terminal: what stays of a run, what is kept of the inputs, what the tab key offers."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Executor, Invocation, tool
from executus_core.cli.chat.conversation import continue_after, hint_after
from executus_core.cli.chat.editor import complete
from executus_core.cli.chat.history import OPT_OUT, InputHistory, find_history
from executus_core.cli.chat.input import goes_on
from executus_core.cli.chat.signals import Signals, Terminated
from executus_core.cli.chat.slash import COMMANDS, is_command
from executus_core.errors import ContextOverflowError, ModelAccessError, ModelUnavailableError
from executus_core.llm import Message
from executus_core.llm.message import check_history
from executus_core.testing import ScriptedModel, call

BEFORE = (Message.user("hello"), Message.assistant("hello, too"))


@tool
def look() -> str:
    """Look."""
    return "seen"


@tool
async def wait() -> str:
    """Wait for ever."""
    await asyncio.Event().wait()
    return ""


async def ended(*script, cancel_at: type | None = None, **agent):
    """The result of a run that continues ``BEFORE``."""
    executor = Executor(models=ScriptedModel(script, strict=False), registry=[look, wait])
    tools = Agent(name="a", system_prompt="Be brief.", tools=["look", "wait"], **agent)
    async with executor.stream(tools, "and now?", Invocation(history=BEFORE)) as run:
        async for event in run:
            if cancel_at is not None and isinstance(event, cancel_at):
                run.cancel("enough")
        return await run


# ------------------------------------------------------------------------------------------ what stays of a run


async def test_a_run_that_ended_by_itself_is_continued_as_it_stands() -> None:
    """With its tool calls."""
    history = continue_after(BEFORE, await ended(call("look"), "seen it"), "")

    assert [message.role for message in history] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


async def test_of_a_model_that_never_answered_nothing_stays() -> None:
    """The input can be sent again."""
    assert continue_after(BEFORE, await ended(ModelUnavailableError("no time")), "") == BEFORE


async def test_of_an_overflow_nothing_stays_whatever_was_done() -> None:
    """It would not fit the next time either."""
    result = await ended(call("look"), ContextOverflowError("too long"))

    assert continue_after(BEFORE, result, "") == BEFORE


async def test_what_was_done_before_an_error_stays_with_a_mark() -> None:
    """The model must not do it again, and must know that it was not the end."""
    history = continue_after(BEFORE, await ended(call("look"), ModelUnavailableError("no time")), "half")

    assert [message.role for message in history[2:]] == ["user", "assistant", "tool", "assistant"]
    assert history[-1].text == "half\n\n[ended early: no time]"


async def test_the_step_ceiling_leaves_what_was_done() -> None:
    """So that "go on" goes on."""
    history = continue_after(BEFORE, await ended(call("look"), "never", max_steps=1), "")

    assert history[-1].text.startswith("[ended early: the run used all of its 1 steps")


async def test_a_run_that_was_stopped_in_a_tool_leaves_no_call_without_its_result() -> None:
    """No provider takes one; also where another call of the same step had its result."""
    from executus_core.record.events import ToolFinished

    result = await ended([call("look"), call("wait")], cancel_at=ToolFinished)
    history = continue_after(BEFORE, result, "")

    check_history((*history, Message.user("next")))
    assert result.status == "cancelled"
    assert history[:3] == (*BEFORE, Message.user("and now?"))
    assert history[-1].text == "[stopped by the user]"


async def test_a_run_that_was_stopped_before_it_began_leaves_nothing() -> None:
    """There was no question yet."""
    executor = Executor(models=ScriptedModel(["never"], strict=False))
    run = executor.start(Agent(name="a"), "and now?", Invocation(history=BEFORE))
    run.cancel("enough")

    assert continue_after(BEFORE, await run, "") == BEFORE


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ContextOverflowError("x"), "/new"),
        (ModelAccessError("x"), "/model"),
        (ModelUnavailableError("x"), "/again"),
    ],
)
def test_an_error_of_a_model_has_a_hint(error: Exception, said: str) -> None:
    """That names a command which is there."""
    hint = hint_after(error)

    assert said in hint
    assert {word for word in hint.replace(";", "").split() if word.startswith("/")} <= COMMANDS.keys()


def test_what_nothing_helps_against_has_no_hint() -> None:
    """The error's own sentence says what to do."""
    assert hint_after(None) == hint_after(ValueError()) == ""


# ------------------------------------------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/help", True),
        ("/model acme/large", True),
        ("/nonsense", True),
        ("/", True),
        ("//help", False),
        ("/etc/hosts is a file", False),
        ("/* a comment */", False),
        ("what is /help", False),
        (" /help", False),
        ("", False),
    ],
)
def test_a_command_is_one_word_behind_a_slash(text: str, is_one: bool) -> None:
    """So that paths and comments are inputs."""
    assert is_command(text) is is_one


@pytest.mark.parametrize(
    ("line", "goes"), [("a\\", True), ("a\\\\", False), ("\\\\\\", True), ("a", False), ("", False)]
)
def test_a_line_goes_on_behind_one_backslash(line: str, goes: bool) -> None:
    """Two of them are one that is meant."""
    assert goes_on(line) is goes


def test_the_tab_key_offers_commands_and_then_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing in the middle of a sentence."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan[1].md").touch()
    (tmp_path / "pictures").mkdir()

    assert complete("/mo", "/mo", tuple(COMMANDS)) == ["/model "]
    assert complete("/image p", "p", tuple(COMMANDS)) == ["pictures/", "plan[1].md"]
    assert complete("/image plan[", "plan[", tuple(COMMANDS)) == ["plan[1].md"]
    assert complete("what is p", "p", tuple(COMMANDS)) == []
    assert complete("", "", tuple(COMMANDS)) == []


# -------------------------------------------------------------------------------------------------- what is kept


@given(st.lists(st.text(max_size=20), max_size=8))
def test_what_is_read_is_what_was_kept(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Each input is one line, whatever is typed; blanks in front keep it out."""
    file = tmp_path_factory.mktemp("state") / "deep" / "history"

    for text in texts:
        InputHistory(file).add(text)

    kept = [text for text in texts if text and text.isprintable() and not text[0].isspace()]
    assert InputHistory(file).read() == kept


def test_a_history_that_has_grown_is_shortened_to_its_end(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    file = tmp_path / "history"
    file.write_text("".join(f"line {number}\n" for number in range(2001)))

    assert InputHistory(file).read()[0] == "line 1001"
    assert len(file.read_text().splitlines()) == 1000


def test_a_history_that_can_not_be_kept_disturbs_nobody(tmp_path: Path) -> None:
    """A chat is worth more than its history."""
    (tmp_path / "file").touch()
    (tmp_path / "bytes").write_bytes(b"\xff\n")
    history = InputHistory(tmp_path / "file" / "history")

    history.add("hello")

    assert history.read() == InputHistory(tmp_path / "bytes").read() == []


def test_whoever_opts_out_has_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable may say anything."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    find_history({OPT_OUT: "0"}).add("hello")

    assert not list(tmp_path.rglob("*"))


# ------------------------------------------------------------------------------------------------------ signals


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def test_a_signal_between_two_waits_comes_at_the_next_one() -> None:
    """So that nothing is left half done."""
    signals = Signals()

    with signals.installed():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), signals.raising():
            raise AssertionError("waited")
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Terminated), signals.raising():
            raise AssertionError("waited")


def test_ctrl_c_cancels_an_answer_and_a_second_one_raises() -> None:
    """The first may have come just before the answer began."""
    signals, reasons = Signals(), []

    def answer() -> None:
        with signals.stopping(reasons.append):
            assert reasons == ["interrupted from the keyboard"]
            os.kill(os.getpid(), signal.SIGINT)

    with signals.installed():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            answer()


def test_what_was_handled_before_is_handled_again() -> None:
    """A chat leaves the process as it found it."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with Signals().installed():
        assert signal.getsignal(signal.SIGINT) is not before[0]

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
