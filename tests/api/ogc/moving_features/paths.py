"""A town in which somebody has walked for some days, and what its track must look like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds, day_of
from spatial.patrols.grading import Context, grade, parameters_of
from spatial.patrols.track_days import moment
from spatial.patrols.verdicts import COUNTS_FOR_WAY
from tests.spatial.patrols.field import put
from tests.spatial.patrols.truth import walk
from tests.spatial.rights.town import GRIDS, build

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
SPEED, COURSE = 1.5, 350.0
GAP_US = int(parameters_of("foot").gap_s * 1e6)


def later(columns: Columns, shift_us: int) -> Columns:
    """Let the same have happened at another time."""
    return replace(columns, time_us=columns.time_us + shift_us)


def joined(*parts: Columns) -> Columns:
    """Put fixes of several walks one behind the other."""
    names = ("time_us", "mark", "lon", "lat", "accuracy_m", "device")
    given = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Columns.of(given.pop("time_us"), given.pop("lon"), given.pop("lat"), **given)


def speaks(time_us: Any) -> Any:
    """Tell at which moments the device says how fast it goes, and where to."""
    return time_us // 1_000_000 % 20 < 10


def spoken(columns: Columns) -> Columns:
    """Let the device say at every other fix how fast it goes."""
    known = speaks(columns.time_us)
    speed, course = (np.where(known, value, np.nan).astype(np.float32) for value in (SPEED, COURSE))
    return replace(columns, speed_mps=speed, course_deg=course)


_MORNING = walk("foot", 33, seconds=3600, stand_s=600).columns
_ALONE = later(_MORNING[slice(0, 1)], 5 * HOUR_US)
_NEXT = later(walk("foot", 34, seconds=1800, stand_s=300).columns, DAY_US)
_NIGHT = later(walk("foot", 35, seconds=3600, stand_s=300).columns, DAY_US + 15 * HOUR_US + HOUR_US // 2)
WALKED = spoken(joined(_MORNING, _ALONE, _NEXT, _NIGHT))
"""An hour at 8 o'clock and one fix at 13; next day half an hour at 8, and from 23:30 until past midnight."""
OTHER = spoken(walk("foot", 40, seconds=1200, stand_s=300).columns)


@dataclass(frozen=True)
class Line:
    """What one piece must be."""

    time_us: list[int]
    lon: list[float]
    lat: list[float]


def lines_of(columns: Columns) -> Iterator[Line]:
    """Cut what grading leaves, day by day and at silences, fix by fix: an oracle of the pieces."""
    row: tuple[list[int], list[float], list[float]] = ([], [], [])
    for time, lon, lat in _clean(columns):
        begun = row[0]
        if begun and (time - begun[-1] > GAP_US or day_of(moment(time)) != day_of(moment(begun[-1]))):
            yield Line(*row)
            row = ([], [], [])
        for kept, value in zip(row, (time, lon, lat), strict=True):
            kept.append(value)
    yield Line(*row)


def _clean(columns: Columns) -> Iterator[tuple[int, float, float]]:
    for day in sorted({day_of(moment(time)) for time in columns.time_us.tolist()}):
        begin, end = bounds(day)
        context = columns[columns.between(begin - HOUR_US, end + HOUR_US)]
        found = grade(context, Context(begin, end), parameters_of("foot"))
        for at in range(found.day.start, found.day.stop):
            if found.verdicts[at] in COUNTS_FOR_WAY:
                fix = found.columns
                yield int(fix.time_us[at]), float(fix.lon[at]), float(fix.lat[at])


def fill(connection: Connection[Any]) -> None:
    """Let the worker of the first grid have walked; of the others nothing is known yet."""
    build(connection)
    connection.execute("TRUNCATE fix, fix_extra, fix_mark, track_day, track_dirty, last_position")
    let_walk(connection, GRIDS[0], WALKED)


def let_walk(connection: Connection[Any], grid: str, columns: Columns) -> None:
    """Put fixes of a grid's worker as a device sends them, and where they were last."""
    mover = mover_of(connection, grid)
    put(connection, mover, columns)
    connection.execute(
        "UPDATE fix SET speed_mps = %s, course_deg = %s, unit_code = %s"
        " WHERE mover_id = %s AND mod(floor(extract(epoch FROM time))::bigint, 20) < 10",
        [SPEED, COURSE, GRIDS[0], mover],
    )
    connection.execute(
        "INSERT INTO last_position (mover_id, time, mark, lon, lat, flags, received_at)"
        " SELECT mover_id, time, mark, lon, lat, flags, received_at"
        " FROM fix WHERE mover_id = %s ORDER BY time DESC LIMIT 1",
        [mover],
    )


def mover_of(connection: Connection[Any], grid: str) -> int:
    """Give the number of the mover of a grid's worker."""
    row = connection.execute(
        "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id WHERE w.unit_code = %s"
        " ORDER BY w.id LIMIT 1",
        [grid],
    ).fetchone()
    assert row is not None
    return int(row[0])
