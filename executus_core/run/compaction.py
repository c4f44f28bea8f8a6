"""Compaction when it is due, by whatever compactor the host chose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from attrs import asdict

from executus_core.compact.gauge import Gauge
from executus_core.compact.size import estimate_tokens
from executus_core.errors import ContextOverflowError
from executus_core.llm.usage import Usage
from executus_core.record.checkpoint import CheckpointEntry
from executus_core.record.events import Compacted
from executus_core.run.opening import has_methods
from executus_core.run.shortened import find_flaw
from executus_core.run.summary import ModelToAsk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from executus_core.llm.exchange import Model, ModelRequest, Response
    from executus_core.llm.message import Message
    from executus_core.ports.compactor import AskingCompactor, Compactor, CompactorFactory
    from executus_core.run.session import Session

GROWTH_SHARE: Final = 0.1
"""A transcript that stays too long is not shortened again before it has grown by this share of the threshold."""
TIME_SHARE: Final = 0.5
"""Share of the run's remaining time that one compaction may take."""


class Compaction:
    """Watches the size of one run's transcript, and has it shortened when that is due. No compactor is made before."""

    def __init__(self, session: Session, factory: CompactorFactory) -> None:
        """Begin to watch."""
        self._session = session
        self._factory = factory
        self._gauge = Gauge()
        self._window = self._threshold = self._rest_until = 0
        self._is_settling = self._is_given_up = False
        self._compactor: Compactor | None = None

    def look(self) -> Awaitable[object] | None:
        """Give what shortens the transcript when it has become too long: a look at what is new, and a comparison."""
        session, gauge = self._session, self._gauge
        gauge.look(session.transcript, session.usages)
        window = _window_of(session.model)
        if window != self._window:
            self._window = window
            self._use_threshold(window)
        if not 0 < self._threshold <= gauge.tokens:
            return None
        if self._is_settling and gauge.counted_tokens:
            self._is_settling = False
            self._rest_from(gauge.counted_tokens)
        return self._shorten() if gauge.tokens >= self._rest_until else None

    async def ask(
        self, generate: Callable[[ModelRequest], Awaitable[Response]], request: ModelRequest
    ) -> Response:
        """Ask as before; a transcript that the model says is too long is shortened, and asked about once more."""
        try:
            return await generate(request)
        except ContextOverflowError:
            if self._session.written or self._is_given_up:
                raise
            if not 0 < self._threshold <= self._gauge.tokens:
                self._use_threshold(
                    self._gauge.tokens
                )  # the window is smaller than it says, if it says anything
            if not await self._shorten():
                raise
        return await generate(request)

    def _use_threshold(self, window: int) -> None:
        """Take over how long the transcript may be; a compactor is made for one threshold."""
        self._threshold = int(window * self._session.defaults.compaction_threshold_ratio)
        self._rest_until = 0
        self._compactor = None

    def _rest_from(self, tokens: int) -> None:
        """Say when a transcript is due again that has this size and could not be brought below the threshold."""
        is_long = tokens >= self._threshold
        self._rest_until = tokens + int(self._threshold * GROWTH_SHARE) if is_long else 0

    async def _shorten(self) -> bool:
        """Have the transcript shortened; tells whether it is. Where that fails it stays as it is, with a note."""
        session, gauge = self._session, self._gauge
        self._rest_from(gauge.tokens)
        compactor = self._compactor or self._make_compactor()
        if compactor is None:
            return False
        known = len(session.extra_usages)
        messages = await self._ask_compactor(compactor)
        session.stop.check()  # a budget may have ended the run at the summary
        if messages is None:
            return False
        ratio = estimate_tokens(messages) / max(1, estimate_tokens(session.transcript))
        before, tokens = len(session.transcript), gauge.tokens
        session.transcript[:] = messages
        gauge.reset(len(messages), int(tokens * ratio))
        self._is_settling = True
        self._rest_from(gauge.tokens)
        await self._save(session.extra_usages[known:])
        self._tell(Compacted(before, len(messages), tokens, gauge.tokens, self._name_of(compactor)))
        return True

    def _make_compactor(self) -> Compactor | None:
        """Make a compactor."""
        session, factory = self._session, self._factory
        try:
            compactor = factory(self._threshold, _take_no_notice)
            if has_methods(compactor, "compact"):
                if has_methods(compactor, "bind"):
                    cast("AskingCompactor", compactor).bind(ModelToAsk(session, factory))
                self._compactor = compactor
                return compactor
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self._give_up(error)
        else:
            self._give_up(f"it gave {compactor!r:.100}, not a Compactor")
        return None

    def _give_up(self, problem: BaseException | str) -> None:
        """Note what went wrong, and ask the compactor no more in this run."""
        self._session.guard.note("compactor", self._factory, problem)
        self._session.compact = None
        self._is_given_up = True

    async def _ask_compactor(self, compactor: Compactor) -> list[Message] | None:
        """Ask for a shorter transcript, and look at it before it is believed."""
        session, defaults = self._session, self._session.defaults
        question = cast("Message", session.question)  # it stands in the transcript before the first step
        pinned = question.pinned()
        shown = tuple(pinned if message is question else message for message in session.transcript)
        asks = has_methods(compactor, "bind")
        seconds = defaults.port_timeout_s + (defaults.summary_timeout_s if asks else 0)
        seconds = min(seconds, session.seconds_left() * TIME_SHARE)
        try:
            answer = await session.guard.ask(compactor.compact, shown, self._gauge.tokens, seconds=seconds)
            flaw = "" if answer is None else find_flaw(shown, answer)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            self._give_up(error)
            return None
        if answer is None:
            return None
        if flaw:
            said = f"compact() gave a transcript that {flaw}; kept the old one"
            session.guard.note("compactor", self._factory, said)
            return None
        messages = cast("Sequence[Message]", answer)
        return [question if message == pinned else message for message in messages]

    async def _save(self, usages: Sequence[Usage]) -> None:
        """Replace what the journal holds."""
        session = self._session
        usage = Usage.total(usages) if usages else None
        transcript = tuple(session.transcript)
        await session.save_entry(CheckpointEntry("compaction", len(session.usages), transcript, usage))

    def _tell(self, event: Compacted) -> None:
        session = self._session
        session.log_event("run.compacted", {**asdict(event)})
        if session.emit:
            session.emit(event)

    def _name_of(self, compactor: Compactor) -> str:
        """Say how the transcript was shortened, for the record."""
        try:
            said: object = getattr(compactor, "strategy", "")
        except BaseException:  # noqa: BLE001 - foreign code may raise anything
            said = ""
        return said if isinstance(said, str) and said else type(self._factory).__name__


def bind_compaction(session: Session, factory: CompactorFactory) -> None:
    """Have a run's transcript watched before each question, and each question asked again that was too long."""
    compaction = Compaction(session, factory)
    session.compact = compaction.look
    session.generate = partial(compaction.ask, session.generate)


def _take_no_notice(_before: int, _after: int) -> None:
    """Take what a compactor says of itself: a run looks at its answer."""


def _window_of(model: Model) -> int:
    """Tell the window of the model that serves now; 0 when it is not known."""
    window: object = model.context_tokens
    return window if isinstance(window, int) else 0
