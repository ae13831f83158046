"""The file of what a local day came to: one row a mover, with all that it takes to grade it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from spatial.patrols.grading import Stay, Trip
from spatial.patrols.track_days import TrackDay
from spatial.patrols.tracks import us_of

_MOMENT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("mover_id", pa.int64()), ("day", pa.date32()), ("kind", pa.string()), ("gait", pa.string()),
        ("home", pa.binary()), ("edition", pa.int32()), ("parameters", pa.int64()), ("fixes", pa.int32()),
        ("good", pa.int32()), ("verdicts", pa.binary()), ("distance_m", pa.float64()),
        ("moving_s", pa.int32()), ("standing_s", pa.int32()), ("first_at", _MOMENT), ("last_at", _MOMENT),
        ("stays", pa.string()), ("trips", pa.string()), ("heat", pa.binary()),
    ]
)  # fmt: skip
MOVERS = 1000
"""In a group of rows."""


@dataclass(frozen=True)
class Kept:
    """A mover's day as the archive has it."""

    day: TrackDay
    kind: str
    gait: str
    """As it was when the day was written."""
    home: bytes | None
    """The area that the mover worked in (WKB), as grading was told."""

    def row(self) -> dict[str, Any]:
        """Write it as the file has it."""
        found = {name: getattr(self.day, name) for name in self.day.__dataclass_fields__}
        stays = json.dumps([asdict(each) for each in self.day.stays])
        trips = json.dumps([asdict(each) for each in self.day.trips])
        about = {"kind": self.kind, "gait": self.gait, "home": self.home}
        return {**found, **about, "stays": stays, "trips": trips}


def _of_row(row: dict[str, Any]) -> Kept:
    about = {name: row.pop(name) for name in ("kind", "gait", "home")}
    stays = tuple(Stay(**each) for each in json.loads(row.pop("stays")))
    trips = tuple(Trip(**each) for each in json.loads(row.pop("trips")))
    return Kept(TrackDay(**row, stays=stays, trips=trips), **about)


def digest(days: Iterable[Kept]) -> str:
    """Hash days, in order, by all that is said of them."""
    made = hashlib.sha256()
    for each in days:
        for value in each.row().values():
            # What follows cannot be mistaken for a part of it.
            content = value if isinstance(value, bytes) else _text(value).encode()
            made.update(len(content).to_bytes(8, "little") + content)
    return made.hexdigest()


def _text(value: Any) -> str:
    """Write a value; of a moment its microseconds, whatever its zone is called."""
    return f"{us_of(value)} us" if isinstance(value, datetime) else repr(value)


def write(target: BinaryIO, day: date, days: Sequence[Kept]) -> None:
    """Write days of movers, in the order of the movers."""
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as file:
        for begin in range(0, len(days), MOVERS):
            part = [each.row() for each in days[begin : begin + MOVERS]]
            file.write_table(pa.Table.from_pylist(part, schema=SCHEMA))
        file.add_key_value_metadata({"citygrid": json.dumps({"day": str(day), "movers": len(days)})})


def read(source: Any, movers: Iterable[int] | None = None, columns: Sequence[str] | None = None) -> pa.Table:
    """Read the file as a table: of some movers, some columns."""
    filters = None if movers is None else [("mover_id", "in", sorted(movers))]
    return pq.read_table(source, columns=None if columns is None else list(columns), filters=filters)


def read_days(source: Any, movers: Iterable[int] | None = None) -> list[Kept]:
    """Read days of movers, in the order of the movers."""
    return [_of_row(row) for row in read(source, movers).to_pylist()]
