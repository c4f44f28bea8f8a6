"""The tools of the web, in whole runs against real servers on loopback."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from executus_core import Agent, Executor, Ports
from executus_core.llm import ImagePart, Message
from executus_core.record.permission import Approval
from executus_core.testing import ScriptedModel, call, loopback_server
from executus_tools_common.settings import Settings
from executus_tools_common.web.tools import build_tools

HERE = {"web_allow_private": ("127.0.0.0/8",)}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
ARTICLE = """<!doctype html><html><head><title>High  water</title><script>steal()</script></head><body>
<nav><a href="/">Home</a></nav><main><h1>Tides</h1><p>High water is at <b>06:12</b>, see <a href="almanac">the almanac</a>
and <a href="javascript:steal()">this</a>; everything else on this page is made up so that it is long enough.</p>
<table><tr><th>Day</th><th>High</th></tr><tr><td>Mon</td><td>06:12</td></tr></table></main>
<footer>Copyright</footer></body></html>"""

Reply = tuple[int, dict[str, str], bytes]


class Site:
    """A server on loopback that answers by path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[asyncio.StreamWriter], Awaitable[None]]] = {}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append((head[0], headers, body))
        reply = self.replies[head[0].split()[1].partition("?")[0]]
        if callable(reply):
            await reply(writer)
        else:
            status, told, content = reply
            told = {"content-length": str(len(content)), "connection": "close", **told}
            lines = [f"HTTP/1.1 {status} Fine", *(f"{name}: {value}" for name, value in told.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    served = Site()
    async with loopback_server(served.serve) as port:
        served.url = f"http://127.0.0.1:{port}"
        yield served


async def ask(
    name: str, ports: Ports | None = None, settings: dict | None = None, **arguments: object
) -> Message:
    """Let a script make one call, and give what the model was answered."""
    tools = build_tools(Settings(**HERE, **(settings or {})))
    model = ScriptedModel([call(name, **arguments), "done"])
    result = await Executor(models=model, registry=tools, ports=ports).run(
        Agent(name="reader", tools=[name]), "go"
    )
    result.raise_for_status()
    return result.steps[0].result


def page(content: bytes | str, media_type: str = "text/html; charset=utf-8", **headers: str) -> Reply:
    data = content.encode() if isinstance(content, str) else content
    return 200, {"content-type": media_type, **headers}, data


async def test_a_page_comes_as_markdown_without_what_stands_around_it(site: Site) -> None:
    site.replies["/tides/today"] = page(ARTICLE)

    answer = await ask("web_fetch", url=f"{site.url}/tides/today")

    assert answer.text.startswith(f"Title: High water\nAddress: {site.url}/tides/today\n\n# Tides")
    assert f"**06:12**, see [the almanac]({site.url}/tides/almanac)" in answer.text
    assert "| Mon | 06:12 |" in answer.text
    assert not any(word in answer.text for word in ("steal", "Home", "Copyright"))


async def test_everything_and_the_source_can_be_asked_for(site: Site) -> None:
    site.replies["/"] = page(ARTICLE)

    everything = await ask("web_fetch", url=f"{site.url}/", part="everything")
    source = await ask("web_fetch", url=f"{site.url}/", part="source")

    assert "Copyright" in everything.text
    assert "[Home]" in everything.text
    assert "steal" not in everything.text
    assert ARTICLE in source.text


async def test_a_page_that_marks_no_content_is_read_all_the_same(site: Site) -> None:
    site.replies["/"] = page("<ul><li><a href='/a'>Alpha</a></li><li>Beta</li></ul><nav>Menu</nav>")

    answer = await ask("web_fetch", url=f"{site.url}/")

    assert f"- [Alpha]({site.url}/a)\n- Beta" in answer.text
    assert "Menu" not in answer.text


def pdf(text: str) -> bytes:
    """Write a PDF of one page."""
    drawing = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    return data + head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)


async def test_a_pdf_comes_as_text_also_where_the_server_does_not_say_that_it_is_one(site: Site) -> None:
    site.replies["/told"] = page(pdf("Tide tables"), "application/pdf")
    site.replies["/untold"] = page(pdf("Tide tables"), "application/octet-stream")

    for path in ("/told", "/untold"):
        answer = await ask("web_fetch", url=site.url + path)

        assert "## Page 1 of 1\n\nTide tables" in answer.text


async def test_a_picture_is_shown_to_the_model(site: Site) -> None:
    site.replies["/p"] = page(PIXEL, "image/png")

    answer = await ask("web_fetch", url=f"{site.url}/p")

    assert answer.parts == (ImagePart(PIXEL, "image/png"),)


@pytest.mark.parametrize(
    ("media_type", "data", "expected"),
    [
        ("text/plain; charset=latin-1", "Größe".encode("latin-1"), "Größe"),
        ("text/plain; charset=utf-8", b"\xff\xfe" + "Größe".encode("utf-16-le"), "Größe"),
        ("text/plain; charset=klingon", "Größe".encode(), "Größe"),
        ("application/json", b'{"a": 1}', '{"a": 1}'),
        ("text/html", "<meta charset=latin-1><p>Größe</p>".encode("latin-1"), "Größe"),
        ("application/atom+xml", b"<feed>x</feed>", "<feed>x</feed>"),
    ],
)
async def test_text_is_decoded_as_it_really_is_coded(
    site: Site, media_type: str, data: bytes, expected: str
) -> None:
    site.replies["/"] = page(data, media_type)

    answer = await ask("web_fetch", url=f"{site.url}/")

    assert answer.text.endswith(expected)


async def test_a_wrong_charset_is_told(site: Site) -> None:
    site.replies["/"] = page("Größe und Maß".encode(), "text/plain; charset=ascii")

    answer = await ask("web_fetch", url=f"{site.url}/")

    assert "Note: read as utf-8, not as the ascii that the server says" in answer.text


async def slow(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 Fine\r\ncontent-type: text/plain\r\n\r\n")
    await asyncio.Event().wait()


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 Fine\r\ncontent-type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


BOMB = gzip.compress(bytes(5_000_000))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param((404, {}, b""), "answered 404 Fine", id="missing"),
        pytest.param(
            page(b"\0\1\2" * 100, "application/zip"), "is application/zip of 300 bytes", id="binary"
        ),
        pytest.param(page(b"MZ\0\1" * 100), "is text/html of 400 bytes", id="binary that is called a page"),
        pytest.param(page("x" * 2_000_000, "text/plain"), "larger than 1000000 bytes", id="huge"),
        pytest.param(endless, "larger than 1000000 bytes", id="endless"),
        pytest.param(
            page(BOMB, "text/plain", **{"content-encoding": "gzip"}), "larger than 1000000 bytes", id="bomb"
        ),
        pytest.param(slow, "within 0.3 s", id="slow"),
        pytest.param(page(b"%PDF-1.4 and no more", "application/pdf"), "it is damaged", id="damaged PDF"),
        pytest.param(page("<script>fill()</script>"), "holds no text", id="filled by a script"),
        pytest.param(
            (302, {"location": "http://169.254.169.254/"}, b""), "169.254.169.254", id="led elsewhere"
        ),
    ],
)
async def test_what_can_t_be_read_is_one_sentence_and_the_run_goes_on(
    site: Site, reply: Reply, said: str
) -> None:
    site.replies["/"] = reply

    answer = await ask(
        "web_fetch",
        settings={"web_max_bytes": 1_000_000, "web_timeout_s": 0.3 if said.startswith("within") else 20},
        url=f"{site.url}/",
    )

    assert answer.is_error
    assert said in answer.text
    assert "\n" not in answer.text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.com/page", "beginning with https://"),
        ("file:///etc/hostname", "beginning with https://"),
        ("http://", "names no host"),
        ("http://127.0.0.1:1/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://localhost./", "localhost"),
    ],
)
async def test_what_is_no_address_or_leads_inside_is_refused_in_one_sentence(url: str, said: str) -> None:
    tools = build_tools(Settings())
    model = ScriptedModel([call("web_fetch", url=url), "done"])

    result = await Executor(models=model, registry=tools).run(Agent(name="reader", tools=["web_fetch"]), "go")

    assert result.ok
    assert result.steps[0].is_error
    assert said in result.steps[0].result.text


