"""Tracks of movers (轨迹): fixes as they came, with what is said of each, and what days come to.

A day that has had fixes since it was graded is graded here, by the same function: an answer is never stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import as_platform, query
from spatial.errors import InvalidInput, NotFound
from spatial.patrols import track_days
from spatial.patrols.columns import Columns
from spatial.patrols.copying import EPOCH_US
from spatial.patrols.days import CONTEXT_US, ZONE, bounds, days_between, moments
from spatial.patrols.grading import (
    EDITION,
    Context,
    Graded,
    Home,
    Parameters,
    Stay,
    Trip,
    grade,
    parameters_of,
)
from spatial.patrols.simplify import simplified
from spatial.patrols.track_days import TrackDay
from spatial.rights.reader import SYSTEM_STANDPOINT, Reader
from spatial.rights.rules.patrols import WATCHERS

ROOM = "spatial.patrols"
MOST_GRADED = 600_000
"""Fixes that are graded for one answer: a week at one a second. The grader is soon through the others."""
_CONTEXT = timedelta(microseconds=CONTEXT_US)
_HEADER = 19
"""Bytes before the first row of a binary COPY."""
_FIELDS = (
    ("time_us", ">i8"), ("mark", ">i4"), ("device", ">i8"), ("lon", ">f8"), ("lat", ">f8"),
    ("speed_mps", ">f4"), ("course_deg", ">f4"), ("accuracy_m", ">f4"), ("datum", ">i2"), ("source", ">i2"),
    ("gate", ">i2"), ("flags", ">i4"), ("unit", "S32"),
)  # fmt: skip
_ROW = np.dtype([part for name, kind in _FIELDS for part in ((f"{name} length", ">i4"), (name, kind))])
_ROWS = np.dtype([("fields", ">i2"), ("row", _ROW)])


@dataclass(frozen=True)
class Mover:
    """A person or a vehicle that leaves a track."""

    id: int
    kind: str
    worker_id: int | None
    resource_id: int | None
    gait: str

    @property
    def parameters(self) -> Parameters:
        """What its fixes are graded by."""
        return parameters_of(self.gait)


@dataclass(frozen=True)
class Track:
    """Fixes of a span and what is said of each."""

    columns: Columns
    verdicts: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.columns)


def find_mover(
    connection: Connection[Any], reader: Reader, *, mover: int | None = None, worker: int | None = None
) -> Mover:
    """Find a mover by its number or its worker's; NotFound for whoever may not see where it went."""
    values = {"mover": mover, "worker": worker}
    with connection.cursor(row_factory=class_row(Mover)) as cursor:
        found = cursor.execute(query(ROOM, "tracks_mover"), values).fetchone()
    if found is None or not _may_watch(reader, found):
        raise NotFound("there is no such mover" if worker is None else "there is no such worker")
    return found


def _may_watch(reader: Reader, mover: Mover) -> bool:
    own = reader.worker_id is not None and reader.worker_id == mover.worker_id
    return own or reader.role in WATCHERS or reader.standpoint == SYSTEM_STANDPOINT


def raw(connection: Connection[Any], mover: int, begin: datetime, end: datetime) -> Columns:
    """Read all fixes of a mover in [begin, end) that the connection's reader may see, good and bad."""
    values = {"mover": mover, "begin": begin, "until": end}
    with connection.cursor() as cursor, cursor.copy(query(ROOM, "tracks_fixes"), values) as copy:
        content = b"".join(copy)
    return _columns(content)


