"""Every example runs as it stands, without a key and without a network, and says who answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import NO_NETWORK

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*.py"))

SAID = {
    "minimal.py": ["Good morning. (asked, all of them scripts: demo/large, demo/small)"],
    "by_hand.py": [
        "[alice] Good morning, Alice.",
        "ok, calls of the model: 1 (a script)",
        "[alice] sorry: 'alice' has used all 1 runs",
        "audit.db",
    ],
    "discover.py": ["box: active", "A key and a map.", "answered by the model 'scripted'"],
    "stream.py": [
        '→ measure {"place": "the roof"}',
        "← the roof: 21 degrees",
        "It is 21 degrees on the roof.",
        "script",
    ],
}
"""What each must show, in this order."""


def test_every_example_is_tried_and_listed() -> None:
    """None is forgotten here or in the folder's README."""
    readme = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in EXAMPLES} == set(SAID)
    assert not [path.name for path in EXAMPLES if f"]({path.name})" not in readme]


@pytest.mark.batteries
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_does_what_it_says(example: Path, tmp_path: Path) -> None:
    """In an empty folder, with what is installed."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    folder = tmp_path / "folder"
    folder.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    environ |= {
        "PYTHONPATH": str(site),
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "utf-8",
        "EXECUTUS_AUDIT_SQLITE__PATH": str(tmp_path / "audit.db"),
    }

    done = subprocess.run(
        [sys.executable, str(example)], cwd=folder, env=environ, capture_output=True, timeout=60, check=False
    )

    said = done.stdout.decode()
    places = [said.find(text) for text in SAID[example.name]]
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert places == sorted(places), said
    assert -1 not in places, said


def test_the_least_example_stays_small() -> None:
    """About fifteen lines, the empty ones aside."""
    lines = (ROOT / "examples" / "minimal.py").read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line]) <= 15
