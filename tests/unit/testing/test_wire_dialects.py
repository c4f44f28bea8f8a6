"""Each dialect refuses what the real servers refuse, in their words, and reads and writes as they do."""

from __future__ import annotations

import base64
import http.client
import json
from contextlib import closing

import pytest

from executus_core.llm import FilePart, ImagePart, Message, TextPart, ToolCall, Usage
from executus_core.testing import (
    ModelServer,
    call,
    error_after,
    http_error,
    no_choices,
    overflow,
    raw_call,
    refused_content,
    thinking,
)

PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages", "ollama": "/api/chat"}
VERSION = {"anthropic-version": "2023-06-01"}
USER = {"role": "user", "content": "What is 1 + 2?"}
PNG = b"\x89PNG\r\n\x1a\n and more"
PNG64 = base64.b64encode(PNG).decode()


def ask(server: ModelServer, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)) as connection:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, content if method == "POST" else None, {**VERSION, **named})
        response = connection.getresponse()
        return response.status, response.read().decode()


def chat(dialect: str, entry: object, **changes: object) -> tuple[str, ModelServer]:
    """Ask for one answer that is accepted."""
    body = {"model": "test-model", "max_tokens": 100, "messages": [USER], "stream": False, **changes}
    with ModelServer(dialect, [entry], usage=Usage(20, 10, cached_tokens=8, thinking_tokens=4)) as server:
        status, said = ask(server, "POST", PATHS[dialect], body)
    assert status == 200, said
    return said, server


def refusal(dialect: str, body: object, **headers: str) -> tuple[int, str]:
    with ModelServer(dialect) as server:
        status, said = ask(server, "POST", PATHS[dialect], body, **headers)
    error = json.loads(said)["error"]
    return status, error if dialect == "ollama" else error["message"]


def openai_call(arguments: str = "{}", call_id: str = "one") -> dict[str, object]:
    return {"id": call_id, "type": "function", "function": {"name": "add", "arguments": arguments}}


def openai_result(call_id: str = "one") -> dict[str, object]:
    return {"role": "tool", "tool_call_id": call_id, "content": "3"}


def openai_file(file_data: str) -> dict[str, object]:
    return {
        "role": "user",
        "content": [{"type": "file", "file": {"filename": "a.pdf", "file_data": file_data}}],
    }


def anthropic_image(media_type: str) -> dict[str, object]:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": PNG64}}


def anthropic_file(data: str, media_type: str = "application/pdf") -> dict[str, object]:
    source = {"type": "base64", "media_type": media_type, "data": data}
    return {"role": "user", "content": [{"type": "document", "source": source}]}


def openai_says(*calls: object) -> dict[str, object]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def anthropic_says(*calls: object) -> dict[str, object]:
    return {"role": "assistant", "content": list(calls)}


def anthropic_call(arguments: object = None, call_id: str = "one") -> dict[str, object]:
    return {"type": "tool_use", "id": call_id, "name": "add", "input": arguments or {}}


def anthropic_result(call_id: str = "one", content: object = "3") -> dict[str, object]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call_id, "content": content}]}