def _columns(content: bytes) -> Columns:
    rows = np.frombuffer(content, _ROWS, (len(content) - _HEADER) // _ROWS.itemsize, _HEADER)["row"]
    texts, unit = np.unique(rows["unit"], return_inverse=True)
    units = [text.decode().rstrip() for text in texts.tolist()]
    # Sorted, so no unit, if there is one without, stands first.
    unit = unit - 1 if units[:1] == [""] else unit
    given = {name: rows[name] for name, _ in _FIELDS[1:-1]}
    return Columns.of(
        rows["time_us"].astype(np.int64) + EPOCH_US,
        unit=unit,
        units=[text for text in units if text],
        **given,
    )


def grade_day(
    connection: Connection[Any], reader: Reader, mover: Mover, day: date, columns: Columns | None = None
) -> Graded:
    """Grade a local day; columns: that hold it with its context, when they have been read already."""
    since, until = moments(day)[0] - _CONTEXT, moments(day)[1] + _CONTEXT
    columns = raw(connection, mover.id, since, until) if columns is None else columns
    with as_platform(connection, reader):
        marked = marks(connection, mover.id, since, until)
        home = home_of(connection, mover.id, day)
    return grade_of(columns, day, mover.parameters, marked, home)


def grade_of(
    columns: Columns, day: date, parameters: Parameters, marked: frozenset[tuple[int, int]], home: Home | None
) -> Graded:
    """Grade one day of columns that hold it with its context, and maybe more."""
    begin_us, end_us = bounds(day)
    part = columns[columns.between(begin_us - CONTEXT_US, end_us + CONTEXT_US)]
    return grade(part, Context(begin_us, end_us, marked, home), parameters)


def marks(
    connection: Connection[Any], mover: int, begin: datetime, end: datetime
) -> frozenset[tuple[int, int]]:
    """Read which fixes were marked as bad by hand: (time_us, mark)."""
    values = {"mover": mover, "begin": begin, "until": end}
    rows = connection.execute(query(ROOM, "tracks_marks"), values).fetchall()
    return frozenset((us_of(time), mark) for time, mark in rows)


def us_of(moment: datetime) -> int:
    """Turn a moment into POSIX microseconds, exactly."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond


def home_of(connection: Connection[Any], mover: int, day: date) -> Home | None:
    """Read the area that a mover worked in when a day began, by what was on record then.

    None for vehicles and people without one. Whenever it is asked, it is the same: verdicts follow from it.
    connection: of the platform.
    """
    row = connection.execute(query(ROOM, "tracks_home"), {"mover": mover, "at": moments(day)[0]}).fetchone()
    if row is None:
        return None
    area = shapely.from_wkb(bytes(row[0]))
    shapely.prepare(area)
    return Home(area)


def fresh_days(connection: Connection[Any], mover: Mover, days: Sequence[date]) -> dict[date, TrackDay]:
    """Read the days whose grading still holds: nothing has come since, by the present code and parameters."""
    found = {each.day: each for each in track_days.read_days(connection, mover.id, days)}
    # After the days themselves: what has become dirty in between is then graded anew.
    values = {"mover": mover.id, "days": list(days)}
    dirty = {row[0] for row in connection.execute(query(ROOM, "tracks_dirty"), values).fetchall()}
    digest = mover.parameters.digest
    return {
        day: each
        for day, each in found.items()
        if day not in dirty and each.edition == EDITION and each.parameters == digest
    }


@dataclass(frozen=True)
class Sums:
    """What the legs that end in a span come to."""

    distance_mm: int = 0
    """Gone by the mover's own gait."""
    ride_mm: int = 0
    """Gone faster than that."""
    moving_s: int = 0
    standing_s: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(mine + more for mine, more in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of_day(cls, day: TrackDay) -> Sums:
        """Take those of a whole day."""
        ride_mm = sum(trip.ride_mm for trip in day.trips)
        return cls(round(day.distance_m * 1000), ride_mm, day.moving_s, day.standing_s)

    @classmethod
    def of_part(cls, day: date, found: Graded, begin_us: int, end_us: int) -> Sums:
        """Add up those of a day's legs that end in [begin_us, end_us)."""
        way, (since_us, until_us) = found.way, bounds(day)
        times = found.columns.time_us[way.rows]
        inside = (times >= max(begin_us, since_us)) & (times < min(end_us, until_us))
        return cls(
            int(way.leg_mm[inside & ~way.ride].sum()),
            int(way.leg_mm[inside & way.ride].sum()),
            int(way.leg_ms[inside & way.moving].sum()) // 1000,
            int(way.leg_ms[inside & ~way.moving].sum()) // 1000,
        )


class Span:
    """What a mover did in [begin, end), for one answer.

    Days are told as they were graded last where that still holds; the others, and those of which a part is
    to be added up, are graded here, each once. InvalidInput when that would be more than MOST_GRADED fixes.
    """

    def __init__(
        self, connection: Connection[Any], reader: Reader, mover: Mover, begin: datetime, end: datetime
    ) -> None:
        self._connection, self._reader, self._mover = connection, reader, mover
        self._begin, self._end = begin, end
        self.days = list(days_between(begin, end)) if begin < end else []
        self._graded: dict[date, Graded] = {}

    @classmethod
    def of_days(
        cls, connection: Connection[Any], reader: Reader, mover: Mover, first: date, last: date
    ) -> Span:
        """Take whole local days, the last one included."""
        return cls(connection, reader, mover, moments(first)[0], moments(last)[1])

    def count(self) -> int:
        """Count the fixes, good and bad, without reading them."""
        return _count(self._connection, self._mover.id, [(self._begin, self._end)])[0]

    @cached_property
    def _fresh(self) -> dict[date, TrackDay]:
        return fresh_days(self._connection, self._mover, self.days)

    @cached_property
    def whole_days(self) -> dict[date, TrackDay]:
        """What the local days come to that the span has a part of, in order; none without a fix."""
        missing = [day for day in self.days if day not in self._fresh]
        self._grade(missing)
        before = {each.day: each for each in track_days.read_days(self._connection, self._mover.id, missing)}
        known = {**{day: self._now(day, before.get(day)) for day in missing}, **self._fresh}
        found = ((day, known[day]) for day in self.days)
        return {day: each for day, each in found if each is not None and each.fixes}

    def _now(self, day: date, before: TrackDay | None) -> TrackDay | None:
        graded = self._graded.get(day)
        if graded is None:
            return before
        now = track_days.of_graded(self._mover.id, day, graded, self._mover.parameters)
        # Of a day whose fixes are in the archive there is what was said while they were here.
        return before if before is not None and before.fixes > now.fixes else now

    def _grade(self, days: Sequence[date]) -> None:
        """Grade days that have fixes, unless they are."""
        days = [day for day in days if day not in self._graded]
        counts = _count(self._connection, self._mover.id, [moments(day) for day in days])
        self._check(counts)
        for day, count in zip(days, counts, strict=True):
            if count:
                self._graded[day] = grade_day(self._connection, self._reader, self._mover, day)

    @staticmethod
    def _check(counts: Sequence[int]) -> None:
        """Refuse to grade too many fixes; one day alone however many it has."""
        total = sum(counts)
        if total > MOST_GRADED and np.count_nonzero(counts) > 1:
            reason = f"{total:,} fixes of these days have yet to be graded, more than {MOST_GRADED:,}"
            raise InvalidInput.at("from", f"{reason}; ask for fewer days, or later")

    @property
    def stays(self) -> list[Stay]:
        """List the stays that have a part in the span, as much of them as lies in their day."""
        return [each for day in self.whole_days.values() for each in day.stays if self._meets(each)]

    @property
    def trips(self) -> list[Trip]:
        """List the trips that have a part in the span."""
        return [each for day in self.whole_days.values() for each in day.trips if self._meets(each)]

    def _meets(self, found: Stay | Trip) -> bool:
        return found.begin_us < us_of(self._end) and found.end_us > us_of(self._begin)

    def sums(self) -> Sums:
        """Add up the legs that end in the span."""
        cut = [day for day, each in self.whole_days.items() if not self._holds(each)]
        self._grade(cut)
        whole = [Sums.of_day(each) for day, each in self.whole_days.items() if day not in cut]
        span = us_of(self._begin), us_of(self._end)
        parts = [Sums.of_part(day, self._graded[day], *span) for day in cut if day in self._graded]
        return sum([*whole, *parts], Sums())

    def _holds(self, day: TrackDay) -> bool:
        """Whether all fixes that count of a day are in the span: no leg ends outside of it."""
        if day.first_at is None or day.last_at is None:
            return True
        return self._begin <= day.first_at and day.last_at < self._end

    def track(self) -> Track:
        """Read the fixes with their verdicts."""
        if not self.days:
            return Track(Columns.of([], [], []), np.zeros(0, np.int8))
        # In this order: what comes between the two makes a day of another size.
        fresh = self._fresh
        since, until = moments(self.days[0])[0] - _CONTEXT, moments(self.days[-1])[1] + _CONTEXT
        columns = raw(self._connection, self._mover.id, since, until)
        rows = {day: columns.between(*bounds(day)) for day in self.days}
        sizes = {day: part.stop - part.start for day, part in rows.items()}
        due = [day for day in self.days if sizes[day] and not _is_of(fresh.get(day), sizes[day])]
        self._check([sizes[day] for day in due])
        for day in due:
            self._graded[day] = grade_day(self._connection, self._reader, self._mover, day, columns)
        codes = np.zeros(len(columns), np.int8)
        for day, part in rows.items():
            if sizes[day]:
                codes[part] = self._codes(day) if day in due else fresh[day].codes
        wanted = columns.between(us_of(self._begin), us_of(self._end))
        return Track(columns[wanted], codes[wanted])

    def _codes(self, day: date) -> npt.NDArray[np.int8]:
        graded = self._graded[day]
        return graded.verdicts[graded.day]


def _is_of(day: TrackDay | None, size: int) -> bool:
    """Whether a day was graded with so many fixes: none has come since, and none gone to the archive."""
    return day is not None and day.fixes == size


def _count(connection: Connection[Any], mover: int, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    begins, untils = [span[0] for span in spans], [span[1] for span in spans]
    values = {"mover": mover, "begins": begins, "untils": untils}
    return [row[0] for row in connection.execute(query(ROOM, "tracks_counts"), values).fetchall()]


def read_track(
    connection: Connection[Any], reader: Reader, mover: Mover, begin: datetime, end: datetime
) -> Track:
    """Read the fixes of [begin, end) with their verdicts, as graded last where that still holds."""
    return Span(connection, reader, mover, begin, end).track()


def summary(
    connection: Connection[Any], reader: Reader, mover: Mover, days: Sequence[date]
) -> list[TrackDay]:
    """Tell what each of some local days, one after the other, came to; those without a fix are left out."""
    span = Span.of_days(connection, reader, mover, days[0], days[-1])
    return list(span.whole_days.values())


def warm() -> None:
    """Have the kernels compiled before the first question, not during it."""
    times, still = np.arange(60) * 10_000_000, np.zeros(60)
    columns = Columns.of(times, 116.3 + np.maximum(times - 400_000_000, 0) * 1e-11, 39.9 + still, device=1)
    found = grade(columns, Context.whole(columns), parameters_of("foot"))
    assert len(found.stays) == 1
    simplified(columns.time_us, columns.lon, columns.lat, 1.0)


def today() -> date:
    """Tell the local day."""
    return datetime.now(ZONE).date()
