"""Dates and times as people write them, where they can mean one day only."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

LONGEST: Final = 80
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_DAY_FIRST = re.compile(
    r"(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?([a-z]+)\.?,?[\s-]+(\d{4})", re.IGNORECASE
)
_TIME = re.compile(
    r"(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.(\d{1,6}))?)?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:\s*T\s*|,?\s+at\s+|,\s+|\s+)(?=\d{1,2}(?::\d{2}|\s*[ap]\.?m))", re.IGNORECASE)


class Doubtful(Exception):
    """A text can mean two days; the message says which."""


def read_date(text: str) -> date | None:
    """Return the day that a text says; None where it says none.

    Raises:
        Doubtful: Day and month cannot be told apart, or the weekday is another day's.
    """
    said = text.strip(" \t\r\n*`\"'.")
    if len(said) > LONGEST:
        return None
    weekday = _WEEKDAY.match(said)
    if weekday:
        said = said[weekday.end() :]
    found = _day(said)
    if found is None:
        return _midnight(said)
    if weekday and _DAYS[found.weekday()] != weekday[1].lower():
        raise Doubtful(f"says {weekday[1]}, and {found.isoformat()} is a {found:%A}")
    return found


def read_datetime(text: str) -> datetime | None:
    """Return the moment that a text says; None where it says none. Without a zone it has none.

    Raises:
        Doubtful: As of `read_date`.
    """
    said = text.strip(" \t\r\n*`\"'.")
    if len(said) > LONGEST:
        return None
    gap = _BETWEEN.search(said)
    if not gap:
        return None
    day, clock = read_date(said[: gap.start()]), _clock(said[gap.end() :])
    return None if day is None or clock is None else datetime.combine(day, clock)


def _day(said: str) -> date | None:
    if match := _YEAR_FIRST.fullmatch(said):
        return _made(int(match[1]), int(match[3]), int(match[4]))
    if match := _COMPACT.fullmatch(said):
        return _made(int(match[1]), int(match[2]), int(match[3]))
    if match := _MONTH_FIRST.fullmatch(said):
        return _made(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    if match := _DAY_FIRST.fullmatch(said):
        return _made(int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    match = _YEAR_LAST.fullmatch(said)
    if not match:
        return None
    one, two, year = int(match[1]), int(match[3]), int(match[4])
    readings = {found for found in (_made(year, two, one), _made(year, one, two)) if found}
    if len(readings) > 1:
        first, second = sorted(found.isoformat() for found in readings)
        raise Doubtful(f"could be {first} or {second}; write the date as YYYY-MM-DD")
    return readings.pop() if readings else None


def _midnight(said: str) -> date | None:
    """Return the day of a moment that is a day's first one: some write dates so."""
    gap = _BETWEEN.search(said)
    day = _day(said[: gap.start()]) if gap else None
    clock = _clock(said[gap.end() :]) if gap else None
    return day if clock and clock.replace(tzinfo=None) == time.min else None


def _clock(said: str) -> time | None:
    match = _TIME.fullmatch(said.strip())
    if not match or not (match[2] or match[5]):
        return None
    hour, half = int(match[1]), (match[5] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        fraction = int((match[4] or "0").ljust(6, "0"))
        return time(hour, int(match[2] or 0), int(match[3] or 0), fraction, tzinfo=_zone(match[6]))
    except ValueError:
        return None


def _zone(said: str | None) -> timezone | None:
    if not said:
        return None
    if said.lower() in {"z", "utc", "gmt"}:
        return UTC
    hours, minutes = int(said[1:3]), int(said[-2:])
    return timezone((1 if said[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
