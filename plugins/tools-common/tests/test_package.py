"""The package as an installed plugin."""

from executus_core.testing import PluginConformance


class TestPlugin(PluginConformance):
    plugin = "tools-common"
