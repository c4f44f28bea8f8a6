"""What a tool asks a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from executus_core.record.caller import Caller
    from executus_core.record.run import RunInfo


@frozen
class Question:
    """A question of one run to a person.

    Attributes:
        id: Unique; the same when it is asked again, and when a resumed run repeats the call that asks.
        run: The run that asks.
        caller: Who the run is for.
        text: What is asked. It and the choices may be a model's: show them, and never interpret them.
        choices: What may be answered; empty for anything.
        problem: Why the answer before did not do; "" at first.
    """

    id: str
    run: RunInfo
    caller: Caller
    text: str
    choices: tuple[str, ...] = ()
    problem: str = ""
