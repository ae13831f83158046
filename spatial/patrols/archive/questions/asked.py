"""What is asked, and of whom a reader may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import as_platform, query
from spatial.database.matching import end_of
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.catalogue import Entry
from spatial.patrols.heat.asking import sees_tracks
from spatial.rights.reader import SYSTEM_STANDPOINT, Reader
from spatial.types import BBox

ROOM = "spatial.patrols.archive.questions"
KINDS = ("heat", "mileage", "compliance")
MOST_DAYS = 366 * 10
Session = Callable[[], AbstractContextManager[Connection[Any]]]
"""Opens a transaction with the rights of whoever asks."""
Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """A question about whole local days, `first` to `last`, both included."""

    kind: str
    first: date
    last: date
    level: int = 2
    """Of heat: how coarse the cells are."""
    box: BBox | None = None
    movers: tuple[int, ...] | None = None
    organisation: int | None = None
    role: str | None = None
    """Of workers, or person, or vehicle."""
    unit: str | None = None
    """Of heat: the time in it."""
    plan: int | None = None
    """Of compliance."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput.at("kind", f"must be one of {', '.join(KINDS)}")
        if self.last < self.first:
            raise InvalidInput.at("to", "must not be before 'from'")
        if (self.last - self.first).days >= MOST_DAYS:
            raise InvalidInput.at("from", f"must be at most {MOST_DAYS:,} days before 'to'")
        if self.kind == "compliance" and self.plan is None:
            raise InvalidInput.at("plan", "must be told")

    @property
    def days(self) -> list[date]:
        """List the days."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Allowed:
    """Whose days count in an answer, and where."""

    movers: Int
    """Sorted (n,)."""
    ours: npt.NDArray[np.bool_]
    """Of these everything counts, and not only what lies in the reader's area (n,)."""
    units: frozenset[str] | None
    """Codes of base units that count; None: all, and what lies in none."""
    every: frozenset[str] | None
    """The same of those that are ours."""


def allowed(connection: Connection[Any], reader: Reader, asked: Asked) -> Allowed:
    """Ask the policies, on a connection of the reader's own, whose days it may know of, and where.

    Forbidden for whoever may not see where single people went, but of themselves.
    """
    own = _is_oneself(connection, reader, asked)
    if not own and not sees_tracks(reader) and reader.standpoint != SYSTEM_STANDPOINT:
        raise Forbidden("the archive tells of single people, to those alone who may see tracks")
    values = {
        "movers": asked.movers and list(asked.movers), "organisation": asked.organisation, "role": asked.role,
        "ours": reader.organisation_id,
    }  # fmt: skip
    rows = connection.execute(query(ROOM, "people"), values).fetchall()
    movers, ours = np.array(rows, np.int64).reshape(-1, 2).T
    whole = own or reader.sees_everything
    codes = _codes(connection, asked.unit) if asked.unit is not None or not whole else None
    return Allowed(movers, ours.astype(bool) | whole, codes, codes if asked.unit is not None else None)


def check(connection: Connection[Any], reader: Reader, asked: Asked) -> None:
    """Refuse what would be refused when it is answered: Forbidden, or NotFound without the plan."""
    if asked.kind != "compliance":
        allowed(connection, reader, asked)
    elif not connection.execute(query(ROOM, "plan_seen"), {"plan": asked.plan}).fetchall():
        raise NotFound("there is no such plan")


def _is_oneself(connection: Connection[Any], reader: Reader, asked: Asked) -> bool:
    if reader.worker_id is None or asked.movers is None or len(asked.movers) != 1:
        return False
    values = {"worker": reader.worker_id, "mover": None}
    row = connection.execute(query("spatial.patrols", "tracks_mover"), values).fetchone()
    return row is not None and row[0] == asked.movers[0]


def _codes(connection: Connection[Any], unit: str | None) -> frozenset[str]:
    values = {"unit": unit, "unit_until": None if unit is None else end_of(unit)}
    return frozenset(code for (code,) in connection.execute(query(ROOM, "units"), values).fetchall())


def as_the_platform(connection: Connection[Any], reader: Reader) -> AbstractContextManager[None]:
    """Let the platform look up what was checked before; the platform itself, and the owner, do anyway."""
    return nullcontext() if reader.standpoint == SYSTEM_STANDPOINT else as_platform(connection, reader)


def entries_of(connection: Connection[Any], reader: Reader, days: list[date]) -> dict[date, Entry]:
    """Find which days lie in the archive alone, and whose files say what the database says."""
    with as_the_platform(connection, reader):
        found = catalogue.find(connection, days)
    return {day: entry for day, entry in found.items() if entry.gone_at is not None}


def readable(entries: dict[date, Entry]) -> Iterator[Entry]:
    """Give the days whose file of graded days can be read in place of the database."""
    return (entry for entry in entries.values() if entry.has_files and not entry.is_stale)
