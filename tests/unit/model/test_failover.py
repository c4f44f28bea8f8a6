"""A chain of candidates serves as one model: who can't answer is passed over, and nothing is asked twice that has begun."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest
from attrs import define, evolve, field

from executus_core.errors import (
    ConfigError,
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_core.llm import Message, ModelRequest, Price, Response, TextDelta, Usage
from executus_core.model.candidate import Candidate
from executus_core.model.failover import FailoverModel
from executus_core.model.health import Health
from executus_core.model.place import Place
from executus_core.model.policy import FailoverPolicy
from executus_core.testing import FakeClock, ScriptedModel, cancel_at_each, delay
from executus_core.testing.leaks import no_leaks

if TYPE_CHECKING:
    from executus_core.llm import ModelAttempt
    from executus_core.testing.script import Entry


@define
class Origin:
    """A run that asks."""

    clock: FakeClock
    deadline: float = math.inf
    run_id: str = "r"
    caller_id: str = "alice"
    attempts: list[ModelAttempt] = field(factory=list)
    seen: list[tuple[ModelRequest, Response | None]] = field(factory=list)

    def seconds_left(self) -> float:
        """Tell how long it may go on."""
        return self.deadline - self.clock.monotonic()

    def record_attempt(
        self, attempt: ModelAttempt, request: ModelRequest, response: Response | None = None
    ) -> None:
        """Keep an attempt."""
        self.attempts.append(attempt)
        self.seen.append((request, response))

    @property
    def asked(self) -> list[str]:
        """Who was asked, and how it ended."""
        return [f"{attempt.candidate} {attempt.outcome}" for attempt in self.attempts]


@define
class World:
    """A chain of scripted models, named "a", "b", ..., on a clock that stands still."""

    clock: FakeClock
    models: list[ScriptedModel]
    candidates: list[Candidate]
    policy: FailoverPolicy
    health: Health
    origin: Origin

    @classmethod
    def of(cls, clock: FakeClock, *scripts: list[Entry], **policy: float) -> World:
        """Make a chain of a model per script."""
        models = [
            ScriptedModel(script, name="abcdef"[number], clock=clock) for number, script in enumerate(scripts)
        ]
        candidates = [Candidate(model.name, model) for model in models]
        return cls(clock, models, candidates, FailoverPolicy(**policy), Health.of(clock), Origin(clock))  # type: ignore[arg-type]  # whole numbers where they belong

    def model(self) -> FailoverModel:
        """Make the model of a new run."""
        return FailoverModel(
            "fast", self.candidates, health=self.health, policy=self.policy, clock=self.clock
        )

    def request(self, *texts: str, **options: object) -> ModelRequest:
        """Make a request of the run."""
        messages = [Message.user(text) for text in texts or ("go",)]
        return ModelRequest(messages, options=options, run=self.origin)  # type: ignore[arg-type]  # options are JSON

    async def ask(self, model: FailoverModel | None = None) -> str:
        """Ask once, and give the text of the answer."""
        response = await self.clock.run_until((model or self.model()).generate(self.request()))
        return response.message.text


def unavailable(text: str = "503", *, retry_after_s: float | None = None, has_begun: bool = False) -> Entry:
    """Script a failure that another candidate may mend."""
    return ModelUnavailableError(text, retry_after_s=retry_after_s, has_begun=has_begun)


async def test_the_next_one_answers_at_once_and_goes_on_to_serve(fake_clock: FakeClock) -> None:
    """No time passes, and the one that failed is not asked again."""
    world = World.of(fake_clock, [unavailable()], ["one", "two"])
    model = world.model()

    assert [await world.ask(model), await world.ask(model)] == ["one", "two"]
    assert world.origin.asked == ["a failed", "b answered", "b answered"]
    assert fake_clock.monotonic() == 0
    assert model.name == "b"


async def test_another_run_asks_the_preferred_one_first(fake_clock: FakeClock) -> None:
    """Who serves a run serves that run only."""
    world = World.of(fake_clock, [unavailable(), "from a"], ["from b"])

    assert [await world.ask(), await world.ask()] == ["from b", "from a"]


async def test_when_all_failed_they_are_asked_again_after_a_pause(fake_clock: FakeClock) -> None:
    """Longer after each round, and not the same for all."""
    world = World.of(
        fake_clock, [unavailable(), unavailable(), unavailable()], [unavailable(), unavailable(), "late"]
    )

    assert await world.ask() == "late"
    assert world.origin.asked == ["a failed", "b failed"] * 2 + ["a failed", "b answered"]
    waits = [attempt.waited_s for attempt in world.origin.attempts]
    assert [wait > 0 for wait in waits] == [False, False, True, False, True, False]
    assert 0.25 <= waits[2] < 0.5 <= waits[4] < 1


async def test_a_single_candidate_is_asked_again_by_the_same_rules(fake_clock: FakeClock) -> None:
    """Also by its Retry-After, to the second."""
    world = World.of(fake_clock, [unavailable(retry_after_s=7), unavailable(), "at last"])

    assert await world.ask() == "at last"
    assert world.origin.attempts[1].waited_s == 7


@pytest.mark.parametrize("kind", [ModelError, ModelAccessError, ModelResolutionError])
async def test_what_no_other_try_would_mend_is_raised_as_it_is(
    fake_clock: FakeClock, kind: type[ModelError]
) -> None:
    """A bad request is bad everywhere, and a bad key is to be seen."""
    error = kind("no")
    world = World.of(fake_clock, [error], [])

    with pytest.raises(kind) as raised:
        await world.ask()
    assert raised.value is error
    assert str(error) == "no"
    assert world.origin.asked == ["a failed"]


async def test_an_answer_that_had_begun_is_not_asked_for_again(fake_clock: FakeClock) -> None:
    """What was read can't be taken back."""
    error = unavailable("reset", has_begun=True)
    world = World.of(fake_clock, [error], [])

    with pytest.raises(ModelUnavailableError) as raised:
        await world.ask()
    assert raised.value is error
    assert world.origin.asked == ["a broken"]


