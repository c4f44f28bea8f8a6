"""What a model is told about arguments that did not validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import ToolArgumentError
from executus_core.schema.problems import join_problems, list_problems

if TYPE_CHECKING:
    from collections.abc import Collection


def explain_arguments(error: ValueError, known: Collection[str]) -> ToolArgumentError:
    """Turn a validation failure into words that help the model to write better arguments.

    Args:
        error: What the reader or the validator raised.
        known: Names of the arguments that the tool takes.
    """
    problems = list_problems(error, "argument", known)
    details = getattr(error, "errors", None)
    if (
        details is not None
        and not details(include_url=False)[0]["loc"]
        and not problems[0].startswith("not valid JSON")
    ):
        problems[0] += "; write one JSON object with the arguments by name"
    return ToolArgumentError(
        f"the arguments are wrong, so the tool was not called: {join_problems(problems)}"
    )
