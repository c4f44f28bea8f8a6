"""What every checkpointer must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from executus_core.llm.message import FilePart, ImagePart, Message
from executus_core.record.checkpoint import CheckpointEntry, InterruptedRun
from executus_core.testing.conformance.base import (
    HOSTILE_TEXTS,
    Conformance,
    answer,
    cancelled_at_once,
    interleaved,
    run_info,
    tool_call,
)

if TYPE_CHECKING:
    from executus_core.ports.checkpointer import Checkpointer, CheckpointerFactory
    from executus_core.record.run import RunInfo

__all__ = ["CheckpointerConformance"]


class CheckpointerConformance(Conformance):
    """What every checkpointer must do.

    Give the fixture ``checkpointer``: a factory over an empty store that makes durable what an agent asks to be durable.
    Give ``reopen`` too, if the store outlives the process: it is asked for what survives.
    """

    @pytest.fixture
    def checkpointer(self) -> CheckpointerFactory:
        """The factory to check."""
        raise NotImplementedError("give the fixture 'checkpointer'")

    async def reopen(self, checkpointer: CheckpointerFactory) -> CheckpointerFactory:
        """Open the same store anew, as another process would after this one was killed."""
        return checkpointer

    # --------------------------------------------------------------------------------------------------- journals

    async def test_a_run_that_is_not_done_can_be_found_with_its_journal(
        self, checkpointer: CheckpointerFactory
    ) -> None:
        """What was saved is there when ``save`` returns: all of it, equal and in order, with what the run started with."""
        journal = await _begin(checkpointer)
        entries = _journal()

        for entry in entries:
            assert await interleaved([journal.save(entry)]) == [None]

        (run,) = await (await self.reopen(checkpointer)).interrupted()
        assert isinstance(run, InterruptedRun)
        assert tuple(run.entries) == entries
        assert run.info == run_info()

    async def test_saving_changes_nothing(self, checkpointer: CheckpointerFactory) -> None:
        """Entries and messages belong to the run."""
        journal = await _begin(checkpointer)
        entries = _journal()
        before = copy.deepcopy(entries)

        for entry in entries:
            await journal.save(entry)

        assert entries == before

    async def test_a_run_that_began_and_saved_nothing_is_not_lost(
        self, checkpointer: CheckpointerFactory
    ) -> None:
        """A run that was killed before its first entry is found too."""
        await _begin(checkpointer)

        (run,) = await (await self.reopen(checkpointer)).interrupted()
        assert (run.info.run_id, tuple(run.entries)) == ("run-1", ())

    async def test_a_completed_run_is_not_resumed(self, checkpointer: CheckpointerFactory) -> None:
        """After ``complete`` the run is no longer among the interrupted ones."""
        journal = await _begin(checkpointer)
        await journal.save(_journal()[0])

        await journal.complete()

        assert not await (await self.reopen(checkpointer)).interrupted()

    async def test_a_failed_run_is_not_resumed(self, checkpointer: CheckpointerFactory) -> None:
        """After ``fail`` the run is no longer among the interrupted ones, whatever the error was."""
        for number, error in enumerate((ValueError("no"), SystemExit(1), _UnprintableError())):
            journal = await _begin(checkpointer, run_info(f"run-{number}"))
            await journal.save(_journal()[0])
            await journal.fail(error)

        assert not await (await self.reopen(checkpointer)).interrupted()

    async def test_the_oldest_run_comes_first(self, checkpointer: CheckpointerFactory) -> None:
        """Interrupted runs are listed in the order in which they began, not by id."""
        for name in ("run-b", "run-c", "run-a"):
            await (await _begin(checkpointer, run_info(name))).save(_journal()[0])

        runs = await (await self.reopen(checkpointer)).interrupted()

        assert [run.info.run_id for run in runs] == ["run-b", "run-c", "run-a"]

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_hostile_texts_come_back_as_they_were(
        self, checkpointer: CheckpointerFactory, text: str
    ) -> None:
        """A resumed run sees exactly what the model, the tools and the person wrote."""
        journal = await _begin(checkpointer)
        call = tool_call(text, text, text)
        entry = CheckpointEntry(
            "step", 1, (answer(text, call).message, Message.tool(call, text, is_error=True))
        )

        await journal.save(entry)

        (run,) = await (await self.reopen(checkpointer)).interrupted()
        assert tuple(run.entries) == (entry,)

    async def test_a_run_that_is_not_durable_pays_nothing(self, checkpointer: CheckpointerFactory) -> None:
        """``begin`` gives None, or a journal, for a run whose agent did not ask; and None leaves nothing behind."""
        journal = await checkpointer.begin(run_info(durable=False))

        found = await checkpointer.interrupted()
        assert len(found) == (journal is not None)

    # ------------------------------------------------------------------------------------------- many and faults

    async def test_many_runs_at_once_keep_apart(self, checkpointer: CheckpointerFactory) -> None:
        """Thirty runs that save in turns each have their own journal, whole and in order; those that ended are gone."""

        async def run(number: int) -> None:
            journal = await _begin(checkpointer, run_info(f"run-{number}"))
            for step in range(5):
                await journal.save(CheckpointEntry("step", step, (Message.user(f"{number} {step}"),)))
            if number % 3 == 1:
                await journal.complete()
            elif number % 3 == 2:
                await journal.fail(ValueError("no"))

        assert set(await interleaved(map(run, range(30)))) == {None}

        found = {
            run.info.run_id: run.entries for run in await (await self.reopen(checkpointer)).interrupted()
        }
        assert found.keys() == {f"run-{number}" for number in range(0, 30, 3)}
        for run_id, entries in found.items():
            texts = [entry.messages[0].text for entry in entries]
            assert texts == [f"{run_id.removeprefix('run-')} {step}" for step in range(5)]

    async def test_a_save_that_nobody_waits_for_is_whole_or_absent(
        self, checkpointer: CheckpointerFactory
    ) -> None:
        """Cancelling a save leaves no half entry, and the journal goes on."""
        journal = await _begin(checkpointer)
        first, second, *_ = _journal()

        await cancelled_at_once(lambda: journal.save(first))
        await journal.save(second)

        (run,) = await (await self.reopen(checkpointer)).interrupted()
        assert tuple(run.entries) in [
            (second,),
            (first, second),
        ]


class _UnprintableError(Exception):
    """An error that can't even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def _journal() -> tuple[CheckpointEntry, ...]:
    """Make a journal with everything in it that a transcript can have."""
    call, other = tool_call("call-1"), tool_call("call-2", "draw", "{not json")
    opening = Message.user(
        "What is this?",
        ImagePart(b"\x89PNG\x00\xff", "image/png"),
        FilePart("a.pdf", "application/pdf", b"%PDF-\x00\xff"),
    )
    step = answer("Let me see.", call, other)
    results = (Message.tool(call, "3"), Message.tool(other, "not JSON", is_error=True))
    return (
        CheckpointEntry("start", 0, (Message.system("Be brief."), opening)),
        CheckpointEntry("step", 1, (step.message, *results), step.usage),
        CheckpointEntry(
            "pause", 2, (answer("May I?", tool_call("call-3", "delete")).message,), answer().usage
        ),
    )


async def _begin(factory: CheckpointerFactory, info: RunInfo | None = None) -> Checkpointer:
    journal = await factory.begin(info or run_info())
    assert journal is not None, "the suite's runs ask to be durable; this factory gave no journal"
    return journal