async def test_after_so_many_attempts_the_last_error_says_who_was_asked(fake_clock: FakeClock) -> None:
    """It keeps its class and its cause."""
    last = unavailable("the last")
    world = World.of(fake_clock, [unavailable(), last], [unavailable()], max_attempts=3)

    with pytest.raises(
        ModelUnavailableError, match=r"the last \(asked 'a' 2 times, 'b' once for 'fast'\)"
    ) as raised:
        await world.ask()
    assert raised.value.__cause__ is last


async def test_a_wait_beyond_the_runs_time_is_not_begun(fake_clock: FakeClock) -> None:
    """The error comes at once, and says when somebody may be asked again."""
    world = World.of(fake_clock, [unavailable("slow down", retry_after_s=30)])
    world.origin.deadline = 20

    with pytest.raises(
        ModelUnavailableError, match=r"slow down \(asked 'a' once .*again in 30 s\)"
    ) as raised:
        await world.ask()
    assert raised.value.retry_after_s == 30
    assert fake_clock.monotonic() == 0


async def test_when_all_rest_the_first_to_be_free_is_waited_for(fake_clock: FakeClock) -> None:
    """Nobody is asked before."""
    world = World.of(fake_clock, [unavailable(retry_after_s=50)], [unavailable(retry_after_s=20), "rested"])
    world.origin.deadline = 10
    with pytest.raises(ModelUnavailableError):
        await world.ask()

    world.origin.deadline = 100
    assert await world.ask() == "rested"
    assert fake_clock.monotonic() == 20


async def test_when_all_rest_for_too_long_the_error_names_each_and_why(fake_clock: FakeClock) -> None:
    """Without asking anybody."""
    world = World.of(
        fake_clock, [unavailable("too many", retry_after_s=50)], [unavailable("down")], failures_to_rest=1
    )
    world.origin.deadline = 2
    with pytest.raises(ModelUnavailableError):
        await world.ask()

    with pytest.raises(ModelUnavailableError) as raised:
        await world.ask()
    assert str(raised.value) == (
        "nobody may be asked for 'fast' in time: 'a' rests for 50 s more, after too many; "
        "'b' rests for 5 s more, after down; somebody may be asked again in 5 s"
    )


async def test_one_call_tries_who_has_rested_and_the_others_wait_for_it(fake_clock: FakeClock) -> None:
    """Many runs, one probe."""
    script = [unavailable(), delay(3, "the probe"), *["after it"] * 4]
    world = World.of(fake_clock, script, failures_to_rest=1)
    world.origin.deadline = 1
    with pytest.raises(ModelUnavailableError):
        await world.ask()

    world.origin.deadline = 100
    calls = asyncio.gather(*(world.model().generate(world.request()) for _ in range(5)))
    answers = sorted([response.message.text for response in await fake_clock.run_until(calls)])

    assert answers == [*["after it"] * 4, "the probe"]
    first, *others = world.origin.attempts[1:]
    assert first.waited_s == 5
    assert all(other.waited_s > 8 for other in others)


