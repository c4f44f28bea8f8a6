"""The tools of one run, as a model sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping  # noqa: TC003 - read at run time, as a tool's annotation
from typing import TYPE_CHECKING, Annotated, Final, Literal

from attrs import define, field
from pydantic import Field

from executus_core import Artifact, ToolError, tool
from executus_core.llm import ImagePart
from executus_scad_session_tools.parameters import Parameters  # noqa: TC001 - the same
from executus_scad_session_tools.picture.view import View

if TYPE_CHECKING:
    from executus_core import AgentSession, Tool
    from executus_scad_session_tools.workshop import Model, Workshop

Format = Literal["stl", "3mf", "off"]
Views = Annotated[list[View], Field(min_length=1, max_length=7)]

MEDIA_TYPES: Final = {"stl": "model/stl", "3mf": "model/3mf", "off": "model/off"}


@define(eq=False)
class ScadTools:
    """Five tools over one workshop.

    Attributes:
        workshop: What the run makes.
        session: Takes pictures and files.
        previews: How many pictures were asked for.
        exported: What was attached: the model's recipe and the format, with the file's name.
    """

    workshop: Workshop
    session: AgentSession
    previews: int = 0
    exported: dict[tuple[object, str], str] = field(factory=dict[tuple[object, str], str])

    def build(self) -> list[Tool]:
        """Build them. They are contained and see only what the run itself made, so any surface may have them."""
        write = tool(visibility="public", effect="idempotent", sequential=True)(self.write_scad)
        if self.workshop.inputs:
            write.description += f"\n\nFiles that it can import: {', '.join(self.workshop.inputs)}."
        # one after another, in the order of the calls: what a response previews or exports is what it just wrote
        return [
            write,
            tool(visibility="public", effect="pure")(self.check_scad),
            tool(visibility="public", effect="idempotent", sequential=True)(self.render_preview),
            tool(visibility="public", effect="pure", sequential=True)(self.measure),
            tool(visibility="public", effect="idempotent", sequential=True)(self.export),
        ]

    async def write_scad(self, name: str, source: str) -> str:
        """Write an OpenSCAD source file, whole, and check it. Lengths are millimetres, z is up.

        Writing a name again replaces the file. Sources of this run may include or use one another by file name
        (`use <gear.scad>`); no other file can be read.

        Args:
            name: The file's name without a folder, such as "bracket".
            source: All of its OpenSCAD code.
        """
        file = await self.workshop.write(name, source)
        lines = len(source.splitlines())
        return f"wrote {file}, {lines} line{'' if lines == 1 else 's'}: {await self.workshop.check(file, {})}"

    async def check_scad(self, name: str = "", parameters: Parameters | None = None) -> str:
        """Check an OpenSCAD source: the compiler's errors and warnings with file and line, and what it echoes.

        Unknown variables, functions and modules are errors. The geometry is not made; a preview does that.

        Args:
            name: The source's name, such as "bracket"; the one that was worked on last when not given.
            parameters: Values for variables at the top of the source, such as {"width": 40, "round": true}.
        """
        return str(await self.workshop.check(name, parameters or {}))

    async def render_preview(
        self,
        name: str = "",
        views: Views | None = None,
        parameters: Parameters | None = None,
        as_sheet: bool = True,  # noqa: FBT001, FBT002 - a model gives it by name
    ) -> str:
        """Draw the model, to look at it: the picture is shown before the next step, with the bounding box in mm.

        Pictures are in parallel projection and show shape, not colour. "front" looks along +y, "right" along -x, "top" down.

        Args:
            name: The source's name, such as "bracket"; the one that was worked on last when not given.
            views: From where to look, one picture each; "iso" when not given.
            parameters: Values for variables at the top of the source, such as {"width": 40, "round": true}.
            as_sheet: Whether several views go on one picture, each smaller, rather than on one picture each.
        """
        most = self.workshop.settings.max_previews
        if self.previews >= most:
            raise ToolError(f"all {most} previews of this run are used; go on with measure and export")
        shown: list[View] = list(dict.fromkeys(views or ["iso"]))
        model = await self.workshop.model(name, parameters or {})
        self.previews += 1
        pictures = await draw_pictures(self.workshop, model, shown, is_sheet=as_sheet)
        text = f"{model.recipe[1]} seen from: {', '.join(shown)}"
        self.session.attach_images(text, *(ImagePart(picture) for picture in pictures))
        return f"{text}. {_describe(model)}"

    async def measure(self, name: str = "", parameters: Parameters | None = None) -> Mapping[str, object]:
        """Measure the model: bounding box in mm, volume in mm³, surface in mm², whether it is watertight, parts, cavities.

        The volume is null for a mesh that is not closed.

        Args:
            name: The source's name, such as "bracket"; the one that was worked on last when not given.
            parameters: Values for variables at the top of the source, such as {"width": 40, "round": true}.
        """
        return (await self.workshop.model(name, parameters or {})).mesh.measures.as_data()

    async def export(
        self,
        name: str = "",
        format: Format = "stl",  # noqa: A002 - the word for it
        parameters: Parameters | None = None,
    ) -> str:
        """Attach the model to the run's result as a file, in mm: what the user gets.

        Args:
            name: The source's name, such as "bracket"; the one that was worked on last when not given.
            format: "stl" (binary) and "3mf" are for printing, "off" keeps shared points.
            parameters: Values for variables at the top of the source, such as {"width": 40, "round": true}.
        """
        model = await self.workshop.model(name, parameters or {})
        known = self.exported.get((model.recipe, format))
        if known:
            return f"{known} is attached already. {_describe(model)}"
        data = await asyncio.to_thread(_read, model, format)
        file = self.free_name(model.name, format)
        self.session.attach(Artifact(file, MEDIA_TYPES[format], data))
        self.exported[model.recipe, format] = file
        return f"attached {file}, {len(data)} bytes. {_describe(model)}"

    def free_name(self, stem: str, format: str) -> str:  # noqa: A002 - the tool's word
        """Name a file so that an earlier state of the model that was attached too is not hidden by it."""
        taken = set(self.exported.values())
        number = 1
        while (name := f"{stem}{f'-{number}' if number > 1 else ''}.{format}") in taken:
            number += 1
        return name


async def draw_pictures(
    workshop: Workshop, model: Model, views: list[View], *, is_sheet: bool
) -> list[bytes]:
    """Draw a model as PNGs: one for each view, or one sheet for all of several."""
    from executus_scad_session_tools.picture.sheet import draw_sheet, draw_views  # noqa: PLC0415 - loads Pillow

    size = workshop.settings.image_width_px, workshop.settings.image_height_px
    if is_sheet and len(views) > 1:
        return [await asyncio.to_thread(draw_sheet, model.mesh, views, *size)]
    return await asyncio.to_thread(draw_views, model.mesh, views, *size)


def _read(model: Model, format: Format) -> bytes:  # noqa: A002 - the tool's word
    path = model.file(format)
    if not path.is_file() or not path.stat().st_size:
        raise ToolError(f"this OpenSCAD wrote no {format.upper()}; export another format")
    return path.read_bytes()


def _describe(model: Model) -> str:
    """Say in one sentence what can be wrong with a model that was made."""
    measures = model.mesh.measures
    size = " x ".join(f"{length:g}" for length in measures.size_mm)
    closed = (
        "watertight"
        if measures.is_watertight
        else "NOT watertight: faces are missing or meet at an edge only"
    )
    parts = f"{measures.parts} part{'' if measures.parts == 1 else 's'}"
    warnings = "".join(f"; warning: {warning}" for warning in model.report.warnings[:5])
    return f"It is {size} mm, {parts}, {closed}{warnings}."
