"""What one run has made: its sources, and the models that were built of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from executus_core import ToolError
from executus_core.errors import did_you_mean
from executus_scad_session_tools.folder import input_name, source_name
from executus_scad_session_tools.mesh import count_triangles, read_mesh
from executus_scad_session_tools.messages import Report
from executus_scad_session_tools.openscad import MODEL_FILES
from executus_scad_session_tools.parameters import definitions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from executus_core import InputFile
    from executus_scad_session_tools.folder import RunFolder
    from executus_scad_session_tools.mesh import Mesh
    from executus_scad_session_tools.openscad import OpenScad
    from executus_scad_session_tools.parameters import Value
    from executus_scad_session_tools.settings import Settings

_KEPT_MODELS: Final = 4

Recipe = tuple[int, str, tuple[str, ...]]
"""What a model is made of: the state of all sources, the file, and its parameters as options."""


@frozen(eq=False)
class Model:
    """A model that was built.

    Attributes:
        recipe: What it was made of.
        folder: Where its files are.
        report: What OpenSCAD said on the way.
        mesh: Its mesh.
    """

    recipe: Recipe
    folder: Path
    report: Report
    mesh: Mesh

    @property
    def name(self) -> str:
        """The source's name, without its ending."""
        return self.recipe[1].removesuffix(".scad")

    def file(self, format: str) -> Path:  # noqa: A002 - the tool's word
        """Give the file of a format."""
        return self.folder / MODEL_FILES[format]


@define(eq=False)
class Workshop:
    """The sources and models of one run.

    Attributes:
        openscad: Shared by all runs of the host.
        settings: The host's.
        folder: The run's.
        sources: What the model wrote last, by file name.
        inputs: Names of the files that came with the run, which sources can import.
        models: Built, oldest first.
        latest: The source, with parameters, that was worked on last.
    """

    openscad: OpenScad
    settings: Settings
    folder: RunFolder
    sources: dict[str, str] = field(factory=dict[str, str])
    inputs: list[str] = field(factory=list[str])
    models: dict[Recipe, Model] = field(factory=dict[Recipe, Model])
    latest: tuple[str, tuple[str, ...]] | None = None
    _state: int = 0
    _building: asyncio.Lock = field(factory=asyncio.Lock)

    async def take_inputs(self, files: Iterable[InputFile]) -> None:
        """Put the files that came with the run where sources can import them, those that are not too large."""
        for file in files:
            name = input_name(file.name)
            if name and len(file.content) <= self.settings.max_file_mib * 2**20:
                await self.folder.write(name, file.content)
                self.inputs.append(name)

    async def write(self, name: str, source: str) -> str:
        """Write a source and give its file name.

        Raises:
            ToolError: The name is none, or it is too much.
        """
        file, data = source_name(name), source.encode("utf-8", "replace")
        most = self.settings.max_source_kib
        if len(data) > most * 1024:
            raise ToolError(
                f"{file} has {len(data)} bytes; a source may have {most} KiB: write loops and modules"
            )
        if file not in self.sources and len(self.sources) >= self.settings.max_sources:
            raise ToolError(f"there are {len(self.sources)} sources already; write over one of them")
        if self.sources.get(file) != source:
            await self.folder.write(file, data)
            self.sources[file] = source
            self._state += 1
        self.latest = (file, ())
        return file

    async def check(self, name: str, parameters: Mapping[str, Value]) -> Report:
        """Check a source.

        Raises:
            ToolError: There is no such source, or it hit a limit.
        """
        return await self.openscad.check(self.folder, self._find(name), definitions_of(parameters))

    async def model(self, name: str, parameters: Mapping[str, Value]) -> Model:
        """Give the model of a source as it is now; built when it is not there yet.

        Raises:
            ToolError: There is no such source, it has errors, or it hit a limit.
        """
        file, definitions = self._find(name), tuple(definitions_of(parameters))
        self.latest = (file, definitions)
        return await self.build(file, definitions)

    async def build(self, file: str, definitions: tuple[str, ...]) -> Model:
        """Build a model, or give the one that was built of the same.

        Raises:
            ToolError: It has errors, or it hit a limit.
        """
        async with self._building:  # who asks for the same meanwhile gets it
            recipe = (self._state, file, definitions)
            if recipe not in self.models:
                model = await self._build(recipe)
                self.models[recipe] = model
                for old in list(self.models)[:-_KEPT_MODELS]:
                    await self.folder.drop_output(self.models.pop(old).folder)
            return self.models[recipe]

    async def _build(self, recipe: Recipe) -> Model:
        _, file, definitions = recipe
        out = self.folder.new_output()
        try:
            report = await self.openscad.build(self.folder, file, definitions, out)
            if report.errors:
                report = await self._all_errors(report, file, definitions)
            path = out / MODEL_FILES["stl"]
            self._refuse(file, report, path)
            return Model(recipe, out, report, await asyncio.to_thread(read_mesh, path))
        except BaseException:
            await self.folder.drop_output(out)
            raise

    def _refuse(self, file: str, report: Report, path: Path) -> None:
        """Refuse a model that is none, or that nobody could look at in time."""
        if report.errors:
            raise ToolError(f"{file} makes no model: {report}")
        triangles, most = count_triangles(path), self.settings.max_triangles
        if triangles > most:
            raise ToolError(
                f"the model of {file} has {triangles} triangles, {most} are allowed; choose a smaller $fn"
            )

    async def _all_errors(self, report: Report, file: str, definitions: tuple[str, ...]) -> Report:
        """Add what a check finds: a build stops at the first error."""
        checked = await self.openscad.check(self.folder, file, definitions)
        errors = dict.fromkeys((*checked.errors, *report.errors))
        warnings = dict.fromkeys((*checked.warnings, *report.warnings))
        return Report(tuple(errors), tuple(warnings), checked.echoes)

    def _find(self, name: str) -> str:
        """Give the file of a source; of the one that was worked on last for no name."""
        if self.latest is None:
            raise ToolError("there is no source yet; write one with write_scad first")
        file = source_name(name) if name else self.latest[0]
        if file not in self.sources:
            known = [known.removesuffix(".scad") for known in self.sources]
            raise ToolError(f"there is no source '{name}'.{did_you_mean(file.removesuffix('.scad'), known)}")
        return file
