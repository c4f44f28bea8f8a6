"""The webhook, against a real server on loopback and through the guarded client."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from attrs import define, field

from executus_core import Agent, Artifact, Executor, Invocation, Ports, Target
from executus_core.deliver import Webhook
from executus_core.errors import BlockedAddressError, ConfigError, DeliveryError, MaxStepsError
from executus_core.net import NetPolicy, guarded_client
from executus_core.testing import ScriptedModel, loopback_server

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator

SECRET = "canary-secret-5b1e"
LOOPBACK = NetPolicy(allow_private=("127.0.0.0/8",))


@define
class Receiver:
    """A server that keeps what is posted, and answers as it is told."""

    answer: str = "204 No Content"
    more: str = ""
    port: int = 0
    received: list[tuple[str, dict[str, str], bytes]] = field(factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        exact = dict(line.split(": ", 1) for line in head[1:-2])
        self.received.append((head[0], {name.lower(): value for name, value in exact.items()}, body))
        writer.write(
            f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\nConnection: close\r\n{self.more}\r\n".encode()
        )
        await writer.drain()


@asynccontextmanager
async def receiving(answer: str = "204 No Content", more: str = "") -> AsyncGenerator[Receiver]:
    receiver = Receiver(answer, more)
    async with loopback_server(receiver.serve) as receiver.port:
        yield receiver


async def test_a_run_is_posted_as_one_document() -> None:
    """Through the guarded client, with its id, so that a receiver can tell a repetition."""
    async with receiving() as receiver, guarded_client(LOOPBACK) as client:
        ports = Ports(delivery=Webhook(client, headers={"Authorization": f"Bearer {SECRET}"}))
        invocation = Invocation(run_id="r-1", delivery=Target("webhook", f"{receiver.url}/in?key=1"))
        result = await Executor(models=ScriptedModel(["Grüße \ud800"]), ports=ports).run(
            Agent(name="x"), "go", invocation
        )

    assert result.notes == ()
    ((line, headers, body),) = receiver.received
    assert line == "POST /in?key=1 HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["idempotency-key"] == "r-1"
    assert json.loads(body) == {
        "version": 1,
        "run_id": "r-1",
        "status": "ok",
        "output": "Grüße ?",
        "error": None,
        "artifacts": [],
    }


async def test_an_error_is_posted_with_its_class() -> None:
    """The same fields, so that a receiver reads one shape."""
    async with receiving() as receiver, httpx.AsyncClient() as client:
        await Webhook(client).deliver_error(Target("webhook", receiver.url, "r"), MaxStepsError(3))

    document = json.loads(receiver.received[0][2])
    assert (document["status"], document["output"], document["artifacts"]) == ("error", "", [])
    assert document["error"]["type"] == "MaxStepsError"
    assert "all of its 3 steps" in document["error"]["message"]


async def test_files_come_along_as_long_as_there_is_room() -> None:
    """One that is too large is named, without its bytes, and those behind it still come."""
    files = [Artifact("a", "x/a", b"1" * 30), Artifact("b", "x/b", b"2" * 3000), Artifact("c", "x/c", b"3")]
    async with receiving() as receiver, httpx.AsyncClient() as client:
        await Webhook(client, max_body_bytes=700).deliver(Target("webhook", receiver.url), "out", files)

    body = receiver.received[0][2]
    assert len(body) <= 700
    written = json.loads(body)["artifacts"]
    assert [(one["name"], one["media_type"], one["size_bytes"]) for one in written] == [
        ("a", "x/a", 30),
        ("b", "x/b", 3000),
        ("c", "x/c", 1),
    ]
    assert [one["data"] and b64decode(one["data"]) for one in written] == [b"1" * 30, None, b"3"]


async def test_a_secret_signs_the_document_and_is_not_sent() -> None:
    """A receiver that shares it can tell who wrote, and that nobody changed a byte."""
    async with receiving() as receiver, httpx.AsyncClient() as client:
        await Webhook(client, secret=SECRET).deliver(Target("webhook", receiver.url), "out", [])

    _, headers, body = receiver.received[0]
    assert (
        headers["x-executus-signature"]
        == f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"
    )
    assert SECRET not in f"{headers} {body!r}"


@pytest.mark.parametrize("answer", ["400 Bad Request", "500 Oops", "301 Moved", "307 Temporary", "304 Same"])
async def test_any_status_but_success_fails_the_delivery(answer: str) -> None:
    """One attempt; nothing is posted to wherever a redirect leads."""
    async with (
        receiving() as other,
        receiving(answer, f"Location: {other.url}\r\n") as receiver,
        guarded_client(LOOPBACK) as client,
    ):
        with pytest.raises(DeliveryError) as caught:
            await Webhook(client).deliver(Target("webhook", f"{receiver.url}/hook"), "out", [])

    assert str(caught.value) == f"the webhook at {receiver.url} answered with status {answer[:3]}"
    assert len(receiver.received) == 1
    assert other.received == []


async def test_a_target_inside_of_the_own_network_is_not_reached_unless_allowed() -> None:
    """Who starts a run must not be able to post to the host's neighbours."""
    async with receiving() as receiver, guarded_client() as client:
        with pytest.raises(BlockedAddressError):
            await Webhook(client).deliver(Target("webhook", receiver.url), "out", [])

    assert receiver.received == []


@pytest.mark.parametrize(
    "url", ["", "inbox", "ftp://host/x", "file:///etc/passwd", "https://", "http://[::1", "http://host:port/"]
)
async def test_what_is_no_url_of_a_webhook_is_refused_before_it_is_tried(url: str) -> None:
    """The message does not repeat it."""
    with pytest.raises(DeliveryError, match="is no http or https URL; give the whole URL as its id"):
        await Webhook(None).deliver(Target("webhook", url), "out", [])  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [f"{SECRET}\nbroken", f"{SECRET}\r", f"{SECRET}é"])
def test_a_header_that_can_not_be_sent_is_refused_without_being_shown(value: str) -> None:
    """An HTTP library would say it in its error."""
    with pytest.raises(ConfigError, match="the webhook's header 'X-Key' holds what no header may") as caught:
        Webhook(None, headers={"X-Key": value})  # type: ignore[arg-type]

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("answer", ["500 Oops", "closed"])
async def test_no_error_says_anything_secret(answer: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not the header, not the key that signs, not the path or user of the URL; also not in the traceback of a note."""
    async with receiving(answer) as receiver:
        port = receiver.port if answer != "closed" else 1
        url = f"http://user:{SECRET}@127.0.0.1:{port}/services/{SECRET}?token={SECRET}"
        async with guarded_client(LOOPBACK) as client:
            webhook = Webhook(client, headers={"Authorization": f"Bearer {SECRET}"}, secret=SECRET)
            target = Target("webhook", url)
            executor = Executor(models=ScriptedModel(["done"]), ports=Ports(delivery=webhook))
            with caplog.at_level("DEBUG"):
                result = await executor.run(Agent(name="x"), "go", Invocation(delivery=target))

    assert len(result.notes) == 1
    assert "127.0.0.1" in result.notes[0].message
    assert SECRET not in f"{webhook!r} {target!r} {Invocation(delivery=target)!r} {result!r}"
    assert SECRET not in caplog.text
