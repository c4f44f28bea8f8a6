"""Which time zone is meant by a name."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from executus_core import ToolError
from executus_core.errors import did_you_mean

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)
_MAX_SHOWN: Final = 60


def find_zone(name: str) -> tzinfo:
    """Find a time zone by its IANA name or its offset from UTC.

    Raises:
        ToolError: There is none of this name; the message is for the model.
    """
    name = name.strip()
    if name.upper() in {"UTC", "Z"}:
        return UTC
    if offset := _OFFSET.fullmatch(name):
        return _fixed(offset)
    known = _known()
    if found := known.get(name.casefold()):
        return ZoneInfo(found)
    city = name.casefold().replace(" ", "_")
    of_city = [zone for zone in known.values() if zone.casefold().endswith(f"/{city}")]
    if len(of_city) == 1:
        return ZoneInfo(of_city[0])
    hint = f" Did you mean '{min(of_city)}'?" if of_city else did_you_mean(name, known.values())
    raise ToolError(
        f"there is no time zone '{name[:_MAX_SHOWN]}'; write an IANA name such as 'Europe/Berlin', or an offset such as "
        f"'+02:00'.{hint if 'Did you mean' in hint else ''}"
    )


def describe_zone(moment: datetime) -> str:
    """Name a moment's zone, as people there call it, with its offset."""
    zone = moment.tzinfo
    offset = moment.strftime("%z")
    shown = f"UTC{offset[:3]}:{offset[3:5]}" if moment.utcoffset() else "UTC"
    if not isinstance(zone, ZoneInfo):
        return shown
    called = moment.tzname() or ""
    words = [zone.key, *([called] if called.isalpha() and called != zone.key else []), shown]
    return ", ".join(dict.fromkeys(words))


@cache
def _known() -> dict[str, str]:
    """The zones of this machine by their names without capitals: looked for once, since that reads a folder tree."""
    return {name.casefold(): name for name in available_timezones()}


def _fixed(offset: re.Match[str]) -> tzinfo:
    sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
    distance = timedelta(hours=hours, minutes=minutes)
    if distance >= timedelta(hours=24):
        raise ToolError(f"no time zone is {hours} hours from UTC")
    return timezone(-distance if sign == "-" else distance)
