"""Endpoints as they are written: ``type|url|token``, and what is wrong with one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.credentials import ADVICE, has_credentials
from executus_core.record.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FORM: Final = "write it as TYPE|URL|TOKEN, or as TYPE|URL where the server asks for no token"
_NAME: Final = re.compile(r"[^\s/,@|]+")
_EXAMPLE: Final = "give one such as http://127.0.0.1:8000/v1"


def parse_endpoint(name: str, text: str) -> Endpoint:
    """Read the compact form ``type|url|token``; the token may be empty or left out.

    Raises:
        ConfigError: It has not two or three parts. No message shows the text: there may be a token in it.
    """
    parts = [part.strip() for part in text.split("|")]
    if len(parts) not in (2, 3):
        count = "1 part" if len(parts) == 1 else f"{len(parts)} parts"
        raise ConfigError(f"has {count} between its '|'; {FORM} (its value is not shown)")
    return Endpoint(name, parts[0], parts[1], parts[2] if len(parts) == 3 else "")


def find_flaws(endpoint: Endpoint, types: Collection[str] | None = None) -> Iterator[str]:
    """Say what is wrong with an endpoint, as the ends of sentences.

    Args:
        endpoint: The endpoint.
        types: The types that somebody can ask; None when nobody can say.
    """
    if not _NAME.fullmatch(endpoint.name):
        yield "its name must have no blank and none of / , @ |, since specs say NAME/MODEL"
    if not endpoint.type:
        yield "has no type; name the provider whose wire the server speaks, such as openai"
    elif types is not None and endpoint.type not in types:
        yield f"no installed plugin can ask an endpoint of the type '{endpoint.type}'.{did_you_mean(endpoint.type, types)}"
    if flaw := find_url_flaw(endpoint.url):
        yield flaw
    if endpoint.concurrency is not None and endpoint.concurrency < 1:
        yield f"concurrency is {endpoint.concurrency}; give 1 or more, or leave it out for any number"


def find_url_flaw(url: str) -> str:
    """Say why a text is no base URL, without showing what may be a secret; "" when it is one."""
    if not url:
        return f"has no url; {_EXAMPLE}"
    if has_credentials(url):
        return f"its url has a user or a password, which would be shown; {ADVICE}"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address, parts = False, None
    if parts is None or not is_address or not url.isprintable() or " " in url:
        return f"its url is no address of a model server; {_EXAMPLE}"
    if parts.query or parts.fragment:
        return "its url has a part from '?' or '#' on, which would be shown; give the base URL alone"
    return ""
