"""``executus doctor``: what is here, what is missing, and the next step, whatever is broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from executus_core.cli import exit_codes, main

BROKEN_AUDIT = """
    from executus_core import Plugin, Provider, hookimpl
    from executus_core.config import PluginSettings
    from pathlib import Path

    class Settings(PluginSettings):
        folder: Path = Path("/var/records")
        limit: int = 3

    plugin = Plugin(summary="Records", settings=Settings)

    class Records:
        def __init__(self, settings): ...
        async def start_run(self, info): ...

    class Shut(Records):
        async def __aenter__(self):
            raise OSError("the disk is full")
        async def __aexit__(self, *exc): ...

    @hookimpl
    def executus_provide_audit():
        yield Provider("records", PROVIDER)
"""


def execute(capsys, *arguments: str) -> tuple[int, str]:
    code = main(["doctor", *arguments])
    out, err = capsys.readouterr()
    assert err == ""
    return code, "\n".join(" ".join(line.split()) for line in out.splitlines())


def next_of(out: str) -> str:
    *_, last = out.strip().splitlines()
    assert last.startswith("Next: ")
    return last.removeprefix("Next: ")


def test_where_nothing_is_installed_a_run_may_start_and_the_plugin_to_install_is_named(
    capsys, finder: Path, monkeypatch
) -> None:
    """The scripted model is enough for a run."""
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")

    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert "A run would use scripted (no model is configured, and no plugin provides any)." in out
    assert "nobody: no run is recorded" in out
    assert next_of(out) == "pip install executus-model-litellm"


def test_every_place_is_shown_with_what_it_offers_or_what_helps(capsys, finder: Path) -> None:
    """And the model that a run would use, with the command that makes it lasting."""
    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert "✓ Acme on 127.0.0.1:9 acme/small, acme/large" in out
    assert "· ACME_KEY in the environment is not set; export ACME_KEY=..." in out
    assert "A run would use acme/small (Acme on 127.0.0.1:9)." in out
    assert next_of(out) == "executus config init"


@pytest.mark.parametrize(
    ("finds", "step"),
    [("nothing", "export ACME_KEY=..."), ("fails", "executus run --model PROVIDER/MODEL")],
)
def test_where_nothing_is_found_the_next_step_is_what_the_source_advises(
    capsys, finder: Path, monkeypatch, finds: str, step: str
) -> None:
    """Or to name a model, where nobody knows better; a source that fails is shown."""
    monkeypatch.setenv("FINDS", finds)

    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert ("could not look: ValueError: the plugin's fault" in out) == (finds == "fails")
    assert next_of(out) == step


def test_a_configured_model_is_shown_with_where_it_stands(capsys, finder: Path) -> None:
    """Then there is nothing left to do but to run."""
    (finder / "executus.toml").write_text('[models]\nfast = "acme/file"\n')

    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert f"A run would use acme/file ('fast' in [models] of {finder / 'executus.toml'})." in out
    assert next_of(out) == 'executus run "What is in this folder?"'


@pytest.mark.parametrize(
    ("arguments", "code", "said", "step"),
    [
        (["--base-url", "http://dead"], 8, "does not answer; acme serve", "acme serve"),
        (["-m", "nobody/x"], 2, "That would fail: no model for 'nobody/x'", "export ACME_KEY=..."),
    ],
)
def test_a_model_that_a_run_could_not_use_has_that_runs_exit_code(  # noqa: PLR0917 - parametrised
    capsys, finder: Path, arguments: list[str], code: int, said: str, step: str
) -> None:
    """With the reason."""
    seen, out = execute(capsys, *arguments)

    assert seen == code
    assert said in out
    assert next_of(out) == step


def test_what_looks_like_a_mistake_is_told_and_stops_no_run(
    capsys, finder: Path, fake_dist, monkeypatch
) -> None:
    """Settings of a plugin whose name is misspelt would be nobody's, and the defaults would hold."""
    fake_dist("records", BROKEN_AUDIT.replace("PROVIDER", "Records"))
    monkeypatch.setenv("EXECUTUS_PLUGINS", "records")
    (finder / "executus.toml").write_text("[plugin.recordz]\nlimit = 1\n")

    code, out = execute(capsys)

    assert code == exit_codes.OK
    said = " ".join(out.split())
    assert (
        "has settings for 'recordz', which is not installed, so nobody reads them. Did you mean 'records'?"
        in said
    )


def test_a_warning_is_said_once(tmp_path: Path) -> None:
    """Python writes to standard error what nobody takes from the log, and the checkup has it already."""
    (tmp_path / "executus.toml").write_text('[tools]\ndeny = ["plugin:recordz"]\n')
    command = [sys.executable, "-c", "from executus_core.cli import main; main(['doctor'])"]
    environ = {**os.environ, "EXECUTUS_PLUGINS": "", "PYTHONSAFEPATH": "1"}

    told = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)

    assert (
        " ".join(told.stdout.split()).count("deny names 'plugin:recordz', which means no installed plugin")
        == 1
    )
    assert told.stderr == ""


def test_settings_that_are_wrong_are_told_before_anything_else(capsys, finder: Path) -> None:
    """Every problem at once."""
    (finder / "executus.toml").write_text("[plugins]\nenabel = []\n[defaults]\nmax_stps = 1\n")

    code, out = execute(capsys)

    assert code == exit_codes.USAGE
    assert "Did you mean 'enable'?" in out
    assert next_of(out) == "mend what is said above; then: executus doctor"