@pytest.mark.parametrize(
    ("windows", "asked"), [((10, 10, 30), "ac"), ((10, 20, 30), "ab"), ((10, 0, 30), "ac")]
)
async def test_a_transcript_that_does_not_fit_goes_to_a_window_that_is_known_to_be_larger(
    fake_clock: FakeClock, windows: tuple[int, ...], asked: str
) -> None:
    """The first such candidate in the chain."""
    world = World.of(fake_clock, [ContextOverflowError("too long")], ["fits"] if asked == "ab" else [], [])
    for model, window in zip(world.models, windows, strict=True):
        model.context_tokens = window
    if asked == "ac":
        world.models[2] = ScriptedModel(["fits"], name="c", context_tokens=windows[2])
        world.candidates[2] = Candidate("c", world.models[2])

    assert await world.ask() == "fits"
    assert [attempt.candidate for attempt in world.origin.attempts] == list(asked)


@pytest.mark.parametrize("windows", [(10, 10), (10, 0), (0, 30), (30, 10)])
async def test_without_a_larger_window_an_overflow_is_raised_as_it_is(
    fake_clock: FakeClock, windows: tuple[int, int]
) -> None:
    """A window that nobody knows is not known to be larger."""
    error = ContextOverflowError("too long")
    world = World.of(fake_clock, [error], [])
    for model, window in zip(world.models, windows, strict=True):
        model.context_tokens = window

    with pytest.raises(ContextOverflowError) as raised:
        await world.ask()
    assert raised.value is error


async def test_who_is_known_to_be_too_small_is_passed_over(fake_clock: FakeClock) -> None:
    """By what the provider counted for the last answer; after a compaction it may serve again."""
    world = World.of(fake_clock, ["one", unavailable(), "two", unavailable()], ["short again"])
    world.models[0]._usage = Usage(500, 100, cost_usd=0.0)  # what its answers consume
    world.models[1].context_tokens = 400
    model = world.model()

    for texts in (("long",), ("long", "more"), ("short",)):
        await fake_clock.run_until(model.generate(world.request(*texts)))
    assert [attempt.candidate for attempt in world.origin.attempts] == ["a", "a", "a", "a", "b"]


async def test_each_candidate_is_asked_with_its_own_options_under_those_of_the_request(
    fake_clock: FakeClock,
) -> None:
    """The request itself stays as it is."""
    world = World.of(fake_clock, [unavailable()], ["done"])
    world.candidates[0] = evolve(world.candidates[0], options={"temperature": 0.1, "top_p": 1})
    request = world.request(temperature=0.7)

    await world.model().generate(request)

    assert world.models[0].requests[0].options == {"temperature": 0.7, "top_p": 1}
    assert world.models[1].requests[0].options == {"temperature": 0.7}
    assert request.options == {"temperature": 0.7}
    assert [seen.options for seen, _ in world.origin.seen] == [
        model.requests[0].options for model in world.models
    ]


async def test_a_price_list_goes_before_what_the_source_says(fake_clock: FakeClock) -> None:
    """Also for an attempt that failed; what nobody counted has no price."""
    failed = unavailable()
    failed.usage = Usage(1_000_000, 0)  # type: ignore[union-attr]
    world = World.of(fake_clock, [failed], [unavailable()], ["done"])
    world.candidates = [
        evolve(candidate, price=Price(input_usd=2, output_usd=10)) for candidate in world.candidates
    ]

    response = await world.model().generate(world.request())

    assert response.usage == Usage(10, 5, cost_usd=pytest.approx(70e-6))
    assert [attempt.usage and attempt.usage.cost_usd for attempt in world.origin.attempts] == [
        2,
        None,
        response.usage.cost_usd,
    ]


async def test_a_place_is_waited_for_and_given_back(fake_clock: FakeClock) -> None:
    """Waiting for it counts as waiting; whatever happens, the next one gets it."""
    world = World.of(fake_clock, [delay(3, unavailable()), delay(2, "one")], ["other"])
    world.candidates[0] = evolve(world.candidates[0], place=Place(1))

    calls = asyncio.gather(*(world.model().generate(world.request()) for _ in range(2)))
    await fake_clock.run_until(calls)

    assert [(attempt.candidate, attempt.waited_s, attempt.duration) for attempt in world.origin.attempts] == [
        ("a", 0, 3),
        ("b", 0, 0),
        ("a", 3, 2),
    ]


