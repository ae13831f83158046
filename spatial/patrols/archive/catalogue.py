"""The list of archived days: which files count, and whether the fixes are elsewhere as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import as_platform, query
from spatial.patrols.archive.store import DAYS, FIXES, Store
from spatial.rights.reader import Reader

ROOM = "spatial.patrols.archive"
FULL, THINNED, DROPPED = "full", "thinned", "dropped"


@dataclass(frozen=True)
class Entry:
    """A UTC day of fixes in the archive, and the local day of the same date as it was graded."""

    day: date
    tier: str
    generation: int
    fixes: int
    octets: int
    sha256: str
    graded: int
    graded_octets: int
    graded_sha256: str
    bound_m: float | None
    gone_at: datetime | None
    is_stale: bool
    held_until: datetime | None
    written_at: datetime
    verified_at: datetime | None
    problem: str | None

    @property
    def has_files(self) -> bool:
        """Tell whether there is anything to read."""
        return self.tier != DROPPED


def find(connection: Connection[Any], days: Iterable[date]) -> dict[date, Entry]:
    """Find some days, as the platform or the owner; those that are not in the archive are missing."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        rows = cursor.execute(query(ROOM, "days_found"), {"days": list(days)}).fetchall()
    return {each.day: each for each in rows}


def listed(connection: Connection[Any], before: date | None = None, limit: int = 1000) -> list[Entry]:
    """List days, the latest first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(query(ROOM, "days_listed"), {"before": before, "limit": limit}).fetchall()


def gone_days(
    connection: Connection[Any], reader: Reader, mover: int, begin: datetime, end: datetime
) -> list[date]:
    """Tell of which UTC days of [begin, end) the fixes of a mover lie in the archive alone.

    The caller has asked before whether the reader may watch the mover.
    """
    values = {"mover": mover, "begin": begin, "until": end}
    with as_platform(connection, reader):
        return [day for (day,) in connection.execute(query(ROOM, "days_gone"), values).fetchall()]


def named(connection: Connection[Any], store: Store) -> set[str]:
    """Name all files that count."""
    rows = connection.execute(query(ROOM, "days_named"), {"dropped": DROPPED}).fetchall()
    return {store.path(kind, day, generation) for day, generation in rows for kind in (FIXES, DAYS)}


def keep(connection: Connection[Any], values: dict[str, Any], movers: Sequence[int]) -> None:
    """Say which files of a day count from now on; values: the columns of an entry."""
    connection.execute(query(ROOM, "day_keep"), {**values, "movers": list(movers)})


def mark_stale(connection: Connection[Any], days: Iterable[date]) -> None:
    """Have days written anew by the next run: what was said of them has changed."""
    connection.execute(query(ROOM, "days_stale"), {"days": list(days)})
