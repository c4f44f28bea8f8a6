"""``executus run``: what goes in, what comes out, and on which stream."""

import base64
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from executus_core.cli import exit_codes, main
from executus_core.cli.run.screen import Screen
from executus_core.cli.screen.words import printable
from executus_core.errors import BudgetExceededError, RunCancelledError, RunKilledError, RunPausedError
from executus_core.llm import FilePart
from executus_core.testing import ScriptedModel, call

STUB = """
    import sys

    from executus_core import Plugin, Provider, hookimpl

    plugin = Plugin(summary="The model that a test made")

    class Models:
        async def resolve(self, spec):
            return sys.modules["model_of_the_test"].model if spec == "fast" else None

        def tiers(self):
            return ("fast",)

    @hookimpl
    def executus_provide_model():
        yield Provider("stub", Models)
"""

SHADOW = """
    from executus_core import Plugin, hookimpl, tool

    plugin = Plugin(summary="Counts something else")

    @tool
    def count() -> int:
        "Count."
        return 7

    @hookimpl
    def executus_provide_tools():
        yield count
"""

DICE = """
    import time
    from executus_core import Plugin, Provider, hookimpl, tool
    from executus_core.llm import Message, Response, ToolCall, Usage

    plugin = Plugin(summary="Dice and a model")

    @tool
    def roll(sides: int = 6) -> int:
        "Roll one die."
        return sides

    @tool
    def sleep() -> str:
        "Take a second."
        time.sleep(1)
        return "slept"

    @tool
    def crash() -> str:
        "Fail."
        raise ValueError("the secret inside")

    def once(name, arguments, answer):
        return lambda messages: answer if messages[-1].role == "tool" else [ToolCall("1", name, arguments)]

    def endless(messages):
        return [ToolCall(str(len(messages)), "roll", f'{{"sides": {len(messages)}}}')]

    def broken(messages):
        raise RuntimeError("no answer today")

    ANSWERS = {
        "fast": lambda messages: "hello",
        "roller": once("roll", '{"sides": 4}', "rolled"),
        "sleeper": once("sleep", "", "awake"),
        "crashing": once("crash", "", "crashed"),
        "broken": broken,
        "hostile": lambda messages: "half \\ud800 and \\x1b[2J",
        "endless": endless,
        "echo": lambda messages: repr(messages[-1].parts),
    }

    class Model:
        context_tokens = 0

        def __init__(self, name):
            self.name = name

        async def generate(self, request):
            answer = ANSWERS[self.name](request.messages)
            text, calls = (answer, ()) if isinstance(answer, str) else ("", answer)
            return Response(Message.assistant(text, calls), Usage())

    class Models:
        async def resolve(self, spec):
            return Model(spec) if spec in ANSWERS else None

        def tiers(self):
            return tuple(ANSWERS)

    @hookimpl
    def executus_provide_tools():
        yield roll
        yield sleep
        yield crash
"""
MODEL = """
    @hookimpl
    def executus_provide_model():
        yield Provider("scripts", Models)
"""

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def somewhere_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one file, no plugin, and nobody at the keyboard."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "only.py").write_text('"""The only one."""\n')
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")
    monkeypatch.setattr(sys, "stdin", Stdin(b""))
    return folder


class Stdin(io.TextIOWrapper):
    """Standard input that is not a terminal."""

    def __init__(self, data: bytes, *, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture
def tools_only(fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools are installed, and no model."""
    fake_dist("dice", DICE)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice")


