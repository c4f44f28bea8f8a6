"""A model server gives its script over real HTTP, remembers what it was asked, and tells when that was too much."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from executus_core.llm import Message, Response, Usage
from executus_core.testing import (
    ModelServer,
    call,
    cut_after,
    empty_body,
    error_after,
    garbage,
    hang,
    hang_up,
    held,
    http_error,
    late,
    malformed_json,
    no_choices,
    overflow,
    raw_call,
    redirect_to,
    reset_after,
    stalled_after,
    thinking,
    unfinished_after,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION = {"model": "test-model", "messages": [{"role": "user", "content": "What is 1 + 2?"}]}
STREAMED = {**QUESTION, "stream": True, "stream_options": {"include_usage": True}}


def connect(server: ModelServer) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10))


def send(connection: http.client.HTTPConnection, body: object, path: str = "/v1/chat/completions") -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, content, {"content-type": "application/json"})


def post(server: ModelServer, body: object, path: str = "/v1/chat/completions") -> http.client.HTTPResponse:
    """Ask, and read the whole answer: its JSON, or its text, is put on the response as ``said``."""
    with connect(server) as connection:
        send(connection, body, path)
        response = connection.getresponse()
        response.said = response.read().decode()
        return response


def said_in(response: http.client.HTTPResponse) -> str:
    return json.loads(response.said)["choices"][0]["message"]["content"]


def chunks_of(text: str) -> list[Mapping[str, object]]:
    events = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    return [json.loads(event) for event in events if event != "[DONE]"]


def test_a_script_is_answered_in_its_order() -> None:
    """One entry per request, from a plain test and without any client library."""
    with ModelServer("openai", ["It is 3.", ["Let me see.", call("add", a=1)]]) as server:
        first, second = post(server, QUESTION), post(server, QUESTION)

    assert said_in(first) == "It is 3."
    message = json.loads(second.said)["choices"][0]["message"]
    assert message["content"] == "Let me see."
    assert message["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1}'}


def test_what_was_asked_is_kept_as_it_came_and_as_it_is_meant() -> None:
    """A test looks at the header, at the bytes, or at what they mean, whichever it is about."""
    tool = {
        "type": "function",
        "function": {"name": "add", "description": "Add.", "parameters": {"type": "object"}},
    }
    with ModelServer("openai", ["It is 3."]) as server:
        post(server, {**QUESTION, "tools": [tool], "temperature": 0.5})

    (asked,) = server.requests
    assert (asked.method, asked.path, asked.status) == ("POST", "/v1/chat/completions", 200)
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.content) == asked.body
    assert (asked.model, asked.texts, asked.images) == ("test-model", ["What is 1 + 2?"], [])
    assert [tool.name for tool in asked.tools] == ["add"]
    assert asked.options == {"temperature": 0.5}
    assert not asked.is_stream
    assert asked.is_answered
    assert not asked.was_cut_off


def test_a_connection_serves_many_requests() -> None:
    """As clients with a pool expect; when they close it, none is left."""
    with ModelServer("openai", lambda asked: asked.texts[-1].upper()) as server:
        with connect(server) as connection:
            for _ in range(3):
                send(connection, QUESTION)
                assert b"WHAT IS 1 + 2?" in connection.getresponse().read()
            assert server.connections_open == 1
        asyncio.run(server.wait_until_closed())

    assert len(server.requests) == 3


def test_a_body_may_come_in_chunks() -> None:
    """Clients that do not know the length of their body send it so."""
    content = json.dumps(QUESTION).encode()
    with ModelServer("openai", ["It is 3."]) as server, connect(server) as connection:
        connection.request(
            "POST", "/v1/chat/completions", iter([content[:10], content[10:]]), encode_chunked=True
        )
        assert connection.getresponse().status == 200

    assert server.requests[0].content == content


def test_a_child_process_can_ask() -> None:
    """The server works while the test waits for somebody else."""
    code = (
        "import sys, urllib.request; "
        "print(urllib.request.urlopen(sys.argv[1], sys.argv[2].encode()).read().decode())"
    )
    with ModelServer("openai", ["It is 3."]) as server:
        arguments = [f"{server.base_url}/chat/completions", json.dumps(QUESTION)]
        run = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )

    assert "It is 3." in run.stdout


def test_a_stream_comes_in_pieces_and_is_counted_on_request() -> None:
    """The pieces add up, the usage comes when it is asked for, and the end is said twice."""
    entry = thinking("Hm, one and two.", "It is three, I should say.")
    with ModelServer(
        "openai", [entry, entry], usage=Usage(20, 10, cached_tokens=8, thinking_tokens=4)
    ) as server:
        counted, plain = post(server, STREAMED), post(server, {**QUESTION, "stream": True})

    chunks = chunks_of(counted.said)
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "Hm, one and two."
    assert "".join(delta.get("content") or "" for delta in deltas) == "It is three, I should say."
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 8
    assert counted.said.endswith("data: [DONE]\n\n")
    assert "usage" not in plain.said


def test_a_response_is_given_as_it_is() -> None:
    """Whoever needs all of an answer writes all of it."""
    response = Response(Message.assistant("It is"), Usage(7, 3), "served-model", "length")
    with ModelServer("openai", [response]) as server:
        said = json.loads(post(server, QUESTION).said)

    assert (said["model"], said["choices"][0]["finish_reason"], said["usage"]["total_tokens"]) == (
        "served-model",
        "length",
        10,
    )


async def test_a_function_of_the_request_may_be_asynchronous() -> None:
    """It gives any entry, and it sees what was asked."""

    async def answer(asked):
        await asyncio.sleep(0)
        return [call("echo", text=asked.texts[-1])]

    with ModelServer("openai", [answer]) as server:
        response = await asyncio.to_thread(post, server, QUESTION)

    assert "What is 1 + 2?" in response.said


def test_many_clients_are_answered_at_once() -> None:
    """Nobody waits for another's answer."""
    together = threading.Barrier(10)

    def answer(asked):
        return f"You said {asked.texts[-1]}"

    with ModelServer("openai", answer) as server:
        said: dict[int, str] = {}

        def ask(number: int) -> None:
            together.wait()
            said[number] = said_in(
                post(server, {**QUESTION, "messages": [{"role": "user", "content": f"{number}"}]})
            )

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert said == {number: f"You said {number}" for number in range(10)}


