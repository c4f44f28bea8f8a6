"""What is tested is what a stranger installs."""

import os
import sys
import sysconfig
from importlib.metadata import distribution, entry_points
from pathlib import Path

import pytest

import executus_core


def test_the_installed_copy_is_tested_not_the_checkout(root: Path) -> None:
    # a run of pytest by hand may test the editable checkout; a session of nox may not
    if "EXECUTUS_TEST_INSTALLED" in os.environ:
        assert Path(sysconfig.get_path("purelib")) in Path(executus_core.__file__).parents
        assert str(root) not in sys.path


def test_the_installed_copy_says_that_it_is_typed() -> None:
    assert Path(executus_core.__file__).with_name("py.typed").is_file()


def test_core_is_no_plugin() -> None:
    assert not [found for found in entry_points(group="executus.v1") if found.dist.name == "executus-core"]


@pytest.mark.batteries
def test_every_plugin_of_the_workspace_is_installed_under_its_own_name(root: Path) -> None:
    for folder in (path.parent for path in root.glob("plugins/*/pyproject.toml")):
        assert distribution(f"executus-{folder.name}").entry_points.select(group="executus.v1")
