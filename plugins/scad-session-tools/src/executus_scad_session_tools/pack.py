"""The session pack ``scad``: five tools over a folder of the run's own."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from executus_core import SessionTools, ToolError
from executus_scad_session_tools.folder import RunFolder
from executus_scad_session_tools.openscad import OpenScad
from executus_scad_session_tools.shipping import ship
from executus_scad_session_tools.tools import ScadTools
from executus_scad_session_tools.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from executus_core import AgentSession, PostRunResult
    from executus_core.llm import Message
    from executus_scad_session_tools.settings import Settings

logger: logging.Logger = logging.getLogger("executus.scad")


class ScadPack:
    """Makes the tools of each run; the runs of a host share how many programs may go on at a time."""

    def __init__(self, settings: Settings) -> None:
        """Look at nothing yet."""
        self._settings = settings
        self._openscad = OpenScad(settings)

    @asynccontextmanager
    async def __call__(self, session: AgentSession) -> AsyncGenerator[SessionTools]:
        """Make a run's folder and the tools over it; leaving removes the folder, whatever happened in between."""
        folder = RunFolder()
        try:
            await self._tell_operator()
            workshop = Workshop(self._openscad, self._settings, folder)
            await workshop.take_inputs(session.invocation.input_files)
            tools = ScadTools(workshop, session)

            async def post_run(
                transcript: Sequence[Message],  # noqa: ARG001 - the contract hands it
                output: str,  # noqa: ARG001 - the same
                error: BaseException | None,  # noqa: ARG001 - the same
            ) -> PostRunResult | None:
                return await ship(tools)

            yield SessionTools(tools.build(), post_run)
        finally:
            await folder.remove()

    async def _tell_operator(self) -> None:
        """Log what keeps the tools from working, or from being safe: a model that is told of it can't mend it."""
        try:
            containment = await self._openscad.prepare()
        except ToolError as error:
            logger.warning("scad: %s", error)
            return
        if containment == "none":
            logger.warning(
                "scad: OpenSCAD runs uncontained, because [plugin.scad-session-tools] unsafe is set"
            )
