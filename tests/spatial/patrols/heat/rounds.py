"""Rounds in the small town: who walked where in the weeks of May 2026, put down as raw fixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from psycopg import Connection

from spatial.patrols.partitions import ensure
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.patrols.heat import oracle
from tests.spatial.rights.town import GRIDS, build, middle

CLOCK = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 5, 4)
"""The first of three weeks; the second has every kind of round."""
TODAY = date(2026, 6, 9)
WEEKS = (MONDAY, MONDAY + timedelta(7), MONDAY + timedelta(14))
INSPECTORS = 4
"""Who belong to grids of the second street, and walk together through the middle of the first grid."""


class Round(NamedTuple):
    """A walk: so many fixes ten seconds apart, from a place, so many metres each."""

    mover: int
    begins: datetime
    lon: float
    lat: float
    east_m: float
    north_m: float
    fixes: int = 60


def fill(connection: Connection[Any]) -> None:
    """Build the town with inspectors, and write the fixes of all rounds."""
    build(connection)
    for number in range(INSPECTORS):
        connection.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
            " SELECT %s, '李*', '', 'inspector', id, %s FROM organisation WHERE code = 'roads'",
            (f"I{number}", GRIDS[4 + number]),
        )
    ensure(connection, MONDAY - timedelta(2), MONDAY + timedelta(30))
    for each in rounds(connection):
        walk(connection, each)


def rounds(connection: Connection[Any]) -> Iterator[Round]:
    """List the rounds: everybody in the own grid, inspectors together, one over midnight."""
    movers = movers_of(connection)
    for week, first in enumerate(WEEKS):
        for number, grid in enumerate(GRIDS):
            lon, lat = middle(grid)
            day = first + timedelta((number + week) % 6)
            yield Round(movers[f"W{grid}"], at(day, 8 + number), lon, lat, 9.0, 3.0 - number)
        for number in range(INSPECTORS if week else 2):
            lon, lat = middle(GRIDS[0])
            begins = at(first + timedelta(number), 14 + number)
            yield Round(movers[f"I{number}"], begins, lon + number * 1e-5, lat, 4.0, 4.0, 90)
    # Along the border of two grids, and from one day into the next.
    border = SOUTH + STEP
    yield Round(
        movers["I0"], at(WEEKS[1] + timedelta(2), 23.95), WEST + STEP / 2, border - 0.002, 0.0, 7.0, 80
    )


def at(day: date, hour: float) -> datetime:
    """Give a moment of the city's clock."""
    return datetime(day.year, day.month, day.day, tzinfo=CLOCK) + timedelta(hours=hour)


def movers_of(connection: Connection[Any]) -> dict[str, int]:
    """Give the movers by the code of their worker."""
    rows = connection.execute("SELECT w.code, m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id")
    return dict(rows.fetchall())


def walk(connection: Connection[Any], given: Round, noise_m: float = 2.0) -> list[datetime]:
    """Write the fixes of a round, and have its days graded; returns the times."""
    dice = np.random.default_rng(given.mover * 1000 + given.begins.hour)
    times = []
    for number in range(given.fixes):
        x = given.lon + (number * given.east_m + dice.normal(0, noise_m)) / 85_300
        y = given.lat + (number * given.north_m + dice.normal(0, noise_m)) / 111_000
        times.append(given.begins + timedelta(seconds=10 * number))
        connection.execute(
            "INSERT INTO fix (mover_id, time, mark, lon, lat, accuracy_m, unit_code)"
            " VALUES (%s, %s, %s, %s, %s, 5, %s)",
            (given.mover, times[-1], number, x, y, unit_at(x, y)),
        )
    dirty(connection, given.mover, {(when + timedelta(hours=h)).date() for when in times for h in (-1, 0, 1)})
    return times


def dirty(connection: Connection[Any], mover: int, days: Sequence[date] | set[date]) -> None:
    """Have days graded anew."""
    for day in days:
        connection.execute(
            "INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)"
            " ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1",
            (mover, day),
        )


def unit_at(lon: float, lat: float) -> str | None:
    """Find the grid of a place by hand: two columns of four squares."""
    column, row = int((lon - WEST) // STEP), int((lat - SOUTH) // STEP)
    return GRIDS[column * 4 + row] if 0 <= column < 2 and 0 <= row < 4 else None


Whole = Counter[tuple[int, date, int, int, int, str | None]]
"""(mover, day, column, row, hour, unit) → milliseconds."""


def by_hand(connection: Connection[Any]) -> Whole:
    """Work out the heat of all days from raw fixes, with what was said of each fix and where they stayed."""
    found: Whole = Counter()
    said = {
        (mover, day): (verdicts, stays)
        for mover, day, verdicts, stays in connection.execute(
            "SELECT mover_id, day, verdicts, stays FROM track_day WHERE day < '2026-06-01'"
        )
    }
    fixes: dict[int, list[tuple[int, float, float, str | None]]] = {}
    rows = connection.execute(
        "SELECT mover_id, (extract(epoch FROM time) * 1000)::bigint, lon, lat, unit_code FROM fix"
        " WHERE time < '2026-06-01' ORDER BY mover_id, time, mark"
    )
    for mover, *fix in rows:
        fixes.setdefault(mover, []).append(tuple(fix))
    for (mover, day), _ in said.items():
        midnight = int(at(day, 0).timestamp() * 1000)
        judged, stays = _judged(mover, day, fixes.get(mover, []), said)
        for (column, row, hour, unit), ms in oracle.heat(judged, midnight, stays).items():
            found[mover, day, column, row, hour, unit] += ms
    return found


def _judged(mover: int, day: date, fixes: Any, said: Any) -> tuple[list[oracle.Fix], list[oracle.Stay]]:
    """Give the fixes of a day and its neighbours with their verdicts, and the stays."""
    judged, stays = [], []
    for near in (day - timedelta(1), day, day + timedelta(1)):
        verdicts, stayed = said.get((mover, near), (b"", []))
        low, high = (int(at(each, 0).timestamp() * 1000) for each in (near, near + timedelta(1)))
        own = [fix for fix in fixes if low <= fix[0] < high]
        if verdicts:
            judged += [oracle.Fix(*fix, verdict) for fix, verdict in zip(own, verdicts, strict=True)]
        stays += [
            oracle.Stay(each["begin_us"] // 1000, each["end_us"] // 1000, each["lon"], each["lat"])
            for each in stayed
        ]
    return judged, stays


def cells_of(whole: Whole, level: int = 0, **only: Any) -> Counter[tuple[int, int]]:
    """Add up by cell of a level; `only`: movers, days, hours, units (how they begin), whichever are given."""
    found: Counter[tuple[int, int]] = Counter()
    for (mover, day, column, row, hour, unit), ms in whole.items():
        if (
            mover in only.get("movers", (mover,))
            and only.get("since", at(day, 0)) <= at(day, hour) < only.get("until", at(day, 24))
            and (unit or "").startswith(only.get("unit", ""))
        ):
            found[column >> level, row >> level] += ms
    return found
