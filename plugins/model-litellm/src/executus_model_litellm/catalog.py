"""What litellm's table of models says, read without importing litellm."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from executus_model_litellm.spec import ModelSpec

_TABLE: Final = "model_prices_and_context_window_backup.json"


def find_context_tokens(spec: ModelSpec) -> int:
    """Look the size of a model's window up; 0 when the table does not know the model."""
    for name in names_in_table(spec):
        if entry := _windows().get(name):
            provider, tokens = entry
            if name == spec.name or belongs_to(provider, spec):
                return tokens
    return 0


def names_in_table(spec: ModelSpec) -> Iterator[str]:
    """Give the names under which the table may hold a model."""
    yield spec.name
    yield spec.model
    if spec.provider == "ollama_chat":
        yield f"ollama/{spec.model}"


def belongs_to(provider: object, spec: ModelSpec) -> bool:
    """Tell whether an entry of the table is of a model's provider: names alone are taken by several."""
    return isinstance(provider, str) and provider.split("-")[0] in {
        spec.provider,
        spec.provider.removesuffix("_chat"),
    }


@cache
def _windows() -> Mapping[str, tuple[str, int]]:
    """Read provider and window of every model: 3 MB of JSON, once in a process, when somebody first asks."""
    package = find_spec("litellm")
    folder = next(iter(package.submodule_search_locations or ()), None) if package else None
    try:
        table = json.loads((Path(folder or "") / _TABLE).read_bytes())
    except (OSError, ValueError):
        return {}
    windows: dict[str, tuple[str, int]] = {}
    for name, entry in cast("dict[str, dict[str, object]]", table).items():
        size = entry.get("max_input_tokens") or entry.get("max_tokens")
        if isinstance(size, int) and size > 0:
            windows[name] = (str(entry.get("litellm_provider", "")), size)
    return windows
