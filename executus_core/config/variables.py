"""Tiers and endpoints in environment variables: ``EXECUTUS_TIER_FAST``, ``EXECUTUS_ENDPOINT_BOX``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIER_VARIABLE: Final = "EXECUTUS_TIER_"
"""Begins a variable that holds the chain of a tier."""
ENDPOINT_VARIABLE: Final = "EXECUTUS_ENDPOINT_"
"""Begins a variable that holds an endpoint as ``type|url|token``."""
_EXAMPLES: Final = {TIER_VARIABLE: "FAST", ENDPOINT_VARIABLE: "BOX"}


def read_routes(environ: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Read the tables ``[models]`` and ``[endpoints]`` of an environment, as far as it says anything.

    Of an endpoint only the variable's name is taken: there may be a token in its value.

    Raises:
        ConfigError: A variable names no tier or endpoint.
    """
    tables: dict[str, dict[str, object]] = {}
    for variable, value in environ.items():
        # one with two underscores is a plugin's, and an empty one is what somebody meant to unset
        if "__" in variable or not value.strip():
            continue
        if variable.startswith(TIER_VARIABLE):
            tables.setdefault("models", {})[_name_of(variable, TIER_VARIABLE)] = value
        elif variable.startswith(ENDPOINT_VARIABLE):
            name = _name_of(variable, ENDPOINT_VARIABLE)
            tables.setdefault("endpoints", {})[name] = {"from_env": variable}
    return tables


def variable_of(prefix: str, name: str) -> str:
    """Give the variable that means a tier or an endpoint: ``EXECUTUS_TIER_VERY_FAST`` for "very-fast"."""
    return prefix + _fold(name).upper()


def name_as_elsewhere(names: Mapping[str, object], others: Iterable[str]) -> dict[str, object]:
    """Give what variables name the names that it has elsewhere: a variable can't have the dash of "very-fast"."""
    known = {_fold(other): other for other in others}
    return {known.get(name, name): held for name, held in names.items()}


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", name.lower())


def _name_of(variable: str, prefix: str) -> str:
    name = variable.removeprefix(prefix).lower()
    if not name:
        example = f"{prefix}{_EXAMPLES[prefix]}"
        raise ConfigError(f"environment: the variable '{variable}' lacks a name at its end, as in {example}")
    return name
