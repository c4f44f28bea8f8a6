"""The package as an installed plugin."""

from executus_core.testing import PluginConformance


class TestPlugin(PluginConformance):
    plugin = "scad-session-tools"
