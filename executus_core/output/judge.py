"""Whether an answer will do: the schema first, then the host's own validators, each wrong answer sent back."""

from __future__ import annotations

from asyncio import CancelledError
from inspect import isawaitable
from typing import TYPE_CHECKING, cast

from attrs import define, field

from executus_core.errors import OutputAttempt, RunError, StructuredOutputError, ToolError
from executus_core.output.finding import find_value
from executus_core.schema.problems import join_problems
from executus_core.schema.value import UnfitValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.exchange import OutputMode
    from executus_core.record.output import Output
    from executus_core.schema.value import ValueSchema


@define(eq=False)
class OutputJudge:
    """Judges the answers of one run.

    Attributes:
        schema: What the answer must be.
        output: What the agent says about it.
        mode: How it was asked for.
        tool_name: The tool whose call is the answer, or "".
        report: Told of each answer that was rejected.
        attempts: The answers that were.
        is_settled: Whether an answer was taken.
        text: That answer, as the model wrote it.
        value: Its value.
        error: Why no more answers are asked for, when that is so.
    """

    schema: ValueSchema
    output: Output[object]
    mode: OutputMode
    tool_name: str
    report: Callable[[OutputAttempt], None]
    attempts: list[OutputAttempt] = field(factory=list[OutputAttempt])
    is_settled: bool = False
    text: str = ""
    value: object = None
    error: Exception | None = None

    async def judge(self, text: str) -> tuple[str, ...]:
        """Take an answer, or say what is wrong with it.

        Returns:
            The problems, for the model; none when the answer was taken.

        Raises:
            RunError: A validator of the host failed.
        """
        try:
            value = find_value(self.schema, text)
        except UnfitValueError as error:
            return self.reject(text, error.problems)
        for check in self.output.validators:
            try:
                value = await _apply(check, value)
            except _Rejected as rejection:
                return self.reject(text, (str(rejection),))
        self.is_settled, self.text, self.value = True, text, value
        return ()

    def reject(self, text: str, problems: Sequence[str]) -> tuple[str, ...]:
        """Keep an answer that won't do; when it was the last that is asked for, say so in ``error``."""
        attempt = OutputAttempt(text, tuple(problems))
        self.attempts.append(attempt)
        self.report(attempt)
        if len(self.attempts) > self.output.retries:
            count = len(self.attempts)
            self.error = StructuredOutputError(
                f"the model gave no value of {self.schema.name} in {count} attempt{'s' * (count != 1)}; the last: "
                f"{join_problems(problems)}; allow more retries, ask for less, or use another model",
                attempts=self.attempts,
            )
        return attempt.problems


class _Rejected(Exception):  # noqa: N818 - a verdict, not an error
    """A validator rejected the value, with a message for the model."""


async def _apply(check: Callable[[object], object], value: object) -> object:
    """Let one validator of the host look at a value."""
    try:
        checked = check(value)
        if isawaitable(checked):
            checked = cast("object", await checked)
    except (ValueError, ToolError) as error:
        raise _Rejected(str(error) or type(error).__name__) from error
    except (CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        name = getattr(check, "__qualname__", repr(check))
        raise RunError(f"the output validator '{name}' failed: {type(error).__name__}: {error}") from error
    return value if checked is None else checked
