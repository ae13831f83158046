"""When in the week a duty line holds: opening hours such as "Mo-Fr 08:00-18:00; Sa 09:00-12:00".

The form is a part of OpenStreetMap's `opening_hours` [https://wiki.openstreetmap.org/wiki/Key:opening_hours]:
days with ranges and lists, times with ranges and lists, parts parted by semicolons. Times are the city's. A
range that ends before it begins ends on the next day.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

CITY_TIME = timezone(timedelta(hours=8))
"""China has one time zone and no summer time."""
WEEK = 7 * 24 * 60
DAY = 24 * 60
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_PART = re.compile(r"(?:(?P<days>[A-Za-z,\- ]+?)\s*)?(?P<times>\d[\d:,\- ]*)")
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
# Monday 1970-01-05 00:00 in the city.
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=CITY_TIME)

Spans = tuple[tuple[int, int], ...]
"""Minutes of the week [from, until), in order, without touching; Monday 00:00 is 0."""


@cache
def read_hours(text: str) -> Spans:
    """Read hours as minutes of the week; ValueError says what is wrong.

    >>> read_hours("Mo-Tu 08:00-12:00")
    ((480, 720), (1920, 2160))
    """
    if text.strip() == "24/7":
        return ((0, WEEK),)
    spans = [span for part in text.split(";") if part.strip() for span in _part(part.strip())]
    if not spans:
        raise ValueError("there is nothing in it: write, for one, Mo-Fr 08:00-18:00")
    return _merged(spans)


def minute_of_week(moment: datetime) -> int:
    """Give the minute of the city's week that a moment falls into."""
    return int((moment.astimezone(UTC) - _FIRST_MONDAY).total_seconds() // 60) % WEEK


def holds(spans: Spans | None, minute: int) -> bool:
    """Tell whether a minute of the week lies in the spans; None: always."""
    if spans is None:
        return True
    place = bisect_right(spans, (minute, WEEK + 1)) - 1
    return place >= 0 and spans[place][0] <= minute < spans[place][1]


def _part(part: str) -> Iterator[tuple[int, int]]:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"'{part[:40]}' is not a part of hours such as Mo-Fr 08:00-18:00")
    days = list(_days(found["days"])) if found["days"] else list(range(7))
    for text in found["times"].split(","):
        begin, length = _times(text.strip())
        for day in days:
            yield from _wrapped(day * DAY + begin, length)


def _days(text: str) -> Iterator[int]:
    for piece in text.replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        begin, end = _day(first), _day(last or first)
        yield from ((begin + n) % 7 for n in range((end - begin) % 7 + 1))


def _day(text: str) -> int:
    if text.capitalize() not in _DAYS:
        raise ValueError(f"'{text[:20]}' is not a day: {', '.join(_DAYS)}")
    return _DAYS.index(text.capitalize())


def _times(text: str) -> tuple[int, int]:
    """Read a range of times as its first minute of the day and its length."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:20]}' is not a range of times such as 08:00-18:00")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    begin, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or begin >= DAY or end > DAY:
        raise ValueError(f"'{text[:20]}' is no time of the day")
    length = (end - begin) % DAY or DAY
    return begin, length


def _wrapped(begin: int, length: int) -> Iterator[tuple[int, int]]:
    """Cut a span where the week ends."""
    end = begin + length
    yield begin, min(end, WEEK)
    if end > WEEK:
        yield 0, end - WEEK


def _merged(spans: Sequence[tuple[int, int]]) -> Spans:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return tuple(merged)