OPENAI_REFUSES = [
    ({"model": None}, "you must provide a model parameter"),
    ({"messages": None}, "Missing required parameter: 'messages'"),
    ({"messages": []}, "Invalid value for 'messages'"),
    ({"messages": [{"content": "x"}]}, "Invalid value for 'messages[0]'"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "Invalid value for 'messages[0]'"),
    ({"messages": [{"role": "user", "content": None}]}, "Invalid value for 'messages[0].content'"),
    (
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        "parameter: 'messages[0].content[0].text'",
    ),
    ({"messages": [USER, {"role": "assistant", "content": None}]}, "expected a string, got null"),
    ({"messages": [USER, openai_result()]}, "must be a response to a preceding message with 'tool_calls'"),
    (
        {"messages": [USER, openai_says(openai_call()), openai_result("two")]},
        "must be a response to a preceding",
    ),
    ({"messages": [USER, openai_says(openai_call()), USER]}, "did not have response messages: one"),
    ({"messages": [USER, openai_says(openai_call())]}, "did not have response messages: one"),
    (
        {"messages": [USER, openai_says(openai_call('{"a":')), openai_result()]},
        "Failed to parse tool call arguments",
    ),
    (
        {"messages": [USER, openai_says(openai_call({})), openai_result()]},
        "tool_calls[0].function.arguments'",
    ),
    ({"tools": []}, "Invalid value for 'tools'"),
    ({"tools": [{"type": "function", "function": {"name": "two words"}}]}, "tools[0].function.name"),
    (
        {"tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "array"}}}]},
        "Invalid schema for function 'add'",
    ),
    ({"messages": [openai_file("JVBERi0=")]}, "but got a value without the 'data:' prefix"),
    ({"messages": [openai_file("data:text/plain;base64,aGk=")]}, "unsupported MIME type 'text/plain'"),
    ({"messages": [openai_file("data:application/pdf;base64,?")]}, "messages[0].content[0].file.file_data"),
    ({"temperature": 3}, "Invalid value for 'temperature'"),
    ({"max_tokens": "many"}, "Invalid value for 'max_tokens'"),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y.png"}}]}
            ]
        },
        "Error while downloading http://x/y.png",
    ),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}],
                }
            ]
        },
        "Invalid base64 image_url",
    ),
]
ANTHROPIC_REFUSES = [
    ({"model": None}, "model: Field required"),
    ({"max_tokens": None}, "max_tokens: Field required"),
    ({"messages": []}, "messages: at least one message is required"),
    (
        {"messages": [{"role": "system", "content": "x"}]},
        "messages.0.role: Input should be 'user' or 'assistant'",
    ),
    ({"messages": [{"role": "assistant", "content": "x"}]}, 'first message must use the "user" role'),
    ({"messages": [USER, USER]}, 'found multiple "user" roles in a row'),
    ({"messages": [{"role": "user", "content": ""}]}, "all messages must have non-empty content"),
    (
        {"messages": [{"role": "user", "content": " \n"}]},
        "text content blocks must contain non-whitespace text",
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
        "text content blocks must be non-empty",
    ),
    ({"messages": [USER, anthropic_says(), USER]}, "messages.1: all messages must have non-empty content"),
    (
        {"messages": [USER, anthropic_says(anthropic_call("{}")), USER]},
        "input: Input should be a valid dictionary",
    ),
    (
        {"messages": [USER, anthropic_says(anthropic_call(call_id="a.b")), USER]},
        "id: String should match pattern",
    ),
    (
        {"messages": [USER, anthropic_says(anthropic_call()), USER]},
        "messages.1: `tool_use` ids were found without",
    ),
    ({"messages": [USER, anthropic_says(anthropic_call())]}, "messages.1: `tool_use` ids were found without"),
    ({"messages": [anthropic_result()]}, "messages.0.content.0: unexpected `tool_use_id` found"),
    (
        {"messages": [USER, anthropic_says(anthropic_call(), anthropic_call()), USER]},
        "`tool_use` ids must be unique",
    ),
    (
        {
            "messages": [
                USER,
                anthropic_says(anthropic_call()),
                anthropic_result(content=[{"type": "text", "text": " "}]),
            ]
        },
        "text content blocks must contain non-whitespace text",
    ),
    (
        {"messages": [{"role": "user", "content": "x", "name": "me"}]},
        "messages.0.name: Extra inputs are not permitted",
    ),
    ({"tools": [{"name": "add", "input_schema": {}}]}, "tools.0.input_schema.type: Field required"),
    ({"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://x"}}]}
            ]
        },
        "Unable to download the file",
    ),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "?"},
                        }
                    ],
                }
            ]
        },
        "invalid base64 data",
    ),
    ({"messages": [anthropic_file("?")]}, "document.source.base64.data: invalid base64 data"),
    ({"messages": [anthropic_file("aGk=")]}, "The PDF specified was not valid"),
    ({"messages": [anthropic_file("aGk=", "text/html")]}, "messages.0.content.0"),
    (
        {"messages": [{"role": "user", "content": [anthropic_image("image/jpeg")]}]},
        "specified using the image/jpeg media type, but the image appears to be a image/png image",
    ),
]
OLLAMA_REFUSES = [
    ({"model": None}, "model is required"),
    ({"messages": None}, "messages is required"),
    (
        {"messages": [{"role": "user", "content": ["x"]}]},
        "cannot unmarshal into Go struct field ChatRequest.messages.content",
    ),
    ({"messages": [{"role": "tool", "content": "3"}]}, "messages[0]: a tool message must follow the call"),
    (
        {
            "messages": [
                {"role": "assistant", "tool_calls": [{"function": {"name": "add", "arguments": "{}"}}]}
            ]
        },
        "ChatRequest.messages.tool_calls.function.arguments",
    ),
    ({"messages": [{"role": "user", "content": "x", "images": ["?"]}]}, "illegal base64 data"),
    ({"format": "xml"}, "ChatRequest.format"),
]
REFUSED = [
    *(("openai", *case) for case in OPENAI_REFUSES),
    *(("anthropic", *case) for case in ANTHROPIC_REFUSES),
    *(("ollama", *case) for case in OLLAMA_REFUSES),
]


