"""Users and passwords in URLs: where a text may be shown, they may not."""

from __future__ import annotations

import re
from typing import Final

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/?#\s]*@")

ADVICE: Final = (
    "take the user or password out of the URL, and give a key where the provider's settings ask for it"
)


def without_credentials(text: str) -> str:
    """Show a text with a mark in place of the user and password of any URL in it."""
    return _CREDENTIALS.sub("***@", text) if "@" in text else text


def has_credentials(text: str) -> bool:
    """Tell whether any URL in a text has a user or a password."""
    return "@" in text and _CREDENTIALS.search(text) is not None


def refuse_credentials(text: str) -> str:
    """Let a text through that is shown to people and kept on record.

    Raises:
        ValueError: A URL in it has a user or a password.
    """
    if has_credentials(text):
        message = f"a URL in it has a user or a password, which would be shown; {ADVICE}"
        raise ValueError(message)
    return text
