"""What goes wrong in the first hour, in real processes over real HTTP: each is one sentence, a code, and a run on record.

The table reads as the manual's page "When it fails" does, which the last test holds against it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import field, frozen

from executus_core.testing import (
    ModelServer,
    cut_after,
    empty_body,
    garbage,
    hang,
    http_error,
    overflow,
    refused_content,
    unfinished_after,
)

pytestmark = [pytest.mark.batteries, pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")]

KEY = "sk-tHe-oNe-aNd-oNly-kEy-1234567890"
ANSWER = "one two three four five six seven eight"
CODE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"  # as a shell's foreground job
    "from executus_core.cli import main; sys.exit(main())"
)
AT_ONCE = b"[failover]\nmax_attempts = 1\n"
"""How often a call is tried is another matter; here each failure comes once."""
TOOLS = """
from executus_core import Plugin, hookimpl, tool

plugin = Plugin(summary="Dice")

@tool
def roll(sides: int = 6) -> int:
    "Roll one die."
    return 4

@hookimpl
def executus_provide_tools():
    yield roll
"""


@frozen
class Situation:
    """Something that goes wrong.

    Attributes:
        code: The exit code.
        error: The class of the error.
        says: What the sentence says: what is wrong and what to do next.
        script: What the model server answers; None where none listens.
        arguments: Beside ``run`` and the prompt.
        environ: Beside the key and the address; None takes a variable away.
        status: How the run ended; "" where none began.
        server: How the server is set up.
        stdin: Standard input.
        files: What lies in the folder.
        is_interrupted: Whether somebody presses Ctrl-C as soon as the model is asked.
    """

    code: int
    error: str
    says: tuple[str, ...]
    script: list | Callable | None = None
    arguments: tuple[str, ...] = ("--model", "openai/test-model")
    environ: dict[str, str | None] = field(factory=dict)
    status: str = "error"
    server: dict = field(factory=dict)
    stdin: bytes | None = None
    files: dict[str, bytes] = field(factory=dict)
    is_interrupted: bool = False


NOBODY = "http://127.0.0.1:9/v1"

SITUATIONS = {
    # the key and the model
    "a wrong key": Situation(
        2,
        "ModelAccessError",
        ("'openai/test-model'", "was refused", "check OPENAI_API_KEY"),
        [],
        server={"key": "sk-another"},
    ),
    "no key": Situation(
        2,
        "ModelAccessError",
        ("'openai/test-model'", "OPENAI_API_KEY is not set", "set it"),
        environ={"OPENAI_API_KEY": None},
    ),
    "a key that was copied badly": Situation(
        2,
        "ModelAccessError",
        ("'openai/test-model'", "OPENAI_API_KEY", "copy the key anew"),
        environ={"OPENAI_API_KEY": f"{KEY}é"},
    ),
    "a model that is not there": Situation(
        2,
        "ModelResolutionError",
        ("'openai/gpt-99'", "there is no", "executus models"),
        [],
        ("--model", "openai/gpt-99"),
    ),
    "a provider that nobody knows": Situation(
        2, "ModelResolutionError", ("'acme/large'", "no model"), None, ("--model", "acme/large")
    ),
    "a provider with a typing error": Situation(
        2,
        "ModelResolutionError",
        ("'opnai/gpt-4o'", "no provider 'opnai'", "Did you mean 'openai'?"),
        None,
        ("--model", "opnai/gpt-4o"),
    ),
    "a provider without a model": Situation(
        2,
        "ModelResolutionError",
        ("'openai/'", "write its name behind"),
        None,
        ("--model", "openai/"),
    ),
    "a model without its provider": Situation(
        2,
        "ModelResolutionError",
        ("'gpt-99'", "write a model as PROVIDER/MODEL"),
        None,
        ("--model", "gpt-99"),
    ),
    "a model that can't call tools": Situation(
        1,
        "ModelError",
        ("'openai/test-model'", "can't call tools", "choose a model that can"),
        [http_error(400, "test-model does not support tools")],
        ("--model", "openai/test-model", "--tool", "roll"),
    ),
    "a tier that nobody named": Situation(
        2,
        "ModelResolutionError",
        ("no model for 'fats'", "Did you mean 'fast'?"),
        None,
        ("--model", "fats"),
        files={"executus.toml": b'[models]\nfast = "openai/test-model"\n'},
    ),
    "a circle of tiers": Situation(
        2,
        "ConfigError",
        ("executus.toml", "round in a circle: fast = slow = fast"),
        status="",
        files={"executus.toml": b'[models]\nfast = "slow"\nslow = "fast"\n'},
    ),
    "an endpoint without its token": Situation(
        2,
        "ConfigError",
        ("executus.toml: [endpoints] box", "the environment variable 'BOX_TOKEN'", "is not set"),
        status="",
        files={
            "executus.toml": b'[endpoints.box]\ntype = "openai"\nurl = "http://127.0.0.1:9"\ntoken_env = "BOX_TOKEN"\n'
        },
    ),
    # the address
    "every model of a chain fails": Situation(
        8,
        "ModelUnavailableError",
        ("nothing answers", "asked 'openai/a' once, 'openai/b' once for 'openai/a, openai/b'"),
        None,
        ("--model", "openai/a, openai/b"),
        {"OPENAI_BASE_URL": NOBODY},
        files={"executus.toml": b"[failover]\nmax_attempts = 2\n"},
    ),
    "a server that is not there": Situation(
        8,
        "ModelUnavailableError",
        ("'openai/test-model'", "nothing answers", NOBODY, "start the model server"),
        environ={"OPENAI_BASE_URL": NOBODY},
    ),
    "an address without http://": Situation(
        8, "ModelUnavailableError", ("127.0.0.1:9",), None, ("--base-url", "127.0.0.1:9/v1")
    ),
    "an address that is no model server's": Situation(
        8, "ModelUnavailableError", ("check that", "base URL"), [garbage()]
    ),
    # the answer
    "a conversation that does not fit": Situation(
        1,
        "ContextOverflowError",
        ("'openai/test-model'", "does not fit", "more context"),
        [overflow()],
    ),
    "an answer that is cut off": Situation(
        8,
        "ModelUnavailableError",
        ("'openai/test-model'", "its answer", "try again"),
        [cut_after(3, ANSWER)],
    ),
    "an answer that ends too soon": Situation(
        8,
        "ModelUnavailableError",
        ("'openai/test-model'", "in the middle of its answer", "try again"),
        [unfinished_after(3, ANSWER)],
    ),
    "too many requests": Situation(
        8,
        "ModelUnavailableError",
        ("'openai/test-model'", "too many requests", "try again in 7 s"),
        [http_error(429, retry_after_s=7)],
    ),
    "a server that fails": Situation(
        8, "ModelUnavailableError", ("'openai/test-model'", "failed with 500", "try again"), [http_error(500)]
    ),
    "an answer with nothing in it": Situation(
        8, "ModelUnavailableError", ("'openai/test-model'", "try again"), [empty_body()]
    ),
    "a content filter": Situation(
        1,
        "ModelError",
        ("'openai/test-model'", "refused this content", "change the request"),
        [refused_content()],
    ),
    "a server that never answers": Situation(
        4,
        "RunTimeoutError",
        ("did not end within 2 s", "raise max_runtime_s"),
        lambda _asked: hang(),  # it may also be out of time before it asks
        ("--model", "openai/test-model", "--timeout", "2"),
        status="timeout",
    ),
    "Ctrl-C": Situation(
        130,
        "RunCancelledError",
        ("interrupted from the keyboard",),
        [hang()],
        status="cancelled",
        is_interrupted=True,
    ),
    # what is handed in
    "an agent with a typing error": Situation(
        2,
        "ConfigError",
        ("clerk.toml", "unknown field 'tols'", "Did you mean 'tools'?"),
        arguments=("--agent", "clerk.toml"),
        status="",
        files={"clerk.toml": b'name = "clerk"\ntols = ["roll"]\n'},
    ),
    "settings that are no TOML": Situation(
        2,
        "ConfigError",
        ("executus.toml", "not valid TOML", "line 1"),
        status="",
        files={"executus.toml": b"[plugins\n"},
    ),
    "a picture that is none": Situation(
        2,
        "ConfigError",
        ("--image: page.png", "is no picture that can be read; give PNG"),
        arguments=("--image", "page.png"),
        status="",
        files={"page.png": b"<!doctype html>"},
    ),
    "standard input that is no text": Situation(
        2, "ConfigError", ("standard input is not UTF-8 text", "--file"), status="", stdin=b"\xff\xfe\x00\x81"
    ),
}


@frozen
class Outcome:
    """What came of a situation: exit code, standard output and error, the record, and the server's own complaints."""

    code: int
    out: str
    err: str
    record: str
    problems: list[str]

    @property
    def sentence(self) -> str:
        """What it says on standard error, without the hint below."""
        (one,) = (line for line in self.err.splitlines() if line.startswith("executus: "))
        return one.removeprefix("executus: ")


