"""Values for the variables of a source, as OpenSCAD's ``-D`` wants them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from executus_core import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = bool | float | str | list[float]
Parameters: TypeAlias = dict[str, Value]

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_]{0,63}")
_MOST: Final = 64
_LONGEST: Final = 1000


def definitions_of(parameters: Mapping[str, Value]) -> list[str]:
    """Write parameters as options of OpenSCAD.

    Raises:
        ToolError: A name is none, or a value is no value.
    """
    if len(parameters) > _MOST:
        raise ToolError(f"{len(parameters)} parameters are too many; give at most {_MOST}")
    options: list[str] = []
    for name, value in parameters.items():
        if not _NAME.fullmatch(name):
            raise ToolError(
                f"the parameter '{name:.64}' is no name of an OpenSCAD variable; write it as in the source"
            )
        options += ["-D", f"{name}={_literal(name, value)}"]
    return options


def _literal(name: str, value: Value) -> str:
    """Write a value so that OpenSCAD reads it back, and nothing in it as code."""
    if isinstance(value, str) and not value.isprintable():
        raise ToolError(f"the parameter '{name}' holds control characters; give text of one line")
    literal = json.dumps(value, ensure_ascii=False)
    if len(literal) > _LONGEST:
        raise ToolError(f"the parameter '{name}' has {len(literal)} characters; give at most {_LONGEST}")
    return literal
