"""``executus tools``: what is listed, what is shown, and one call through a real run."""

import json
import re
import sys
from pathlib import Path

import pytest

from executus_core.cli import exit_codes, main

DICE = '''
    from typing import Annotated, Literal

    from pydantic import Field

    from executus_core import Artifact, Plugin, Provider, ToolContext, hookimpl, tool
    from executus_core.llm import ImagePart

    plugin = Plugin(summary="Dice")

    @tool(effect="pure", visibility="public")
    def roll(sides: Annotated[int, Field(ge=2)] = 6, note: str = "") -> str:
        """Roll one die.

        Not a fair one.

        Args:
            sides: How many sides it has.
            note: What to write on it.
        """
        return f"{sides} {note}".strip()

    @tool(scopes={"net"}, timeout_s=20, sequential=True, effect="idempotent")
    def fetch(url: str) -> str:
        "Fetch a \\x1b[2Jpage."
        return url

    @tool(needs_approval=True)
    def wipe() -> str:
        "Delete everything."
        raise AssertionError("called")

    @tool
    def crash() -> str:
        "Fail."
        raise ValueError("the secret inside")

    @tool
    async def stray() -> int:
        "Fail in a library."
        import json
        return json.loads("{")

    @tool
    def shapeless() -> object:
        "Give what has no JSON form."
        return {"it": object()}

    @tool
    def draw(ctx: ToolContext) -> ImagePart:
        "Draw a picture."
        ctx.attach(Artifact("plan.txt", "text/plain", b"123"))
        return ImagePart(b"1234", "image/png")

    @tool
    def steer() -> str:
        "Say what is no text."
        return "half \\ud800 and \\x1b[2J"

    @hookimpl
    def executus_provide_tools():
        yield from (roll, fetch, wipe, crash, stray, shapeless, draw, steer)

    @hookimpl
    def executus_provide_session_tools():
        yield Provider("workbench", lambda: lambda invocation: None)

    @hookimpl
    def executus_provide_model():
        yield Provider("never", Models)

    class Models:
        async def resolve(self, spec):
            raise AssertionError("no model is asked")
'''


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of the machine and no plugin of the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")


