"""One model of a failover chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import Factory, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from contextlib import AbstractAsyncContextManager

    from executus_core.llm.exchange import Model
    from executus_core.llm.json import JsonValue
    from executus_core.llm.price import Price


def _spec_of(candidate: Candidate) -> Hashable:
    return candidate.spec


@frozen
class Candidate:
    """A model that may serve, and how it is asked.

    Attributes:
        spec: What it is called in messages and records; without credentials.
        model: The model.
        options: Options of its tier; a request's own go before them.
        price: Its price list, in place of what its source says of the cost; None to leave that as it is.
        place: Waits for a free place where it takes so many calls at a time; None where it takes any number.
        identity: What its health is kept by: its spec, and of an endpoint's model the endpoint, too, so that one that was
            moved, or has another token, begins anew.
    """

    spec: str
    model: Model
    options: Mapping[str, JsonValue] = Factory(cast("Callable[[], Mapping[str, JsonValue]]", dict))
    price: Price | None = None
    place: AbstractAsyncContextManager[object] | None = None
    identity: Hashable = Factory(_spec_of, takes_self=True)
