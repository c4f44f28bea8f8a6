"""``executus config``: what holds, where it comes from, and a file to begin with."""

import json
from pathlib import Path

import pytest

from executus_core.cli import exit_codes, main
from executus_core.config import load_configuration

KEYS = """
    from pydantic import SecretStr
    from executus_core import Plugin, hookimpl
    from executus_core.config import PluginSettings

    class Settings(PluginSettings):
        api_key: SecretStr | None = None
        plain_password: str = "hush"
        api_keys: dict[str, SecretStr] = {}
        limit: int = 3
        folder: str | None = None
        ports: tuple[int, ...] = ()
        sizes: dict[str, int] = {}

    plugin = Plugin(summary="Keys", settings=Settings)

    @hookimpl
    def executus_on_event(): ...
"""


@pytest.fixture
def keys(finder: Path, fake_dist, monkeypatch) -> Path:
    """A plugin with settings, some of them secret."""
    fake_dist("keys", KEYS)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,keys")
    return finder


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["config", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def settings_of(capsys) -> dict[str, tuple[object, str]]:
    code, out, _ = execute(capsys, "show", "--json")
    assert code == exit_codes.OK
    return {
        f"{one['table']}.{one['key']}": (one["value"], one["source"]) for one in json.loads(out)["settings"]
    }


def test_every_setting_is_shown_with_its_source(capsys, keys: Path, monkeypatch) -> None:
    """The environment, the file, and what is as it always is."""
    file = keys / "executus.toml"
    file.write_text('[models]\nfast = "acme/f"\n[defaults]\nmax_steps = 7\n[plugin.keys]\nlimit = 4\n')
    monkeypatch.setenv("EXECUTUS_KEYS__FOLDER", "here")
    settings = settings_of(capsys)

    assert settings["models.fast"] == ("acme/f", str(file))
    assert settings["defaults.max_steps"] == (7, str(file))
    assert settings["defaults.max_depth"] == (8, "default")
    assert settings["plugins.enable"] == (["finder", "keys"], "environment")
    assert settings["plugin.keys.limit"] == (4, f"{file} [plugin.keys]")
    assert settings["plugin.keys.folder"] == ("here", "environment EXECUTUS_KEYS__FOLDER")


def test_what_is_said_of_models_is_shown_with_its_source(capsys, keys: Path, monkeypatch) -> None:
    """Tiers, aliases, endpoints, prices and failover; of a token only that there is one."""
    file = keys / "executus.toml"
    file.write_text(
        '[models]\nfast = { chain = ["box/m", "cheap"], options = { seed = 1 } }\n'
        '[model_aliases]\ncheap = "acme/c"\n'
        '[endpoints.box]\nfrom_env = "BOX"\nconcurrency = 2\n'
        '[prices."acme/c"]\ninput_usd_per_million = 1\noutput_usd_per_million = 2\n'
        "[failover]\nrest_s = 9\n"
    )
    monkeypatch.setenv("BOX", "openai|http://box.example/v1|tHe-ToKeN")
    monkeypatch.setenv("EXECUTUS_TIER_SLOW", "acme/s")
    settings = settings_of(capsys)

    assert settings["models.fast"] == ({"chain": "box/m, cheap", "options": {"seed": 1}}, str(file))
    assert settings["models.slow"] == ("acme/s", "environment EXECUTUS_TIER_SLOW")
    assert settings["model_aliases.cheap"] == ("acme/c", str(file))
    box = {"type": "openai", "url": "http://box.example/v1", "token": "**********", "concurrency": 2}
    assert settings["endpoints.box"] == (box, str(file))
    prices = {"input_usd_per_million": 1.0, "output_usd_per_million": 2.0}
    assert settings["prices.acme/c"] == (prices, str(file))
    assert settings["failover.rest_s"] == (9, str(file))
    assert settings["failover.max_rest_s"] == (120, "default")
    assert settings["compaction.keep_steps"] == (3, "default")


def test_a_check_finds_what_is_wrong_with_tiers_and_endpoints(capsys, keys: Path) -> None:
    """Problem by problem; a candidate that lacks its key stops a run only where it would be asked first."""
    file = keys / "executus.toml"
    file.write_text('[models]\nfast = "slow"\nslow = "fast"\n[endpoints]\nbox = "openai"\n')
    code, _, err = execute(capsys, "check")
    assert (code, err.count("✗")) == (exit_codes.USAGE, 2)

    file.write_text('[models]\nfast = "acme/f, acme/keyless"\n')
    assert execute(capsys, "check")[0] == exit_codes.OK
    file.write_text('[models]\nfast = "acme/keyless, acme/f"\nslow = "fast"\n')
    code, _, err = execute(capsys, "check")
    assert code == exit_codes.USAGE
    assert [f"{file}: [models] {tier}: " in err for tier in ("fast", "slow")] == [True, True]


def test_no_secret_is_shown_anywhere(capsys, keys: Path, monkeypatch) -> None:
    """Neither by its type nor by its name; nor one that stands in a table of them."""
    (keys / "executus.toml").write_text(
        '[plugin.keys]\nplain_password = "s3cret"\napi_keys = {"http://a" = "s3cret"}\n'
    )
    monkeypatch.setenv("EXECUTUS_KEYS__API_KEY", "s3cret")

    for arguments in ([], ["show"], ["show", "--json"], ["init", "--force"]):
        _, out, err = execute(capsys, *arguments)
        assert "s3cret" not in out + err
    text = (keys / "executus.toml").read_text()
    assert "plain_password" in text
    assert "s3cret" not in text


def test_a_person_sees_the_settings_table_by_table(capsys, keys: Path) -> None:
    """Without a subcommand too."""
    code, out, _ = execute(capsys)
    lines = [line.split() for line in out.splitlines()]

    assert code == exit_codes.OK
    assert ["max_steps", "12", "default"] in lines
    assert ["[plugin.keys]"] in lines
    assert out.strip().endswith("No settings file; `executus config init` writes one.")


def test_the_path_of_the_file_is_printed_or_that_there_is_none(capsys, keys: Path, monkeypatch) -> None:
    """For a program: standard output has the path, and nothing but it."""
    code, out, err = execute(capsys, "path")
    assert (code, out) == (exit_codes.RUN_FAILED, "")
    assert "executus config init" in err

    (keys / "executus.toml").write_text("")
    (keys / "below").mkdir()
    monkeypatch.chdir(keys / "below")
    assert execute(capsys, "path") == (exit_codes.OK, f"{keys / 'executus.toml'}\n", "")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('[models]\nfast = "acme/f"\nslow = "fast"\nnone = "scripted"\n', 0, ""),
        ('[models]\nfast = "nobody/f"\n', 2, "no model for 'fast', which [models] sets to 'nobody/f'"),
        ('[models]\nfast = "slow"\nslow = "fast"\n', 2, "goes round in a circle"),
        ("[plugin.keys]\nlimt = 4\n", 2, "unknown field 'limt'. Did you mean 'limit'?"),
        ("[defaults]\nmax_steps = -1\n", 2, "max_steps"),
        ("[plugin", 2, "not valid TOML"),
        ('[plugins]\nrequire = ["budgt"]\n', 3, "plugin 'budgt' is required"),
    ],
)
def test_checking_tells_what_is_wrong_and_by_its_exit_code_of_which_kind(
    capsys, keys: Path, text: str, code: int, said: str
) -> None:
    """Before a run would."""
    (keys / "executus.toml").write_text(text)

    seen, out, err = execute(capsys, "check")

    assert seen == code, err
    assert said in err
    assert out.startswith("Nothing is wrong with ") == (not code)


