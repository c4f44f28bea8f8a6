"""The spec of a model: ``provider/model``, or ``provider/model@base_url``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from attrs import frozen

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Container

_MAX_CHARS: Final = 500
# What follows the `@` of a spec is an address when it looks like one: some providers' models have an `@` in their names.
_AT_ADDRESS: Final = re.compile(
    r"(?P<model>[^@]+(?:@[^@]+)*?)@(?P<url>https?:.*|(?:localhost|\[[^]]*\]|\d+(?:\.\d+){3}|[\w.-]+(?=:\d))(?::\d+)?(?:/.*)?)"
)
_BEFORE_HOST: Final = re.compile(r"(?<=://)[^/?#]*@|^[^/?#]*@")
_ENDPOINTS: Final = re.compile(
    r"/(?:(?:chat/)?completions|messages|responses|models|api/(?:chat|generate|tags))$"
)


@frozen
class ModelSpec:
    """A spec, taken apart.

    Attributes:
        provider: The provider's name in litellm: ``openai``, ``ollama_chat``.
        model: The provider's own name of the model; may hold slashes.
        base_url: Where it is served, when that is not the provider's usual address; else "".
        endpoint: What the host calls the server there, when the host has a name for it; else "".
    """

    provider: str
    model: str
    base_url: str = ""
    endpoint: str = ""

    @property
    def name(self) -> str:
        """``provider/model``, as litellm calls it."""
        return f"{self.provider}/{self.model}"

    @property
    def title(self) -> str:
        """What it is called among people, without an address: ``endpoint/model``, or else its name."""
        return f"{self.endpoint}/{self.model}" if self.endpoint else self.name

    def __str__(self) -> str:
        return f"{self.name}@{self.base_url}" if self.base_url and not self.endpoint else self.title


def parse_spec(text: str, providers: Container[str]) -> ModelSpec | None:
    """Take a spec apart; None for what names no known provider, and so may be another source's tier.

    Raises:
        ConfigError: The part after ``@`` is meant as an address and is none.
    """
    provider, _, rest = text[:_MAX_CHARS].partition("/")
    if provider not in providers or len(text) > _MAX_CHARS or not text.isprintable() or not rest.strip():
        return None
    parts = _AT_ADDRESS.fullmatch(rest)
    return (
        ModelSpec(provider, parts["model"], clean_base_url(parts["url"]))
        if parts
        else ModelSpec(provider, rest)
    )


def clean_base_url(text: str) -> str:
    """Bring an address into the one form in which it is used: with a scheme, without a trailing slash or an endpoint's path.

    Raises:
        ConfigError: It is no address of an HTTP server.
    """
    given = text.strip()
    url = given if "://" in given else f"http://{given}"
    try:
        scheme, host, path, query, fragment = urlsplit(url)
        is_address = scheme in {"http", "https"} and bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        raise _no_address(text) from None
    if not is_address or query or fragment or not url.isprintable() or " " in url:
        raise _no_address(text)
    if "@" in host:
        raise ConfigError(
            f"the base URL '{scheme}://{host.rpartition('@')[2]}{path}' has a user or a password in it, which would "
            "be shown wherever the model is named; take it out, and give a key in api_keys of [plugin.model-litellm]"
        )
    return urlunsplit((scheme, host, _ENDPOINTS.sub("", path.rstrip("/")).rstrip("/"), "", ""))


def _no_address(text: str) -> ConfigError:
    shown = f"{re.sub(_BEFORE_HOST, '', text).partition('?')[0]:.100}"  # what may be a secret is not repeated
    return ConfigError(
        f"the base URL '{shown}' is no address of a model server; give one such as http://127.0.0.1:8080/v1"
    )
