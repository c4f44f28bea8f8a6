"""``executus chat`` in processes of its own: at a real pseudo-terminal, and behind a pipe."""

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pseudoterminal import BOUND_S, START, Terminal

PARROT = """
    import asyncio
    from pathlib import Path

    from executus_core import Plugin, Provider, hookimpl, tool
    from executus_core.errors import ContextOverflowError, ModelAccessError, ModelUnavailableError
    from executus_core.llm import Message, Response, TextDelta, ThinkingDelta, ToolCall, Usage

    plugin = Plugin(summary="A model that does what it is told")

    @tool
    async def nap() -> str:
        "Sleep for ever."
        Path("napping").touch()
        await asyncio.Event().wait()

    class Once:
        failed = False

    ERRORS = {
        "access": ModelAccessError("acme refuses the key in ACME_KEY; get a new one"),
        "overflow": ContextOverflowError("the conversation has 9,000 tokens, and the model takes 8,000"),
    }

    class Parrot:
        name = "parrot"
        context_tokens = 0

        async def generate(self, request):
            async for piece in self.stream(request):
                pass
            return piece

        async def stream(self, request):
            said = request.messages[-1].text.strip()
            if said in ERRORS:
                raise ERRORS[said]
            if said == "once" and not Once.failed:
                Once.failed = True
                raise ModelUnavailableError("acme has no time")
            if said == "nap":
                yield self.response("", [ToolCall("n1", "nap", "{}")])
                return
            if said == "pause":
                yield TextDelta("first ")
                while not Path("go on").exists():
                    await asyncio.sleep(0.01)
            if said == "endless":
                yield TextDelta("One, two")
                await asyncio.Event().wait()
            if said == "think":
                yield ThinkingDelta("hmm, hmm")
            text = {
                "history": " | ".join(
                    f"{one.role}={one.text}" for one in request.messages[:-1] if one.role != "system"
                ),
                "evil": "a\\x1b[2Jb",
                "pause": "first second",
                "parts": repr(request.messages[-1].parts),
            }.get(said, f"you said {said}")
            for word in text.split(" ") if said != "pause" else ["second"]:
                yield TextDelta(word if word == text.split(" ")[-1] else word + " ")
            yield self.response(text, ())

        def response(self, text, calls):
            return Response(Message.assistant(text, calls), Usage(1200, 34, cost_usd=0.0125), "parrot", "end")

    class Models:
        async def resolve(self, spec):
            return Parrot() if spec in {"fast", "acme/parrot"} else None

        def tiers(self):
            return ("fast",)

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            Path("closed").touch()

    class AskedOnce:
        def read(self):
            return {"failover": {"max_attempts": 1}}

    @hookimpl
    def executus_provide_config():
        yield Provider("asked-once", AskedOnce)

    @hookimpl
    def executus_provide_model():
        yield Provider("parrot", Models)

    @hookimpl
    def executus_provide_tools():
        yield nap
"""
STOPPED = "Stopped. What there is stays in the conversation."

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder to chat in."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path: Path, fake_dist) -> dict[str, str]:
    """An environment in which the parrot answers, and whose state is the test's own."""
    site = fake_dist("parrot", PARROT).site
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EXECUTUS_", "XDG_"))}
    return {
        **kept,
        "EXECUTUS_PLUGINS": "parrot",
        "HOME": str(tmp_path),
        "INPUTRC": "/dev/null",
        "PYTHONPATH": str(site),
        "PYTHONSAFEPATH": "1",
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture
def terminal(here: Path, environ: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Opens chats at terminals."""
    if sys.platform == "win32":
        pytest.skip("pseudo-terminals of POSIX")
    with contextlib.ExitStack() as stack:

        def make(*arguments: str, **variables: str) -> Terminal:
            command = [sys.executable, "-c", START, "chat", *arguments]
            made = Terminal(command, here, {**environ, **variables})
            stack.callback(made.close)
            return made

        yield make


# ------------------------------------------------------------------------------------------------ at a terminal


def test_an_answer_is_written_as_it_comes(terminal, here: Path) -> None:
    """The first word is there while the model has not said the second; behind it what the run used."""
    chat = terminal()
    chat.sees("assistant · fast · /help lists the commands, Ctrl-D leaves")

    chat.asks("pause")
    chat.sees("first ")
    (here / "go on").touch()

    chat.sees("second")
    chat.sees("1,234 tokens · $0.0125 · ")


def test_a_conversation_is_remembered_until_it_is_forgotten(terminal) -> None:
    """The model is sent what was said before, and nothing of it after /new."""
    chat = terminal()

    chat.asks("hello")
    chat.asks("history")
    chat.sees("user=hello | assistant=you said hello")
    chat.asks("/new")
    chat.sees("Forgotten")
    chat.asks("history")
    chat.sees("tokens")
    chat.asks("history")

    assert "hello" not in chat.sees("user=history | assistant=")


def test_ctrl_c_stops_the_answer_and_not_the_chat(terminal) -> None:
    """What was written stays in the conversation, with a mark; the prompt is back."""
    chat = terminal()

    chat.asks("endless")
    chat.sees("One, two")
    chat.presses("\x03")
    chat.sees(STOPPED)
    chat.asks("history")

    chat.sees("user=endless | assistant=One, two\n\n[stopped by the user]")


def test_ctrl_c_stops_a_tool_too(terminal, here: Path) -> None:
    """A call without a result is no part of a conversation: the next input works."""
    chat = terminal("--tool", "nap")

    chat.asks("nap")
    chat.sees("nap")
    while not (here / "napping").exists():
        assert chat.child.poll() is None
        select.select([], [], [], 0.01)
    chat.presses("\x03")
    chat.sees(STOPPED)
    chat.asks("history")

    chat.sees("user=nap")
    chat.sees("[stopped by the user]")


def test_ctrl_d_and_quit_leave_with_0(terminal, here: Path) -> None:
    """And what was open is closed."""
    for key in ("\x04", "/quit\r", "/exit\r"):
        chat = terminal()
        chat.sees("> ")
        chat.presses(key)

        assert chat.ends() == 0
        assert (here / "closed").exists()
        (here / "closed").unlink()


def test_ctrl_c_at_an_empty_prompt_says_how_to_leave_and_then_leaves(terminal, here: Path) -> None:
    """A line that was begun is only dropped."""
    chat = terminal()
    chat.sees("> ")

    chat.presses("half a line")
    chat.sees("half a line")
    chat.presses("\x03")
    assert "leaves" not in chat.sees("> ")
    chat.presses("\x03")
    chat.sees("Ctrl-C once more leaves, as do Ctrl-D and /quit.")
    chat.sees("> ")
    chat.presses("\x03")

    assert chat.ends() == 130
    assert (here / "closed").exists()


def test_ctrl_c_is_forgotten_once_something_was_typed(terminal) -> None:
    """Two of them leave only when they come one after the other."""
    chat = terminal()
    chat.sees("> ")
    chat.presses("\x03")
    chat.sees("once more leaves")
    chat.asks("hello")
    chat.sees("you said hello")
    chat.sees("> ")
    chat.presses("\x03")

    chat.sees("once more leaves")


@pytest.mark.parametrize("said", ["", "endless"])
def test_sigterm_settles_and_leaves_with_143(terminal, here: Path, said: str) -> None:
    """At the prompt, and while an answer is written."""
    chat = terminal()
    chat.sees("> ")
    if said:
        chat.types(said)
        chat.sees("One, two")

    chat.child.send_signal(signal.SIGTERM)

    assert chat.ends() == 143
    assert (here / "closed").exists()
    assert "Traceback" not in chat.raw


def test_an_error_of_the_model_ends_its_run_only(terminal) -> None:
    """One clear sentence, and how to go on; the input can be sent again, and nothing of the failure is remembered."""
    chat = terminal()

    chat.asks("access")
    chat.sees("executus: acme refuses the key in ACME_KEY; get a new one")
    chat.sees("/model SPEC takes another model; /again sends the input once more")
    chat.asks("once")
    chat.sees("executus: acme has no time")
    chat.asks("/again")
    chat.sees("you said once")
    chat.asks("history")

    assert "access" not in chat.sees("user=once | assistant=you said once")


def test_a_context_that_overflows_offers_a_new_conversation(terminal) -> None:
    """What was said before stays, for whoever takes a larger model instead."""
    chat = terminal()

    chat.asks("hello")
    chat.asks("overflow")
    chat.sees("executus: the conversation has 9,000 tokens, and the model takes 8,000")
    chat.sees("/new forgets the conversation")
    chat.asks("history")

    chat.sees("user=hello")


def test_the_model_is_changed_and_one_that_nobody_serves_is_refused(terminal) -> None:
    """The conversation goes on either way."""
    chat = terminal()

    chat.asks("/model")
    chat.sees("Model: fast")
    chat.asks("/model acme/parot")
    chat.sees("executus: no model for 'acme/parot'")
    chat.asks("/model acme/parrot")
    chat.sees("Model: acme/parrot (/model)")
    chat.asks("hello")
    chat.sees("you said hello")


def test_a_pasted_block_and_a_line_that_goes_on_are_one_input(terminal) -> None:
    """A terminal marks what is pasted; a backslash at the end does it by hand."""
    import readline

    chat = terminal()
    chat.asks("one \\")
    chat.types("two")
    chat.sees("you said one \ntwo")
    if "libedit" in (readline.__doc__ or ""):
        pytest.skip("this line editor can't tell what is pasted")
    chat.sees("> ")
    chat.presses("\x1b[200~three\nfour\x1b[201~")
    chat.sees("four")
    chat.types("")

    chat.sees("you said three\nfour")


def test_what_was_typed_is_there_in_the_next_chat(terminal, tmp_path: Path) -> None:
    """Under the arrow key, from a file that only its owner reads; without what began with a blank."""
    chat = terminal()
    chat.asks("hello there")
    chat.sees("you said hello there")
    chat.asks(" a secret")
    chat.sees("you said a secret")
    chat.sees("> ")
    chat.presses("\x04")
    assert chat.ends() == 0

    (file,) = (tmp_path / "state").rglob("chat_history")
    assert file.read_text() == "hello there\n"
    assert file.stat().st_mode & 0o777 == 0o600
    chat = terminal()
    chat.sees("> ")
    chat.presses("\x1b[A\r")
    chat.sees("you said hello there")


def test_nothing_is_kept_for_whoever_says_so(terminal, tmp_path: Path) -> None:
    """By one variable for all of executus."""
    chat = terminal(EXECUTUS_NO_HISTORY="1")
    chat.asks("hello")
    chat.sees("you said hello")
    chat.sees("> ")
    chat.presses("\x04")

    assert chat.ends() == 0
    assert not list((tmp_path / "state").rglob("chat_history"))


def test_the_tab_key_completes_commands(terminal) -> None:
    """And files behind them."""
    chat = terminal()
    chat.sees("> ")
    chat.presses("/thi\t\r")

    chat.sees("The model's reasoning is shown.")


def test_reasoning_is_shown_to_whoever_asks(terminal) -> None:
    """It is no part of the answer."""
    chat = terminal("--thinking")
    chat.asks("think")
    chat.sees("hmm, hmm\n")
    chat.sees("you said think")
    chat.asks("/thinking")
    chat.sees("not shown")
    chat.asks("think")

    assert "hmm" not in chat.sees("you said think")


def test_a_terminal_is_not_steered_by_what_a_model_says(terminal) -> None:
    """Control characters are shown as what they are: not text."""
    chat = terminal()
    chat.asks("evil")
    chat.sees("a\ufffd[2Jb")

    assert "\x1b[2J" not in chat.raw


def test_a_chat_is_saved_for_people_and_for_programs(terminal, here: Path) -> None:
    """What somebody else has written is not overwritten."""
    (here / "there.md").write_text("mine")
    chat = terminal()
    chat.asks("hello")
    for name in ("talk.md", "talk.json", "talk.json"):
        chat.asks(f"/save {name}")
        chat.sees(f"{name} is written.")
    chat.asks("/save there.md")
    chat.sees("there.md: is there already")
    chat.asks("/save talk.txt")
    chat.sees("must end in .md")

    page = (here / "talk.md").read_text()
    assert "## Input\n\nhello\n\n## Answer\n\nyou said hello\n" in page
    document = json.loads((here / "talk.json").read_text())
    assert document["exchanges"][0]["run"]["output"] == "you said hello"
    assert (here / "there.md").read_text() == "mine"


# ------------------------------------------------------------------------------------------------ behind a pipe


def pipe(here: Path, environ: dict[str, str], text: str, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", START, "chat", *arguments],
        cwd=here,
        env=environ,
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        timeout=BOUND_S,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_each_line_of_a_pipe_is_an_input(here: Path, environ) -> None:
    """Answers and nothing else on standard output; the conversation is one."""
    assert pipe(here, environ, "hello\n\nhistory\none \\\ntwo") == (
        0,
        "you said hello\nuser=hello | assistant=you said hello\nyou said one \ntwo\n",
        "",
    )


def test_the_exit_code_is_that_of_the_last_line_that_failed(here: Path, environ) -> None:
    """The others are answered all the same."""
    code, out, err = pipe(here, environ, "once\naccess\nhello\n")

    assert (code, out) == (2, "you said hello\n")
    assert err.splitlines() == [
        "executus: acme has no time (asked 'fast' once for 'fast')",
        "executus: acme refuses the key in ACME_KEY; get a new one",
    ]
    assert pipe(here, environ, "access\nonce\n")[0] == 8


def test_commands_work_in_a_pipe(here: Path, environ) -> None:
    """What they say is not an answer."""
    (here / "dot.png").write_bytes(PNG)

    code, out, err = pipe(
        here, environ, "/image dot.png\nparts\n/runs\n//etc is a path\n/etc/hosts too\n/quit\nhello\n"
    )

    assert code == 0
    assert "ImagePart(data=<67 bytes>, media_type='image/png')" in out
    assert out.endswith("you said /etc is a path\nyou said /etc/hosts too\n")
    assert "Goes with the next input: 1 picture" in err


def test_lines_that_are_of_no_use_are_refused(here: Path, environ) -> None:
    """One sentence each, exit code 2, and the next line is answered."""
    refused = {
        "/nwe": "there is no command '/nwe'. Did you mean '/new'?",
        "/new now": "/new takes nothing behind it",
        "/again": "there is no input yet that could be sent again",
        "/image": "/image takes one file; put a name with blanks into quotes",
        "/image no.png": "/image: no.png can't be read: No such file or directory",
        "/image a.txt": "/image: a.txt is empty",
        "/file 'a b'": "/file a b: No such file or directory",
        "/file a.txt": "no plugin keeps attachments (the port `input_files` is empty), so nobody would see it",
        "/save talk": "/save talk: the name must end in .md for Markdown, or in .json",
        "/save no/talk.md": "/save no/talk.md: No such file or directory",
        "\udcff": "a line of standard input is not UTF-8 text (byte 0)",
    }
    (here / "a.txt").touch()

    code, out, err = pipe(here, environ, "".join(f"{line}\n" for line in refused) + "hello\n")

    assert (code, out) == (2, "you said hello\n")
    assert err.splitlines() == [f"executus: {said}" for said in refused.values()]


def test_json_is_one_document_a_line(here: Path, environ) -> None:
    """As `executus run --json` has it."""
    code, out, _ = pipe(here, environ, "hello\naccess\n", "--json")
    first, second = (json.loads(line) for line in out.splitlines())

    assert code == 2
    assert (first["status"], first["output"]) == ("ok", "you said hello")
    assert (second["status"], second["error"]["type"]) == ("error", "ModelAccessError")


def test_what_can_not_be_opened_is_an_error_at_once(here: Path, environ) -> None:
    """Before anything is read."""
    code, out, err = pipe(here, environ, "hello\n", "--agent", "nobody")

    assert (code, out) == (2, "")
    assert "there is no agent 'nobody'" in err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_piped_chat_settled(here: Path, environ, number: signal.Signals, code: int) -> None:
    """Nobody is there to go on, while a run goes on and a writer keeps the pipe open."""
    child = subprocess.Popen(
        [sys.executable, "-c", START, "chat", "--tool", "nap"],
        cwd=here,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(b"nap\n")
        child.stdin.flush()
        deadline = time.monotonic() + BOUND_S
        while not (here / "napping").exists():
            assert child.poll() is None
            assert time.monotonic() < deadline
            select.select([], [], [], 0.01)
        child.send_signal(number)
        _, err = child.communicate(timeout=BOUND_S)
    finally:
        child.kill()

    assert child.returncode == code, err.decode()
    assert (here / "closed").exists()
    assert b"Traceback" not in err
