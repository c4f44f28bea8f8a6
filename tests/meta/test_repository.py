"""Habits that a reader relies on and that no tool checks."""

import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGINS = sorted(path.parent for path in Path(__file__).parents[2].glob("plugins/*/pyproject.toml"))
DISTRIBUTIONS = ["", *(f"plugins/{folder.name}" for folder in PLUGINS)]


def project(root: Path, folder: str) -> dict:
    return tomllib.loads((root / folder / "pyproject.toml").read_text())


def requirement_names(requirements: list) -> set[str]:
    texts = [text for text in requirements if isinstance(text, str)]
    return {re.split(r"[^A-Za-z0-9._-]", text)[0].lower() for text in texts}


def test_no_lock_file_and_no_interpreter_is_pinned(tracked_files: list[Path]) -> None:
    assert not {path.name for path in tracked_files} & {"uv.lock", ".python-version"}


def test_nothing_names_a_registry_host_or_a_folder_of_somebodys_machine(
    root: Path, tracked_texts: dict[str, str]
) -> None:
    hosts = r"[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(?:org|com)|[d]eb\.debian\.org"
    folders = r"(?<![\w.~$}/-])/(?:home|root|work|Users)/\w"
    named = re.compile(f"{hosts}|{folders}|{re.escape(str(root))}/")
    found = [f"{name}: {match[0]}" for name, text in tracked_texts.items() for match in named.finditer(text)]
    assert not found


def test_no_mock(tracked_texts: dict[str, str]) -> None:
    imports = re.compile(
        r"^\s*(?:from unittest import .*\bmock\b|(?:import|from) (?:unittest\.)?mock\b)", re.MULTILINE
    )
    assert not [name for name, text in tracked_texts.items() if name.endswith(".py") and imports.search(text)]


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_a_distribution_has_its_own_license_readme_and_typing_marker(root: Path, folder: str) -> None:
    license_file = root / folder / "LICENSE"
    assert license_file.is_file()
    assert not license_file.is_symlink(), "a link breaks the sdist"
    assert license_file.read_text() == (root / "LICENSE").read_text()
    assert (root / folder / "README.md").read_text().startswith("# ")
    assert list((root / folder).glob("executus_core/py.typed" if not folder else "src/*/py.typed"))


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_every_declared_dependency_has_a_lower_bound_and_a_pin(root: Path, folder: str) -> None:
    declared = project(root, folder)["project"]
    extras = declared.get("optional-dependencies", {}).values()
    requirements = [*declared["dependencies"], *itertools.chain(*extras)]
    outside = [text for text in requirements if not text.startswith("executus-")]
    assert not [text for text in outside if ">=" not in text]
    pins = set(re.findall(r"^([\w.-]+)==", (root / "constraints.txt").read_text(), re.MULTILINE))
    assert not requirement_names(outside) - pins


def test_every_tool_of_a_check_has_a_pin(root: Path) -> None:
    pins = set(re.findall(r"^([\w.-]+)==", (root / "constraints.txt").read_text(), re.MULTILINE))
    for group, requirements in project(root, "")["dependency-groups"].items():
        unpinned = requirement_names(requirements) - pins
        assert all(name.startswith("executus-") for name in unpinned), group


def test_the_constraints_hold_pins_and_nothing_about_where_they_come_from(root: Path) -> None:
    first, *pins = (root / "constraints.txt").read_text().splitlines()
    assert first.startswith("# ")
    assert not [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+(?: ; .+)?", pin)]


def test_every_plugin_stands_in_the_workspace_and_under_the_contracts(root: Path) -> None:
    tool = project(root, "")["tool"]
    contracts = {contract["id"]: contract for contract in tool["importlinter"]["contracts"]}
    for folder in DISTRIBUTIONS[1:]:
        name = project(root, folder)["project"]["name"]
        package = name.replace("-", "_")
        assert tool["uv"]["sources"][name] == {"workspace": True}
        assert package in tool["importlinter"]["root_packages"]
        assert package in contracts["siblings"]["ancestors"]
        assert package in contracts["providers"]["forbidden_modules"]
        assert package in contracts["inside"]["source_modules"]
        assert {package, f"{package}.**"} <= set(contracts["front-door"]["allowed_importers"])
        assert f"-e {folder}" in (root / "requirements-dev.txt").read_text().splitlines()


def test_the_first_two_commands_of_the_readme_are_one_line_each(root: Path) -> None:
    for number in ("1", "2"):
        script = [sys.executable, root / ".ci" / "readme_command.py", number]
        command = subprocess.run(script, capture_output=True, check=True, text=True).stdout.strip()
        assert command.startswith(
            "python3 -m pip install --quiet --upgrade --target .uv uv && .uv/bin/uv run "
        )
        assert "\n" not in command
        assert "\\" not in command
