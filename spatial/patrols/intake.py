"""How fixes come in: a batch of many senders, judged, put into the grids and written in one transaction.

What is acknowledged has been committed. The same fix is there once, whoever sends it again, in whatever
batch, order or process: its key is the mover, the time and a hash of device and place (`batches.marks`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.patrols import batches, carriers, gates, roster, writing
from spatial.patrols.batches import Bools, Columns, Sent
from spatial.patrols.days import day_of
from spatial.patrols.gridding import Grids, Versions
from spatial.patrols.partitions import DAYS_AHEAD, ensure_days
from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.verdicts import Verdict

__all__ = ["Intake", "Sent", "Taken"]

CLOCK, NO_UNIT = "clock", "off_duty_outside"
"""Why a fix is not taken: no clock that goes says so; it would have to be masked and lies in no unit."""
EARLIEST_US = 631_152_000_000_000
"""1990: before there was anything to find one's place by."""
AHEAD = timedelta(days=2)
"""A clock in the wrong zone is a day ahead at most; such fixes are kept as FUTURE, and no later ones."""

_EPOCH = date(1970, 1, 1)


@dataclass
class Taken:
    """What became of what one sender sent."""

    batch: int | None = None
    """The commit that it went in with; None: nothing of that was new."""
    new: int = 0
    known: int = 0
    """Were there before, or stood in the batch twice."""
    refused: Counter[str] = field(default_factory=Counter)
    """By reason; counted by day and device in fix_refusal as well."""

    @property
    def taken(self) -> int:
        """How many there are of what was sent."""
        return self.new + self.known


@dataclass(frozen=True)
class Sieve:
    """Leaves out what is not taken, and counts it: for its sender, and for the record."""

    taken: list[Taken]
    refused: Counter[writing.Refused]

    def without(self, columns: Columns, bad: Bools, reason: str) -> Columns:
        """Leave out the bad ones (n,)."""
        if not bad.any():
            return columns
        out = [columns[name][bad] for name in ("sent", "device", "mover")]
        kinds, counts = np.unique(np.column_stack(out), axis=0, return_counts=True)
        for (sent, device, mover), count in zip(kinds.tolist(), counts.tolist(), strict=True):
            self.taken[sent].refused[reason] += count
            self.refused[device, mover, reason] += count
        return batches.chosen(columns, ~bad)


class Facts(NamedTuple):
    """What a batch has to know of the city: read in its own transaction, so that it is so."""

    carriers: list[tuple[Any, ...]]
    is_gated: bool
    """Somewhere fixes off duty are not simply taken."""
    is_masking: bool
    """Somewhere they are masked."""
    versions: Versions


def _nothing() -> None:
    """Send nothing along."""


