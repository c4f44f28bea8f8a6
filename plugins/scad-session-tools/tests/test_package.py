"""The package as an installed plugin."""

import json
from pathlib import Path

from executus_core.testing import PluginConformance
from executus_scad_session_tools.settings import Settings


class TestPlugin(PluginConformance):
    plugin = "scad-session-tools"


def test_every_setting_is_in_the_readme() -> None:
    """With its default, as TOML has it."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| `")]

    for name, field in Settings.model_fields.items():
        (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        value = field.get_default(call_default_factory=True)
        assert json.dumps(value) in row.split("|")[2], name
