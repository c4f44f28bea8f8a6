"""However a run ends, it leaves its artifacts, no folder and no process. With a real OpenSCAD."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Executor, Ports, RunStatus
from executus_core.testing import ScriptedModel, call, no_leaks
from executus_scad_session_tools.containment import has_bubblewrap, has_landlock
from executus_scad_session_tools.pack import ScadPack
from executus_scad_session_tools.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core import Result
    from executus_core.ports import Clock
    from executus_core.testing import FakeClock

pytestmark = pytest.mark.usefixtures("openscad")

CUBE = "size = 3; cube(size);"
SLOW = "minkowski() { difference() { sphere(9, $fn = 60); sphere(8); } minkowski() { sphere(5, $fn = 60); cube(3); } }"


def names(result: Result) -> list[str]:
    return [artifact.name for artifact in result.artifacts]


def files_in(folder: Path) -> list[Path]:
    """Whatever is left in a folder."""
    return list(folder.iterdir())


def started_in(folder: Path) -> list[str]:
    """The command lines of all processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.joinpath("cwd").readlink().is_relative_to(folder):
                found.append(process.joinpath("cmdline").read_text())
        except OSError:  # it is gone, or not ours
            continue
    return found


async def test_a_run_leaves_its_source_its_model_and_a_picture(run: Callable[..., Awaitable[Result]]) -> None:
    """Also when its model exported nothing, with what was measured."""
    result = await run([call("write_scad", name="cube", source=CUBE), "Done."])

    assert names(result) == ["cube.scad", "cube.stl", "cube.png"]
    assert result.artifacts[0].data == CUBE.encode()
    assert result.artifacts[2].data.startswith(b"\x89PNG")
    assert result.post_run is not None
    facts = result.post_run.metadata["scad"]
    assert (facts["source"], facts["model"], facts["picture"]) == ("cube.scad", "cube.stl", "cube.png")
    assert facts["measures"]["volume_mm3"] == 27.0
    assert "problem" not in facts


