"""How hard a model call is tried, and how long a candidate that failed is left alone."""

from __future__ import annotations

from attrs import frozen


@frozen
class FailoverPolicy:
    """Bounds of failover; ``[failover]`` in the configuration.

    Attributes:
        max_attempts: Attempts at one model call, over all candidates.
        max_attempts_each: Attempts at one model call with the same candidate: a server that is down is soon known to be.
        backoff_s: Seconds before the second round over the candidates, doubled with every further one; each is spread at
            random between half of it and the whole.
        max_backoff_s: The longest such wait.
        failures_to_rest: Failures in a row, of all runs of the process, after which a candidate rests.
        rest_s: Seconds that it rests; doubled each time that it fails again when it is tried after its rest.
        max_rest_s: The longest rest, unless the provider itself asks for more.
    """

    max_attempts: int = 6
    max_attempts_each: int = 3
    backoff_s: float = 0.5
    max_backoff_s: float = 20.0
    failures_to_rest: int = 5
    rest_s: float = 5.0
    max_rest_s: float = 120.0