async def test_who_waited_for_a_place_asks_nobody_that_began_to_rest_meanwhile(fake_clock: FakeClock) -> None:
    """A queue in front of a server that died goes elsewhere at once."""
    world = World.of(fake_clock, [delay(3, unavailable())], ["other"] * 5, failures_to_rest=1)
    world.candidates[0] = evolve(world.candidates[0], place=Place(1))

    calls = asyncio.gather(*(world.model().generate(world.request()) for _ in range(5)))
    answers = await fake_clock.run_until(calls)

    assert [answer.message.text for answer in answers] == ["other"] * 5
    assert world.origin.asked.count("a failed") == 1
    assert fake_clock.monotonic() == 3


async def test_a_candidate_that_is_silent_until_the_run_is_over_has_failed(fake_clock: FakeClock) -> None:
    """So that one which hangs comes to rest, and does not end every run to come."""
    world = World.of(fake_clock, [delay(100, "late")], ["other"], failures_to_rest=1)
    world.origin.deadline = fake_clock.monotonic() + 60
    call = asyncio.ensure_future(world.model().generate(world.request()))
    await fake_clock.advance(60)
    call.cancel()
    await asyncio.wait([call])

    health = world.health.look("a", fake_clock.monotonic())
    assert (call.cancelled(), health.condition) == (True, "resting")
    assert health.reason == "it was silent until the run's time was up, 60 s"
    world.origin.deadline = math.inf
    assert await world.ask() == "other"


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_call_that_is_cancelled_gives_back_its_place_and_its_probe(
    fake_clock: FakeClock, *, is_streamed: bool
) -> None:
    """Wherever it waits: for a place, for a rest, for a pause, or for the answer."""
    places: list[Place] = []
    worlds: list[World] = []

    async def call() -> None:
        world, place = World.of(fake_clock, failures_to_rest=1), Place(1)
        script = [unavailable(), delay(1, unavailable()), delay(1, "done")]
        model = ScriptedModel(script, clock=fake_clock, strict=False)
        world.health = Health()
        world.candidates = [Candidate("a", model, place=place)]
        worlds.append(world)
        places.append(place)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_hold(place))
            await asyncio.sleep(0)
            await _ask(world, is_streamed=is_streamed)

    ended = 0
    async with no_leaks():
        async for cancelled in cancel_at_each(call, drive=fake_clock.run_until):
            ended += 1
            assert isinstance(cancelled.error, asyncio.CancelledError), cancelled.where
            await asyncio.wait_for(_hold(places[-1]), 1)
            later = fake_clock.monotonic() + 1_000
            assert worlds[-1].health.look("a", later).may_be_asked, cancelled.where
    assert ended > 5


async def _hold(place: Place) -> None:
    async with place:
        await asyncio.sleep(0)


async def _ask(world: World, *, is_streamed: bool) -> None:
    if not is_streamed:
        await world.model().generate(world.request())
        return
    pieces = world.model().stream(world.request())
    try:
        async for _ in pieces:
            await asyncio.sleep(0)
    finally:
        await pieces.aclose()


class Breaking:
    """A model whose stream breaks after some pieces."""

    name = "breaking"
    context_tokens = 0

    def __init__(self, pieces: int, error: Exception | None = None) -> None:
        self.pieces, self.error, self.asked, self.closed = pieces, error, 0, 0

    async def generate(self, request: ModelRequest) -> Response:
        raise AssertionError("it is streamed")

    async def stream(self, request: ModelRequest):
        self.asked += 1
        try:
            for _ in range(self.pieces):
                yield TextDelta("x")
            if self.error:
                raise self.error
        finally:
            self.closed += 1


async def _streamed(model: FailoverModel, request: ModelRequest) -> list[object]:
    return [piece async for piece in model.stream(request)]


@pytest.mark.parametrize("error", [ModelUnavailableError("503"), None])
async def test_a_stream_that_fails_before_its_first_piece_is_asked_of_the_next(
    fake_clock: FakeClock, error: Exception | None
) -> None:
    """One that ends without anything has failed too."""
    world = World.of(fake_clock, [], ["from b"])
    world.candidates[0] = Candidate("a", Breaking(0, error))

    pieces = await _streamed(world.model(), world.request())

    assert isinstance(pieces[-1], Response)
    assert pieces[-1].message.text == "from b"
    assert world.origin.asked == ["a failed", "b answered"]
    assert world.origin.attempts[1].first_token_s == 0