def play(situation: Situation, folder: Path, *options: str) -> Outcome:
    """Have it happen in a folder of its own, and look at the record."""
    (folder / "home").mkdir(parents=True)
    for name, content in {"executus.toml": AT_ONCE, **situation.files}.items():
        (folder / name).write_bytes(content)
    with ExitStack() as stack:
        server = None
        if situation.script is not None:
            server = stack.enter_context(
                ModelServer("openai", situation.script, strict=False, **situation.server)
            )
        environ = make_environ(folder, server, situation)
        prompt = () if situation.stdin is not None else ("hi",)
        child = subprocess.Popen(
            [sys.executable, "-c", CODE, "run", *situation.arguments, *options, *prompt],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        stack.callback(child.kill)
        if situation.is_interrupted and server is not None:
            wait_until_asked(server, child)
            child.send_signal(signal.SIGINT)
        out, err = child.communicate(situation.stdin or b"", timeout=120)
        problems = server.problems() if server is not None else []
    shown = subprocess.run(
        [sys.executable, "-c", CODE, "runs", "show", "--last", "--json"],
        cwd=folder / "home",
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Outcome(child.returncode, out.decode(), err.decode(), shown.stdout.decode(), problems)


def make_environ(folder: Path, server: ModelServer | None, situation: Situation) -> dict[str, str]:
    address = {"OPENAI_BASE_URL": server.base_url} if server is not None else {}
    own = {
        "HOME": str(folder / "home"),
        "PATH": os.environ["PATH"],
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(folder.parent / "site"),
        "OPENAI_API_KEY": KEY,
    }
    wanted = {**own, **address, **situation.environ}
    return {name: value for name, value in wanted.items() if value is not None}


def wait_until_asked(server: ModelServer, child: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while not server.requests:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="session")
def outcomes(request, tmp_path_factory) -> dict[str, Future[Outcome]]:
    """Every situation that a test of this session looks at: side by side, since each process imports a heavy library."""
    folder = tmp_path_factory.mktemp("first-hour")
    install_tools(folder / "site")
    named = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {
        one.params["name"]: None for one in named if one is not None and one.params.get("name") in SITUATIONS
    }
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        futures = {
            name: pool.submit(play, SITUATIONS[name], folder / str(number), "--json")
            for number, name in enumerate(wanted)
        }
        yield futures
        for future in futures.values():
            future.cancel()


def install_tools(site: Path) -> None:
    about = site / "dice-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "dice.py").write_text(TOOLS)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: dice\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[executus.v1]\ndice = dice\n")


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_says_what_is_wrong_and_what_to_do(name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    """One sentence for people, the documented code for programs, and nothing of the machinery."""
    outcome, situation = outcomes[name].result(), SITUATIONS[name]

    assert outcome.code == situation.code, outcome.err
    assert [part for part in situation.says if part not in outcome.sentence] == [], outcome.sentence
    assert len(outcome.err.splitlines()) <= 2, outcome.err
    assert "Traceback" not in outcome.err
    assert "litellm" not in outcome.err.replace("[plugin.model-litellm]", "")
    assert outcome.problems == []


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_is_a_document_for_programs(name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    """The same sentence, with the class of the error and how the run ended."""
    outcome, situation = outcomes[name].result(), SITUATIONS[name]
    document = json.loads(outcome.out)

    assert document["error"]["type"] == situation.error
    assert " ".join(document["error"]["message"].split()) == outcome.sentence
    assert document["status"] == (situation.status or "error")
    assert document["output"] in {"", ANSWER[: len(document["output"])]}
    assert (document["run_id"] is None) is (situation.status == "")


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_run_that_began_is_settled_on_record(name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    """With its end and the reason, and without the key."""
    outcome, situation = outcomes[name].result(), SITUATIONS[name]

    assert KEY not in outcome.out + outcome.err + outcome.record
    if situation.status == "":
        assert outcome.record == ""
        return
    run = json.loads(outcome.record)["run"]
    assert run["run_id"] == json.loads(outcome.out)["run_id"]
    assert run["status"] == situation.status
    assert run["stats"]["error"].startswith(f"{situation.error}: ")


def test_standard_output_is_for_answers_alone(tmp_path: Path) -> None:
    """Without ``--json`` a script that reads the answer of a run that failed reads nothing."""
    outcome = play(SITUATIONS["no key"], tmp_path / "here")

    assert outcome.code == 2
    assert outcome.out == ""


def test_the_manual_has_every_situation_with_its_code() -> None:
    """The page is found by what people see; it says the code that is really given."""
    page = Path(__file__).parents[2] / "docs/how-to/when-it-fails.md"
    if not page.exists():
        pytest.skip("the manual is not part of an sdist")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (\d+) \|$", page.read_text(), re.MULTILINE)
    codes = {means: int(code) for _, means, _, code in rows}
    assert {name: codes.get(name) for name in SITUATIONS} == {
        name: one.code for name, one in SITUATIONS.items()
    }
