"""The dispatch guard: how deep runs may nest, and what may not run twice at once."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final, NamedTuple

from executus_core.errors import DispatchRefusedError


class Ancestor(NamedTuple):
    """A run on the chain of parents.

    Attributes:
        run_id: The run.
        subject_id: Its agent.
        allowed_tools: Patterns of the only tools that it, and what runs inside of it, may have; None for no narrowing.
    """

    run_id: str
    subject_id: str
    allowed_tools: tuple[str, ...] | None = None


LINEAGE: Final[ContextVar[tuple[Ancestor, ...]]] = ContextVar("executus_lineage", default=())
"""The runs inside which this code runs, root first. It follows tasks and worker threads by itself."""


def check_dispatch(lineage: tuple[Ancestor, ...], subject_id: str, max_depth: int) -> None:
    """Refuse a run that nests too deep or re-enters an agent of its own chain.

    Raises:
        DispatchRefusedError: Showing the chain.
    """
    chain = " -> ".join([*(ancestor.subject_id for ancestor in lineage), subject_id])
    if len(lineage) >= max_depth:
        raise DispatchRefusedError(
            f"runs nest too deep ({chain}); at most {max_depth} are allowed (max_depth)"
        )
    if any(ancestor.subject_id == subject_id for ancestor in lineage):
        raise DispatchRefusedError(f"agent '{subject_id}' would call itself ({chain}); break the cycle")
