"""The server and its model are what the other tests here take them for; nothing of executus is in between.

Words are noise: what holds is the shape of an answer.
"""

from __future__ import annotations

import json

import pytest
from llama_server import CONTEXT_TOKENS, LlamaServer
from tiny_vocabulary import RAMBLE

OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"

QUESTION = {"role": "user", "content": "What will the weather be in Rome?"}
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"enum": ["celsius", "fahrenheit"]},
    },
    "required": ["city", "days", "unit"],
}
WANTED = {"type": "json_schema", "json_schema": {"name": "weather", "schema": SCHEMA, "strict": True}}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Tell it.", "parameters": SCHEMA}}
]


def choice(server: LlamaServer, **request: object) -> dict:
    """Ask in OpenAI's dialect and give the one choice."""
    status, answer = server.post(OPENAI, request)
    assert status == 200, answer
    return answer["choices"][0]


def history(arguments: str) -> list[dict]:
    """Give a conversation in which the tool has been called and has answered."""
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": arguments}}
    return [
        QUESTION,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
    ]


def assert_fits(arguments: dict) -> None:
    """Check arguments by hand against the schema."""
    assert set(arguments) == {"city", "days", "unit"}
    assert isinstance(arguments["city"], str)
    assert type(arguments["days"]) is int
    assert arguments["unit"] in {"celsius", "fahrenheit"}


def test_it_is_ready_and_names_its_model(server: LlamaServer) -> None:
    assert server.get("/health") == {"status": "ok"}
    assert [model["id"] for model in server.get("/v1/models")["data"]] == ["tiny"]


@pytest.mark.parametrize("temperature", [0, 0.8, 2])
def test_without_tools_it_answers_in_a_few_words(server: LlamaServer, temperature: float) -> None:
    answer = choice(server, messages=[QUESTION], temperature=temperature)
    assert answer["finish_reason"] == "stop"
    assert 1 <= len(answer["message"]["content"].split()) < 60


def test_the_same_seed_gives_the_same_words(server: LlamaServer) -> None:
    first, second = (choice(server, messages=[QUESTION], seed=3, cache_prompt=False) for _ in range(2))
    assert first == second


def test_any_text_can_be_read(server: LlamaServer) -> None:
    answer = choice(server, messages=[{"role": "user", "content": "Ζεύς \U0001f329 \x01 \\u0000 <|x|>"}])
    assert answer["finish_reason"] == "stop"


def test_with_tools_it_calls_one_with_arguments_that_fit(server: LlamaServer) -> None:
    answer = choice(server, messages=[QUESTION], tools=TOOLS)
    assert answer["finish_reason"] == "tool_calls"
    assert answer["message"]["content"] == ""
    for call in answer["message"]["tool_calls"]:
        assert call["function"]["name"] == "weather"
        assert_fits(json.loads(call["function"]["arguments"]))


def test_now_and_then_it_calls_several_at_once(server: LlamaServer) -> None:
    counts = [
        len(choice(server, messages=[QUESTION], tools=TOOLS, seed=seed)["message"]["tool_calls"])
        for seed in range(20)
    ]
    assert counts.count(1) > 8
    assert 1 <= len([count for count in counts if count > 1]) < 12


def test_after_a_tools_result_it_answers_in_words(server: LlamaServer) -> None:
    answer = choice(server, messages=history('{"city": "Rome", "days": 1, "unit": "celsius"}'), tools=TOOLS)
    assert answer["finish_reason"] == "stop"
    assert answer["message"]["content"]
    assert "tool_calls" not in answer["message"]


def test_the_next_question_makes_it_call_again(server: LlamaServer) -> None:
    talk = [*history("{}"), {"role": "assistant", "content": "Sunny."}, QUESTION]
    assert choice(server, messages=talk, tools=TOOLS)["finish_reason"] == "tool_calls"


def test_an_answer_under_a_schema_fits_it(server: LlamaServer) -> None:
    assert_fits(json.loads(choice(server, messages=[QUESTION], response_format=WANTED)["message"]["content"]))


def test_under_a_schema_it_calls_no_tool(server: LlamaServer) -> None:
    """A run that has both would never get to its tools."""
    answer = choice(server, messages=[QUESTION], tools=TOOLS, response_format=WANTED)["message"]
    assert_fits(json.loads(answer["content"]))
    assert not answer.get("tool_calls")


def test_a_stream_carries_the_words_and_then_the_usage(server: LlamaServer) -> None:
    *chunks, last = server.stream(OPENAI, {"messages": [QUESTION], "stream_options": {"include_usage": True}})
    words = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert words.strip()
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert last["choices"] == []
    assert last["usage"]["prompt_tokens"] > 0
    assert last["usage"]["completion_tokens"] == len(words.split()) + 1  # and the end


def test_a_stream_carries_a_call_in_pieces(server: LlamaServer) -> None:
    chunks = server.stream(OPENAI, {"messages": [QUESTION], "tools": TOOLS})
    pieces = [piece for chunk in chunks for piece in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert pieces[0]["function"]["name"] == "weather"
    first = [piece["function"]["arguments"] for piece in pieces if piece["index"] == 0]
    assert len(first) > 5
    assert_fits(json.loads("".join(first)))


def test_a_prompt_that_does_not_fit_is_refused_with_both_sizes(server: LlamaServer) -> None:
    status, answer = server.post(OPENAI, {"messages": [{"role": "user", "content": "x " * 4000}]})
    assert (status, answer["error"]["type"]) == (400, "exceed_context_size_error")
    assert answer["error"]["n_prompt_tokens"] > answer["error"]["n_ctx"] == CONTEXT_TOKENS


def test_malformed_arguments_in_the_history_are_its_undoing(server: LlamaServer) -> None:
    status, answer = server.post(OPENAI, {"messages": history('{"city": '), "tools": TOOLS})
    assert (status, answer["error"]["type"]) == (500, "server_error")


def test_who_asks_for_it_is_answered_until_the_context_is_full(server: LlamaServer) -> None:
    answer = choice(server, messages=[{"role": "user", "content": RAMBLE}], max_tokens=500)
    assert answer["finish_reason"] == "length"


def test_it_speaks_the_dialect_of_anthropic_too(server: LlamaServer) -> None:
    request = {"messages": [QUESTION], "max_tokens": 500}
    tools = [{"name": "weather", "description": "Tell it.", "input_schema": SCHEMA}]
    status, words = server.post(ANTHROPIC, request)
    assert (status, words["stop_reason"], words["content"][0]["type"]) == (200, "end_turn", "text")
    status, called = server.post(ANTHROPIC, {**request, "tools": tools})
    assert (status, called["stop_reason"], called["content"][0]["type"]) == (200, "tool_use", "tool_use")
    assert_fits(called["content"][0]["input"])
    assert called["usage"]["output_tokens"] > 0
    kinds = [event["type"] for event in server.stream(ANTHROPIC, {**request, "tools": tools})]
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    assert "content_block_delta" in kinds
