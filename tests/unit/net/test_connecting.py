"""A name is looked up once, every answer is checked, and the connection goes to an address that was checked."""

from __future__ import annotations

import pytest
from netkit import HOME, LOOPBACK, Names, client, leading, ok, serving

from executus_core.errors import BlockedAddressError, HostUnreachableError
from executus_core.net import NetPolicy, guarded_client
from executus_core.net.blocks import METADATA, SPECIAL
from executus_core.net.connector import GuardedConnector

REFUSED = "may not be reached from here"
"""Words of the guard, not of the switch that keeps tests on this machine."""

LEFT = "this test tried to reach"
"""Words of that switch: the guard let the connection through."""


@pytest.mark.parametrize("block", [*SPECIAL, *METADATA], ids=lambda block: str(block.network))
async def test_no_block_is_reachable_by_name_or_by_number(block) -> None:
    """Of every block the first address and the last, written into the URL and answered by a name server."""
    for address in (block.network[0], block.network[-1]):
        host = f"[{address}]" if address.version == 6 else str(address)
        names = leading(page_example=str(address))
        async with client(NetPolicy(), names) as http:
            for url in (f"http://{host}/", "https://page.example/"):
                with pytest.raises(BlockedAddressError, match=REFUSED):
                    await http.get(url)


@pytest.mark.parametrize(
    "answers",
    [
        ["203.0.114.1", "10.0.0.1"],
        ["10.0.0.1", "203.0.114.1"],
        ["2606:4700::1", "203.0.114.1", "::1"],
        ["203.0.114.1", "::ffff:127.0.0.1"],
        ["203.0.114.1", "fe80::1%eth0"],
        ["203.0.114.1", "0"],
        ["203.0.114.1", "not an address"],
    ],
)
async def test_one_bad_answer_among_good_ones_is_enough(answers: list[str]) -> None:
    """Which of them would be connected to is nobody's choice but the network's."""
    async with client(NetPolicy(), Names({"page.example": [answers]})) as http:
        with pytest.raises(BlockedAddressError, match=f"{REFUSED}|is no address"):
            await http.get("https://page.example/")


async def test_a_public_address_is_connected_to() -> None:
    """The guard has nothing against it."""
    async with client(NetPolicy(), leading(page_example="203.0.114.1")) as http:
        with pytest.raises(BlockedAddressError, match=rf"{LEFT} 203\.0\.114\.1:8443"):
            await http.get("https://page.example:8443/")
        with pytest.raises(BlockedAddressError, match=rf"{LEFT} 2606:4700::1:80"):
            await http.get("http://[2606:4700::1]/")


async def test_a_name_that_leads_elsewhere_the_second_time_gets_no_second_time() -> None:
    """One look-up decides, and what was checked is what is connected to."""
    names = Names({"page.example": [["203.0.114.1"], ["127.0.0.1"]]})
    async with serving({"/": ok()}) as server, client(NetPolicy(), names) as http:
        with pytest.raises(BlockedAddressError, match=rf"{LEFT} 203\.0\.114\.1"):
            await http.get(server.url(host="page.example"))

        assert names.asked == ["page.example"]
        assert server.connections == 0


async def test_the_server_is_told_the_name() -> None:
    """The address is for the connection only."""
    names = leading(page_example="127.0.0.1")
    async with serving({"/": ok()}) as server, client(HOME, names) as http:
        answer = await http.get(server.url(host="page.example"))

    assert answer.text == "here"
    assert answer.url.host == "page.example"
    assert server.asked[0].headers["host"] == f"page.example:{server.port}"
    assert names.asked == ["page.example"]


async def test_an_open_connection_is_used_again() -> None:
    """For the same host; it leads to the address that was checked."""
    names = Names({"page.example": [["127.0.0.1"], ["10.0.0.1"]]})
    async with serving({"/": ok()}) as server, client(HOME, names) as http:
        for _ in range(3):
            await http.get(server.url(host="page.example"))

    assert server.connections == 1
    assert names.asked == ["page.example"]


async def test_the_next_address_is_tried_when_the_first_takes_no_connection() -> None:
    """A host may have one family that leads nowhere."""
    names = Names({"page.example": [["127.0.0.2", "127.0.0.1"]]})
    async with serving({"/": ok()}) as server, client(HOME, names) as http:
        answer = await http.get(server.url(host="page.example"))

    assert answer.text == "here"


