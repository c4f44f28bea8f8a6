"""What a newcomer does first, in processes of their own: run, look at the record, interrupt."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLOW = """
    import pathlib
    import time

    from executus_core import Plugin, hookimpl, tool

    plugin = Plugin(summary="A slow tool")

    @tool
    def nap() -> str:
        "Sleep for a minute."
        pathlib.Path("napping").touch()
        time.sleep(60)
        return "slept"

    @hookimpl
    def executus_provide_tools():
        yield nap
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository."""
    files = {
        "README.md": "# Small\n\nA small tree.\n",
        "small/__init__.py": '"""Small things."""\n',
        "small/main.py": '"""Begins here."""\n\n\ndef main() -> None:\n    print("small")\n',
    }
    for name, text in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "tree"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment whose audit trail is the test's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    return {**kept, "EXECUTUS_AUDIT_SQLITE__PATH": str(tmp_path / "audit.db"), "PYTHONSAFEPATH": "1"}


def command(*arguments: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        "import sys; from executus_core.cli import main; sys.exit(main())",
        *arguments,
    ]


def execute(
    tree: Path, environ: dict[str, str], *arguments: str, text: str = ""
) -> subprocess.CompletedProcess:
    return subprocess.run(
        command(*arguments),
        cwd=tree,
        env=environ,
        input=text.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.batteries
def test_the_first_command_tells_the_truth_and_leaves_a_record(tree: Path, environ: dict[str, str]) -> None:
    """Two commands: one asks, one shows what was done to answer."""
    asked = execute(tree, environ, "run", "How many Python files are there, and which is the largest?")
    shown = execute(tree, environ, "runs", "show", "--last", "--json")

    assert asked.returncode == 0, asked.stderr.decode()
    answer = asked.stdout.decode()
    assert "There are 2 Python files, with 6 lines in all." in answer
    assert "small/main.py: 5 lines" in answer
    assert b"No model is configured" in asked.stderr
    assert shown.returncode == 0, shown.stderr.decode()
    record = json.loads(shown.stdout)["run"]
    assert record["status"] == "ok"
    assert record["stats"]["output"].strip() == answer.strip()


@pytest.mark.batteries
def test_the_script_answers_the_same_with_the_tools_of_the_battery(
    tree: Path, environ: dict[str, str]
) -> None:
    """They have the names of the folder's own, and say the same in the same shape: whoever names them gets them."""
    names = ("count", "list_files", "read_file", "search_files")
    listed = json.loads(execute(tree, environ, "tools", "list", "--json").stdout)["tools"]
    sources = {one["name"]: one["plugin"] for one in listed}
    assert [sources[name] for name in names] == ["executus", *["tools-common"] * 3]

    for prompt in ("How many Python files are there?", "What is this repository?", "Where is main defined?"):
        own = execute(tree, environ, "run", "--quiet", prompt)
        chosen = execute(tree, environ, "run", "--quiet", *(f"--tool={name}" for name in names), prompt)

        assert own.returncode == chosen.returncode == 0, chosen.stderr.decode()
        assert own.stdout == chosen.stdout


@pytest.mark.batteries
def test_a_run_that_was_refused_is_on_record_too(tree: Path, environ: dict[str, str]) -> None:
    """Audit opens before anything can refuse a run."""
    refused = execute(tree, environ, "run", "--tool", "nope", "hi")
    shown = execute(tree, environ, "runs", "show", "--last", "--json")

    assert refused.returncode == 2
    assert json.loads(shown.stdout)["run"]["status"] == "error"


def test_the_prompt_may_come_through_a_pipe(tree: Path, environ: dict[str, str]) -> None:
    """And the answer leaves through one."""
    asked = execute(tree, environ, "run", "--json", text="Where is main defined?")

    assert asked.returncode == 0, asked.stderr.decode()
    assert "small/main.py:4" in json.loads(asked.stdout)["output"]


def test_nothing_leaves_the_machine_and_nothing_is_written_beside_the_record(
    tree: Path, environ: dict[str, str]
) -> None:
    """The scripted model needs no network, and its tools only read."""
    before = sorted(path for path in tree.rglob("*"))
    guard = "import sys\nfrom executus_core.testing.network import no_network\nfrom executus_core.cli import main\n"
    code = f"{guard}with no_network():\n    sys.exit(main(['run', 'What is in this folder?']))\n"

    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env=environ, capture_output=True, timeout=60, check=False
    )

    assert asked.returncode == 0, asked.stderr.decode()
    assert sorted(path for path in tree.rglob("*")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_is_settled_and_prints_what_there_is(
    tree: Path, environ: dict[str, str], fake_dist, number: signal.Signals, code: int
) -> None:
    """The signal comes while a tool runs that can't be stopped: the run ends at once all the same, as cancelled."""
    site = fake_dist("slow", SLOW).site
    environ = {**environ, "PYTHONPATH": str(site)}
    child = subprocess.Popen(
        command("run", "--json", "--tool", "nap", "nap"),
        cwd=tree,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tree / "napping").exists():
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()

    assert child.returncode == code, err.decode()
    document = json.loads(out)
    assert document["status"] == "cancelled"
    assert document["error"]["type"] == "RunCancelledError"
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_a_person_sees_the_tools_go_by(tree: Path, environ: dict[str, str]) -> None:
    """On a terminal there are colours and progress, and the answer stands there once."""
    import pty

    leader, follower = pty.openpty()
    child = subprocess.Popen(
        command("run", "How many Python files are there?"),
        cwd=tree,
        env={**environ, "TERM": "xterm-256color"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    seen = b""
    try:
        while chunk := _read(leader):
            seen += chunk
        child.wait(timeout=60)
    finally:
        child.kill()
        os.close(leader)

    screen = seen.decode()
    assert child.returncode == 0, screen
    assert "\x1b[" in screen
    assert "✓" in screen
    assert screen.count("There are 2 Python files") == 1
    assert "ok · scripted · 3 steps · 2 tool calls" in screen


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 4096)
    except OSError:  # Linux: the other end is closed
        return b""


def test_the_help_imports_nothing_heavy() -> None:
    """Whoever asks for help waits for nothing."""
    code = (
        "import sys; from executus_core.cli import main; main(['run', '--help']);"
        "heavy = {'pydantic', 'rich', 'yaml', 'litellm', 'executus_core.plugin.executor'} & set(sys.modules);"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )

    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)

    assert asked.returncode == 0, asked.stderr.decode()
    assert b"Run an agent on PROMPT" in asked.stdout
