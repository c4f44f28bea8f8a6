"""Every redirect is checked like a request of its own, and carries nothing to a stranger."""

from __future__ import annotations

import pytest
from netkit import HOME, Names, client, endless, leading, ok, redirect, serving

from executus_core.errors import BadResponseError, BlockedAddressError, NetworkError
from executus_core.net import NetPolicy

CREDENTIALS = {
    "Authorization": "Bearer one",
    "Cookie": "session=two",
    "Proxy-Authorization": "Basic three",
    "X-Api-Key": "four",
    "Private-Token": "five",
}
NAMES = {"page.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}


async def test_a_redirect_is_followed() -> None:
    """On the same host everything goes along but the cookies, which only servers set."""
    async with serving({"/": redirect("/there"), "/there": ok(b"found")}) as server, client() as http:
        http.cookies.set("of_the_client", "six")
        answer = await http.get(server.url(), headers=CREDENTIALS)

    assert answer.text == "found"
    assert [hop.status_code for hop in answer.history] == [302]
    assert server.asked[1].headers["authorization"] == "Bearer one"
    assert server.asked[1].headers["x-api-key"] == "four"
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize("change", ["host", "port", "back"])
@pytest.mark.parametrize("by_auth", [False, True])
async def test_credentials_stay_with_their_origin(change: str, by_auth: bool) -> None:
    """They are gone when host or port changes, and don't come back with the first host."""
    async with serving({"/end": ok()}) as second:
        answers = {"/end": ok()}
        async with serving(answers) as first:
            second.answers = {"/end": ok(), "/back": redirect(first.url("/end", "page.example"))}
            to = {
                "host": first.url("/end", "other.example"),
                "port": second.url("/end", "page.example"),
                "back": second.url("/back", "page.example"),
            }[change]
            answers["/"] = redirect(to)
            async with client(HOME, Names(dict(NAMES))) as http:
                if by_auth:
                    http.auth = ("user", "pass")
                    http.cookies.set("session", "two")
                    await http.get(first.url("/", "page.example"), auth=("user", "word"))
                else:
                    await http.get(first.url("/", "page.example"), headers=CREDENTIALS)

    hops = [*first.asked[1:], *second.asked]
    assert hops
    assert {"authorization", "cookie", "proxy-authorization", "x-api-key", "private-token"} & set(
        first.asked[0].headers
    )
    for hop in hops:
        assert not {"authorization", "cookie", "proxy-authorization", "x-api-key", "private-token"} & set(
            hop.headers
        )


@pytest.mark.parametrize(
    "to",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://2852039166/",
        "http://inside.example/",
        "http://user:word@127.0.0.1:1234/",
        "ftp://127.0.0.1/",
        "file:///etc/hostname",
        "http://127.0.0.1:22/",
        "http://[::1/",
        "http://exam ple/",
    ],
)
async def test_a_redirect_leads_nowhere_that_a_request_may_not_go(to: str) -> None:
    """After one good hop too."""
    names = leading(inside_example="10.0.0.1")
    answers = {"/": redirect("/on"), "/on": redirect(to)}
    async with serving(answers) as server, client(HOME, names) as http:
        with pytest.raises(NetworkError) as caught:
            await http.get(server.url())

    assert [asked.target for asked in server.asked] == ["/", "/on"]
    assert "this test tried" not in str(caught.value)


async def test_a_host_on_no_list_is_not_reached_by_a_redirect() -> None:
    """The list holds for every hop."""
    policy = NetPolicy(allow_private=HOME.allow_private, allow_hosts=("page.example",))
    answers = {}
    async with serving(answers) as server, client(policy, Names(dict(NAMES))) as http:
        answers["/"] = redirect(server.url("/", "other.example"))
        with pytest.raises(BlockedAddressError, match=r"'other\.example:\d+' was not sent: only these hosts"):
            await http.get(server.url("/", "page.example"))

    assert len(server.asked) == 1


@pytest.mark.parametrize("most", [0, 1, 5])
async def test_redirects_are_counted(most: int) -> None:
    """As many as the policy says are followed, and not one more."""
    answers = {f"/{n}": redirect(f"/{n + 1}") for n in range(most + 1)}
    policy = NetPolicy(allow_private=HOME.allow_private, max_redirects=most)
    async with serving({**answers, f"/{most + 1}": ok()}) as server, client(policy) as http:
        assert (await http.get(server.url("/1"))).text == "here"
        with pytest.raises(BadResponseError, match=f"once more after {most} redirects"):
            await http.get(server.url("/0"))


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
async def test_the_body_of_a_redirect_is_not_read(coding: str) -> None:
    """However long it is, and however it is coded."""
    head = f"HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Encoding: {coding}\r\nContent-Length: 99999999999\r\n\r\n"
    answers = {"/": endless(head.encode(), b"\0" * 65_536), "/end": ok(b"found")}
    policy = NetPolicy(allow_private=HOME.allow_private, max_response_bytes=100)
    async with serving(answers) as server, client(policy) as http:
        answer = await http.get(server.url())

    assert answer.text == "found"
    assert answer.history[0].num_bytes_downloaded == 0


async def test_cookies_last_for_one_request_and_its_redirects() -> None:
    """So a page that sets one and looks for it works, and no run is known by the cookies of another."""
    answers = {"/": redirect("/there", "Set-Cookie: seen=1"), "/there": ok(b"found", "Set-Cookie: kept=1")}
    async with serving(answers) as server, client(HOME, Names(dict(NAMES))) as http:
        for _ in range(2):
            await http.get(server.url("/", "page.example"))

        assert [asked.headers.get("cookie") for asked in server.asked] == [None, "seen=1"] * 2
        assert not list(http.cookies.jar)


async def test_a_cookie_stays_with_its_host() -> None:
    """Also in one chain of redirects."""
    answers = {"/end": ok()}
    async with serving(answers) as server, client(HOME, Names(dict(NAMES))) as http:
        answers["/"] = redirect(server.url("/end", "other.example"), "Set-Cookie: seen=1; Domain=example")
        await http.get(server.url("/", "page.example"))

    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [("302 Found", "GET", b""), ("303 See Other", "GET", b""), ("307 Temporary Redirect", "POST", b"told")],
)
async def test_methods_and_bodies_go_on_as_browsers_have_it(status: str, method: str, body: bytes) -> None:
    """A page that moved for good or for now."""
    answers = {"/": redirect("/there", status=status), "/there": ok()}
    async with serving(answers) as server, client() as http:
        await http.post(server.url(), content=b"told")

    assert (server.asked[1].method, server.asked[1].body) == (method, body)


async def test_a_body_that_can_not_be_sent_twice_is_told() -> None:
    """It was a stream, and is gone."""

    async def parts():
        yield b"told"

    async def refuse(writer) -> None:
        writer.write(redirect("/there", status="307 Temporary Redirect"))

    async with serving({"/": refuse}) as server, client() as http:
        with pytest.raises(NetworkError, match="can't be sent twice"):
            await http.post(server.url(), content=parts(), headers={"Content-Length": "4"})


async def test_who_does_not_follow_gets_a_cleaned_request() -> None:
    """And sends it, through the same guard, by himself."""
    answers = {"/end": ok()}
    async with serving(answers) as server, client(HOME, Names(dict(NAMES))) as http:
        answers["/"] = redirect(server.url("/end", "other.example"))
        url = server.url("/", "page.example")
        answer = await http.get(url, headers=CREDENTIALS, follow_redirects=False)
        assert answer.status_code == 302
        assert answer.next_request is not None
        last = await http.send(answer.next_request)

    assert last.text == "here"
    assert "authorization" not in server.asked[1].headers
