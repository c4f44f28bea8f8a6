"""Lets the sweeps share ``sweepkit``, and keeps the long ones for those who ask: ``pytest tests/sweeps -m slow``."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest puts no folder of tests on the path by itself


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is slow, unless the marker expression speaks of it."""
    if "slow" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Log nothing: formatting the tracebacks of thousands of planted faults takes longer than the runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
