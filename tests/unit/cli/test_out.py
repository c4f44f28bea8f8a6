"""``--out``: what becomes of the files that a run makes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from executus_core.cli import exit_codes, main

PLOTTER = """
    from executus_core import Artifact, Plugin, Provider, ToolResult, hookimpl, tool
    from executus_core.llm import Message, Response, ToolCall, Usage

    plugin = Plugin(summary="Draws")

    @tool
    def draw(name: str) -> ToolResult:
        "Draw."
        files = (Artifact(name, "image/png", b"12345"), Artifact("log.txt", "text/plain", b""))
        return ToolResult("drawn", artifacts=files)

    class Model:
        context_tokens = 0
        name = "plotter"

        async def generate(self, request):
            said = request.messages[-1]
            if said.role == "tool" or said.text == "nothing":
                return Response(Message.assistant("done"), Usage())
            return Response(Message.assistant("", [ToolCall("1", "draw", '{"name": "%s"}' % said.text)]), Usage())

    class Models:
        async def resolve(self, spec):
            return Model() if spec == "fast" else None

        def tiers(self):
            return ("fast",)

    @hookimpl
    def executus_provide_tools():
        yield draw

    @hookimpl
    def executus_provide_model():
        yield Provider("plotter", Models)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, fake_dist, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a plugin that draws."""
    folder = tmp_path / "here"
    folder.mkdir()
    fake_dist("plotter", PLOTTER)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "plotter")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    return folder


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["run", "-t", "draw", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_written_into_the_folder_and_standard_error_says_where(capsys, here: Path) -> None:
    """The folder is made; standard output has the answer alone."""
    code, out, err = execute(capsys, "--out", "made/today", "plot.png")

    assert (code, out) == (exit_codes.OK, "done\n")
    assert err.splitlines() == [
        "wrote made/today/plot.png (image/png, 5 bytes)",
        "wrote made/today/log.txt (text/plain, 0 bytes)",
    ]
    assert files_in(here / "made" / "today") == {"plot.png": b"12345", "log.txt": b""}


def test_nothing_is_written_over(capsys, here: Path) -> None:
    """A name that is taken gets a number."""
    (here / "plot.png").write_bytes(b"mine")
    _, _, err = execute(capsys, "--out", ".", "plot.png")

    assert "wrote plot-2.png" in err
    assert files_in(here)["plot.png"] == b"mine"


def test_the_document_names_where_each_file_is(capsys) -> None:
    """Null where nobody kept it."""
    _, out, _ = execute(capsys, "--json", "--out", "made", "plot.png")
    _, without, _ = execute(capsys, "--json", "plot.png")

    kept, lost = json.loads(out)["artifacts"], json.loads(without)["artifacts"]
    assert kept[0] == {
        "name": "plot.png",
        "media_type": "image/png",
        "size_bytes": 5,
        "path": str(Path("made", "plot.png")),
    }
    assert [file["path"] for file in lost] == [None, None]


def test_without_the_option_a_person_is_told_what_is_lost(capsys) -> None:
    """And how to keep it."""
    _, _, err = execute(capsys, "plot.png")

    assert err == "Files that nobody keeps: plot.png, log.txt. To keep them: --out DIR\n"


def test_quiet_says_nothing_of_it(capsys, here: Path) -> None:
    """The files are there all the same."""
    assert execute(capsys, "-q", "--out", "made", "plot.png") == (0, "done\n", "")
    assert execute(capsys, "-q", "plot.png") == (0, "done\n", "")
    assert len(files_in(here / "made")) == 2


def test_a_run_without_files_says_nothing_of_them(capsys, here: Path) -> None:
    """Most runs make none."""
    assert execute(capsys, "--out", "made", "nothing") == (0, "done\n", "")
    assert files_in(here / "made") == {}


@pytest.mark.parametrize("command", ["run", "chat"])
def test_a_file_in_place_of_the_folder_is_refused_before_anything_is_run(
    capsys, here: Path, command: str
) -> None:
    """A run costs money."""
    (here / "taken").write_bytes(b"")
    code = main([command, "--out", "taken", *(["plot.png"] if command == "run" else [])])
    out, err = capsys.readouterr()

    assert (code, out) == (exit_codes.USAGE, "")
    assert "'--out': Directory 'taken' is a file" in err


def test_a_folder_that_can_not_be_made_is_refused_too(capsys, here: Path) -> None:
    """With the system's reason."""
    (here / "taken").write_bytes(b"")
    code, _, err = execute(capsys, "--out", "taken/inner", "plot.png")

    assert code == exit_codes.USAGE
    assert "--out taken/inner: Not a directory" in err


def test_a_file_that_can_not_be_written_fails_the_command_and_not_the_answer(capsys, here: Path) -> None:
    """The answer was paid for; what is there is named."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, hard))
    try:
        code = main(["run", "-t", "draw", "--json", "--out", "made", "plot.png"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    out, err = capsys.readouterr()

    document = json.loads(out)
    assert code == exit_codes.RUN_FAILED
    assert (document["status"], document["output"]) == ("ok", "done")
    assert [file["path"] for file in document["artifacts"]] == [None, None]
    assert "--out made: plot.png: File too large" in err
    assert files_in(here / "made") == {}


def test_a_chat_keeps_the_files_of_each_of_its_runs(
    capsys, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side, each named in the document of its run."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a.png\nnothing\na.png\n")))
    code = main(["chat", "-t", "draw", "--json", "--out", "made"])
    out, err = capsys.readouterr()

    runs = [json.loads(line) for line in out.splitlines()]
    paths = [[file["path"] for file in run["artifacts"]] for run in runs]
    made = Path("made")
    assert code == exit_codes.OK
    assert paths == [
        [str(made / "a.png"), str(made / "log.txt")],
        [],
        [str(made / "a-2.png"), str(made / "log-2.txt")],
    ]
    assert err.count("wrote made") == 4


def test_a_name_from_a_model_stays_in_the_folder(capsys, here: Path) -> None:
    """It is refused where it is attached, and could not leave if it were not."""
    code, _, _ = execute(capsys, "--out", "made", "../up.png")

    assert code == exit_codes.OK
    assert files_in(here / "made") == {}
    assert [path.name for path in here.iterdir()] == ["made"]
