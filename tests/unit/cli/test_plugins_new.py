"""``executus plugins new``: what it makes, what it refuses, and that it leaves nothing half made."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import testing
from executus_core.cli import main
from executus_core.cli.plugins.skeleton.kinds import KINDS, PORTS, choose_kind
from executus_core.cli.plugins.skeleton.names import Names
from executus_core.cli.plugins.skeleton.package import core_requirement, fill_in
from executus_core.errors import ConfigError
from executus_core.plugin import portspec

PLUGINS = "from executus_core.cli import main; main(['plugins', '--json'])"
EVERY = [("tools", None), *(("port", port) for port in PORTS), ("model", None)]


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


# ----------------------------------------------------------------------------------------------------------- what it makes


@pytest.mark.parametrize(("kind", "port"), EVERY, ids=str)
def test_every_package_is_whole(kind: str, port: str | None) -> None:
    """Nothing is left to fill in, every file is what its name says, and the metadata names what is there."""
    options = ["--port", port] if port else []

    assert main(["plugins", "new", "word-count", "--kind", kind, *options]) == 0

    texts = {
        path.relative_to("word-count").as_posix(): path.read_text()
        for path in Path("word-count").rglob("*")
        if path.is_file()
    }
    assert not [path for path, text in texts.items() if re.search(r"\$\w|__module__|\.tmpl", path + text)]
    for path, text in texts.items():
        if path.endswith(".py"):
            ast.parse(text, path)
            assert ast.get_docstring(ast.parse(text)), path
        assert not text or text.endswith("\n")
    project = tomllib.loads(texts["pyproject.toml"])["project"]
    assert project["name"] == "word-count"
    assert project["dependencies"] == [core_requirement()]
    assert project["entry-points"] == {"executus.v1": {"word-count": "word_count.plugin"}}
    assert "src/word_count/py.typed" in texts
    named = re.findall(r"^\| `([\w/.]+)` \|", texts["README.md"], re.MULTILINE)
    assert len(named) == 4
    assert set(named) <= set(texts)


def test_two_tool_packs_offer_tools_of_different_names() -> None:
    """Tools that are called alike would refuse every run of a host that has both packs."""
    packs = [fill_in(Names.parse(name), choose_kind(None, None)) for name in ("almanac", "executus-sun-dial")]

    tools = [
        node.name
        for files in packs
        for path, text in files.items()
        if path.endswith("/tools.py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]

    assert tools == ["almanac_days", "executus_sun_dial_days"]
    for files, tool in zip(packs, tools, strict=True):
        assert f"yield {tool}\n" in "".join(files.values())
        assert f'{{"tools": ["{tool}"]}}' in files["tests/test_plugin.py"]
        assert f"--tool {tool} " in files["README.md"]


def test_every_port_with_a_suite_can_be_made_and_no_other() -> None:
    """A port that gets a suite gets a skeleton too."""
    suites = {
        name.removesuffix("Conformance").lower() for name in testing.__all__ if name.endswith("Conformance")
    }

    assert set(PORTS) == {port for port in portspec.PORTS if port.replace("_", "") in suites}


def test_an_audit_is_made_where_no_port_is_named_and_a_port_is_enough() -> None:
    assert choose_kind("port", None).port == "audit"
    assert choose_kind(None, "critic") == choose_kind("port", "critic")
    assert choose_kind(None, None) == choose_kind("tools", None)
    assert choose_kind("model", None) == choose_kind("port", "model")


def test_what_was_made_and_what_comes_next_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    assert main(["plugins", "new", "dice"]) == 0

    shown = capsys.readouterr().out
    assert "Made the plugin 'dice' in dice" in shown
    assert "  src/dice/tools.py\n" in shown
    for command in ("cd dice", 'python -m pip install -e ".[test]"', "python -m pytest", "executus plugins"):
        assert f"\n  {command}\n" in shown
    assert "\x1b" not in shown


def test_under_uv_run_the_next_commands_reach_the_same_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", "/opt/my tools/uv")

    assert main(["plugins", "new", "dice", "--json"]) == 0

    _, install, test, _ = json.loads(capsys.readouterr().out)["next"]
    assert test == f"{sys.executable} -m pytest"
    installer = (
        f"{sys.executable} -m pip install" if find_spec("pip") else "'/opt/my tools/uv' pip install --python"
    )
    assert install.startswith(installer)
    assert sys.executable in install


def test_json_has_every_file_that_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "new", "executus-dice", "--directory", "my packages", "--json"]) == 0

    made = json.loads(capsys.readouterr().out)
    folder = tmp_path / "my packages" / "executus-dice"
    assert (made["plugin"], made["distribution"], made["module"]) == (
        "dice",
        "executus-dice",
        "executus_dice",
    )
    assert made["folder"] == str(folder)
    assert made["next"][0] == "cd 'my packages/executus-dice'"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(made["files"]) == found
    assert [path.name for path in folder.parent.iterdir()] == ["executus-dice"]


@pytest.mark.parametrize(
    ("installed", "requirement"),
    [("1.3.7", ">=1.3"), ("2.0.0rc1", ">=2.0.0rc1"), ("0.1.0.dev3+local", ">=0.1.0.dev3"), ("1.2", ">=1.2")],
)
def test_it_asks_for_the_core_that_is_installed_or_a_later_one(
    installed: str, requirement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreleased core is no ``1.3``, so whoever works with one asks for just that."""
    from packaging.specifiers import SpecifierSet

    monkeypatch.setattr("executus_core.cli.plugins.skeleton.package.find_core_version", lambda: installed)

    assert core_requirement() == f"executus-core{requirement}"
    assert SpecifierSet(requirement).contains(installed, prereleases=True)


