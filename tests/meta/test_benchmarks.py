"""The benchmarks run, and have a row for every goal. What they measure is nobody's test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GOALS = {
    ("step", "10 steps, ports empty"): 1.5,
    ("step", "300 steps, ports empty"): 1.5,
    ("step", "10 steps, all in memory"): 3,
    ("step", "300 steps, all in memory"): 3,
    ("growth", "ports empty"): 1.1,
    ("growth", "all in memory"): 1.1,
    ("run", "ports empty"): 5,
    ("run", "all in memory"): 15,
    ("parallel", "8 calls, ports empty"): 1.5,
    ("stream", "delta, all at once"): 5,
    ("output", "reading the answer"): 1.5,
    ("compact", "drop-tool-results, 2,000 messages to 1,000"): 2.5,
    ("compact", "summarise, 2,000 messages to 1,000"): 2.5,
    ("compact", "window, 2,000 messages to 1,000"): 2.5,
    ("compact", "tiered, 2,000 messages to 1,000"): 2.5,
    ("concurrent", "CPU of a run"): 2.5,
    ("concurrent", "memory of a run"): 8,
    ("audit-sqlite", "wall time of 1,000 runs"): 1.3,
    ("audit-sqlite", "runs lost"): 0,
    ("import", "import executus_core, wall time"): 2.5,
    ("import", "import executus_core, CPU"): 2.5,
    ("import", "pydantic, litellm or sockets in it"): 0,
    ("start", "executus --help"): 3,
    ("start", "executus plugins"): 4,
    ("start", "executus --help, with litellm to without"): 1.1,
    ("start", "executus plugins, with litellm to without"): 1.1,
    ("discover", "10 plugins among 500 distributions"): 1.5,
}


@pytest.fixture
def benchmarks(root: Path, tmp_path: Path):
    """Runs them as their nox session does: away from the checkout, over what is installed."""
    shutil.copytree(root / "benchmarks", tmp_path / "benchmarks")
    # the folder in which a module is run is on its path, unless that is forbidden
    env = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}

    def run(*arguments: str) -> list[dict]:
        command = [sys.executable, "-m", "benchmarks", "--json", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_every_goal_has_its_row(benchmarks) -> None:
    rows = benchmarks("--list")
    assert {(row["case"], row["row"]): row["goal"] for row in rows if row["goal"] is not None} == GOALS


def test_every_row_is_explained(benchmarks, root: Path) -> None:
    manual = (root / "docs/reference/benchmarks.md").read_text()
    rows = [row for row in benchmarks("--list") if row["case"] != "peers"]
    assert not {row["row"] for row in rows if f"| {row['row']} |" not in manual}
    assert not {row["case"] for row in benchmarks("--list") if f"### {row['case']}\n" not in manual}


def test_they_run(benchmarks) -> None:
    rows = benchmarks("--quick", "import")
    assert all(row["value"] is not None for row in rows)
    (heavy,) = (row for row in rows if row["row"] == "pydantic, litellm or sockets in it")
    assert heavy["value"] == 0