JSON = {
    "openai": "could not parse the JSON body",
    "anthropic": "is not valid JSON",
    "ollama": "invalid character",
}


@pytest.mark.parametrize(("dialect", "changes", "says"), REFUSED)
def test_what_the_real_server_refuses_is_refused(dialect: str, changes: dict[str, object], says: str) -> None:
    """A provider that passes here does not fail there."""
    body = {"model": "test-model", "max_tokens": 9, "messages": [USER], **changes}
    status, message = refusal(dialect, {name: value for name, value in body.items() if value is not None})

    assert status == 400
    assert says in message


def offer(dialect: str, schema: dict[str, object], **more: object) -> dict[str, object]:
    if dialect == "anthropic":
        return {"tools": [{"name": "add", "input_schema": schema}]}
    return {"tools": [{"type": "function", "function": {"name": "add", "parameters": schema, **more}}]}


def an_object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties}


AT_THE_ROOT = {"type": "object", "anyOf": [{"required": ["a"]}]}
CLOSED = {**an_object(a={"type": "string"}), "additionalProperties": False, "required": ["a"]}
SCHEMAS_REFUSED = [
    ("openai", AT_THE_ROOT, "not have 'oneOf'/'anyOf'/'allOf'"),
    ("openai", an_object(a={"type": "array"}), "array schema missing items"),
    ("openai", an_object(a={"type": "string", "format": "uri"}), "'uri' is not a valid format"),
    ("openai", an_object(a={"type": "string", "pattern": "("}), "is not a 'regex'"),
    ("openai", an_object(a={"$ref": "https://example.org/a.json"}), "was not found in the schema"),
    ("openai", an_object(a={"$ref": "#/$defs/a"}), "was not found in the schema"),
    ("openai", an_object(a=None), "None is not of type 'object', 'boolean'"),
    ("openai", an_object(a={"type": "any"}), "'any' is not valid"),
    ("openai", an_object(a={"description": 7}), "is not of type 'string'"),
    ("openai", an_object(a={"type": "string", "minLength": -1}), "is not a count"),
    ("openai", an_object(a={"enum": []}), "is not of type 'array', or empty"),
    ("openai", {"type": "object", "properties": []}, "is not of type 'object'"),
    ("anthropic", AT_THE_ROOT, "does not support oneOf, allOf, or anyOf at the top level"),
    ("anthropic", an_object(**{"filter[id]": {}}), "Property keys should match pattern"),
    ("anthropic", {"type": "object", "required": "a"}, "must match JSON Schema draft 2020-12"),
    ("ollama", an_object(a=True), "ToolProperty.properties"),
    ("ollama", an_object(a={"type": 7}), "ToolProperty.type"),
    ("ollama", {**an_object(), "required": {"a": True}}, "ToolProperty.required"),
]
NOT_STRICT = [
    ({**CLOSED, "additionalProperties": True}, "'additionalProperties' is required"),
    ({**CLOSED, "required": []}, "'required' is required"),
    ({**CLOSED, "minProperties": 1}, "'minProperties' is not permitted"),
    ({**CLOSED, "properties": {"a": {}}}, "must have a 'type' key"),
    ({**CLOSED, "properties": {"a": True}}, "must have a 'type' key"),
    (
        {**CLOSED, "$defs": {"a": CLOSED}, "properties": {"a": {"$ref": "#/$defs/a", "description": "x"}}},
        "$ref cannot",
    ),
]


@pytest.mark.parametrize(("dialect", "schema", "says"), SCHEMAS_REFUSED)
def test_a_schema_that_the_real_server_refuses_is_refused(
    dialect: str, schema: dict[str, object], says: str
) -> None:
    """One tool's schema too many, and no tool can be offered."""
    body = {"model": "test-model", "max_tokens": 9, "messages": [USER], **offer(dialect, schema)}
    status, message = refusal(dialect, body)

    assert status == 400
    assert says in message


