"""The command line, as a child process, with a model server of one's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from llama_server import LlamaServer  # noqa: TC002 - skips this module where no server is asked for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAIN = "import sys; from executus_core.cli import main; sys.exit(main())"


@pytest.fixture
def executus(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command in an empty folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    environ = {**kept, "EXECUTUS_AUDIT_SQLITE__PATH": str(tmp_path / "audit.db"), "PYTHONSAFEPATH": "1"}

    def execute(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", MAIN, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
        )

    return execute


def test_run_prints_the_models_answer_and_records_the_run(
    server: LlamaServer, executus: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Two options are all the configuration that it needs."""
    asked = executus("run", "--model", "openai/tiny", "--base-url", f"{server.url}/v1", "What is new?")
    shown = executus("runs", "show", "--last", "--json")

    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.strip()
    record = json.loads(shown.stdout)["run"]
    assert (record["status"], record["stats"]["output"].strip()) == ("ok", asked.stdout.strip())


def test_run_says_in_its_first_line_that_the_question_does_not_fit(
    server: LlamaServer, executus: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """And that it failed, by its exit code."""
    asked = executus("run", "--model", "openai/tiny", "--base-url", f"{server.url}/v1", "x " * 4000)

    assert (asked.returncode, asked.stdout.strip()) == (1, "")
    assert "Traceback" not in asked.stderr
    line = asked.stderr.splitlines()[0]
    assert "the conversation does not fit into 'openai/tiny@" in line


def test_run_says_in_its_first_line_that_nothing_answers_there(
    executus: Callable[..., subprocess.CompletedProcess[str]], unused_tcp_port: int
) -> None:
    """With the exit code for what a later try may mend."""
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    asked = executus("run", "--model", "openai/tiny", "--base-url", url, "What is new?")

    assert (asked.returncode, asked.stdout.strip()) == (8, "")
    assert "Traceback" not in asked.stderr
    line = asked.stderr.splitlines()[0]
    assert f"nothing answers for 'openai/tiny@{url}'" in line
