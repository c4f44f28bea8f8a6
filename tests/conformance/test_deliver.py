"""The deliveries that come with core keep the contract of their port."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from executus_core import Target
from executus_core.deliver import Folder, StandardOutput, Webhook
from executus_core.testing import DeliveryConformance, DeliveryReading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class TestStandardOutput(DeliveryConformance):
    target = Target("stdout", "")
    carries_files = False

    @pytest.fixture
    def delivery(self) -> StandardOutput:
        self.stream = io.StringIO()
        return StandardOutput(self.stream)

    async def read_back(self, delivery: StandardOutput, target: Target) -> DeliveryReading:
        return DeliveryReading(self.stream.getvalue(), {})


class TestFolder(DeliveryConformance):
    target = Target("folder", "inbox")

    @pytest.fixture
    def delivery(self, tmp_path: Path) -> Folder:
        self.root = tmp_path / "root"
        return Folder(self.root)

    async def read_back(self, delivery: Folder, target: Target) -> DeliveryReading:
        files = {file.name: file.read_bytes() for file in (self.root / target.id).iterdir()}
        text = files.pop("output.txt", None) or files.pop("error.txt")
        return DeliveryReading(text.decode(), files)


@frozen
class Answer:
    """An answer that says yes."""

    status_code: int = 200


class Poster:
    """An HTTP client that keeps what it posts."""

    def __init__(self) -> None:
        self.posted: dict[str, bytes] = {}

    async def post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], follow_redirects: bool
    ) -> Answer:
        self.posted[url] = content
        return Answer()


class TestWebhook(DeliveryConformance):
    target = Target("webhook", "https://hooks.example/run")

    @pytest.fixture
    def delivery(self) -> Webhook:
        self.poster = Poster()
        return Webhook(self.poster)

    async def read_back(self, delivery: Webhook, target: Target) -> DeliveryReading:
        document = json.loads(self.poster.posted[target.id])
        files = {file["name"]: b64decode(file["data"]) for file in document["artifacts"]}
        return DeliveryReading(document["output"] or str(document["error"]), files)
