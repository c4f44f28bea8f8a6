"""Tools that live as long as one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from executus_core.llm.message import Message
    from executus_core.record.agent import Agent
    from executus_core.record.artifact import Artifact, PostRunResult
    from executus_core.record.caller import Caller
    from executus_core.record.invocation import Invocation
    from executus_core.record.run import RunInfo, RunTally
    from executus_core.record.tool import AttachImages, Tool


@define(eq=False)
class AgentSession:
    """The live side of one run, handed to a session tool factory. It stays valid until the run is cleaned up.

    Attributes:
        agent: The agent that runs.
        invocation: How the run was started.
        run: The run.
        caller: Who the run is for.
        attach_images: Shows images to the model before its next step.
        attach: Adds a file to the run's artifacts until the loop has ended; a post-run hook returns what it makes.
        state: Live step and token counts.
    """

    agent: Agent
    invocation: Invocation
    run: RunInfo
    caller: Caller
    attach_images: AttachImages
    attach: Callable[[Artifact], None]
    state: RunTally


class PostRun(Protocol):
    """Called once when the loop has ended, well or not, with the transcript as far as it came.

    ``output`` is the final or partial text, ``error`` None for a run that ended by itself. May be async. What it raises is
    noted on the result and changes nothing.
    """

    def __call__(
        self, transcript: Sequence[Message], output: str, error: BaseException | None, /
    ) -> PostRunResult | Awaitable[PostRunResult | None] | None:
        """Make artifacts of the run."""


def _tools(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    return tuple(tools)


@frozen
class SessionTools:
    """What a session tool factory returns.

    Attributes:
        tools: Tools of this run only.
        post_run: Called when the loop has ended, or None.
        cleanup: Called last, whatever happened before, or None. May be async.
    """

    tools: tuple[Tool, ...] = field(default=(), converter=_tools)
    post_run: PostRun | None = None
    cleanup: Callable[[], Awaitable[None] | None] | None = None


SessionToolFactory: TypeAlias = "Callable[[AgentSession], SessionTools | Awaitable[SessionTools] | AbstractAsyncContextManager[SessionTools]]"  # noqa: E501 - one line for the formatter
"""Makes the session tools of one run: a function, a coroutine function, or an async context manager whose exit cleans up."""
