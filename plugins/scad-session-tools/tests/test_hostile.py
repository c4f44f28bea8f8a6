"""Sources that a hostile or a clumsy model may write: each is one clear sentence, and the run goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from executus_core import InputFile, Invocation, RunStatus
from executus_core.testing import call
from executus_scad_session_tools.containment import has_bubblewrap, has_landlock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from executus_core import Result

pytestmark = pytest.mark.usefixtures("openscad")

CANARY = 'canary = "it got out"; module canary() { cube(7); }'


@pytest.fixture(params=["landlock", "bubblewrap"])
async def contained(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings for each containment that this machine has."""
    if not (has_landlock() if request.param == "landlock" else await has_bubblewrap()):
        pytest.skip(f"{request.param} does not work on this machine")
    return {"containment": request.param}


@pytest.fixture
def outside(temporary: Path) -> Path:
    """A folder beside those of the runs, with something in it for each way to read."""
    folder = temporary.parent / "outside"
    folder.mkdir()
    (folder / "canary.scad").write_text(CANARY)
    (folder / "canary.stl").write_text(
        "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 9 0 0\nvertex 0 9 0\nendloop\nendfacet\nendsolid x\n"
    )
    (folder / "canary.dat").write_text("1 2\n3 4\n")
    return folder


ESCAPES = [
    "include <{outside}/canary.scad>\necho(canary); cube(1);",
    "include <../../../outside/canary.scad>\necho(canary); cube(1);",
    "use <{outside}/canary.scad>\ncanary();",
    "use <../../../outside/canary.scad>\ncanary();",
    'import("{outside}/canary.stl");',
    'import("../../../outside/canary.stl");',
    'import(str("{outside}", "/", "canary.stl"));',
    'surface(file = "{outside}/canary.dat");',
    'surface(file = "../../../outside/canary.dat");',
]


async def test_no_source_reads_what_is_not_the_runs(
    contained: dict[str, str],
    outside: Path,
    run: Callable[..., Awaitable[Result]],
    said: Callable[..., list[str]],
) -> None:
    """By an absolute path, by ``..``, or by a name that is made only when it runs."""
    script = []
    # one of each kind is enough for the second: what it keeps from whom is tried in test_containment.py
    for source in ESCAPES if contained["containment"] == "landlock" else ESCAPES[::2]:
        script.append(call("write_scad", name="spy", source=source.replace("{outside}", str(outside))))
        script.append(call("measure", name="spy"))

    result = await run([*script, "It did not work."], contained)

    measured = result.steps[1::2]
    assert result.status is RunStatus.OK
    assert not [text for text in said(result) if "got out" in text]
    assert all(step.is_error for step in measured)
    # "Can't open include file", "couldn't be opened"
    assert not [
        step for step in measured if not re.search("makes no model: .* open", step.result.text, re.DOTALL)
    ]


async def test_a_link_in_the_folder_leads_nowhere(
    contained: dict[str, str],
    outside: Path,
    temporary: Path,
    run: Callable[..., Awaitable[Result]],
    said: Callable[..., list[str]],
) -> None:
    """However it came there."""

    def plant(request: object) -> object:
        (folder,) = temporary.iterdir()
        (folder / "sources" / "link.scad").symlink_to(outside / "canary.scad")
        return call("write_scad", name="spy", source="include <link.scad>\necho(canary); cube(1);")

    result = await run([plant, "It did not work."], contained)

    assert "Can't open include file 'link.scad'" in said(result)[0]
    assert "got out" not in said(result)[0]


async def test_a_source_that_is_a_link_is_replaced_and_not_followed(
    outside: Path, temporary: Path, run: Callable[..., Awaitable[Result]]
) -> None:
    def plant(request: object) -> object:
        (folder,) = temporary.iterdir()
        (folder / "sources" / "spy.scad").symlink_to(outside / "canary.scad")
        return call("write_scad", name="spy", source="cube(1);")

    await run([plant, "Done."])

    assert (outside / "canary.scad").read_text() == CANARY


