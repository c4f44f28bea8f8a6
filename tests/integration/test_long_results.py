"""Results that are too long for a model: both ends are shown, the whole is kept, and the model can read on."""

from __future__ import annotations

import asyncio
import gc
import json
import tempfile
from typing import TYPE_CHECKING

import pytest

from executus_core import (
    Agent,
    Defaults,
    Executor,
    Invocation,
    Ports,
    ToolContext,
    ToolError,
    ToolRegistry,
    ToolResult,
    tool,
)
from executus_core.llm import ImagePart, TextPart
from executus_core.record.permission import Decision
from executus_core.testing import MemoryAudit, ScriptedModel, ScriptedPolicy, call, no_leaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from executus_core import Result
    from executus_core.llm import ModelRequest

LIMIT = 1000
DEFAULTS = Defaults(max_tool_result_chars=LIMIT)
LOG = "".join(f"{number:09}\n" for number in range(1000))
"""Ten thousand characters; every ten of them say where they stand."""

AGENT = Agent(name="x", tools=("read_log", "fail", "look", "answer"))


@tool
async def read_log(letter: str = "") -> str:
    """Read a log."""
    return LOG.replace("0", letter) if letter else LOG


@tool
async def fail() -> str:
    """Fail at length."""
    raise ToolError("it went wrong: " + LOG)


@tool
async def look() -> ToolResult:
    """Look."""
    return ToolResult((TextPart("short"), ImagePart(b"\x89PNG"), TextPart(LOG), TextPart("é" * 2000)))


@tool
async def answer() -> str:
    """Answer."""
    return "short"


TOOLS = (read_log, fail, look, answer)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; whatever a run leaves open there fails the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    gc.collect()


async def _run(model: ScriptedModel, **options: object) -> Result:
    given = {"defaults": DEFAULTS, "registry": TOOLS, **options}
    async with no_leaks():
        return await Executor(models=model, **given).run(AGENT, "go")  # type: ignore[arg-type]


def _names(request: ModelRequest) -> list[str]:
    return [spec.name for spec in request.tools]


async def test_a_model_reads_on_in_what_it_did_not_see() -> None:
    """The note says how; the pages are characters of the whole."""
    model = ScriptedModel(
        [
            call("read_log"),
            call("read_result", name="result-1", offset=500, max_chars=20),
            call("read_result", name="result-1", find="000000777"),
            "done",
        ]
    )
    result = await _run(model)

    shown, page, found = (step.result.text for step in result.steps)
    assert shown == (
        f"{LOG[:500]}\n[... 9000 of 10000 characters left out; "
        f'read on with read_result(name="result-1", offset=500) ...]\n{LOG[-500:]}'
    )
    assert (
        page == "[result-1, characters 500 to 520 of 10000; read on with offset=520]\n000000050\n000000051\n"
    )
    assert "1 of 1 places" in found
    assert "offset 7770: " in found
    assert (result.status, result.notes) == ("ok", ())


async def test_the_whole_can_be_put_together_of_its_pages() -> None:
    """Nothing is lost, and no answer is longer than the limit and one line."""
    read: list[str] = []

    async def next_page(request: ModelRequest) -> object:
        head, _, page = request.messages[-1].text.partition("\n")
        read.append(page)
        _, _, offset = head.rstrip("]").partition("offset=")
        return call("read_result", name="result-1", offset=int(offset)) if offset else "done"

    model = ScriptedModel([call("read_log"), call("read_result", name="result-1"), *[next_page] * 10])
    result = await _run(model)

    assert result.output == "done"
    assert "".join(read) == LOG
    assert max(map(len, read)) == LIMIT


async def test_one_line_of_json_is_read_on_in_too() -> None:
    """Lines are no measure: a reply of a service is often one."""

    @tool
    async def fetch() -> dict[str, object]:
        """Fetch."""
        return {"rows": [{"id": number, "name": "é" * 5} for number in range(1000)], "end": True}

    model = ScriptedModel([call("fetch"), call("read_result", name="result-1", find='"id":500,'), "done"])
    executor = Executor(models=model, registry=[fetch], defaults=DEFAULTS)
    result = await executor.run(Agent(name="x", tools=("fetch",)), "go")

    rows = [{"id": number, "name": "é" * 5} for number in range(1000)]
    whole = json.dumps({"rows": rows, "end": True}, ensure_ascii=False, separators=(",", ":"))
    place = whole.index('"id":500,')
    assert f"\noffset {place}: " in result.steps[1].result.text


async def test_the_tool_appears_with_the_first_long_result_and_a_run_without_one_stays_as_it_was() -> None:
    """Other runs of the agent share its toolbox, and see nothing of it."""
    model = ScriptedModel([call("answer"), call("read_log"), "done", call("answer"), "done"])
    executor = Executor(models=model, registry=TOOLS, defaults=DEFAULTS)

    await executor.run(AGENT, "go")
    await executor.run(AGENT, "go")

    own = list(AGENT.tools)
    assert [_names(request) for request in model.requests] == [own, own, [*own, "read_result"], own, own]