@pytest.mark.parametrize(("schema", "says"), NOT_STRICT)
def test_openai_refuses_in_strict_mode_what_it_takes_otherwise(schema: dict[str, object], says: str) -> None:
    """Only where the tool asks for it."""
    body = {"model": "test-model", "messages": [USER], **offer("openai", schema, strict=True)}
    status, message = refusal("openai", body)

    assert status == 400
    assert says in message
    chat("openai", "Three.", **offer("openai", schema))
    chat("openai", "Three.", **offer("openai", CLOSED, strict=True))


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_what_is_no_json_object_is_refused(dialect: str, content: bytes) -> None:
    """Before anything else is looked at."""
    status, message = refusal(dialect, content)

    assert status == 400
    assert JSON[dialect] in message


def test_anthropic_wants_to_know_its_version() -> None:
    """Which is a header."""
    status, message = refusal("anthropic", {}, anthropic_version="")

    assert (status, message) == (400, "anthropic-version: header is required")


@pytest.mark.parametrize(
    ("dialect", "header", "missing", "wrong"),
    [
        ("openai", "authorization", "You didn't provide an API key", "Incorrect API key provided"),
        ("anthropic", "x_api_key", "x-api-key header is required", "invalid x-api-key"),
        ("ollama", "authorization", "unauthorized", "unauthorized"),
    ],
)
def test_a_key_is_asked_for_in_the_providers_header(
    dialect: str, header: str, missing: str, wrong: str
) -> None:
    """Without it nothing is answered, and with another neither."""
    scheme = "Bearer " if header == "authorization" else ""
    body = {"model": "test-model", "max_tokens": 9, "messages": [USER], "stream": False}
    with ModelServer(dialect, ["It is 3."], key="right") as server:
        path = PATHS[dialect]
        without, other = (
            ask(server, "POST", path, body),
            ask(server, "POST", path, body, **{header: f"{scheme}wrong"}),
        )
        right = ask(server, "POST", path, body, **{header: f"{scheme}right"})

    assert (without[0], other[0], right[0]) == (401, 401, 200)
    assert missing in without[1]
    assert wrong in other[1]


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ("openai", "The model `another` does not exist or you do not have access to it."),
        ("anthropic", "model: another"),
        ("ollama", "model 'another' not found"),
    ],
)
def test_an_unknown_model_is_not_found(dialect: str, says: str) -> None:
    """In the provider's words."""
    body = {"model": "another", "max_tokens": 9, "messages": [USER]}

    assert refusal(dialect, body) == (404, says)


@pytest.mark.parametrize(
    ("dialect", "entry", "status", "says"),
    [
        ("anthropic", overflow(), 400, "prompt is too long: 10044 tokens > 8192 maximum"),
        ("anthropic", refused_content(), 400, "content filtering policy"),
        ("anthropic", http_error(429), 429, "rate_limit_error"),
        ("anthropic", http_error(529), 529, "overloaded_error"),
        ("anthropic", http_error(418), 418, "invalid_request_error"),
        ("anthropic", http_error(502), 502, "api_error"),
        ("ollama", overflow(), 400, "prompt too long; exceeded max context length by 1852 tokens"),
        ("ollama", refused_content(), 400, "bad request"),
        ("ollama", http_error(503), 503, "server busy"),
        ("ollama", http_error(507), 507, "internal server error"),
        ("openai", refused_content(), 400, "invalid_prompt"),
        ("openai", http_error(401), 401, "invalid_api_key"),
    ],
)
def test_a_fault_is_told_in_the_dialects_words(dialect: str, entry: object, status: int, says: str) -> None:
    """What a provider maps its errors by."""
    body = {"model": "test-model", "max_tokens": 9, "messages": [USER]}
    with ModelServer(dialect, [entry]) as server:
        given, said = ask(server, "POST", PATHS[dialect], body)

    assert given == status
    assert says in said


@pytest.mark.parametrize(
    ("dialect", "entry", "is_stream", "holds", "lacks"),
    [
        ("anthropic", no_choices(), False, '"role":"assistant"', '"content"'),
        ("anthropic", no_choices(), True, "event: message_stop", "message_delta"),
        ("anthropic", error_after(1, "It is three."), True, "event: error", "message_stop"),
        ("ollama", no_choices(), False, '"done":true', '"message"'),
        ("ollama", no_choices(), True, '"done":true', '"message"'),
        ("ollama", error_after(1, "It is three."), True, '{"error":"internal server error"}', '"done":true'),
    ],
)
def test_what_is_no_whole_answer_has_no_end(
    dialect: str, entry: object, is_stream: bool, holds: str, lacks: str
) -> None:
    """It is told from a whole one by what is not there."""
    said, _ = chat(dialect, entry, stream=is_stream)

    assert holds in said
    assert lacks not in said


