"""Opening a run: the model, the input and its files, and when the bounds start."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from typing_extensions import override

from executus_core import (
    Agent,
    Artifact,
    Caller,
    ConfigError,
    Executor,
    InputFile,
    Invocation,
    Ports,
    PostRunResult,
    SessionTools,
    Target,
)
from executus_core.errors import ModelResolutionError
from executus_core.llm import FilePart, ImagePart, Message, TextPart
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryDelivery,
    MemoryIdentity,
    MemoryInputFiles,
    MemoryModels,
    ScriptedModel,
    delay,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from executus_core.llm import Model


@pytest.mark.parametrize("tier", ["smrt", "nobody/knows"])
async def test_an_unknown_tier_ends_the_run_with_a_clean_error(tier: str) -> None:
    """The error names the tier and what was tried."""
    source = MemoryModels({"smart": ScriptedModel()})

    result = await Executor(models=source).run(Agent(name="x", model_tier=tier), "go")

    assert result.status == "error"
    assert isinstance(result.error, ModelResolutionError)
    assert f"no model for '{tier}': MemoryModels does not know it." in str(result.error)
    assert "'smart'" in str(result.error)


@pytest.mark.parametrize("error", [OSError("gone"), SystemExit(1), KeyboardInterrupt()])
async def test_a_resolver_that_raises_ends_the_run_with_a_clean_error(error: BaseException) -> None:
    """Whatever it raises, the caller gets a result that names the tier."""

    class Broken:
        async def resolve(self, spec: str) -> Model | None:
            raise error

    audit = MemoryAudit()
    result = await Executor(models=Broken(), ports=Ports(audit=audit)).run(Agent(name="x"), "go")

    assert isinstance(result.error, ModelResolutionError)
    assert f"no model for 'fast': Broken failed with {type(error).__name__}" in str(result.error)
    assert audit.records[result.run_id].closed


async def test_files_that_no_provider_reads_go_to_the_stager_and_only_their_ids_to_the_model() -> None:
    """Their bytes never enter the model's context."""
    stager = MemoryInputFiles()
    model = ScriptedModel(["ok"])
    files = (
        InputFile("a b\n.csv", "text/csv", b"SECRET1"),
        InputFile("c.pdf", "application/pdf", b"SECRET22"),
    )
    image = ImagePart(b"pixels")
    invocation = Invocation(run_id="r", input_files=files, images=(image,))

    await Executor(models=model, ports=Ports(input_files=stager)).run(
        Agent(id="a-1", name="x"), "Read.", invocation
    )

    staged = stager.files["file_1"]
    assert (staged.run_id, staged.agent_id, staged.name, staged.content) == (
        "r",
        "a-1",
        "a b\n.csv",
        b"SECRET1",
    )
    message = model.requests[0].messages[-1]
    assert message.parts[:2] == (TextPart("Read."), image)
    assert (
        "- file_1: a b .csv (text/csv, 7 bytes)\n- file_2: c.pdf (application/pdf, 8 bytes)" in message.text
    )
    assert "SECRET" not in str(message)


PDF = b"%PDF-1.7 paper"


async def test_a_file_that_the_provider_reads_goes_with_the_input_and_the_others_to_the_stager() -> None:
    """Its bytes are in the model's context, and nowhere in what is recorded."""
    stager, audit = MemoryInputFiles(), MemoryAudit()
    model = ScriptedModel(["ok"], reads=["application/pdf"])
    files = (
        InputFile("a\nb.pdf", "Application/PDF; charset=binary", PDF),
        InputFile("c.csv", "text/csv", b"1,2"),
        InputFile("no.pdf", "application/pdf", b"<html>"),
    )

    result = await Executor(models=model, ports=Ports(input_files=stager, audit=(audit,))).run(
        Agent(name="x"), "Read.", Invocation(input_files=files)
    )

    message = model.requests[0].messages[-1]
    assert message.parts[:2] == (TextPart("Read."), FilePart("a b.pdf", "application/pdf", PDF))
    assert [staged.name for staged in stager.files.values()] == ["c.csv", "no.pdf"]
    assert "- file_1: c.csv" in message.text
    record = audit.records[result.run_id]
    (event,) = [event for event in record.events if event.type == "run.input"]
    assert event.payload["files"] == 3
    assert b"paper" not in repr(record).encode()


async def test_files_that_would_fill_every_request_are_not_given_to_the_model() -> None:
    """Twenty megabytes for all of them; the result says which had no room."""
    model = ScriptedModel(["ok"], reads=["application/pdf"])
    files = [
        InputFile(f"{name}.pdf", "application/pdf", PDF + bytes(size))
        for name, size in (("one", 15_000_000), ("two", 6_000_000), ("three", 1))
    ]

    result = await Executor(models=model).run(Agent(name="x"), "Read.", Invocation(input_files=files))

    given = [part.name for part in model.requests[0].messages[-1].parts if isinstance(part, FilePart)]
    assert given == ["one.pdf", "three.pdf"]
    (note,) = result.notes
    assert "'two.pdf' was not given to the model itself" in note.message


