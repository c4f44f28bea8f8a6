"""A real llama.cpp server with a model of our own making, for whoever asks: ``nox -s live`` does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest puts no folder of tests on the path by itself

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llama_server import LlamaServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """The server, once for all tests."""
    from llama_server import llama_server
    from tiny_model import write_tiny_model

    folder = tmp_path_factory.mktemp("live")
    write_tiny_model(folder / "tiny.gguf")
    with llama_server(folder / "tiny.gguf", folder / "server.log") as server:
        yield server
