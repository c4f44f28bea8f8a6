"""``executus run`` and its model: where it comes from, what is said of it, and what happens when there is none."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from executus_core.cli import exit_codes, main

# where a shell ignores Ctrl-C, its children would too
CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from executus_core.cli import main; sys.exit(main())"
)


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["run", *arguments])
    out, err = capsys.readouterr()
    return code, out, " ".join(err.split())


def in_child(folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder.parent / "site"), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_model_that_was_found_is_named_with_the_reason_and_the_next_step(capsys, finder: Path) -> None:
    """On standard error, also in a pipe; the answer stays alone on standard output."""
    code, out, err = execute(capsys, "hi")

    assert (code, out) == (exit_codes.OK, "acme/small\n")
    assert err == "Model: acme/small (Acme on 127.0.0.1:9). Make it lasting: executus config init"


def test_quiet_says_nothing_of_a_model_that_was_found(capsys, finder: Path) -> None:
    """It is a real one, so the answer is worth what it says."""
    assert execute(capsys, "--quiet", "hi") == (exit_codes.OK, "acme/small\n", "")


def test_where_nothing_is_found_a_script_answers_and_says_where_to_look(
    capsys, finder: Path, monkeypatch
) -> None:
    """A plugin is there, so installing one would not help."""
    monkeypatch.setenv("FINDS", "nothing")

    code, _, err = execute(capsys, "How many Python files are there?")

    assert code == exit_codes.OK
    assert err.startswith("No model is configured, and none was found, so a scripted one answers")
    assert err.endswith("What helps: executus doctor")


def test_a_plugin_that_fails_to_look_is_a_warning(capsys, finder: Path, monkeypatch) -> None:
    """The run goes on as if it had found nothing."""
    monkeypatch.setenv("FINDS", "fails")

    code, _, err = execute(capsys, "How many Python files are there?")

    assert code == exit_codes.OK
    assert "Plugin 'finder' could not look: ValueError: the plugin's fault" in err


def test_nobody_looks_where_a_model_is_named(capsys, finder: Path, monkeypatch) -> None:
    """Looking takes time, and would find what nobody wants."""
    monkeypatch.setenv("FINDS", "fails")
    (finder / "spec.toml").write_text('name = "a"\nmodel_tier = "acme/agents"\n')

    assert execute(capsys, "-m", "acme/asked", "-a", "spec.toml", "hi") == (0, "acme/asked\n", "")
    assert execute(capsys, "-a", "spec.toml", "hi") == (0, "acme/agents\n", "")
    monkeypatch.setenv("EXECUTUS_MODEL", "acme/variable")
    assert execute(capsys, "hi") == (0, "acme/variable\n", "")
    monkeypatch.delenv("EXECUTUS_MODEL")
    (finder / "executus.toml").write_text('[models]\nfast = "acme/file"\n')
    assert execute(capsys, "hi") == (0, "acme/file\n", "")
    (finder / "other.toml").write_text('[models]\nfast = "acme/other"\n')
    assert execute(capsys, "--config", "other.toml", "hi") == (0, "acme/other\n", "")


def test_a_tier_that_the_configuration_lacks_is_not_replaced(capsys, finder: Path) -> None:
    """Who configured models meant something by the tier."""
    (finder / "executus.toml").write_text('[models]\nslow = "acme/file"\n')

    code, out, err = execute(capsys, "hi")

    assert (code, out) == (exit_codes.USAGE, "")
    assert "no model for 'fast'" in err
    assert "'slow'" in err


def test_the_configuration_may_name_the_script(capsys, finder: Path) -> None:
    """Then nobody needs to be told."""
    (finder / "executus.toml").write_text('[models]\nfast = "slow"\nslow = "scripted"\n')

    code, out, err = execute(capsys, "How many Python files are there?")

    assert (code, err) == (exit_codes.OK, "")
    assert out.startswith("There are no Python files")


@pytest.mark.parametrize(
    ("model", "spec"),
    [
        ((), "large:latest"),
        (("-m", "large"), "large:latest"),
        (("-m", "small"), "small"),
        (("-m", "acme/x"), "x"),
    ],
)
def test_a_server_is_named_and_its_model_as_it_calls_it(capsys, finder: Path, model, spec: str) -> None:
    """Without a scheme the address is http."""
    code, out, err = execute(capsys, "--base-url", "127.0.0.1:8000/v1/", *model, "hi")

    assert (code, out, err) == (exit_codes.OK, f"acme/{spec}@http://127.0.0.1:8000/v1\n", "")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "file:///etc"])
def test_an_address_of_no_model_server_is_refused(capsys, finder: Path, url: str) -> None:
    """Before anything is opened."""
    code, _, err = execute(capsys, "--base-url", url, "hi")

    assert code == exit_codes.USAGE
    assert "is no address of a model server" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--base-url", "http://dead"], 8, "the server at http://dead does not answer; acme serve"),
        (["-m", "acme/down"], 8, "acme does not answer; start it"),
        (["-m", "acme/no-key"], 2, "acme refused the key: set ACME_KEY"),
        (["-m", "nobody/x"], 2, "no model for 'nobody/x': no model source knows it."),
    ],
)
def test_a_model_that_can_not_answer_is_one_sentence_an_exit_code_and_a_settled_run(
    capsys, finder: Path, arguments: list[str], code: int, said: str
) -> None:
    """And the next step, which a program that reads JSON does not need."""
    seen, out, err = execute(capsys, *arguments, "hi")
    assert (seen, out) == (code, "")
    assert err.startswith(f"executus: {said}")
    assert "executus doctor" in err or "executus models" in err

    document = json.loads(execute(capsys, "--json", *arguments, "hi")[1])
    assert document["status"] == "error"
    assert document["run_id"]


@pytest.mark.parametrize(
    "arguments", [["-m", "acme/down-r, acme/x"], ["-m", "fast"], ["-m", "cheap"], ["-a", "a.toml"], []]
)
def test_who_answers_in_place_of_another_is_told_with_the_reason(
    capsys, finder: Path, arguments: list[str]
) -> None:
    """Wherever the chain comes from: an option, a tier, an alias, the agent. On standard error, unless asked for quiet."""
    (finder / "a.toml").write_text('name = "a"\nmodel_tier = "acme/down-r,acme/x"\n')
    (finder / "executus.toml").write_text(
        '[models]\nfast = "acme/down-r, acme/x"\n[model_aliases]\ncheap = "fast"\n'
    )

    assert execute(capsys, *arguments, "hi") == (
        exit_codes.OK,
        "acme/x\n",
        "Model: acme/x answered in place of acme/down-r: acme does not answer; start it",
    )
    assert execute(capsys, "--quiet", *arguments, "hi") == (exit_codes.OK, "acme/x\n", "")
    document = json.loads(execute(capsys, "--json", *arguments, "hi")[1])
    assert [(one["candidate"], one["outcome"]) for one in document["attempts"]] == [
        ("acme/down-r", "failed"),
        ("acme/x", "answered"),
    ]


def test_nothing_is_told_where_the_first_candidate_answers(capsys, finder: Path, monkeypatch) -> None:
    """At a terminal the last line names who did, and not the whole chain."""
    assert execute(capsys, "-m", "acme/x, acme/down", "hi") == (exit_codes.OK, "acme/x\n", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    _, _, err = execute(capsys, "-m", "acme/x, acme/down", "hi")

    assert "ok · acme/x · 1 step · " in err


def test_a_terminal_sees_each_attempt_that_failed_as_it_fails(capsys, finder: Path, monkeypatch) -> None:
    """Whoever watches need not wait for the last one to hear of the first, nor guess why it takes so long."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    _, _, err = execute(capsys, "-m", "acme/down-live", "hi")
    said = click.unstyle(err)

    assert len(re.findall(r"✗ \d+ ms acme/down-live: acme does not answer; start it", said)) == 2
    assert said.rindex("✗") < said.index("executus: acme does not answer")


