"""What tools attach: in order, bounded, under the name of a file, and taken out once."""

from __future__ import annotations

import threading

import pytest

from executus_core import (
    Agent,
    Artifact,
    Defaults,
    Executor,
    Invocation,
    ToolContext,
    ToolError,
    ToolResult,
    tool,
)
from executus_core.pendingattach import PendingArtifacts
from executus_core.testing import ScriptedModel, call
from executus_core.tool import PostRunResult, SessionTools

FILE = Artifact("a.txt", "text/plain", b"12345")


def pending(max_count: int = 100, max_bytes: int = 1000) -> PendingArtifacts:
    return PendingArtifacts("r", max_count, max_bytes)


def test_files_come_out_in_the_order_in_which_they_came_and_once() -> None:
    """Whoever drains first has everything there will ever be."""
    waiting = pending()
    files = [Artifact(f"{number}.txt", "text/plain", b"") for number in range(5)]
    waiting.add(files[0])
    waiting.add(*files[1:])

    assert waiting.drain() == tuple(files)
    assert waiting.drain() == ()


def test_what_comes_after_the_end_is_dropped_and_said(caplog: pytest.LogCaptureFixture) -> None:
    """Never in silence: its author would look for it."""
    waiting = pending()
    waiting.drain()

    waiting.add(FILE)

    assert waiting.drain() == ()
    assert waiting.late == ["the file 'a.txt' came too late and was dropped"]
    assert "run r: the file 'a.txt' came too late" in caplog.text


def test_many_threads_lose_nothing_and_pass_no_bound() -> None:
    """Synchronous tools attach from their own threads."""
    waiting = pending(max_count=500)
    refused: list[ToolError] = []

    def work() -> None:
        for _ in range(100):
            try:
                waiting.add(Artifact("n", "text/plain", b"1"))
            except ToolError as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(waiting.drain()) == 500
    assert len(refused) == 300


def test_files_given_together_are_taken_together_or_not_at_all() -> None:
    """A result half of whose files are there would look whole."""
    waiting = pending(max_bytes=12)
    waiting.add(FILE)

    with pytest.raises(ToolError, match="the files of this run would be 15 bytes, and may be 12"):
        waiting.add(FILE, FILE)

    assert waiting.drain() == (FILE,)


def test_too_many_files_are_refused_in_words_for_the_model() -> None:
    """It can attach fewer."""
    with pytest.raises(ToolError, match="would keep 2 files, and may keep 1; put several into one"):
        pending(max_count=1).add(FILE, FILE)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "empty"),
        (" .. ", "only dots"),
        ("..", "only dots"),
        ("../up.txt", "names a folder"),
        ("/etc/passwd", "names a folder"),
        ("in\\here.txt", "names a folder"),
        ("a\x00b", "can't be shown"),
        ("a\nb", "can't be shown"),
        ("\ud800", "can't be shown"),
        ("evil\u202etxt.exe", "can't be shown"),
        ("ü" * 101, "longer than 200 bytes"),
    ],
)
def test_a_name_that_is_none_of_a_file_is_refused(name: str, problem: str) -> None:
    """Whoever writes the files must not have to guess."""
    with pytest.raises(ToolError, match=problem):
        pending().add(Artifact(name, "text/plain", b""))


@pytest.mark.parametrize("name", ["part.stl", "notes ü.txt", "no suffix", ".hidden", "a..b", "x" * 200])
def test_a_name_of_a_file_is_taken(name: str) -> None:
    """Spaces and other people's letters are no harm."""
    waiting = pending()
    waiting.add(Artifact(name, "text/plain", b""))

    assert [file.name for file in waiting.drain()] == [name]


@pytest.mark.parametrize(
    "thing", ["a.txt", Artifact(5, "text/plain", b""), Artifact("a.txt", "text/plain", "text")]
)
def test_what_is_no_file_is_a_mistake_of_the_tool(thing: object) -> None:
    """Its author reads what it should have been; the model could do nothing about it."""
    with pytest.raises(TypeError, match="Artifact"):
        pending().add(thing)  # type: ignore[arg-type]


async def test_a_file_too_many_is_an_error_of_its_call_and_the_run_goes_on() -> None:
    """What was attached before stays."""

    @tool
    async def draw(ctx: ToolContext) -> str:
        """Draw."""
        ctx.attach(FILE)
        return "drawn"

    @tool
    async def give() -> ToolResult:
        """Give."""
        return ToolResult("given", artifacts=(FILE,))

    model = ScriptedModel([call("draw"), [call("draw"), call("give")], "done"])
    executor = Executor(models=model, registry=[draw, give], defaults=Defaults(max_artifacts=1))
    result = await executor.run(Agent(name="x", tools=("draw", "give")), "go")

    assert result.status == "ok"
    assert [step.is_error for step in result.steps] == [False, True, True]
    assert "may keep 1" in result.steps[1].result.text
    assert result.artifacts == (FILE,)


async def test_what_a_post_run_hook_makes_is_held_to_the_same_bounds_and_noted() -> None:
    """One file that can't be kept does not take the others along."""
    made = (FILE, Artifact("../b.txt", "text/plain", b""), Artifact("c.txt", "text/plain", b"12345678"), FILE)
    invocation = Invocation(
        session_tool_factory=lambda session: SessionTools(post_run=lambda *_: PostRunResult(made))
    )
    executor = Executor(models=ScriptedModel(["done"]), defaults=Defaults(max_artifact_bytes=11))
    result = await executor.run(Agent(name="x"), "go", invocation)

    assert result.artifacts == (FILE, FILE)
    assert [note.port for note in result.notes] == ["post_run", "post_run"]
    assert "names a folder" in result.notes[0].message
    assert "would be 13 bytes" in result.notes[1].message


async def test_a_hook_that_attaches_instead_of_returning_is_told() -> None:
    """The loop has ended by then; the note is on the result."""

    def factory(session):  # type: ignore[no-untyped-def]
        return SessionTools(post_run=lambda *_: session.attach(FILE))

    result = await Executor(models=ScriptedModel(["done"])).run(
        Agent(name="x"), "go", Invocation(session_tool_factory=factory)
    )

    assert result.artifacts == ()
    assert [str(note) for note in result.notes] == [
        "attach (tools): the file 'a.txt' came too late and was dropped"
    ]
