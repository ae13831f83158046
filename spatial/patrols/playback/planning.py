"""What a playback will hold, before anything is read: whose fixes, how many, which are yet to be graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import as_platform, query
from spatial.database.matching import end_of
from spatial.errors import InvalidInput
from spatial.patrols.days import day_of, days_between, moments
from spatial.patrols.grading import EDITION
from spatial.patrols.playback.fixes import ROOM, seen, watches
from spatial.patrols.playback.layout import Clock, clock_for, octets
from spatial.patrols.tracks import MOST_GRADED, Mover, us_of
from spatial.patrols.verdicts import COUNTS_FOR_WAY
from spatial.rights.reader import Reader
from spatial.types import BBox

MOST_FIXES = 10_000_000
MOST_MOVERS = 5_000
MOST_MOVER_DAYS = 40_000
SETTLED = timedelta(hours=1)
"""What is so much older than the newest graded fix of a day that goes on stays as it was graded."""
_WAY = sorted(COUNTS_FOR_WAY)


@dataclass(frozen=True)
class Wanted:
    """Whose fixes of [begin, end); everything that is given must hold."""

    begin: datetime
    end: datetime
    movers: tuple[int, ...] | None = None
    unit: str | None = None
    organisation: str | None = None
    box: BBox | None = None
    """Of the fixes: those outside are left out."""
    clean: bool = True
    """Those that count for the way; else all, with their gate."""
    extras: tuple[str, ...] = ()
    """Further columns, see layout.EXTRAS."""


@dataclass(frozen=True)
class Kept:
    """What is known of a mover's part of a local day, all as of one moment."""

    place: int
    edition: int | None
    parameters: int | None
    fixes: int | None
    """Graded; of the whole day, as are `upto` (the last good one) and `total`."""
    last_at: datetime | None
    verdicts: bytes | None
    is_dirty: bool
    at: datetime
    before: int
    inside: int
    """Of the part that is wanted."""
    upto: int
    total: int
    inside_from: datetime | None
    inside_to: datetime | None
    """Its first fix and its last one."""

    def holds(self, digest: int, end: datetime) -> bool:
        """Tell whether the verdicts are those of the fixes before `end` that are there now."""
        if self.edition != EDITION or self.parameters != digest or self.fixes is None:
            return False
        if not self.is_dirty:
            return self.total == self.fixes
        return self.total > self.fixes and self.last_at is not None and self._is_settled(self.last_at, end)

    def _is_settled(self, last_at: datetime, end: datetime) -> bool:
        """Whether all that came since is later than what was graded, and what is wanted long before it.

        Fixes are only added: as many up to the last good one as there were are the same ones.
        """
        good = np.flatnonzero(np.isin(self.codes, _WAY))
        return end <= last_at - SETTLED and len(good) > 0 and self.upto == good[-1] + 1

    @property
    def codes(self) -> npt.NDArray[np.int8]:
        """Give the verdicts of the whole day."""
        return np.frombuffer(self.verdicts or b"", np.int8)


