"""``executus plugins`` and the lazy command line around it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from executus_core import hookspecs
from executus_core.cli import main
from executus_core.errors import ExecutusDeprecationWarning

SOUND = """
import click
from executus_core import Plugin, Provider, hookimpl
plugin = Plugin(summary="Counts \x1b[31mruns")
@hookimpl
def executus_provide_audit():
    yield Provider("counter", "json:JSONDecoder")
@hookimpl
def executus_register_commands(registry):
    registry.add("count", "sound_commands:count", help="Count.")
    registry.add("lost", "sound_commands:lost", help="Lost.")
"""
COMMANDS = """
import click
@click.command()
def count():
    click.echo("counted")
"""


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of the machine and no plugin of the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXECUTUS_PLUGINS_DISABLE", "audit-sqlite")
    monkeypatch.delenv("EXECUTUS_PLUGINS", raising=False)


@pytest.fixture
def sound(fake_dist) -> None:
    fake_dist("sound", SOUND, version="3.1", files={"sound_commands.py": COMMANDS})


@pytest.fixture
def broken(fake_dist) -> None:
    fake_dist("broken", "import nothing_like_that")


def test_a_plugin_is_shown_with_what_it_provides(sound, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    shown = capsys.readouterr().out

    assert "sound " in shown
    assert "sound 3.1" in shown
    assert "audit: counter · command: count, lost" in shown
    assert "sound/counter" in shown
    assert "No plugin stands in the way of a run; " in shown
    assert "\x1b" not in shown


def test_a_broken_plugin_is_shown_with_its_reason_and_the_line_that_helps(broken, capsys) -> None:
    assert main(["plugins"]) == 0
    shown = capsys.readouterr().out

    assert "importing it raised ModuleNotFoundError: No module named 'nothing_like_that'" in shown
    assert "1 selected plugin is not usable" in shown
    assert "EXECUTUS_PLUGINS_DISABLE=audit-sqlite,broken" in shown


def test_verbose_shows_every_port_and_the_traceback(sound, broken, capsys) -> None:
    assert main(["plugins", "-v"]) == 0
    shown = capsys.readouterr().out

    assert "no run is refused" in shown
    assert "Traceback" in shown
    assert "entry point sound" in shown
    assert "imported sound" in shown


def test_timings_show_what_importing_took(sound, capsys) -> None:
    assert main(["plugins", "--timings"]) == 0
    shown = capsys.readouterr().out

    assert " ms" in shown
    assert "in all" in shown


def test_json_says_everything(sound, broken, capsys) -> None:
    assert main(["plugins", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    by_name = {plugin["name"]: plugin for plugin in data["plugins"]}

    assert by_name["sound"]["state"] == "active"
    assert by_name["sound"]["version"] == "3.1"
    assert by_name["sound"]["import_s"] > 0
    assert by_name["sound"]["modules"][0] == "sound"
    assert by_name["broken"]["state"] == "failed"
    assert by_name["audit-sqlite"]["state"] == "disabled" if "audit-sqlite" in by_name else True
    assert data["ports"]["audit"]["providers"] == [{"plugin": "sound", "provider": "counter"}]
    assert data["commands"][0] == {"name": "count", "plugin": "sound", "help": "Count."}
    assert len(data["problems"]) == len(data["remedies"]) == 1


def test_requirements_pins_what_is_active_and_the_core(sound, broken, capsys) -> None:
    assert main(["plugins", "--requirements"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert "sound==3.1" in lines
    assert any(line.startswith("executus-core==") for line in lines)
    assert not any("broken" in line for line in lines)


def test_check_builds_providers_and_tells_by_its_exit_code(sound, capsys) -> None:
    assert main(["plugins", "--check"]) == 3
    assert "which has no 'start_run'" in capsys.readouterr().out


def test_check_builds_settings(fake_dist, tmp_path: Path, capsys) -> None:
    source = """
        from executus_core import Plugin, hookimpl
        from executus_core.config import PluginSettings
        class Settings(PluginSettings):
            rows: int = 1
        plugin = Plugin(summary="Set", settings=Settings)
        @hookimpl
        def executus_on_event(): ...
    """
    fake_dist("has-settings", source)
    assert main(["plugins", "--check"]) == 0
    assert "Settings and providers can be built" in capsys.readouterr().out

    (tmp_path / "executus.toml").write_text("[plugin.has-settings]\nrosw = 1\n")
    assert main(["plugins", "--check"]) == 3
    assert "unknown field 'rosw'. Did you mean 'rows'?" in capsys.readouterr().out


def test_a_mistake_in_the_configuration_is_one_line_and_exit_code_2(tmp_path: Path, capsys) -> None:
    (tmp_path / "executus.toml").write_text("[plugins]\nenabel = []\n[ports\n")
    assert main(["plugins"]) == 2
    said = capsys.readouterr().err

    assert said.startswith("executus: ")
    assert "line 3" in said
    assert said.count("\n") == 1

    (tmp_path / "other.toml").write_text("[plugins]\nenabel = []\n")
    assert main(["plugins", "--config", "other.toml"]) == 2
    assert "Did you mean 'enable'?" in capsys.readouterr().err


def test_a_plugins_command_is_listed_and_runs(sound, capsys) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "Count." in shown
    assert "sound_commands" not in sys.modules

    assert main(["count"]) == 0
    assert capsys.readouterr().out == "counted\n"


def test_a_plugins_command_that_can_not_be_loaded_names_the_plugin(sound, capsys) -> None:
    assert main(["lost"]) == 3
    assert (
        "executus: plugin 'sound': command 'lost' can't be loaded: AttributeError" in capsys.readouterr().err
    )


def test_an_unknown_command_gets_its_neighbour(sound, broken, capsys) -> None:
    assert main(["plugns"]) == 2
    said = " ".join(capsys.readouterr().err.split())

    assert "There is no command 'plugns'. Did you mean 'plugins'?" in said
    assert "Not usable: broken." in said


def test_help_goes_on_when_the_configuration_is_wrong(sound, tmp_path: Path, capsys) -> None:
    (tmp_path / "executus.toml").write_text("[plugins\n")

    assert main(["--help"]) == 0
    assert "Commands of plugins are not known" in capsys.readouterr().out


def test_help_imports_nothing_heavy_where_no_plugin_is_installed(tmp_path: Path) -> None:
    program = """
