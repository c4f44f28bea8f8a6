"""Asking the person that the run is for."""
# ruff: noqa: D417 - the context is none of the arguments that a model reads about

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from executus_core import ToolContext, tool

if TYPE_CHECKING:
    from executus_core import Tool

MAX_QUESTION_CHARS: Final = 2_000
MAX_CHOICES: Final = 20
MAX_CHOICE_CHARS: Final = 200


def build_tools() -> list[Tool]:
    """Build the tools."""
    return [ask_user]


@tool(visibility="public", effect="idempotent")
async def ask_user(
    context: ToolContext,
    question: Annotated[str, Field(max_length=MAX_QUESTION_CHARS)],
    choices: Annotated[
        list[Annotated[str, Field(max_length=MAX_CHOICE_CHARS)]], Field(max_length=MAX_CHOICES)
    ] = [],  # noqa: B006 - the schema's default, which nobody changes
) -> str:
    """Ask the person that you work for, and wait for the answer: only for what you can't find out and must not guess.

    Args:
        question: One question that can be understood without the conversation.
        choices: The possible answers, two or more, each a few words; empty for a free answer.
    """
    answer = await context.ask(question, choices=choices)
    return answer if answer.strip() else "(the person gave an empty answer)"
