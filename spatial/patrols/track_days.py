"""A graded day of a mover as it is kept: read, replaced, and marked for grading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.patrols.grading import EDITION, GAITS, Graded, Parameters, Stay, Trip
from spatial.patrols.verdicts import COUNTS_FOR_WAY

Verdicts = npt.NDArray[np.int8]


@dataclass(frozen=True)
class TrackDay:
    """What the fixes of a mover on one local day come to."""

    mover_id: int
    day: date
    edition: int
    parameters: int
    """Parameters.digest of what it was graded with."""
    fixes: int
    good: int
    """Fixes that the clean track goes through."""
    verdicts: bytes
    """One byte for each fix of the day, in the order of (time, mark)."""
    distance_m: float
    """By the mover's own gait; rides stand with the trips."""
    moving_s: int
    standing_s: int
    first_at: datetime | None
    last_at: datetime | None
    """Of the good fixes."""
    stays: tuple[Stay, ...]
    trips: tuple[Trip, ...]
    heat: bytes | None = field(default=None, compare=False)
    """What the day has put into the sums of the heat map; kept by whoever keeps those."""

    @property
    def codes(self) -> Verdicts:
        """Give the verdicts as codes (fixes,)."""
        return unpack(self.verdicts)

    @property
    def ride_m(self) -> float:
        """What was gone faster than the mover's own gait."""
        return sum(trip.ride_mm for trip in self.trips) / 1000


def pack(verdicts: Verdicts) -> bytes:
    """Pack verdicts (n,), one byte each."""
    return np.asarray(verdicts, np.int8).tobytes()


def unpack(packed: bytes) -> Verdicts:
    """Unpack verdicts; no bytes give none."""
    return np.frombuffer(packed, np.int8)


def of_graded(mover: int, day: date, graded: Graded, parameters: Parameters) -> TrackDay:
    """Make the day's value of what grading found."""
    verdicts = graded.verdicts[graded.day]
    good = np.flatnonzero(np.isin(verdicts, sorted(COUNTS_FOR_WAY)))
    times = graded.columns.time_us[graded.day][good]
    return TrackDay(
        mover_id=mover,
        day=day,
        edition=EDITION,
        parameters=parameters.digest,
        fixes=len(verdicts),
        good=len(good),
        verdicts=pack(verdicts),
        distance_m=graded.distance_m,
        moving_s=graded.moving_ms // 1000,
        standing_s=graded.standing_ms // 1000,
        first_at=moment(int(times[0])) if len(times) else None,
        last_at=moment(int(times[-1])) if len(times) else None,
        stays=graded.stays,
        trips=graded.trips,
    )


def moment(time_us: int) -> datetime:
    """Turn POSIX microseconds into a moment."""
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).replace(microsecond=time_us % 1_000_000)


def read(connection: Connection[Any], mover: int, day: date) -> TrackDay | None:
    """Read a day as it was graded last; None when it never was."""
    return next(iter(read_days(connection, mover, [day])), None)


def read_days(connection: Connection[Any], mover: int, days: Iterable[date]) -> list[TrackDay]:
    """Read days of a mover as they were graded last, in order; those that never were are missing."""
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"mover": mover, "days": list(days)}
        rows = cursor.execute(query("spatial.patrols", "track_days_read"), values).fetchall()
    return [_of_row(row) for row in rows]


def _of_row(row: dict[str, Any]) -> TrackDay:
    stays = tuple(Stay(**each) for each in row.pop("stays"))
    trips = tuple(Trip(**each) for each in row.pop("trips"))
    return TrackDay(**row, stays=stays, trips=trips)


def replace_day(connection: Connection[Any], found: TrackDay) -> None:
    """Keep a day in the place of what was kept of it; its heat stays until whoever keeps that changes it."""
    values = {name: getattr(found, name) for name in found.__dataclass_fields__ if name != "heat"}
    values["stays"] = Jsonb([asdict(stay) for stay in found.stays])
    values["trips"] = Jsonb([asdict(trip) for trip in found.trips])
    connection.execute(query("spatial.patrols", "track_days_replace"), values)


def mark_stale(connection: Connection[Any], mover: int | None = None) -> int:
    """Have the days graded anew that other code, parameters or another gait graded; returns how many.

    connection: of the platform. mover: that one alone.
    """
    digests = {gait: parameters.digest for gait, parameters in GAITS.items()}
    values = {"gaits": list(digests), "digests": list(digests.values()), "mover": mover}
    return connection.execute(query("spatial.patrols", "track_days_stale"), values).rowcount


def mark_dirty(connection: Connection[Any], mover: int, days: Iterable[date]) -> None:
    """Have days of a mover graded anew; `days.touched` says which those are for a fix."""
    connection.execute(query("spatial.patrols", "track_days_dirty"), {"mover": mover, "days": list(days)})
