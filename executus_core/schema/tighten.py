"""What pydantic would take of a model and a tool must not, and classes that pydantic does not know.

The room's other files say what a tool takes as Python types. Pydantic turns these into its core schema, a nested dictionary,
which is walked once here, when a tool's schema is first asked for:

- attrs classes and named tuples become objects with their fields by name,
- an item that is checked only when it is taken out of an iterable is checked before the tool is called,
- ``true`` is no 1 where a choice is among numbers, and a number in quotes is no date,
- what no model can write as JSON is found out.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, NotRequired, cast  # noqa: TID251 - pydantic's schemas are dictionaries

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema, to_jsonable_python
from typing_extensions import TypedDict

from executus_core.schema.records import construct, is_record, read_doc, read_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from executus_core.schema.parameter import Parameter

Node = dict[str, Any]
"""A core schema, or a part of one."""

_INSIDE: Final = frozenset(
    {
        *(
            "schema",
            "items_schema",
            "keys_schema",
            "values_schema",
            "extras_schema",
            "steps",
            "choices",
            "fields",
        ),
        *(
            "lax_schema",
            "strict_schema",
            "json_schema",
            "arguments_schema",
            "var_args_schema",
            "var_kwargs_schema",
        ),
    }
)
"""Where a node holds others; what only holds for Python values is left as it is, since arguments come as JSON."""


class Tightener:
    """Builds the core schema of one tool.

    Attributes:
        problems: What no model can write as JSON, in words.
    """

    def __init__(self) -> None:
        """Begin with nothing built."""
        self.problems: list[str] = []
        self._definitions: dict[str, Node] = {}
        self._records: dict[str, type[object]] = {}

    def build(self, name: str, parameters: Iterable[Parameter], descriptions: Mapping[str, str]) -> Node:
        """Build the schema of a tool's arguments, straight from JSON text to keyword arguments."""
        root = self._build_object(name, parameters, descriptions)
        return (
            _node(core_schema.definitions_schema, root, [*self._definitions.values()])
            if self._definitions
            else root
        )

    def _build_object(
        self, name: str, parameters: Iterable[Parameter], descriptions: Mapping[str, str], doc: str = ""
    ) -> Node:
        config = ConfigDict(
            extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True, title=name
        )
        fields = {one.name: _as_field(one, descriptions.get(one.name, "")) for one in parameters}
        # A class made at run time: no checker can know its fields.
        make: Any = TypedDict
        made = make(name, fields)
        made.__doc__ = doc or None
        schema: Any = TypeAdapter(with_config(config)(made)).core_schema
        return cast("Node", self._walk(schema))

    def _walk(self, held: object) -> object:
        """Walk a node, or what holds several of them."""
        if isinstance(held, (list, tuple)):
            several = [self._walk(item) for item in cast("Sequence[object]", held)]
            return several if isinstance(held, list) else tuple(several)
        if not isinstance(held, dict):
            return held
        node = cast("Node", held)
        if not isinstance(node.get("type"), str):  # several by name
            return {name: self._walk(item) for name, item in node.items()}
        return self._change(node)

    def _change(self, node: Node) -> Node:  # noqa: PLR0911 - one line for each kind of node that is changed
        match node["type"]:
            case "definitions":
                return self._hoist(node)
            case "definition-ref":
                kind = self._records.get(node["schema_ref"])
                return self._refer_to(kind) if kind else node
            case "is-instance" | "call" | "named-tuple" if (kind := _find_record(node)) is not None:
                return self._refer_to(kind)
            case "is-instance" | "call" | "is-subclass" | "callable":
                self.problems.append(f"a model can't write a {node.get('cls', node['type'])!r} as JSON")
                return node
            case "generator":
                return _node(core_schema.list_schema, self._walk(node.get("items_schema")))
            case "literal" | "enum":
                return _with_exact_numbers(node)
            case "datetime":
                read = SchemaValidator(cast("Any", {**node, "strict": False})).validate_python
                return _node(core_schema.no_info_wrap_validator_function, partial(_read_datetime, read), node)
            case "model":  # validates by itself, in its own ways
                return node
            case _:
                return {key: self._walk(value) if key in _INSIDE else value for key, value in node.items()}

    def _hoist(self, node: Node) -> Node:
        """Keep the definitions for the whole schema, and go on without them."""
        for definition in node["definitions"]:
            if kind := _find_record(definition):
                self._records[definition["ref"]] = kind
        for definition in node["definitions"]:
            ref = definition["ref"]
            if ref not in self._records and ref not in self._definitions:
                self._definitions[ref] = {}
                self._definitions[ref] = self._change(definition)
        return self._change(node["schema"])

    def _refer_to(self, kind: type[object]) -> Node:
        """Refer to the schema of a record, which is built where it is first met: it may hold itself."""
        ref = f"{kind.__module__}.{kind.__qualname__}:fields-{id(kind)}"
        if ref not in self._definitions:
            self._definitions[ref] = {}
            fields = self._build_object(kind.__name__, read_fields(kind), {}, read_doc(kind))
            fields.pop("ref", None)  # the record goes by its own
            make = partial(construct, kind)
            self._definitions[ref] = _node(
                core_schema.no_info_after_validator_function, make, fields, ref=ref
            )
        return _node(core_schema.definition_reference_schema, ref)


