"""A pattern of ``[tools]`` that means nothing which is installed is said, not passed over."""

from __future__ import annotations

import pytest

from executus_core import ConfigError, Executor
from executus_core.plugin import PluginHost
from executus_core.plugin.compose import compose

PACK = """
    @tool
    def read_file() -> str:
        '''Read.'''
        return ""
    @hookimpl
    def executus_provide_tools():
        yield Provider("files", lambda: [read_file])
"""


def warnings_of(config, **plugins) -> tuple[str, ...]:
    return compose(PluginHost(config, plugins=plugins, entry_points=())).warnings


@pytest.mark.parametrize("key", ["allow", "deny"])
@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("raed_file", "which means no installed tool. Did you mean 'read_file'?"),
        ("web_*", "which means no installed tool."),
        ("plugin:fils", "which means no installed plugin. Did you mean 'files-pack'?"),
        ("plugin:off", ""),
        ("pack:file", "which means no installed pack. Did you mean 'files'?"),
        ("distribution:executus-*", "which means no installed distribution."),
        ("*", ""),
        ("read_*", ""),
        ("plugin:files-*", ""),
        ("pack:files", ""),
    ],
)
def test_a_pattern_that_means_nothing_is_said_with_its_source(
    plugin_of, key: str, pattern: str, said: str
) -> None:
    """A plugin that is disabled is installed all the same: it may be denied."""
    config = {"tools": {key: [pattern]}, "plugins": {"disable": ["off"]}}

    found = warnings_of(config, **{"files-pack": plugin_of(PACK), "off": plugin_of(PACK)})

    if pattern == "plugin:fils":
        said = "which means no installed plugin."
    assert found == ((f"code: [tools] {key} names '{pattern}', {said}",) if said else ())


@pytest.mark.parametrize(
    ("pattern", "is_said"), [("render_*", False), ("agent__helper", False), ("raed_file", True)]
)
def test_names_that_are_only_made_with_a_run_are_given_the_benefit_of_the_doubt(
    plugin_of, provides, pattern: str, is_said: bool
) -> None:
    """The tools of a session pack are not known before it is opened; what is nearly an installed tool is a slip."""
    packs = {"files-pack": plugin_of(PACK), "cad": provides("session_tools", lambda: None, "scad")}

    assert bool(warnings_of({"tools": {"deny": [pattern]}}, **packs)) == is_said
    assert warnings_of({"tools": {"deny": ["pack:scad", "plugin:cad"]}}, **packs) == ()


def test_an_executor_warns_of_it_and_a_strict_one_does_not_start(plugin_of) -> None:
    """``[plugins] strict`` takes no mistakes."""
    settings = {"tools": {"deny": ["raed_file"]}}
    plugins = {"files-pack": plugin_of(PACK)}

    executor = Executor.discover(enable=(), settings=settings, plugins=plugins)

    assert executor.warnings[-1].startswith("code: [tools] deny names 'raed_file'")
    with pytest.raises(ConfigError, match="deny names 'raed_file'"):
        Executor.discover(enable=(), settings={**settings, "plugins": {"strict": True}}, plugins=plugins)
