"""Folders full of distributions that look installed: some with a plugin, most without."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = '''
"""A plugin as small as one can be that offers something."""

from executus_core import Plugin, Provider, hookimpl

plugin = Plugin(summary="Counts tokens")


class Meter:
    def record_usage(self, attempt): ...


@hookimpl
def executus_provide_usage_sink(context):
    yield Provider("meter", Meter)
'''


def install_plugins(site: Path, count: int) -> None:
    """Put distributions into a folder that have a plugin each."""
    for number in range(count):
        name = f"meter_{number}"
        _install(site, name, f"[executus.v1]\nmeter-{number} = {name}\n", "Requires-Dist: executus-core\n")
        (site / f"{name}.py").write_text(PLUGIN)


def install_strangers(site: Path, count: int) -> None:
    """Put distributions into a folder that have no plugin; every third has entry points of another group."""
    for number in range(count):
        name = f"stranger_{number}"
        entry_points = f"[console_scripts]\n{name} = {name}:main\n" if number % 3 == 0 else ""
        requires = "".join(f"Requires-Dist: other-{other}>=1.{other}\n" for other in range(10))
        _install(site, name, entry_points, requires)


def _install(site: Path, name: str, entry_points: str, requires: str) -> None:
    folder = site / f"{name}-1.0.0.dist-info"
    folder.mkdir(parents=True)
    about = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0.0\n{requires}\n"
    (folder / "METADATA").write_text(about + "It does what it does.\n" * 100)
    (folder / "RECORD").write_text(f"{name}.py,sha256=0,1\n" * 50)
    (folder / "WHEEL").write_text("Wheel-Version: 1.0\n")
    if entry_points:
        (folder / "entry_points.txt").write_text(entry_points)
