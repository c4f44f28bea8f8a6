"""Connections are secure by name, though they are made to an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from netkit import CERTIFICATES, HOME, client, leading, ok, redirect, serving

from executus_core.errors import BlockedAddressError, ConfigError, HostUnreachableError
from executus_core.net import NetPolicy, transport
from executus_core.testing import loopback_server

if TYPE_CHECKING:
    import asyncio

TRUSTING = NetPolicy(allow_private=HOME.allow_private, ca_file=CERTIFICATES / "authority.pem")
NAMES = {"page_example": "127.0.0.1", "other_example": "127.0.0.1"}


async def test_the_certificate_is_for_the_name() -> None:
    """The server is asked for it by its name, and shows it."""
    async with serving({"/": ok()}, "page.example.pem") as server, client(TRUSTING, leading(**NAMES)) as http:
        answer = await http.get(server.url(host="page.example"))

    assert answer.text == "here"
    assert server.asked[0].headers["host"] == f"page.example:{server.port}"


async def test_a_certificate_for_another_name_is_refused() -> None:
    """Also for the address itself."""
    async with serving({"/": ok()}, "page.example.pem") as server, client(TRUSTING, leading(**NAMES)) as http:
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(HostUnreachableError, match=r"can't be reached: .*certificate"):
                await http.get(server.url(host=host))

    assert server.asked == []


@pytest.mark.parametrize(
    "name", ["", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
)
async def test_an_unknown_authority_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment makes none known."""
    transport._trust.cache_clear()  # it may have been built before the variable was set
    if name:
        monkeypatch.setenv(name, str(CERTIFICATES / "authority.pem" if "DIR" not in name else CERTIFICATES))
    async with serving({"/": ok()}, "page.example.pem") as server, client(HOME, leading(**NAMES)) as http:
        with pytest.raises(HostUnreachableError, match=r"can't be reached: .*certificate"):
            await http.get(server.url(host="page.example"))

    assert server.asked == []


async def test_a_redirect_out_of_a_secure_connection_is_not_followed() -> None:
    """Though the same host would answer."""
    answers = {}
    async with (
        serving({"/": ok()}) as plain,
        serving(answers, "page.example.pem") as server,
        client(TRUSTING, leading(**NAMES)) as http,
    ):
        answers["/"] = redirect(plain.url(host="page.example"))
        with pytest.raises(BlockedAddressError, match="leads from https to http, where everybody"):
            await http.get(server.url(host="page.example"))

    assert plain.connections == 0


async def test_a_redirect_into_a_secure_connection_is_followed_without_credentials() -> None:
    """They were sent where everybody could read along; whoever wants them sent asks by https."""
    answers = {}
    async with (
        serving(answers) as plain,
        serving({"/": ok()}, "page.example.pem") as server,
        client(TRUSTING, leading(**NAMES)) as http,
    ):
        answers["/"] = redirect(server.url(host="page.example"))
        answer = await http.get(plain.url(host="page.example"), headers={"Authorization": "Bearer one"})

    assert answer.text == "here"
    assert "authorization" in plain.asked[0].headers
    assert "authorization" not in server.asked[0].headers


async def test_what_speaks_no_tls_is_told_in_a_sentence() -> None:
    """A server behind http that was asked by https."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")

    async with loopback_server(greet) as port, client() as http:
        with pytest.raises(HostUnreachableError, match="can't be reached: "):
            await http.get(f"https://127.0.0.1:{port}/")


def test_a_file_that_holds_no_certificates_is_told_at_once(tmp_path) -> None:
    """When the client is made, not when it is used."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("none.pem", "empty.pem"):
        with pytest.raises(ConfigError, match=rf"NetPolicy\.ca_file is '.*{name}', which can't be read"):
            client(NetPolicy(ca_file=tmp_path / name))
