"""``executus models``: what can be asked for, and what a run would use."""

import json
from pathlib import Path

import pytest

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
    assert f"▸ fast acme/f unknown unknown ready {file}" in lines
    assert f"none scripted unknown 0 · 0 ready {file}" in lines
    assert any(line.startswith("slow nobody/s unknown unknown no model for 'slow'") for line in lines)
    assert lines[-1] == f"A run would use acme/f ('fast' in [models] of {file})."


def test_a_tier_whose_model_knows_that_it_cannot_be_asked_is_marked(capsys, finder: Path) -> None:
    """No call is needed to see that a key is missing; a run would end with the same code."""
    file = finder / "executus.toml"
    file.write_text('[models]\nfast = "acme/keyless"\nslow = "acme/s"\nodd = "acme/shy"\n')

    code, lines = execute(capsys)

    assert code == exit_codes.USAGE
    assert f"▸ fast acme/keyless unknown unknown 'acme/keyless' needs a key; set ACME_KEY {file}" in lines
    assert f"odd acme/shy unknown unknown 'acme/shy' can't be looked at: ValueError: not now {file}" in lines
    assert lines[-1] == "That would fail: 'acme/keyless' needs a key; set ACME_KEY"


CONFIGURED = """
[models]
fast = { chain = "box/small, cheap, acme/keyless", options = { temperature = 0 } }
slow = "fast, acme/s"

[model_aliases]
cheap = "acme/c"

[endpoints.box]
type = "openai"
url = "http://127.0.0.1:9/v1"
token_env = "BOX_TOKEN"
concurrency = 2

[prices."acme/c"]
input_usd_per_million = 0.5
output_usd_per_million = 0
"""
BOX = """
    from executus_core import Plugin, Provider, hookimpl
    from executus_core.llm import Price
    plugin = Plugin(summary="Asks endpoints")

    class Model:
        price, context_tokens = Price(1, 2.5, 0.1), 32768

        def __init__(self, name):
            self.name = name

        async def generate(self, request): ...

    class Boxes:
        async def resolve(self, spec): ...
        async def resolve_at(self, endpoint, model):
            return Model(f"{endpoint.name}/{model}")

    @hookimpl
    def executus_provide_model():
        yield Provider("boxes", Boxes)
"""


@pytest.fixture
def configured(finder: Path, fake_dist, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file with everything that can be said of models."""
    fake_dist("box", BOX)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,box")
    monkeypatch.setenv("BOX_TOKEN", "tHe-ToKeN")
    file = finder / "executus.toml"
    file.write_text(CONFIGURED)
    return file


def test_each_candidate_is_shown_with_window_price_options_and_state(capsys, configured: Path) -> None:
    """In the order of the chain; what nobody knows is unknown, and not 0. Endpoints and aliases have tables of their own."""
    code, lines = execute(capsys)

    at = lines.index(f"▸ fast box/small temperature=0 32,768 1 · 2.5 ready {configured}")
    assert code == exit_codes.OK
    assert lines[at + 1 : at + 4] == [
        "acme/c temperature=0 unknown 0.5 · 0 ready",
        "acme/keyless temperature=0 unknown unknown 'acme/keyless' needs a key; set ACME_KEY",
        f"slow box/small temperature=0 32,768 1 · 2.5 ready {configured}",
    ]
    assert f"cheap acme/c {configured}" in lines
    assert f"box openai http://127.0.0.1:9/v1 yes 2 not looked at {configured}" in lines
    assert lines[-1].startswith("A run would use box/small, acme/c, acme/keyless ('fast' in [models]")
    assert "tHe-ToKeN" not in "".join(lines)


def test_json_has_all_of_a_candidate(capsys, configured: Path) -> None:
    """Under keys that stay; what nobody knows is null."""
    assert main(["models", "list", "--json"]) == exit_codes.OK
    out = capsys.readouterr().out
    data = json.loads(out)

    tier = data["tiers"][0]
    box = {
        "name": "box",
        "type": "openai",
        "url": "http://127.0.0.1:9/v1",
        "has_token": True,
        "concurrency": 2,
    }
    assert {**tier, "candidates": []} == {
        "tier": "fast",
        "spec": "box/small, cheap, acme/keyless",
        "source": str(configured),
        "problem": "",
        "candidates": [],
    }
    assert tier["candidates"][0] == {
        "spec": "box/small",
        "endpoint": box,
        "context_tokens": 32768,
        "price": {
            "input_usd_per_million": 1,
            "output_usd_per_million": 2.5,
            "cached_input_usd_per_million": 0.1,
        },
        "options": {"temperature": 0},
        "health": {"condition": "well", "seconds_left": 0, "failures": 0, "reason": ""},
        "problem": "",
    }
    keyless = tier["candidates"][2]
    assert (keyless["price"], keyless["context_tokens"]) == (None, None)
    assert keyless["problem"] == "'acme/keyless' needs a key; set ACME_KEY"
    assert data["aliases"] == [{"alias": "cheap", "spec": "acme/c", "source": str(configured)}]
    assert data["endpoints"] == [{**box, "source": str(configured), "finding": None}]
    assert data["chosen"]["spec"] == "box/small, acme/c, acme/keyless"
    assert "tHe-ToKeN" not in out


@pytest.mark.parametrize(
    ("url", "finding"),
    [
        (
            "http://localhost:8000",
            ["acme/large:latest@http://localhost:8000", "acme/small@http://localhost:8000"],
        ),
        ("http://[::1]:8000/dead", []),
        ("http://models.example", None),
        ("http://127.example", None),
    ],
)
def test_an_endpoint_of_this_machine_is_looked_at_and_no_other(
    capsys, finder: Path, url: str, finding: list[str] | None
) -> None:
    """Nothing leaves the machine by a listing."""
    (finder / "executus.toml").write_text(f'[endpoints]\nbox = "acme|{url}"\n')
    assert main(["models", "--json"]) == exit_codes.OK
    (endpoint,) = json.loads(capsys.readouterr().out)["endpoints"]
    _, lines = execute(capsys)

    assert (endpoint["finding"] and endpoint["finding"]["specs"]) == finding
    said = {None: "not looked at", 0: "does not answer; acme serve", 2: "serves large:latest, small"}
    shown = said[None if finding is None else len(finding)]
    assert f"box acme {url} none any number {shown} {finder / 'executus.toml'}" in lines


def test_a_candidate_whose_endpoint_does_not_answer_is_not_called_ready(capsys, configured: Path) -> None:
    """The same listing must not say both."""
    text = '[models]\nfast = "dead/x, alive/x"\n[endpoints]\n'
    servers = 'dead = "acme|http://localhost:8000/dead"\nalive = "acme|http://localhost:8000"\n'
    configured.write_text(text + servers)
    _, lines = execute(capsys)

    assert f"▸ fast dead/x 32,768 1 · 2.5 does not answer; acme serve {configured}" in lines
    assert "alive/x 32,768 1 · 2.5 ready" in lines


def test_what_is_wrong_with_the_tables_is_said_at_once(capsys, finder: Path) -> None:
    """Each mistake with where it stands; nothing is listed, since nobody could say what holds."""
    (finder / "executus.toml").write_text(
        '[models]\nfast = "slow"\nslow = "fast"\n[endpoints]\nbox = { type = "x", url = "y" }\n'
    )

    assert main(["models"]) == exit_codes.USAGE

    err = " ".join(capsys.readouterr().err.split())
    assert "round in a circle" in err
    assert "[endpoints] box: its url is no address" in err


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
