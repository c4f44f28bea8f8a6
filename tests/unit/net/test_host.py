"""A host has one spelling: what could be read as another one is refused before anything is looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netkit import Names, client

from executus_core.errors import BlockedAddressError
from executus_core.net import NetPolicy
from executus_core.net.host import find_address, find_host_problem

ODD_HOSTS = [
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0X7F.1",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.0.0.01",
    "127.0.0.256",
    "1.2.3.4.5",
    "127.0.0.0x1",
    "0",
    "1",
    "example.com.",
    "example.com..",
    ".example.com",
    "a..b.com",
    "example.1",
    "example.0x",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.com",
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",  # digits of full width
    "\u2460\u2461\u2466.0.0.1",  # digits in circles
    "example%2ecom",
    "a b.com",
    "-a.com",
    "a-.com",
    "a" * 64 + ".com",
    ".".join(["abcdefgh"] * 30),
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1",
    "[127.0.0.1]",
    "[::ffff:127.0.0.1.]",
    "exa$mple.com",
    "exa\\mple.com",
    "",
]


@pytest.mark.parametrize("host", ODD_HOSTS)
async def test_an_odd_spelling_is_refused_unasked(host: str) -> None:
    """No name server is asked about it, in no URL form."""
    names = Names({})
    async with client(NetPolicy(), names) as http:
        for url in (f"http://{host}/", f"https://{host}:8443/a?b"):
            with pytest.raises(BlockedAddressError, match=r"write|how it is written|begin it with"):
                await http.get(url)

    assert names.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/hostname",
        "gopher://example.com/",
        "ws://example.com/",
        "wss://example.com/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "unix:///run/x.sock",
        "http+unix://%2Frun%2Fx.sock/",
        "//example.com/",
        "example.com",
        "/path",
        "http:///path",
        "http://example.com:0/",
        "http://example.com:22/",
        "http://example.com:6667/",
        "http://example.com:65536/",
        "http://example.com:-1/",
        "http://example.com:8o/",
        "http://user@example.com/",
        "http://user:secret-word@example.com/",
        "http://example.com\\@10.0.0.1/",
        "http://:@example.com:80:80/",
        "http://exam\nple.com/",
        "http://example.com/" + "x" * 70_000,
    ],
)
async def test_what_is_no_plain_web_address_is_refused_unasked(url: str) -> None:
    """The error is one short sentence, and holds no password."""
    names = Names({})
    async with client(NetPolicy(), names) as http:
        with pytest.raises(BlockedAddressError) as caught:
            await http.get(url)

    assert names.asked == []
    assert len(str(caught.value)) < 400
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "a.b-c.example",
        "_dmarc.example.com",
        "xn--bcher-kva.example",
        "localhost",
        "8.8.8.8",
        "::1",
    ],
)
def test_a_usual_spelling_is_taken(host: str) -> None:
    """Names in punycode, and addresses."""
    assert find_host_problem(host) == ""


@given(st.ip_addresses())
def test_every_address_is_read_as_what_it_is(address) -> None:
    """In the form in which Python writes it."""
    assert find_host_problem(str(address)) == ""
    assert find_address(str(address)) == address


@given(st.text(alphabet="0123456789abcdefx.%:-", max_size=20))
def test_what_is_taken_for_a_name_is_no_number(text: str) -> None:
    """So the system's look-up, which reads numbers in a dozen forms, never gets one."""
    if not find_host_problem(text) and find_address(text) is None:
        last = text.rpartition(".")[2]
        assert not last.isdigit()
        assert not last.startswith("0x") or last.strip("0123456789abcdef") != "x"
        assert ":" not in text


async def test_only_the_hosts_on_the_list_are_reachable() -> None:
    """A glob means what it says, also for redirects, and the error tells the list."""
    names = Names({})
    async with client(NetPolicy(allow_hosts=("*.example.com", "203.0.113.9")), names) as http:
        for host in (
            "example.com",
            "badexample.com",
            "a.example.com.evil.net",
            "example.com.",
            "203.0.113.8",
        ):
            with pytest.raises(BlockedAddressError):
                await http.get(f"https://{host}/")
        with pytest.raises(
            BlockedAddressError, match=r"only these hosts may be reached: \*\.example\.com, 203"
        ):
            await http.get("https://other.org/")

    assert names.asked == []


async def test_only_the_ports_on_the_list_are_reachable() -> None:
    """Where there is a list; the port that a scheme implies counts."""
    async with client(NetPolicy(allow_ports=(443,)), Names({})) as http:
        for url in ("http://example.com/", "https://example.com:8443/", "http://example.com:8080/"):
            with pytest.raises(BlockedAddressError, match="only these ports may be reached: 443"):
                await http.get(url)
