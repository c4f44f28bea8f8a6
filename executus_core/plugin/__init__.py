"""Plugins: found, chosen, imported one by one, checked, and composed into the ports of one host.

scan        which plugins are installed; reads entry points and imports nothing
selection   which of them take part, and why the others don't
loading     imports one plugin; whatever happens stays its own failure
validation  what is wrong with a plugin's hooks: all of it at once
deprecation what it implements and will go, told to its author
drift       what is not as the ``lock`` says; known before any import
host        walks a plugin through the four, keeps what is known of it, and says why a start is refused
compose     builds providers, in order, into ``Ports``
executor    an ``Executor`` over all that, which opens and closes its providers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.plugin.host import PluginHost
    from executus_core.plugin.info import PluginInfo, PluginState

__all__ = ["PluginHost", "PluginInfo", "PluginState"]

_HOMES = {
    "PluginHost": "executus_core.plugin.host",
    "PluginInfo": "executus_core.plugin.info",
    "PluginState": "executus_core.plugin.info",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module  # noqa: PLC0415 - as above

    return getattr(import_module(_HOMES[name]), name)
