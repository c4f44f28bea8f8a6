"""What the command line's exit codes mean.

=====  ==================================================================
Code   Meaning
=====  ==================================================================
0      it worked
1      the run ended with an error
2      bad usage or configuration: an option, an agent, a file, a setting, a
       model that nobody serves, a key that is refused
3      a plugin is missing, broken, or broke its contract
4      the run was out of time
5      a budget refused the run, or stopped it
6      the critic killed the run
7      the run waits for a person
8      the model's provider could not answer now: a later try may do
130    interrupted from the keyboard
143    terminated
=====  ==================================================================
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from executus_core.errors import (
    ConfigError,
    ExecutusError,
    ModelAccessError,
    ModelResolutionError,
    ModelUnavailableError,
    PluginError,
)

if TYPE_CHECKING:
    from executus_core.record.result import Result

OK: Final = 0
RUN_FAILED: Final = 1
USAGE: Final = 2
PLUGIN: Final = 3
TIMEOUT: Final = 4
BUDGET_EXCEEDED: Final = 5
KILLED: Final = 6
PAUSED: Final = 7
UNAVAILABLE: Final = 8
INTERRUPTED: Final = 130
TERMINATED: Final = 143

_BY_STATUS: Final = {
    "ok": OK,
    "dry_run": OK,
    "timeout": TIMEOUT,
    "budget_exceeded": BUDGET_EXCEEDED,
    "killed": KILLED,
    "paused": PAUSED,
    "cancelled": INTERRUPTED,
}


def code_of(error: ExecutusError) -> int:
    """Give the exit code for an error."""
    if isinstance(error, (ConfigError, ModelResolutionError, ModelAccessError)):
        return USAGE
    if isinstance(error, ModelUnavailableError):
        return UNAVAILABLE
    return PLUGIN if isinstance(error, PluginError) else RUN_FAILED


def code_of_result(result: Result, received: signal.Signals | None = None) -> int:
    """Give the exit code for how a run ended.

    Args:
        result: What the run came to.
        received: The signal that stopped it, if one did.
    """
    if result.status == "cancelled" and received is signal.SIGTERM:
        return TERMINATED
    if isinstance(result.error, ExecutusError) and result.status == "error":
        return code_of(result.error)
    return _BY_STATUS.get(str(result.status), RUN_FAILED)
