"""Whatever schema a tool has: every dialect says it, and takes all that the tool would take."""

from __future__ import annotations

import copy
import json

import pytest
from schemakit import Maker, has_odd_lists, is_grounded, without_nullable

from executus_core.model.dialect import ANTHROPIC, GEMINI, OLLAMA, OPENAI, PLAIN, find_strict, loosen

jsonschema = pytest.importorskip(
    "jsonschema", reason="comes with litellm, which core alone is tested without"
)
Draft202012Validator = jsonschema.Draft202012Validator
validator_for = jsonschema.validators.validator_for

DIALECTS = [OPENAI, ANTHROPIC, GEMINI, OLLAMA, PLAIN]
each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


def fitting_values(maker, schema):
    """Make arguments that the tool itself would take."""
    if not is_grounded(schema):
        return []
    validator = validator_for(schema, default=Draft202012Validator)(schema)
    made = [maker.object(schema) for _ in range(6)]
    return [value for value in made if is_taken(validator, value)]


def is_taken(validator, value):
    try:
        return validator.is_valid(value)
    except Exception:  # a schema with a pattern that is none, or a reference that leads nowhere
        return False


def sweep(dialect, seeds):
    """Say schemas in a dialect, and hold what comes out against what went in."""
    compared = 0
    for seed in seeds:
        maker = Maker(seed)
        schema = maker.schema()
        before = copy.deepcopy(schema)
        said = loosen(schema, dialect)
        assert schema == before, f"seed {seed}: the schema was changed"
        assert loosen(said, dialect) == said, f"seed {seed}: what was said is said otherwise"
        assert is_grounded(said), f"seed {seed}: {json.dumps(said)}"
        if dialect is GEMINI:
            assert_openapi(said)
        validator = Draft202012Validator(without_nullable(said) if dialect is GEMINI else said)
        for value in fitting_values(maker, schema):
            if dialect is GEMINI and has_odd_lists(value):
                continue
            compared += 1
            assert validator.is_valid(value), (
                f"seed {seed}: {json.dumps(value)} fits no more: {json.dumps(said)}"
            )
    return compared


def assert_openapi(schema):
    """Check that a schema has a type, or nothing but alternatives that have, as Gemini wants it."""
    if "anyOf" in schema:
        assert schema.keys() == {"anyOf"}
    else:
        assert schema["type"] in {"string", "integer", "number", "boolean", "object", "array"}
        assert ("items" in schema) == (schema["type"] == "array")
    for inner in (*schema.get("anyOf", ()), *schema.get("properties", {}).values()):
        assert_openapi(inner)
    if "items" in schema:
        assert_openapi(schema["items"])


@each_dialect
def test_what_a_tool_takes_its_dialect_takes_too(dialect):
    """Loosening only widens, keeps to a dialect, and says the same again."""
    assert sweep(dialect, range(120)) > 60


@pytest.mark.slow
@each_dialect
def test_what_a_tool_takes_its_dialect_takes_too_for_long(dialect):
    """The same with many more schemas."""
    assert sweep(dialect, range(1_000, 2_000)) > 500


def strict_sweep(seeds):
    """Write arguments as strict mode has them, and hold what is made of them against the tool's schema."""
    compared = 0
    for seed in seeds:
        maker = Maker(seed)
        schema = {**maker.schema(), "additionalProperties": False}
        strict = find_strict(schema)
        if strict is None:
            continue
        validator = Draft202012Validator(strict.schema)
        for value in fitting_values(maker, schema):
            written = {**dict.fromkeys(strict.schema["properties"]), **value}
            if validator.is_valid(written):
                compared += 1
                restored = json.loads(strict.restore(json.dumps(written)))
                lost = {name for name in value if name not in restored and value[name] is not None}
                assert not lost, f"seed {seed}: {lost}"
    return compared


def test_what_strict_mode_adds_is_taken_back():
    """Nothing that a model said is lost with the nulls that the mode made it write."""
    assert strict_sweep(range(700)) > 1
