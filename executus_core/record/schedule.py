"""A saved agent that runs at its time."""

from __future__ import annotations

from attrs import frozen


@frozen
class Schedule:
    """When to run which agent.

    Attributes:
        id: The schedule's id; "" before it is kept.
        agent: Name of a saved agent.
        input: The run's input.
        when: A cron expression, an interval or a date, as the scheduler reads it.
        timezone: IANA time zone in which ``when`` is meant.
    """

    id: str
    agent: str
    input: str
    when: str
    timezone: str = "UTC"
