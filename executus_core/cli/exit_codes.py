"""What the command line's exit codes mean.

=====  ==================================================================
Code   Meaning
=====  ==================================================================
0      it worked
1      the run ended with an error, or did not end by itself
2      bad usage or configuration: an option, an agent, a file, a setting
3      a plugin is missing, broken, or broke its contract
130    interrupted from the keyboard
=====  ==================================================================
"""

from __future__ import annotations

from typing import Final

from executus_core.errors import ConfigError, ExecutusError, PluginError

OK: Final = 0
RUN_FAILED: Final = 1
USAGE: Final = 2
PLUGIN: Final = 3
INTERRUPTED: Final = 130


def code_of(error: ExecutusError) -> int:
    """Give the exit code for an error."""
    if isinstance(error, ConfigError):
        return USAGE
    return PLUGIN if isinstance(error, PluginError) else RUN_FAILED
