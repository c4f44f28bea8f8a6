"""What executus sees of this package before a run needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Plugin, Provider, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

plugin: Plugin = Plugin(
    summary="OpenSCAD models: write, look at, check, measure, export",
    settings="executus_scad_session_tools.settings:Settings",
)


@hookimpl
def executus_provide_session_tools() -> Iterator[Provider]:
    """Offer the tools of one run."""
    yield Provider("scad", "executus_scad_session_tools.pack:ScadPack", "parametric models with OpenSCAD")