def test_a_script_may_stand_in(capsys, finder: Path) -> None:
    """At the end of a chain it always answers."""
    code, out, err = execute(capsys, "-m", "acme/down-s, scripted", "How many Python files are there?")

    assert code == exit_codes.OK
    assert out.startswith("There are no Python files.")
    assert err.startswith("Model: scripted answered in place of acme/down-s: ")


def test_models_of_a_server_may_be_a_chain(capsys, finder: Path) -> None:
    """Each as the server calls it."""
    code, out, _ = execute(capsys, "--base-url", "127.0.0.1:8000", "-m", "large, small", "hi")

    assert (code, out) == (exit_codes.OK, "acme/large:latest@http://127.0.0.1:8000\n")


@pytest.mark.batteries
def test_a_run_that_has_no_model_is_on_record(finder: Path, tmp_path: Path) -> None:
    """Whoever looks for it later finds why."""
    environ = {
        "EXECUTUS_PLUGINS": "finder,audit-sqlite",
        "EXECUTUS_AUDIT_SQLITE__PATH": str(tmp_path / "a.db"),
    }
    with in_child(finder, "run", "--base-url", "http://dead", "hi", **environ) as failing:
        failing.communicate(timeout=60)
    with in_child(finder, "runs", "list", "--json", **environ) as listing:
        out, _ = listing.communicate(timeout=60)

    assert failing.returncode == exit_codes.UNAVAILABLE
    assert "does not answer" in out


