"""What a host can set."""

from __future__ import annotations

from executus_core.config import PluginSettings


class Settings(PluginSettings):
    """The settings of this plugin."""
