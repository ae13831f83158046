"""What a day's files hold: the fixes of the database and of the file before, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.patrols import track_days
from spatial.patrols.archive import rows as fixes
from spatial.patrols.archive.catalogue import THINNED, Entry
from spatial.patrols.archive.days_file import Kept
from spatial.patrols.archive.fixes_file import UNTOLD, Judged, Reader, nothing
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.days import bounds, moments
from spatial.patrols.grading import GAITS
from spatial.patrols.track_days import TrackDay
from spatial.patrols.tracks import us_of

CHUNK = 300_000
"""Fixes that are in memory at a time, but for a mover with more of its own."""
Change = Callable[[Judged], Judged]
"""What becomes of a mover's fixes before they are written."""
Said = dict[tuple[int, date], np.ndarray[Any, Any] | None]
"""Verdicts by mover and local day; None: it is to be graded anew."""


@dataclass(frozen=True)
class Source:
    """Where a day's fixes are."""

    connection: Connection[Any]
    """Of the owner, in one repeatable-read transaction."""
    day: date
    before: Entry | None
    file: Reader | None
    """Of the entry before."""

    @cached_property
    def counts(self) -> dict[int, int]:
        """Count the fixes in the database by mover; of those alone that there still are."""
        begin, end = fixes.bounds(self.day)
        rows = self.connection.execute(query(ROOM, "counts"), {"begin": begin, "end": end}).fetchall()
        return dict(rows)

    def people(self) -> dict[int, str]:
        """Give the kinds of all movers that there are."""
        return dict(self.connection.execute("SELECT id, kind FROM mover").fetchall())

    def chunks(self, without: frozenset[int]) -> Iterator[Judged]:
        """Give all fixes in the order of their key, whole movers at a time."""
        here, there = self.counts, self.file.counts() if self.file else {}
        people = self.people()
        movers = sorted((here.keys() | there.keys()) & people.keys() - without)
        for first, last in spans(movers, [here.get(each, 0) + there.get(each, 0) for each in movers]):
            chunk = self._chunk(first, last)
            yield chunk[np.isin(chunk.rows["mover_id"], movers)]

    def _chunk(self, first: int, last: int) -> Judged:
        new = fixes.read(self.connection, *fixes.bounds(self.day), first, last)
        old = self.file.between(first, last) if self.file else nothing()
        both = Judged(
            np.concatenate([old.rows, new]),
            np.concatenate([old.verdict, np.full(len(new), UNTOLD, np.int8)]),
            np.concatenate([old.marked, np.zeros(len(new), bool)]),
        )
        both = both[fixes.order_of(both.rows)]
        if self.before is not None and self.before.tier == THINNED:
            return both
        said, marks = self._said(first, last), self._marks(first, last)
        return Judged(both.rows, _verdicts(both.rows, self.day, said), _marked(both.rows, marks))

    def _said(self, first: int, last: int) -> Said:
        values = {"days": [self.day, self.day + timedelta(days=1)], "first": first, "last": last}
        rows = self.connection.execute(query(ROOM, "verdicts"), values, binary=True).fetchall()
        return {
            (mover, day): None if dirty or codes is None else track_days.unpack(codes)
            for mover, day, codes, dirty in rows
        }

    def _marks(self, first: int, last: int) -> set[tuple[int, int, int]]:
        begin, end = fixes.bounds(self.day)
        values = {"begin": begin, "end": end, "first": first, "last": last}
        rows = self.connection.execute(query(ROOM, "marks"), values).fetchall()
        return {(mover, us_of(time), mark) for mover, time, mark in rows}

    def kept(self, without: frozenset[int]) -> list[Kept]:
        """Read what the local day of the same date came to, in the order of the movers."""
        gaits = {each.digest: gait for gait, each in GAITS.items()}
        rows = self.connection.execute(query(ROOM, "graded"), {"day": self.day}).fetchall()
        return [self._kept(mover, kind, gait, gaits) for mover, kind, gait in rows if mover not in without]

    def _kept(self, mover: int, kind: str, gait: str, gaits: dict[int, str]) -> Kept:
        day: TrackDay | None = track_days.read(self.connection, mover, self.day)
        assert day is not None
        return Kept(day, kind, gaits.get(day.parameters, gait), home_of(self.connection, mover, self.day))


def home_of(connection: Connection[Any], mover: int, day: date) -> bytes | None:
    """Read the area that a mover worked in when a day began, as WKB; see spatial.patrols.tracks."""
    values = {"mover": mover, "at": moments(day)[0]}
    row = connection.execute(query("spatial.patrols", "tracks_home"), values).fetchone()
    return None if row is None else bytes(row[0])


def spans(movers: list[int], counts: list[int], most: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Divide movers, sorted, into first and last ones of about `most` fixes; one mover is never divided."""
    first, total = None, 0
    last = 0
    for mover, count in zip(movers, counts, strict=True):
        if first is not None and total + count > most:
            yield first, last
            first, total = None, 0
        first = mover if first is None else first
        last, total = mover, total + count
    if first is not None:
        yield first, last


def _verdicts(rows: fixes.Rows, day: date, said: Said) -> np.ndarray[Any, Any]:
    """Say of each fix (n,) what grading said: a UTC day ends one local day and begins another."""
    found = np.full(len(rows), UNTOLD, np.int8)
    next_day = day + timedelta(days=1)
    midnight = bounds(next_day)[0]
    for mover, part in fixes.by_mover(rows):
        cut = part.start + int(np.searchsorted(rows["time_us"][part], midnight))
        ending, beginning = said.get((mover, day)), said.get((mover, next_day))
        if ending is not None and len(ending) >= cut - part.start > 0:
            found[part.start : cut] = ending[len(ending) - (cut - part.start) :]
        if beginning is not None and len(beginning) >= part.stop - cut:
            found[cut : part.stop] = beginning[: part.stop - cut]
    return found


def _marked(rows: fixes.Rows, marks: set[tuple[int, int, int]]) -> np.ndarray[Any, Any]:
    if not marks:
        return np.zeros(len(rows), bool)
    near = np.flatnonzero(np.isin(rows["time_us"], [time for _, time, _ in marks]))
    found = np.zeros(len(rows), bool)
    keys = rows[["mover_id", "time_us", "mark"]]
    found[near] = [tuple(each) in marks for each in keys[near].tolist()]
    return found