async def test_what_was_exported_is_not_attached_again(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    """Nor twice by the model itself; an earlier state keeps a name of its own."""
    script = [
        call("write_scad", name="cube", source=CUBE),
        call("export", name="cube"),
        call("export", name="cube"),
        call("export", name="cube", format="3mf"),
        call("export", name="cube", format="off"),
        call("export", name="cube", parameters={"size": 5}),
        "Done.",
    ]

    result = await run(script)

    assert names(result) == ["cube.stl", "cube.3mf", "cube.off", "cube-2.stl", "cube.scad", "cube.png"]
    assert said(result)[2].startswith("cube.stl is attached already.")
    assert all(artifact.data for artifact in result.artifacts)
    assert len({artifact.data for artifact in result.artifacts}) == 6
    assert result.post_run is not None
    assert result.post_run.metadata["scad"]["model"] == "cube-2.stl"
    assert result.post_run.metadata["scad"]["measures"]["volume_mm3"] == 125.0


async def test_what_one_response_exports_is_what_it_wrote(run: Callable[..., Awaitable[Result]]) -> None:
    """In the order of its calls, however many there are."""
    calls = [call("write_scad", name="cube", source=CUBE)]
    calls += [call("export", name="cube", parameters={"size": size}) for size in range(1, 8)]
    calls += [call("write_scad", name="cube", source="cube(9);"), call("measure", name="cube")]

    result = await run([calls, "Done."])

    assert names(result)[:7] == ["cube.stl", *(f"cube-{number}.stl" for number in range(2, 8))]
    assert not [step for step in result.steps if step.is_error]
    assert '"volume_mm3":729.0' in result.steps[-1].result.text


async def test_no_name_is_the_source_that_was_worked_on_last(run: Callable[..., Awaitable[Result]]) -> None:
    """Written, measured, drawn or exported."""
    script = [
        call("write_scad", name="first", source=CUBE),
        call("write_scad", name="second", source="cube(9);"),
        call("measure"),
        call("measure", name="first"),
        call("export"),
        "Done.",
    ]

    result = await run(script)

    assert '"volume_mm3":729.0' in result.steps[2].result.text
    assert names(result)[0] == "first.stl"


async def test_a_run_that_hit_its_ceiling_leaves_them_too(run: Callable[..., Awaitable[Result]]) -> None:
    result = await run([call("write_scad", name="cube", source=CUBE)], max_steps=1)

    assert result.status is RunStatus.ERROR
    assert names(result) == ["cube.scad", "cube.stl", "cube.png"]


async def test_a_run_whose_model_fails_leaves_them_too(run: Callable[..., Awaitable[Result]]) -> None:
    result = await run([call("write_scad", name="cube", source=CUBE), RuntimeError("no answer")])

    assert result.status is RunStatus.ERROR
    assert names(result) == ["cube.scad", "cube.stl", "cube.png"]


async def test_a_source_that_makes_no_model_is_left_with_the_last_one_that_did(
    run: Callable[..., Awaitable[Result]],
) -> None:
    """And it is said that they don't belong together."""
    script = [
        call("write_scad", name="cube", source=CUBE),
        call("measure", name="cube"),
        call("write_scad", name="cube", source="cube(size);"),
        "Done.",
    ]

    result = await run(script)

    assert names(result) == ["cube.scad", "cube.stl", "cube.png"]
    assert result.artifacts[0].data == b"cube(size);"
    assert result.post_run is not None
    problem = result.post_run.metadata["scad"]["problem"]
    assert problem.startswith("the model is an earlier one: cube.scad makes no model: ")
    assert "unknown variable 'size'" in problem


async def test_a_model_that_takes_too_long_at_the_end_is_left_out(
    run: Callable[..., Awaitable[Result]],
) -> None:
    """Of the end's own time, not of the tools'."""
    result = await run([call("write_scad", name="slow", source=SLOW), "Done."], {"post_run_timeout_s": 0.5})

    assert names(result) == ["slow.scad"]
    assert result.post_run is not None
    assert result.post_run.metadata["scad"]["problem"].startswith("there is no model: to make it took")


async def test_a_run_that_wrote_nothing_leaves_nothing(run: Callable[..., Awaitable[Result]]) -> None:
    result = await run(["I have nothing to do."])

    assert (result.artifacts, result.post_run, result.notes) == ((), None, ())


async def until_it_renders(folder: Path) -> None:
    """Wait until OpenSCAD itself, and not yet the launcher, works in a folder."""
    async with asyncio.timeout(120):
        while not any(  # noqa: ASYNC110 - no event comes from another program
            "/openscad\0--hardwarnings" in line and "launcher.py" not in line for line in started_in(folder)
        ):
            await asyncio.sleep(0.02)


def slow_run(containment: str = "auto", clock: Clock | None = None) -> tuple[Executor, Agent]:
    """An executor whose run renders until it is stopped."""
    script = [call("write_scad", name="slow", source=SLOW), call("render_preview", name="slow")]
    pack = ScadPack(Settings(post_run_timeout_s=0.5, containment=containment))
    ports = Ports(clock=clock, session_tools={"scad": pack})
    return Executor(models=ScriptedModel(script), ports=ports), Agent(
        name="maker", tools=["scad"], max_runtime_s=60
    )


async def test_a_run_whose_time_is_over_in_a_render_leaves_no_process(
    temporary: Path, fake_clock: FakeClock
) -> None:
    executor, agent = slow_run(clock=fake_clock)

    async with no_leaks():
        run = executor.start(agent, "Make it.")
        await until_it_renders(temporary)
        await fake_clock.advance(60)
        result = await run

    assert result.status is RunStatus.TIMEOUT
    assert names(result) == ["slow.scad"]
    assert not started_in(temporary)
    assert not files_in(temporary)


@pytest.mark.parametrize("containment", ["landlock", "bubblewrap"])
async def test_a_run_that_is_cancelled_in_a_render_leaves_no_process(
    containment: str, temporary: Path
) -> None:
    """However it is contained."""
    if not (has_landlock() if containment == "landlock" else await has_bubblewrap()):
        pytest.skip(f"{containment} does not work on this machine")
    executor, agent = slow_run(containment)

    async with no_leaks():
        run = executor.start(agent, "Make it.")
        await until_it_renders(temporary)
        run.cancel("enough")
        result = await run

    assert result.status is RunStatus.CANCELLED
    assert names(result) == ["slow.scad"]
    assert not started_in(temporary)
    assert not files_in(temporary)


async def test_a_run_whose_caller_goes_away_in_a_render_leaves_no_process(temporary: Path) -> None:
    executor, agent = slow_run()

    async with no_leaks():
        task = asyncio.create_task(executor.run(agent, "Make it."))
        await until_it_renders(temporary)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not started_in(temporary)
    assert not files_in(temporary)


async def test_only_so_many_render_at_the_same_time(temporary: Path) -> None:
    """Over all runs of a host."""
    most = 0

    def script() -> ScriptedModel:
        return ScriptedModel([call("write_scad", name="a", source="cube(1);"), "Done."])

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(started_in(temporary)))
            await asyncio.sleep(0.02)

    agent = Agent(name="maker", tools=["scad"])
    pack = ScadPack(Settings(max_concurrent=1))
    watcher = asyncio.create_task(watch())
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            executor = Executor(models=script(), ports=Ports(session_tools={"scad": pack}))
            group.create_task(executor.run(agent, "Make it."))
    watcher.cancel()
    await asyncio.wait([watcher])

    assert most == 1
