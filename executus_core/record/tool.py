"""A tool, what it is handed when it is called, and what it may return."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias  # noqa: TID251 - what a handler's call gives

from attrs import define, field, frozen

from executus_core.llm.message import ImagePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from executus_core.llm.json import JsonObject
    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Caller
    from executus_core.record.invocation import Invocation
    from executus_core.record.run import RunInfo, RunTally

Visibility: TypeAlias = Literal["private", "shared", "public"]
Effect: TypeAlias = Literal["pure", "idempotent", "at_most_once"]

TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every provider takes for the name of a tool."""
VISIBILITY_ORDER: dict[Visibility, int] = {"private": 0, "shared": 1, "public": 2}
"""How far a surface or a tool reaches; a tool is offered on surfaces that reach no further than it does."""


class AttachImages(Protocol):
    """Queues a user message for the next step: the text when it is not blank, then the images; nothing for nothing."""

    def __call__(self, text: str, *images: ImagePart) -> None:
        """Queue it."""


class Ask(Protocol):
    """Asks a person, for tools that are async, and waits for the answer; waiting counts as the run's time.

    With choices, the answer is one of them as it stands there. What can't be asked or is not answered is a ``ToolError``
    in words for the model, so a tool need not catch it.
    """

    async def __call__(self, text: str, *, choices: Sequence[str] = ()) -> str:
        """Ask it."""
        ...


@define(eq=False)
class ToolContext:
    """What a tool may know and do beside its arguments. Made for one call.

    Attributes:
        invocation: How the run was started.
        run: The run that calls.
        caller: Who the run is for.
        attach_images: Shows images to the model before its next step.
        attach: Adds a file to the run's artifacts.
        state: Live step and token counts of the run.
        idempotency_key: Names this call; the same again when a resumed run repeats the call.
        ask: Asks a person, and gives the answer.
        now: Tells the time, in UTC; a test's clock decides what it is.
        seconds_left: Tells how long the run may still go on.
    """

    invocation: Invocation
    run: RunInfo
    caller: Caller
    attach_images: AttachImages
    attach: Callable[[Artifact], None]
    state: RunTally
    idempotency_key: str
    ask: Ask
    now: Callable[[], datetime]
    seconds_left: Callable[[], float]


@frozen
class ToolResult:
    """A tool's answer when a plain value does not say enough.

    Attributes:
        content: Text, or parts in order.
        is_error: Whether the model should read it as a failure.
        artifacts: Files to add to the run.
    """

    content: str | tuple[Part, ...]
    is_error: bool = False
    artifacts: tuple[Artifact, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The content as parts."""
        return (TextPart(self.content),) if isinstance(self.content, str) else tuple(self.content)


class ToolHandler(Protocol):
    """How a tool validates and runs; what ``@tool`` makes from a function.

    Contract: ``validate`` is pure and raises only ``ToolArgumentError``. ``call`` is never called with arguments that
    ``validate`` did not return. When ``is_async`` is false, ``call`` runs on a worker thread and may block.
    """

    @property
    def parameters(self) -> JsonObject:
        """JSON schema of the arguments, of type object."""
        ...

    @property
    def is_async(self) -> bool:
        """Whether ``call`` gives an awaitable."""
        ...

    @property
    def takes_context(self) -> bool:
        """Whether ``call`` wants a ``ToolContext``; else it gets None."""
        ...

    def validate(self, arguments: str) -> Mapping[str, object]:
        """Parse and validate the model's raw JSON."""
        ...

    def call(self, arguments: Mapping[str, object], context: ToolContext | None) -> Any:  # noqa: ANN401 - awaitable or not, as ``is_async`` says
        """Run the tool."""
        ...


Reconcile: TypeAlias = "Callable[[str], Awaitable[object]]"
ApprovalRule: TypeAlias = "bool | Callable[[Mapping[str, object]], bool | str]"


def _scopes(scopes: Iterable[str]) -> frozenset[str]:
    return frozenset(scopes)


@frozen
class Source:
    """What brought a tool: what a host's allow and deny lists go by. Set where plugins are composed, not by the tool.

    Attributes:
        plugin: Name of the plugin, or "" for the host's own code.
        pack: The pack of tools that it is part of: a provider of the plugin, or a session pack; or "".
        distribution: The distribution that ships it, or "".
    """

    plugin: str = ""
    pack: str = ""
    distribution: str = ""


UNPACKED: Final = Source()
"""The source of a tool that the host's own code brings."""


@define(eq=False)
class Tool:
    """A capability that an agent may name. Made by ``@tool``, or by hand over any ``ToolHandler``.

    Attributes:
        name: What agents and models call it: 1 to 64 of letters, digits, ``_`` and ``-``.
        description: What it does and when to use it, for the model.
        handler: How it validates and runs.
        visibility: The furthest surface that it is safe on.
        scopes: What a caller must hold to use it.
        effect: What may happen to it on a resume: "pure" runs again freely, "idempotent" runs again with the same key,
            "at_most_once" does not.
        timeout_s: Seconds that one call may take; None for the run's own limit only.
        sequential: Whether it must run alone within a step.
        needs_approval: Whether a person must allow each call, or a predicate over the validated arguments, which may give a
            text in place of true: the reason, for the person.
        reconcile: Told the idempotency key of a call whose outcome is unknown, finds the outcome out.
        origin: Where it comes from, for messages: a plugin's name, or "code".
        source: What brought it, for the host's allow and deny lists.
    """

    name: str
    description: str
    handler: ToolHandler = field(repr=False)
    visibility: Visibility = "private"
    scopes: frozenset[str] = field(default=frozenset(), converter=_scopes)
    effect: Effect = "at_most_once"
    timeout_s: float | None = None
    sequential: bool = False
    needs_approval: ApprovalRule = False
    reconcile: Reconcile | None = field(default=None, repr=False)
    origin: str = "code"
    source: Source = UNPACKED
    is_plain: bool = field(init=False, repr=False)
    """Whether a call needs neither a context nor a thread nor a time-out."""

    def __attrs_post_init__(self) -> None:
        """Look once at what each call would ask."""
        self.is_plain = self.handler.is_async and not self.handler.takes_context and self.timeout_s is None

    @property
    def parameters(self) -> JsonObject:
        """JSON schema of the arguments."""
        return self.handler.parameters
