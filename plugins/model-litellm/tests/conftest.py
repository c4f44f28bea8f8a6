"""What the tests share: an environment without keys, and a way to run code in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from executus_model_litellm.providers import KEYED

if TYPE_CHECKING:
    from collections.abc import Callable

_VARIABLES = [
    *(name for provider in KEYED for name in (*provider.key_variables, *provider.base_variables)),
    "OLLAMA_HOST",
    "OLLAMA_API_BASE",
]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the keys and addresses of whoever runs the tests."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run_child() -> Callable[..., object]:
    """Runs code in a fresh interpreter, and gives what it prints last as JSON; it may print nothing else."""

    def run(code: str, **environ: str) -> object:
        child = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environ},
            timeout=120,
        )
        assert child.returncode == 0, child.stderr
        assert child.stderr == ""
        (line,) = child.stdout.splitlines()
        return json.loads(line)

    return run
