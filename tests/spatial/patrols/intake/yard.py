"""A small city with people whose phones send, and what its tables hold of it, to compare byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from psycopg import Connection

from api.fix_writer import FixWriter
from spatial.database import Database, connect, session
from spatial.grids.versions import publish
from spatial.patrols import devices
from spatial.patrols.intake import Intake, Sent, Taken
from spatial.patrols.protocols.fixes import Fixes, Source, empty
from spatial.rights.reader import SYSTEM
from spatial.settings import Secret, Settings
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard

PEOPLE = 5
NOW = datetime.now(UTC).replace(microsecond=0)
"""Fixes lie before this moment: intake looks at the clock."""

TABLES = {
    "fix": "SELECT mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps,"
    " course_deg, accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code FROM fix"
    " ORDER BY mover_id, time, mark",
    "extra": "SELECT * FROM fix_extra ORDER BY mover_id, time, mark",
    "last": "SELECT mover_id, time, mark, lon, lat, speed_mps, unit_code, device_id FROM last_position"
    " ORDER BY mover_id",
    "dirty": "SELECT mover_id, day FROM track_dirty ORDER BY 1, 2",
}
"""What must be the same whatever the order that the same fixes come in."""


def us(moment: datetime) -> int:
    """Write a moment as POSIX microseconds."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def walk(count: int, seed: int = 1, end: datetime = NOW, step_s: int = 10) -> Fixes:
    """Walk through the city, with accuracy, speed and battery."""
    rng = np.random.default_rng(seed)
    fixes = empty(count)
    fixes["time_us"][:] = us(end) - np.arange(count)[::-1] * step_s * 1_000_000
    fixes["lon"][:] = WEST + STEP * (0.5 + np.cumsum(rng.normal(0, 0.01, count)))
    fixes["lat"][:] = SOUTH + STEP * (0.5 + np.cumsum(rng.normal(0, 0.01, count)))
    fixes["accuracy_m"][:] = rng.gamma(4, 2, count)
    fixes["speed_mps"][:] = np.where(rng.random(count) < 0.2, np.nan, rng.random(count) * 2)
    fixes["battery_pct"][:] = rng.integers(-1, 101, count)
    return fixes


def one(moment: datetime, lon: float, lat: float, **more: Any) -> Fixes:
    """Make a single fix."""
    fixes = empty(1)
    for name, value in {"time_us": us(moment), "lon": lon, "lat": lat, **more}.items():
        fixes[name][0] = value
    return fixes


def chosen(fixes: Fixes, rows: Any) -> Fixes:
    """Take some of them, in this order."""
    return {name: values[rows] for name, values in fixes.items()}


@dataclass
class Yard:
    """The city's database, as the platform and as its owner reach it."""

    url: str
    app_url: str
    database: Database
    master: Path
    movers: list[int] = field(default_factory=list)
    intake: Intake = field(default_factory=Intake)

    def take(self, *sent: Sent, now: datetime | None = None) -> list[Taken]:
        """Write what was sent in one commit."""
        with session(self.database, SYSTEM) as connection:
            self.intake.warm(connection)
            return self.intake.take(connection, sent, now)

    def walked(self, fixes: Fixes, who: int = 0) -> Sent:
        """Send fixes as one of the people, without a device."""
        return Sent(fixes, Source.OWN, mover=self.movers[who])

    def device(self, who: int | None, identity: str = "phone", protocol: str = "own") -> devices.Device:
        """Make a device that somebody has carried for a year, or that waits."""
        with session(self.database, SYSTEM) as connection:
            mover = None if who is None else self.movers[who]
            since = NOW - timedelta(days=365)
            return devices.meet(connection, protocol, identity, None, mover, since)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def held(self) -> dict[str, list[Any]]:
        """Read everything that follows from the fixes that came, written out: NaN equals itself then."""
        found = {name: self.ask(statement) for name, statement in TABLES.items()}
        return {name: [tuple(map(repr, row)) for row in rows] for name, rows in found.items()}

    def empty(self) -> None:
        """Forget all fixes."""
        self.ask("TRUNCATE fix, fix_extra, track_dirty, last_position, fix_batch, fix_refusal, shift")
        self.ask("DELETE FROM device")
        self.ask("DELETE FROM roster_policy WHERE organisation_id IS NOT NULL")
        self.ask("UPDATE roster_policy SET mode = 'all'")

    @contextmanager
    def writer(self) -> Iterator[FixWriter]:
        """Open a writer as a process has one."""
        home = self.master.parent.parent
        made = FixWriter(Settings(home=home, app_database_url=Secret(self.app_url)), self.app_url)
        try:
            yield made
        finally:
            made.stop()


def fill(connection: Connection[Any]) -> None:
    """Publish grids of sixteen squares, and employ people."""
    units, arcs = chessboard()
    base = [unit for unit in units if unit.level == 4]
    publish(
        connection,
        "grids",
        [*base, *(u for u in units if u.level < 4)],
        arcs,
        "yard",
        NOW - timedelta(days=30),
    )
    connection.execute(
        "INSERT INTO organisation (code, name, name_en, kind) VALUES"
        " ('o', 'o', 'o', 'office'), ('p', 'p', 'p', 'office')"
    )
    connection.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id)"
        " SELECT 'w' || n, '*', '', 'grid_worker', (SELECT id FROM organisation WHERE code = 'o')"
        " FROM generate_series(1, %s) AS n",
        [PEOPLE],
    )


@contextmanager
def open_yard(make_city: Callable[..., Any], as_app: Callable[[str], str], master: Path) -> Iterator[Yard]:
    """Open it for a while."""
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=4)
        database.open()
        yard = Yard(url, as_app(url), database, master)
        yard.movers = [number for (number,) in yard.ask("SELECT id FROM mover ORDER BY id")]
        try:
            yield yard
        finally:
            database.close()


def parts(fixes: Fixes, sizes: Sequence[int]) -> list[Fixes]:
    """Cut fixes into batches."""
    ends = np.cumsum(sizes)
    return [chosen(fixes, slice(end - size, end)) for end, size in zip(ends, sizes, strict=True)]
