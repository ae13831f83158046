"""Fixes of many movers as columns, and how they are read from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import as_platform, query
from spatial.patrols.copying import EPOCH_US
from spatial.rights.reader import SYSTEM_STANDPOINT, Reader
from spatial.rights.rules.patrols import WATCHERS
from spatial.types import BBox

ROOM = "spatial.patrols.playback"
_RECENT = 256
"""What stands on top of the gate of a fix that has only just come."""
_PLAIN = (("time_us", ">i8"), ("lon", ">f8"), ("lat", ">f8"), ("gate", ">i2"))
_EXTRAS = ("speed_mps", "course_deg", "accuracy_m")
_ROWS = {
    "rows": np.dtype(list(_PLAIN)),
    "rows_more": np.dtype([*_PLAIN, *((name, ">f4") for name in _EXTRAS)]),
}


@dataclass(frozen=True)
class Fixes:
    """Fixes (n,) of many movers, by mover and then in the order of their key; positions WGS-84."""

    place: npt.NDArray[np.int32]
    """Which mover of the playback, from 0."""
    time_us: npt.NDArray[np.int64]
    """POSIX microseconds."""
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    gate: npt.NDArray[np.int16]
    """What was said of it when it came."""
    speed_mps: npt.NDArray[np.float32]
    course_deg: npt.NDArray[np.float32]
    accuracy_m: npt.NDArray[np.float32]
    """NaN where it is not known, or was not asked for."""

    def __len__(self) -> int:
        return len(self.place)

    def __getitem__(self, rows: slice | npt.NDArray[Any]) -> Fixes:
        return Fixes(*(getattr(self, each.name)[rows] for each in fields(self)))

    def in_box(self, box: BBox | None) -> Fixes:
        """Leave out what is not in the box."""
        if box is None:
            return self
        across = (self.lon >= box.west) & (self.lon <= box.east)
        return self[across & (self.lat >= box.south) & (self.lat <= box.north)]

    def runs(self) -> npt.NDArray[np.int64]:
        """Find where each mover's fixes begin, and after the last one the end (runs + 1,)."""
        cuts = np.flatnonzero(np.diff(self.place)) + 1
        inner = np.concatenate([cuts, [len(self)]]) if len(self) else np.zeros(0, np.int64)
        return np.concatenate([[0], inner]).astype(np.int64)


def together(parts: Sequence[Fixes]) -> Fixes:
    """Put parts together, each mover's fixes from one part alone."""
    made = Fixes(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Fixes)))
    return _in_order(made)


def of_columns(place: int, columns: Any) -> Fixes:
    """Take the fixes of one mover (spatial.patrols.columns.Columns)."""
    given = (columns.time_us, columns.lon, columns.lat, columns.gate.astype(np.int16))
    more = (columns.speed_mps, columns.course_deg, columns.accuracy_m)
    return Fixes(np.full(len(columns), place, np.int32), *given, *more)


def watches(reader: Reader) -> bool:
    """Tell whether a reader may see the tracks of others; which others, the policy of the mover says."""
    return reader.role in WATCHERS or reader.standpoint == SYSTEM_STANDPOINT


def seen(connection: Connection[Any], reader: Reader, movers: Sequence[int]) -> list[int]:
    """Put 0 in the place of movers whose tracks the reader may not see at this moment."""
    values = {"movers": list(movers), "watches": watches(reader), "worker": reader.worker_id}
    known = {row[0] for row in connection.execute(query(ROOM, "seen"), values).fetchall()}
    return [mover if mover in known else 0 for mover in movers]


def read(
    connection: Connection[Any],
    reader: Reader,
    movers: Sequence[int],
    span: tuple[datetime, datetime],
    recent: datetime,
    more: bool,
) -> tuple[Fixes, npt.NDArray[np.bool_]]:
    """Read the fixes of [begin, end) that the reader may see, and which came after `recent`.

    more: with speed, course and accuracy.
    """
    name = "rows_more" if more else "rows"
    # The policies are asked for the movers, once each: asked for each fix, they took most of the time.
    values = {"movers": seen(connection, reader, movers), "begin": span[0], "end": span[1], "recent": recent}
    with as_platform(connection, reader), connection.cursor(binary=True) as cursor:
        found = cursor.execute(query(ROOM, name), values).fetchall()
    kind = _ROWS[name]
    rows = np.frombuffer(b"".join(packed for _, packed in found), kind)
    sizes = [len(packed) // kind.itemsize for _, packed in found]
    place = np.repeat(np.array([each for each, _ in found], np.int32), sizes)
    nothing = np.broadcast_to(np.float32(np.nan), len(rows))
    extras = (rows[each].astype(np.float32) if more else nothing for each in _EXTRAS)
    gate = rows["gate"].astype(np.int16)
    time_us = rows["time_us"].astype(np.int64) + EPOCH_US
    lon, lat = rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)
    # The mark travels in the gate, so that it stays with its row.
    made = _in_order(Fixes(place, time_us, lon, lat, gate, *extras))
    return replace(made, gate=made.gate % _RECENT), made.gate >= _RECENT


def _in_order(found: Fixes) -> Fixes:
    """Sort by mover alone: within each the order is what it was.

    PostgreSQL goes through the movers one after the other, but does not promise it.
    """
    if (np.diff(found.place) >= 0).all():
        return found
    return found[np.argsort(found.place, kind="stable")]
