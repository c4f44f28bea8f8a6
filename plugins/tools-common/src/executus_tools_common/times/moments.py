"""Reading dates and times, and showing them with what a calendar says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from attrs import frozen
from dateutil.tz import datetime_ambiguous, datetime_exists, resolve_imaginary

from executus_core import ToolError
from executus_tools_common.times.zones import describe_zone

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_SHOWN: Final = 60
FORMS: Final = "'2026-03-29', '2026-03-29T14:30', '2026-03-29T14:30+02:00', 'now' or 'today'"
OUT_OF_RANGE: Final = "that is before the year 1 or after the year 9999, where this calendar ends"


@frozen
class Moment:
    """A date, or a time in a zone.

    Attributes:
        at: A ``datetime`` with its zone, or a plain ``date``.
        remark: What a reader must know of it: that the clocks were changed there; "" for nothing.
    """

    at: datetime | date
    remark: str = ""

    @property
    def time(self) -> datetime | None:
        """The time, where it is more than a date."""
        return self.at if isinstance(self.at, datetime) else None

    @property
    def day(self) -> date:
        """The date."""
        return self.at.date() if isinstance(self.at, datetime) else self.at


def read_moment(text: str, zone: tzinfo | None, now: Callable[[], datetime]) -> Moment:
    """Read a date or a time.

    Args:
        text: What was written.
        zone: Whose time it is, and where it is to be looked at; None leaves a time in the zone of its offset, and takes one
            without an offset for UTC.
        now: Tells the time.

    Raises:
        ToolError: It is no date and no time, or one that does not exist; the message is for the model.
    """
    text = text.strip()
    if text.casefold() == "now":
        return Moment(now().replace(microsecond=0).astimezone(zone or UTC))
    if text.casefold() == "today":
        return Moment(now().astimezone(zone or UTC).date())
    try:
        if len(text) <= len("2026-W13-7"):
            return Moment(date.fromisoformat(text))
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return Moment(time.astimezone(zone) if zone else time)
    except ValueError as error:
        reason = "" if "isoformat" in str(error) else f" ({error})"
        raise ToolError(
            f"'{text[:_MAX_SHOWN]}' is no date and no time{reason}; write it as {FORMS}"
        ) from error
    except OverflowError as error:
        raise ToolError(OUT_OF_RANGE) from error
    return settle(time.replace(tzinfo=zone or UTC))


def settle(time: datetime) -> Moment:
    """Say what becomes of a wall clock's time that is skipped or there twice on the day when clocks are changed."""
    zone = time.tzinfo
    try:
        if not datetime_exists(time, zone):
            shifted = resolve_imaginary(time)
            return Moment(
                shifted,
                f"{time:%H:%M} does not exist there that day, since the clocks are put forward; {shifted:%H:%M} is taken",
            )
        if datetime_ambiguous(time, zone):
            first, second = time.replace(fold=0), time.replace(fold=1)
            return Moment(
                first,
                f"{time:%H:%M} is there twice that day, since the clocks are put back; the first is taken, "
                f"{_offset(first)}, and the other is {_offset(second)}",
            )
    except OverflowError as error:
        raise ToolError(OUT_OF_RANGE) from error
    return Moment(time)


def show(moment: Moment) -> str:
    """Show a date or a time: in ISO 8601, with its zone, its weekday and its week."""
    at = moment.at
    year, week, _ = at.isocalendar()
    calendar = f"{at:%A}, week {week} of {year}, day {at.timetuple().tm_yday} of the year"
    remark = f"; {moment.remark}" if moment.remark else ""
    if isinstance(at, datetime):
        shown = at.isoformat(timespec="microseconds" if at.microsecond else "seconds")
        return f"{shown} ({describe_zone(at)}; {calendar}){remark}"
    return f"{at.isoformat()} ({calendar}){remark}"


def time_passed(first: datetime, last: datetime) -> timedelta:
    """Give the time that really passes between two times, whatever clocks are changed between them."""
    by_the_wall = last.replace(tzinfo=None) - first.replace(tzinfo=None)
    return by_the_wall - ((last.utcoffset() or timedelta(0)) - (first.utcoffset() or timedelta(0)))


def show_duration(duration: timedelta) -> str:
    """Show a length of time in days, hours, minutes and seconds."""
    sign = "-" if duration < timedelta(0) else ""
    seconds, micros = divmod(abs(duration) // timedelta(microseconds=1), 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    parts = [(days, "day"), (seconds // 3600, "hour"), (seconds // 60 % 60, "minute")]
    shown = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    if seconds % 60 or micros or not shown:
        shown.append(f"{seconds % 60}{fraction} second{'' if (seconds % 60, micros) == (1, 0) else 's'}")
    return sign + " ".join(shown)


def _offset(time: datetime) -> str:
    offset = time.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"