def test_a_broken_plugin_is_named_with_the_line_that_leaves_it_out(
    capsys, finder: Path, fake_dist, monkeypatch
) -> None:
    """Models are looked for nevertheless."""
    fake_dist("broken", "raise RuntimeError('not today')")
    monkeypatch.setenv("EXECUTUS_PLUGINS", "broken,finder")

    code, out = execute(capsys)

    assert code == exit_codes.PLUGIN
    assert "1 failed (broken)" in out
    assert "not today" in out
    assert "acme/small" in out
    assert "EXECUTUS_PLUGINS_DISABLE=broken" in next_of(out)


def test_where_a_plugin_keeps_its_things_is_shown(capsys, finder: Path, fake_dist, monkeypatch) -> None:
    """The first question of whoever looks for the record of a run."""
    fake_dist("records", BROKEN_AUDIT.replace("PROVIDER", "Records"))
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,records")

    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert "records/records · /var/records" in out


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", exit_codes.PLUGIN, "can't be opened: OSError: the disk is full"),
        ("[plugin.records]\nlimt = 4\n", exit_codes.USAGE, "unknown field 'limt'. Did you mean 'limit'?"),
    ],
)
def test_what_would_stop_a_run_later_is_found_now(  # noqa: PLR0917 - parametrised
    capsys, finder: Path, fake_dist, monkeypatch, text: str, code: int, said: str
) -> None:
    """A provider that can't be opened, or settings that are wrong."""
    fake_dist("records", BROKEN_AUDIT.replace("PROVIDER", "Shut"))
    (finder / "executus.toml").write_text(f'[plugins]\nrequire = ["records"]\n{text}')
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,records")

    seen, out = execute(capsys)

    assert seen == code
    assert said in out
    assert "A run is refused:" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, "✓ It was asked, and said “acme/small” · 1,280 tokens · $0.0042"),
        (["-m", "acme/no-key"], 2, "✗ It was asked, and failed: acme refused the key: set ACME_KEY"),
        (["-m", "acme/down"], 8, "✗ It was asked, and failed: acme does not answer; start it"),
        (["-m", "scripted"], 0, "✓ It was asked, and said"),
    ],
)
def test_asked_to_it_makes_one_call(capsys, finder: Path, arguments: list[str], code: int, said: str) -> None:
    """And tells how that went."""
    seen, out = execute(capsys, "--ask", *arguments)

    assert seen == code
    assert said in out
    assert ("mend what is said above" in next_of(out)) == bool(code)


def test_json_says_the_same(capsys, finder: Path) -> None:
    """For a program that sets a machine up."""
    code, out = execute(capsys, "--json", "--ask")
    data = json.loads(out)

    assert code == exit_codes.OK
    assert data["may_run"]
    assert data["plugins"]["finder"] == "active"
    assert data["configuration"] is None
    assert data["models"]["chosen"] == {"spec": "acme/small", "origin": "found", "why": "Acme on 127.0.0.1:9"}
    assert data["models"]["findings"][0]["remedy"] == "export ACME_KEY=..."
    assert data["asked"]["usage"]["cost_usd"] == 0.0042
    assert data["next"] == "executus config init"


def test_tiers_and_endpoints_are_shown_with_what_is_wrong_with_them(capsys, finder: Path) -> None:
    """A tier that a run can use says which of its candidates can't be asked; nobody is asked to find out."""
    (finder / "executus.toml").write_text(
        '[models]\nfast = "acme/f, acme/g"\nhalf = "acme/h, acme/keyless"\nnone = "nobody/x"\n'
        '[endpoints]\nbox = "acme|http://127.0.0.1:8000"\naway = "acme|http://dead.example"\n'
        'dead = "acme|http://127.0.0.1:9/dead"\n'
    )

    code, out = execute(capsys)

    assert code == exit_codes.OK
    assert "✓ fast acme/f, acme/g\n" in out
    assert "! half 'acme/keyless' needs a key; set ACME_KEY\n" in out
    assert "✗ none no model for 'none', which [models] sets to 'nobody/x'" in out
    assert "✓ box acme at http://127.0.0.1:8000: serves large:latest, small\n" in out
    assert "· away acme at http://dead.example: not looked at\n" in out
    assert "✗ dead acme at http://127.0.0.1:9/dead: does not answer; acme serve\n" in out


def test_tables_of_models_that_are_wrong_are_told_problem_by_problem(capsys, finder: Path) -> None:
    """All at once, as for any other setting; a run would end with the same code."""
    (finder / "executus.toml").write_text(
        '[models]\nfast = "slow"\nslow = "fast"\nempty = ""\n[endpoints.box]\ntype = "x"\nurl = "y"\n'
    )

    code, out = execute(capsys)

    assert code == exit_codes.USAGE
    problems = [line for line in out.splitlines() if line.startswith("- ")]
    assert len(problems) == 3
    assert next_of(out) == "mend what is said above; then: executus doctor"


def test_without_being_told_it_calls_no_model(capsys, finder: Path) -> None:
    """A call may cost something."""
    assert json.loads(execute(capsys, "--json")[1])["asked"] is None


def test_a_model_that_knows_that_it_cannot_be_asked_is_a_reason_not_to_run(capsys, finder: Path) -> None:
    """With what helps, and for programs too."""
    code, out = execute(capsys, "--model", "acme/keyless")
    assert code == exit_codes.USAGE
    assert "That would fail: 'acme/keyless' needs a key; set ACME_KEY" in out
    assert next_of(out) == "mend what is said above; then: executus doctor"

    assert main(["doctor", "--model", "acme/keyless", "--json"]) == exit_codes.USAGE
    assert json.loads(capsys.readouterr().out)["may_run"] is False
