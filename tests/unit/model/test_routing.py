"""What tiers, aliases and chains come to: candidates in order, each once, or the circle that is in the way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.errors import ModelResolutionError
from executus_core.model import Endpoint, Routing, Tier
from executus_core.model.routing import split_chain


def routing(aliases: dict[str, str] | None = None, **tiers: str | list[str] | Tier) -> Routing:
    named = {name: tier if isinstance(tier, Tier) else Tier(name, tier) for name, tier in tiers.items()}
    return Routing(named, aliases or {}, {"box": Endpoint("box", "openai", "http://127.0.0.1:8000/v1")})


def specs(held: Routing, asked: str) -> list[str]:
    return [route.spec for route in held.expand(asked)]


@pytest.mark.parametrize(
    "chain", ["a/x, b/y", " a/x ,, b/y,", ["a/x", "b/y"], ["a/x,b/y"], ("a/x", " ", "b/y")], ids=str
)
def test_a_chain_is_a_text_with_commas_or_a_list(chain: str | list[str]) -> None:
    assert split_chain(chain) == ("a/x", "b/y")
    assert specs(routing(fast=chain), "fast") == ["a/x", "b/y"]


def test_tiers_and_aliases_in_a_chain_are_looked_up_however_deep() -> None:
    held = routing(
        {"opus": "claude", "claude": "anthropic/o"}, fast="cheap, opus", cheap="box/q, a/x@http://h/v1"
    )

    assert specs(held, "fast") == ["box/q", "a/x@http://h/v1", "anthropic/o"]
    assert specs(held, "opus") == ["anthropic/o"]
    assert specs(held, "opus, cheap, b/y") == ["anthropic/o", "box/q", "a/x@http://h/v1", "b/y"]


def test_whoever_comes_twice_is_asked_where_he_comes_first() -> None:
    held = routing(fast="a/x, b/y", smart="b/y, fast, c/z, a/x")

    assert specs(held, "smart") == ["b/y", "a/x", "c/z"]


def test_a_tier_that_names_itself_means_what_a_source_knows_by_that_name() -> None:
    held = routing(fast="fast, a/x", smart="fast")

    assert specs(held, "fast") == ["fast", "a/x"]
    assert specs(held, "smart") == ["fast", "a/x"]


def test_what_nobody_named_stands_for_itself() -> None:
    assert specs(routing(fast="a/x"), "slow") == ["slow"]
    assert specs(routing(), "a/x, b/y") == ["a/x", "b/y"]


def test_options_of_a_tier_go_before_those_of_a_tier_in_its_chain() -> None:
    held = routing(
        fast=Tier("fast", "a/x", {"temperature": 1.0, "top_p": 0.5}),
        exact=Tier("exact", "fast, b/y", {"temperature": 0.0}),
    )

    assert [dict(route.options) for route in held.expand("exact")] == [
        {"temperature": 0.0, "top_p": 0.5},
        {"temperature": 0.0},
    ]
    assert dict(held.expand("fast")[0].options) == {"temperature": 1.0, "top_p": 0.5}


def test_an_endpoint_is_what_stands_before_the_first_slash() -> None:
    found = routing().find_endpoint("box/org/model")

    assert found is not None
    assert (found[0].name, found[1]) == ("box", "org/model")
    assert routing().find_endpoint("openai/x") is None
    assert routing().find_endpoint("box/") is None


@pytest.mark.parametrize(
    ("tiers", "aliases", "asked", "circle"),
    [
        ({"a": "b", "b": "a"}, {}, "a", "tiers go round in a circle: a = b = a"),
        ({"a": "x/y, b", "b": "c", "c": "z/z, b"}, {}, "a", "tiers go round in a circle: b = c = b"),
        ({}, {"k": "l", "l": "k"}, "l", "aliases go round in a circle: l = k = l"),
        ({}, {"k": "k"}, "k", "aliases go round in a circle: k = k"),
        ({"a": "k"}, {"k": "a"}, "a", "tiers and aliases go round in a circle: a = k = a"),
    ],
)
def test_a_circle_is_spelled_out(tiers, aliases, asked: str, circle: str) -> None:
    held = routing(aliases, **tiers)

    with pytest.raises(ModelResolutionError) as caught:
        held.expand(asked)

    assert str(caught.value) == f"no model for '{asked}': {circle}"
    assert held.find_cycles()


@pytest.mark.parametrize("asked", ["", " , ", "none"])
def test_an_empty_chain_says_what_to_name(asked: str) -> None:
    with pytest.raises(ModelResolutionError, match=r"empty.*; name a model as PROVIDER/MODEL"):
        routing(none=" ,").expand(asked)


NAMES = st.sampled_from("abcdef")
ENTRIES = st.one_of(NAMES, st.sampled_from(["x/1", "x/2", "y/1", "box/q"]))
GRAPHS = st.dictionaries(NAMES, st.lists(ENTRIES, min_size=1, max_size=5))


def reach(graph: dict[str, list[str]], name: str) -> set[str]:
    """Whom a name reaches, worked out the slow way; what stands in its own chain is a source's."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        for entry in graph.get(one, ()):
            if entry in graph and entry != one and entry not in seen:
                seen.add(entry)
                waiting.append(entry)
    return seen


@given(GRAPHS, NAMES)
def test_any_graph_of_tiers_unfolds_without_doubles_or_has_a_circle(
    graph: dict[str, list[str]], asked: str
) -> None:
    held = routing(**graph)
    in_circle = any(one in reach(graph, one) for one in {asked, *reach(graph, asked)})

    if in_circle:
        with pytest.raises(ModelResolutionError, match="round in a circle") as caught:
            held.expand(asked)
        names = str(caught.value).partition("circle: ")[2].split(" = ")
        assert names[0] == names[-1]
        assert all(after in graph[before] for before, after in pairwise(names))
    else:
        found = specs(held, asked)
        assert len(found) == len(set(found)) > 0
        leaves = {
            entry
            for name in {asked, *reach(graph, asked)}
            for entry in graph.get(name, ())
            if entry not in graph or entry == name
        } or {asked}
        assert set(found) == leaves


def test_many_ways_to_one_model_are_walked_once() -> None:
    """Each of forty tiers names the next one twice over: a million million ways, and one answer."""
    tiers = {f"t{number}": f"t{number + 1}, alias, t{number + 1}" for number in range(40)}
    held = routing({"alias": "t40"}, **tiers, t40="a/x")

    assert specs(held, "t0") == ["a/x"]


def test_a_chain_of_thousands_of_tiers_is_followed_to_its_end() -> None:
    """No recursion has a floor to fall through."""
    tiers = {f"t{number}": f"t{number + 1}" for number in range(5_000)}

    assert specs(routing(**tiers, t5000="a/x"), "t0") == ["a/x"]
    assert routing(**tiers, t5000="t0").find_cycles()[0][0] == "t0"
