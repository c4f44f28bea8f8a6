"""Hosts are told the truth by a strict type checker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = Path(__file__).with_name("hosts.py")


@pytest.mark.skipif(find_spec("mypy") is None, reason="the session 'types' installs mypy")
@pytest.mark.parametrize("config", ["", "pyproject.toml"], ids=["no config", "pydantic's plugin"])
def test_mypy_agrees_with_the_callers_side(config: str, tmp_path: Path) -> None:
    """Every assertion about a type holds, and every wrong call is refused; with and without pydantic's plugin."""
    options = ["--strict", "--follow-imports=silent", f"--config-file={config}", f"--cache-dir={tmp_path}"]
    command = [sys.executable, "-m", "mypy", *options, str(HOSTS)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("pyright") is None, reason="the session 'types' installs pyright")
def test_pyright_agrees_with_the_callers_side() -> None:
    """The other strict checker says the same."""
    done = subprocess.run(
        ["pyright", "--warnings", str(HOSTS)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