def test_a_new_file_has_the_model_that_was_found_and_is_read(capsys, keys: Path) -> None:
    """The settings of the plugins are there as comments."""
    code, out, _ = execute(capsys, "init")
    text = (keys / "executus.toml").read_text()

    assert code == exit_codes.OK
    assert "The tier `fast` is acme/small." in out
    assert 'fast = "acme/small"  # Acme on 127.0.0.1:9\n' in text
    assert "# [plugin.keys]\n" in text
    assert "# limit = 3\n" in text
    assert "# # folder is not set\n" in text
    configuration = load_configuration()
    assert configuration.models == {"fast": "acme/small"}
    assert main(["config", "check"]) == exit_codes.OK
    main(["run", "hi"])
    assert "acme/small\n" in capsys.readouterr().out


def test_its_comments_are_settings_that_hold_when_they_are_taken_out(capsys, keys: Path) -> None:
    """Each alone and all together: nobody learns a name that is none, or a line that is no TOML."""
    execute(capsys, "init")
    before = settings_of(capsys)
    file = keys / "executus.toml"
    lines = file.read_text().splitlines()
    commented = [number for number, line in enumerate(lines) if is_commented_out(line)]

    for number in commented:
        file.write_text("\n".join(take_out(lines, [number, table_of(lines, number)])))
        assert main(["config", "check"]) == exit_codes.OK, lines[number]
    file.write_text("\n".join(take_out(lines, commented)))
    assert main(["config", "check"]) == exit_codes.OK
    capsys.readouterr()
    assert {name: value for name, (value, _) in settings_of(capsys).items()} == {
        name: value for name, (value, _) in before.items()
    } | {"models.fast": "acme/small"}
    assert "# api_keys = {}" in lines
    assert "# api_key is not set" in take_out(lines, commented)


