"""Approving calls and answering questions at a real pseudo-terminal, in processes of their own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pseudoterminal import START, Terminal

PACK = """
    from executus_core import Plugin, ToolContext, hookimpl, tool

    plugin = Plugin(summary="What asks a person")

    @tool(needs_approval=True)
    def publish(page: str) -> str:
        "Publish a page."
        return f"{page!a} is published"

    @tool
    async def paint(ctx: ToolContext) -> str:
        "Paint a wall."
        return "painted " + await ctx.ask("Which colour?", choices=("red", "blue"))

    @tool(scopes={"wall:paint"})
    def whitewash() -> str:
        "Paint a wall white."
        return "white"

    @hookimpl
    def executus_provide_tools():
        yield from (publish, paint, whitewash)
"""


HINT = "yes           allows this once"


@pytest.fixture
def environ(tmp_path: Path, fake_dist) -> dict[str, str]:
    """An environment with tools that ask, whose state is the test's own."""
    site = fake_dist("asks", PACK).site
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EXECUTUS_", "XDG_"))}
    return {
        **kept,
        "EXECUTUS_PLUGINS": "asks",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(site),
        "PYTHONSAFEPATH": "1",
        "TERM": "xterm-256color",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture
def at_terminal(tmp_path: Path, environ: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Starts commands at terminals."""
    if sys.platform == "win32":
        pytest.skip("pseudo-terminals of POSIX")
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> Terminal:
            made = Terminal([sys.executable, "-c", START, *arguments], tmp_path, environ)
            stack.callback(made.close)
            return made

        yield start


@pytest.fixture
def run(tmp_path: Path, environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs commands without a terminal."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", START, *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


def publishing(page: str) -> list[str]:
    return ["run", "--model", "scripted", "--tool", "publish", f"publish page={page}"]


def test_a_call_is_shown_as_it_would_run_and_only_a_whole_word_allows_it(at_terminal) -> None:
    """What nobody sees is written as its code, and what is nearly a word is asked about again."""
    run = at_terminal(*publishing("new\u202es"))

    run.sees("publish of asks asks to run")
    assert r'"new\u202es"' in run.sees("Allow it?")
    run.types("ye")
    run.sees(HINT)
    run.sees("Allow it?")
    run.types("yes")
    run.sees("is published")

    assert run.ends() == 0


def test_a_refusal_tells_the_model_why(at_terminal) -> None:
    run = at_terminal(*publishing("news"))

    run.sees("Allow it?")
    run.types("no it is a draft")
    run.sees("was denied: it is a draft")

    assert run.ends() == 0


def test_stop_ends_the_run(at_terminal) -> None:
    run = at_terminal(*publishing("news"))

    run.sees("Allow it?")
    run.types("stop")

    assert run.ends() == 1


def test_what_was_typed_before_the_question_is_no_answer(at_terminal) -> None:
    run = at_terminal(*publishing("news"))
    run.presses("yes\ryes\ryes\r")

    run.sees("Allow it?")
    run.types("no")
    run.sees("was denied")

    assert run.ends() == 0


def test_ctrl_c_at_the_question_ends_the_run_and_allows_nothing(at_terminal) -> None:
    run = at_terminal(*publishing("news"))

    run.sees("Allow it?")
    run.presses("\x03")

    assert run.ends() == 130
    assert "is published" not in run.raw


def test_what_is_allowed_always_is_not_asked_again_until_it_is_taken_back(at_terminal, run) -> None:
    """It holds for exactly these arguments, also where nobody is at a terminal."""
    first = at_terminal(*publishing("news"))
    first.sees("Allow it?")
    first.types("always")
    first.sees("is published")
    assert first.ends() == 0

    assert "is published" in run(*publishing("news")).stdout
    assert "was denied" in run(*publishing("other")).stdout
    (held,) = json.loads(run("approvals", "list", "--json").stdout)["approvals"]
    assert (held["tool"], held["origin"], held["scope"]) == ("publish", "asks", "always")
    assert json.loads(held["arguments"]) == {"page": "news"}
    assert held["by"]
    assert "publish" in run("approvals").stdout

    assert run("approvals", "revoke", held["id"][:13]).stdout == "Taken back: 1.\n"
    assert "was denied" in run(*publishing("news")).stdout
    assert "Nothing is allowed" in run("approvals").stdout


def test_revoking_what_is_not_there_is_bad_usage(run) -> None:
    for words in (["nothing"], [], ["a", "--all"]):
        assert run("approvals", "revoke", *words).returncode == 2


def test_without_a_terminal_what_asks_is_refused_unless_it_was_allowed_beforehand(run) -> None:
    refused = run(*publishing("news"))
    allowed = run(*publishing("news"), "--allow", "pub*")

    assert "--allow NAME allows it beforehand" in refused.stdout
    assert "is published" in allowed.stdout


def test_a_tool_that_is_called_by_hand_asks_too(at_terminal, run) -> None:
    refused = run("tools", "call", "publish", "--arg", "page=news")
    allowed = run("tools", "call", "publish", "--arg", "page=news", "--yes")
    asked = at_terminal("tools", "call", "publish", "page=news")
    asked.sees("Allow it?")
    asked.types("yes")

    assert refused.returncode == 1
    assert "--yes allows it beforehand" in refused.stdout + refused.stderr
    assert (allowed.returncode, allowed.stdout) == (0, "'news' is published\n")
    assert asked.ends() == 0


def test_a_question_of_a_tool_is_answered_by_a_choice_or_its_number(at_terminal) -> None:
    run = at_terminal("run", "--model", "scripted", "--tool", "paint", "paint")

    run.sees("Which colour?")
    run.sees("2. blue")
    run.sees("> ")
    run.types("green")
    run.sees("> ")
    run.types("2")
    run.sees("painted blue")

    assert run.ends() == 0


def test_a_person_who_does_not_answer_is_heard_too(at_terminal, run) -> None:
    asked = at_terminal("run", "--model", "scripted", "--tool", "paint", "paint")
    asked.sees("> ")
    asked.presses("\x04")
    asked.sees("the person did not answer")

    assert asked.ends() == 0
    assert "nobody is there to ask" in run("run", "--model", "scripted", "--tool", "paint", "paint").stdout


def test_an_approval_for_a_conversation_holds_in_it_and_in_no_other(at_terminal) -> None:
    chat = at_terminal("chat", "--model", "scripted", "--tool", "publish")

    chat.asks("publish page=news")
    chat.sees("Allow it?")
    chat.types("conversation")
    chat.sees("is published")
    chat.asks("publish page=news")
    chat.sees("is published")
    chat.asks("/new")
    chat.asks("publish page=news")
    chat.sees("Allow it?")
    chat.types("no")
    chat.sees("was denied")
    chat.asks("/quit")

    assert chat.ends() == 0


def test_the_person_at_the_command_line_holds_the_scopes_that_they_name(run) -> None:
    assert run("tools", "call", "whitewash").returncode == 1
    assert run("tools", "call", "whitewash", "--scope", "wall:paint").stdout == "white\n"
