"""A machine without OpenSCAD: one sentence says what to install, and the run goes on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from executus_core import RunStatus
from executus_core.testing import call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from executus_core import Result


async def test_every_tool_says_what_to_install(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """The operator's log says so too; what the model wrote is not lost."""
    script = [
        call("write_scad", name="cube", source="cube(1);"),
        call("check_scad", name="cube"),
        call("render_preview", name="cube"),
        call("measure", name="cube"),
        call("export", name="cube"),
        "There is no OpenSCAD.",
    ]

    with caplog.at_level(logging.WARNING, "executus.scad"):
        result = await run(script, {"binary": "openscad-is-not-here"})

    assert result.status is RunStatus.OK
    (sentence,) = set(said(result))
    assert sentence == (
        "error: OpenSCAD is not installed here ('openscad-is-not-here' was not found); install the package openscad "
        "(apt-get install --no-install-recommends openscad), or set [plugin.scad-session-tools] binary to its path"
    )
    assert [artifact.name for artifact in result.artifacts] == ["cube.scad"]
    assert "install the package openscad" in caplog.text


async def test_where_nothing_contains_it_nothing_is_started(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call says so; with ``unsafe`` the log does."""
    monkeypatch.setattr("executus_scad_session_tools.containment.has_landlock", lambda: False)

    async def no() -> bool:
        return False

    monkeypatch.setattr("executus_scad_session_tools.containment.has_bubblewrap", no)
    script = [call("write_scad", name="cube", source="cube(1);"), "It did not work."]

    result = await run(script, {"binary": "true"})

    assert "OpenSCAD can't be contained on this machine, so it was not started" in said(result)[0]


async def test_what_runs_uncontained_is_told_to_the_operator(
    run: Callable[..., Awaitable[Result]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("executus_scad_session_tools.containment.has_landlock", lambda: False)

    await run(["Hello."], {"binary": "true", "unsafe": True, "containment": "landlock"})

    assert "OpenSCAD runs uncontained" in caplog.text


async def test_a_program_that_is_no_openscad_is_an_error_like_any_other(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    script = [call("write_scad", name="a", source="cube(1);"), call("measure", name="a"), "It did not work."]

    result = await run(script, {"binary": "true"})

    assert result.status is RunStatus.OK
    assert "OpenSCAD made no model and did not say why" in said(result)[1]


async def test_a_source_that_is_not_there_is_named_with_the_nearest(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    script = [
        call("measure", name="cube"),
        call("write_scad", name="cube", source="cube(1);"),
        call("measure", name="cub"),
        "It did not work.",
    ]

    result = await run(script, {"binary": "true"})

    assert said(result)[0] == "error: there is no source yet; write one with write_scad first"
    assert said(result)[2] == "error: there is no source 'cub'. Did you mean 'cube'?"
