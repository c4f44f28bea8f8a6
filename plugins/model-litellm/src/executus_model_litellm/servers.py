"""Asks a server what it is and which models it serves; only by GET, and believing only the shape of its answers."""

from __future__ import annotations

import json
import os
import re
import socket
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from executus_core.record.finding import ModelFinding
from executus_model_litellm.access import is_loopback
from executus_model_litellm.providers import KEYED_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pydantic import SecretStr

    from executus_core.llm import JsonObject

_MAX_BYTES: Final = 4_000_000
_MAX_SPECS: Final = 50
# What servers say of who owns a model, and so of themselves.
_TITLES: Final = {
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "organization_owner": "LM Studio",
    "library": "Ollama",
    "jan": "Jan",
}
_NO_CHAT: Final = re.compile(
    r"embed|\bbge\b|bge-|\be5-|\bgte-|minilm|rerank|whisper|\btts\b|-tts|stable-diffusion|\bclip\b|moderation",
    re.IGNORECASE,
)
_NO_CHAT_FAMILIES: Final = {"bert", "nomic-bert", "nomic-bert-moe", "clip", "xlmroberta"}


class NotThereError(Exception):
    """Nobody answers at an address.

    Attributes:
        problem: What is wrong, as the end of a sentence.
        remedy: What helps.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        """Keep both."""
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@frozen
class Reply:
    """What a server answered.

    Attributes:
        status: The HTTP status.
        body: The JSON object of its body; empty when that is something else.
    """

    status: int
    body: JsonObject


class Asker:
    """Asks servers, each question within a bounded time."""

    def __init__(self, timeout_s: float, api_keys: Mapping[str, SecretStr]) -> None:
        """Open nothing yet."""
        self._timeout_s = timeout_s
        self._api_keys = api_keys
        # a proxy of the environment is for elsewhere
        self._here = httpx.AsyncClient(timeout=timeout_s, trust_env=False)
        self._elsewhere: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        """Give the asker."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._here.aclose()
        if self._elsewhere is not None:
            await self._elsewhere.aclose()

    async def get(self, url: str, server: str) -> Reply:
        """Get a JSON object.

        Raises:
            NotThereError: There is no answer.
        """
        try:
            async with self._client(url).stream("GET", url, headers=self._headers(server)) as response:
                content = b""
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > _MAX_BYTES:
                        return Reply(response.status_code, {})
        except httpx.HTTPError as error:
            raise _not_there(url, error) from None
        return Reply(response.status_code, _object_in(content))

    def _client(self, url: str) -> httpx.AsyncClient:
        if is_loopback(url):
            return self._here
        if self._elsewhere is None:
            self._elsewhere = httpx.AsyncClient(timeout=max(5.0, self._timeout_s))
        return self._elsewhere

    def _headers(self, server: str) -> dict[str, str]:
        secret = self._api_keys.get(server)
        key = secret.get_secret_value() if secret is not None else ""
        if not key and server.startswith("https:"):
            key = os.environ.get(KEYED_BY_NAME["openai"].key_variables[0], "").strip()
        return {"authorization": f"Bearer {key}"} if key else {}


async def look_at(asker: Asker, url: str) -> ModelFinding:
    """Say what serves at an address.

    Raises:
        NotThereError: Nobody.
    """
    root = url.removesuffix("/v1")
    place = urlsplit(url).netloc
    is_ollama = isinstance((await asker.get(f"{root}/api/version", url)).body.get("version"), str)
    if is_ollama:
        tags = await asker.get(f"{root}/api/tags", url)
        return _found_ollama(f"Ollama on {place}", root, tags)
    base = url if urlsplit(url).path else f"{url}/v1"
    reply = await asker.get(f"{base}/models", url)
    if not _models_in(reply) and reply.status == 404 and not base.endswith("/v1"):
        base = f"{base}/v1"
        reply = await asker.get(f"{base}/models", url)
    return _found_server(place, base, reply)


def _found_ollama(place: str, root: str, reply: Reply) -> ModelFinding:
    models = reply.body.get("models")
    names: list[str] = []
    for model in cast("list[object]", models) if isinstance(models, list) else []:
        table = cast("dict[str, object]", model) if isinstance(model, dict) else {}
        details = table.get("details")
        family = cast("dict[str, object]", details).get("family") if isinstance(details, dict) else ""
        name = table.get("name")
        if isinstance(name, str) and family not in _NO_CHAT_FAMILIES:
            names.append(name.removesuffix(":latest"))
    at = "" if root in {"http://127.0.0.1:11434", "http://localhost:11434"} else f"@{root}"
    return _found(
        place, [f"ollama_chat/{name}{at}" for name in _in_order(names)], "pull one: ollama pull qwen3"
    )


def _found_server(place: str, base: str, reply: Reply) -> ModelFinding:
    models = _models_in(reply)
    if models is None:
        if reply.status in {401, 403}:
            remedy = (
                f'set api_keys."{base}" of [plugin.model-litellm] to its key, or token_env of its endpoint'
            )
            return ModelFinding(f"a server on {place}", (), "wants a key", remedy)
        what = f"answers with {reply.status}" if reply.status >= 400 else "answers"
        remedy = "check the address: a model server has a list of its models at /v1/models"
        return ModelFinding(f"a server on {place}", (), f"{what}, and is no model server", remedy)
    owners = {str(model.get("owned_by", "")).lower() for model in models}
    title = next((_TITLES[owner] for owner in sorted(owners) if owner in _TITLES), "a model server")
    names = [name for model in models if isinstance(name := model.get("id"), str) and name]
    return _found(
        f"{title} on {place}", [f"openai/{name}@{base}" for name in _in_order(names)], "load a model there"
    )


def _found(place: str, specs: list[str], remedy: str) -> ModelFinding:
    if not specs:
        return ModelFinding(place, (), "serves no model that can chat", remedy)
    return ModelFinding(place, tuple(specs[:_MAX_SPECS]))


def _in_order(names: list[str]) -> list[str]:
    """Leave out what can't chat, and put what a person hardly means last; else as the server has them, the latest first."""
    return sorted(
        (name for name in names if not _NO_CHAT.search(name)),
        key=lambda name: (name.endswith("cloud"), "base" in name.lower()),
    )


def _models_in(reply: Reply) -> list[Mapping[str, object]] | None:
    """Give the models of a list in OpenAI's shape; None when it is none."""
    data = reply.body.get("data")
    if reply.status != 200 or not isinstance(data, list):
        return None
    return [
        cast("Mapping[str, object]", model) for model in cast("list[object]", data) if isinstance(model, dict)
    ]


def _object_in(content: bytes) -> JsonObject:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("JsonObject", body) if isinstance(body, dict) else {}


def _not_there(url: str, error: httpx.HTTPError) -> NotThereError:
    if isinstance(error, httpx.TimeoutException):
        return NotThereError("does not answer in time", "check that the server is up, and try again")
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, socket.gaierror):
            return NotThereError("is a host that nobody knows", "check the address")
        under = under.__cause__ or under.__context__
    where = (
        "start the model server, or check the port"
        if is_loopback(url)
        else "check the address and the network"
    )
    return NotThereError("can't be reached", where)