async def test_a_page_that_takes_too_long_to_take_apart_is_given_up_and_its_process_ended(site: Site) -> None:
    site.replies["/"] = page("<div>" * 400_000)

    answer = await ask("web_fetch", settings={"web_reading_timeout_s": 0.5}, url=f"{site.url}/")

    assert answer.is_error
    assert "could not be read within 0.5 s" in answer.text


async def test_a_service_is_asked_with_method_headers_query_and_json(site: Site) -> None:
    site.replies["/items"] = (201, {"content-type": "application/json", "set-cookie": "id=1"}, b'{"id": 7}')
    ports = Ports(approver=Yes())

    answer = await ask(
        "http_request",
        ports,
        url=f"{site.url}/items",
        method="POST",
        headers={"X-Trace": "t"},
        query={"q": "a b"},
        json={"name": "ä"},
    )

    line, headers, body = site.asked[0]
    told = json.loads(answer.text)
    assert line in ("POST /items?q=a%20b HTTP/1.1", "POST /items?q=a+b HTTP/1.1")
    assert headers["x-trace"] == "t"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"name": "ä"}
    assert (told["status"], told["body"]) == (201, '{"id": 7}')
    assert "set-cookie" not in told["headers"]


class Yes:
    """Allows everything, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def approve(self, request) -> Approval:
        self.asked.append(request.tool)
        return Approval("allow")


async def test_a_person_is_asked_before_anything_is_changed_and_not_before_it_is_read(site: Site) -> None:
    site.replies["/"] = page("ok", "text/plain")
    yes = Yes()

    await ask("http_request", Ports(approver=yes), url=f"{site.url}/")
    denied = await ask("http_request", url=f"{site.url}/", method="DELETE")
    allowed = await ask("http_request", Ports(approver=yes), url=f"{site.url}/", method="DELETE")

    assert "a DELETE request may change something" in denied.text
    assert not allowed.is_error
    assert yes.asked == ["http_request"]
    assert [line.split()[0] for line, _, _ in site.asked] == ["GET", "DELETE"]


async def test_a_credential_goes_to_its_own_origin_only_and_is_never_shown(site: Site) -> None:
    credential = {"web_credentials": {site.url: "Bearer canary-7"}}
    other = {"web_credentials": {"http://127.0.0.1:9": "Bearer canary-7"}}
    site.replies["/"] = page("you sent canary-7", "text/plain", echo="Bearer canary-7")

    answer = await ask("http_request", settings=credential, url=f"{site.url}/")
    await ask("http_request", settings=other, url=f"{site.url}/")

    assert site.asked[0][1]["authorization"] == "Bearer canary-7"
    assert "authorization" not in site.asked[1][1]
    assert "canary" not in answer.text
    assert "canary" not in repr(Settings(**credential))


@pytest.mark.parametrize("header", ["Host", "Content-Length", "Proxy-Authorization", "X\r\nY", "Ä"])
async def test_a_header_that_would_change_the_request_itself_is_refused(site: Site, header: str) -> None:
    answer = await ask("http_request", url=f"{site.url}/", headers={header: "x"})

    assert answer.is_error
    assert not site.asked


async def test_an_answer_with_an_error_status_is_an_answer(site: Site) -> None:
    site.replies["/"] = (503, {"content-type": "text/plain", "retry-after": "3"}, b"later")

    answer = await ask("http_request", url=f"{site.url}/")

    told = json.loads(answer.text)
    assert (told["status"], told["body"], told["headers"]["retry-after"]) == (503, "later", "3")
    assert not answer.is_error