async def test_a_host_that_takes_no_connection_is_told_in_a_sentence() -> None:
    """With its name and its port."""
    async with serving({}) as server:
        port = server.port
    async with client(HOME, leading(page_example="127.0.0.1")) as http:
        with pytest.raises(HostUnreachableError, match=f"'page.example:{port}' can't be reached: it refuses"):
            await http.get(f"http://page.example:{port}/")


async def test_a_name_without_an_address_is_told_in_a_sentence() -> None:
    """With the name."""
    async with client(HOME, Names({"page.example": [[]]})) as http:
        with pytest.raises(HostUnreachableError, match=r"'page\.example' has no address"):
            await http.get("http://page.example/")


async def test_the_system_is_asked_where_nobody_else_is() -> None:
    """Its answers are checked like any."""
    async with serving({"/": ok()}) as server:
        async with guarded_client(NetPolicy(allow_private=(LOOPBACK, "::1/128"))) as http:
            assert (await http.get(server.url(host="localhost"))).text == "here"
        async with guarded_client() as http:
            with pytest.raises(BlockedAddressError, match=r"'localhost' leads to .* loopback"):
                await http.get(server.url(host="localhost"))

    assert server.connections == 1


@pytest.mark.parametrize(
    "name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
)
async def test_a_proxy_of_the_environment_is_not_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look names up by itself."""
    async with serving({}) as proxy, serving({"/": ok()}) as server:
        monkeypatch.setenv(name, proxy.url())
        async with client(HOME, leading(page_example="127.0.0.1")) as http:
            assert (await http.get(server.url(host="page.example"))).text == "here"

    assert proxy.connections == 0


async def test_no_variable_of_the_environment_weakens_the_guard(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """Neither those that HTTP libraries know nor any of ours."""
    for name in (
        "NO_PROXY",
        "EXECUTUS_NET",
        "EXECUTUS_ALLOW_PRIVATE",
        "EXECUTUS_TEST_NO_MODELS",
        "PYTHONHTTPSVERIFY",
    ):
        monkeypatch.setenv(name, "*")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    async with serving({"/": ok()}) as server, client(NetPolicy()) as http:
        with pytest.raises(BlockedAddressError, match=REFUSED):
            await http.get(server.url())

    assert server.connections == 0


@pytest.mark.parametrize(
    ("extensions", "headers", "method"),
    [
        ({"sni_hostname": "other.example"}, {}, "GET"),
        ({"target": b"http://10.0.0.1/"}, {}, "GET"),
        ({"trace": print}, {}, "GET"),
        ({}, {"Host": "other.example"}, "GET"),
        ({}, {"Host": "127.0.0.1"}, "GET"),
        ({}, {"Upgrade": "websocket", "Connection": "upgrade"}, "GET"),
        ({}, {}, "CONNECT"),
    ],
)
async def test_a_request_that_says_more_than_its_url_is_refused(extensions, headers, method: str) -> None:
    """What would take it to another host, or out of HTTP."""
    async with serving({"/": ok()}) as server, client() as http:
        with pytest.raises(BlockedAddressError, match="was not sent"):
            await http.request(method, server.url(), headers=headers, extensions=extensions)

    assert server.asked == []


async def test_a_socket_of_this_machine_is_no_host() -> None:
    """What listens there is never public, and no policy allows it."""
    with pytest.raises(BlockedAddressError, match=r"'/run/x\.sock' is a socket of this machine"):
        await GuardedConnector(HOME, Names({})).connect_unix_socket("/run/x.sock")


async def test_every_way_to_send_goes_through_the_guard() -> None:
    """Whole answers, streams, requests that were built by hand, and a base URL."""
    async with serving({"/": ok()}) as server, client(NetPolicy()) as http:
        http.base_url = server.url()
        http.follow_redirects = False
        http.max_redirects = 1000
        for send in (
            lambda: http.get(server.url()),
            lambda: http.post("/", content=b"x"),
            lambda: http.request("PUT", server.url()),
            lambda: http.stream("GET", "/").__aenter__(),
            lambda: http.send(http.build_request("GET", "/")),
            lambda: http.send(http.build_request("GET", "/"), stream=True, auth=("a", "b")),
        ):
            with pytest.raises(BlockedAddressError, match=REFUSED):
                await send()

    assert server.connections == 0
