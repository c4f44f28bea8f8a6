"""What a host can set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt

from executus_core.config import PluginSettings


class Settings(PluginSettings):
    """Where OpenSCAD is, and how much a model's source may ask of this machine.

    Attributes:
        binary: OpenSCAD's program, by name or path.
        timeout_s: Seconds on the wall that one start of OpenSCAD may take.
        post_run_timeout_s: Seconds that making the last model may take when a run has ended, and again drawing it.
        memory_mib: Address space that OpenSCAD may take, in mebibytes.
        max_file_mib: The largest file that OpenSCAD may write, in mebibytes.
        max_message_kib: How much OpenSCAD may say, in kibibytes, before it is stopped.
        max_source_kib: The largest source file that a model may write, in kibibytes.
        max_sources: Source files that one run may have.
        max_triangles: The finest mesh that is measured and drawn.
        max_previews: Calls of ``render_preview`` that one run may make.
        max_concurrent: Starts of OpenSCAD that go on at the same time, over all runs of the host.
        image_width_px: Width of one picture.
        image_height_px: Height of one picture.
        library_paths: Folders of OpenSCAD libraries that sources may ``use`` and ``include``, such as BOSL2's parent.
        system_paths: More of the system that OpenSCAD may read, for one that is installed outside of ``/usr``.
        containment: What keeps OpenSCAD in its folder; ``auto`` takes Landlock, else bubblewrap.
        unsafe: Whether to run OpenSCAD without either, so that a model's source can read what this process can.
    """

    binary: str = "openscad"
    timeout_s: PositiveFloat = 30.0
    post_run_timeout_s: PositiveFloat = 20.0
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    max_file_mib: PositiveInt = 64
    max_message_kib: PositiveInt = 256
    max_source_kib: PositiveInt = 256
    max_sources: PositiveInt = 32
    max_triangles: PositiveInt = 300_000
    max_previews: PositiveInt = 20
    max_concurrent: PositiveInt = 2
    image_width_px: Annotated[int, Field(ge=160, le=2048)] = 800
    image_height_px: Annotated[int, Field(ge=120, le=2048)] = 600
    library_paths: tuple[Annotated[Path, AfterValidator(Path.expanduser)], ...] = ()
    system_paths: tuple[Annotated[Path, AfterValidator(Path.expanduser)], ...] = ()
    containment: Literal["auto", "landlock", "bubblewrap"] = "auto"
    unsafe: bool = False
