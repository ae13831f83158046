"""Read pieces of clean tracks, day by day and no more than one answer holds; and who has some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput, NotFound
from spatial.patrols import tracks
from spatial.patrols.days import bounds, day_of
from spatial.patrols.moving.curves import Curve
from spatial.patrols.moving.pieces import Piece, meets, pieces_of
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import Mover, Span, us_of
from spatial.rights.reader import SYSTEM_STANDPOINT, Reader
from spatial.rights.rules.patrols import WATCHERS
from spatial.types import BBox

ROOM = "spatial.patrols.moving"
MOST_FIXES = 100_000
"""Fixes that are read for one answer, and those of the day in which that is reached."""
EARLY, LATE = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""No fix lies outside, and calendars end soon beyond."""
AT_ONCE = 200
"""Movers that are looked at in one go."""
MOST_NUMBER = 2**63 - 1
_FAR_US = 10**16
"""Calendars go further, but no fix does."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which part of tracks is meant; both ends of the time are included."""

    since: datetime | None = None
    until: datetime | None = None
    box: BBox | None = None

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last local day of the time."""
        return self.since and day_of(self.since), self.until and day_of(self.until)

    @property
    def ends(self) -> tuple[datetime, datetime]:
        """The time with two ends, the second not included."""
        return self.since or EARLY, (self.until or LATE) + timedelta(microseconds=1)

    @property
    def span_us(self) -> tuple[int, int]:
        """The time in POSIX microseconds."""
        begin = us_of(self.since) if self.since else -MOST_NUMBER
        return begin, us_of(self.until) if self.until else MOST_NUMBER

    def part(self, piece: Piece) -> Curve | None:
        """Cut the line of a piece to the time; None where nothing of it is in the time and in the box."""
        begin_us, end_us = self.span_us
        if piece.end_us < begin_us or piece.name > end_us:
            return None
        path = piece.path.cut(begin_us, end_us)
        return path if len(path) and (self.box is None or meets(path, self.box)) else None


@dataclass(frozen=True)
class Page:
    """Pieces of one mover; `behind` is where the next page begins, None on the last."""

    pieces: list[Piece]
    behind: int | None


def may_see(reader: Reader) -> bool:
    """Tell whether there is anybody whose track this reader may see."""
    return _watches(reader) or reader.worker_id is not None


def _watches(reader: Reader) -> bool:
    return reader.role in WATCHERS or reader.standpoint == SYSTEM_STANDPOINT


def page(
    connection: Connection[Any], reader: Reader, mover: Mover, wanted: Wanted, behind: int, limit: int
) -> Page:
    """Read the pieces that have a part in what is wanted, in their order, from the one after `behind`."""
    found: list[Piece] = []
    read = 0
    for day in _days(connection, mover, wanted, behind):
        if read >= MOST_FIXES:
            return Page(found, bounds(day)[0] - 1)
        pieces, fixes = of_day(connection, reader, mover, day)
        read += fixes
        for piece in pieces:
            if piece.name <= behind or wanted.part(piece) is None:
                continue
            if len(found) == limit:
                return Page(found, found[-1].name)
            found.append(piece)
    return Page(found, None)


def of_day(connection: Connection[Any], reader: Reader, mover: Mover, day: date) -> tuple[list[Piece], int]:
    """Read the pieces of a local day, and how many fixes they were made of."""
    track = Span.of_days(connection, reader, mover, day, day).track()
    return list(pieces_of(track, mover.parameters.gap_s)), len(track)


def one(connection: Connection[Any], reader: Reader, mover: Mover, name: str) -> Piece:
    """Find a piece by its name; NotFound, also when later fixes have made another one of it."""
    begin_us = number_of(name)
    if begin_us is not None and begin_us < _FAR_US:
        pieces, _ = of_day(connection, reader, mover, day_of(moment(begin_us)))
        for piece in pieces:
            if piece.name == begin_us:
                return piece
    raise NotFound("this mover has no such piece of a track")


def find(connection: Connection[Any], reader: Reader, name: str) -> Mover:
    """Find a mover by its number as it was written; NotFound for whoever may not see where it went."""
    number = number_of(name)
    if number is None:
        raise NotFound("there is no such mover")
    return tracks.find_mover(connection, reader, mover=number)


def number_of(text: str) -> int | None:
    """Read a number as we write them; None for whatever else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > MOST_NUMBER:
        return None
    return int(text)