async def test_a_held_answer_waits_for_its_release() -> None:
    """A test decides when an answer comes, without any clock; releases count, whichever comes first."""
    with ModelServer("openai", [held("first"), held("second")]) as server:
        asking = asyncio.create_task(asyncio.to_thread(post, server, QUESTION))
        await server.wait_for_requests()
        assert not asking.done()
        server.release()
        assert said_in(await asking) == "first"

        server.release()
        assert said_in(await asyncio.to_thread(post, server, QUESTION)) == "second"


@pytest.mark.parametrize("entry", [hang(), stalled_after(2, "It is three, I should say."), held("never")])
@pytest.mark.parametrize("question", [QUESTION, STREAMED])
async def test_a_client_that_leaves_is_seen(entry: object, question: object) -> None:
    """A server that still has something to say knows that nobody hears it."""
    with ModelServer("openai", [entry]) as server:
        with connect(server) as connection:
            send(connection, question)
            await server.wait_for_requests()
            assert not server.requests[0].was_cut_off
        await server.wait_until_cut_off()

    assert not server.requests[0].is_answered


def test_a_client_that_stays_is_not_cut_off_by_the_end_of_the_server() -> None:
    """Closing the server ends what hangs, and blames nobody."""
    with ExitStack() as stack:
        with ModelServer("openai", [hang()]) as server:
            connection = stack.enter_context(connect(server))
            send(connection, QUESTION)
            asyncio.run(server.wait_for_requests())

        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()

    assert not server.requests[0].was_cut_off


async def test_waiting_for_what_does_not_happen_ends_with_what_there_is() -> None:
    """A test that waits in vain is told what it waited for."""
    with ModelServer("openai") as server:
        with pytest.raises(AssertionError, match=r"waited 0.01 s for 2 requests; there were 0 requests"):
            await server.wait_for_requests(2, timeout_s=0.01)
        with pytest.raises(AssertionError, match="the client to close the connection of request 1"):
            await server.wait_until_cut_off(timeout_s=0.01)


LONG = "It is three, I should say."


