"""What a host lets requests carry, by origin; a model neither sees nor names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

HIDDEN: Final = "[credential]"
_PORTS: Final = {"http": 80, "https": 443}


class Credentials:
    """The ``Authorization`` of each origin that has one."""

    def __init__(self, by_origin: Mapping[str, SecretStr]) -> None:
        """Take them.

        Args:
            by_origin: Values of the header, by origin, such as ``https://api.example.com``.
        """
        self._held = {origin_of(origin): secret for origin, secret in by_origin.items()}

    def find(self, url: str) -> str:
        """Find what a request to an address carries, or ""."""
        secret = self._held.get(origin_of(url))
        return secret.get_secret_value() if secret is not None else ""

    def hide(self, text: str) -> str:
        """Take credentials out of a text that a server sent back."""
        for secret in self._held.values():
            value = secret.get_secret_value()
            for shown in (value, value.rpartition(" ")[2]):
                text = text.replace(shown, HIDDEN) if shown else text
        return text


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Take scheme, host and port of an address; two addresses of one server have the same."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None
