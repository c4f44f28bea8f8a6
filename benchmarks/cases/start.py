"""What a person waits for before the command line says anything."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.measure import ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measure import Effort, Figure
    from benchmarks.table import Measured

BARE = """
import click
@click.group()
def root(): "A bare program."
@root.command()
def one(): "One command."
root(["--help"])
"""
OURS = "import sys; from executus_core.cli import main; sys.exit(main({arguments!r}))"
SETTINGS = '[plugins]\ndisable = ["nobody"]\n'
PROVIDER = ("litellm", "executus_model_litellm")
TIMES_AS_MANY = 4  # a turn is short


def measure(effort: Effort) -> Measured:
    """Measure whole processes, from their start to their end."""
    with TemporaryDirectory(prefix="executus-benchmark-") as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        (folder / "settled").mkdir()
        (folder / "settled/executus.toml").write_text(SETTINGS)
        return {**_measure_here(folder, effort), **_measure_provider(folder, effort)}


def _measure_here(folder: Path, effort: Effort) -> Measured:
    """Measure what is installed, as it is installed, against a bare click program."""
    empty = folder / "empty"
    taken = _take_turns(
        {
            "bare": _Start(BARE, empty),
            "executus --help": _Start(OURS.format(arguments=["--help"]), empty),
            "executus plugins": _Start(OURS.format(arguments=["plugins"]), empty),
            "executus --help, with a settings file": _Start(
                OURS.format(arguments=["--help"]), folder / "settled"
            ),
        },
        effort,
    )
    bare = taken.pop("bare")
    return {row: ratio(seconds, bare) for row, seconds in taken.items()}


def _measure_provider(folder: Path, effort: Effort) -> Measured:
    """Measure the same with and without the plugin for real models, and the heavy library that it stands on."""
    rows = {name: f"{name}, with litellm to without" for name in ("executus --help", "executus plugins")}
    if any(find_spec(package) is None for package in PROVIDER):
        return dict.fromkeys(rows.values(), "not installed")
    whole, without = folder / "with", folder / "without"
    _link_installed(whole, but=())
    _link_installed(without, but=PROVIDER)
    measured: dict[str, Figure | str] = {}
    for name, row in rows.items():
        code = OURS.format(arguments=name.split()[1:])
        starts = {kind.name: _Start(code, folder / "empty", kind) for kind in (without, whole)}
        taken = _take_turns(starts, effort)
        measured[row] = ratio(taken["with"], taken["without"])
    return measured


@frozen
class _Start:
    """A way to start.

    Attributes:
        code: What to run.
        folder: Where.
        site: A folder in place of everything that is installed, or None.
    """

    code: str
    folder: Path
    site: Path | None = None

    def time_s(self) -> float:
        """Run it once, and say how long that took."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
        options: list[str] = []
        if self.site is not None:
            options = ["-S"]
            environ["PYTHONPATH"] = os.pathsep.join([str(self.site), *_beside_site()])
        command = [sys.executable, *options, "-c", self.code]
        started = perf_counter()
        subprocess.run(command, cwd=self.folder, env=environ, stdout=subprocess.DEVNULL, check=True)
        return perf_counter() - started


def _take_turns(starts: Mapping[str, _Start], effort: Effort) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in starts}
    for one in starts.values():
        one.time_s()  # who comes first pays for what the system has not read yet
    for _ in range(effort.children * TIMES_AS_MANY):
        for name, one in starts.items():
            taken[name].append(one.time_s())
    return taken


def _link_installed(folder: Path, *, but: tuple[str, ...]) -> None:
    """Fill a folder with links to everything that is installed, but for some packages and what is said of them."""
    folder.mkdir()
    for site in _sites():
        for path in Path(site).iterdir():
            if path.name.partition("-")[0] not in but and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)


def _sites() -> set[str]:
    return {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}


def _beside_site() -> list[str]:
    """List what else a start looks through, such as the sources of what is installed to be worked on."""
    return [path for path in sys.path if path and path not in _sites() and Path(path).is_dir()]


START = Case(
    "start",
    (
        Goal("executus --help", 3),
        Goal("executus plugins", 4),
        Goal("executus --help, with a settings file"),
        Goal("executus --help, with litellm to without", 1.1),
        Goal("executus plugins, with litellm to without", 1.1),
    ),
    measure,
)
