"""A town with a desk that takes reports in, and readers of several parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from spatial.database import Database, connect, session
from spatial.events import lifecycle
from spatial.events.intake import Desk, Outcome, Report, take_in
from spatial.events.lifecycle import Asked, Stepped
from spatial.rights.reader import Reader
from spatial.settings import Settings
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, middle

MATTER = "01001"


@dataclass
class Town:
    """A town's database as the workers reach it, and as its owner does."""

    url: str
    database: Database
    desk: Desk

    def reader(self, name: str, **standing: Any) -> Reader:
        """Make an account, and the reader that it is."""
        given = {"role": "commander", "reach": "city", "area": None, "organisation_id": None, **standing}
        with connect(self.url) as owner:
            row = owner.execute(
                "INSERT INTO account (username, display_name, role, reach, area, organisation_id, worker_id)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
                (name, name, given["role"], given["reach"], given["area"], given["organisation_id"],
                 given.get("worker_id")),
            ).fetchall()[0]  # fmt: skip
        above = tuple(DISTRICT[:n] for n in (6,)) if given["area"] not in (None, DISTRICT) else ()
        return Reader(row[0], name, name, above=above, **given)

    @contextmanager
    def as_reader(self, reader: Reader) -> Iterator[Connection[Any]]:
        """Open a transaction of a reader."""
        with session(self.database, reader) as connection:
            yield connection

    def take(self, reader: Reader, *reports: Report) -> list[Outcome]:
        """Take reports in."""
        with self.as_reader(reader) as connection:
            return take_in(connection, self.desk, reader, reports)

    def one(self, reader: Reader, **given: Any) -> int:
        """Take one report in and give the event's key."""
        outcome = self.take(reader, report(**given))[0]
        assert not outcome.problems, outcome.problems
        assert outcome.id is not None
        return outcome.id

    def step(self, reader: Reader, event: int, verb: str, match: int | None = None, **given: Any) -> Stepped:
        """Make a step."""
        asked = Asked(verb, **{"note": "because", **given})
        with self.as_reader(reader) as connection:
            return lifecycle.step(connection, self.desk.dispatchers, reader, event, asked, match)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as owner:
            cursor = owner.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def report(grid: str = GRIDS[0], **given: Any) -> Report:
    """Make a report in the middle of a grid."""
    lon, lat = middle(grid)
    return Report(
        **{"category": MATTER, "source": "app", "title": "路面破损", "lon": lon, "lat": lat, **given}
    )


def refusals(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Name the fields that reports were refused for."""
    return [[problem.where for problem in outcome.problems] for outcome in outcomes]


@contextmanager
def open_town(url: str, app_url: str, home: Path, master: Path) -> Iterator[Town]:
    """Open the desk of a town."""
    database = Database(app_url, pool_size=6)
    database.open()
    try:
        yield Town(url, database, Desk(database, Settings(home=home, master_key_file=master)))
    finally:
        database.close()


__all__ = ["DISTRICT", "GRIDS", "MATTER", "STREETS", "Town", "middle", "open_town", "refusals", "report"]
