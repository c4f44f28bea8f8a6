"""What is found when nobody has named a model: keys first, then servers on this machine, each confirmed by its answer."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from executus_core.testing import ModelServer, loopback_server
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from executus_core.record.finding import ModelFinding


async def find(base_url: str = "", *, ports: tuple[int, ...] = (), **settings: object) -> list[ModelFinding]:
    """Look, within a second on any machine that is not busy."""
    source = LitellmModels(Settings(local_ports=ports, find_timeout_s=10, **settings))
    return list(await source.find_models(base_url))


def port_of(server: ModelServer) -> int:
    """Give the port that a server listens on."""
    return urlsplit(server.url).port or 0


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def answering(content: bytes, status: int = 200, media_type: str = "text/html") -> AsyncIterator[str]:
    """Have a server that gives every question the same answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {len(content)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n".encode() + content)
        await writer.drain()

    async with loopback_server(answer) as port:
        yield f"http://127.0.0.1:{port}"


async def test_without_anything_it_says_what_to_do() -> None:
    """No key and no server: each place with its problem and its remedy."""
    keys, servers = await find(ports=(free_port(),))

    assert (keys.specs, servers.specs) == ((), ())
    assert keys.problem
    assert "ANTHROPIC_API_KEY" in keys.remedy
    assert servers.problem.startswith("none answers on port")
    assert "ollama serve" in servers.remedy


async def test_a_key_in_the_environment_is_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a small model to begin with; every key is listed, and comes before the servers."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("GOOGLE_API_KEY", "g-1")
    monkeypatch.setenv("MISTRAL_API_KEY", " ")
    with ModelServer("openai", models=("qwen3",), strict=False) as server:
        found = await find(ports=(port_of(server),), api_keys={"groq": SecretStr("k")})

    assert [finding.place for finding in found[:2]] == [
        "OPENAI_API_KEY in the environment",
        "GOOGLE_API_KEY in the environment",
    ]
    assert [finding.specs[0].partition("/")[0] for finding in found] == ["openai", "gemini", "groq", "openai"]
    assert "sk-1" not in repr(found)


async def test_servers_are_found_by_what_they_answer() -> None:
    """Ollama and servers of OpenAI's wire, whatever port they listen on; a spec of each can be asked as it stands."""
    with (
        ModelServer("openai", models=("nomic-embed-text", "qwen3"), strict=False) as other,
        ModelServer(
            "ollama", models=("llama3.2:latest", "bge-m3", "gpt-oss:120b-cloud"), strict=False
        ) as ollama,
    ):
        found = await find(ports=(port_of(other), port_of(ollama), free_port()))

        assert [finding.specs for finding in found[:2]] == [
            (f"openai/qwen3@{other.base_url}",),
            (f"ollama_chat/llama3.2@{ollama.url}", f"ollama_chat/gpt-oss:120b-cloud@{ollama.url}"),
        ]
        assert found[1].place == f"Ollama on 127.0.0.1:{port_of(ollama)}"
        assert {asked.method for server in (other, ollama) for asked in server.look_ups} == {"GET"}
        assert LitellmModels(Settings()).find(found[0].specs[0]) is not None


async def test_ollama_is_looked_for_where_its_own_client_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """``OLLAMA_HOST`` says where."""
    with ModelServer("ollama", models=("llama3.2",), strict=False) as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url.removeprefix("http://"))
        found = await find()

    assert found[0].specs == (f"ollama_chat/llama3.2@{ollama.url}",)


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine is asked directly."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with ModelServer("openai", models=("qwen3",), strict=False) as server:
        found = await find(ports=(port_of(server),))

    assert found[0].specs


async def test_who_is_no_model_server_is_not_taken_for_one() -> None:
    """A page, a list of something else, an error: it answers, and is something else."""
    for content, status in (
        (b"<html>Jenkins</html>", 200),
        (b"[]", 200),
        (b'{"data": "x"}', 200),
        (b"no", 500),
    ):
        async with answering(content, status) as url:
            _, found = await find(ports=(urlsplit(url).port or 0,))

        assert not found.specs
        assert "is no model server" in found.problem


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
async def test_a_named_server_is_asked_alone(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """However its address is written, and nobody else is looked at."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with ModelServer("openai", models=("qwen3",), strict=False) as server, ModelServer(strict=False) as other:
        (found,) = await find(server.url + path, ports=(port_of(other),))

        assert found.specs == (f"openai/qwen3@{server.base_url}",)
        assert other.look_ups == []
        assert not any("authorization" in asked.headers for asked in server.look_ups)


async def test_a_named_server_that_wants_a_key_gets_its_own() -> None:
    """And says how to give it one."""
    with ModelServer("openai", models=("qwen3",), key="sk-9", strict=False) as server:
        (locked,) = await find(server.base_url)
        (found,) = await find(server.base_url, api_keys={server.base_url: SecretStr("sk-9")})

    assert locked.problem == "wants a key"
    assert server.base_url in locked.remedy
    assert "token_env" in locked.remedy, "what is set for an address is not sent for an endpoint"
    assert found.specs


async def test_a_named_server_that_is_not_there_is_told() -> None:
    """What is wrong, and what helps."""
    (gone,) = await find(f"http://127.0.0.1:{free_port()}/v1")
    (wrong,) = await find("http://")
    with ModelServer("openai", models=("text-embedding-3",), strict=False) as server:
        (nothing,) = await find(server.base_url)

    assert gone.problem == "can't be reached"
    assert "start the model server" in gone.remedy
    assert wrong.problem == "is no address of a model server"
    assert nothing.problem == "serves no model that can chat"