async def test_runs_side_by_side_read_their_own() -> None:
    """One name, two runs, two texts."""

    def script(letter: str) -> ScriptedModel:
        return ScriptedModel(
            [call("read_log", letter=letter), call("read_result", name="result-1", max_chars=5), "done"]
        )

    results = await asyncio.gather(*(_run_beside(script(letter)) for letter in "abcdef"))

    assert [one.steps[1].result.text[-5:] for one in results] == [letter * 5 for letter in "abcdef"]


async def _run_beside(model: ScriptedModel) -> Result:
    return await Executor(models=model, registry=TOOLS, defaults=DEFAULTS).run(AGENT, "go")


async def test_long_results_of_one_step_are_all_kept() -> None:
    """Side by side, each under a name of its own; the tool is added once."""
    letters = "abcdefgh"
    model = ScriptedModel(
        [
            [call("read_log", letter=letter) for letter in letters],
            [call("read_result", name=f"result-{number}", max_chars=1) for number in range(1, 9)],
            "done",
        ]
    )
    result = await _run(model)

    shown, read = result.steps[:8], result.steps[8:]
    named = {
        step.result.text.partition('name="')[2].partition('"')[0]: letters[at]
        for at, step in enumerate(shown)
    }
    assert [step.result.text[-1] for step in read] == [named[f"result-{number}"] for number in range(1, 9)]
    assert _names(model.requests[1]).count("read_result") == 1


async def test_each_long_text_of_a_result_is_kept_and_pictures_stay() -> None:
    """Short texts and pictures are shown as they are."""
    result = await _run(
        ScriptedModel([call("look"), call("read_result", name="result-2", offset=1999), "done"])
    )

    parts = result.steps[0].result.parts
    assert parts[:2] == (TextPart("short"), ImagePart(b"\x89PNG"))
    assert ['name="result-1"' in str(parts[2]), 'name="result-2"' in str(parts[3])] == [True, True]
    assert result.steps[1].result.text.endswith("its end]\né")


async def test_a_long_error_is_kept_too_and_stays_an_error() -> None:
    """Compilers write pages."""
    result = await _run(
        ScriptedModel([call("fail"), call("read_result", name="result-1", max_chars=30), "done"])
    )

    assert [step.is_error for step in result.steps] == [True, False]
    assert len(result.steps[0].result.text) < LIMIT + 150
    assert result.steps[1].result.text.endswith("error: it went wrong: 00000000")


async def test_a_tool_of_that_name_keeps_it_and_long_results_are_cut() -> None:
    """The note, given once, names whose tool it is."""

    @tool(name="read_result")
    async def other() -> str:
        """Do something else."""
        return "something else"

    other.origin = "my-plugin"
    model = ScriptedModel([call("read_log"), call("read_log", letter="b"), call("read_result"), "done"])
    executor = Executor(models=model, registry=[read_log, other], defaults=DEFAULTS)
    result = await executor.run(Agent(name="x", tools=("read_log", "read_result")), "go")

    assert "\n[... 9000 of 10000 characters left out ...]\n" in result.steps[0].result.text
    assert result.steps[2].result.text == "something else"
    assert [str(note) for note in result.notes] == [
        "tools (executus): a tool named 'read_result' is there already (my-plugin), so long results are cut"
    ]


async def test_a_host_that_does_not_allow_the_reader_has_long_results_cut() -> None:
    """What a host's lists say holds for its own tool too."""
    registry = ToolRegistry(TOOLS, deny=["read_result"])
    model = ScriptedModel(
        [call("read_log"), call("read_log", letter="b"), call("read_result", name="result-1"), "done"]
    )
    result = await _run(model, registry=registry)

    assert "9000 of 10000 characters left out ...]" in result.steps[0].result.text
    assert result.steps[2].result.text.startswith("error: there is no tool named 'read_result'")
    assert [_names(request) for request in model.requests] == [list(AGENT.tools)] * 4
    (note,) = result.notes
    assert note.message.startswith("'read_result' was left out: ")
    assert note.message.endswith(", so long results are cut")


async def test_what_a_run_keeps_is_bounded() -> None:
    """What is beyond is cut, and both the model and the result say so."""
    defaults = Defaults(max_tool_result_chars=LIMIT, max_kept_result_bytes=15_000)
    model = ScriptedModel([call("read_log"), call("read_log", letter="b"), "done"])
    result = await _run(model, defaults=defaults)

    assert "result-1" in result.steps[0].result.text
    assert "9000 of 10000 characters left out; this run keeps no more ...]" in result.steps[1].result.text
    assert [note.message for note in result.notes] == [
        "the long results of this run would be more than 15000 bytes"
    ]


async def test_without_a_place_for_files_a_long_result_is_cut_and_the_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is read-only or gone."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "nothing" / "here"))
    model = ScriptedModel([call("read_log"), call("read_log", letter="b"), "done"])
    result = await _run(model)

    assert result.status == "ok"
    assert "9000 of 10000 characters left out; they could not be kept ...]" in result.steps[1].result.text
    assert [note.message.partition(":")[0] for note in result.notes] == ["a long result could not be kept"]
    assert "read_result" not in _names(model.requests[2])


