"""Values of a JSON schema that somebody wrote, as a validator of all drafts checks them."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final, NoReturn, Self, cast

import jsonschema_rs
from attrs import frozen

from executus_core.errors import ConfigError
from executus_core.schema.parse import parse_strict
from executus_core.schema.problems import MAX_PROBLEMS, cut
from executus_core.schema.value import HELD, UnfitValueError, unwrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject, JsonValue

_MAX_PROBLEM_CHARS: Final = 300
_DEFINITIONS: Final = ("$defs", "definitions")
_DATA: Final = ("const", "default", "enum", "example", "examples")
"""What holds values, not schemas."""


@frozen
class DescribedValue:
    """A value of a JSON schema.

    Attributes:
        name: What it is called.
        json: The JSON schema of what the model is to write.
        bare: The JSON schema of the value itself.
        is_wrapped: Whether it only holds the value.
    """

    name: str
    json: JsonObject
    bare: JsonObject
    is_wrapped: bool
    _validator: jsonschema_rs.Validator

    @classmethod
    def build(cls, given: Mapping[str, JsonValue]) -> Self:
        """Build it of a schema of any draft; what it refers to must stand in it, for nothing is fetched.

        Raises:
            ConfigError: It is no JSON schema, or one that can't be checked in bounded time.
        """
        try:
            text = json.dumps(given, allow_nan=False)
            schema = cast("dict[str, JsonValue]", json.loads(text))
            validator = jsonschema_rs.validator_for(
                schema, retriever=_fetch_nothing, pattern_options=jsonschema_rs.RegexOptions()
            )
        except RecursionError as error:
            raise _refuse("it is nested too deeply") from error
        except (
            jsonschema_rs.ValidationError,
            jsonschema_rs.ReferencingError,
            ValueError,
            TypeError,
        ) as error:
            raise _refuse(_first_line(error)) from error
        title = schema.get("title")
        name = cut(title) if isinstance(title, str) and title else "the JSON schema"
        is_object = schema.get("type") == "object" or ("type" not in schema and "properties" in schema)
        said = {**schema, "type": "object"} if is_object else _wrap(schema)
        return cls(name, said, schema, not is_object, validator)

    def read(self, text: str) -> object:
        """Read a JSON text, strictly.

        Raises:
            UnfitValueError: It is no JSON, or not of the schema.
        """
        try:
            written: object = parse_strict(text)
        except UnicodeError as error:
            raise UnfitValueError(["not valid JSON: the text has a lone surrogate"], is_json=False) from error
        except ValueError as error:
            raise UnfitValueError([f"not valid JSON: {error}"], is_json=False) from error
        if self.is_wrapped:
            written = unwrap(written)
        if problems := self._find_problems(written):
            raise UnfitValueError(problems, is_json=True)
        return written

    def _find_problems(self, value: object) -> list[str]:
        if self._validator.is_valid(value):
            return []
        errors = islice(self._validator.iter_errors(value), MAX_PROBLEMS)
        return [_say(error) for error in errors] or ["it does not satisfy the schema"]


def _fetch_nothing(uri: str) -> NoReturn:
    message = f"it refers to {uri}, and nothing is fetched; put what it refers to under $defs"
    raise ValueError(message)


def _refuse(said: str) -> ConfigError:
    return ConfigError(f"this JSON schema can't be the type of an output: {cut(said, _MAX_PROBLEM_CHARS)}")


def _first_line(error: Exception) -> str:
    """Say what is wrong with a schema, in a line."""
    said = getattr(error, "message", None) or str(error)
    line = str(said).partition("\n")[0].rpartition("ValueError: ")[2]
    if line.endswith('is not a "regex"'):
        line += " that can be checked in linear time (no look-around, no back-references)"
    return line


def _say(error: jsonschema_rs.ValidationError) -> str:
    place = ".".join(str(part) for part in error.instance_path)
    said = cut(error.message, _MAX_PROBLEM_CHARS)
    return f"field '{cut(place)}': {said}" if place else said


def _wrap(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Put a schema that is no object's into one; its definitions stay where references find them."""
    moved = cast("dict[str, JsonValue]", _moved(dict(schema)))
    kept: dict[str, JsonValue] = {
        name: moved.pop(name) for name in (*_DEFINITIONS, "$schema") if name in moved
    }
    return {
        "type": "object",
        "properties": {HELD: moved},
        "required": [HELD],
        "additionalProperties": False,
        **kept,
    }


def _moved(value: JsonValue) -> JsonValue:
    """Let references to the old root follow it to its new place."""
    if isinstance(value, list):
        return [_moved(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: inner if name in _DATA else _moved_reference(name, inner) for name, inner in value.items()}


def _moved_reference(name: str, value: JsonValue) -> JsonValue:
    if name != "$ref" or not isinstance(value, str):
        return _moved(value)
    is_root = value == "#" or (
        value.startswith("#/") and not value.startswith(tuple(f"#/{known}/" for known in _DEFINITIONS))
    )
    return f"#/properties/{HELD}{value[1:]}" if is_root else value
