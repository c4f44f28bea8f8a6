"""What comes back is bounded after it was unpacked, whoever reads it and however, and in its headers too."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netkit import HOME, client, endless, ok, serving

from executus_core.errors import BadResponseError, HostUnreachableError
from executus_core.net import NetPolicy
from executus_core.net.headers import MAX_HEADER_BYTES
from executus_core.net.unpack import PIECE_BYTES, Gunzip

SMALL = NetPolicy(allow_private=HOME.allow_private, max_response_bytes=1000)
GZIP = "Content-Encoding: gzip"


def bomb(size_mb: int) -> bytes:
    """So many megabytes of zeros, packed to a thousandth: one block, again and again."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"x") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * size_mb


@pytest.mark.parametrize("size_bytes", [0, 1, 999, 1000])
@pytest.mark.parametrize("packed", [False, True])
async def test_what_fits_comes_whole(size_bytes: int, packed: bool) -> None:
    """To the last byte that the policy allows."""
    body = (bytes(range(250)) * 4)[:size_bytes]
    answer = ok(gzip.compress(body), GZIP) if packed else ok(body)
    async with serving({"/": answer}) as server, client(SMALL) as http:
        got = await http.get(server.url())

    assert got.content == body
    assert server.asked[0].headers["accept-encoding"] == "gzip, identity"
    assert "content-encoding" not in got.headers


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"x" * 1001),
        ok(gzip.compress(b"x" * 1001), GZIP),
        ok(gzip.compress(b"x" * 600) * 2, GZIP),
        ok(gzip.compress(b"x" * 1001), "Content-Encoding: x-gzip"),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
        b"HTTP/1.1 500 Oh No\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001,
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
        endless(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 1000),
        endless(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"), b"\0" * 10_000),
    ],
    ids=lambda answer: str(answer[:60] if isinstance(answer, bytes) else "endless"),
)
async def test_what_is_too_large_is_refused(answer) -> None:
    """By one byte or without end, whole or as a stream, packed or not."""
    async with serving({"/": answer}) as server, client(SMALL) as http:
        with pytest.raises(BadResponseError, match="is larger than 1000 bytes; ask for"):
            await http.get(server.url())
        for read in ("aiter_bytes", "aiter_raw", "aiter_text", "aiter_lines"):
            taken: list[str | bytes] = []
            async with http.stream("GET", server.url()) as streamed:
                with pytest.raises(BadResponseError, match="larger than 1000 bytes"):
                    await take(getattr(streamed, read)(), taken)
            assert sum(map(len, taken)) <= 1000


async def take(pieces, taken: list) -> None:
    """Read to the end."""
    async for piece in pieces:
        taken.append(piece)  # noqa: PERF401 - what was taken counts, also when the next one fails


async def test_a_bomb_is_unpacked_no_further_than_the_bound() -> None:
    """Two megabytes that stand for two gigabytes cost no more than what was allowed."""
    policy = NetPolicy(allow_private=HOME.allow_private, max_response_bytes=1_000_000)
    answer = ok(bomb(2000), GZIP)
    async with serving({"/": answer}) as server, client(policy) as http:
        await http.get(server.url("/none"))
        tracemalloc.start()
        try:
            with pytest.raises(BadResponseError, match="larger than 1000000 bytes"):
                await http.get(server.url())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 5_000_000


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=200_000), max_size=3), st.integers(1, 70_000), st.binary(max_size=3))
def test_gzip_is_unpacked_as_python_does_it(members: list[bytes], cut_bytes: int, padding: bytes) -> None:
    """Wherever the network cuts it, with several members and with padding, in pieces of bounded size."""
    packed = b"".join(map(gzip.compress, members)) + (b"\0" + padding if members else b"")
    gunzip = Gunzip()
    chunks = [packed[start : start + cut_bytes] for start in range(0, len(packed), cut_bytes)]
    pieces = [piece for chunk in chunks for piece in gunzip.feed(chunk)]

    assert b"".join(pieces) == b"".join(members)
    assert gunzip.is_whole
    assert all(len(piece) <= PIECE_BYTES for piece in pieces)


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "x" * 1000, "GZIP,br"]
)
async def test_a_coding_that_was_not_offered_is_refused_in_a_sentence(coding: str) -> None:
    """Nothing else is unpacked, twice neither."""
    async with serving({"/": ok(b"\x0b\x02\x80", f"Content-Encoding: {coding}")}) as server, client() as http:
        with pytest.raises(BadResponseError, match="though only gzip was offered") as caught:
            await http.get(server.url())

    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("coding", ["identity", "", " identity , IDENTITY", "Gzip", "identity, gzip"])
