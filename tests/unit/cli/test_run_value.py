"""What `executus run` shows of an agent whose answer is a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from executus_core.cli import exit_codes, main

if TYPE_CHECKING:
    from pathlib import Path

JUDGES = """
    from executus_core import Plugin, Provider, hookimpl
    from executus_core.llm import Message, Response, Usage

    plugin = Plugin(summary="Judges")

    class Model:
        context_tokens = 0

        def __init__(self, name, answer):
            self.name, self.answer = name, answer

        async def generate(self, request):
            return Response(Message.assistant(self.answer), Usage())

    class Models:
        async def resolve(self, spec):
            answers = {"right": 'So:\\n```json\\n{"good":true}\\n```', "wrong": "no"}
            return Model(spec, answers[spec]) if spec in answers else None

    @hookimpl
    def executus_provide_model():
        yield Provider("judges", Models)
"""

AGENT = """\
name = "judge"

[output_type]
type = "object"
required = ["good"]

[output_type.properties.good]
type = "boolean"
"""


@pytest.fixture(autouse=True)
def judges(fake_dist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is right, one that is wrong, and an agent that asks for a value."""
    fake_dist("judges", JUDGES)
    (tmp_path / "judge.toml").write_text(AGENT)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "judges")
    monkeypatch.chdir(tmp_path)


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["run", "--agent", "judge.toml", *arguments, "Is it good?"])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_value_is_shown_as_json_and_nothing_around_it(capsys) -> None:
    assert execute(capsys, "-m", "right")[:2] == (exit_codes.OK, '{\n  "good": true\n}\n')


def test_json_has_the_value_beside_what_the_model_wrote(capsys) -> None:
    document = json.loads(execute(capsys, "-m", "right", "--json")[1])

    assert document["value"] == {"good": True}
    assert document["output"].startswith("So:")


def test_an_answer_that_is_never_right_is_an_error_that_says_why(capsys) -> None:
    code, _, err = execute(capsys, "-m", "wrong")

    assert code == 1
    assert "3 attempts" in " ".join(err.split())