def is_commented_out(line: str) -> bool:
    """Tell a setting or a table from a sentence, which begins with a capital letter."""
    return line.startswith("# ") and not line[2].isupper()


def table_of(lines: list[str], number: int) -> int:
    """Find the header under which a line stands."""
    return max(at for at in range(number + 1) if lines[at].removeprefix("# ").startswith("["))


def take_out(lines: list[str], numbers: list[int]) -> list[str]:
    """Take the comment sign of some lines away."""
    return [line.removeprefix("# ") if number in numbers else line for number, line in enumerate(lines)]


def test_lists_and_tables_of_a_new_file_stand_on_one_line(capsys, keys: Path, monkeypatch) -> None:
    """And what is taken out is what holds now, whatever the names and the values are made of."""
    monkeypatch.setenv("EXECUTUS_KEYS__PORTS", "[11434, 1234]")
    monkeypatch.setenv("EXECUTUS_KEYS__SIZES", '{"acme/a = b": 5, "c": 6}')

    execute(capsys, "init")
    lines = (keys / "executus.toml").read_text().splitlines()

    assert "# ports = [11434, 1234]" in lines
    assert '# sizes = {"acme/a = b" = 5, c = 6}' in lines


def test_a_secret_leaves_only_its_name_in_a_new_file(capsys, keys: Path, monkeypatch) -> None:
    """Also one in a table."""
    monkeypatch.setenv("EXECUTUS_KEYS__API_KEYS", '{"http://a": "s3cret"}')

    execute(capsys, "init")

    assert "# # api_keys is a secret, and is not shown\n" in (keys / "executus.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        (["-m", "acme/mine"], "acme/mine"),
        (["--base-url", "127.0.0.1:1"], "acme/large:latest@http://127.0.0.1:1"),
        (["--base-url", "127.0.0.1:1", "-m", "small"], "acme/small@http://127.0.0.1:1"),
    ],
)
def test_the_model_of_a_new_file_may_be_named(capsys, keys: Path, arguments: list[str], spec: str) -> None:
    """As with `executus run`."""
    assert execute(capsys, "init", *arguments)[0] == exit_codes.OK
    assert load_configuration().models == {"fast": spec}


def test_a_file_that_is_there_is_kept_unless_it_is_said_otherwise(capsys, keys: Path) -> None:
    """And written over, it keeps the model that it named."""
    file = keys / "executus.toml"
    file.write_text('[models]\nfast = "acme/before"\n')

    code, _, err = execute(capsys, "init")
    assert code == exit_codes.USAGE
    assert "--force writes over it" in err
    assert file.read_text() == '[models]\nfast = "acme/before"\n'

    assert execute(capsys, "init", "--force")[0] == exit_codes.OK
    assert load_configuration().models == {"fast": "acme/before"}


def test_where_nothing_is_found_the_model_is_left_to_the_person(capsys, keys: Path, monkeypatch) -> None:
    """A script is no model to write down."""
    monkeypatch.setenv("FINDS", "nothing")

    code, out, _ = execute(capsys, "init")

    assert code == exit_codes.OK
    assert "Next: executus doctor" in out
    assert '# fast = "PROVIDER/MODEL"' in (keys / "executus.toml").read_text()
    assert load_configuration().models == {}


def test_a_server_that_offers_nothing_leaves_no_file_behind(capsys, keys: Path) -> None:
    """With the reason, and the exit code of a run."""
    code, _, err = execute(capsys, "init", "--base-url", "http://dead")

    assert code == exit_codes.UNAVAILABLE
    assert "does not answer" in err
    assert not (keys / "executus.toml").exists()
