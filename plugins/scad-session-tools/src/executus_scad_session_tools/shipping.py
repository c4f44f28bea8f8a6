"""What a run leaves to its user, however it ended: the latest sources, the model, and a picture of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from executus_core import Artifact, PostRunResult, ToolError
from executus_scad_session_tools.tools import MEDIA_TYPES, draw_pictures

if TYPE_CHECKING:
    from executus_core.llm import JsonValue
    from executus_scad_session_tools.picture.view import View
    from executus_scad_session_tools.tools import ScadTools
    from executus_scad_session_tools.workshop import Model, Workshop

SOURCE_TYPE: Final = "application/x-openscad"
_VIEWS: Final[list[View]] = ["iso", "front", "top", "right"]


async def ship(tools: ScadTools) -> PostRunResult | None:
    """Gather the artifacts of a run: what was attached before is not attached again.

    Returns:
        None for a run that wrote nothing.
    """
    workshop = tools.workshop
    if workshop.latest is None:
        return None
    artifacts = [
        Artifact(file, SOURCE_TYPE, source.encode("utf-8", "replace"))
        for file, source in workshop.sources.items()
    ]
    facts: dict[str, JsonValue] = {"source": workshop.latest[0]}
    model, problem = await _last_model(workshop)
    if problem:
        facts["problem"] = problem
    if model is not None:
        artifacts += await _ship_model(tools, model, facts)
    return PostRunResult(artifacts, {"scad": facts})


async def _last_model(workshop: Workshop) -> tuple[Model | None, str]:
    """Build what was worked on last; where that can't be, take the last model that there was, and say why."""
    assert workshop.latest is not None  # noqa: S101 - looked at before
    built = list(workshop.models.values())
    limit_s = workshop.settings.post_run_timeout_s
    try:
        async with asyncio.timeout(limit_s):
            return await workshop.build(*workshop.latest), ""
    except ToolError as error:
        problem = str(error)
    except TimeoutError:
        problem = f"to make it took longer than {limit_s:g} s"
    if built:
        return built[-1], f"the model is an earlier one: {problem}"
    return None, f"there is no model: {problem}"


async def _ship_model(tools: ScadTools, model: Model, facts: dict[str, JsonValue]) -> list[Artifact]:
    """Give the model, unless it was exported, and its picture; note what it is."""
    facts["measures"] = model.mesh.measures.as_data()
    artifacts: list[Artifact] = []
    exported = [file for (recipe, _), file in tools.exported.items() if recipe == model.recipe]
    if exported:
        facts["model"] = exported[0]
    else:
        name = tools.free_name(model.name, "stl")
        data = await asyncio.to_thread(model.file("stl").read_bytes)
        artifacts.append(Artifact(name, MEDIA_TYPES["stl"], data))
        facts["model"] = name
    try:
        async with asyncio.timeout(tools.workshop.settings.post_run_timeout_s):
            (picture,) = await draw_pictures(tools.workshop, model, _VIEWS, is_sheet=True)
    except TimeoutError:
        return artifacts
    artifacts.append(Artifact(f"{model.name}.png", "image/png", picture))
    facts["picture"] = f"{model.name}.png"
    return artifacts