@pytest.fixture
def dice(fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_dist("dice", DICE)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice")


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["tools", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_every_tool_is_listed_with_what_it_may_do(dice, capsys) -> None:
    """One row each, in order of name, with the first line of what it says of itself."""
    code, out, _ = execute(capsys, "list")
    rows = {line.split()[0]: " ".join(line.split()) for line in out.splitlines() if line}

    assert code == exit_codes.OK
    of_dice = [name for name, row in rows.items() if " dice " in row]
    assert of_dice[:8] == ["crash", "draw", "fetch", "roll", "shapeless", "steer", "stray", "wipe"]
    assert rows["read_file"].startswith("read_file executus pure private Read lines of a text file")
    assert rows["roll"] == "roll dice pure public Roll one die."
    assert rows["fetch"] == "fetch dice idempotent private net Fetch a \ufffd[2Jpage."
    assert "workbench: a pack of plugin dice" in out


def test_the_bare_command_lists(dice, capsys) -> None:
    """Listing is what most people want."""
    assert execute(capsys) == execute(capsys, "list")


def test_without_a_plugins_tools_it_says_how_to_write_one(capsys) -> None:
    """Those of the folder are there all the same."""
    code, out, _ = execute(capsys)

    assert code == exit_codes.OK
    assert "No plugin offers a tool. How to write one: executus plugins new --help" in out
    assert "list_files" in out


def test_a_broken_plugin_does_not_hide_the_tools_of_others(dice, capsys, fake_dist, monkeypatch) -> None:
    """Listing goes on, and says that something may be missing."""
    fake_dist("broken", "import nothing_like_that")
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice,broken")

    code, out, _ = execute(capsys)

    assert code == exit_codes.OK
    assert "Roll one die." in out
    assert "Not usable: broken. See: executus plugins" in out


def test_another_configuration_may_be_named(dice, capsys, tmp_path: Path) -> None:
    """As everywhere."""
    (tmp_path / "other.toml").write_text('[tools]\nprefix = ["dice"]\n')

    assert execute(capsys, "call", "--config", "other.toml", "dice__roll")[1] == "6\n"
    assert "dice__roll" in execute(capsys, "list", "--config", "other.toml")[1]
    assert "dice__roll" in execute(capsys, "show", "--config", "other.toml", "dice__roll")[1]


def test_the_list_as_json_has_all_of_each_tool(dice, capsys) -> None:
    """For programs, with the schema."""
    listed = json.loads(execute(capsys, "list", "--json")[1])

    assert listed["session_packs"] == [{"name": "workbench", "plugin": "dice"}]
    assert listed["problems"] == []
    wipe = next(tool for tool in listed["tools"] if tool["name"] == "wipe")
    assert wipe == {
        "name": "wipe",
        "plugin": "dice",
        "pack": "wipe",
        "distribution": "dice",
        "description": "Delete everything.",
        "effect": "at_most_once",
        "visibility": "private",
        "scopes": [],
        "timeout_s": None,
        "sequential": False,
        "needs_approval": True,
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    }


def test_one_tool_is_shown_with_what_it_takes(dice, capsys) -> None:
    """The schema in words, the whole description, and a line to type."""
    code, out, _ = execute(capsys, "show", "roll")
    said = [" ".join(line.split()) for line in out.splitlines()]

    assert code == exit_codes.OK
    assert "Not a fair one." in said
    assert "sides integer, at least 2 6 How many sides it has." in said
    assert 'note string "" What to write on it.' in said
    assert "effect pure: a resumed run may simply repeat it" in said
    assert "executus tools call roll sides=6" in said


def test_what_holds_for_a_tool_is_said(dice, capsys) -> None:
    """Scopes, time, company and approval only where they are asked for."""
    fetch, wipe = execute(capsys, "show", "fetch")[1], execute(capsys, "show", "wipe")[1]

    assert "plugin:dice, pack:fetch, distribution:dice: so rules may name it" in " ".join(fetch.split())
    assert "net: what its caller must hold" in fetch
    assert "at most 20 s" in fetch
    assert "never beside another call" in fetch
    assert "executus tools call fetch url=..." in fetch
    assert "each call" in wipe
    assert "Takes no arguments." in wipe
    assert "at most 20 s" not in wipe


def test_one_tool_as_json_has_its_schema(dice, capsys) -> None:
    """As a model reads it."""
    shown = json.loads(execute(capsys, "show", "roll", "--json")[1])

    assert shown["parameters"]["properties"]["sides"] == {
        "default": 6,
        "description": "How many sides it has.",
        "minimum": 2,
        "type": "integer",
    }


@pytest.mark.parametrize("command", ["show", "call"])
def test_a_name_that_is_not_known_is_told_its_neighbour(dice, capsys, command: str) -> None:
    """A typo costs one look."""
    code, out, err = execute(capsys, command, "rol")

    assert (code, out) == (exit_codes.USAGE, "")
    assert "there is no tool named 'rol'. Did you mean 'roll'?" in err


@pytest.mark.parametrize("command", ["show", "call"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "workbench",
            "'workbench' is a pack, whose tools are made for each run; name it among an agent's tools",
        ),
        ("saw", "there is no tool named 'saw'."),
        ("saw", "The tools of workbench are made for each run, and not looked for here"),
    ],
)
def test_what_a_pack_makes_for_a_run_is_not_taken_for_a_slip(
    dice, capsys, command: str, name: str, said: str
) -> None:
    """A pack is in the list, so whoever asks for it, or for a tool of it, is told where it is."""
    code, _, err = execute(capsys, command, name)

    assert code == exit_codes.USAGE
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "6\n"),
        (("sides=20",), "20\n"),
        (("sides=20", "note=7"), "20 7\n"),
        (("note=a=b",), "6 a=b\n"),
        (('{"sides": 12}',), "12\n"),
    ],
)
def test_a_call_prints_what_the_tool_gives(dice, capsys, words: tuple[str, ...], said: str) -> None:
    """Text stays text where the tool wants text, and is JSON elsewhere. No model source is asked."""
    assert execute(capsys, "call", "roll", *words) == (exit_codes.OK, said, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("roll", "sides=1"), "argument 'sides': Input should be greater than or equal to 2 (got 1)"),
        (("roll", "sides=many"), "argument 'sides'"),
        (("roll", "side=2"), "Did you mean 'sides'?"),
        (("wipe",), "needs approval, and nobody is at a terminal to ask; --yes allows it beforehand"),
        (("fetch", "url=x"), "lacks the scopes net"),
        (("fetch", "url=x"), "A scope that you hold is said with --scope NAME."),
    ],
)
def test_a_call_that_fails_says_so_with_exit_code_1(dice, capsys, words: tuple[str, ...], said: str) -> None:
    """Validation, permission and the tool's own failure are those of any run."""
    code, out, err = execute(capsys, "call", *words)

    assert (code, out) == (exit_codes.RUN_FAILED, "")
    assert said in err
    assert "traceback" not in err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "crash",
            r"the tool 'crash' failed: ValueError: the secret inside, at \S+dice\.py:\d+; -v shows the traceback",
        ),
        ("stray", r"the tool 'stray' failed: JSONDecodeError: .*, at \S+dice\.py:\d+; -v"),
        (
            "shapeless",
            r"the tool 'shapeless' failed: the return value, a dict, can't be written as JSON: .*<class 'object'>",
        ),
    ],
)
def test_the_author_of_a_tool_reads_what_a_model_does_not(dice, capsys, name: str, said: str) -> None:
    """Message and line of an exception, or that it is the return value which is wrong."""
    code, _, err = execute(capsys, "call", name)

    assert code == exit_codes.RUN_FAILED
    assert re.search(said, err), err