def test_options_for_the_model_reach_it(capsys, finder: Path) -> None:
    """Laid over the agent's; JSON where it is some, text where it is not."""
    (finder / "a.toml").write_text('name = "a"\n[model_options]\ntemperature = 1\nseed = 4\n')

    code, out, _ = execute(
        capsys, "-a", "a.toml", "-m", "acme/x", "--option", "temperature=0", "--option", "effort=low", "hi"
    )
    assert code == exit_codes.OK
    assert out == "acme/x {'temperature': 0, 'seed': 4, 'effort': 'low'}\n"

    code, _, err = execute(capsys, "-m", "acme/x", "--option", "temperature", "hi")
    assert code == exit_codes.USAGE
    assert "is not of the form NAME=VALUE" in err


def test_a_terminal_sees_model_tokens_and_cost(capsys, finder: Path, monkeypatch) -> None:
    """The last line has what is known, and nothing of what is not."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (finder / "executus.toml").write_text('[models]\nfast = "acme/file"\n')

    _, _, err = execute(capsys, "hi")

    assert "ok · acme/file · 1 step · 1,280 tokens · $0.0042 · " in err
    assert "tool call" not in err


def test_a_cost_that_is_too_small_to_show_is_no_cost_of_nothing(
    capsys, finder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    price = "input_usd_per_million = 0.01\noutput_usd_per_million = 0.01\n"
    (finder / "executus.toml").write_text(f'[models]\nfast = "acme/file"\n[prices."acme/file"]\n{price}')

    assert "1,280 tokens · less than $0.0001 · " in execute(capsys, "hi")[2]


@pytest.mark.parametrize(
    "arguments", [["run", "hi"], ["run", "-m", "acme/down", "hi"], ["run", "-m", "none/x", "hi"]]
)
def test_what_is_said_at_a_narrow_terminal_breaks_between_words(
    capsys, finder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Notices, errors and hints; a line that a terminal breaks by itself ends in the middle of a word."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")

    main(arguments)

    err = click.unstyle(capsys.readouterr().err)
    assert len(err) > 80
    assert [line for line in err.splitlines() if len(line) > 40 and " " in line.strip()] == []


@pytest.mark.parametrize("command", ["run", "chat"])
def test_a_setting_that_does_not_hold_is_told_before_the_answer(
    capsys, finder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Once, on standard error; who asked for quiet is not told."""
    (finder / "executus.toml").write_text('[plugins]\ndisable = ["findr"]\n[models]\nfast = "acme/f"\n')
    arguments = ["hi"] if command == "run" else []
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    main([command, *arguments])
    loud = capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    main([command, "--quiet", *arguments])

    assert loud.err.count("disables 'findr', which is not installed. Did you mean 'finder'?") == 1
    assert loud.err.startswith("warning: ")
    assert "findr" not in capsys.readouterr().err
    assert "acme/f" in loud.out


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_models_are_looked_for_ends_the_command(finder: Path) -> None:
    """At once, with the exit code of an interruption and without a traceback."""
    with in_child(finder, "run", "hi", FINDS="waits") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "looking\n"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)

    assert child.returncode == exit_codes.INTERRUPTED
    assert err.split() == ["executus:", "interrupted"]
