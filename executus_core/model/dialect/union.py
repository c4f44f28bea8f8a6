"""A choice at the root of a schema, where no provider takes one, as one object that every alternative fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.model.dialect.shape import Shape, add_parts, without_alternatives
from executus_core.model.dialect.value import as_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.model.dialect.document import Document

_MAX_ALTERNATIVES: Final = 200


def unite(shape: Shape, document: Document, depth: int) -> Shape:
    """Give one shape without alternatives that each object fits which satisfies the shape."""
    if not shape.alternatives:
        return shape
    united = without_alternatives(shape)
    united.notes, united.unsaid = shape.notes, {**shape.unsaid, "anyOf": shape.alternatives}
    if depth <= 0 or len(shape.alternatives) > _MAX_ALTERNATIVES:
        return united
    ways = [
        unite(add_parts(Shape(types=shape.types), document.parts(one)), document, depth - 1)
        for one in shape.alternatives
    ]
    ways = [way for way in ways if way.may_be("object")]
    if not ways:
        return united
    for name in dict.fromkeys(name for way in ways for name in way.properties):
        united.properties.setdefault(name, []).append(_any_way(name, ways))
    for name in ways[0].required:
        if all(name in way.required for way in ways):
            united.required[name] = None
    united.is_closed = shape.is_closed or all(way.is_closed for way in ways)
    return united


def _any_way(name: str, ways: Sequence[Shape]) -> object:
    """Give a schema of a property that holds whichever alternative is meant.

    An alternative that does not name the property may allow it all the same.
    """
    options: list[object] = []
    for way in ways:
        if name in way.properties:
            options.append({"allOf": way.properties[name]})
        elif way.others:
            options.append({"allOf": way.others})
        elif not way.is_closed:
            options.append({})
    named = next(way.properties[name] for way in ways if name in way.properties)
    if {} not in options:
        return {"anyOf": options}
    return {"description": next(filter(None, (as_mapping(one).get("description") for one in named)), "")}
