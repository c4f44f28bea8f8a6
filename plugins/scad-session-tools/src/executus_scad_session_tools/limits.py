"""How a start of OpenSCAD was ended by something other than its own will, in words that help a model."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from executus_scad_session_tools.process import Ended
    from executus_scad_session_tools.settings import Settings

_LAUNCHER_FAILED: Final = 125
_OUT_OF_MEMORY: Final = ("bad_alloc", "Cannot allocate memory", "failed to map segment")
_NOT_LOADED: Final = "error while loading shared libraries"
_SIMPLER: Final = "make the model simpler: a smaller $fn, smaller loops"


def explain_limit(ended: Ended, main: str, settings: Settings) -> str:
    """Say which limit ended a child, or "" when none did."""
    said = ended.said
    reasons = (
        (
            ended.is_noisy,
            (
                f"OpenSCAD said more than {settings.max_message_kib} KiB about {main} and was stopped; "
                "use echo() sparingly, and not in large loops"
            ),
        ),
        (
            ended.is_late or ended.code == -signal.SIGXCPU,
            (
                f"OpenSCAD did not finish {main} within {settings.timeout_s:g} s and was stopped; {_SIMPLER}, "
                "no minkowski() of round bodies"
            ),
        ),
        (
            ended.code == -signal.SIGXFSZ,
            f"OpenSCAD made a file of more than {settings.max_file_mib} MiB of {main} and was stopped; {_SIMPLER}",
        ),
        (
            any(mark in said for mark in _OUT_OF_MEMORY),
            f"OpenSCAD needed more than {settings.memory_mib} MiB of memory for {main} and was stopped; {_SIMPLER}",
        ),
        (
            ended.code < 0,
            f"OpenSCAD crashed (signal {-ended.code}) on {main}; leave out or simplify what was added last",
        ),
        (
            ended.code == _LAUNCHER_FAILED or _NOT_LOADED in said,
            (
                f"OpenSCAD could not be started on this machine ({said.strip()[-200:]}); "
                "[plugin.scad-session-tools] system_paths says what of the system it may read"
            ),
        ),
    )
    return next((reason for is_so, reason in reasons if is_so), "")