def _days(connection: Connection[Any], mover: Mover, wanted: Wanted, behind: int) -> Iterator[date]:
    first, last = wanted.days
    if behind:
        first = max(filter(None, (first, day_of(moment(min(behind, _FAR_US) + 1)))))
    values = {"mover": mover.id, "first": first, "last": last}
    yield from (day for (day,) in connection.execute(query(ROOM, "days"), values).fetchall())


@dataclass
class Moved:
    """A mover that has a part in what was asked: what is on record, and its lines there."""

    row: Row
    paths: list[Curve] = field(default_factory=list)


@dataclass(frozen=True)
class Movers:
    """Movers in the order of their numbers; `behind` is where the next page begins, None on the last."""

    found: list[Moved]
    behind: int | None


def known(connection: Connection[Any], reader: Reader, mover: Mover) -> Row:
    """Read what is on record of a mover; NotFound when it has just gone out of sight."""
    rows = _rows(connection, reader, Wanted(), mover.id - 1, 1)
    if not rows or rows[0]["id"] != mover.id:
        raise NotFound("there is no such mover")
    return rows[0]


def movers(
    connection: Connection[Any], reader: Reader, wanted: Wanted, behind: int, limit: int, whole: bool
) -> Movers:
    """List movers that have a part in what is wanted, from the one after `behind`.

    Without a time it goes by where they were last. whole: read all of their lines, not the first alone.
    InvalidInput when one mover alone has more than MOST_FIXES in the time.
    """
    if wanted.since is None and wanted.until is None:
        rows = _rows(connection, reader, wanted, behind, limit + 1)
        return Movers([Moved(row) for row in rows[:limit]], rows[limit - 1]["id"] if rows[limit:] else None)
    found: list[Moved] = []
    reading = _Reading(connection, reader, wanted, whole, MOST_FIXES)
    at = behind
    for row in _each(connection, reader, wanted, behind):
        if len(found) == limit:
            return Movers(found, at)
        moved = reading.look(row)
        if moved is None:
            return Movers(found, _not_stuck(at, behind))
        at = row["id"]
        if moved.paths:
            found.append(moved)
    return Movers(found, None)


def _not_stuck(at: int, behind: int) -> int:
    """Refuse where not even one mover could be looked through."""
    if at == behind:
        reason = f"one mover has more than {MOST_FIXES:,} fixes in this time; ask for less"
        raise InvalidInput.at("datetime", reason)
    return at


@dataclass
class _Reading:
    """Lines of movers, as long as there are not too many."""

    connection: Connection[Any]
    reader: Reader
    wanted: Wanted
    whole: bool
    left: int
    """Fixes that may still be read."""

    def look(self, row: Row) -> Moved | None:
        """Read the lines of a mover; None when that cannot be ended."""
        moved, mover = Moved(row), _mover_of(row)
        for day in _days(self.connection, mover, self.wanted, 0):
            if self.left <= 0:
                return None
            pieces, fixes = of_day(self.connection, self.reader, mover, day)
            self.left -= fixes
            paths = (self.wanted.part(piece) for piece in pieces)
            moved.paths += [path for path in paths if path is not None]
            if moved.paths and not self.whole:
                break
        return moved


def _mover_of(row: Row) -> Mover:
    return Mover(row["id"], row["kind"], row["worker_id"], row["resource_id"], row["gait"])


def _each(connection: Connection[Any], reader: Reader, wanted: Wanted, behind: int) -> Iterator[Row]:
    while rows := _rows(connection, reader, wanted, behind, AT_ONCE):
        yield from rows
        behind = rows[-1]["id"]


def _rows(connection: Connection[Any], reader: Reader, wanted: Wanted, behind: int, limit: int) -> list[Row]:
    first, last = wanted.days
    box = wanted.box._asdict() if wanted.box else dict.fromkeys(BBox._fields)
    values = {
        **box, "first": first, "last": last, "timed": not (wanted.since is None and wanted.until is None),
        "behind": behind, "limit": limit, "watches": _watches(reader), "worker": reader.worker_id,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "movers"), values).fetchall()
