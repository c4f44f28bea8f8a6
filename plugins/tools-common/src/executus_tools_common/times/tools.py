"""The tools over dates and times. They run on a worker thread, since the time zones are read from the disk."""
# ruff: noqa: D417 - the context is none of the arguments that a model reads about

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Final

from dateutil.relativedelta import relativedelta
from pydantic import Field

from executus_core import ToolContext, ToolError, tool
from executus_tools_common.times.moments import (
    OUT_OF_RANGE,
    Moment,
    read_moment,
    settle,
    show,
    show_duration,
    time_passed,
)
from executus_tools_common.times.weekdays import add_weekdays, count_weekdays
from executus_tools_common.times.zones import find_zone

if TYPE_CHECKING:
    from executus_core import Tool

TIMEOUT_S: Final = 10.0
MAX_AMOUNT: Final = 1_000_000_000_000
Amount = Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]


def build_tools() -> list[Tool]:
    """Build the tools."""
    return [time_now, time_convert, time_add, time_between]


@tool(visibility="public", effect="pure", timeout_s=TIMEOUT_S)
def time_now(context: ToolContext, time_zone: str = "UTC") -> str:
    """Tell the date and the time now: use it whenever something depends on today, since you don't know it yourself.

    Args:
        time_zone: An IANA name such as "Europe/Berlin", or an offset such as "+02:00".
    """
    return show(read_moment("now", find_zone(time_zone), context.now))


@tool(visibility="public", effect="pure", timeout_s=TIMEOUT_S)
def time_convert(context: ToolContext, moment: str, to_time_zone: str, time_zone: str = "") -> str:
    """Tell what the clocks of one time zone show when those of another show something else.

    Args:
        moment: As "2026-03-29T14:30", with an offset ("2026-03-29T14:30+02:00"), or "now".
        to_time_zone: Whose clocks to look at: an IANA name such as "America/New_York", or an offset such as "-05:00".
        time_zone: Whose time the moment is, when it has no offset itself; UTC when it is not given.
    """
    read = read_moment(moment, _zone(time_zone), context.now)
    if read.time is None:
        raise ToolError("a date alone is no moment; add the time, as in '2026-03-29T14:30'")
    return show(Moment(_elsewhere(read.time, to_time_zone), read.remark))


@tool(visibility="public", effect="pure", timeout_s=TIMEOUT_S)
def time_add(  # noqa: PLR0917 - one argument per unit is what a model writes best
    context: ToolContext,
    moment: str,
    years: Amount = 0,
    months: Amount = 0,
    weeks: Amount = 0,
    days: Amount = 0,
    weekdays: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0,
    hours: Amount = 0,
    minutes: Amount = 0,
    seconds: Amount = 0,
    time_zone: str = "",
) -> str:
    """Tell which date or time is so long after a moment, or before it with negative numbers.

    Years, months, weeks and days are the calendar's, and keep the time of day: a month after January 31 is the last day of
    February. Hours, minutes and seconds really pass, also while clocks are changed.

    Args:
        moment: As "2026-03-29", "2026-03-29T14:30", with an offset ("2026-03-29T14:30+02:00"), "today" or "now".
        years: How many years.
        months: How many months.
        weeks: How many weeks.
        days: How many days.
        weekdays: How many days from Monday to Friday; no holiday is known.
        hours: How many hours.
        minutes: How many minutes.
        seconds: How many seconds.
        time_zone: Whose calendar and clocks are meant, as an IANA name or an offset; those of the moment's own offset, or
            UTC, when it is not given.
    """
    read = read_moment(moment, _zone(time_zone), context.now)
    passing = (hours, minutes, seconds)
    if any(passing) and read.time is None:
        raise ToolError("a date alone has no hours; add the time, as in '2026-03-29T14:30'")
    try:
        at = read.at + relativedelta(years=years, months=months, weeks=weeks, days=days)
        at = add_weekdays(at, weekdays)
        if not isinstance(at, datetime):
            return show(Moment(at))
        result = settle(at) if at != read.at else read
        if any(passing) and (time := result.time) is not None:
            passed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
            result = Moment((time.astimezone(UTC) + passed).astimezone(time.tzinfo), result.remark)
    except (OverflowError, ValueError) as error:
        raise ToolError(OUT_OF_RANGE) from error
    return show(result)


@tool(visibility="public", effect="pure", timeout_s=TIMEOUT_S)
def time_between(context: ToolContext, start: str, end: str, time_zone: str = "") -> str:
    """Tell how long it is from one date or time to another: as time that passes, in calendar units, and in weekdays.

    Args:
        start: As "2026-03-29", "2026-03-29T14:30", with an offset ("2026-03-29T14:30+02:00"), "today" or "now".
        end: In one of the same ways; before the start, it gives negative numbers.
        time_zone: Whose calendar and clocks are meant, as an IANA name or an offset; UTC when it is not given and they have
            no offset themselves.
    """
    zone = _zone(time_zone)
    first, last = (read_moment(text, zone, context.now) for text in (start, end))
    if (first.time is None) != (last.time is None):
        raise ToolError("one is a date and one a time; write both with a time, or both without")
    remarks = [moment.remark for moment in (first, last) if moment.remark]
    lines = [f"from {show(Moment(first.at))}", f"to {show(Moment(last.at))}", *remarks]
    if first.time is not None and last.time is not None:
        passed = time_passed(first.time, last.time)
        lines.append(f"time that passes: {show_duration(passed)} ({_seconds(passed)} seconds)")
        since, until = _on_one_wall(first.time, last.time)
        lines.append(f"calendar: {_calendar(since, until)}")
        days = since.date(), until.date()
    else:
        days = first.day, last.day
        lines.append(f"days: {(last.day - first.day).days}")
        lines.append(f"calendar: {_calendar(*days)}")
    lines.append(f"weekdays from Monday to Friday, without the last day: {count_weekdays(*days)}")
    return "\n".join(lines)


def _zone(name: str) -> tzinfo | None:
    return find_zone(name) if name.strip() else None


def _on_one_wall(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """Give what the clocks of the first one's zone show at both times."""
    try:
        return first.replace(tzinfo=None), last.astimezone(first.tzinfo).replace(tzinfo=None)
    except OverflowError as error:
        raise ToolError(OUT_OF_RANGE) from error


def _elsewhere(time: datetime, zone_name: str) -> datetime:
    try:
        return time.astimezone(find_zone(zone_name))
    except OverflowError as error:
        raise ToolError(OUT_OF_RANGE) from error


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.6f}".rstrip("0").rstrip(".")


def _calendar(first: date, last: date) -> str:
    """Count in years, months, days and so on, the greatest first."""
    delta = relativedelta(last, first)
    units = ("years", "months", "days", "hours", "minutes", "seconds")
    counted = [(int(getattr(delta, unit)), unit) for unit in units]
    shown = [f"{count} {unit[:-1] if abs(count) == 1 else unit}" for count, unit in counted if count]
    return " ".join(shown) or "nothing"
