"""What a configuration says of models: read from every layer, and refused whole, with each mistake in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from executus_core.config.load import Configuration, load_configuration
from executus_core.errors import ConfigError
from executus_core.model import FailoverPolicy, Price, Routing
from executus_core.model.checks import Known
from executus_core.model.settings import read_routing

if TYPE_CHECKING:
    from pathlib import Path

LISTED = Known((), is_complete=True, types=("openai", "ollama"))
"""What is known where every source says all that it knows."""


def load(
    tmp_path: Path, text: str = "", environ: dict[str, str] | None = None, **settings: object
) -> Configuration:
    (tmp_path / "executus.toml").write_text(text)
    return load_configuration(environ=environ or {}, start=tmp_path, settings=settings)


def problems_of(configuration: Configuration, known: Known = LISTED) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_routing(configuration, known)
    return list(caught.value.problems)


WHOLE = """
[models]
fast = "openai/x, opus"
smart = ["box/q", "fast"]
[models.exact]
chain = "smart"
options = { temperature = 0.0 }
[model_aliases]
opus = "anthropic/o"
[endpoints]
near = "ollama|http://127.0.0.1:11434"
[endpoints.box]
type = "openai"
url = "http://127.0.0.1:8000/v1"
token_env = "BOX_TOKEN"
concurrency = 2
[prices."openai/x"]
input_usd_per_million = 1.5
output_usd_per_million = 2
[failover]
max_attempts = 3
"""


def test_all_tables_are_read(tmp_path: Path) -> None:
    routing = read_routing(load(tmp_path, WHOLE, {"BOX_TOKEN": "sesame"}), LISTED)

    assert [route.spec for route in routing.expand("exact")] == ["box/q", "openai/x", "anthropic/o"]
    assert dict(routing.expand("exact")[2].options) == {"temperature": 0.0}
    assert (routing.endpoints["box"].token, routing.endpoints["box"].concurrency) == ("sesame", 2)
    assert (routing.endpoints["near"].type, routing.endpoints["near"].token) == ("ollama", "")
    assert routing.prices == {"openai/x": Price(1.5, 2.0)}
    assert routing.policy == FailoverPolicy(max_attempts=3)


def test_nothing_said_is_an_empty_routing(tmp_path: Path) -> None:
    assert read_routing(load(tmp_path), LISTED) == Routing()


def test_everything_that_is_wrong_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    text = """
    [models]
    fast = "smrat"
    smart = "openai/x"
    none = ""
    a = "b"
    b = "a"
    three = 3
    [model_aliases]
    two = "openai/x, openai/y"
    [endpoints.box]
    type = "opena"
    url = "127.0.0.1:8000"
    token_env = "BOX_TOKEN"
    concurrency = 0
    [endpoints.written]
    type = "openai"
    url = "http://me:hidden@127.0.0.1"
    token = "hidden"
    [prices."openai/x"]
    input_usd_per_million = -1
    output_usd_per_million = 1
    [failover]
    max_attempts = 0
    """
    file = tmp_path / "executus.toml"
    said = problems_of(load(tmp_path, text, {"EXECUTUS_ENDPOINT_FAR": "hidden"}))

    for place, what in [
        (
            "[models] fast",
            "there is no tier 'smrat'; write a model as PROVIDER/MODEL. Did you mean 'smart'? Known: '",
        ),
        ("[models] none", "the chain is empty"),
        ("[models] a", "[models] goes round in a circle: a = b = a"),
        ("[models] three", "field 'chain': a chain is a text with commas, or a list of texts (got 3)"),
        ("[model_aliases] two", "stands for more than one model"),
        (
            "[endpoints] box",
            "no installed plugin can ask an endpoint of the type 'opena'. Did you mean 'openai'?",
        ),
        ("[endpoints] box", "its url is no address of a model server"),
        ("[endpoints] box", "the environment variable 'BOX_TOKEN', which token_env names, is not set"),
        ("[endpoints] box", "concurrency is 0"),
        ("[endpoints] written", "a token does not belong in settings"),
        ("[endpoints] written", "its url has a user or a password"),
        ("[prices] openai/x", "its price of input is -1"),
        ("[failover] max_attempts", "is 0; give 1 or more"),
    ]:
        assert [one for one in said if one.startswith(f"{file}: {place}: {what}")], (place, what, said)
    assert [
        one
        for one in said
        if one.startswith("environment EXECUTUS_ENDPOINT_FAR: [endpoints] far: has 1 part")
    ]
    assert len(said) == 14
    assert not [one for one in said if "hidden" in one]


def test_the_strongest_source_of_each_key_wins(tmp_path: Path) -> None:
    configuration = load(
        tmp_path,
        '[models.fast]\nchain = "openai/file"\noptions = { top_p = 1 }\n[models]\nsmart = "openai/file"\n'
        '[endpoints.box]\ntype = "openai"\nurl = "http://file"\ntoken_env = "FILE_TOKEN"\nconcurrency = 2',
        {
            "EXECUTUS_TIER_FAST": "openai/env, openai/x",
            "EXECUTUS_ENDPOINT_BOX": "ollama|http://env",
            "FILE_TOKEN": "the file's own",
        },
        models={"smart": "openai/code"},
    )
    routing = read_routing(configuration, LISTED)

    assert routing.tiers["fast"].chain == ("openai/env", "openai/x")
    assert dict(routing.tiers["fast"].options) == {"top_p": 1}
    assert routing.tiers["smart"].chain == ("openai/code",)
    assert configuration.source("models", "fast") == "environment"
    box = routing.endpoints["box"]
    assert (box.type, box.url, box.concurrency) == ("ollama", "http://env", 2)
    assert box.token == "", "the token of one server must not go to another"


def test_a_variable_means_the_tier_or_endpoint_that_has_a_dash_elsewhere(tmp_path: Path) -> None:
    text = '[models]\nvery-fast = "openai/file"\n[endpoints.my-box]\ntype = "openai"\nurl = "http://file"'
    environ = {
        "EXECUTUS_TIER_VERY_FAST": "openai/env",
        "EXECUTUS_ENDPOINT_MY_BOX": "openai|http://env|sesame",
        "EXECUTUS_TIER_RATHER_SLOW": "my-box/q",
    }
    routing = read_routing(load(tmp_path, text, environ), LISTED)

    assert {name: tier.chain for name, tier in routing.tiers.items()} == {
        "very-fast": ("openai/env",),
        "rather_slow": ("my-box/q",),
    }
    assert routing.endpoints["my-box"].token == "sesame"


@pytest.mark.parametrize("key", ["token_env", "from_env"])
def test_what_is_secret_may_stand_in_a_secrets_file(tmp_path: Path, key: str) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    text = f"[plugins]\nsecrets_dir = '{secrets}'\n[endpoints.box]\n{key} = 'BOX'\n"
    if key == "token_env":
        text += "type = 'openai'\nurl = 'http://box'\n"
    (secrets / "BOX").write_text("sesame\n" if key == "token_env" else "openai|http://box|sesame\n")

    assert read_routing(load(tmp_path, text), LISTED).endpoints["box"].token == "sesame"
    (secrets / "BOX").unlink()
    assert (
        f"the environment variable 'BOX', which {key} names, is not set"
        in problems_of(load(tmp_path, text))[0]
    )


def test_a_token_that_stands_where_its_variable_should_is_not_shown(tmp_path: Path) -> None:
    text = "[endpoints.box]\ntype = 'openai'\nurl = 'http://box'\ntoken_env = 'sk-hidden'"

    (said,) = problems_of(load(tmp_path, text))

    assert said.endswith("token_env names no environment variable that is set (what it says is not shown)")


def test_no_repr_shows_a_token(tmp_path: Path) -> None:
    environ = {"BOX_TOKEN": "hidden", "EXECUTUS_ENDPOINT_FAR": "openai|http://far|hidden"}
    configuration = load(tmp_path, WHOLE, environ)

    assert "hidden" not in repr(configuration)
    assert "hidden" not in repr(read_routing(configuration, LISTED))


def test_a_name_that_a_silent_source_may_know_is_left_to_it(tmp_path: Path) -> None:
    """It is asked when the tier is resolved; one that lists its tiers is believed."""
    text = '[models]\nfast = "house"\nscript = "scripted"'

    assert read_routing(load(tmp_path, text), Known((), is_complete=False)).tiers["fast"].chain == ("house",)
    assert read_routing(load(tmp_path, text), Known(("house",), is_complete=True)).tiers
    assert "there is no tier 'house'" in problems_of(load(tmp_path, text))[0]


def test_a_setting_that_asks_for_a_tier_which_nobody_knows_is_told_with_all_the_rest(tmp_path: Path) -> None:
    """A run would find it out with its first call, and a summary when the transcript is full."""
    text = """
    [models]
    fast = "openai/x"
    slow = "fsat"
    [defaults]
    model_tier = "smart, fast"
    [compaction]
    summary_tier = "slwo"
    """
    file = tmp_path / "executus.toml"
    advice = "write a model as PROVIDER/MODEL"

    assert problems_of(load(tmp_path, text)) == [
        f"{file}: [models] slow: there is no tier 'fsat'; {advice}. Did you mean 'fast'?",
        f"{file}: [defaults] model_tier: there is no tier 'smart'; {advice}. Known: 'fast', 'slow'.",
        f"{file}: [compaction] summary_tier: there is no tier 'slwo'; {advice}. Did you mean 'slow'? Known: 'fast', 'slow'.",
    ]
    assert problems_of(load(tmp_path, text.replace("fsat", "fast"), {"EXECUTUS_MODEL": "smart"}))[
        0
    ].startswith("environment EXECUTUS_MODEL: [defaults] model_tier: there is no tier 'smart'")


def test_a_default_tier_that_nobody_set_may_be_one_that_is_not_named(tmp_path: Path) -> None:
    assert read_routing(load(tmp_path, '[models]\nslow = "openai/x"'), LISTED).tiers
    assert read_routing(load(tmp_path, '[defaults]\nmodel_tier = "smart"'), LISTED) == Routing()


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("EXECUTUS_TEIR_FAST", "EXECUTUS_TIER_FAST"),
        ("EXECUTUS_TIERS_FAST", "EXECUTUS_TIER_FAST"),
        ("EXECUTUS_ENDPOINTS_BOX", "EXECUTUS_ENDPOINT_BOX"),
        ("EXECUTUS_TIER", "EXECUTUS_TIER_NAME"),
    ],
)
def test_a_misspelt_variable_is_told_its_neighbour(tmp_path: Path, variable: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown variable '{variable}'. Did you mean '{meant}'"):
        load(tmp_path, environ={variable: "openai/x"})


def test_a_variable_that_names_nothing_is_refused_and_an_empty_one_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="'EXECUTUS_TIER_' lacks a name at its end, as in EXECUTUS_TIER_FAST"
    ):
        load(tmp_path, environ={"EXECUTUS_TIER_": "openai/x"})
    assert (
        read_routing(load(tmp_path, environ={"EXECUTUS_TIER_FAST": " ", "EXECUTUS_ENDPOINT_BOX": ""}))
        == Routing()
    )