@dataclass(frozen=True)
class Part:
    """What is wanted of one local day."""

    day: date
    begin: datetime
    end: datetime
    fixes: int = 0
    due: int = 0
    """Fixes of the days that have to be graded for it."""
    due_movers: int = 0
    elsewhere: int = 0
    """Movers of which not all is here that was graded: it is in the archive, or thinned out."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """Of all fixes, where there are some: nobody looks through the night."""

    @property
    def span_us(self) -> tuple[int, int]:
        """The time [begin, end) in which there are fixes."""
        if self.first_at is None or self.last_at is None:
            return us_of(self.begin), us_of(self.begin)
        return us_of(self.first_at), us_of(self.last_at) + 1


@dataclass(frozen=True)
class Plan:
    """What a playback holds."""

    wanted: Wanted
    movers: tuple[Mover, ...]
    parts: tuple[Part, ...] = field(default=())

    @property
    def fixes(self) -> int:
        """Count the fixes in the time, good and bad, in the box and outside."""
        return sum(part.fixes for part in self.parts)

    @property
    def clock(self) -> Clock:
        """Choose the slices; by the hours in which there are fixes, not by the nights between."""
        spans = (part.span_us for part in self.parts)
        return clock_for(self.fixes, sum(end_us - begin_us for begin_us, end_us in spans) / 1e6)

    @property
    def slices(self) -> int:
        """Count the slices that may have fixes."""
        lengths = (end_us - begin_us for begin_us, end_us in (part.span_us for part in self.parts))
        return sum(-(-length // (self.clock.slice_s * 1_000_000)) for length in lengths)

    @property
    def octets(self) -> int:
        """Estimate the bytes of the stream from above."""
        rows = min(self.fixes, self.slices * len(self.movers))
        return octets(self.fixes, rows, self.slices, self.wanted.extras, not self.wanted.clean)


def plan(connection: Connection[Any], reader: Reader, wanted: Wanted) -> Plan:
    """Count what is wanted of those whom the reader may watch, and of the reader.

    InvalidInput when it is too much, with how much would do. Movers that there are none of, or that the
    reader may not watch, are left out alike.
    """
    movers, days = _movers(connection, reader, wanted), list(days_between(wanted.begin, wanted.end))
    if len(movers) * len(days) > MOST_MOVER_DAYS:
        most = MOST_MOVER_DAYS // len(movers)
        raise InvalidInput.at(
            "from", f"{len(movers):,} movers can be played for {most:,} days at once, not more"
        )
    parts: list[Part] = []
    for day in days:
        part = _counted(connection, reader, movers, wanted, _part(wanted, day))
        _check_size(parts, part, len(movers))
        parts.append(part)
    if wanted.clean:
        _check_due(parts)
    return Plan(wanted, tuple(movers), tuple(parts))


def _movers(connection: Connection[Any], reader: Reader, wanted: Wanted) -> list[Mover]:
    days = list(days_between(wanted.begin, wanted.end))
    values = {
        "watches": watches(reader),
        "worker": reader.worker_id, "movers": None if wanted.movers is None else list(wanted.movers),
        "unit": wanted.unit, "until": wanted.unit and end_of(wanted.unit),
        "organisation": wanted.organisation,
        "first": days[0], "last": days[-1], "limit": MOST_MOVERS + 1,
    }  # fmt: skip
    with connection.cursor(row_factory=class_row(Mover)) as cursor:
        found = cursor.execute(query(ROOM, "movers"), values).fetchall()
    if len(found) > MOST_MOVERS:
        raise InvalidInput.at(
            "unit", f"there are more than {MOST_MOVERS:,} movers, the most that is played at once"
        )
    return found


def _part(wanted: Wanted, day: date) -> Part:
    midnight, next_midnight = moments(day)
    return Part(day, max(midnight, wanted.begin), min(next_midnight, wanted.end))


def kept(
    connection: Connection[Any], reader: Reader, movers: Sequence[Mover], part: Part, verdicts: bool = False
) -> list[Kept]:
    """Read what is known of the movers' part of a day; verdicts: also those of days that are not dirty."""
    midnight, next_midnight = moments(part.day)
    values = {
        "movers": seen(connection, reader, [mover.id for mover in movers]), "day": part.day,
        "midnight": midnight,
        "next_midnight": next_midnight, "begin": part.begin, "end": part.end, "verdicts": verdicts,
    }  # fmt: skip
    with as_platform(connection, reader), connection.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(query(ROOM, "days"), values).fetchall()


def _counted(
    connection: Connection[Any], reader: Reader, movers: Sequence[Mover], wanted: Wanted, part: Part
) -> Part:
    found = kept(connection, reader, movers, part) if movers else []
    due = [
        each
        for each in found
        if each.inside and wanted.clean and not each.holds(movers[each.place].parameters.digest, part.end)
    ]
    inside, total = sum(each.inside for each in found), sum(each.total for each in due)
    elsewhere = sum(1 for each in found if each.total < (each.fixes or 0))
    first = min((each.inside_from for each in found if each.inside_from), default=None)
    last = max((each.inside_to for each in found if each.inside_to), default=None)
    return Part(part.day, part.begin, part.end, inside, total, len(due), elsewhere, first, last)


def _check_size(before: Sequence[Part], part: Part, movers: int) -> None:
    """Refuse what is too much as soon as that is known."""
    count = sum(each.fixes for each in before) + part.fixes
    if count <= MOST_FIXES:
        return
    if before and before[-1].fixes:
        reason = (
            f"must be {day_of(part.begin)} or before: no more than {MOST_FIXES:,} fixes are played at once"
        )
        raise InvalidInput.at("to", reason)
    fewer = movers * MOST_FIXES // count
    raise InvalidInput.at(
        "movers", f"there are {count:,} fixes, more than {MOST_FIXES:,}; ask for {fewer:,} movers"
    )


def _check_due(parts: Sequence[Part]) -> None:
    """Refuse to grade too much; a single mover's day however many fixes it has."""
    due, movers = sum(part.due for part in parts), sum(part.due_movers for part in parts)
    if due > MOST_GRADED and movers > 1:
        fewer = max(1, movers * MOST_GRADED // due)
        reason = (
            f"{due:,} fixes have yet to be graded, more than {MOST_GRADED:,}: ask for {fewer:,} of the"
            f" {movers:,} movers, until {SETTLED.seconds // 3600} h ago, later, or for fixes=all"
        )
        raise InvalidInput.at("movers", reason)