def test_the_author_of_a_tool_gets_its_traceback(dice, capsys) -> None:
    """With --verbose, and no advice to ask for it."""
    err = execute(capsys, "call", "crash", "-v")[2]

    assert "Traceback" in err
    assert "ValueError: the secret inside" in err
    assert "-v shows" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sides",), "'sides' is not of the form NAME=VALUE. The tool takes sides=..., note=..."),
        (("sids",), "'sids' is not of the form NAME=VALUE. Did you mean 'sides'?"),
        (("=2",), "'=2' is not of the form NAME=VALUE."),
        (("sides=2", "sides=3"), "'sides' is given twice; a list is written as JSON: sides='[1, 2]'"),
    ],
)
def test_words_that_are_no_arguments_are_refused(dice, capsys, words: tuple[str, ...], said: str) -> None:
    """Before anything is called."""
    code, out, err = execute(capsys, "call", "roll", *words)

    assert (code, out) == (exit_codes.USAGE, "")
    assert said in err


def test_pictures_and_files_are_told_of(dice, capsys) -> None:
    """They are no text to print."""
    assert execute(capsys, "call", "draw") == (
        exit_codes.OK,
        "[a picture: image/png, 4 bytes]\n",
        "artifact: plan.txt (text/plain, 3 bytes)\n",
    )


def test_a_tool_does_not_steer_the_terminal(dice, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control characters are shown as what they are: not text."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert execute(capsys, "call", "steer")[1] == "half ? and \ufffd[2J\n"


def test_a_long_result_is_printed_whole_and_its_author_told_what_a_model_sees(dice, capsys) -> None:
    """A person has nothing to read on with, and a pipe wants all of it."""
    code = main(["tools", "call", "roll", f"note={'x' * 60_000}"])
    out, err = capsys.readouterr()

    assert (code, out) == (exit_codes.OK, f"6 {'x' * 60_000}\n")
    assert err == (
        "A model is shown both ends of this, 50,000 of 60,002 characters, and reads on with read_result.\n"
    )


def test_a_call_as_json_is_the_document_of_its_run(dice, capsys) -> None:
    """As `executus run --json` prints it."""
    code, out, _ = execute(capsys, "call", "roll", "sides=1", "--json")
    (step,) = json.loads(out)["steps"]

    assert code == exit_codes.RUN_FAILED
    assert (step["tool"], step["arguments"], step["is_error"]) == ("roll", '{"sides": 1}', True)


def test_a_refusal_that_ends_the_run_is_said_once(dice, capsys) -> None:
    """It is the error of the call, and of the run."""
    Path("executus.toml").write_text(
        '[[permissions.rules]]\ntool = "roll"\nverdict = "terminate"\nreason = "no games"\n'
    )

    code, out, err = execute(capsys, "call", "roll")

    assert (code, out) == (exit_codes.RUN_FAILED, "")
    assert err == "executus: the call of 'roll' was refused, which ends the run: no games\n"


@pytest.mark.parametrize("options", [(), ("-v",)])
def test_a_rule_that_means_nothing_is_told_once(dice, capsys, options: tuple[str, ...]) -> None:
    """A misspelt denial denies nothing, so who tries a tool by hand hears of it, as with a run."""
    Path("executus.toml").write_text(
        '[permissions]\ndefault = "allow"\n\n[[permissions.rules]]\ntool = "rol"\nverdict = "deny"\n'
    )

    code, out, err = execute(capsys, "call", "roll", *options)

    assert (code, out) == (exit_codes.OK, "6\n")
    assert (
        err.count(
            "rule 1 of [permissions] is about 'rol', which means no installed tool. Did you mean 'roll'?"
        )
        == 1
    )


def test_a_call_is_on_record(dice, capsys, fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever audits sees it as any run."""
    fake_dist(
        "notary",
        """
        from pathlib import Path
        from executus_core import Plugin, Provider, hookimpl
        plugin = Plugin(summary="Notary")

        class Audit:
            async def start_run(self, info):
                Path("record.txt").write_text(f"{info.name} {info.inputs['input']}")

        @hookimpl
        def executus_provide_audit():
            yield Provider("notary", Audit)
        """,
    )
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice,notary")

    assert execute(capsys, "call", "roll", "sides=3")[0] == exit_codes.OK
    assert Path("record.txt").read_text() == 'tools-call roll {"sides": 3}'