@pytest.mark.parametrize("error", [ModelUnavailableError("reset"), None])
async def test_a_stream_that_breaks_after_its_first_piece_is_asked_of_nobody(
    fake_clock: FakeClock, error: Exception | None
) -> None:
    """The error is raised as it is, and knows that the answer had begun."""
    world = World.of(fake_clock, [], [])
    breaking = Breaking(2, error)
    world.candidates[0] = Candidate("a", breaking)

    with pytest.raises(ModelUnavailableError) as raised:
        await _streamed(world.model(), world.request())

    assert raised.value.has_begun
    assert error is None or raised.value is error
    assert world.origin.asked == ["a broken"]
    assert (breaking.asked, breaking.closed) == (1, 1)


async def test_a_reader_that_goes_closes_the_stream_and_frees_the_place(fake_clock: FakeClock) -> None:
    """And that is nobody's failure."""
    world = World.of(fake_clock, [], [])
    breaking, place = Breaking(9), Place(1)
    world.candidates[0] = Candidate("a", breaking, place=place)

    pieces = world.model().stream(world.request())
    await anext(pieces)
    await pieces.aclose()

    assert breaking.closed == 1
    assert world.health.look("a", 0).failures == 0
    await asyncio.wait_for(_hold(place), 1)


async def test_a_candidate_that_does_not_stream_answers_whole(fake_clock: FakeClock) -> None:
    """Others of the chain may."""

    class Whole:
        name, context_tokens = "whole", 0

        async def generate(self, request: ModelRequest) -> Response:
            return Response(Message.assistant("whole"), Usage())

    world = World.of(fake_clock, [])
    world.candidates[0] = Candidate("a", Whole())

    assert await _streamed(world.model(), world.request()) == [Response(Message.assistant("whole"), Usage())]
    assert world.origin.attempts[0].first_token_s is None


async def test_an_answer_that_is_no_response_goes_on_as_it_is(fake_clock: FakeClock) -> None:
    """Whoever asked refuses it; the attempt was of no use."""

    class Odd(Breaking):
        async def generate(self, request: ModelRequest) -> Response:
            return "text"  # type: ignore[return-value]

    world = World.of(fake_clock, [], [])
    world.candidates[0] = Candidate("a", Odd(0))

    assert await world.model().generate(world.request()) == "text"  # type: ignore[comparison-overlap]
    assert world.origin.asked == ["a rejected"]


async def test_it_speaks_for_who_serves(fake_clock: FakeClock) -> None:
    """Before anybody has: for who would be asked."""
    world = World.of(fake_clock, [unavailable(retry_after_s=9)], ["done"])
    reading = ({"application/pdf", "text/plain"}, {"application/pdf"})
    for number, model in enumerate(world.models):
        model.context_tokens = 100 * (number + 1)
        model.reads = reading[number]  # type: ignore[attr-defined]
        model.problem = f"problem of {model.name}"  # type: ignore[attr-defined]
        model.price = Price(number, number)  # type: ignore[attr-defined]
    model = world.model()

    def said() -> tuple[object, ...]:
        return (model.name, model.context_tokens, model.problem, model.price)

    assert said() == ("a", 100, "problem of a", Price(0, 0))
    await world.ask(model)
    assert said() == ("b", 200, "problem of b", Price(1, 1))
    assert set(model.reads) == {"application/pdf"}
    assert model.output_mode(has_tools=True) == "native"
    assert model.reports_attempts


async def test_outside_of_a_run_it_serves_too(fake_clock: FakeClock) -> None:
    """There is nobody to report to, and no end of the time."""
    world = World.of(fake_clock, [unavailable(retry_after_s=500), "done"])

    call = world.model().generate(ModelRequest([Message.user("go")]))
    assert (await fake_clock.run_until(call)).message.text == "done"


def test_a_chain_without_candidates_is_refused(fake_clock: FakeClock) -> None:
    """Where it is made."""
    world = World.of(fake_clock)
    with pytest.raises(ConfigError, match="'fast' has no candidate"):
        world.model()


async def test_a_chain_in_a_chain_reports_each_attempt_once(fake_clock: FakeClock) -> None:
    """By the inner one."""
    world = World.of(fake_clock, [unavailable()], ["done"])
    outer = FailoverModel(
        "outer",
        [Candidate("inner", world.model())],
        health=world.health,
        policy=world.policy,
        clock=fake_clock,
    )

    assert await world.ask(outer) == "done"
    assert world.origin.asked == ["a failed", "b answered"]
