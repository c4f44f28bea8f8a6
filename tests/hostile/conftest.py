"""Attacks on what guards a host, against canaries in a temporary tree, where a guard that fails could harm nothing.

``nox -s hostile`` runs them by ``confined.sh``: every disk but one in memory is read-only, and there is no network. Outside
they refuse to start.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENCE_S = 120


def is_confined() -> bool:
    """Tell whether nothing of this machine can be written to."""
    return bool(os.statvfs("/").f_flag & os.ST_RDONLY) and not os.access(HERE, os.W_OK)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests to whoever asks for them, and refuse them to whoever asks outside."""
    if is_confined():
        return None
    if any(Path(name.partition("::")[0]).resolve().is_relative_to(HERE) for name in config.args):
        raise pytest.UsageError("hostile tests start only where they can harm nothing: uv run nox -s hostile")
    return True


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """End a test that something hostile keeps waiting: that is a failure, not a hang."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"still waiting after {PATIENCE_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
