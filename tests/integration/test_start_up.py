"""What a start imports: a person waits for it, and the benchmarks say how long."""

import sys
from pathlib import Path

import pytest
from tripwire import Caught, watch

OWN = {"click", "attr", "attrs", "typing_extensions"}
"""What the command line itself is made of."""

FINDING = {"pluggy", "stevedore"}
"""What finds and imports plugins; they may offer commands."""

TABLES = {"rich", "pygments"}
"""What lays out tables on a terminal."""

ALLOWED = [
    (["--help"], OWN | FINDING),
    (["run", "--help"], OWN),
    (["plugins", "--help"], OWN | FINDING),
    (["plugins", "--json"], OWN | FINDING),
    (["plugins"], OWN | FINDING | TABLES),
]


def foreign(caught: Caught) -> set[str]:
    """The packages of others that a child imported; what the interpreter's own start brings has an underscore."""
    names = {name.partition(".")[0] for name in caught.modules}
    ours = {name for name in names if name.startswith(("executus_", "_"))}
    return names - ours - sys.stdlib_module_names - {"sitecustomize", "org"}


@pytest.mark.parametrize(("arguments", "allowed"), ALLOWED, ids=[" ".join(one) for one, _ in ALLOWED])
def test_a_start_imports_what_it_needs_and_no_more(
    tmp_path: Path, arguments: list[str], allowed: set[str]
) -> None:
    """No validator, no parser, no client: whoever asks what there is waits for none of what a run needs."""
    caught = watch(tmp_path, *arguments)

    assert caught.code == 0, caught.err
    assert foreign(caught) - allowed == set()


def test_the_help_starts_no_event_loop(tmp_path: Path) -> None:
    """Nothing runs, so nothing needs asyncio, which costs as much as click."""
    assert "asyncio" not in watch(tmp_path, "--help").modules


def test_the_help_without_a_plugin_needs_click_and_little_else(tmp_path: Path) -> None:
    """Where no plugin is installed, nothing is imported to find that out."""
    code = "import executus_core.plugin.scan as scan\nscan.scan = lambda: []\n"
    code += "from executus_core.cli import main\nsys.exit(main(['--help']))"

    caught = watch(tmp_path, code=code)

    assert caught.code == 0, caught.err
    assert foreign(caught) <= OWN
