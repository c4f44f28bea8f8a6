"""What a model is told about the value that it is to write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from executus_core.schema.problems import join_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonObject

TOOL_NAME: Final = "final_output"
TOOL_DESCRIPTION: Final = (
    "Give the final answer: the arguments are the answer. Call it once, alone, when everything else is done; "
    "it ends the conversation."
)
CALL_IT: Final = "Give your final answer by calling the tool `{name}`, not as text."
TAKEN: Final = "the answer was taken"
SPARE: Final = "error: only one answer is taken, and another call gave it"
UNCHECKED: Final = "the answer could not be checked"
FAILED_BESIDE: Final = "a tool that was called beside it failed; read its result first"


def schema_instruction(schema: JsonObject) -> str:
    """Ask in words for an answer that satisfies a schema."""
    text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    how = "Give your final answer as one JSON value and nothing else: no explanation, no code fence."
    return f"{how} It must satisfy this JSON schema:\n{text}".encode("utf-8", "replace").decode()


def say_again(problems: Sequence[str], tool_name: str) -> str:
    """Tell what was wrong with an answer in text, and how to answer again."""
    how = (
        f"Call the tool `{tool_name}` with the whole answer."
        if tool_name
        else "Answer again with the whole JSON value and nothing else."
    )
    return f"Your answer can't be used: {join_problems(problems)}. {how}"


def say_wrong(problems: Sequence[str]) -> str:
    """Tell what was wrong with an answer in a call."""
    return f"error: the answer can't be used: {join_problems(problems)}; call again with the whole answer"