ASKED = (
    Message.system("Be brief."),
    Message("user", (TextPart("What is this?"), ImagePart(PNG, "image/png"))),
    Message("assistant", (TextPart("Let me see."),), (ToolCall("one", "add", '{"a": 1}'),)),
    Message("tool", (TextPart("3"),), (), "one"),
)
TRANSCRIPTS = {
    "openai": {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG64}"}},
                ],
            },
            {"role": "assistant", "content": "Let me see.", "tool_calls": [openai_call('{"a": 1}')]},
            openai_result(),
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "sum", "schema": {"type": "object"}},
        },
        "max_completion_tokens": 77,
    },
    "anthropic": {
        "system": "Be brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG64}},
                ],
            },
            anthropic_says({"type": "text", "text": "Let me see."}, anthropic_call({"a": 1})),
            anthropic_result(),
        ],
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "max_tokens": 77,
    },
    "ollama": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is this?", "images": [PNG64]},
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [{"function": {"name": "add", "arguments": {"a": 1}}}],
            },
            {"role": "tool", "content": "3", "tool_name": "add"},
        ],
        "format": {"type": "object"},
        "options": {"num_predict": 77, "num_ctx": 4096, "seed": None},
    },
}


@pytest.mark.parametrize("dialect", PATHS)
def test_a_request_means_the_same_in_each_dialect(dialect: str) -> None:
    """A test of a provider reads the transcript, and not the dialect."""
    _, server = chat(dialect, "It is 3.", **TRANSCRIPTS[dialect])

    (asked,) = server.requests
    without_ids = tuple(
        Message(
            message.role,
            message.parts,
            tuple(ToolCall("", call.name, call.arguments) for call in message.tool_calls),
        )
        for message in ASKED
    )
    assert asked.messages == (without_ids if dialect == "ollama" else ASKED)
    assert asked.images == [ImagePart(PNG, "image/png")]
    assert asked.output_schema == {"type": "object"}
    assert asked.options == {"max_tokens": 77}


@pytest.mark.parametrize(
    ("dialect", "message", "name"),
    [
        ("openai", openai_file("data:application/pdf;base64,JVBERi0="), "a.pdf"),
        ("anthropic", anthropic_file("JVBERi0="), ""),
    ],
)
def test_a_file_arrives(dialect: str, message: dict[str, object], name: str) -> None:
    """Ollama has no place for one."""
    _, server = chat(dialect, "An empty document.", messages=[message])

    assert server.requests[0].files == [FilePart(name, "application/pdf", b"%PDF-")]


def test_anthropic_reads_the_error_of_a_result() -> None:
    """No other dialect has a place for it."""
    result = anthropic_result(content=[{"type": "text", "text": "no"}])
    result["content"][0]["is_error"] = True
    _, server = chat("anthropic", "It is 3.", messages=[USER, anthropic_says(anthropic_call()), result])

    assert server.requests[0].messages[-1] == Message("tool", (TextPart("no"),), (), "one", is_error=True)


def test_anthropic_writes_blocks() -> None:
    """Reasoning, text and calls; cached tokens are counted apart."""
    entry = thinking("Hm.", ["Let me see.", raw_call("add", '{"a": 1}', id="one")])
    said = json.loads(chat("anthropic", entry)[0])

    reasoning, text, called = said["content"]
    assert (reasoning["type"], reasoning["thinking"]) == ("thinking", "Hm.")
    assert text == {"type": "text", "text": "Let me see."}
    assert called == {"type": "tool_use", "id": "one", "name": "add", "input": {"a": 1}}
    assert (said["stop_reason"], said["role"]) == ("tool_use", "assistant")
    assert (said["usage"]["input_tokens"], said["usage"]["cache_read_input_tokens"]) == (12, 8)
    assert said["usage"]["output_tokens_details"] == {"thinking_tokens": 4}


