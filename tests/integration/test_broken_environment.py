"""A whole environment of plugins that are wrong in every way, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = """
from executus_core import Plugin, hookimpl
plugin = Plugin(summary="{summary}")
@hookimpl
def executus_provide_tools(context):
    return []
"""

NATIVE = """
class PanicException(BaseException):
    pass
raise PanicException("called `Option::unwrap()` on a `None` value")
"""

WRONG_HOOK = """
from executus_core import Plugin, hookimpl
plugin = Plugin(summary="Misspelt")
@hookimpl
def executus_provide_audti(context):
    return []
@hookimpl
def executus_provide_tools(contxt):
    return []
@hookimpl
async def executus_provide_model(context):
    return []
def executus_provide_budget(context):
    return []
"""

BATTERIES = "audit-sqlite,model-litellm,scad-session-tools,tools-common"
"""Plugins of this workspace, which may be installed beside those of the test."""

ACTIVE = "print(*[plugin.name for plugin in executor.plugins if plugin.is_active])"

EXPECTED = {
    "fine": ("active", ""),
    "no-import": ("failed", "ModuleNotFoundError: No module named 'not_there_at_all'"),
    "exits": ("failed", "SystemExit: 7"),
    "panics": ("failed", "PanicException: called `Option::unwrap()` on a `None` value"),
    "asserts": ("failed", "AssertionError: never here"),
    "no-hook": ("failed", "has no hooks"),
    "twice": ("conflict", "claimed by twice-one 1.0.0 and by twice-two 2.0.0; uninstall one of them"),
    "next-major": ("incompatible", "next-major 1.0.0 speaks plugin API 2, and this executus speaks 1"),
    "next-minor": ("incompatible", "needs plugin API 1.9, and this executus has 1.0"),
    "old-core": ("incompatible", "old-core 1.0.0 needs executus-core<0.1"),
    "off": ("disabled", "disabled by "),
    "fnie": ("missing", "Did you mean 'fine'?"),
}


@pytest.fixture
def broken(fake_dist, tmp_path: Path) -> Path:
    fake_dist("fine", HOOK.format(summary="Sound"))
    fake_dist("no-import", "import not_there_at_all")
    fake_dist("exits", "import sys; sys.exit(7)")
    fake_dist("panics", NATIVE)
    fake_dist("asserts", "assert False, 'never here'")
    fake_dist("no-hook", "x = 1")
    fake_dist("wrong-hook", WRONG_HOOK)
    fake_dist("twice-one", HOOK.format(summary="One"), plugin="twice")
    fake_dist("twice-two", HOOK.format(summary="Two"), plugin="twice", version="2.0.0")
    fake_dist("next-major", HOOK.format(summary="Later"), group="executus.v2")
    fake_dist("next-minor", HOOK.format(summary="Soon").replace(")\n@", ", needs_api=(1, 9))\n@"))
    fake_dist("old-core", HOOK.format(summary="Old"), requires=["executus-core<0.1"])
    fake_dist("off", "raise SystemExit('a disabled plugin was imported')")
    (tmp_path / "executus.toml").write_text('[plugins]\nenable = ["fnie"]\ndisable = ["off"]\n')
    return tmp_path


def child(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(folder / "site"), "PATH": "", "EXECUTUS_PLUGINS_DISABLE": BATTERIES}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def listed(folder: Path) -> dict[str, dict]:
    done = child(folder, "-c", "from executus_core.cli import main; main(['plugins', '--json'])")
    assert done.returncode == 0, done.stderr
    return {one["name"]: one for one in json.loads(done.stdout)["plugins"]}


def test_the_listing_shows_each_plugin_with_its_reason(broken: Path) -> None:
    plugins = listed(broken)

    for name, (state, reason) in EXPECTED.items():
        assert plugins[name]["state"] == state, name
        assert reason in plugins[name]["reason"], plugins[name]["reason"]
    assert plugins["no-import"]["reason"].startswith("importing it raised ")


def test_every_problem_of_a_plugin_is_listed_at_once(broken: Path) -> None:
    plugin = listed(broken)["wrong-hook"]

    assert plugin["state"] == "failed"
    assert plugin["problems"] == [
        "there is no hook 'executus_provide_audti'. Did you mean 'executus_provide_audit'?",
        "'executus_provide_budget' is not decorated: put @hookimpl above it, or give it another name",
        "'executus_provide_model' is async: a registration hook is plain; open connections in the provider's __aenter__",
        "'executus_provide_tools' wants 'contxt', which is not an argument of executus_provide_tools(context)",
    ]


def test_nothing_is_imported_that_is_not_picked_or_can_not_work(broken: Path) -> None:
    program = """
import sys
from executus_core.config.load import load_configuration
from executus_core.plugin import PluginHost
PluginHost(load_configuration())
print(*sorted({"off", "twice_one", "twice_two", "next_major", "old_core"} & set(sys.modules)))
"""
    done = child(broken, "-c", program)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_a_start_is_refused_with_the_line_that_helps(broken: Path) -> None:
    done = child(broken, "-c", "from executus_core import Executor; Executor.discover()")
    message = done.stderr.splitlines()[-1]

    assert done.returncode != 0
    for name, (state, _) in EXPECTED.items():
        assert (f"plugin '{name}' is not usable ({state})" in message) is (
            state not in ("active", "disabled")
        ), name
    names = [name for name, (state, _) in EXPECTED.items() if state in ("failed", "conflict", "incompatible")]
    names = sorted([*names, "wrong-hook"])
    listed_names = ", ".join(f'"{name}"' for name in ["off", *names])
    assert f"[plugins] disable = [{listed_names}] in {broken / 'executus.toml'}" in message
    assert f"EXECUTUS_PLUGINS_DISABLE={BATTERIES},{','.join(names)}" in message


def test_the_line_that_helps_does_help(broken: Path) -> None:
    names = [name for name, (state, _) in EXPECTED.items() if state not in ("active", "disabled", "missing")]
    disabled = ", ".join(f'"{name}"' for name in [*names, "wrong-hook", "off"])
    (broken / "executus.toml").write_text(f"[plugins]\ndisable = [{disabled}]\n")
    done = child(
        broken, "-c", f"from executus_core import Executor; executor = Executor.discover(); {ACTIVE}"
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["fine"]


def test_a_tolerant_start_goes_on_with_what_is_sound(broken: Path) -> None:
    done = child(
        broken,
        "-c",
        f"from executus_core import Executor; executor = Executor.discover(strict=False); {ACTIVE}",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["fine"]


def test_help_goes_on_and_mentions_what_is_broken(broken: Path) -> None:
    done = child(broken, "-c", "from executus_core.cli import main; main(['--help'])")

    assert done.returncode == 0, done.stderr
    assert "plugins" in done.stdout
    assert "Not usable: asserts, exits" in " ".join(done.stdout.split())


def test_check_tells_by_its_exit_code(broken: Path) -> None:
    done = child(
        broken, "-c", "import sys; from executus_core.cli import main; sys.exit(main(['plugins', '--check']))"
    )

    assert done.returncode == 3
    assert "A run is refused" in done.stdout
