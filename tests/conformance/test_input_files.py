"""The suite for input files: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import InputFilesConformance, MemoryInputFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class TestMemoryInputFiles(InputFilesConformance):
    @pytest.fixture
    def input_files(self) -> MemoryInputFiles:
        return MemoryInputFiles()

    async def read_back(self, input_files: MemoryInputFiles, file_id: str) -> bytes:
        return input_files.files[file_id].content


class KeepsInAFolder(MemoryInputFiles):
    async def stage(self, run_id, agent_id, name, media_type, content):
        file_id = await super().stage(run_id, agent_id, name, media_type, content)
        (self.folder / file_id).write_bytes(content)
        return file_id


class TestFolderOfInputFiles(TestMemoryInputFiles):
    @pytest.fixture
    def input_files(self, tmp_path: Path) -> MemoryInputFiles:
        return self.in_folder(KeepsInAFolder(), tmp_path)

    def in_folder(self, input_files: MemoryInputFiles, tmp_path: Path) -> MemoryInputFiles:
        input_files.folder = tmp_path / "deep" / "kept"
        input_files.folder.mkdir(parents=True, exist_ok=True)
        return input_files

    def root(self, input_files: MemoryInputFiles) -> Path:
        return input_files.folder


class IdsBreakLines(MemoryInputFiles):
    async def stage(self, *file):
        return await super().stage(*file) + "\n"


class OneFilePerName(MemoryInputFiles):
    async def stage(self, run_id, agent_id, name, media_type, content):
        file_id = await super().stage(run_id, agent_id, name, media_type, content)
        self.files[name] = self.files.pop(file_id)
        return name


class FillsEmptyFiles(MemoryInputFiles):
    async def stage(self, run_id, agent_id, name, media_type, content):
        return await super().stage(run_id, agent_id, name, media_type, content or b"(empty)")


class StumblesOverAName(MemoryInputFiles):
    stumbled = False

    async def stage(self, run_id, agent_id, name, media_type, content):
        self.stumbled = self.stumbled or not name.isprintable()
        if self.stumbled:
            raise ValueError("stumbled")
        return await super().stage(run_id, agent_id, name, media_type, content)


class NumbersTooLate(MemoryInputFiles):
    async def stage(self, *file):
        number = len(self.files)
        await asyncio.sleep(0)
        await super().stage(*file)
        return f"file_{number + 1}"


class TrustsNames(MemoryInputFiles):
    async def stage(self, run_id, agent_id, name, media_type, content):
        (self.folder / name).write_bytes(content)
        return await super().stage(run_id, agent_id, name, media_type, content)


BROKEN = [
    ("test_a_file_is_kept_under_an_id", IdsBreakLines),
    ("test_two_files_of_one_name_are_two_files", OneFilePerName),
    ("test_an_empty_file_is_a_file", FillsEmptyFiles),
    ("test_any_name_is_only_a_name", StumblesOverAName),
    ("test_no_name_leads_out_of_the_folder", TrustsNames),
    ("test_many_runs_stage_at_once", NumbersTooLate),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(
    check: str, provider: Callable[[], object], assert_caught, tmp_path: Path
) -> None:
    """The check fails for a provider that breaks just its promise."""
    suite = TestFolderOfInputFiles()

    await assert_caught(suite, check, input_files=lambda: suite.in_folder(provider(), tmp_path))


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryInputFiles, BROKEN)
