"""One file through the guard."""

from __future__ import annotations

import pytest
from netkit import HOME, ok, redirect, serving

from executus_core.errors import BadResponseError, BlockedAddressError
from executus_core.net import fetch


async def test_a_file_is_fetched() -> None:
    async with serving({"/": redirect("/there"), "/there": ok(b"found")}) as server:
        assert await fetch(server.url(), HOME) == b"found"


async def test_an_error_page_is_no_file() -> None:
    """Its bytes are those of an apology."""
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry"
    async with serving({"/": missing}) as server:
        with pytest.raises(BadResponseError, match="answered 404 Not Found"):
            await fetch(server.url(), HOME)


async def test_nothing_is_fetched_from_this_machine_unless_it_may_be() -> None:
    """The policy that stands when none is given is that of a stranger's URL."""
    async with serving({"/": ok()}) as server:
        with pytest.raises(BlockedAddressError):
            await fetch(server.url())

    assert server.asked == []