@pytest.mark.parametrize(
    ("entry", "status", "holds"),
    [
        (http_error(429, retry_after_s=2.5), 429, "rate_limit_exceeded"),
        (http_error(503, "come back later"), 503, "come back later"),
        (http_error(418), 418, "The request failed."),
        (overflow(), 400, "context_length_exceeded"),
        (garbage(), 200, "<!doctype html>"),
        (malformed_json(), 200, '"content": "It is'),
        (redirect_to("http://127.0.0.1:9"), 307, ""),
        (late(0.01, "It is three."), 200, "It is three."),
        (empty_body(), 200, ""),
        (no_choices(), 200, '"choices":[]'),
        (error_after(2, LONG), 500, "server_error"),
        (unfinished_after(1, LONG), 200, '{"id":'),
    ],
)
def test_a_fault_comes_as_the_provider_would_send_it(entry: object, status: int, holds: str) -> None:
    """Status, body and headers."""
    with ModelServer("openai", [entry]) as server:
        response = post(server, QUESTION)

    assert response.status == status
    assert holds in response.said
    assert response.headers["x-request-id"]
    assert response.headers["retry-after"] == ("2.5" if status == 429 else None)


def test_an_error_carries_the_headers_that_it_is_given() -> None:
    """A wait may be a date, or count milliseconds, which is a header of its own."""
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    with ModelServer(
        "openai", [http_error(503, headers={"retry-after": date, "retry-after-ms": "7"})]
    ) as server:
        headers = post(server, QUESTION).headers

    assert headers["retry-after"] == date
    assert headers["retry-after-ms"] == "7"


def test_a_redirect_leads_to_the_same_path_of_another_server() -> None:
    """With its address before it."""
    with ModelServer("openai", [redirect_to("http://127.0.0.1:9")]) as server:
        response = post(server, QUESTION)

    assert response.headers["location"] == "http://127.0.0.1:9/v1/chat/completions"


def test_a_server_that_hangs_up_says_nothing() -> None:
    """Not even a status."""
    with ModelServer("openai", [hang_up()]) as server, pytest.raises(http.client.RemoteDisconnected):
        post(server, QUESTION)

    assert (server.requests[0].status, server.requests[0].is_answered) == (0, False)


@pytest.mark.parametrize("question", [QUESTION, STREAMED])
@pytest.mark.parametrize("pieces", [0, 1, 1000])
def test_a_cut_answer_closes_the_connection_too_early(question: object, pieces: int) -> None:
    """Whatever was sent, HTTP itself says that it is not all."""
    with (
        ModelServer("openai", [cut_after(pieces, LONG)]) as server,
        pytest.raises(http.client.IncompleteRead),
    ):
        post(server, question)

    assert not server.requests[0].is_answered
    assert not server.requests[0].was_cut_off


@pytest.mark.parametrize("question", [QUESTION, STREAMED])
def test_a_torn_down_connection_is_an_error_to_who_reads(question: object) -> None:
    """The operating system says so, in place of an end."""
    with (
        ModelServer("openai", [reset_after(2, LONG)]) as server,
        pytest.raises(ConnectionResetError),
    ):
        post(server, question)

    assert not server.requests[0].is_answered


@pytest.mark.parametrize(("pieces", "text"), [(0, ""), (2, LONG[:16]), (1000, LONG)])
def test_an_unfinished_stream_never_says_why_it_stopped(pieces: int, text: str) -> None:
    """HTTP ends as it should, and only the dialect's own end is missing."""
    with ModelServer("openai", [unfinished_after(pieces, LONG)]) as server:
        said = post(server, STREAMED).said

    choices = [choice for chunk in chunks_of(said) for choice in chunk["choices"]]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == text
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == []
    assert "[DONE]" not in said


def test_a_stream_that_fails_on_the_way_says_so() -> None:
    """The pieces come, then an error where the next one would be."""
    with ModelServer("openai", [error_after(2, LONG)]) as server:
        *before, last = chunks_of(post(server, STREAMED).said)

    assert before
    assert last["error"]["type"] == "server_error"


def test_a_refused_request_takes_no_entry_of_the_script() -> None:
    """The model was never asked."""
    with ModelServer("openai", ["It is 3."]) as server:
        assert post(server, {"model": "test-model"}).status == 400
        assert said_in(post(server, QUESTION)) == "It is 3."

    server.assert_exhausted()
    assert [asked.status for asked in server.requests] == [400, 200]


