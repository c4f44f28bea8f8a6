"""Whatever JSON schema an output has: it is refused with a reason, or it works; and never does anything hang or crash.

Generated schemas are swept in children, which a crash of the validator's native code would end.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from executus_core import Executor
from executus_core.errors import ConfigError, StructuredOutputError
from executus_core.llm import Message, Response, Usage
from executus_core.schema.build import build_value_schema
from executus_core.schema.value import UnfitValueError
from executus_core.testing.schemas import HOSTILE_SCHEMAS, REAL_SCHEMAS

ANSWERS = [
    "",
    "{}",
    "[]",
    "null",
    '{"value": null}',
    '{"a": "' + "a" * 30_000 + '!"}',
    "x" * 1_000,
    "[" * 5_000,
]

SWEEP = """
import json, sys
sys.path.insert(0, sys.argv[3])
from schemakit import Maker
from executus_core.errors import ConfigError
from executus_core.schema.build import build_value_schema
from executus_core.schema.value import UnfitValueError

refused = taken = wrong = 0
for seed in range(int(sys.argv[1]), int(sys.argv[2])):
    maker = Maker(seed)
    schema = maker.schema()
    try:
        built = build_value_schema(schema)
    except ConfigError:
        refused += 1
        continue
    assert built.json["type"] == "object", seed
    for _ in range(6):
        value = maker.object(schema)
        try:
            assert built.read(json.dumps({"value": value} if built.is_wrapped else value)) == value, seed
            taken += 1
        except UnfitValueError as error:
            assert error.problems, seed
            wrong += 1
print(refused, taken, wrong)
"""


def sweep(first: int, last: int) -> list[int]:
    """Build generated schemas, and read values that stand a chance, in a child."""
    child = subprocess.run(
        [sys.executable, "-c", SWEEP, str(first), str(last), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert child.returncode == 0, child.stderr
    return [int(count) for count in child.stdout.split()]


def test_any_schema_is_refused_or_works():
    refused, taken, wrong = sweep(0, 300)

    assert refused > 10
    assert taken > 100
    assert wrong > 100


@pytest.mark.slow
def test_any_schema_is_refused_or_works_in_full():
    refused, taken, wrong = sweep(300, 20_000)

    assert min(refused, taken, wrong) > 1_000


class Repeating:
    """Says the same again and again."""

    name = "repeating"
    context_tokens = 0

    def __init__(self, answer: str) -> None:
        self.answer = answer

    async def generate(self, request: object) -> Response:
        return Response(Message.assistant(self.answer), Usage(1, 1, cost_usd=0.0))


@pytest.mark.parametrize("name", [*HOSTILE_SCHEMAS, *REAL_SCHEMAS])
async def test_a_run_over_a_schema_that_nobody_should_write_ends(name):
    """With a value, with every attempt, or with the reason why the schema is none."""
    schema = {**HOSTILE_SCHEMAS, **REAL_SCHEMAS}[name]
    for answer in ANSWERS:
        for mode in ("native", "tool", "prompted"):
            executor = Executor(models=Repeating(answer))
            try:
                await executor.generate("fast", "go", schema, mode=mode, retries=1)
            except StructuredOutputError as error:
                assert len(error.attempts) == 2  # noqa: PT017 - a value is an end too
                assert len(str(error)) < 5_000  # noqa: PT017 - the same
            except ConfigError as error:
                assert "can't be the type of an output" in str(error)  # noqa: PT017 - the same
                return


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "^(a|a)*$", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a|aa)+!", "[a-z]{1,200}" * 5],
)
def test_an_evil_pattern_is_refused_or_checked_in_linear_time(pattern):
    try:
        schema = build_value_schema(
            {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}}
        )
    except ConfigError:
        return
    for text in ("a" * 100_000 + "!", "ab" * 50_000, "a" * 100_000):
        try:
            schema.read('{"a": "' + text + '"}')
        except UnfitValueError as error:
            assert len(str(error)) < 2_500  # noqa: PT017 - that it fits is fine too
