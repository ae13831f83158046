"""Patrols in the town: plans, people who walk, and the time going by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from spatial.database import Database, connect
from spatial.events.deadlines import read_deadlines
from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds, day_of
from spatial.patrols.grader import grade_dirty
from spatial.patrols.plans import dues, judging
from tests.api.planning import Json, Office
from tests.spatial.patrols.field import put
from tests.spatial.rights.town import GRIDS, middle

YESTERDAY = day_of(datetime.now(UTC)) - timedelta(days=1)
LON, LAT = middle(GRIDS[0])
DEGREES = 1 / 85_394.0
"""A metre to the east."""
PEOPLE: Json = {"starts": "08:00", "ends": "12:00", "valid_from": "2026-01-01"}


def street(metres: float = 400.0, north: float = 0.0) -> Json:
    """Draw a street to the east of the middle of the first grid."""
    return {
        "type": "LineString",
        "coordinates": [[LON, LAT + north], [round(LON + metres * DEGREES, 7), LAT + north]],
    }


def plan_of(mover: int | None, **more: Any) -> Json:
    """Write the body of a plan of a street in the first grid."""
    members = [] if mover is None else [{"mover_id": mover}]
    body = {"name": "早巡", "kind": "lines", "unit_code": GRIDS[0], "members": members}
    return {**PEOPLE, **body, "targets": [{"geometry": street()}], **more}


def mover_of(office: Office, grid: str = GRIDS[0]) -> int:
    """Name the mover of the worker of a grid."""
    return int(
        office.rows(
            "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id WHERE w.unit_code = %s", grid
        )[0][0]
    )


def walked(metres: float, hour: float = 9.0, day: date = YESTERDAY, everywhere: bool = True) -> Columns:
    """Walk so far along the street from an hour on, and be elsewhere with the phone on from 8 to 12."""
    begin = bounds(day)[0]
    times = np.arange(8 * 3600, 12 * 3600, 10.0)
    gone = np.clip((times - hour * 3600) * 1.2, -200, metres)
    # Elsewhere: where the street would go on if it went on to the other side, two streets away.
    on = (times >= hour * 3600) & (gone < metres)
    rows = np.ones(len(times), bool) if everywhere else on
    lon = LON + np.where(on, gone, -250.0) * DEGREES
    noise = np.random.Generator(np.random.PCG64(4)).normal(0, 1e-6, (2, len(times)))
    lat = np.full(len(times), LAT)
    return Columns.of(
        begin + (times[rows] * 1e6).astype(np.int64), (lon + noise[0])[rows], (lat + noise[1])[rows],
        accuracy_m=5.0,
    )  # fmt: skip


def send(office: Office, mover: int, columns: Columns) -> None:
    """Send fixes, and let the job process grade and judge."""
    with connect(office.url) as owner:
        put(owner, mover, columns)
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        grade_dirty(database)
    finally:
        database.close()


def make_due(office: Office, plan: int, day: date = YESTERDAY) -> None:
    """Make what was due on a day, as if the plan had been written long before."""
    with connect(office.url) as owner:
        owner.execute("UPDATE patrol_plan SET since = '2026-01-01' WHERE id = %s", (plan,))
        owner.execute("UPDATE patrol_member SET since = '2026-01-01' WHERE plan_id = %s", (plan,))
        dues.make(owner, day, day, read_deadlines(owner).calendar, plan)


def close(office: Office) -> int:
    """Let the job process judge what is over."""
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        return judging.close_over(database, datetime.now(UTC))
    finally:
        database.close()
