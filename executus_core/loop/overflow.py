"""Results that are too long for a model: both ends are shown, and the whole is kept for ``read_result``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from executus_core.llm.exchange import ModelRequest, ToolSpec
from executus_core.llm.message import Part, TextPart
from executus_core.tool.content import cut_text
from executus_core.tool.kept import KeptResults
from executus_core.tool.worker import call_in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import ToolCall
    from executus_core.loop.state import LoopState
    from executus_core.tool.worker import Outcome

READER = "read_result"


def is_long(parts: Sequence[Part], limit: int) -> bool:
    """Tell whether any text is longer than the limit."""
    return any(isinstance(part, TextPart) and len(part.text) > limit for part in parts)


async def shorten(state: LoopState, call: ToolCall, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Shorten the texts that are too long, and keep each of them whole where that can be."""
    name: object = call.name  # a model may write anything there
    if state.reader is not None and name == state.reader.name:
        return tuple(parts)  # in bounds by its own making
    limit = state.defaults.max_tool_result_chars
    shortened: list[Part] = []
    for part in parts:
        if isinstance(part, TextPart) and len(part.text) > limit:
            shortened.append(TextPart(await _shorten_text(state, call, part.text)))
        else:
            shortened.append(part)
    return tuple(shortened)


async def _shorten_text(state: LoopState, call: ToolCall, text: str) -> str:
    limit = state.defaults.max_tool_result_chars
    if state.kept is None and (refusal := _begin_to_keep(state)):
        state.report_cut(f"{refusal}, so long results are cut")
    kept = state.kept
    if kept is None:
        return cut_text(text, limit)
    outcome = await call_in_thread(lambda: kept.keep(text), "executus-keep-result", _forget)
    name = outcome.value
    if outcome.error is not None:
        problem = getattr(outcome.error, "strerror", None) or type(outcome.error).__name__
        state.report_cut(f"a long result could not be kept: {problem}")
        return cut_text(text, limit, "; they could not be kept")
    if not isinstance(name, str) or not name:
        state.report_cut(f"the long results of this run would be more than {kept.max_bytes} bytes")
        return cut_text(text, limit, "; this run keeps no more")
    _offer_reader(state)
    state.report_kept(call, name, len(text))
    return cut_text(text, limit, f'; read on with {READER}(name="{name}", offset={limit // 2})')


def _begin_to_keep(state: LoopState) -> str:
    """Make a place for long results and the tool that reads them, or say why this run may not have it."""
    from executus_core.tool.read_result import build_read_result  # noqa: PLC0415 - few runs need it

    if taken := state.tools.get(READER):
        return f"a tool named '{READER}' is there already ({taken.origin})"
    kept = KeptResults(state.defaults.max_kept_result_bytes, _first_number(state))
    reader = build_read_result(kept, state.defaults.max_tool_result_chars)
    if refusal := state.find_refusal(reader):
        return f"'{READER}' was left out: {refusal}"
    state.kept, state.reader = kept, reader
    state.arm_cleanup("kept results", partial(_close, kept))
    return ""


def _first_number(state: LoopState) -> int:
    """Begin behind the results of the conversation so far, so that no name in it means another text now."""
    return 1 + sum(message.role == "tool" for message in state.transcript)


def _offer_reader(state: LoopState) -> None:
    """Give this run one more tool from its next step on; its toolbox may be that of other runs too, and stays as it is."""
    reader, request = state.reader, state.request
    if reader is None or reader.name in state.tools:
        return
    state.tools = {**state.tools, reader.name: reader}
    specs = (*request.tools, ToolSpec(reader.name, reader.description, reader.parameters))
    state.request = ModelRequest(request.messages, specs, request.output_schema, request.options, request.run)


async def _close(kept: KeptResults) -> None:
    await call_in_thread(kept.close, "executus-close-results", _forget)


def _forget(_late: Outcome) -> None:
    """Take what comes of it after the run has ended: nobody waits for it."""
