"""Asking model sources what they find, and for models beside those of the plugins."""

import asyncio

import pytest

from executus_core import Agent, Executor
from executus_core.errors import ModelResolutionError
from executus_core.model.failover import FailoverModel
from executus_core.plugin.asking import FIND_TIMEOUT_S
from executus_core.ports import ModelFinding, Ports
from executus_core.testing import FakeClock, MemoryModels, ScriptedModel


class Finds(MemoryModels):
    """A source that finds what it was given, or raises it."""

    def __init__(self, found: object) -> None:
        super().__init__({})
        self.found = found
        self.urls: list[str] = []
        self.is_asked = asyncio.Event()

    async def find_models(self, base_url: str = "") -> object:
        self.urls.append(base_url)
        self.is_asked.set()
        if isinstance(self.found, BaseException):
            raise self.found
        if self.found == "for ever":
            await asyncio.Event().wait()
        return self.found


def discover(provides, *sources: object, **arguments) -> Executor:
    plugins = {f"p{n}": provides("model", lambda one=one: one) for n, one in enumerate(sources)}
    return Executor.discover(enable=[], plugins=plugins, **arguments)


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch) -> None:
    """No file of the machine takes part."""
    monkeypatch.chdir(tmp_path)


async def test_all_sources_that_can_look_are_asked_and_answer_in_their_order(provides) -> None:
    """One that can't look is left out."""
    first, second = ModelFinding("a", ("x/1",)), ModelFinding("b", (), "is off")
    sources = [Finds([first]), MemoryModels({}), Finds((second,))]

    async with discover(provides, *sources) as executor:
        assert await executor.find_models("http://here") == (first, second)
    assert sources[0].urls == ["http://here"]


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (ValueError("kaputt"), "ValueError: kaputt"),
        (SystemExit(3), "it raised SystemExit"),
        (asyncio.CancelledError(), "it cancelled itself"),
        (None, "gave a NoneType, not a sequence"),
        ("text", "gave a str, not a sequence"),
        (["x/1"], "gave a str in place of a ModelFinding"),
    ],
    ids=lambda value: repr(value)[:24],
)
async def test_a_source_that_fails_is_a_finding_that_says_so(provides, found: object, problem: str) -> None:
    """And hides no other source's."""
    sound = ModelFinding("b", ("x/1",))

    async with discover(provides, Finds(found), Finds([sound])) as executor:
        failed, other = await executor.find_models()

    assert (failed.place, failed.specs) == ("Plugin 'p0'", ())
    assert failed.problem.startswith("could not look: ")
    assert problem in failed.problem
    assert other is sound


async def test_a_source_that_never_answers_is_given_up() -> None:
    """The person at the terminal waits for seconds, not for ever."""
    clock = FakeClock()
    executor = Executor(models=Finds("for ever"), ports=Ports(clock=clock))

    (finding,) = await clock.run_until(executor.find_models())

    assert clock.monotonic() == FIND_TIMEOUT_S
    assert "no answer within 3 s" in finding.problem


async def test_whoever_is_cancelled_while_sources_look_is_cancelled() -> None:
    """Ctrl-C goes through."""
    source = Finds("for ever")
    looking = asyncio.create_task(Executor(models=source).find_models())
    await source.is_asked.wait()
    looking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await looking


async def test_a_model_is_resolved_as_a_run_would(provides) -> None:
    """Through the tiers of the configuration; and an unknown one is told as there."""
    model = ScriptedModel([])
    settings = {"models": {"fast": "house/small"}}

    async with discover(provides, MemoryModels({"house/small": model}), settings=settings) as executor:
        served = await executor.resolve_model("fast")
        assert isinstance(served, FailoverModel)
        assert [candidate.model for candidate in served.candidates] == [model]
        with pytest.raises(ModelResolutionError, match="Did you mean 'house/small'"):
            await executor.resolve_model("house/smal")


@pytest.mark.parametrize("is_discovered", [True, False])
async def test_models_can_be_added_and_are_asked_last(provides, is_discovered: bool) -> None:
    """Also beside a plain mapping; what was there before goes on serving."""
    house = {"fast": ScriptedModel(["the house's"])}
    added = MemoryModels({"fast": ScriptedModel([]), "extra": ScriptedModel(["added"])})
    executor = discover(provides, MemoryModels(house)) if is_discovered else Executor(models=house)

    async with executor:
        executor.add_models(added)
        outputs = [
            (await executor.run(Agent(name="a", model_tier=tier), "hi")).output for tier in ("fast", "extra")
        ]

    assert outputs == ["the house's", "added"]
    assert executor.model_sources[-1] is added
