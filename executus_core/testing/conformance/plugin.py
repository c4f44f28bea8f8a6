"""What every installed plugin owes its hosts."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar

import pytest

from executus_core.plugin.compatibility import find_core_requirement
from executus_core.plugin.compose import compose
from executus_core.plugin.host import PluginHost
from executus_core.plugin.scan import scan
from executus_core.testing.conformance.base import Conformance
from executus_core.testing.tripwire import only_the_guard

if TYPE_CHECKING:
    from executus_core.plugin.info import PluginInfo
    from executus_core.plugin.scan import Candidate

__all__ = ["HEAVY_LIBRARIES", "PluginConformance"]

# fmt: off
HEAVY_LIBRARIES = frozenset({
    "aiohttp", "boto3", "django", "fastapi", "google", "grpc", "httpx", "requests", "trafilatura",
    "anthropic", "litellm", "ollama", "openai", "tensorflow", "torch", "transformers",
    "matplotlib", "numpy", "pandas", "pydantic", "pydantic_settings", "rich", "scipy", "sqlalchemy", "sqlite3",
})
# fmt: on
"""Libraries that a plugin must not import to say what it offers."""

_COUNT = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
import executus_core.hookspecs, executus_core.record.tool, executus_core.tool
before = set(sys.modules)
import importlib
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


class PluginConformance(Conformance):
    """Checks an installed plugin: it is active, provides what it says, declares what it needs, and is light to import.

    Give its name as ``plugin``; ``provides`` when it must be exactly that; and ``configuration`` when it needs settings.

    Attributes:
        plugin: The plugin's name: that of its entry point.
        provides: Names of providers, tools and commands by port ("command" and "observer" beside the ports), or None.
        configuration: Tables as in ``executus.toml``.
        max_modules: How many modules importing it may bring in.
    """

    plugin: ClassVar[str]
    provides: ClassVar[dict[str, list[str]] | None] = None
    configuration: ClassVar[dict[str, object]] = {}
    max_modules: ClassVar[int] = 40

    @pytest.fixture
    def candidate(self) -> Candidate:
        """The plugin's entry point."""
        found = [candidate for candidate in scan() if candidate.name == self.plugin]
        assert found, (
            f"no entry point of the group executus.v1 is named '{self.plugin}'; is the plugin installed?"
        )
        return found[0]

    @pytest.fixture
    def host(self, candidate: Candidate) -> PluginHost:
        """A host with the plugin and what it requires."""
        table = {"autoload": False, "enable": [candidate.name]}
        host = PluginHost({**self.configuration, "plugins": table})
        requires = host.requirements_of(candidate.name)
        table["enable"] = [candidate.name, *requires]
        return PluginHost({**self.configuration, "plugins": table}) if requires else host

    @pytest.fixture
    def info(self, host: PluginHost) -> PluginInfo:
        """What the host knows of it."""
        return host.info(self.plugin)

    def test_it_is_active(self, info: PluginInfo) -> None:
        """A host that picks the plugin has it."""
        assert info.is_active, f"{info.state}: {info.reason}"

    def test_it_says_what_it_is_for(self, info: PluginInfo) -> None:
        """Listings have one line to show."""
        assert info.summary.strip(), "give it one: plugin = Plugin(summary=...)"
        assert "\n" not in info.summary, "the summary is one line"

    def test_it_provides_something(self, info: PluginInfo) -> None:
        """It provides what its tests say, or at least something."""
        provided: dict[str, list[str]] = {}
        for one in info.provides:
            provided.setdefault(one.kind, []).append(one.name)

        assert provided, "its hooks yield nothing"
        assert self.provides is None or provided == self.provides

    def test_its_providers_can_be_built(self, host: PluginHost) -> None:
        """Every provider is built without opening anything, and has its port's methods."""
        with only_the_guard():
            composition = compose(host)

        assert not composition.left_out, "; ".join(map(str, composition.left_out))

    def test_its_settings_have_defaults_or_say_what_is_missing(self, host: PluginHost) -> None:
        """The settings that the test's configuration gives are enough."""
        host.build_settings(self.plugin)

    def test_it_declares_executus_core(self, candidate: Candidate) -> None:
        """Installers know which core it needs."""
        assert candidate.distribution is not None
        assert find_core_requirement(candidate), (
            f"add 'executus-core' to the dependencies of {candidate.distribution.name}"
        )

    def test_it_is_light_to_import(self, candidate: Candidate) -> None:
        """Saying what it offers imports neither heavy libraries nor many modules; its factories may."""
        module = candidate.target.partition(":")[0]
        child = subprocess.run(  # noqa: S603 - this interpreter, over a module of this test
            [sys.executable, "-W", "ignore", "-c", _COUNT, module, json.dumps(sys.path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr
        modules: list[str] = json.loads(child.stdout.splitlines()[-1])
        heavy = sorted({name.partition(".")[0] for name in modules} & HEAVY_LIBRARIES)

        assert not heavy, (
            f"importing '{module}' imports {', '.join(heavy)}; name the factory as 'module:attribute'"
        )
        assert len(modules) <= self.max_modules, (
            f"importing '{module}' brings in {len(modules)} modules: {modules}"
        )
