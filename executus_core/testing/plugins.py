"""Fixtures for tests of plugins: fake distributions on the path, and hosts that see nothing else."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Protocol

import pytest
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from executus_core.plugin.host import PluginHost
    from executus_core.testing.conformance.plugin import PluginConformance

__all__ = ["FakeDist", "FakeDistribution", "MakeHost", "PluginConformance", "executus_host", "fake_dist"]


def __getattr__(name: str) -> object:
    """Import the suite when it is first asked for: pytest loads the fixtures in every run."""
    if name == "PluginConformance":
        from executus_core.testing.conformance.plugin import PluginConformance  # noqa: PLC0415 - pytest loads the fixtures in every run

        return PluginConformance
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


@frozen
class FakeDistribution:
    """A distribution that looks installed.

    Attributes:
        name: Its name.
        version: Its version.
        plugin: The plugin that its entry point names.
        module: The module that the entry point names.
        site: The folder that holds it; put it on the path of a child process to have it installed there too.
    """

    name: str
    version: str
    plugin: str
    module: str
    site: Path


class FakeDist(Protocol):
    """Makes fake distributions; what the fixture ``fake_dist`` is."""

    def __call__(
        self,
        name: str,
        source: str = "",
        *,
        plugin: str = "",
        module: str = "",
        version: str = "1.0.0",
        group: str = "executus.v1",
        requires: Iterable[str] = ("executus-core",),
        files: Mapping[str, str] | None = None,
    ) -> FakeDistribution:
        """Make a distribution look installed until the test ends.

        Args:
            name: The distribution's name.
            source: Text of its plugin's module; indentation that all lines share is taken off.
            plugin: Name of the entry point; the distribution's name when not given.
            module: Name of the module; the distribution's name with underscores when not given.
            version: The distribution's version.
            group: The group of the entry point.
            requires: The distribution's requirements.
            files: Further files, text by path.
        """
        ...


class MakeHost(Protocol):
    """Makes plugin hosts; what the fixture ``executus_host`` is."""

    def __call__(
        self,
        config: Mapping[str, object] | None = None,
        *,
        plugins: Mapping[str, object] | Iterable[object] = (),
    ) -> PluginHost:
        """Make a host that sees the fake distributions of the test and nothing that is really installed.

        Args:
            config: As ``executus.toml``.
            plugins: Unpackaged plugin objects.
        """
        ...


@pytest.fixture
def fake_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on the path, whose modules are forgotten when the test ends."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))  # pyright: ignore[reportUnknownMemberType] - pytest's own
    yield site
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None) or ""
        if origin.startswith(str(site)):
            del sys.modules[name]


@pytest.fixture
def fake_dist(fake_site: Path) -> FakeDist:
    """Makes distributions look installed: ``fake_dist("dice", source)``."""

    def make(
        name: str,
        source: str = "",
        *,
        plugin: str = "",
        module: str = "",
        version: str = "1.0.0",
        group: str = "executus.v1",
        requires: Iterable[str] = ("executus-core",),
        files: Mapping[str, str] | None = None,
    ) -> FakeDistribution:
        folded = name.replace("-", "_").replace(".", "_")
        made = FakeDistribution(name, version, plugin or name, module or folded, fake_site)
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
        texts = {
            f"{folded}-{version}.dist-info/METADATA": "\n".join(metadata) + "\n",
            f"{folded}-{version}.dist-info/entry_points.txt": f"[{group}]\n{made.plugin} = {made.module}\n",
            f"{made.module.replace('.', '/')}.py": dedent(source),
            **(files or {}),
        }
        for path, text in texts.items():
            file = fake_site / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return made

    return make


@pytest.fixture
def executus_host(fake_site: Path) -> MakeHost:
    """Makes hosts over the test's fake distributions only: ``executus_host({"plugins": {"disable": ["dice"]}})``."""

    def make(
        config: Mapping[str, object] | None = None, *, plugins: Mapping[str, object] | Iterable[object] = ()
    ) -> PluginHost:
        from executus_core.plugin.host import PluginHost  # noqa: PLC0415 - pytest loads the fixtures in every run
        from executus_core.plugin.scan import scan  # noqa: PLC0415 - pytest loads the fixtures in every run

        return PluginHost(config, plugins=plugins, entry_points=scan([str(fake_site)]))

    return make