async def test_on_a_full_disk_what_fits_is_kept_and_what_does_not_is_cut() -> None:
    """Half a result is no result: the next one lies where it began."""
    resource = pytest.importorskip("resource")

    @tool
    async def read_much(chars: int) -> str:
        """Read much."""
        return "x" * (chars - 3) + "end"

    sizes = (100_000, 3_000_000, 200_000)
    model = ScriptedModel(
        [
            *(call("read_much", chars=size) for size in sizes),
            call("read_result", name="result-2", offset=199_990),
            "done",
        ]
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        executor = Executor(models=model, registry=[read_much], defaults=DEFAULTS)
        result = await executor.run(Agent(name="x", tools=("read_much",)), "go")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    kept = [step.result.text.partition("left out; ")[2].partition(" ...]")[0] for step in result.steps[:3]]
    assert kept == [
        'read on with read_result(name="result-1", offset=500)',
        "they could not be kept",
        'read on with read_result(name="result-2", offset=500)',
    ]
    assert result.steps[3].result.text.endswith("its end]\nxxxxxxxend")


async def test_what_is_kept_has_no_name_on_the_disk(folder: Path) -> None:
    """Nobody else can open it, and nothing is left even of a process that is killed."""
    seen: list[list[Path]] = []

    def look_around(request: ModelRequest) -> str:
        seen.append(list(folder.iterdir()))
        return "done"

    result = await _run(ScriptedModel([call("read_log"), look_around]))

    assert "result-1" in result.steps[0].result.text
    assert seen == [[]]


async def test_the_reader_passes_permission_and_is_on_record_like_any_tool() -> None:
    """It is a tool of the host's own; what was kept stays out of the record."""
    audit = MemoryAudit()
    model = ScriptedModel([call("read_log"), call("read_result", name="result-1"), "done"])
    policy = ScriptedPolicy({"read_result": Decision("deny", "not today")})
    result = await _run(model, ports=Ports(audit=audit, policies=policy))

    assert [question.tool for question in policy.questions] == ["read_log", "read_result"]
    assert result.steps[1].result.text == "error: the call of 'read_result' was denied: not today"
    (record,) = audit.records.values()
    kept = [event.payload for event in record.events if event.type == "tool.result_kept"]
    call_id = result.steps[0].tool_call.id
    assert kept == [{"call_id": call_id, "tool": "read_log", "name": "result-1", "chars": 10_000}]


async def test_a_conversation_never_has_two_results_of_one_name() -> None:
    """What an earlier run kept is gone, and its name in the history means nothing else now."""
    model = ScriptedModel(
        [
            call("read_log"),
            "done",
            call("answer"),
            call("read_log", letter="b"),
            call("read_result", name="result-1"),
            "done",
        ]
    )
    executor = Executor(models=model, registry=TOOLS, defaults=DEFAULTS)

    first = await executor.run(AGENT, "go")
    second = await executor.run(AGENT, "go on", Invocation(history=first.history))

    assert 'name="result-3"' in second.steps[1].result.text
    assert second.steps[2].result.text.startswith("error: this run keeps no result named 'result-1'.")


async def test_a_run_inside_of_a_run_keeps_its_own() -> None:
    """What the inner one answers is a result of the outer one."""
    inner_model = ScriptedModel(
        [call("read_log", letter="i"), call("read_result", name="result-1", max_chars=3), "i" * 5000]
    )
    inner = Executor(models=inner_model, registry=TOOLS, defaults=DEFAULTS)

    @tool
    async def delegate(ctx: ToolContext) -> str:
        """Delegate."""
        done = await inner.run(Agent(name="inner", tools=("read_log",)), "go")
        return done.output

    model = ScriptedModel(
        [
            call("read_log", letter="o"),
            call("delegate"),
            call("read_result", name="result-1", max_chars=3),
            call("read_result", name="result-2", max_chars=3),
            "done",
        ]
    )
    outer = Executor(models=model, registry=[read_log, delegate], defaults=DEFAULTS)
    result = await outer.run(Agent(name="outer", tools=("read_log", "delegate")), "go")

    assert inner_model.requests[2].messages[-1].text.endswith("\niii")
    assert [step.result.text[-3:] for step in result.steps[2:]] == ["ooo", "iii"]


async def test_a_run_that_is_stopped_while_it_keeps_leaves_nothing_behind() -> None:
    """The file goes with the run, however that ends."""
    begun = asyncio.Event()

    @tool
    async def read_twice() -> str:
        """Read twice."""
        asyncio.get_running_loop().call_soon(begun.set)
        return LOG

    model = ScriptedModel([[call("read_twice")] * 8])
    executor = Executor(models=model, registry=[read_twice], defaults=DEFAULTS)
    run = executor.start(Agent(name="x", tools=("read_twice",)), "go")
    async with no_leaks():
        await begun.wait()
        run.cancel()
        result = await run

    assert result.status == "cancelled"
