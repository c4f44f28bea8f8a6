"""Reads ``[defaults]`` into ``Defaults``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, get_type_hints  # noqa: TID251 - fields are checked when read

from attrs import fields
from pydantic import create_model

from executus_core.config.defaults import Defaults
from executus_core.errors import ConfigError
from executus_core.record.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class _DefaultsTable(Document):
    kind: ClassVar[str] = "[defaults]"


def parse_defaults(layers: Iterable[tuple[str, Mapping[str, object]]]) -> Defaults:
    """Lay ``[defaults]`` tables over one another, weakest first, each given with its source.

    Raises:
        ConfigError: Naming the source and every key that is wrong.
    """
    layers = [(source, table) for source, table in layers if table]
    if not layers:
        return Defaults()
    # the names and types stand once, in Defaults; pydantic only checks against them
    hints = get_type_hints(Defaults)
    known: dict[str, Any] = {
        field.name: (hints[field.name], field.default) for field in fields(Defaults) if field.init
    }
    model = create_model("DefaultsTable", __base__=_DefaultsTable, **known)
    merged: dict[str, Any] = {}
    for source, table in layers:
        parsed = model.parse(table, source=source)
        merged |= {name: getattr(parsed, name) for name in parsed.model_fields_set}
        try:
            Defaults(**merged)
        except ConfigError as error:
            problems = [f"{source}: [defaults]: {problem}" for problem in error.problems]
            raise ConfigError("; ".join(problems), problems=problems) from None
    return Defaults(**merged)
