"""OpenAI's strict mode: arguments that are sure to satisfy the schema, for schemas that it can say whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NoReturn, cast

from attrs import frozen

from executus_core.model.dialect.table import OPENAI_STRICT
from executus_core.model.dialect.value import as_list, as_mapping
from executus_core.model.dialect.write import loosen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm.json import JsonObject, JsonValue

_MAX_CHOICES: Final = 1_000


class _NotStrictError(Exception):
    """The schema allows what strict mode can't say."""


@frozen
class StrictSchema:
    """A schema for OpenAI's strict mode.

    In this mode a model writes every argument, and null for one that it leaves out.

    Attributes:
        schema: What is sent: every object closed, every property required, null allowed where it was optional.
        meant: The same schema before that, which says what null stands for.
    """

    schema: JsonObject
    meant: JsonObject

    def restore(self, arguments: str) -> str:
        """Leave out what a model left out by writing null, so that the arguments satisfy the tool's own schema.

        A text that is no strict JSON, or that has no such null, comes back as it is.
        """
        if "null" not in arguments:
            return arguments
        try:
            value = json.loads(
                arguments, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
            )
            restored = _without_absent(value, [self.meant], as_mapping(self.meant.get("$defs")))
            return arguments if restored == value else json.dumps(restored, ensure_ascii=False)
        except (ValueError, RecursionError):
            return arguments


def find_strict(schema: JsonObject) -> StrictSchema | None:
    """Say a schema in strict mode; None for one that the mode would make narrower, such as one with an open object.

    Raises:
        ConfigError: It is not made of what JSON is made of.
    """
    meant = loosen(schema, OPENAI_STRICT)
    shared = as_mapping(meant.get("$defs"))
    try:
        closed = _close(meant, shared)
        if shared:
            closed["$defs"] = {name: _close(as_mapping(one), shared) for name, one in shared.items()}
    except _NotStrictError:
        return None
    return StrictSchema(closed, meant) if _count_choices(closed) <= _MAX_CHOICES else None


def _close(node: Mapping[str, object], shared: Mapping[str, object]) -> dict[str, JsonValue]:
    """Close every object, require every property, and allow null for those that were optional."""
    if "$ref" in node:
        return {"$ref": cast("str", node["$ref"])}
    closed = cast("dict[str, JsonValue]", {name: node[name] for name in node if name != "$defs"})
    if "anyOf" in node:
        closed["anyOf"] = [_close(as_mapping(one), shared) for one in as_list(node["anyOf"])]
        return closed
    kinds = _kinds(node)
    if not kinds:
        raise _NotStrictError
    if "array" in kinds:
        closed["items"] = _close(as_mapping(node.get("items")), shared)
    if "object" in kinds:
        if node.get("additionalProperties") is not False:
            raise _NotStrictError
        owed = as_list(node.get("required"))
        properties = {
            name: (as_mapping(one), name in owed) for name, one in as_mapping(node.get("properties")).items()
        }
        closed["properties"] = {
            name: _close(one, shared) if is_owed else _nullable(_close(one, shared), one, shared)
            for name, (one, is_owed) in properties.items()
        }
        closed["required"] = [*properties]
    return closed


def _nullable(
    closed: dict[str, JsonValue], node: Mapping[str, object], shared: Mapping[str, object]
) -> dict[str, JsonValue]:
    if _allows_null(node, shared):
        return closed
    if "type" in closed:
        closed["type"] = [*_kinds(closed), "null"]
        if "enum" in closed:
            closed["enum"] = [*cast("Sequence[JsonValue]", closed["enum"]), None]
        return closed
    if "anyOf" in closed:
        return {**closed, "anyOf": [*cast("Sequence[JsonValue]", closed["anyOf"]), {"type": "null"}]}
    return {"anyOf": [closed, {"type": "null"}]}


def _kinds(node: Mapping[str, object]) -> list[str]:
    kinds = node.get("type")
    return [kinds] if isinstance(kinds, str) else cast("list[str]", [*as_list(kinds)])


def _allows_null(node: object, shared: Mapping[str, object]) -> bool:
    for one in _candidates(node, shared):
        if "null" in _kinds(one) and ("enum" not in one or None in as_list(one["enum"])):
            return True
    return False


def _candidates(node: object, shared: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Give the schemas without references and alternatives, any of which a value may satisfy."""
    waiting = [as_mapping(node)]
    seen: set[str] = set()
    found: list[Mapping[str, object]] = []
    while waiting:
        one = waiting.pop()
        reference = one.get("$ref")
        if isinstance(reference, str):
            name = reference.rsplit("/", 1)[-1]
            if name not in seen:
                seen.add(name)
                waiting.append(as_mapping(shared.get(name)))
        elif "anyOf" in one:
            waiting.extend(as_mapping(each) for each in as_list(one["anyOf"]))
        else:
            found.append(one)
    return found


def _without_absent(value: object, nodes: Sequence[object], shared: Mapping[str, object]) -> object:
    """Leave out nulls of properties that are optional and can't be null."""
    candidates = [one for node in nodes for one in _candidates(node, shared)]
    if isinstance(value, list):
        items = [one["items"] for one in candidates if "items" in one]
        return [_without_absent(item, items, shared) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, object] = {}
    for name, inner in cast("dict[str, object]", value).items():
        having = [one for one in candidates if name in as_mapping(one.get("properties"))]
        schemas = [as_mapping(one["properties"])[name] for one in having]
        is_optional = any(name not in as_list(one.get("required")) for one in having)
        if inner is None and is_optional and not any(_allows_null(schema, shared) for schema in schemas):
            continue
        kept[name] = _without_absent(inner, schemas, shared)
    return kept


def _count_choices(value: object) -> int:
    if isinstance(value, dict):
        inside = cast("dict[str, object]", value)
        return len(as_list(inside.get("enum"))) + sum(_count_choices(one) for one in inside.values())
    return sum(_count_choices(one) for one in cast("list[object]", value)) if isinstance(value, list) else 0


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(text)
    return number
