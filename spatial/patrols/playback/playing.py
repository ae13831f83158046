"""Read a playback slice by slice, each in a transaction of its own: a slow client holds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.errors import Conflict
from spatial.patrols import track_forms
from spatial.patrols.playback import layout
from spatial.patrols.playback.fixes import Fixes, of_columns, read, together
from spatial.patrols.playback.planning import Kept, Part, Plan, kept
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import MOST_GRADED, Span, us_of
from spatial.patrols.verdicts import COUNTS_FOR_WAY
from spatial.rights.reader import Reader

_IN_FLIGHT = timedelta(minutes=1)
"""No transaction that stores fixes takes longer."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_COUNTS = np.zeros(256, bool)
_COUNTS[[int(each) for each in COUNTS_FOR_WAY]] = True

Open = Callable[[], AbstractContextManager[Connection[Any]]]
"""Gives a connection of the reader in a transaction, for one slice."""


def play(found: Plan, reader: Reader, lend: Open) -> Iterator[bytes]:
    """Write the stream piece by piece: its head, slices in the order of time, its end.

    Conflict when what was said of the fixes is no more what it was, and cannot be told anew: the stream then
    has no end, and is to be asked for again.
    """
    wanted, clock = found.wanted, found.clock
    said = {
        "from": wanted.begin.isoformat(), "to": wanted.end.isoformat(), "tick_ms": clock.tick_ms,
        "slice_s": clock.slice_s, "movers": len(found.movers), "fixes": found.fixes,
    }  # fmt: skip
    schema = layout.schema_of(wanted.extras, not wanted.clean, said)
    numbers = np.array([mover.id for mover in found.movers], np.int64)
    yield layout.head(schema)
    for part in found.parts:
        if not part.fixes:
            continue
        playing = _Clean(found, part, reader) if wanted.clean else _All(found, part, reader)
        for begin_us, end_us in clock.slices(*part.span_us):
            with lend() as connection:
                fixes = playing.fixes(connection, begin_us, end_us).in_box(wanted.box)
            if len(fixes):
                yield layout.batch(schema, clock, numbers, begin_us, fixes)
        playing.check()
    yield layout.END


class _All:
    """All fixes of a part, as they came."""

    def __init__(self, found: Plan, part: Part, reader: Reader) -> None:
        self.part, self._reader = part, reader
        self._movers = [mover.id for mover in found.movers]
        self._more = bool(found.wanted.extras)

    def fixes(self, connection: Connection[Any], begin_us: int, end_us: int) -> Fixes:
        """Read a slice."""
        return self.read(connection, begin_us, end_us, _NEVER)[0]

    def read(
        self, connection: Connection[Any], begin_us: int, end_us: int, recent: datetime
    ) -> tuple[Fixes, npt.NDArray[np.bool_]]:
        """Read what is stored of a slice, and which of it came after `recent`."""
        span = moment(begin_us), moment(end_us)
        return read(connection, self._reader, self._movers, span, recent, self._more)

    def check(self) -> None:
        """Nothing is said of these fixes."""


class _Clean(_All):
    """The fixes of a part that count for the way.

    Of movers whose verdicts hold they are told by their place in the day, slice after slice; the others'
    part is graded whole, and kept.
    """

    def __init__(self, found: Plan, part: Part, reader: Reader) -> None:
        super().__init__(found, part, reader)
        self._plan = found
        self._left = MOST_GRADED
        self._graded: Fixes | None = None
        self._ready = False

    def fixes(self, connection: Connection[Any], begin_us: int, end_us: int) -> Fixes:
        """Read a slice."""
        if not self._ready:
            self._open(connection)
        raw, recent = self.read(connection, begin_us, end_us, self._recent)
        self._grade(connection, self._changed(raw, recent), begin_us)
        raw = raw[self._holds[raw.place]]
        good = raw[self._good(raw)]
        if self._graded is None:
            return good
        inside = (self._graded.time_us >= begin_us) & (self._graded.time_us < end_us)
        return together([good, self._graded[inside]])

    def _open(self, connection: Connection[Any]) -> None:
        """Find out whose verdicts hold, and grade the others' part."""
        known = kept(connection, self._reader, self._plan.movers, self.part, verdicts=True)
        count = len(self._plan.movers)
        self._holds, self._inside = np.zeros(count, bool), np.zeros(count, np.int64)
        self._first, self._passed = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._recent = known[0].at - _IN_FLIGHT if known else _NEVER
        holding = [each for each in known if self._verdicts_hold(each)]
        self._take_verdicts(holding)
        due = [each.place for each in known if each.inside and not self._holds[each.place]]
        self._grade(connection, due, us_of(self.part.begin))
        self._ready = True

    def _verdicts_hold(self, each: Kept) -> bool:
        return each.holds(self._plan.movers[each.place].parameters.digest, self.part.end)

    def _take_verdicts(self, holding: Sequence[Kept]) -> None:
        """Keep whether each fix of the part counts, mover by mover."""
        at, pieces = 0, [np.zeros(0, bool)]
        for each in holding:
            codes = each.codes[each.before : each.before + each.inside]
            self._holds[each.place], self._inside[each.place] = True, len(codes)
            self._first[each.place] = at
            at += len(codes)
            pieces.append(_COUNTS[codes])
        self._verdicts = np.concatenate(pieces)

    def _changed(self, raw: Fixes, recent: npt.NDArray[np.bool_]) -> list[int]:
        """List movers of which fixes have come that no verdict may be of, or more than there are verdicts."""
        counts = np.bincount(raw.place, minlength=len(self._holds))
        too_many = self._passed + counts > self._inside
        come = np.zeros(len(self._holds), bool)
        come[raw.place[recent]] = True
        return list(np.flatnonzero(self._holds & (come | too_many)))

    def _good(self, raw: Fixes) -> npt.NDArray[np.bool_]:
        """Tell which fixes count; and go on behind them."""
        runs = raw.runs()
        places, sizes = raw.place[runs[:-1]], np.diff(runs)
        # The place of each in its mover's day: where its run begins there, and how far it is into the run.
        starts = (self._first + self._passed)[places] - runs[:-1]
        good = self._verdicts[np.repeat(starts, sizes) + np.arange(len(raw))]
        self._passed[places] += sizes
        return good

    def _grade(self, connection: Connection[Any], places: Sequence[int], begin_us: int) -> None:
        """Grade what is left of the part of some movers."""
        parts = [] if self._graded is None else [self._graded]
        for place in places:
            mover = self._plan.movers[place]
            track = Span(connection, self._reader, mover, moment(begin_us), self.part.end).track()
            self._left -= len(track)
            if self._left < 0 and len(places) > 1:
                raise Conflict("more fixes have come late than are graded for one answer; ask again")
            self._holds[place] = False
            parts.append(of_columns(int(place), track.columns[track_forms.clean_rows(track)]))
        if places:
            self._graded = together(parts)

    def check(self) -> None:
        """See that all fixes came by that there are verdicts of; Conflict when some were taken away."""
        if self._ready and (self._passed != self._inside)[self._holds].any():
            raise Conflict("fixes were taken away while they were played; ask again")
