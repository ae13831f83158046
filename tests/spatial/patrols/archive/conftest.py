"""A town whose rounds have been graded, and an archive beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest
from psycopg import sql

from spatial.database import Database, connect
from spatial.patrols.archive.running import Report, run
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import Policy
from spatial.patrols.grader import grade_dirty
from spatial.patrols.partitions import ensure
from tests.spatial.patrols.heat.rounds import MONDAY, dirty, rounds, walk
from tests.spatial.rights.town import build

TODAY = date(2026, 6, 9)
EVERYTHING = Policy(after_days=3)


@dataclass
class Vault:
    """A database, and the archive that its days go to."""

    url: str
    database: Database
    store: Store
    folder: Path

    def run(self, policy: Policy = EVERYTHING, today: date = TODAY) -> Report:
        report = run(self.url, self.store, policy, today)
        assert report.errors == []
        return report

    def ask(self, text: Any, *values: Any) -> list[tuple[Any, ...]]:
        with connect(self.url) as owner:
            made = owner.execute(text, values)
            return made.fetchall() if made.description else []

    def state(self) -> dict[str, str]:
        """Hash all that follows from the fixes, but when it was worked out."""
        found = {}
        for table, columns in FOLLOWING.items():
            text = sql.SQL("SELECT {what} FROM {table} ORDER BY {what}")
            rows = self.ask(text.format(what=sql.SQL(columns), table=sql.Identifier(table)))
            found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found


FOLLOWING: dict[str, LiteralString] = {
    "track_day": "mover_id, day, edition, parameters, fixes, good, verdicts, distance_m, moving_s,"
    " standing_s, first_at, last_at, stays, trips, heat",
    "heat": "level, days, first_day, mover_id, ms",
    "track_dirty": "mover_id, day",
}
LAST = MONDAY + timedelta(days=10)
"""The round over midnight of the second week is in it."""


def fill(connection: Any) -> None:
    """Build the town, with the rounds of some days and some odd fixes; nothing that came by itself."""
    build(connection)
    for table in ("fix", "track_dirty", "track_day", "archive_day"):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    for number in range(4):
        connection.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
            " SELECT %s, '李*', '', 'inspector', id, '110108001001001' FROM organisation"
            " WHERE code = 'roads'",
            (f"I{number}",),
        )
    ensure(connection, MONDAY - timedelta(days=1), LAST)
    for each in rounds(connection):
        if each.begins.date() in (MONDAY, *(MONDAY + timedelta(days=n) for n in (1, 2, 9))):
            walk(connection, each)
    odd(connection)


def odd(connection: Any) -> None:
    """Add fixes that use every column, and every kind of nothing."""
    one, two = (connection.execute("SELECT min(id), max(id) FROM mover").fetchall())[0]
    connection.execute(
        "INSERT INTO fix (mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum,"
        " speed_mps, course_deg, accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code,"
        " received_at) VALUES"
        " (%(one)s, '2026-05-05T03:00:00.123456Z', -2147483648, 7, 116.3, 39.9, 116.306, 39.901, 2, 1.5,"
        "  359.9, 3, -12.25, 0, 3, 0, 2147483647, '110108001001001', '2026-05-05T03:00:01.5Z'),"
        " (%(one)s, '2026-05-05T03:00:00.123456Z', 2147483647, NULL, 'NaN', 'Infinity', NULL, 0, 0, 0, 0, 0,"
        "  0, NULL, 0, 1, 0, '', '2026-05-05T03:00:02Z'),"
        " (%(one)s, '2026-05-05T03:00:03Z', 0, NULL, -181, 90.5, 'NaN', NULL, 0, 'NaN', NULL, NULL, '-0',"
        "  100, 0, 1, 0, NULL, '2026-05-05T04:00:00Z'),"
        " (%(two)s, '2026-05-05T16:30:00Z', 5, NULL, '-0', 1e-300, NULL, NULL, 0, NULL, NULL, NULL, NULL,"
        "  NULL, 0, 0, 0, NULL, '2026-05-06T04:00:00Z')",
        {"one": one, "two": two},
    )
    dirty(connection, one, {date(2026, 5, 5)})
    dirty(connection, two, {date(2026, 5, 5), date(2026, 5, 6)})


def all_fixes(connection: Any) -> list[tuple[Any, ...]]:
    """Read the table of fixes as it is."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT * FROM fix ORDER BY mover_id, time, mark"
    ).fetchall()
    return rows


@pytest.fixture
def vault(make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Vault]:
    """The town after some days of rounds and some odd fixes, all graded; an empty archive."""
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=3)
        database.open()
        grade_dirty(database)
        folder = tmp_path / "archive"
        yield Vault(url, database, Store(str(folder)), folder)
        database.close()
