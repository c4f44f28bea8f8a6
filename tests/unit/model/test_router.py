"""A router: from a tier to the candidates that serve it, or to why nobody does."""

from __future__ import annotations

from typing import ClassVar, cast

import pytest
from attrs import evolve

from executus_core import Agent, Executor
from executus_core.errors import ConfigError, ModelResolutionError
from executus_core.model import Endpoint, ModelRouter, Price, Tier
from executus_core.model.failover import FailoverModel
from executus_core.testing import FakeClock, MemoryModels, ModelSourceConformance, ScriptedModel


def model(name: str, *script: str) -> ScriptedModel:
    return ScriptedModel(list(script), name=name)


def models(*names: str) -> dict[str, ScriptedModel]:
    return {name: model(name) for name in names}


class Servers:
    """Knows the models of endpoints of one type, and nothing else."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    async def resolve(self, spec: str) -> None:
        return None

    async def resolve_at(self, endpoint: Endpoint, model: str) -> ScriptedModel | None:
        self.asked.append((endpoint.url, endpoint.token, model))
        return ScriptedModel([], name=f"{endpoint.name}/{model}") if endpoint.type == "openai" else None

    def endpoint_types(self) -> tuple[str, ...]:
        return ("openai",)


class Broken:
    async def resolve(self, spec: str) -> None:
        raise OSError("the list of models is gone")

    async def resolve_at(self, endpoint: Endpoint, model: str) -> None:
        raise OSError("the list of endpoints is gone")


async def candidates(router: ModelRouter, spec: str) -> list[str]:
    resolved = await router.resolve(spec)
    assert isinstance(resolved, FailoverModel)
    return [candidate.spec for candidate in resolved.candidates]


class TestModelRouter(ModelSourceConformance):
    """A router is a model source, but for one promise."""

    known_failures: ClassVar[dict[str, str]] = {
        "test_what_it_does_not_know_gives_none": "it is asked last, and says itself why there is no model"
    }

    @pytest.fixture
    def model_source(self) -> ModelRouter:
        return ModelRouter(models("a/x", "b/y"), tiers={"fast": "a/x, b/y"})


async def test_a_run_is_served_by_the_chain_of_its_tier() -> None:
    router = ModelRouter({"a/x": model("a/x", "hi")}, tiers={"fast": "a/x"}, clock=FakeClock())

    async with Executor(models=router) as executor:
        result = await executor.run(Agent(name="greeter", model_tier="fast"), "Hello")

    result.raise_for_status()
    assert result.output == "hi"


async def test_each_call_gives_a_model_of_its_own_over_the_same_candidates() -> None:
    """Who serves is the choice of one run; the models behind it are resolved once."""
    source = MemoryModels(models("a/x", "b/y"))
    router = ModelRouter(source, tiers={"fast": "a/x, b/y"})

    first, second = await router.resolve("fast"), await router.resolve("fast")

    assert first is not second
    assert source.asked == ["a/x", "b/y"]


async def test_several_sources_are_asked_in_order_and_one_that_fails_hides_no_other() -> None:
    router = ModelRouter([Broken(), MemoryModels(models("a/x"))])

    assert await candidates(router, "a/x") == ["a/x"]
    with pytest.raises(
        ModelResolutionError,
        match="no model for 'b/y': Broken failed with OSError: the list of models is gone",
    ):
        await router.resolve("b/y")


async def test_a_source_that_fails_for_an_endpoint_hides_no_other() -> None:
    box = [Endpoint("box", "openai", "http://127.0.0.1:1/v1")]

    assert await candidates(ModelRouter([Broken(), Servers()], endpoints=box), "box/q") == ["box/q"]
    with pytest.raises(
        ModelResolutionError, match="Broken failed with OSError: the list of endpoints is gone"
    ):
        await ModelRouter([Broken()], endpoints=box).resolve("box/q")


async def test_options_prices_and_places_come_with_the_candidates() -> None:
    router = ModelRouter(
        [MemoryModels(models("a/x")), Servers()],
        tiers={"fast": Tier("fast", "a/x, box/q", {"temperature": 0.0}), "slow": "box/q, far/q"},
        endpoints=[
            Endpoint("box", "openai", "http://127.0.0.1:8000/v1", "sesame", concurrency=2),
            Endpoint("far", "openai", "http://127.0.0.2:8000/v1"),
        ],
        prices={"box/q": Price(1, 2)},
    )
    fast = cast("FailoverModel", await router.resolve("fast")).candidates
    slow = cast("FailoverModel", await router.resolve("slow")).candidates

    assert [(one.spec, dict(one.options), one.price) for one in fast] == [
        ("a/x", {"temperature": 0.0}, None),
        ("box/q", {"temperature": 0.0}, Price(1, 2)),
    ]
    assert fast[0].place is None
    assert fast[1].place is slow[0].place is not None, "all calls to one server wait in one queue"
    assert slow[1].place is None


async def test_an_endpoint_is_asked_with_its_token_by_who_can() -> None:
    servers = Servers()
    router = ModelRouter(
        [MemoryModels({}), servers], endpoints={"box": "openai|http://127.0.0.1:8000/v1|sesame"}
    )

    assert await candidates(router, "box/org/q") == ["box/org/q"]
    assert servers.asked == [("http://127.0.0.1:8000/v1", "sesame", "org/q")]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            "fsat",
            "no model for 'fsat': no model source knows it. Did you mean 'fast'? Known: 'a/x', 'far', 'fast', 'opus'.",
        ),
        (
            "nothing",
            "no model source knows it; write a model as PROVIDER/MODEL. Known: 'a/x', 'far', 'fast', 'opus'",
        ),
        ("opus", "no model for 'opus', which aliases sets to 'b/o': no model source knows it."),
        ("far", "no model for 'far', whose chain in tiers has 'c/z': no model source knows it."),
        ("a/x, c/z", "no model for 'a/x, c/z', a chain that has 'c/z': no model source knows it."),
        ("bxo/q", "no model for 'bxo/q': no model source knows it. Did you mean 'box/q'?"),
        ("box/", "no model for 'box/': 'box/' names no model; write it as PROVIDER/MODEL or ENDPOINT/MODEL"),
        ("box/q", "no model for 'box/q': no model source can ask an endpoint of the type 'openai'"),
    ],
)
async def test_why_there_is_no_model(spec: str, said: str) -> None:
    router = ModelRouter(
        MemoryModels(models("a/x")),
        tiers={"fast": "a/x", "far": "a/x, c/z"},
        aliases={"opus": "b/o"},
        endpoints={"box": "openai|http://127.0.0.1:8000/v1"},
    )

    with pytest.raises(ModelResolutionError) as caught:
        await router.resolve(spec)

    assert said in str(caught.value)
    assert caught.value.spec == spec


async def test_all_candidates_that_nobody_knows_are_named() -> None:
    router = ModelRouter(MemoryModels(models("a/x")), tiers={"fast": "b/y, a/x, c/z"})

    with pytest.raises(ModelResolutionError, match=r"has 'b/y'.*; .*has 'c/z'"):
        await router.resolve("fast")


async def test_a_listing_says_of_each_candidate_what_is_known_and_what_is_wrong() -> None:
    router = ModelRouter(MemoryModels(models("a/x")), tiers={"fast": "b/y, a/x"}, prices={"a/x": Price(1, 2)})

    lost, found = await router.describe("fast")

    assert (lost.spec, lost.model) == ("b/y", None)
    assert "no model source knows it" in lost.problem
    assert (found.spec, found.price, found.problem) == ("a/x", Price(1, 2), "")
    assert found.model is not None
    assert list(router.tiers()) == ["a/x", "fast"]


async def test_a_router_is_made_of_another_and_changes_nothing_of_it() -> None:
    source = MemoryModels(models("b/y"))
    router = ModelRouter(models("a/x"), tiers={"fast": "a/x"})
    wider = router.including(source)

    assert await candidates(wider, "b/y") == ["b/y"]
    with pytest.raises(ModelResolutionError):
        await router.resolve("b/y")
    with pytest.raises(ModelResolutionError):
        await wider.without(source).resolve("b/y")
    assert wider.health is router.health


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"url": "http://127.0.0.2:8000/v1"}, "well"),
        ({"token": "a new one"}, "well"),
        ({"concurrency": 2}, "resting"),
    ],
)
async def test_an_endpoint_that_was_put_right_does_not_rest_for_the_one_it_was(
    changes: dict[str, str], condition: str
) -> None:
    """Whoever mends an address or a token need not wait for the end of the old one's rest."""
    clock, box = FakeClock(), Endpoint("box", "openai", "http://127.0.0.1:8000/v1", "sesame")
    router = ModelRouter([Servers()], endpoints=[box], clock=clock)
    (candidate,) = cast("FailoverModel", await router.resolve("box/q")).candidates
    leave = router.health.admit(candidate.identity, clock.monotonic())
    assert leave is not None
    router.health.record_failure(
        leave, clock.monotonic(), router.routing.policy, reason="429", retry_after_s=60
    )
    other = router.rerouted(evolve(router.routing, endpoints={"box": evolve(box, **changes)}))

    assert (await router.describe("box/q"))[0].health.condition == "resting"
    assert (await other.describe("box/q"))[0].health.condition == condition
    assert "sesame" not in repr(leave)


def test_a_router_that_is_wrong_is_refused_with_all_that_is() -> None:
    with pytest.raises(ConfigError) as caught:
        ModelRouter(
            models("a/x"),
            tiers={"fast": "smrat", "smart": "", "a": "b", "b": "a"},
            endpoints=[Endpoint("box", "", "nowhere", concurrency=0)],
            prices={"a/x": Price(-1.0, float("nan"))},
        )

    assert len(caught.value.problems) == 8
    assert caught.value.problems[0].startswith("tiers['fast']: there is no tier 'smrat'")


@pytest.mark.parametrize("text", ["sesame", "openai|http://h|sesame|x", "openai|sesame", "|http://h|sesame"])
def test_a_compact_endpoint_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ModelRouter(models("a/x"), endpoints={"box": text})

    assert "sesame" not in str(caught.value)
    assert str(caught.value).startswith("endpoints['box']: ")
