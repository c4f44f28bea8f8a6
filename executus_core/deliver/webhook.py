"""Delivery to a webhook: one POST with a JSON document."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from executus_core.errors import ConfigError, DeliveryError, ExecutusError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from executus_core.llm.json import JsonValue
    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Target

VERSION: Final = 1
"""Of the document; it grows when a field goes or changes its meaning, not when one is added."""
SIGNATURE: Final = "X-Executus-Signature"
MAX_BODY_BYTES: Final = 10_000_000


class HttpResponse(Protocol):
    """What is looked at of an answer."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...


class HttpClient(Protocol):
    """What is asked of an HTTP client; ``guarded_client()`` and any ``httpx.AsyncClient`` have it."""

    async def post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], follow_redirects: bool
    ) -> HttpResponse:
        """Post a document."""
        ...


class Webhook:
    """Posts each run to the URL that is its target's ``id``, as a JSON document with a ``version``.

    One attempt, which any status but 2xx fails, a redirect too. Headers, the secret, and what a URL says beyond its host
    stand in no ``repr`` and no error.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        headers: Mapping[str, str] | None = None,
        secret: str = "",
        max_body_bytes: int = MAX_BODY_BYTES,
        kinds: Collection[str] = ("webhook",),
    ) -> None:
        """Deliver through an HTTP client.

        Args:
            client: Who posts, for example ``executus_core.net.guarded_client()``; it stays the caller's.
            headers: Sent along, for example an ``Authorization``.
            secret: Signs each document: ``X-Executus-Signature`` is the HMAC-SHA256 of the body under this key.
            max_body_bytes: Artifacts that would make the document longer are named in it without their bytes.
            kinds: The kinds of target to serve.

        Raises:
            ConfigError: A header can't be sent; its value is not shown.
        """
        for name, value in (headers or {}).items():
            if not (name.isascii() and name.isprintable() and value.isascii() and value.isprintable()):
                raise ConfigError(
                    f"the webhook's header {name!r} holds what no header may; use printable ASCII in one line"
                )
        self._kinds = frozenset(kinds)
        self._client = client
        self._headers = dict(headers or {})
        self._secret = secret
        self._max_body_bytes = max_body_bytes

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of target that it serves."""
        return self._kinds

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:
        """Post a run's output and artifacts."""
        document: dict[str, JsonValue] = {
            "version": VERSION,
            "run_id": target.run_id,
            "status": "ok",
            "output": _as_text(output),
            "error": None,
        }
        room = self._max_body_bytes - len(json.dumps(document))
        document["artifacts"] = _artifacts(artifacts, room)
        await self._post(target, document)

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        """Post why a run did not end by itself."""
        fault: dict[str, JsonValue] = {"type": type(error).__name__, "message": _as_text(str(error))}
        await self._post(
            target,
            {
                "version": VERSION,
                "run_id": target.run_id,
                "status": "error",
                "output": "",
                "error": fault,
                "artifacts": [],
            },
        )

    async def _post(self, target: Target, document: Mapping[str, JsonValue]) -> None:
        place = _place_of(target.id)
        body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json", **self._headers}
        if target.run_id:
            headers["Idempotency-Key"] = target.run_id
        if self._secret:
            signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={signature}"
        try:
            response = await self._client.post(
                target.id, content=body, headers=headers, follow_redirects=False
            )
        except ExecutusError:
            raise  # the guard's own, which say what is wrong
        except Exception as error:  # noqa: BLE001 - a client may raise anything
            # Without its cause: a message of an HTTP library may hold a header's value, or the whole URL.
            raise DeliveryError(
                f"the webhook at {place} could not be reached: {type(error).__name__}"
            ) from None
        if not 200 <= response.status_code < 300:
            raise DeliveryError(f"the webhook at {place} answered with status {response.status_code}")


def _artifacts(artifacts: Sequence[Artifact], room: int) -> list[JsonValue]:
    """Write artifacts down, each with its bytes as long as there is room for them."""
    written: list[JsonValue] = []
    for artifact in artifacts:
        entry: dict[str, JsonValue] = {
            "name": _as_text(artifact.name),
            "media_type": _as_text(artifact.media_type),
            "size_bytes": len(artifact.data),
            "data": None,
        }
        room -= len(json.dumps(entry))
        encoded_bytes = (len(artifact.data) + 2) // 3 * 4
        if encoded_bytes <= room:
            room -= encoded_bytes
            entry["data"] = b64encode(artifact.data).decode()
        written.append(entry)
    return written


def _as_text(text: str) -> str:
    """Give what any reader of JSON takes: half of a surrogate pair is none."""
    return text.encode("utf-8", "replace").decode()


def _place_of(url: str) -> str:
    """Say where a URL leads, without its user, path or query: they are often secret.

    Raises:
        DeliveryError: It is no URL of a webhook.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise DeliveryError("the target of a webhook is no http or https URL; give the whole URL as its id")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"