import sys
import executus_core.plugin.scan
executus_core.plugin.scan.scan = lambda: []
from executus_core.cli import main
main(["--help"])
print(sorted({"pluggy", "stevedore", "pydantic", "rich", "litellm", "asyncio"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stderr.strip() == "[]"
    assert "plugins" in done.stdout


def test_the_version_is_shown(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("executus, version ")


def test_what_will_go_stands_in_the_plugins_row_with_file_and_line(
    sound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people and for programs; a run starts all the same."""
    mark = ExecutusDeprecationWarning("since plugin API 1.1; implement 'executus_provide_records' instead")
    monkeypatch.setitem(hookspecs.executus_provide_audit.executus_spec, "warn_on_impl", mark)

    with pytest.warns(ExecutusDeprecationWarning):
        assert main(["plugins"]) == 0
    shown = capsys.readouterr().out
    with pytest.warns(ExecutusDeprecationWarning):
        main(["plugins", "--json"])
    (plugin,) = [one for one in json.loads(capsys.readouterr().out)["plugins"] if one["name"] == "sound"]

    (found,) = plugin["deprecations"]
    assert (found["hook"], found["argument"], found["advice"]) == ("executus_provide_audit", "", str(mark))
    assert f"'executus_provide_audit' is deprecated {mark}" in shown
    assert f"{Path(found['file']).relative_to(Path.cwd())}:{found['line']}" in shown
    assert "No plugin stands in the way of a run; " in shown