@pytest.mark.parametrize("name", ["../spy", "/tmp/spy", "a/b", "", ".spy", "a.b", "spy\0", "-o", "a" * 64])
async def test_a_name_is_a_name(
    name: str, run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    """A path is none, nor an option."""
    result = await run([call("write_scad", name=name, source="cube(1);"), "It did not work."])

    assert result.steps[0].is_error
    assert "can't be the name of a source" in said(result)[0]


LIMITS = {
    "recursion": ("module f() { f(); } f();", "Recursion detected calling module 'f'", {}),
    "memory": ("sphere(r = 10, $fn = 1e9);", "needed more than 1024 MiB of memory", {}),
    "echoes": (
        "s = chr([for (i = [0:99], j = [0:99]) 120]); for (i = [0:99], j = [0:99]) echo(s); cube(1);",
        "said more than 256 KiB",
        {},
    ),
    "minkowski": (
        "minkowski() { difference() { sphere(9, $fn = 60); sphere(8); } minkowski() { sphere(5, $fn = 60); cube(3); } }",
        "did not finish hostile.scad within 5 s",
        {"timeout_s": 5},  # what comes after it has no more
    ),
    "triangles": ("sphere(10, $fn = 60);", "triangles, 1000 are allowed", {"max_triangles": 1000}),
    "file": (
        "sphere(10, $fn = 200);",
        "a file of more than 1 MiB",
        {"max_file_mib": 1},
    ),
    "flat": ("square(5);", "the model is flat", {}),
    "empty": ("cube(0);", "the model is empty", {}),
    "no source at all": ("", "the model is empty", {}),
}


@pytest.mark.parametrize("kind", LIMITS)
async def test_a_limit_is_one_sentence_and_the_run_goes_on(
    kind: str, run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    """That names the limit; what comes after is served as ever."""
    source, sentence, values = LIMITS[kind]
    script = [
        call("write_scad", name="hostile", source=source),
        call("render_preview", name="hostile"),
        call("write_scad", name="good", source="cube(2);"),
        call("measure", name="good"),
        "Done.",
    ]

    result = await run(script, {"post_run_timeout_s": 2, **values})

    assert result.status is RunStatus.OK
    assert result.steps[1].is_error
    assert sentence in said(result)[1]
    assert '"volume_mm3":8.0' in said(result)[3]
    assert len(said(result)[1]) < 1000


async def test_a_source_that_is_too_large_is_refused(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    script = [call("write_scad", name="big", source="cube(1); " * 1000), "It did not work."]

    result = await run(script, {"max_source_kib": 1})

    assert said(result) == [
        "error: big.scad has 9000 bytes; a source may have 1 KiB: write loops and modules"
    ]


async def test_there_are_not_too_many_sources_or_previews(
    run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    script = [
        call("write_scad", name="a", source="cube(1);"),
        call("write_scad", name="b", source="cube(1);"),
        call("write_scad", name="a", source="cube(2);"),
        call("render_preview", name="a"),
        call("render_preview", name="a"),
        "Done.",
    ]

    result = await run(script, {"max_sources": 1, "max_previews": 1})

    assert [step.is_error for step in result.steps] == [False, True, False, False, True]
    assert "write over one of them" in said(result)[1]
    assert "all 1 previews of this run are used" in said(result)[4]


async def test_the_files_that_came_with_a_run_can_be_imported(
    outside: Path, run: Callable[..., Awaitable[Result]], said: Callable[..., list[str]]
) -> None:
    """By their name without its folders, which the tool's description tells; a name that is nothing is left out."""
    files = [
        InputFile("../../a bump.dat", "text/plain", (outside / "canary.dat").read_bytes()),
        InputFile("..", "text/plain", b"1"),
    ]
    described = []

    def look(request: object) -> object:
        described.extend(tool.description for tool in request.tools if tool.name == "write_scad")
        return call("write_scad", name="map", source='surface(file = "a_bump.dat");')

    result = await run([look, call("measure", name="map"), "Done."], None, Invocation(input_files=files))

    assert described[0].endswith("Files that it can import: a_bump.dat.")
    assert '"is_watertight":true' in said(result)[1]
