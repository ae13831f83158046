"""Days of movers: local days of the city, and which of them a fix has to do with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

ZONE = ZoneInfo("Asia/Shanghai")
"""The clock that shifts and days go by."""
CONTEXT_US = 3_600_000_000
"""A day is judged with this much before and after it, in microseconds."""

_EPOCH = date(1970, 1, 1)
_DAY_US = 86_400_000_000
# China has kept one clock, without summer time, since 1991: a day is a whole number of the hours since then.
_OFFSET_US = 8 * 3_600_000_000


def bounds(day: date) -> tuple[int, int]:
    """Give begin and end of a local day in POSIX microseconds, the end not included."""
    begin = (day - _EPOCH).days * _DAY_US - _OFFSET_US
    return begin, begin + _DAY_US


def moments(day: date) -> tuple[datetime, datetime]:
    """Give begin and end of a local day as moments, the end not included."""
    begin = datetime.combine(day, time(), ZONE)
    return begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Tell the local day of a moment."""
    return moment.astimezone(ZONE).date()


def ordinals(time_us: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Tell the local days of times (n,) in POSIX microseconds, as days since 1970-01-01."""
    return np.asarray((np.asarray(time_us, np.int64) + _OFFSET_US) // _DAY_US, np.int64)


def touched(time_us: npt.ArrayLike) -> npt.NDArray[Any]:
    """Tell which local days must be judged anew for fixes at these times (n,): datetime64[D], each once.

    A fix near midnight is context of the day beside its own.
    """
    times = np.asarray(time_us, np.int64)
    near = np.concatenate([ordinals(times - CONTEXT_US), ordinals(times), ordinals(times + CONTEXT_US)])
    return np.unique(near).astype("datetime64[D]")


def days_between(begin: datetime, end: datetime) -> Iterator[date]:
    """Go through the local days that a span [begin, end) has a part of."""
    day, last = day_of(begin), day_of(end - timedelta(microseconds=1))
    while day <= last:
        yield day
        day += timedelta(days=1)
