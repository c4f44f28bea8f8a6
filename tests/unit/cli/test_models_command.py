"""``executus models``: what can be asked for, and what a run would use."""

import json
from pathlib import Path

from executus_core.cli import exit_codes, main

TIERS = """
    from executus_core import Plugin, Provider, hookimpl
    plugin = Plugin(summary="Serves tiers")

    class Model:
        name, context_tokens = "house", 0
        async def generate(self, request): ...

    class Tiers:
        async def resolve(self, spec):
            return Model() if spec == "house" else None
        def tiers(self):
            return ["house"]

    class Broken(Tiers):
        def tiers(self):
            raise ValueError

    @hookimpl
    def executus_provide_model():
        yield Provider("house", Tiers)
        yield Provider("broken", Broken)
"""


def execute(capsys, *arguments: str) -> tuple[int, list[str]]:
    code = main(["models", *arguments])
    out, err = capsys.readouterr()
    assert err == ""
    return code, [" ".join(line.split()) for line in out.splitlines()]


def test_what_is_found_is_listed_and_what_a_run_would_use_is_marked(capsys, finder: Path) -> None:
    """Places with nothing stand apart, with what helps."""
    code, lines = execute(capsys)

    assert code == exit_codes.OK
    assert "▸ acme/small Acme on 127.0.0.1:9" in lines
    assert "acme/large Acme on 127.0.0.1:9" in lines
    assert "scripted built in: rules instead of intelligence" in lines
    assert "· ACME_KEY in the environment is not set; export ACME_KEY=..." in lines
    assert lines[-1] == "A run would use acme/small (Acme on 127.0.0.1:9)."


def test_tiers_are_shown_with_their_models_or_why_they_have_none(capsys, finder: Path) -> None:
    """And with where they stand."""
    (finder / "executus.toml").write_text('[models]\nfast = "acme/f"\nslow = "nobody/s"\nnone = "scripted"\n')
    file = finder / "executus.toml"

    code, lines = execute(capsys)

    assert code == exit_codes.OK
    assert f"▸ fast acme/f {file}" in lines
    assert f"none scripted {file}" in lines
    assert any(line.startswith("slow nobody/s no model for 'slow'") for line in lines)
    assert lines[-1] == f"A run would use acme/f ('fast' in [models] of {file})."


def test_a_tier_whose_model_knows_that_it_cannot_be_asked_is_marked(capsys, finder: Path) -> None:
    """No call is needed to see that a key is missing; a run would end with the same code."""
    (finder / "executus.toml").write_text(
        '[models]\nfast = "acme/keyless"\nslow = "acme/s"\nodd = "acme/shy"\n'
    )

    code, lines = execute(capsys)

    assert code == exit_codes.USAGE
    assert "▸ fast acme/keyless 'acme/keyless' needs a key; set ACME_KEY" in lines
    assert "odd acme/shy 'acme/shy' can't be looked at: ValueError: not now" in lines
    assert lines[-1] == "That would fail: 'acme/keyless' needs a key; set ACME_KEY"


def test_what_the_sources_list_is_listed(capsys, finder: Path, fake_dist, monkeypatch) -> None:
    """One that can't say hides no other."""
    fake_dist("house", TIERS)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,house")

    _, lines = execute(capsys)

    assert "house plugin 'house'" in lines


def test_a_server_is_looked_at_and_nothing_else(capsys, finder: Path) -> None:
    """The exit code tells whether there is a model."""
    code, lines = execute(capsys, "--base-url", "http://127.0.0.1:8000")
    assert code == exit_codes.OK
    assert "▸ acme/large:latest@http://127.0.0.1:8000 the server at http://127.0.0.1:8000" in lines

    code, lines = execute(capsys, "--base-url", "http://dead")
    assert code == exit_codes.UNAVAILABLE
    assert lines[-1] == "A run would use nothing: the server at http://dead does not answer; acme serve"


def test_json_says_the_same(capsys, finder: Path) -> None:
    """For whoever chooses by a program."""
    (finder / "executus.toml").write_text('[models]\nfast = "slow"\nslow = "acme/s"\n')
    assert main(["models", "--json"]) == exit_codes.OK
    data = json.loads(capsys.readouterr().out)

    assert data["chosen"]["spec"] == "acme/s"
    assert [tier["tier"] for tier in data["tiers"]] == ["fast", "slow"]
    assert data["listed"] == {"finder": []}
    assert data["findings"][1]["specs"] == ["acme/small", "acme/large"]