def test_it_asks_for_any_core_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("executus_core.cli.plugins.skeleton.package.find_core_version", lambda: None)

    assert core_requirement() == "executus-core"


def test_a_package_passes_its_own_tests_and_shows_up(tmp_path: Path) -> None:
    """As a newcomer meets it; the session `skeletons` does this for every kind, from wheels."""
    main(["plugins", "new", "dice-of-a-test"])
    package = tmp_path / "dice-of-a-test"
    info = tmp_path / "site" / "dice_of_a_test-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: dice-of-a-test\nVersion: 0.1.0\nRequires-Dist: {core_requirement()}\n"
    )
    (info / "entry_points.txt").write_text("[executus.v1]\ndice-of-a-test = dice_of_a_test.plugin\n")
    path = os.pathsep.join([str(info.parent), str(package / "src")])
    environ = {**os.environ, "PYTHONPATH": path, "EXECUTUS_PLUGINS": "dice-of-a-test"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=package,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "11 passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider")
    (shown,) = [
        plugin for plugin in json.loads(run("-c", PLUGINS))["plugins"] if plugin["name"] == "dice-of-a-test"
    ]
    assert shown["state"] == "active"
    assert [one["name"] for one in shown["provides"]] == ["dice_of_a_test_days"]


# ---------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("typed", "distribution", "module", "plugin"),
    [
        ("dice", "dice", "dice", "dice"),
        ("Word_Count", "word-count", "word_count", "word-count"),
        ("word.count", "word-count", "word_count", "word-count"),
        ("executus-tools-dice", "executus-tools-dice", "executus_tools_dice", "tools-dice"),
    ],
)
def test_a_name_is_brought_into_its_forms(typed: str, distribution: str, module: str, plugin: str) -> None:
    """What people install, what Python imports, and what hosts call it."""
    assert Names.parse(typed) == Names(distribution, module, plugin)


REFUSED = {
    "": "letters, digits",
    "two words": "letters, digits",
    "-dice": "letters, digits",
    "dice-": "letters, digits",
    "../dice": "letters, digits",
    "würfel": "letters, digits",
    "d" * 41: "at most 40",
    "6dice": "can't begin with a digit",
    "class": "a word of the language",
    "json": "a module of Python itself",
    "executus": "executus itself is",
    "Executus_Core": "executus itself is",
    "click": "there is a module 'click' already",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_can_not_be_used_is_refused_and_nothing_is_made(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugins", "new", "--", name]) == 2

    assert f"a plugin can't be called '{name}': " in (said := capsys.readouterr().err)
    assert REFUSED[name] in said
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_an_installed_plugin_has_is_refused(
    fake_dist, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two distributions that claim one name are a conflict, and neither would start."""
    fake_dist("somebodys-dice", "", plugin="dice", version="3.1")

    assert main(["plugins", "new", "executus-dice"]) == 2

    assert "somebodys-dice 3.1 has a plugin 'dice'" in capsys.readouterr().err


@given(st.text(max_size=12) | st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True))
def test_any_name_is_refused_or_good(name: str) -> None:
    """A name that passes is one for installers, for Python and for TOML."""
    try:
        names = Names.parse(name)
    except ConfigError:
        return
    assert names.module.isidentifier()
    project = tomllib.loads(fill_in(names, choose_kind(None, None))["pyproject.toml"])["project"]
    assert project["name"] == names.distribution
    assert list(project["entry-points"]["executus.v1"]) == [names.plugin]


# -------------------------------------------------------------------------------------------------------------- refusals


def test_what_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, even an empty one, a file and a dangling link are not overwritten."""
    Path("dice").mkdir()
    Path("cards").write_text("mine")
    Path("coins").symlink_to("nowhere")

    for name in ("dice", "cards", "coins"):
        assert main(["plugins", "new", name]) == 2
        assert f"there is a '{name}' already" in capsys.readouterr().err

    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards", "coins", "dice"]
    assert Path("cards").read_text() == "mine"
    assert list(Path("dice").iterdir()) == []


def test_a_folder_that_can_not_be_made_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").write_text("")

    assert main(["plugins", "new", "dice", "--directory", "file/below"]) == 2

    assert "'file/below/dice' can't be made: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ("audti", "Did you mean 'audit'?"),
        ("approver", "for a port 'approver'. Those"),
        ("nothing-like-that", "suite: asker, "),
    ],
)
def test_a_port_that_can_not_be_made_is_refused_with_those_that_can(
    port: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugins", "new", "dice", "--port", port]) == 2

    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown
    assert all(known in shown for known in PORTS)
    assert not Path("dice").exists()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "port"])
def test_a_port_goes_with_no_other_kind(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "new", "dice", "--kind", kind, "--port", "audit"]) == 2

    assert f"--port goes with --kind port, and not with --kind {kind}" in capsys.readouterr().err
