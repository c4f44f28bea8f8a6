"""Settings: where they are read, how layers are laid over one another, and what a plugin's settings are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.config.load import Configuration, load_configuration
    from executus_core.config.settings import PluginSettings, build_settings

__all__ = ["Configuration", "PluginSettings", "build_settings", "load_configuration"]

_HOMES = {
    "Configuration": "executus_core.config.load",
    "PluginSettings": "executus_core.config.settings",
    "build_settings": "executus_core.config.settings",
    "load_configuration": "executus_core.config.load",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that the defaults alone cost no pydantic."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module  # noqa: PLC0415 - nothing else is needed for it

    return getattr(import_module(_HOMES[name]), name)
