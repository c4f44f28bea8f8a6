"""What every stager of input files must do."""
# ruff: noqa: ARG002, S101 - a capability that is not given ignores what it is asked; a suite is made of assertions

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, cannot_check, interleaved

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.ports.input_files import InputFileStager

__all__ = ["InputFilesConformance"]

_CANARY = b"nobody may change this"


class InputFilesConformance(Conformance):
    """What every stager of input files must do.

    Give the fixture ``input_files``. Give ``read_back`` too, if a file can be read by its id, and ``root``, if files are
    kept in a folder.
    """

    @pytest.fixture
    def input_files(self) -> InputFileStager:
        """The stager to check."""
        raise NotImplementedError("give the fixture 'input_files'")

    async def read_back(self, input_files: InputFileStager, file_id: str) -> bytes | None:
        """Read a file by its id; None when nobody can look."""
        return None

    def root(self, input_files: InputFileStager) -> Path | None:
        """Name the folder in which files are kept, inside of a temporary one; None when there is none."""
        return None

    async def test_a_file_is_kept_under_an_id(self, input_files: InputFileStager) -> None:
        """The id is a text that the model can repeat, and the file behind it is the one that came."""
        file_id = await _stage(input_files, content=b"a,b\n1,\xff\x00\n")

        assert isinstance(file_id, str)
        assert file_id.strip()
        assert file_id.isprintable(), (
            f"a model reads and repeats the id; {file_id!r} has characters that can't be seen"
        )
        await self._assert_reads(input_files, file_id, b"a,b\n1,\xff\x00\n")

    async def test_two_files_of_one_name_are_two_files(self, input_files: InputFileStager) -> None:
        """A person may send the same name twice, in one run or in two."""
        first = await _stage(input_files, content=b"first")
        second = await _stage(input_files, content=b"second")
        other = await _stage(input_files, run_id="run-2", content=b"other")

        assert len({first, second, other}) == 3
        await self._assert_reads(input_files, first, b"first")
        await self._assert_reads(input_files, second, b"second")
        await self._assert_reads(input_files, other, b"other")

    async def test_an_empty_file_is_a_file(self, input_files: InputFileStager) -> None:
        """No bytes are bytes too."""
        await self._assert_reads(input_files, await _stage(input_files, content=b""), b"")

    @pytest.mark.parametrize("name", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_any_name_is_only_a_name(self, input_files: InputFileStager, name: str) -> None:
        """A name that is no good is refused or made harmless, and the next file is kept."""
        with suppress(Exception):
            await self._assert_reads(input_files, await _stage(input_files, name=name), b"content")

        await self._assert_reads(input_files, await _stage(input_files), b"content")

    async def test_no_name_leads_out_of_the_folder(self, input_files: InputFileStager) -> None:
        """A name with ``..``, an absolute path or a link writes nothing outside of the stager's folder."""
        root = self.root(input_files)
        if root is None:
            cannot_check("root")
        canary = root.parent / "canary.txt"
        canary.write_bytes(_CANARY)
        outside = _files_outside(root)

        for name in (
            "../canary.txt",
            "../../canary.txt",
            str(canary),
            "..",
            ".",
            "../new.txt",
            "a/../../canary.txt",
        ):
            for run_id, agent_id in (
                ("run-1", "greeter"),
                ("..", "greeter"),
                ("run-1", "../.."),
                ("../..", ".."),
            ):
                with suppress(Exception):
                    await input_files.stage(run_id, agent_id, name, "text/plain", b"overwritten")

        assert canary.read_bytes() == _CANARY
        assert _files_outside(root) == outside

    async def test_many_runs_stage_at_once(self, input_files: InputFileStager) -> None:
        """Files of runs that start together do not get mixed up."""
        ids = await interleaved(
            _stage(input_files, run_id=f"run-{number % 10}", content=str(number).encode())
            for number in range(50)
        )

        assert len(set(ids)) == len(ids)
        for number, file_id in enumerate(ids):
            assert isinstance(file_id, str)
            await self._assert_reads(input_files, file_id, str(number).encode())

    async def _assert_reads(self, input_files: InputFileStager, file_id: str, expected: bytes) -> None:
        kept = await self.read_back(input_files, file_id)
        assert kept is None or kept == expected


def _files_outside(root: Path) -> set[Path]:
    """List what is beside the folder, one level up."""
    return {path for path in root.parent.rglob("*") if root not in path.parents and path != root}


async def _stage(
    input_files: InputFileStager,
    *,
    run_id: str = "run-1",
    name: str = "table.csv",
    content: bytes = b"content",
) -> str:
    return await input_files.stage(run_id, "greeter", name, "text/csv", content)
