"""Events as arrays: what the analyses of where and when look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import InvalidInput
from spatial.geometry.squares import to_metres, zone_at

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CLOCK = ZoneInfo("Asia/Shanghai")
MOST = 200_000
"""Events that are looked at while somebody waits."""


@dataclass(frozen=True)
class Which:
    """Which events; None: whatever."""

    since: datetime
    until: datetime
    """[since, until) of the moment they occurred."""
    unit: str | None = None
    category: str | None = None
    class_code: str | None = None
    source: str | None = None

    @property
    def days(self) -> int:
        """Count the days of the span."""
        return max(1, -(-(self.until - self.since) // timedelta(days=1)))


@dataclass(frozen=True)
class Occurrences:
    """Events, oldest first: arrays and lists (n,)."""

    id: IntArray
    lon: FloatArray
    lat: FloatArray
    hour: FloatArray
    """Hours since `since`."""
    unit: list[str | None]
    category: list[str]
    address: list[str | None]
    title: list[str]
    place: IntArray
    """place_id; -1 for none."""

    def __len__(self) -> int:
        """Count them."""
        return len(self.id)

    @property
    def day(self) -> IntArray:
        """Give the day of each, 0 beginning at `since`."""
        return (self.hour // 24).astype(np.int64)

    @property
    def zone(self) -> int:
        """Choose the metric zone in their middle."""
        return zone_at(float(np.median(self.lon)), float(np.median(self.lat)))

    def points_m(self, zone: int | None = None) -> FloatArray:
        """Project them to metres, (n, 2)."""
        if not len(self):
            return np.empty((0, 2))
        return np.column_stack(to_metres(zone or self.zone, self.lon, self.lat))


def read_occurrences(connection: Connection[Any], which: Which, most: int = MOST) -> Occurrences:
    """Read the events that the session's reader may see; InvalidInput when there are more than `most`."""
    values = {**vars(which), "unit_until": which.unit and end_of(which.unit), "most": most + 1}
    rows = connection.execute(query("spatial.events", "occurrences"), values, binary=True).fetchall()
    if len(rows) > most:
        raise InvalidInput.at(
            "from", f"more than {most:,} events: choose a shorter span, a unit or a category"
        )
    columns = tuple(zip(*rows, strict=True)) if rows else ((),) * 9
    numbers, lon, lat, hour, unit, category, address, title, place = columns
    return Occurrences(
        np.array(numbers, np.int64), np.array(lon, np.float64), np.array(lat, np.float64),
        np.array(hour, np.float64), list(unit), list(category), list(address), list(title),
        np.array(place, np.int64),
    )  # fmt: skip


def midnight(day: date) -> datetime:
    """Give the moment a day begins at by the city's clock."""
    return datetime.combine(day, time(), CLOCK)


def numbered(keys: list[Any]) -> tuple[list[Any], IntArray]:
    """Number keys (n,) in their order; returns the different ones, and which each is."""
    names = sorted(set(keys))
    number = {key: at for at, key in enumerate(names)}
    return names, np.array([number[key] for key in keys], np.int64)
