"""A city of a few people whose days are put into the heat directly, and what they must add up to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import Database, connect, session
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.asking import Found, Question, ask
from spatial.patrols.heat.keeping import fold, keep
from spatial.patrols.heat.records import Contributions, Entries
from spatial.patrols.heat.summing import sum_up
from spatial.rights.reader import Reader
from spatial.types import BBox
from tests.spatial.patrols.heat.rounds import MONDAY, at

CHIEF = Reader(None, "chief", "chief", "district_administrator")
PEOPLE = 6
CODES = ("990101001001001", "990101001001002", "990101001002001", "990101002001001")
COLUMN, ROW = 863_872, 397_184
"""A corner where tiles of pieces meet at level 0."""
DAYS = 65

Whole = Counter[tuple[int, date, int, int, int, str]]
"""(mover, day, column, row, hour, unit) → milliseconds."""


def people(connection: Connection[Any]) -> None:
    """Hire a few people."""
    connection.execute(
        "INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'utility')"
    )
    connection.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
        " SELECT 'w' || n, '张*', '1**', 'grid_worker', (SELECT id FROM organisation), %s"
        " FROM generate_series(1, %s) AS n",
        (CODES[0], PEOPLE),
    )


class Sums:
    """The city, and by hand what each row of a day holds."""

    def __init__(self, url: str, database: Database) -> None:
        self.url, self.database = url, database
        self.whole: Whole = Counter()
        with connect(url) as owner:
            self.movers = [row[0] for row in owner.execute("SELECT id FROM mover ORDER BY id").fetchall()]

    def walk(self, dice: random.Random, mover: int, day: date, connection: Any = None) -> None:
        """Put a day in, in the place of what it had: none, or cells near and far, any hours and units."""
        count = dice.choice((0, 1, 5, 40))
        pieces = [
            (
                COLUMN + dice.choice((-140, -1, 0, 3, 90)) + dice.randrange(4),
                ROW + dice.choice((-70, -2, 0, 130)) + dice.randrange(3),
                dice.randrange(24),
                dice.randrange(len(CODES) + 1),
                dice.choice((1, 999, 600_000)),
            )
            for _ in range(count)
        ]
        self.put(mover, day, pieces, connection)

    def put(self, mover: int, day: date, pieces: Collection[tuple[int, ...]], connection: Any = None) -> None:
        """Put a day in: columns, rows, hours, units by number (0: none), milliseconds."""
        column, row, hour, unit, ms = np.array(list(pieces), np.int64).reshape(-1, 5).T
        heat = Contributions(Entries.of(lattice.number(column, row), unit, hour, ms), CODES).packed()
        if connection is None:
            with connect(self.url) as owner:
                keep(owner, mover, day, heat)
        else:
            keep(connection, mover, day, heat)
        self.forget(lambda key: key[:2] == (mover, day))
        for x, y, at_hour, code, time in pieces:
            self.whole[mover, day, x, y, at_hour, ("", *CODES)[code]] += time

    def forget(self, gone: Any) -> None:
        """Take out of what is known by hand."""
        for key in [key for key in self.whole if gone(key)]:
            del self.whole[key]

    def remove(self, mover: int) -> None:
        """Let a mover go, with all its days."""
        with connect(self.url) as owner:
            owner.execute("DELETE FROM mover WHERE id = %s", (mover,))
        self.movers.remove(mover)
        self.forget(lambda key: key[0] == mover)

    def hire(self, code: str) -> None:
        """Hire one more."""
        with connect(self.url) as owner:
            owner.execute(
                "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
                " SELECT %s, '李*', '1**', 'inspector', id, %s FROM organisation",
                (code, CODES[1]),
            )
            self.movers = [row[0] for row in owner.execute("SELECT id FROM mover ORDER BY id").fetchall()]

    def fold(self, today: date) -> int:
        """Add blocks up."""
        with connect(self.url) as owner:
            return fold(owner, today)

    def total(self, today: date) -> int:
        """Make totals."""
        with connect(self.url) as owner:
            return sum_up(owner, today)

    def interrupted(self, today: date) -> None:
        """Make totals, where that may end with an error."""
        with suppress(PowerCut):
            self.total(today)

    def ask(self, reader: Reader, since: datetime, until: datetime, level: int = 0, **more: Any) -> Found:
        """Ask as somebody."""
        with session(self.database, reader) as connection:
            return ask(connection, reader, Question(since, until, level, **more), 3)

    def check(self, since: datetime, until: datetime, level: int = 0, **more: Any) -> int:
        """Ask as the chief, and compare with what is known by hand; returns the total."""
        found = self.ask(CHIEF, since, until, level, **more)
        column, row = lattice.columns_rows(found.cells)
        told = dict(zip(zip(column.tolist(), row.tolist(), strict=True), found.ms.tolist(), strict=True))
        wanted = self.by_hand(since, until, level, **more)
        assert told == wanted, (since, until, level, more)
        return sum(wanted.values())

    def by_hand(
        self, since: datetime, until: datetime, level: int, unit: str = "", box: BBox | None = None
    ) -> dict[tuple[int, int], int]:
        """Add up by cell."""
        west, north, east, south = lattice.window(level, box)
        found: Counter[tuple[int, int]] = Counter()
        for (_, day, x, y, hour, code), ms in self.whole.items():
            column, row = x >> level, y >> level
            if (
                since <= at(day, hour) < until
                and code.startswith(unit)
                and west <= column <= east
                and north <= row <= south
            ):
                found[column, row] += ms
        return dict(found)

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        with connect(self.url) as owner:
            return owner.execute(text).fetchall()  # type: ignore[arg-type]


class PowerCut(Exception):
    """The maker of totals ends in the middle."""


def anyhow(dice: random.Random) -> tuple[datetime, datetime, dict[str, Any]]:
    """Draw a question: any span of hours or days, level, box and unit."""
    since = at(MONDAY + timedelta(dice.randrange(DAYS)), dice.choice((0, 0, 0, 7, 23)))
    until = since + timedelta(days=dice.choice((1, 7, 12, 28, 30, 60)), hours=dice.choice((0, 0, 0, 5)))
    more: dict[str, Any] = {"level": dice.choice((0, 1, 2, 3, 4, 5, 6, 9))}
    if dice.random() < 0.3:
        more["unit"] = dice.choice((*CODES, CODES[0][:9], CODES[0][:6]))
    if dice.random() < 0.3:
        x, y = COLUMN + dice.randrange(-150, 90), ROW + dice.randrange(-80, 130)
        lon, lat = lattice.edges(0, [x, x + dice.randrange(1, 200)], [y, y + dice.randrange(1, 200)])
        more["box"] = BBox(float(lon[0]), float(lat[1]), float(lon[1]), float(lat[0]))
    return since, until, more
