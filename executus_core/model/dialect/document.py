"""A schema as it came: whether it is JSON at all, and where its references lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from urllib.parse import unquote

from executus_core.errors import ConfigError
from executus_core.model.dialect.value import as_list, as_mapping, is_list

if TYPE_CHECKING:
    from collections.abc import Iterator

Raw: TypeAlias = "Mapping[str, object]"

MAX_VALUES: Final = 100_000
"""Values in a schema; one with more is not looked at."""

_MAX_PARTS: Final = 64
_MAX_PLACE_CHARS: Final = 120
_REFERENCES_STAND_ALONE: Final = ("draft-03", "draft-04", "draft-06", "draft-07")


class Document:
    """A whole schema, into which its references point. Nothing is ever fetched.

    Attributes:
        root: The schema.
    """

    def __init__(self, root: Raw) -> None:
        """Take a schema that was checked."""
        self.root: Raw = root
        declared = root.get("$schema")
        self._draft = declared if isinstance(declared, str) else ""
        self._identity = "id" if "draft-03" in self._draft or "draft-04" in self._draft else "$id"
        self._references_stand_alone = any(draft in self._draft for draft in _REFERENCES_STAND_ALONE)

    def parts(self, schema: object) -> Iterator[Raw]:
        """Give all that must hold of a value: the schema, what it refers to, and its ``allOf``, each once."""
        waiting: list[object] = [schema]
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_PARTS:
            part = waiting.pop(0)
            if not isinstance(part, Mapping) or id(part) in seen:  # pyright: ignore[reportUnknownArgumentType]  # an object is one
                continue
            raw = cast("Raw", part)
            seen.add(id(raw))
            target = self.find(raw)
            if target is not None:
                waiting.append(target)
            if "$ref" in raw and self._references_stand_alone:
                raw = {name: raw[name] for name in ("title", "description", "default") if name in raw}
            elif self._is_foreign(raw):
                raw = {name: raw[name] for name in ("title", "description", "type") if name in raw}
            yield raw
            waiting.extend(as_list(raw.get("allOf")))
            alternatives = alternatives_of(raw)
            if len(alternatives) == 1:
                waiting.append(alternatives[0])

    def find(self, schema: object) -> Raw | None:
        """Find what a schema refers to, at the end of a chain of references; None for none, or one that leads nowhere."""
        seen: set[int] = set()
        raw = as_mapping(schema)
        while isinstance(reference := raw.get("$ref"), str):
            target = self._look_up(reference)
            if target is None or id(target) in seen or self._is_foreign(raw):
                return None
            seen.add(id(target))
            raw = target
            if len(raw) > 1:  # it says something itself
                break
        return raw if seen else None

    def _look_up(self, reference: str) -> Raw | None:
        own = self.root.get(self._identity)
        address, _, pointer = reference.partition("#")
        if (address and address != own) or (pointer and not pointer.startswith("/")):
            return None
        value: object = self.root
        for step in pointer.split("/")[1:]:
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if is_list(value):
                items = as_list(value)
                value = (
                    items[int(name)]
                    if name.isdecimal() and len(name) < 6 and int(name) < len(items)
                    else None
                )
            else:
                value = as_mapping(value).get(name)
            if self._is_foreign(as_mapping(value)):
                return None
        return cast("Raw", value) if isinstance(value, Mapping) else None

    def _is_foreign(self, raw: Raw) -> bool:
        """Tell whether a part has an address of its own, so that its references do not point into this document."""
        if raw is self.root:
            return False
        address = raw.get(self._identity)
        return isinstance(address, str) and not address.startswith("#")


def alternatives_of(raw: Raw) -> list[object]:
    """Give the schemas of which a value must satisfy one; those that nothing satisfies are left out."""
    for name in ("anyOf", "oneOf"):
        if given := as_list(raw.get(name)):
            return [one for one in given if one is not False]
    return []


def check_schema(schema: object) -> bool:
    """Check that a schema is made of what JSON is made of.

    Returns:
        Whether it is of a size to look at.

    Raises:
        ConfigError: Naming the first place where it is not.
    """
    if not isinstance(schema, (Mapping, bool)):
        raise ConfigError(f"a schema is a {type(schema).__name__}; give a JSON schema, which is an object")
    waiting: list[tuple[object, str]] = [(schema, "")]
    seen: set[int] = set()
    values = 0
    while waiting:
        value, place = waiting.pop()
        values += 1
        if values > MAX_VALUES:
            return False
        if value is None or isinstance(value, (str, int, float)) or id(value) in seen:
            continue
        seen.add(id(value))
        waiting.extend(reversed(list(_inside(value, place))))
    return True


def _inside(value: object, place: str) -> Iterator[tuple[object, str]]:
    """Give the values inside a value, each with its place."""
    if isinstance(value, Mapping):
        for name, one in cast("Mapping[object, object]", value).items():
            if not isinstance(name, str):
                raise ConfigError(
                    f"the schema is no JSON: {_at(place)} has the key {name!r:.80}; keys are texts"
                )
            yield one, f"{place}.{name}"[-_MAX_PLACE_CHARS:]
    elif is_list(value):
        for index, one in enumerate(as_list(value)):
            yield one, f"{place}[{index}]"[-_MAX_PLACE_CHARS:]
    else:
        raise ConfigError(
            f"the schema is no JSON: {_at(place)} is a {type(value).__name__}; write what JSON can hold there"
        )


def _at(place: str) -> str:
    return f"'{place.removeprefix('.')}'" if place else "its root"
