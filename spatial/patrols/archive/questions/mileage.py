"""How far, how long: what archived days came to, mover by mover."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.patrols.archive import days_file
from spatial.patrols.archive.questions.asked import ROOM, Allowed
from spatial.patrols.archive.store import DAYS, Store
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import us_of

COLUMNS = (
    "mover_id", "fixes", "good", "distance_m", "moving_s", "standing_s", "first_at", "last_at", "trips",
)  # fmt: skip


@dataclass(frozen=True)
class Sum:
    """What days of a mover come to; whole numbers, so that the order of days does not matter."""

    days: int
    fixes: int
    good: int
    distance_mm: int
    """By the mover's own gait."""
    ride_mm: int
    moving_s: int
    standing_s: int
    first_us: int | None
    """Of the good fixes."""
    last_us: int | None

    def __add__(self, other: Sum) -> Sum:
        names = [each.name for each in fields(Sum)[:-2]]
        counts = {name: getattr(self, name) + getattr(other, name) for name in names}
        firsts = [each for each in (self.first_us, other.first_us) if each is not None]
        lasts = [each for each in (self.last_us, other.last_us) if each is not None]
        return Sum(**counts, first_us=min(firsts, default=None), last_us=max(lasts, default=None))


Sums = dict[int, Sum]
"""By mover."""


def of_file(store: Store, day: date, generation: int, who: Allowed) -> Sums:
    """Add up a day of the archive."""
    with store.open(DAYS, day, generation) as file:
        table = days_file.read(file, columns=COLUMNS)
    wanted = np.flatnonzero(np.isin(table.column("mover_id").to_numpy(), who.movers))
    return of_rows((*row.values(),) for row in _parsed(table.select(COLUMNS).take(wanted).to_pylist()))


def _parsed(rows: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return ({**row, "trips": json.loads(row["trips"])} for row in rows)


def of_database(connection: Connection[Any], days: list[date], who: Allowed) -> Sums:
    """Add up days of the database, on a connection of whoever asks."""
    values = {"days": days, "movers": who.movers.tolist()}
    return of_rows(connection.execute(query(ROOM, "mileage"), values).fetchall())


def of_rows(rows: Iterable[tuple[Any, ...]]) -> Sums:
    """Add up rows of COLUMNS."""
    found: Sums = {}
    for mover, fixes, good, distance_m, moving_s, standing_s, first_at, last_at, trips in rows:
        ride_mm = sum(trip["ride_mm"] for trip in trips)
        ends = (_us(first_at), _us(last_at))
        day = Sum(1, fixes, good, round(distance_m * 1000), ride_mm, moving_s, standing_s, *ends)
        found[mover] = found[mover] + day if mover in found else day
    return found


def added(parts: Iterable[Sums]) -> Sums:
    """Add up the days of each mover."""
    found: Sums = {}
    for part in parts:
        for mover, day in part.items():
            found[mover] = found[mover] + day if mover in found else day
    return dict(sorted(found.items()))


def told(sums: Sums) -> list[dict[str, Any]]:
    """Write an answer as JSON has it."""
    rows = []
    for mover, each in sums.items():
        row = {"mover_id": mover, **asdict(each)}
        for name in ("distance", "ride"):
            row[f"{name}_m"] = row.pop(f"{name}_mm") / 1000
        for name in ("first", "last"):
            at = row.pop(f"{name}_us")
            row[f"{name}_at"] = None if at is None else moment(at).isoformat()
        rows.append(row)
    return rows


def _us(at: datetime | None) -> int | None:
    return None if at is None else us_of(at)
