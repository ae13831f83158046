"""Real GPS: fixes of three cabs, as they stand in tests/data/gps."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[2] / "data" / "gps" / "sf_cabs.csv"


@dataclass(frozen=True)
class CabFix:
    """One fix of a cab."""

    cab: str
    time: datetime
    lon: float
    lat: float

    @property
    def seconds(self) -> int:
        """POSIX seconds."""
        return int(self.time.timestamp())

    @property
    def iso(self) -> str:
        """The time as most apps write it."""
        return self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@cache
def cabs() -> tuple[CabFix, ...]:
    """Read all of them, by cab and time."""
    with FILE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        CabFix(row["cab"], datetime.fromisoformat(row["time"]), float(row["lon"]), float(row["lat"]))
        for row in rows
    )


def one_cab(count: int = 120) -> tuple[CabFix, ...]:
    """Give the first fixes of the first cab."""
    return cabs()[:count]
