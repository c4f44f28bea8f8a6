"""A real llama.cpp server in a child process, and plain HTTP to it."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

if os.environ.get("EXECUTUS_TEST_LIVE") != "1":  # skips each module that imports this one, as a whole
    pytest.skip("drives a real llama.cpp server: run `nox -s live`", allow_module_level=True)

from tiny_model import CONTEXT_TOKENS

__all__ = ["CONTEXT_TOKENS", "SLOTS", "LlamaServer", "llama_server"]

SLOTS = 4
START_TIMEOUT_S = 60
ANSWER_TIMEOUT_S = 60


class LlamaServer:
    """The server as a test sees it: its address, and what it answers."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str):
        """Ask for something that must be there."""
        status, body = self._ask("GET", path, None)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, body: object) -> tuple[int, dict]:
        """Send JSON; give the status and the JSON that came back."""
        status, answer = self._ask("POST", path, body)
        return status, json.loads(answer)

    def stream(self, path: str, body: dict) -> list[dict]:
        """Send JSON and read the events to their end, without the last one that only says that it is the end."""
        status, answer = self._ask("POST", path, {**body, "stream": True})
        assert status == 200, answer
        lines = [line.removeprefix("data: ") for line in answer.splitlines() if line.startswith("data: ")]
        return [json.loads(line) for line in lines if line != "[DONE]"]

    def busy_slots(self) -> int:
        """Count the answers that are being written now."""
        return sum(slot["is_processing"] for slot in self.get("/slots"))

    @contextmanager
    def freed(self) -> Iterator[None]:
        """Check that whoever was asked in the block does not write on behind it until the context is full."""
        before = self._decoded_tokens()
        yield
        give_up_s = monotonic() + ANSWER_TIMEOUT_S
        while self.busy_slots():
            assert monotonic() < give_up_s
        assert self._decoded_tokens() - before < CONTEXT_TOKENS / 2

    def _decoded_tokens(self) -> int:
        status, lines = self._ask("GET", "/metrics", None)
        assert status == 200, lines
        return int(re.search(r"^llamacpp:n_decode_total (\d+)", lines, re.MULTILINE)[1])

    def _ask(self, method: str, path: str, body: object) -> tuple[int, str]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def llama_server(model: Path, log: Path) -> Iterator[LlamaServer]:
    """Serve a model while the block runs; what the server says goes to a file."""
    script = Path(__file__).with_name("serve.py")
    command = [sys.executable, str(script), str(model), str(SLOTS), str(CONTEXT_TOKENS)]
    pipe = subprocess.PIPE
    with log.open("wb") as said, subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said) as child:
        try:
            yield LlamaServer(_wait_for_address(child, log))
        finally:
            child.stdin.close()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_for_address(child: subprocess.Popen, log: Path) -> str:
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        address = child.stdout.readline().decode().strip() if selector.select(START_TIMEOUT_S) else ""
    if not address:
        child.kill()
        raise RuntimeError(
            f"the llama.cpp server did not start within {START_TIMEOUT_S} s: {log.read_text()}"
        )
    return address
