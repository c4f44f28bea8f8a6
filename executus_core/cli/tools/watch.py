"""What a tool that is tried really did: a model learns no more than an exception's class, its author needs the place."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from attrs import define, evolve, field

from executus_core.cli.screen.tables import near
from executus_core.plugin.loading import describe
from executus_core.tool.content import to_parts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from traceback import FrameSummary

    from executus_core.llm.json import JsonObject
    from executus_core.record.tool import Tool, ToolContext, ToolHandler

_CORE: Final = Path(__file__).parents[2]
_NOTHING: Final = object()


@define(eq=False)
class WatchedHandler:
    """Handles calls as the handler that it watches, and keeps what came of the last one.

    Attributes:
        error: What the tool raised, or None.
        returned: What it returned.
    """

    watched: ToolHandler
    error: BaseException | None = None
    returned: object = field(default=_NOTHING)

    @property
    def parameters(self) -> JsonObject:
        """JSON schema of the arguments."""
        return self.watched.parameters

    @property
    def is_async(self) -> bool:
        """Whether ``call`` gives an awaitable."""
        return self.watched.is_async

    @property
    def takes_context(self) -> bool:
        """Whether ``call`` wants a ``ToolContext``."""
        return self.watched.takes_context

    def validate(self, arguments: str) -> Mapping[str, object]:
        """Parse and validate the raw JSON."""
        return self.watched.validate(arguments)

    def call(self, arguments: Mapping[str, object], context: ToolContext | None) -> object:
        """Run the tool, and keep what comes of it."""
        if self.is_async:
            return self._wait(arguments, context)
        try:
            self.returned = cast("object", self.watched.call(arguments, context))
        except BaseException as error:
            self.error = error
            raise
        return self.returned

    async def _wait(self, arguments: Mapping[str, object], context: ToolContext | None) -> object:
        try:
            self.returned = await cast("Awaitable[object]", self.watched.call(arguments, context))
        except BaseException as error:
            self.error = error
            raise
        return self.returned

    def _find_fault(self) -> tuple[BaseException | None, str]:
        """Find the exception of a failure that is the tool's own fault, and what its author should read of it."""
        if self.error is not None:
            place = _find_place(self.error)
            return self.error, f"{describe(self.error)}{f', at {place}' if place else ''}"
        if self.returned is not _NOTHING:
            try:
                to_parts(self.returned)
            except Exception as error:  # noqa: BLE001 - a value's own code may raise anything
                kind = type(self.returned).__name__
                return error, f"the return value, a {kind}, can't be written as JSON: {error}"
        return None, ""

    def explain(self, said: str) -> str:
        """Say to a tool's author what a model was told no more of than its class; anything else as it is.

        Args:
            said: What the model was told.
        """
        error, fault = self._find_fault()
        told = f" failed ({type(error).__name__})"
        return f"{said.removesuffix(told)} failed: {fault}" if error and said.endswith(told) else said


def watch(tool: Tool) -> tuple[Tool, WatchedHandler]:
    """Give a tool that is watched, and who watches."""
    handler = WatchedHandler(tool.handler)
    return evolve(tool, handler=handler), handler


def _find_place(error: BaseException) -> str:
    """Find the last line in the author's file: the one that the call went into, not a library that it called."""
    frames: list[FrameSummary] = list(traceback.extract_tb(error.__traceback__))
    outside = [frame for frame in frames if _CORE not in Path(frame.filename).parents]
    if not outside:
        return ""
    last = [frame for frame in outside if frame.filename == outside[0].filename][-1]
    return f"{near(last.filename)}:{last.lineno}"