def test_a_window_that_ends_refuses_what_is_too_long() -> None:
    """At four characters a token."""
    long = {**QUESTION, "messages": [{"role": "user", "content": "x" * 44}]}
    with ModelServer("openai", ["It is 3."], context_tokens=10) as server:
        refused = json.loads(post(server, long).said)["error"]
        assert said_in(post(server, QUESTION)) == "It is 3."

    assert refused["code"] == "context_length_exceeded"
    assert (
        "maximum context length is 10 tokens. However, your messages resulted in 11 tokens"
        in refused["message"]
    )


def test_a_request_beyond_the_script_is_answered_and_remembered() -> None:
    """A client that tries again behind everybody's back is found out."""
    with ModelServer("openai", ["one"], strict=False) as server:
        post(server, QUESTION)
        response = post(server, QUESTION)

    assert response.status == 500
    with pytest.raises(
        AssertionError, match=r"ModelServer 'openai' got request 2, but its script ends after 1; .*1 \+ 2"
    ):
        server.assert_exhausted()


def test_an_entry_that_nobody_asked_for_is_told_with_what_was_asked_instead() -> None:
    """A wrong path is the usual reason, so it is shown."""
    with ModelServer("openai", ["one"], strict=False) as server:
        assert post(server, QUESTION, "/chat/completions").status == 404

    with pytest.raises(
        AssertionError, match=r"got 0 of the 1 requests of its script(.|\n)*POST /chat/completions"
    ):
        server.assert_exhausted()
    assert server.requests == []


def test_a_failed_assertion_about_a_request_is_remembered() -> None:
    """It would otherwise end as some run's error."""

    def check(asked):
        assert asked.texts == [], "not empty"
        return "Hi!"

    def fail(asked):
        return asked.texts[7]

    with ModelServer("openai", [check, fail], strict=False) as server:
        assert post(server, QUESTION).status == 500
        assert post(server, QUESTION).status == 500

    assert "an assertion failed: not empty" in server.problems()[0]
    assert "IndexError" in server.problems()[1]


def test_what_a_dialect_cannot_carry_is_told() -> None:
    """Malformed arguments have no place where arguments are an object."""
    question = {**QUESTION, "stream": False}
    with ModelServer("ollama", [raw_call("add", '{"a":')], strict=False) as server:
        assert post(server, question, "/api/chat").status == 500

    assert "can't carry '{\"a\":'" in server.problems()[0]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (7, r"entry 2 of the script of ModelServer 'openai' is a int; give a text"),
        (ValueError("no"), "is a ValueError; give a text"),
        (["Hi!", 7], "item 1 is a int; a list holds texts and call"),
        (held(None), r"entry 2 .*\(in its held\) is a NoneType"),
        (cut_after(1, thinking("hm", b"raw")), r"\(in its broken\) \(in its thinking\) is a bytes"),
    ],
)
def test_what_is_no_entry_is_refused_where_it_is_written(entry: object, said: str) -> None:
    """A mistake in a script is told with its place, before any request."""
    with pytest.raises(TypeError, match=said):
        ModelServer("openai", ["fine", entry])


def test_an_error_that_is_none_is_refused() -> None:
    """A status of 200 is no error."""
    with pytest.raises(ValueError, match="give a status of 400 or more"):
        http_error(200)


def test_a_server_that_does_not_listen_says_how_to_have_it_listen() -> None:
    """Its address is known once it has one."""
    with pytest.raises(RuntimeError, match=r"write: with ModelServer\(\.\.\.\) as server"):
        _ = ModelServer("openai").base_url


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01 this is TLS\r\n\r\n",
        b"GET /\r\n\r\n",
        b"",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    ],
)
def test_what_is_no_request_is_hung_up_on(noise: bytes) -> None:
    """And the next client is served."""
    with ModelServer("openai", ["It is 3."]) as server:
        with connect(server) as connection:
            connection.connect()
            connection.sock.sendall(noise)
            if noise:
                assert connection.sock.recv(100) == b""
        assert said_in(post(server, QUESTION)) == "It is 3."