def test_anthropic_streams_named_events() -> None:
    """Each block begins, grows and ends; the message does too."""
    entry = thinking("Hm.", ["Let me see.", raw_call("add", '{"a": 1}', id="one")])
    said, _ = chat("anthropic", entry, stream=True)

    events = [event.split("\n") for event in said.strip().split("\n\n")]
    data = [json.loads(line.removeprefix("data: ")) for _, line in events]
    assert [name.removeprefix("event: ") for name, _ in events] == [part["type"] for part in data]
    kinds = [part["type"] for part in data]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 3
    deltas = [part["delta"] for part in data if part["type"] == "content_block_delta"]
    assert "".join(delta.get("text", "") for delta in deltas) == "Let me see."
    assert "".join(delta.get("thinking", "") for delta in deltas) == "Hm."
    assert "".join(delta.get("partial_json", "") for delta in deltas) == '{"a": 1}'
    assert data[-2]["delta"]["stop_reason"] == "tool_use"
    assert data[-2]["usage"]["output_tokens"] == 10


def test_ollama_writes_arguments_as_an_object_and_no_ids() -> None:
    """And says that it stopped, also for a call."""
    said = json.loads(chat("ollama", thinking("Hm.", ["Let me see.", call("add", a=1)]))[0])

    assert said["message"] == {
        "role": "assistant",
        "content": "Let me see.",
        "thinking": "Hm.",
        "tool_calls": [{"function": {"name": "add", "arguments": {"a": 1}}}],
    }
    assert (said["done"], said["done_reason"]) == (True, "stop")
    assert (said["prompt_eval_count"], said["eval_count"]) == (20, 10)


def test_ollama_streams_lines_unless_it_is_told_not_to() -> None:
    """Which is the other way round than everywhere else."""
    said, server = chat("ollama", thinking("Hm.", ["Let me see.", call("add", a=1)]), stream=None)

    lines = [json.loads(line) for line in said.splitlines()]
    assert server.requests[0].is_stream
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert "".join(line["message"].get("thinking", "") for line in lines) == "Hm."
    assert "".join(line["message"]["content"] for line in lines) == "Let me see."
    assert [line["message"]["tool_calls"] for line in lines if "tool_calls" in line["message"]] == [
        [{"function": {"name": "add", "arguments": {"a": 1}}}]
    ]
    assert lines[-1]["eval_count"] == 10


LOOK_UPS = [
    ("openai", "GET", "/v1/models", None, '"id": "another-model"'),
    ("openai", "GET", "/v1/models/another-model", None, '"object": "model"'),
    ("anthropic", "GET", "/v1/models", None, '"last_id": "another-model"'),
    ("anthropic", "GET", "/v1/models/another-model", None, '"type": "model"'),
    ("ollama", "GET", "/", None, "Ollama is running"),
    ("ollama", "GET", "/api/version", None, '"version": '),
    ("ollama", "GET", "/api/tags", None, '"name": "another-model"'),
    ("ollama", "GET", "/api/ps", None, '"models": []'),
    ("ollama", "GET", "/v1/models", None, '"id": "another-model"'),
    ("ollama", "POST", "/api/show", {"model": "another-model"}, '"llama.context_length": 4096'),
]


@pytest.mark.parametrize(("dialect", "method", "path", "body", "holds"), LOOK_UPS)
def test_what_it_has_can_be_looked_up(dialect: str, method: str, path: str, body: object, holds: str) -> None:
    """As a command does that lists models or looks for servers; none of it takes an entry of the script."""
    with ModelServer(dialect, models=("test-model", "another-model"), context_tokens=4096) as server:
        status, said = ask(server, method, path, body)

    assert status == 200
    assert holds in said
    assert [asked.path for asked in server.look_ups] == [path]
    assert server.requests == []


@pytest.mark.parametrize(
    ("dialect", "method", "path", "body", "status"),
    [
        ("openai", "GET", "/v1/models/none", None, 404),
        ("openai", "GET", "/v1/chat/completions", None, 404),
        ("anthropic", "GET", "/v1/models/none", None, 404),
        ("ollama", "GET", "/api/none", None, 404),
        ("ollama", "POST", "/api/show", {"model": "none"}, 404),
        ("ollama", "POST", "/api/show", {}, 400),
    ],
)
def test_what_it_does_not_have_is_not_found(
    dialect: str, method: str, path: str, body: object, status: int
) -> None:
    """In the shape of the provider's errors."""
    with ModelServer(dialect) as server:
        given, said = ask(server, method, path, body)

    assert given == status
    assert json.loads(said)["error"]
