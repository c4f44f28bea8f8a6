"""What litellm's table of models says, read without importing litellm."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from executus_core.llm.price import Price

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from executus_model_litellm.spec import ModelSpec

_TABLE: Final = "model_prices_and_context_window_backup.json"
_MILLION: Final = 1_000_000


@frozen
class Entry:
    """What the table says of one model.

    Attributes:
        provider: Who serves it, in litellm's word.
        context_tokens: Size of its window; 0 when the table does not say.
        price: Its price list; None when the table does not say.
        takes_schema: Whether its provider has a mode for answers that satisfy a schema.
        calls_tools: Whether it can call tools.
        reads_pdf: Whether its provider reads PDF documents for it.
    """

    provider: str
    context_tokens: int
    price: Price | None
    takes_schema: bool
    calls_tools: bool
    reads_pdf: bool


def find_context_tokens(spec: ModelSpec) -> int:
    """Look the size of a model's window up; 0 when the table does not know it."""
    return next((entry.context_tokens for entry in _entries_of(spec) if entry.context_tokens), 0)


def find_price(spec: ModelSpec) -> Price | None:
    """Look a model's price list up; None for what the table has no price of, and for a server of one's own."""
    entry = None if spec.base_url else next(_entries_of(spec), None)
    return entry.price if entry else None


def has_schema_mode(spec: ModelSpec) -> bool:
    """Tell whether the table says that a model's provider has a mode for answers that satisfy a schema."""
    return any(entry.takes_schema for entry in _entries_of(spec))


def can_call_tools(spec: ModelSpec) -> bool:
    """Tell whether the table says that a model can call tools."""
    return any(entry.calls_tools for entry in _entries_of(spec))


def can_read_pdf(spec: ModelSpec) -> bool:
    """Tell whether the table says that a model is given PDF documents as they are."""
    return any(entry.reads_pdf for entry in _entries_of(spec))


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


def is_priced(entry: Mapping[str, object]) -> bool:
    """Tell whether an entry has a price by the token. Of what costs nothing by the table, nobody knows what it costs."""
    return "input_cost_per_token" in entry and bool(_rate(entry, "input") or _rate(entry, "output"))


def _entries_of(spec: ModelSpec) -> Iterator[Entry]:
    """Give what the table has of a model: often the same one twice, with and without its provider."""
    for name in names_in_table(spec):
        entry = _entries().get(name)
        if entry and (name == spec.name or belongs_to(entry.provider, spec)):
            yield entry


@cache
def _entries() -> Mapping[str, Entry]:
    """Read the table: 3 MB of JSON, once in a process, when somebody first asks."""
    package = find_spec("litellm")
    folder = next(iter(package.submodule_search_locations or ()), None) if package else None
    try:
        table = json.loads((Path(folder or "") / _TABLE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: _read(entry) for name, entry in cast("dict[str, dict[str, object]]", table).items()}


def _read(entry: Mapping[str, object]) -> Entry:
    size = entry.get("max_input_tokens") or entry.get("max_tokens")
    return Entry(
        str(entry.get("litellm_provider", "")),
        size if isinstance(size, int) and size > 0 else 0,
        _read_price(entry),
        entry.get("supports_response_schema") is True,
        entry.get("supports_function_calling") is True,
        entry.get("supports_pdf_input") is True,
    )


def _read_price(entry: Mapping[str, object]) -> Price | None:
    if not is_priced(entry):
        return None
    cached = entry.get("cache_read_input_token_cost")
    return Price(
        _rate(entry, "input") * _MILLION,
        _rate(entry, "output") * _MILLION,
        cached * _MILLION if isinstance(cached, int | float) else None,
    )


def _rate(entry: Mapping[str, object], kind: str) -> float:
    """Give what a token costs, in US dollars."""
    rate = entry.get(f"{kind}_cost_per_token")
    return float(rate) if isinstance(rate, int | float) and rate > 0 else 0.0