async def test_a_model_that_does_not_say_what_it_reads_reads_nothing() -> None:
    """A fault of the model's is noted, and the stager gets the file."""
    stager, model = MemoryInputFiles(), ScriptedModel(["ok"])
    model.reads = cast("Collection[str]", 7)

    result = await Executor(models=model, ports=Ports(input_files=stager)).run(
        Agent(name="x"), "Read.", Invocation(input_files=[InputFile("a.pdf", "application/pdf", PDF)])
    )

    assert result.ok
    assert [staged.name for staged in stager.files.values()] == ["a.pdf"]
    assert [note.port for note in result.notes] == ["model"]


async def test_without_a_stager_input_files_are_ignored() -> None:
    """The run goes on."""
    model = ScriptedModel(["ok"])

    result = await Executor(models=model).run(
        Agent(name="x"), "Read.", Invocation(input_files=(InputFile("a", "text/plain", b"x"),))
    )

    assert (result.status, result.messages[0]) == ("ok", Message.user("Read."))


async def test_the_bounds_start_after_everything_that_waits(fake_clock: FakeClock) -> None:
    """Waiting before the loop never eats the run's time."""

    class Slow(MemoryIdentity):
        @override
        async def resolve(self, invocation: Invocation) -> Caller:
            await fake_clock.sleep(9)
            return await super().resolve(invocation)

    model = ScriptedModel([delay(4, "done")], clock=fake_clock)
    executor = Executor(models=model, ports=Ports(clock=fake_clock, identity=Slow()))

    result = await fake_clock.run_until(executor.run(Agent(name="x", max_runtime_s=5), "go"))

    assert (result.status, result.duration) == ("ok", 13)


async def test_artifacts_of_tools_and_of_the_post_run_hook_are_delivered_in_order() -> None:
    """First what tools attached, then what the hook made."""
    delivery = MemoryDelivery()
    early, late = Artifact("a.txt", "text/plain", b"1"), Artifact("b.txt", "text/plain", b"2")

    def factory(session):  # type: ignore[no-untyped-def]
        session.attach(early)
        return SessionTools(post_run=lambda *_: PostRunResult((late,), {"pages": 2}))

    invocation = Invocation(delivery=Target("memory", "42"), session_tool_factory=factory)
    result = await Executor(models=ScriptedModel(["done"]), ports=Ports(delivery=delivery)).run(
        Agent(name="x"), "go", invocation
    )

    assert result.artifacts == (early, late)
    assert result.post_run == PostRunResult((late,), {"pages": 2})
    assert [(sent.target.id, sent.output, sent.artifacts) for sent in delivery.delivered] == [
        ("42", "done", (early, late))
    ]


@pytest.mark.parametrize("empty", ["", "  \n", [], [""], [TextPart(" ")]])
async def test_an_empty_prompt_is_refused(empty: str | list[str | TextPart]) -> None:
    """The error says what is missing, no model is asked, and the refusal is recorded."""
    audit = MemoryAudit()

    result = await Executor(models=ScriptedModel(), ports=Ports(audit=audit)).run(Agent(name="x"), empty)

    assert isinstance(result.error, ConfigError)
    assert str(result.error) == "the input is empty; say what the agent should do"
    assert audit.records[result.run_id].closed


async def test_a_picture_alone_is_a_prompt() -> None:
    """What a picture asks may be clear."""
    model = ScriptedModel(["a cat", "a dog"])
    executor, agent, image = Executor(models=model), Agent(name="x"), ImagePart(b"pixels")

    await executor.run(agent, [image])
    await executor.run(agent, ["What is it?", image])

    assert [request.messages[0].parts for request in model.requests] == [
        (image,),
        (TextPart("What is it?"), image),
    ]


async def test_an_input_of_the_wrong_kind_is_refused() -> None:
    """The error shows it and says what would do."""
    result = await Executor(models=ScriptedModel()).run(Agent(name="x"), [b"bytes"])  # type: ignore[list-item]

    assert isinstance(result.error, ConfigError)
    assert "the input holds b'bytes'; give text, TextPart, ImagePart or FilePart" in str(result.error)


async def test_what_is_no_agent_is_refused_at_the_door() -> None:
    """A dictionary is not yet an agent."""
    with pytest.raises(ConfigError, match="run takes an Agent first, not a dict"):
        await Executor(models=ScriptedModel()).run({"name": "x"}, "go")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="run takes an Invocation after the input, not a dict"):
        await Executor(models=ScriptedModel()).run(Agent(name="x"), "go", {"dry_run": True})  # type: ignore[arg-type]


async def test_a_resolver_that_gives_no_model_ends_the_run_with_a_clean_error() -> None:
    """Garbage from a source is named, not called."""
    result = await Executor(models={"fast": "gpt"}).run(Agent(name="x"), "go")  # type: ignore[dict-item]

    assert isinstance(result.error, ModelResolutionError)
    assert "'fast' resolves to 'gpt', which is no Model" in str(result.error)


async def test_the_first_source_that_fails_to_answer_in_time_ends_the_run(fake_clock: FakeClock) -> None:
    """A resolver that hangs is given the time of a port, and no more."""

    class Hanging:
        async def resolve(self, spec: str) -> Model | None:
            await fake_clock.sleep(float("inf"))

    executor = Executor(models=Hanging(), ports=Ports(clock=fake_clock))
    result = await fake_clock.run_until(executor.run(Agent(name="x"), "go"))

    assert isinstance(result.error, ModelResolutionError)
    assert fake_clock.monotonic() == 10