async def test_a_coding_that_was_offered_is_read(coding: str) -> None:
    """In every spelling."""
    body = gzip.compress(b"here") if "gzip" in coding.lower() else b"here"
    async with serving({"/": ok(body, f"Content-Encoding: {coding}")}) as server, client() as http:
        assert (await http.get(server.url(), headers={"Accept-Encoding": "br"})).text == "here"

    assert server.asked[0].headers["accept-encoding"] == "gzip, identity"


@pytest.mark.parametrize(
    "body", [b"plain text", b"\x1f\x8b\x08\x00rubbish", gzip.compress(b"x" * 9)[:10] + b"?" * 20]
)
async def test_what_says_that_it_is_gzip_and_is_not_is_refused_in_a_sentence(body: bytes) -> None:
    """The error names the server, not zlib's codes."""
    async with serving({"/": ok(body, GZIP)}) as server, client() as http:
        with pytest.raises(BadResponseError, match=r"says that it is gzip and is not|ended in the middle"):
            await http.get(server.url())


async def test_what_ends_in_the_middle_is_not_taken_for_whole() -> None:
    """Of gzip the rest is missing, of a length some bytes, of chunks the last one."""
    packed = gzip.compress(bytes(range(256)))
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhere"
    chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhere\r\n"

    async def cut(writer, what: bytes) -> None:
        writer.write(what)

    answers = {
        "/gzip": ok(packed[:-9], GZIP),
        "/length": lambda writer: cut(writer, short),
        "/chunks": lambda writer: cut(writer, chunk),
    }
    async with serving(answers) as server, client() as http:
        for path in answers:
            with pytest.raises((BadResponseError, HostUnreachableError)):
                await http.get(server.url(path))


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 1000),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100),
        endless(b"", b"x" * 1000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: trailer\r\n" * 100),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1" * 1000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 1000),
    ],
    ids=[
        "headers",
        "one header",
        "continue",
        "hints",
        "no HTTP",
        "trailers",
        "length of a chunk",
        "what a chunk says",
    ],
)
async def test_headers_without_end_have_an_end(answer) -> None:
    """By bytes, long before the time is over."""
    async with serving({"/": answer}) as server, client() as http:
        with pytest.raises(BadResponseError, match="did not answer in proper HTTP"):
            await http.get(server.url())


async def test_long_headers_that_end_are_read() -> None:
    """The bound is beyond what anybody needs, and holds for each answer, not for a connection."""
    big = ok(b"here", *(f"X-{n}: {'x' * 900}" for n in range(80)))
    async with serving({"/": big}) as server, client() as http:
        for _ in range(5):
            assert (await http.get(server.url())).text == "here"

    assert len(big) * 5 > MAX_HEADER_BYTES
    assert server.connections == 1


async def test_another_protocol_is_not_gone_over_to() -> None:
    """No socket is handed out, and a server that asks for it is refused."""
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    async with serving({"/": switch, "/ok": ok()}) as server, client() as http:
        with pytest.raises(BadResponseError):
            await http.get(server.url())
        assert "network_stream" not in (await http.get(server.url("/ok"))).extensions


async def test_an_answer_without_a_body_has_none() -> None:
    """Whatever its headers say of one."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nContent-Encoding: br\r\n\r\n"
    async with (
        serving({"/": head, "/304": b"HTTP/1.1 304 Not Modified\r\n\r\n"}) as server,
        client(SMALL) as http,
    ):
        assert (await http.head(server.url())).content == b""
        assert (await http.get(server.url("/304"))).status_code == 304


async def test_who_stops_reading_leaves_the_rest() -> None:
    """A stream may be left at any time; the next request goes well."""
    answers = {"/": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100), "/ok": ok()}
    async with serving(answers) as server, client() as http:
        async with http.stream("GET", server.url()) as streamed:
            async for _ in streamed.aiter_bytes():
                break
        assert (await http.get(server.url("/ok"))).text == "here"
