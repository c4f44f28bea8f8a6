"""Which model answers: a plain function of what was said and what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.cli.start.model_choice import (
    SCRIPTED,
    KnownModels,
    ModelWish,
    Origin,
    choose_model,
    needs_finding,
)
from executus_core.errors import ModelResolutionError, ModelUnavailableError
from executus_core.ports import ModelFinding

URL = "http://127.0.0.1:8000/v1"
KEY = ModelFinding("ACME_KEY in the environment", (), "is not set", "export ACME_KEY=...")
LOCAL = ModelFinding("Acme on 127.0.0.1:9", ("acme/small", "acme/large"))
SERVER = ModelFinding(f"the server at {URL}", (f"acme/large:latest@{URL}", f"acme/org/small@{URL}"))
SOURCES = KnownModels(has_sources=True)


def test_what_was_asked_for_goes_over_everything() -> None:
    """An option is the strongest word."""
    wish = ModelWish(asked="acme/x", agent="acme/y", default="acme/z")
    known = KnownModels({"fast": "acme/f"}, is_served=True, has_sources=True)

    assert not needs_finding(wish, known)
    choice = choose_model(wish, known)
    assert (choice.spec, choice.origin, choice.why) == ("acme/x", Origin.ASKED, "--model")


@pytest.mark.parametrize(
    ("wish", "known", "why"),
    [
        (ModelWish(agent="acme/y"), KnownModels(), "the agent"),
        (
            ModelWish(agent="slow"),
            KnownModels({"slow": "acme/s"}, models_source="a.toml"),
            "the agent: 'slow' in [models] of a.toml",
        ),
        (ModelWish(agent="slow"), KnownModels(is_served=True), "the agent"),
    ],
)
def test_an_agents_spec_or_known_tier_goes_over_the_configuration(
    wish: ModelWish, known: KnownModels, why: str
) -> None:
    """Who names a model wants that one."""
    assert not needs_finding(wish, known)
    choice = choose_model(wish, known)

    assert (choice.spec, choice.origin, choice.why) == (wish.agent, Origin.AGENT, why)


@pytest.mark.parametrize(
    ("wish", "known", "why"),
    [
        (
            ModelWish(),
            KnownModels({"fast": "acme/f"}, models_source="a.toml"),
            "'fast' in [models] of a.toml",
        ),
        (
            ModelWish(default="acme/z"),
            KnownModels(default_source="[defaults] of a.toml"),
            "[defaults] of a.toml",
        ),
        (ModelWish(), KnownModels(is_served=True), "a plugin serves 'fast'"),
        (ModelWish(), KnownModels({"slow": "acme/s"}), "no [models] has 'fast'"),
    ],
)
def test_the_configuration_goes_over_what_could_be_found(
    wish: ModelWish, known: KnownModels, why: str
) -> None:
    """Whoever configured models is given none of another kind in silence, also where the tier is missing."""
    assert not needs_finding(wish, known)
    choice = choose_model(wish, known, [LOCAL])

    assert (choice.spec, choice.origin, choice.why) == (wish.default, Origin.CONFIGURED, why)


@pytest.mark.parametrize("agent", ["", "slow"])
def test_where_nobody_names_a_model_the_first_that_is_found_serves(agent: str) -> None:
    """Places with nothing are passed over; a tier that nobody knows names no model."""
    wish = ModelWish(agent=agent)

    assert needs_finding(wish, SOURCES)
    choice = choose_model(wish, SOURCES, [KEY, LOCAL])
    assert (choice.spec, choice.origin, choice.why) == ("acme/small", Origin.FOUND, LOCAL.place)
    assert choice.advice == "executus config init"


def test_where_nothing_is_found_the_script_answers_and_the_next_step_is_said() -> None:
    """Another one where no plugin could have found anything."""
    with_source = choose_model(ModelWish(), SOURCES, [KEY])
    without = choose_model(ModelWish(), KnownModels())

    assert with_source.spec == without.spec == SCRIPTED
    assert with_source.origin is without.origin is Origin.SCRIPTED
    assert with_source.advice == "executus doctor"
    assert without.advice == "pip install executus-model-litellm"


@pytest.mark.parametrize(
    ("asked", "spec"),
    [
        ("", f"acme/large:latest@{URL}"),
        ("large:latest", f"acme/large:latest@{URL}"),
        ("large", f"acme/large:latest@{URL}"),
        ("acme/large:latest", f"acme/large:latest@{URL}"),
        ("org/small", f"acme/org/small@{URL}"),
        ("new", f"acme/new@{URL}"),
        ("other/new", f"other/new@{URL}"),
    ],
)
def test_a_servers_model_goes_by_the_name_that_the_server_gives_it(asked: str, spec: str) -> None:
    """And one that it does not list is asked for over the same wire: the server knows better."""
    wish = ModelWish(asked, URL)

    assert needs_finding(wish, SOURCES)
    choice = choose_model(wish, SOURCES, [SERVER])
    assert (choice.spec, choice.origin) == (spec, Origin.ASKED)


def test_a_spec_needs_no_list_from_its_server() -> None:
    """A server that lists nothing is asked all the same."""
    assert choose_model(ModelWish("acme/x", URL), SOURCES, [KEY]).spec == f"acme/x@{URL}"


@pytest.mark.parametrize("asked", ["", "large"])
def test_a_server_that_offers_nothing_is_said_with_the_reason(asked: str) -> None:
    """In one sentence, which ends with what helps."""
    dead = ModelFinding(f"the server at {URL}", (), "does not answer", "acme serve")

    with pytest.raises(ModelUnavailableError, match=r"does not answer; acme serve$"):
        choose_model(ModelWish(asked, URL), SOURCES, [dead])
    with pytest.raises(ModelUnavailableError, match=r"no plugin can look at .*: --model PROVIDER/MODEL"):
        choose_model(ModelWish(asked, URL), SOURCES, [])
    with pytest.raises(ModelResolutionError, match=r"install one: pip install executus-model-litellm"):
        choose_model(ModelWish(asked, URL), KnownModels(), [])


names = st.text(max_size=12)


@given(
    wish=st.builds(ModelWish, asked=names, agent=names, default=names.filter(bool)),
    known=st.builds(
        KnownModels,
        st.dictionaries(names, names, max_size=2),
        is_served=st.booleans(),
        has_sources=st.booleans(),
    ),
    specs=st.lists(st.tuples(names, names)),
)
def test_there_is_always_a_model_and_looking_for_one_changes_nothing_where_it_is_not_needed(
    wish: ModelWish, known: KnownModels, specs: list[tuple[str, ...]]
) -> None:
    """Whatever anybody says."""
    findings = [ModelFinding("somewhere", one) for one in specs]
    choice = choose_model(wish, known, findings)

    assert isinstance(choice.spec, str)
    if not needs_finding(wish, known):
        assert choice == choose_model(wish, known)
    else:
        assert choice.origin in {Origin.FOUND, Origin.SCRIPTED}