@pytest.fixture
def dice(fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools and a model are installed."""
    fake_dist("dice", DICE + MODEL)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice")


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["run", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


# ------------------------------------------------------------------------------------------- without a model


def test_without_a_model_it_says_so_and_answers_by_a_script(capsys) -> None:
    """Nobody takes the script for a model: standard error says it, and how to get a real one."""
    code, out, err = execute(capsys, "How many Python files are there, and which is the largest?")

    assert code == exit_codes.OK
    assert "There is 1 Python file" in out
    assert "only.py" in out
    said = " ".join(err.split())
    assert said.startswith("No model is configured, so a scripted one answers")
    assert said.endswith("For a real model: pip install executus-model-litellm")


def test_quiet_says_no_more_than_that_no_model_answers(capsys) -> None:
    """An answer that a script made stays known as one."""
    _, out, err = execute(capsys, "--quiet", "How many Python files are there?")

    assert out.startswith("There is 1 Python file")
    assert " ".join(err.split()).startswith("No model is configured")


def test_asked_for_by_name_the_script_needs_no_excuse(capsys, dice) -> None:
    """`--model scripted` works beside real models, and brings its tools."""
    code, out, err = execute(capsys, "--model", "scripted", "How many Python files are there?")

    assert (code, err) == (exit_codes.OK, "")
    assert out.startswith("There is 1 Python file")


@pytest.fixture
def real_model(fake_dist, monkeypatch: pytest.MonkeyPatch, somewhere_empty: Path) -> Callable[..., None]:
    """Serves a model of the test's own as the tier `fast`, beside other plugins."""

    def serve(model: ScriptedModel, *plugins: str) -> None:
        fake_dist("stub", STUB)
        monkeypatch.setitem(sys.modules, "model_of_the_test", SimpleNamespace(model=model))
        monkeypatch.setenv("EXECUTUS_PLUGINS", ",".join(["stub", *plugins]))

    return serve


def test_any_model_has_the_tools_of_the_folder_when_nobody_chose_others(
    capsys, real_model: Callable[..., None], somewhere_empty: Path
) -> None:
    """A question about the folder is answered by who can look into it."""
    (somewhere_empty / "note.txt").write_text("The key is under the mat.\n")
    model = ScriptedModel([call("read_file", path="note.txt"), "Under the mat."])
    real_model(model)

    code, out, _ = execute(capsys, "Where is the key?")

    assert (code, out) == (exit_codes.OK, "Under the mat.\n")
    asked, answered = model.requests
    assert {one.name for one in asked.tools} == {"count", "list_files", "read_file", "search_files"}
    assert "under the mat" in answered.messages[-1].text


@pytest.mark.parametrize("options", [["--tool", "count"], ["--agent", "counter.toml"]])
def test_who_chooses_tools_gets_those_and_no_others(
    capsys, real_model: Callable[..., None], somewhere_empty: Path, options: list[str]
) -> None:
    """The folder's tools can be named like installed ones."""
    (somewhere_empty / "counter.toml").write_text('name = "counter"\ntools = ["count"]\n')
    model = ScriptedModel(["Done."])
    real_model(model)

    assert execute(capsys, *options, "hi")[0] == exit_codes.OK

    (asked,) = model.requests
    assert [one.name for one in asked.tools] == ["count"]
    assert all(message.role != "system" for message in asked.messages)


def test_a_plugins_tool_goes_before_the_folders_of_that_name_for_those_who_name_it(
    capsys, real_model: Callable[..., None], fake_dist, somewhere_empty: Path
) -> None:
    """It is offered to whoever names it, and to nobody by itself: who names none has the folder's own, all of them."""
    fake_dist("shadow", SHADOW)
    model = ScriptedModel([call("count"), "Done.", call("count"), "Done."])
    real_model(model, "shadow")

    assert execute(capsys, "hi")[0] == exit_codes.OK
    assert execute(capsys, "--tool", "count", "hi")[0] == exit_codes.OK

    plain, counted, _, other = model.requests
    assert {one.name for one in plain.tools} == {"count", "list_files", "read_file", "search_files"}
    assert '"files":1' in counted.messages[-1].text
    assert other.messages[-1].text == "7"


def test_an_installed_tool_is_tried_without_a_model(capsys, tools_only) -> None:
    """The author of a tool needs no key to see it run."""
    code, out, _ = execute(capsys, "--tool", "roll", "roll sides=20")

    assert (code, out) == (exit_codes.OK, "roll gave:\n20\n")


def test_the_script_serves_an_agents_tier_and_not_its_spec(capsys, tools_only, somewhere_empty: Path) -> None:
    """A tier is whatever the host makes of it; who names a model wants that one."""
    (somewhere_empty / "tier.toml").write_text('name = "a"\nmodel_tier = "thinking"\n')
    (somewhere_empty / "spec.toml").write_text('name = "a"\nmodel_tier = "acme/large"\n')

    assert execute(capsys, "-a", "tier.toml", "hi")[0] == exit_codes.OK
    code, out, err = execute(capsys, "-a", "spec.toml", "hi")
    assert (code, out) == (exit_codes.USAGE, "")
    assert "no model for 'acme/large': no active plugin provides models" in err


def test_a_model_in_the_configuration_that_no_plugin_serves_is_an_error(
    capsys, somewhere_empty: Path
) -> None:
    """Somebody who configured a model is not given a script instead."""
    (somewhere_empty / "executus.toml").write_text('[models]\nfast = "acme/large"\n')

    code, _, err = execute(capsys, "hi")

    assert code == exit_codes.USAGE
    assert "no model for 'fast', which [models] sets to 'acme/large'" in err
    assert "--model scripted" in err


# ------------------------------------------------------------------------------------------------ what goes in


def test_the_prompt_comes_from_standard_input(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no words on the command line."""
    monkeypatch.setattr(sys, "stdin", Stdin("\ufeffHow many Python files are there?\n".encode()))

    assert execute(capsys)[1].startswith("There is 1 Python file")


def test_a_dash_adds_standard_input_to_the_words(capsys, dice, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `git diff | executus run "Review this:" -`."""
    monkeypatch.setattr(sys, "stdin", Stdin("+ größer\n".encode()))

    _, out, _ = execute(capsys, "-m", "echo", "Review", "this:", "-")

    assert out == "(TextPart(text='Review this:\\n\\n+ größer\\n'),)\n"


def test_standard_input_is_left_alone_where_the_words_say_it_all(
    capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a job it may be a pipe that never ends."""

    class Endless(Stdin):
        @property
        def buffer(self):
            raise AssertionError("read")

    monkeypatch.setattr(sys, "stdin", Endless(b""))

    assert execute(capsys, "What is in this folder?")[0] == exit_codes.OK


@pytest.mark.parametrize("words", [[""], ["  "], ["", " "], []])
def test_an_empty_prompt_is_refused(capsys, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With an example of one that is not."""
    monkeypatch.setattr(sys, "stdin", Stdin(b"", is_terminal=True))

    code, out, err = execute(capsys, *words)

    assert (code, out) == (exit_codes.USAGE, "")
    assert 'the prompt is empty; say what to do, as in: executus run "' in err


@pytest.mark.parametrize(
    ("data", "words", "said"),
    [
        (b" \n", [], "nothing came from standard input"),
        (b"", ["-"], "nothing came from standard input"),
        (
            b"\xff\xfe",
            [],
            "standard input is not UTF-8 text (byte 0); hand a file over with --file or --image",
        ),
        (b"x", ["-", "then this"], "'-' stands for standard input, and comes last"),
    ],
)
def test_standard_input_that_is_no_prompt_is_refused(
    capsys, monkeypatch: pytest.MonkeyPatch, data: bytes, words: list[str], said: str
) -> None:
    """Empty, or no text, or in the wrong place."""
    monkeypatch.setattr(sys, "stdin", Stdin(data))

    code, _, err = execute(capsys, *words)

    assert code == exit_codes.USAGE
    assert said in err


def test_a_picture_goes_to_the_model_also_without_a_prompt(capsys, dice, somewhere_empty: Path) -> None:
    """A picture is an input."""
    (somewhere_empty / "dot.png").write_bytes(PNG)

    _, out, _ = execute(capsys, "-m", "echo", "--image", "dot.png")

    assert "ImagePart(data=<67 bytes>, media_type='image/png')" in out


def test_a_picture_is_what_its_content_says(capsys, dice, somewhere_empty: Path) -> None:
    """A photograph that was saved under another name is sent as what it is."""
    (somewhere_empty / "photo.jpg").write_bytes(PNG)

    _, out, _ = execute(capsys, "-m", "echo", "--image", "photo.jpg")

    assert "media_type='image/png'" in out


def test_a_picture_may_be_a_url(capsys, dice, somewhere_empty: Path) -> None:
    """One of this machine is not fetched: an address that somebody sent may be meant for what only we can reach."""
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

    _, out, _ = execute(capsys, "-m", "echo", "--image", url)
    code, _, err = execute(capsys, "-m", "echo", "--image", "http://127.0.0.1:9/dot.png")

    assert "ImagePart(data=<67 bytes>, media_type='image/png')" in out
    assert code == exit_codes.USAGE
    assert err.startswith("executus: --image: the request to '127.0.0.1:9' was not sent")


SILENT = """
    from executus_core import Plugin, Provider, hookimpl
    from executus_core.testing import ScriptedModel

    plugin = Plugin(summary="A model without a word")

    class Models:
        async def resolve(self, spec):
            return ScriptedModel([""], strict=False)

    @hookimpl
    def executus_provide_model():
        yield Provider("silent", Models)
"""


def test_an_answer_without_a_word_is_told_from_no_answer(
    capsys, fake_dist, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on standard output would look as if nothing had happened."""
    fake_dist("silent", SILENT)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "silent")

    code, out, err = execute(capsys, "-m", "silent", "hi")

    assert (code, out, err) == (exit_codes.OK, "", "The answer has no text in it.\n")


def test_what_is_no_picture_is_refused_before_a_model_is_paid_for_it(
    capsys, dice, somewhere_empty: Path
) -> None:
    """The name alone makes none."""
    (somewhere_empty / "page.png").write_bytes(b"<!doctype html>")

    code, out, err = execute(capsys, "-m", "echo", "--image", "page.png")

    assert code == exit_codes.USAGE
    assert out == ""
    assert (
        err
        == "executus: --image: page.png is no picture that can be read; give PNG, JPEG, GIF, WebP, AVIF, TIFF or BMP\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--image", "only.py"], "--image: only.py is no picture that can be read"),
        (["--image", "no.png"], "--image: no.png can't be read: No such file or directory"),
        (["--file", "no.csv"], "--file no.csv: No such file or directory"),
    ],
)
def test_a_file_that_can_not_be_handed_over_names_its_option(capsys, arguments: list[str], said: str) -> None:
    """Before anything runs."""
    code, _, err = execute(capsys, *arguments, "look")

    assert code == exit_codes.USAGE
    assert said in err


def test_an_attachment_that_nobody_keeps_is_not_lost_in_silence(capsys, somewhere_empty: Path) -> None:
    """The contract lets the run go on; a person is told."""
    (somewhere_empty / "table.csv").write_text("a,b\n")

    code, _, err = execute(capsys, "--file", "table.csv", "How many Python files are there?")

    assert code == exit_codes.OK
    assert "nobody will see table.csv" in " ".join(err.split())


def test_an_attachment_that_the_model_reads_goes_to_it(
    capsys, real_model: Callable[..., None], somewhere_empty: Path
) -> None:
    """No plugin has to keep it, and nobody is told that it was for nothing."""
    (somewhere_empty / "plan.pdf").write_bytes(b"%PDF-1.7")
    model = ScriptedModel(["A plan."], reads=["application/pdf"])
    real_model(model)

    code, out, err = execute(capsys, "--file", "plan.pdf", "Sum up.")

    assert (code, out) == (exit_codes.OK, "A plan.\n")
    assert FilePart("plan.pdf", "application/pdf", b"%PDF-1.7") in model.requests[0].messages[-1].parts
    assert "nobody will see" not in " ".join(err.split())


# ---------------------------------------------------------------------------------------------------- the agent


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("agent.toml", 'name = "roller"\nmodel_tier = "roller"\ntools = ["roll"]\n'),
        ("agent.yaml", "name: roller\nmodel_tier: roller\ntools: [roll]\n"),
    ],
)
def test_an_agent_comes_from_a_file(capsys, dice, somewhere_empty: Path, name: str, text: str) -> None:
    """TOML or YAML."""
    (somewhere_empty / name).write_text(text)

    assert execute(capsys, "--agent", name, "go") == (exit_codes.OK, "rolled\n", "")


def test_options_go_over_the_agents_own_words(capsys, dice, somewhere_empty: Path) -> None:
    """Tier, tools, steps: the command line is the stronger."""
    (somewhere_empty / "agent.toml").write_text('name = "a"\nmodel_tier = "fast"\nmax_steps = 9\n')

    code, _, err = execute(capsys, "-a", "agent.toml", "-m", "roller", "-t", "ro*", "--max-steps", "1", "go")

    assert code == exit_codes.RUN_FAILED
    assert "used all of its 1 steps" in err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("bad.toml", 'name = "a"\nmodel_tier = \n', r"bad\.toml: not valid TOML: .*line 2"),
        ("bad.yaml", "name: a\n  tools: [", r"bad\.yaml: not valid YAML: .*line 2"),
        (
            "odd.toml",
            'name = "a"\nmodel_teir = "fast"\n',
            r"odd\.toml: .*'model_teir'.* Did you mean 'model_tier'\?",
        ),
        ("cap.toml", 'name = "a"\nmax_steps = -1\n', r"cap\.toml: .*'max_steps'.*greater than 0 \(got -1\)"),
        ("agent.txt", "name = 1", r"agent\.txt: cannot read '\.txt' files; use \.toml, \.yaml or \.json"),
    ],
)
def test_a_bad_agent_file_names_file_and_place(
    capsys, somewhere_empty: Path, name: str, text: str, said: str
) -> None:
    """So that it is mended without a search."""
    (somewhere_empty / name).write_text(text)

    code, out, err = execute(capsys, "-a", name, "go")

    assert (code, out) == (exit_codes.USAGE, "")
    assert re.search(said, err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tool", "rol"], "names the tool 'rol', which is not installed. Did you mean 'roll'?"),
        (["--tool", "zz*"], "--tool 'zz*' matches no installed tool."),
        (["--model", "rollr"], "no model for 'rollr': no model source knows it. Did you mean 'roller'?"),
    ],
)
def test_an_unknown_tool_or_tier_is_told_its_neighbour(capsys, dice, arguments: list[str], said: str) -> None:
    """A typo costs one look."""
    code, out, err = execute(capsys, *arguments, "go")

    assert (code, out) == (exit_codes.USAGE, "")
    assert said in err


def test_a_plugin_that_fails_stops_the_run_with_the_line_that_helps(
    capsys, fake_dist, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows what it would have provided."""
    fake_dist("broken", "raise RuntimeError('not today')")
    monkeypatch.setenv("EXECUTUS_PLUGINS", "broken")

    code, out, err = execute(capsys, "go")

    assert (code, out) == (exit_codes.PLUGIN, "")
    assert "not today" in err
    assert "EXECUTUS_PLUGINS_DISABLE=broken" in err


# ------------------------------------------------------------------------------------------------ what comes out


def test_json_is_one_document_that_tells_all(capsys, dice) -> None:
    """Its fields are documented, so they stay."""
    code, out, err = execute(capsys, "--json", "-m", "roller", "-t", "roll", "go")
    document = json.loads(out)

    assert (code, err) == (exit_codes.OK, "")
    assert list(document) == [
        "run_id",
        "status",
        "output",
        "value",
        "steps",
        "attempts",
        "usage",
        "notes",
        "error",
        "artifacts",
        "started_at",
        "duration_s",
    ]
    assert (document["status"], document["output"], document["error"]) == ("ok", "rolled", None)
    (step,) = document["steps"]
    assert step["duration_s"] >= 0
    assert {**step, "duration_s": 0} == {
        "index": 1,
        "tool": "roll",
        "arguments": '{"sides": 4}',
        "result": "4",
        "is_error": False,
        "duration_s": 0,
    }
    assert set(document["usage"]) == {
        "input_tokens",
        "output_tokens",
        "thinking_tokens",
        "cached_tokens",
        "cost_usd",
        "requests",
    }


def test_json_tells_of_a_run_that_failed_and_of_one_that_never_began(capsys, dice) -> None:
    """The same fields, so that a program needs one way to read them."""
    failed = json.loads(execute(capsys, "--json", "-m", "broken", "go")[1])
    never = json.loads(execute(capsys, "--json", "-a", "no.toml", "go")[1])

    assert failed["error"] == {"type": "RuntimeError", "message": "no answer today"}
    assert never["error"]["type"] == "ConfigError"
    assert (failed["status"], never["status"], never["run_id"]) == ("error", "error", None)
    assert list(failed) == list(never)


def test_json_carries_what_is_no_text(capsys, dice) -> None:
    """Half of a surrogate pair is escaped, and the document stays one."""
    _, out, _ = execute(capsys, "--json", "-m", "hostile", "go")

    assert json.loads(out)["output"] == "half \ud800 and \x1b[2J"


def test_a_terminal_is_not_steered_by_what_a_model_says() -> None:
    """Control characters are shown as what they are: not text."""
    assert printable("a\x1b[2J\r\x07b\n\tc\x9b\ud800") == "a\ufffd[2J\ufffd\ufffdb\n\tc\ufffd?"


def test_a_pipe_gets_the_output_and_nothing_else(capsys, dice) -> None:
    """No progress, no colours, no hints."""
    assert execute(capsys, "-m", "roller", "-t", "roll", "go") == (exit_codes.OK, "rolled\n", "")


def test_a_tool_that_fails_shows_its_traceback_to_who_asks(capsys, dice) -> None:
    """The model learns the class only; its author needs the rest."""
    quiet = execute(capsys, "-m", "crashing", "-t", "crash", "go")
    _, _, err = execute(capsys, "--verbose", "-m", "crashing", "-t", "crash", "go")

    assert quiet == (exit_codes.OK, "crashed\n", "")
    assert "ValueError: the secret inside" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-m", "broken"], exit_codes.RUN_FAILED, "no answer today"),
        (
            ["-m", "sleeper", "-t", "sleep", "--timeout", "0.05"],
            exit_codes.TIMEOUT,
            "did not end within 0.05 s",
        ),
        (["-m", "endless", "-t", "roll"], exit_codes.RUN_FAILED, "used all of its 12 steps"),
    ],
)
def test_how_a_run_ended_is_its_exit_code(capsys, dice, arguments: list[str], code: int, said: str) -> None:
    """And one sentence on standard error."""
    seen, _, err = execute(capsys, *arguments, "go")

    assert seen == code
    assert said in err


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        ("ok", None, 0),
        ("dry_run", None, 0),
        ("error", ValueError(), 1),
        ("timeout", None, 4),
        ("budget_exceeded", BudgetExceededError("no"), 5),
        ("killed", RunKilledError("no"), 6),
        ("paused", RunPausedError("no"), 7),
        ("cancelled", RunCancelledError("no"), 130),
    ],
)
def test_every_status_has_its_exit_code(status: str, error: BaseException | None, code: int) -> None:
    """As docs/reference/commands.md lists them."""

    class Ended:
        def __init__(self) -> None:
            self.status, self.error = status, error

    assert exit_codes.code_of_result(Ended()) == code


def test_a_terminal_sees_tools_as_they_go(dice, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, with the streamed answer on standard output, once."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    _, out, err = execute(capsys, "-m", "roller", "-t", "roll", "go")

    assert out == "rolled\n"
    assert re.search(r"✓ +\d+ ms  roll +sides=4", re.sub(r"\x1b\[[?\d;]*\w", "", err))
    assert "ok · roller · 2 steps · 1 tool call" in err
    assert "runs show" not in err  # no audit is installed


def test_a_screen_leaves_a_clean_line_when_it_is_left_early(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next prompt of the shell begins on a line of its own."""
    from executus_core.llm.events import TextDelta

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with Screen() as screen:
        screen.show(TextDelta("half a sen"))

    assert capsys.readouterr().out == "half a sen\n"
