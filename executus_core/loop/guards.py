"""The guards that end a run which does not get on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import define

from executus_core.errors import ToolLoopError
from executus_core.tool.content import shown

if TYPE_CHECKING:
    from executus_core.llm.message import ToolCall
    from executus_core.record.run import Step


@define(eq=False)
class LoopGuards:
    """Counts errors in a row and equal calls in a row.

    Attributes:
        max_errors: Errors in a row that end the run; None for no guard.
        max_repeats: Equal calls in a row that end the run; None for no guard.
        verdict: Set once a guard says that this is enough.
    """

    max_errors: int | None
    max_repeats: int | None
    verdict: ToolLoopError | None = None
    _errors: int = 0
    _repeats: int = 1
    _last_call: ToolCall | None = None
    _last_arguments: object = None

    def see(self, step: Step, arguments: object) -> None:
        """See one finished call with its validated arguments; None when they did not validate."""
        call, last = step.tool_call, self._last_call
        if step.is_error or self._errors:
            self._count_error(step)
        if last is not None and call.name == last.name and _same(call, arguments, last, self._last_arguments):
            self._count_repeat(call)
        else:
            self._repeats = 1
        self._last_call = call
        self._last_arguments = arguments

    def _count_error(self, step: Step) -> None:
        self._errors = self._errors + 1 if step.is_error else 0
        if step.is_error and self._errors == self.max_errors and self.verdict is None:
            self.verdict = ToolLoopError(
                f"{self._errors} tool errors in a row, the last from '{shown(step.tool_call.name)}': "
                f"{shown(step.result.text, 300)}"
            )

    def _count_repeat(self, call: ToolCall) -> None:
        self._repeats += 1
        if self._repeats == self.max_repeats and self.verdict is None:
            self.verdict = ToolLoopError(
                f"the model called '{shown(call.name)}' {self._repeats} times in a row with the same arguments "
                f"({shown(call.arguments, 200)})"
            )


def _same(call: ToolCall, arguments: object, last: ToolCall, last_arguments: object) -> bool:
    """Tell whether two calls of one tool have the same canonical arguments; spelling and key order don't count."""
    if call.arguments == last.arguments:
        return True
    try:
        if arguments is None or last_arguments is None or arguments != last_arguments:
            return False
    except RecursionError:
        return False
    # Equal in Python is not yet equal in JSON: True == 1 == 1.0.
    return _canonical(call.arguments) == _canonical(last.arguments)


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments
