"""Processes of their own, for what only a fresh one shows: imports, peaks of memory, the processor's time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any  # noqa: TID251 - JSON that this package wrote itself

HERE = Path(__file__).parents[1]


def run_module(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module of the benchmarks, and read the JSON object that it prints."""
    return _run(["-m", module, *map(str, arguments)])


def run_code(code: str) -> dict[str, Any]:
    """Run a piece of code, and read the JSON object that it prints."""
    return _run(["-c", code])


def _run(arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=HERE,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
