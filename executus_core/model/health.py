"""Which candidates rest because they failed: one state, shared by all runs of a process."""

from __future__ import annotations


class Health:
    """A circuit breaker per candidate, by its spec. Decides; never waits."""