class Intake:
    """Takes batches in; one for each process and thread that writes.

    home: the state folder with the compiled grids. kept_days: fixes older than that are kept as too old.
    """

    def __init__(self, home: Path | None = None, kept_days: int = 180) -> None:
        self._grids = Grids(home)
        self._kept_days = kept_days
        self._days: set[int] = set()

    def warm(self, connection: Connection[Any]) -> None:
        """Have the grids in force ready, and the table that rows are copied into."""
        writing.prepare(connection)
        self._grids.warm(connection)

    def take(
        self,
        connection: Connection[Any],
        sent: Sequence[Sent],
        now: datetime | None = None,
        begin: writing.Step = _nothing,
        end: writing.Step = _nothing,
    ) -> list[Taken]:
        """Write what was sent; gives one answer for each sender.

        connection: of the platform, in a transaction that is committed before anybody is told, and on which
        `warm` was called before. begin, end: what the caller sends first and last, along with ours.
        """
        received = now or datetime.now(UTC)
        taken, refused = [Taken() for _ in sent], Counter[writing.Refused]()
        columns = batches.gathered(sent)
        facts = self._facts(connection, columns, begin)
        columns = self._accepted(connection, columns, facts, Sieve(taken, refused), received)
        writing.refuse(connection, refused, received)
        if len(columns["mover"]):
            self._write(connection, columns, taken, received, end)
        else:
            end()
        return taken

    def _facts(self, connection: Connection[Any], columns: Columns, begin: writing.Step) -> Facts:
        """Ask for everything at once."""
        with connection.pipeline():
            begin()
            asked = carriers.ask(connection, columns), roster.ask(connection), self._grids.ask(connection)
        rows, gated, versions = (each.fetchall() for each in asked)
        return Facts(rows, gated[0][0], gated[0][1], versions)

    def _accepted(
        self, connection: Connection[Any], columns: Columns, facts: Facts, sieve: Sieve, received: datetime
    ) -> Columns:
        """Leave out what is not taken, and say of the rest whose it is and how it is judged."""
        time_us, latest_us = columns["time_us"], int((received + AHEAD).timestamp() * 1e6)
        columns = sieve.without(columns, (time_us < EARLIEST_US) | (time_us > latest_us), CLOCK)
        columns["mover"], columns["why"] = carriers.carried(columns, facts.carriers)
        for number, reason in enumerate(carriers.REASONS, 1):
            columns = sieve.without(columns, columns["why"] == number, reason)
        off = np.zeros(len(columns["mover"]), np.int8)
        if facts.is_gated:
            off = roster.off_duty(connection, columns["mover"], columns["time_us"])
        if facts.is_masking:
            # Sent again after its shift was written down, it would come to light.
            off[_were_masked(connection, columns)] = roster.Off.MASKED
        columns["masked"] = off == roster.Off.MASKED
        columns = sieve.without(columns, off == roster.Off.REFUSED, roster.REFUSED)
        columns = self._judged(connection, columns, facts, received)
        hidden = columns["masked"] & np.isnan(columns["lon"])
        return sieve.without(columns, hidden, NO_UNIT)

    def _judged(
        self, connection: Connection[Any], columns: Columns, facts: Facts, received: datetime
    ) -> Columns:
        columns |= gates.cleaned(columns)
        gate = gates.gates(columns, int(received.timestamp() * 1e6), self._kept_days)
        columns["mark"] = batches.marks(columns["device"], columns["lon"], columns["lat"])
        lon, lat = gates.in_wgs84(columns, gate)
        place, located = (columns["time_us"], lon, lat), gate != Verdict.RANGE
        unit, inside = self._grids.units(connection, facts.versions, place, located)
        columns |= {"source_lon": columns["lon"], "source_lat": columns["lat"], "lon": lon, "lat": lat}
        columns |= {"gate": gate, "unit": unit}
        if columns["masked"].any():
            _mask(columns, inside)
        return columns

    def _write(
        self,
        connection: Connection[Any],
        columns: Columns,
        taken: Sequence[Taken],
        received: datetime,
        end: writing.Step,
    ) -> None:
        """Write what is left, and tell its senders what of it was new."""
        self._make_days(connection, columns["time_us"], received)
        counts = np.bincount(columns["sent"], minlength=len(taken)).tolist()
        columns = batches.in_order(columns)
        newest = batches.newest(columns, columns["gate"] == Verdict.GOOD)
        oldest = day_of(received - timedelta(days=self._kept_days))
        batch, new = writing.write(connection, columns, newest, received, oldest, end)
        for number, each in enumerate(taken):
            each.new = new.get(number, 0)
            each.known = counts[number] - each.new
            each.batch = batch if each.new else None

    def _make_days(self, connection: Connection[Any], time_us: npt.NDArray[Any], now: datetime) -> None:
        """Make the missing days of those that fixes are kept for; all others have one place."""
        first, last = now - timedelta(days=self._kept_days), now + timedelta(days=DAYS_AHEAD)
        begin, end = ((each.date() - _EPOCH).days for each in (first, last))
        days = set(np.unique(gates.days_of(time_us)).tolist())
        asked = [_EPOCH + timedelta(days=day) for day in sorted(days - self._days) if begin <= day <= end]
        if asked:
            # What is made now is there once this is committed, if it is: the next batch asks again.
            made = ensure_days(connection, asked)
            self._days.update((day - _EPOCH).days for day in asked if day not in made)


def _marks_of_nothing(columns: Columns) -> npt.NDArray[np.int32]:
    """Give the marks (n,) that fixes have when they are masked: of the device alone."""
    nothing = np.zeros(len(columns["device"]))
    return batches.marks(columns["device"], nothing, nothing)


def _were_masked(connection: Connection[Any], columns: Columns) -> Bools:
    """Tell which fixes (n,) came before and were masked."""
    return roster.masked_before(connection, columns["mover"], columns["time_us"], _marks_of_nothing(columns))


def _mask(columns: Columns, inside: npt.NDArray[np.float64]) -> None:
    """Keep of fixes off duty the time and the unit alone; even a hash of the place could be tried out."""
    masked = columns["masked"]
    for name, place in (("lon", 0), ("lat", 1)):
        columns[name] = np.where(masked, inside[:, place], columns[name])
        columns[f"source_{name}"] = columns[name]
    columns["mark"] = np.where(masked, _marks_of_nothing(columns), columns["mark"])
    for name in ("speed_mps", "course_deg", "accuracy_m", "altitude_m"):
        columns[name] = np.where(masked, np.float32(np.nan), columns[name])
    columns["datum"] = np.where(masked, 0, columns["datum"])
    columns["gate"] = np.where(masked, Verdict.OFF_DUTY, columns["gate"])
    columns["flags"] = np.where(masked, Flag.OFF_DUTY_MASKED, columns["flags"])
    columns["extra"] = columns["extra"].copy()
    columns["extra"][masked] = None
