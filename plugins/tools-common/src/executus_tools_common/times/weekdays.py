"""Days from Monday to Friday. No holiday is known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from datetime import date

PER_WEEK: Final = 5

DayT = TypeVar("DayT", bound="date")


def count_weekdays(start: date, end: date) -> int:
    """Count them from one date up to, and without, another."""
    if end < start:
        return -count_weekdays(end, start)
    weeks, rest = divmod((end - start).days, 7)
    return weeks * PER_WEEK + sum((start.weekday() + day) % 7 < PER_WEEK for day in range(rest))


def add_weekdays(at: DayT, count: int) -> DayT:
    """Go so many of them on, or back; from a weekend, the first is the Monday or the Friday beside it."""
    step = 1 if count > 0 else -1
    while count and at.weekday() >= PER_WEEK:
        at -= timedelta(days=step)
    weeks, rest = divmod(abs(count), PER_WEEK)
    at += timedelta(weeks=weeks * step)
    while rest:
        at += timedelta(days=step)
        rest -= at.weekday() < PER_WEEK
    return at
