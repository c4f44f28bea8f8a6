"""What the tests share: a run of the pack with a scripted model, and a real OpenSCAD or the sentence that it is missing."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Defaults, Executor, Invocation, Ports, Result
from executus_core.testing import ScriptedModel, only_the_guard
from executus_scad_session_tools.pack import ScadPack
from executus_scad_session_tools.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

MISSING = "OpenSCAD is not installed: apt-get install --no-install-recommends openscad"


@pytest.fixture(autouse=True)
def _guarded() -> Iterator[None]:
    """The pack has no way to the network but the guard, and needs none."""
    with only_the_guard():
        yield


@pytest.fixture(scope="session")
def openscad() -> None:
    """A real OpenSCAD; `nox -s scad` sets the variable that makes its absence a failure."""
    if shutil.which("openscad"):
        return
    if os.environ.get("EXECUTUS_TEST_SCAD"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which runs make theirs, empty now."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def run(temporary: Path) -> Callable[..., Awaitable[Result]]:
    """Runs an agent that has the pack, and checks that nothing of it is left."""

    async def run(
        script: Sequence[object],
        settings: Mapping[str, object] | None = None,
        invocation: Invocation | None = None,
        **caps: object,
    ) -> Result:
        small = {"image_width_px": 160, "image_height_px": 120}  # nobody looks at these pictures
        pack = ScadPack(Settings(**{**small, **(settings or {})}))
        model = ScriptedModel(script)
        agent = Agent(name="maker", tools=["scad"], **{"max_runtime_s": 120, "max_steps": 30, **caps})
        defaults = Defaults(max_consecutive_tool_errors=None)
        async with Executor(
            models=model, ports=Ports(session_tools={"scad": pack}), defaults=defaults
        ) as executor:
            result = await executor.run(agent, "Make it.", invocation)
        assert not os.listdir(temporary)  # noqa: PTH208 - a list, in an async function
        return result

    return run


def texts(result: Result) -> list[str]:
    """What each tool call gave."""
    return [step.result.text for step in result.steps]


@pytest.fixture
def said() -> Callable[[Result], list[str]]:
    """Gives what each tool call of a run gave."""
    return texts