def _node(build: Callable[..., object], *arguments: object, **more: object) -> Node:
    """Build a node; pydantic's own types for them are too narrow for what walks through all of them."""
    return cast("Node", build(*arguments, **more))


def _as_field(parameter: Parameter, description: str) -> Any:  # noqa: ANN401 - an annotation
    annotation: Any = parameter.annotation
    extra: dict[str, Any] = {}
    if words := parameter.description or description:
        extra["description"] = words
    if not parameter.required and (default := _as_json(parameter.default)):
        extra["json_schema_extra"] = {"default": default[0]}
    if extra:
        annotation = Annotated[annotation, Field(**extra)]
    return annotation if parameter.required else NotRequired[annotation]


def _as_json(value: object) -> list[object]:
    """Give a default as JSON, in a list, or nothing when JSON can't hold it."""
    is_number = value == value  # noqa: PLR0124 - NaN is not itself
    try:
        return [to_jsonable_python(value)] if is_number else []
    except ValueError:
        return []


def _find_record(node: Node) -> type[object] | None:
    """Find the class that a node stands for; older versions of pydantic call a named tuple, newer ones know it."""
    kind = node.get("cls") or node.get("function")
    is_one = node["type"] in ("is-instance", "call", "named-tuple") and is_record(kind)
    return cast("type[object]", kind) if is_one else None


def _with_exact_numbers(node: Node) -> Node:
    """Check a choice among numbers more closely; the check goes by the name that others refer to."""
    members: Sequence[object] = node.get("expected") or node["members"]
    choices: list[object] = [getattr(member, "value", member) for member in members]
    numbers = [choice for choice in choices if isinstance(choice, (int, float))]
    if not numbers:
        return node
    inner = {key: value for key, value in node.items() if key != "ref"}
    listed = ", ".join(map(repr, choices))
    check = partial(_check_number, numbers, listed)
    return _node(core_schema.no_info_before_validator_function, check, inner, ref=node.get("ref"))


def _check_number(numbers: Sequence[float], listed: str, value: object) -> object:
    """Refuse a number that only equals one of the choices: ``true`` is not 1, and neither is 1.0."""
    is_number = isinstance(value, (bool, int, float))
    if is_number and not any(type(value) is type(number) and value == number for number in numbers):
        raise PydanticCustomError("choice", "Input should be one of {listed}", {"listed": listed})
    return value


def _read_datetime(read: Callable[[object], object], value: object, _validate: object) -> object:
    """Read a time that is written out; a number in quotes would count as the seconds since 1970."""
    if not isinstance(value, str) or re.fullmatch(r"\s*[-+]?[0-9.]+\s*", value):
        raise PydanticCustomError("written_out", "Input should be a valid datetime, as ISO 8601 writes it")
    return read(value)
