"""What finding ten plugins costs where there are very many distributions that are none."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.child import run_code
from benchmarks.distributions import install_plugins, install_strangers
from benchmarks.measure import ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort
    from benchmarks.table import Measured

PLUGINS = 10
DISTRIBUTIONS = 500
TIMES_AS_MANY = 4  # a turn is short

# an empty configuration of its own, or the one of the folder around would have a say
CODE = f"""
import json, sys
from time import perf_counter
sys.path.insert(0, {{site!r}})
from executus_core import Executor
started = perf_counter()
executor = Executor.discover(config={{config!r}})
took = perf_counter() - started
found = [plugin for plugin in executor.plugins if plugin.name.startswith("meter-")]
assert len(found) == {PLUGINS} and all(plugin.is_active for plugin in found), executor.plugins
print(json.dumps({{{{"wall_s": took}}}}))
"""


def measure(effort: Effort) -> Measured:
    """Measure the first discovery in fresh processes; what the real environment has installed is there both times."""
    taken: dict[str, list[float]] = {"alone": [], "among": []}
    with TemporaryDirectory(prefix="executus-benchmark-") as folder:
        for kind in taken:
            install_plugins(Path(folder, kind), PLUGINS)
        config = Path(folder, "executus.toml")
        config.touch()
        install_strangers(Path(folder, "among"), DISTRIBUTIONS - PLUGINS)
        for _ in range(effort.children * TIMES_AS_MANY):
            for kind, seconds in taken.items():
                code = CODE.format(site=str(Path(folder, kind)), config=str(config))
                seconds.append(run_code(code)["wall_s"])
    return {"10 plugins among 500 distributions": ratio(taken["among"], taken["alone"])}


DISCOVER = Case("discover", (Goal("10 plugins among 500 distributions", 1.5),), measure)
