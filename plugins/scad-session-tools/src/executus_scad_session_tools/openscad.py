"""OpenSCAD as a child process: found, contained, bounded, and understood."""

from __future__ import annotations

import asyncio
import os
import shutil
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from attrs import evolve

from executus_core import ToolError
from executus_scad_session_tools.containment import Cage, existing, find_containment
from executus_scad_session_tools.limits import explain_limit
from executus_scad_session_tools.messages import Message, Report, read_report
from executus_scad_session_tools.process import run_child

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_scad_session_tools.containment import Containment
    from executus_scad_session_tools.folder import RunFolder
    from executus_scad_session_tools.process import Ended
    from executus_scad_session_tools.settings import Settings

MODEL_FILES: Final = {"stl": "model.binstl", "3mf": "model.3mf", "off": "model.off"}
"""What one build writes, by format. ``.binstl`` is binary STL: a quarter of the text form, and more exact."""


class OpenScad:
    """Starts OpenSCAD for all runs of a host, a few at a time."""

    def __init__(self, settings: Settings) -> None:
        """Look at nothing yet: a host without OpenSCAD has other tools."""
        self._settings = settings
        self._containment: Containment | None = None
        # a host may serve several event loops in turn, and a semaphore belongs to one
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def prepare(self) -> Containment:
        """Find the program, and what contains it.

        Raises:
            ToolError: Either is missing; says what to install.
        """
        self._find_binary()
        if self._containment is None:
            self._containment = await find_containment(self._settings)
        return self._containment

    async def check(self, folder: RunFolder, main: str, definitions: Sequence[str]) -> Report:
        """Evaluate a source without making its geometry, which tells everything at once and is quick.

        Raises:
            ToolError: It hit a limit, or OpenSCAD can't be started.
        """
        out = folder.new_output()
        try:
            arguments = ["-o", str(out / "model.csg"), *definitions, main]
            ended = await self._run(folder, out, main, arguments)
            return _report_of(ended, main)
        finally:
            await folder.drop_output(out)

    async def build(self, folder: RunFolder, main: str, definitions: Sequence[str], out: Path) -> Report:
        """Make a source's geometry, and write it into a folder in every format.

        Returns:
            What OpenSCAD said; the files are there when it holds no error.

        Raises:
            ToolError: It hit a limit, or OpenSCAD can't be started.
        """
        files = [part for file in MODEL_FILES.values() for part in ("-o", str(out / file))]
        arguments = ["--hardwarnings", *files, *definitions, main]
        report = _report_of(await self._run(folder, out, main, arguments), main)
        model = out / MODEL_FILES["stl"]
        if not report.errors and not (model.is_file() and model.stat().st_size):
            return evolve(report, errors=(Message("OpenSCAD made no model and did not say why", main),))
        return report

    async def _run(self, folder: RunFolder, out: Path, main: str, arguments: Sequence[str]) -> Ended:
        containment = await self.prepare()
        settings, binary = self._settings, self._find_binary()
        cage = self._cage(folder, out, binary)
        command = cage.wrap(containment, [str(binary), *arguments])
        async with self._slot():
            ended = await run_child(
                command,
                folder=folder.sources,
                environment=cage.environment,
                timeout_s=settings.timeout_s,
                max_bytes=settings.max_message_kib * 1024,
            )
        # bubblewrap tells of a signal as shells do; and where the folder is, is no business of a model
        code = 128 - ended.code if ended.code > 128 else ended.code
        said = ended.said.replace(f"{out}/", "").replace(f"{folder.root}/", "")
        ended = evolve(ended, code=code, said=said)
        if problem := explain_limit(ended, main, settings):
            raise ToolError(problem)
        return ended

    def _cage(self, folder: RunFolder, out: Path, binary: Path) -> Cage:
        settings = self._settings
        libraries = existing(settings.library_paths)
        environment = {"HOME": str(out), "TMPDIR": str(out), "LANG": "C.UTF-8"}
        if libraries:
            environment["OPENSCADPATH"] = os.pathsep.join(map(str, libraries))
        return Cage(
            (binary, folder.sources, *libraries, *existing(settings.system_paths)),
            (out,),
            settings.memory_mib * 2**20,
            settings.max_file_mib * 2**20,
            ceil(settings.timeout_s) + 5,
            environment,
        )

    def _slot(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if loop not in self._slots:
            self._slots[loop] = asyncio.Semaphore(self._settings.max_concurrent)
        return self._slots[loop]

    def _find_binary(self) -> Path:
        found = shutil.which(self._settings.binary)
        if found is None:
            raise ToolError(
                f"OpenSCAD is not installed here ('{self._settings.binary}' was not found); install the package openscad "
                "(apt-get install --no-install-recommends openscad), or set [plugin.scad-session-tools] binary to its path"
            )
        return Path(found).resolve()


def _report_of(ended: Ended, main: str) -> Report:
    report = read_report(ended.said, main)
    if ended.code and not report.errors:
        last = (ended.said.strip().splitlines() or ["it said nothing"])[-1]
        return evolve(report, errors=(Message(f"OpenSCAD failed: {last:.300}", main),))
    return report
