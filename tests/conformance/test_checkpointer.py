"""The suite for checkpointers: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.llm.message import TextPart
from executus_core.testing import CheckpointerConformance, MemoryCheckpoints
from executus_core.testing.memory.checkpointer import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryCheckpoints(CheckpointerConformance):
    @pytest.fixture
    def checkpointer(self) -> MemoryCheckpoints:
        return MemoryCheckpoints()


def checkpoints_of(journal: type[MemoryJournal]) -> Callable[[], MemoryCheckpoints]:
    class Checkpoints(MemoryCheckpoints):
        async def begin(self, info):
            self.journals[info.run_id] = journal(info)
            return self.journals[info.run_id]

    Checkpoints.__name__ = journal.__name__
    return Checkpoints


class LosesUsage(MemoryJournal):
    async def save(self, entry):
        self.entries.append(evolve(entry, usage=None))


class StripsMessages(MemoryJournal):
    async def save(self, entry):
        self.entries.append(evolve(entry))
        entry.messages = ()


class StartsWithItsFirstEntry(MemoryCheckpoints):
    async def interrupted(self):
        return [run for run in await super().interrupted() if run.entries]


class NeverCompletes(MemoryJournal):
    async def complete(self):
        pass


class KeepsWords(MemoryJournal):
    async def fail(self, error):
        str(error)
        await super().fail(error)


class SortsById(MemoryCheckpoints):
    async def interrupted(self):
        return sorted(await super().interrupted(), key=lambda run: run.info.run_id)


class Replaces(MemoryJournal):
    async def save(self, entry):
        clean = tuple(
            evolve(
                message,
                parts=tuple(TextPart(part.text.encode(errors="replace").decode()) for part in message.parts),
            )
            for message in entry.messages
        )
        self.entries.append(evolve(entry, messages=clean))


class DeclinesAndKeeps(MemoryCheckpoints):
    async def begin(self, info):
        self.journals[info.run_id] = MemoryJournal(info)
        return self.journals[info.run_id] if info.durable else None


class OneJournal(MemoryCheckpoints):
    async def begin(self, info):
        self.journals = {info.run_id: next(iter(self.journals.values()), None) or MemoryJournal(info)}
        return self.journals[info.run_id]


class SavesInHalves(MemoryJournal):
    async def save(self, entry):
        self.entries.append(evolve(entry, usage=None, messages=entry.messages[:1]))
        await asyncio.sleep(0)
        self.entries[-1] = entry


BROKEN = [
    ("test_a_run_that_is_not_done_can_be_found_with_its_journal", checkpoints_of(LosesUsage)),
    ("test_saving_changes_nothing", checkpoints_of(StripsMessages)),
    ("test_a_run_that_began_and_saved_nothing_is_not_lost", StartsWithItsFirstEntry),
    ("test_a_completed_run_is_not_resumed", checkpoints_of(NeverCompletes)),
    ("test_a_failed_run_is_not_resumed", checkpoints_of(KeepsWords)),
    ("test_the_oldest_run_comes_first", SortsById),
    ("test_hostile_texts_come_back_as_they_were", checkpoints_of(Replaces)),
    ("test_a_run_that_is_not_durable_pays_nothing", DeclinesAndKeeps),
    ("test_many_runs_at_once_keep_apart", OneJournal),
    ("test_a_save_that_nobody_waits_for_is_whole_or_absent", checkpoints_of(SavesInHalves)),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryCheckpoints(), check, checkpointer=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryCheckpoints, BROKEN)
