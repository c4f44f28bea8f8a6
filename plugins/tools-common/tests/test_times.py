"""Dates, times and time zones, on a clock that stands still."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from executus_core import Ports, ToolError
from executus_core.testing import FakeClock
from executus_tools_common.times.moments import read_moment, show, show_duration, time_passed
from executus_tools_common.times.tools import build_tools, time_add, time_between, time_convert
from executus_tools_common.times.weekdays import add_weekdays, count_weekdays
from executus_tools_common.times.zones import find_zone

BERLIN = "Europe/Berlin"


async def test_now_comes_from_the_clock_of_the_run(tell) -> None:
    """In the zone that is asked for, with what a calendar says of it."""
    clock = FakeClock()
    await clock.advance(90)

    shown = await tell(build_tools(), "time_now", ports=Ports(clock=clock), time_zone=BERLIN)

    assert shown == (
        "2026-01-01T01:01:30+01:00 (Europe/Berlin, CET, UTC+01:00; Thursday, week 1 of 2026, day 1 of the year)"
    )
    assert (await tell(build_tools(), "time_now")).startswith("2026-01-01T00:00:00+00:00 (UTC; Thursday")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (
            ("2026-07-01T12:00", "America/New_York", BERLIN),
            "2026-07-01T06:00:00-04:00 (America/New_York, EDT",
        ),
        (("2026-07-01T12:00Z", "Asia/Kathmandu", ""), "2026-07-01T17:45:00+05:45 (Asia/Kathmandu, UTC+05:45"),
        (("2026-07-01T12:00+02:00", "UTC", ""), "2026-07-01T10:00:00+00:00 (UTC;"),
        (("now", "Pacific/Kiritimati", ""), "2026-01-01T14:00:00+14:00"),
        (
            ("2026-12-31T23:00", "+02:00", "-03:00"),
            "2027-01-01T04:00:00+02:00 (UTC+02:00; Friday, week 53 of 2026",
        ),
    ],
)
async def test_conversion(tell, arguments: tuple[str, str, str], shown: str) -> None:
    moment, to, zone = arguments

    assert (
        await tell(build_tools(), "time_convert", moment=moment, to_time_zone=to, time_zone=zone)
    ).startswith(shown)


@pytest.mark.parametrize(
    ("moment", "amounts", "shown"),
    [
        ("2026-01-31", {"months": 1}, "2026-02-28 (Saturday, week 9 of 2026, day 59 of the year)"),
        ("2028-02-29", {"years": 1}, "2029-02-28 "),
        ("2026-03-31", {"months": -1}, "2026-02-28 "),
        ("today", {"days": 45}, "2026-02-15 "),
        ("2026-W13-7", {}, "2026-03-29 (Sunday, week 13 of 2026"),
        ("2026-01-01T10:00", {"weeks": 2, "hours": -1}, "2026-01-15T09:00:00+00:00"),
        ("2026-01-02", {"weekdays": 1}, "2026-01-05 (Monday"),
        ("2026-01-03", {"weekdays": 1}, "2026-01-05 (Monday"),
        ("2026-01-03", {"weekdays": 5}, "2026-01-09 (Friday"),
        ("2026-01-04", {"weekdays": -1}, "2026-01-02 (Friday"),
        ("2026-01-09", {"weekdays": -5}, "2026-01-02 (Friday"),
    ],
)
async def test_calendar_arithmetic(tell, moment: str, amounts: dict[str, int], shown: str) -> None:
    assert (await tell(build_tools(), "time_add", moment=moment, **amounts)).startswith(shown)


async def test_a_day_is_the_calendars_and_an_hour_is_an_hour(tell) -> None:
    """Over the night when clocks are put forward, 24 hours are an hour more by the wall."""
    day = await tell(build_tools(), "time_add", moment="2026-03-28T12:00", days=1, time_zone=BERLIN)
    hours = await tell(build_tools(), "time_add", moment="2026-03-28T12:00", hours=24, time_zone=BERLIN)

    assert day.startswith("2026-03-29T12:00:00+02:00")
    assert hours.startswith("2026-03-29T13:00:00+02:00")


async def test_a_time_that_clocks_skip_is_said_to_be_none(tell) -> None:
    """Written, and come to."""
    remark = "02:30 does not exist there that day, since the clocks are put forward; 03:30 is taken"

    written = await tell(
        build_tools(), "time_convert", moment="2026-03-29T02:30", to_time_zone="UTC", time_zone=BERLIN
    )
    reached = await tell(build_tools(), "time_add", moment="2026-03-28T02:30", days=1, time_zone=BERLIN)

    assert written.startswith("2026-03-29T01:30:00+00:00")
    assert reached.startswith("2026-03-29T03:30:00+02:00")
    assert written.endswith(remark)
    assert reached.endswith(remark)


async def test_a_time_that_is_there_twice_is_said_to_be_so(tell) -> None:
    """The first is taken, and an offset says that the other is meant."""
    ambiguous = {"to_time_zone": "UTC", "time_zone": BERLIN}
    first = await tell(build_tools(), "time_convert", moment="2026-10-25T02:30", **ambiguous)
    second = await tell(build_tools(), "time_convert", moment="2026-10-25T02:30+01:00", **ambiguous)

    assert first.startswith("2026-10-25T00:30:00+00:00")
    assert first.endswith(
        "02:30 is there twice that day, since the clocks are put back; the first is taken, UTC+02:00, "
        "and the other is UTC+01:00"
    )
    assert second.startswith("2026-10-25T01:30:00+00:00")
    assert "twice" not in second


async def test_how_long_it_is_between_two_times(tell) -> None:
    """As it passes, and as a calendar counts it."""
    shown = await tell(
        build_tools(), "time_between", start="2026-03-28T12:00", end="2026-03-29T12:00", time_zone=BERLIN
    )

    assert shown.splitlines()[2:] == [
        "time that passes: 23 hours (82800 seconds)",
        "calendar: 1 day",
        "weekdays from Monday to Friday, without the last day: 0",
    ]


async def test_how_long_it_is_between_two_dates(tell) -> None:
    """Backwards in negative numbers."""
    forward = await tell(build_tools(), "time_between", start="2024-02-29", end="2026-03-31")
    backward = await tell(build_tools(), "time_between", start="2026-03-31", end="2024-02-29")

    assert forward.splitlines()[2:] == [
        "days: 761",
        "calendar: 2 years 1 month 2 days",
        "weekdays from Monday to Friday, without the last day: 543",
    ]
    assert "days: -761" in backward
    assert backward.endswith(": -543")


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("time_now", {"time_zone": "Europe/Berln"}, "there is no time zone 'Europe/Berln'"),
        ("time_now", {"time_zone": "Europe/Berln"}, "Did you mean 'Europe/Berlin'?"),
        ("time_now", {"time_zone": "../../etc/passwd"}, "there is no time zone '../../etc/passwd'"),
        ("time_now", {"time_zone": "/etc/localtime"}, "there is no time zone"),
        ("time_now", {"time_zone": "+25:00"}, "no time zone is 25 hours from UTC"),
        ("time_now", {"time_zone": "x" * 10_000}, "there is no time zone"),
        (
            "time_add",
            {"moment": "2026-02-30"},
            "is no date and no time (day is out of range for month); write it as",
        ),
        ("time_add", {"moment": "soon"}, "'soon' is no date and no time; write it as '2026-03-29'"),
        ("time_add", {"moment": "2026-01-01", "hours": 1}, "a date alone has no hours"),
        ("time_add", {"moment": "2026-01-01", "years": 9000}, "after the year 9999"),
        ("time_add", {"moment": "2026-01-01", "months": -(10**12)}, "before the year 1"),
        ("time_add", {"moment": "2026-01-01T00:00", "seconds": 10**12}, "after the year 9999"),
        ("time_add", {"moment": "2026-01-01", "days": 10**13}, "the arguments are wrong"),
        ("time_convert", {"moment": "2026-01-01", "to_time_zone": "UTC"}, "a date alone is no moment"),
        ("time_convert", {"moment": "0001-01-01T00:00", "to_time_zone": "-05:00"}, "before the year 1"),
        ("time_convert", {"moment": "9999-12-31T23:59", "to_time_zone": "+05:00"}, "after the year 9999"),
        ("time_between", {"start": "2026-01-01", "end": "now"}, "one is a date and one a time"),
    ],
)
async def test_what_is_wrong_is_said_in_one_sentence(tell, name: str, arguments, problem: str) -> None:
    shown = await tell(build_tools(), name, **arguments)

    assert shown.startswith("error: ")
    assert problem in shown
    assert len(shown) < 400


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("utc", UTC),
        (" Z ", UTC),
        ("europe/berlin", ZoneInfo(BERLIN)),
        ("Berlin", ZoneInfo(BERLIN)),
        ("New York", ZoneInfo("America/New_York")),
    ],
)
def test_a_zone_goes_by_its_name_its_city_or_any_capitals(name: str, zone: tzinfo) -> None:
    assert find_zone(name) == zone


@pytest.mark.parametrize(("name", "hours"), [("+2", 2), ("UTC-03:30", -3.5), ("gmt+0545", 5.75)])
def test_an_offset_is_a_zone(name: str, hours: float) -> None:
    assert find_zone(name).utcoffset(None) == timedelta(hours=hours)


MOMENTS = st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2037-12-30"))
ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
)


@given(MOMENTS, ZONES)
def test_what_is_shown_can_be_read_again(time: datetime, name: str) -> None:
    """The moment that is shown is the one that was read, whatever clocks were changed."""
    zone = find_zone(name)
    read = read_moment(time.isoformat(), zone, datetime.now)
    shown = show(read)

    assert read.time is not None
    assert datetime.fromisoformat(shown.split()[0]) == read.time
    assert read_moment(shown.split()[0], zone, datetime.now).time == read.time
    assert read.time.replace(tzinfo=None) == time or "does not exist" in shown


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    """Nothing else is ever raised."""
    try:
        shown = show(read_moment(text, None, lambda: datetime(2026, 1, 1, tzinfo=UTC)))
    except ToolError as error:
        shown = str(error)

    assert shown


EDGES = ["now", "today", "0001-01-01", "9999-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
WRITTEN = st.sampled_from(EDGES) | st.datetimes().map(datetime.isoformat) | st.dates().map(str)
AMOUNTS = st.just(0) | st.integers(-40, 40) | st.integers(-(10**12), 10**12)
CONTEXT = SimpleNamespace(now=lambda: datetime(2026, 1, 1, tzinfo=UTC))


@given(WRITTEN, WRITTEN, ZONES, st.tuples(AMOUNTS, AMOUNTS, AMOUNTS))
@example("now", "0001-01-01T00:00+14:00", "", (0, 0, 0))
def test_any_moments_and_amounts_give_an_answer_or_a_reason(
    start: str, end: str, zone: str, amounts: tuple[int, int, int]
) -> None:
    """Up to the ends of the calendar, and never anything else."""
    months, days, seconds = amounts
    for call_tool in (
        lambda: time_between(CONTEXT, start, end, zone),
        lambda: time_convert(CONTEXT, start, "+14:00", zone),
        lambda: time_add(
            CONTEXT, start, months=months, days=days, weekdays=days % 99, seconds=seconds, time_zone=zone
        ),
    ):
        with suppress(ToolError):
            assert call_tool()


@given(MOMENTS, MOMENTS, ZONES)
def test_the_time_that_passes_is_the_difference_in_utc(first: datetime, last: datetime, name: str) -> None:
    """Not the one that clocks on the wall show."""
    zone = find_zone(name)
    start, end = first.replace(tzinfo=zone), last.replace(tzinfo=zone)

    assert time_passed(start, end) == end.astimezone(UTC) - start.astimezone(UTC)


@given(st.timedeltas(timedelta(days=-(10**6)), timedelta(days=10**6)))
def test_a_length_of_time_is_shown_whole(duration: timedelta) -> None:
    """Its parts add up to it."""
    shown = show_duration(duration)
    sign = -1 if shown.startswith("-") else 1
    words = shown.removeprefix("-").split()
    total = sum(
        (
            timedelta(**{f"{unit.rstrip('s')}s": float(count)})
            for count, unit in zip(words[::2], words[1::2], strict=True)
        ),
        timedelta(0),
    )

    assert abs(total * sign - duration) < timedelta(microseconds=2)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(-400, 400))
def test_adding_weekdays_is_counting_them(start: date, count: int) -> None:
    """One after the other, as a person would with a calendar."""
    day, left = start, abs(count)
    while left:
        day += timedelta(days=1 if count > 0 else -1)
        left -= day.weekday() < 5

    assert add_weekdays(start, count) == day
    if start.weekday() < 5:
        assert count_weekdays(start, day) == count
