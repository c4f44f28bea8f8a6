"""``executus models test``: one real call to a tier or spec, with every attempt at it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from executus_core.cli import exit_codes, main

SLOW = """
    import asyncio

    from executus_core import Plugin, Provider, hookimpl
    plugin = Plugin(summary="Answers never")

    class Model:
        name, context_tokens = "never/x", 0

        async def generate(self, request):
            print("asked", flush=True)
            await asyncio.sleep(3600)

    class Models:
        async def resolve(self, spec):
            return Model() if spec == "never/x" else None

    @hookimpl
    def executus_provide_model():
        yield Provider("never", Models)
"""
CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"  # as a shell's foreground job
    "from executus_core.cli import main; sys.exit(main())"
)


def execute(capsys, *arguments: str) -> tuple[int, list[str]]:
    code = main(["models", "test", *arguments])
    out, err = capsys.readouterr()
    assert err == ""
    return code, [" ".join(line.split()) for line in out.splitlines()]


def test_a_call_is_shown_with_its_attempt_and_what_was_answered(capsys, finder: Path) -> None:
    """Who was asked, tokens, cost, and the first words."""
    code, lines = execute(capsys, "acme/x")

    assert code == exit_codes.OK
    assert lines[0] == "acme/x"
    assert lines[2].startswith("✓ acme/x answered ")
    assert lines[2].endswith(" 1,200 + 80 0.0042")
    assert lines[3].startswith("✓ It was asked, and said “acme/x” · 1,280 tokens · $0.0042 · ")


def test_each_attempt_is_shown_and_the_next_candidate_answers(capsys, finder: Path) -> None:
    """One that fails hides nothing, and costs no exit code."""
    (finder / "executus.toml").write_text('[models]\nfast = "acme/down-1, acme/x"\n')

    code, lines = execute(capsys)

    assert code == exit_codes.OK
    assert lines[0] == "fast"
    assert lines[2].startswith("✗ acme/down-1 failed ")
    assert lines[2].endswith(" ModelUnavailableError: acme does not answer; start it")
    assert lines[3].startswith("✓ acme/x answered ")
    assert lines[4].startswith("✓ It was asked, and said “acme/x”")


def test_json_has_every_attempt_and_who_served(capsys, finder: Path) -> None:
    """What is not known is null; the rest is the document of any run."""
    (finder / "executus.toml").write_text('[models]\nfast = "acme/down-2, acme/x"\n')

    assert main(["models", "test", "--json", "fast", "acme/no-key"]) == exit_codes.USAGE

    served, refused = json.loads(capsys.readouterr().out)["tests"]
    assert (served["asked"], served["served_by"], served["status"]) == ("fast", "acme/x", "ok")
    failed, answered = served["attempts"]
    assert failed["duration_s"] >= 0
    assert failed["first_token_s"] is failed["cost_usd"] is failed["input_tokens"] is None
    told = {name: failed[name] for name in ("tier", "candidate", "number", "outcome", "error")}
    assert told == {
        "tier": "fast",
        "candidate": "acme/down-2",
        "number": 1,
        "outcome": "failed",
        "error": "ModelUnavailableError: acme does not answer; start it",
    }
    assert (answered["number"], answered["outcome"], answered["cost_usd"]) == (2, "answered", 0.0042)
    assert (refused["served_by"], refused["error"]["type"]) == (None, "ModelAccessError")


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (["acme/down-3"], exit_codes.UNAVAILABLE, "acme does not answer; start it"),
        (["acme/no-key"], exit_codes.USAGE, "acme refused the key: set ACME_KEY"),
        (["acme/x", "nobody/x"], exit_codes.USAGE, "no model for 'nobody/x': no model source knows it."),
        (["fst"], exit_codes.USAGE, "Did you mean 'fast'?"),
        (["--base-url", "http://dead"], exit_codes.UNAVAILABLE, "does not answer; acme serve"),
    ],
)
def test_what_does_not_answer_is_said_with_the_code_of_its_error(
    capsys, finder: Path, names: list[str], code: int, said: str
) -> None:
    """As a run would end; a tier that nobody knows is told the tiers."""
    (finder / "executus.toml").write_text('[models]\nfast = "acme/f"\n')

    seen, lines = execute(capsys, *names)

    assert seen == code
    assert any(line.startswith("✗ It was asked, and failed: ") and said in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["--all"], ["fast", "slow"]),
        (["acme/x", "slow", "acme/x"], ["acme/x", "slow"]),
        (["acme/x, acme/y"], ["acme/x, acme/y"]),
        (["--base-url", "127.0.0.1:8000", "small"], ["small"]),
        (["cheap"], ["cheap"]),
        (["scripted"], ["scripted"]),
        ([], ["fast"]),
    ],
)
def test_tiers_aliases_specs_chains_and_servers_can_be_tried(
    capsys, finder: Path, arguments: list[str], asked: list[str]
) -> None:
    """Each once, in order; without any what a run would use."""
    (finder / "executus.toml").write_text(
        '[models]\nfast = "acme/f"\nslow = "scripted"\n[model_aliases]\ncheap = "acme/c"\n'
    )

    assert main(["models", "test", "--json", *arguments]) == exit_codes.OK

    tests = json.loads(capsys.readouterr().out)["tests"]
    assert [one["asked"] for one in tests] == asked
    assert all(one["status"] == "ok" and one["served_by"] for one in tests)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["test", "--all", "acme/x"], "--all for every tier, not both"),
        (["test", "--all"], "[models] names none"),
        (["test", "acme/x@http://me:secret@127.0.0.1"], "TIER_OR_SPEC"),
        (["--json", "test", "acme/x"], "Put the options behind 'test'"),
    ],
)
def test_what_can_not_be_meant_is_refused_before_anything_is_asked(
    capsys, finder: Path, arguments: list[str], said: str
) -> None:
    """With what to say instead; a password is shown to nobody."""
    assert main(["models", *arguments]) == exit_codes.USAGE

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "secret" not in err


def test_a_model_that_never_answers_is_given_up(capsys, finder: Path, fake_dist, monkeypatch) -> None:
    """In so many seconds, with the code of a run that is out of time."""
    fake_dist("never", SLOW)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder,never")

    code = main(["models", "test", "--timeout", "0.05", "--json", "never/x", "acme/x"])

    given_up, answered = json.loads(capsys.readouterr().out.partition("asked\n")[2])["tests"]
    assert code == exit_codes.TIMEOUT
    assert (given_up["status"], answered["status"]) == ("timeout", "ok")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_stops_the_call_and_the_calls_after_it(finder: Path, fake_dist) -> None:
    """The run is settled, what there is gets shown, and nothing is a traceback."""
    site = fake_dist("never", SLOW).site
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, "models", "test", "never/x", "acme/x"],
        cwd=finder,
        env={**os.environ, "EXECUTUS_PLUGINS": "finder,never", "PYTHONPATH": str(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "asked\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)

    assert child.returncode == exit_codes.INTERRUPTED
    assert "interrupted from the keyboard" in out
    assert "acme/x" not in out
    assert err == ""
