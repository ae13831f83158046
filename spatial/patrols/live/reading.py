"""Reads movers, where they were last, who cries and who is seen, as columns without a loop over rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.database import Reading, query
from spatial.patrols.live.frames import MOST_32, RECORD, UNKNOWN_8, Records, State, scaled
from spatial.patrols.protocols.fixes import Flag

ROOM = "spatial.patrols.live"
RAW = np.dtype(
    [
        ("mover", ">i8"), ("time", ">i8"), ("received", ">i8"), ("lon", ">f8"), ("lat", ">f8"),
        ("speed", ">f4"), ("course", ">f4"), ("accuracy", ">f4"), ("battery", ">i2"), ("flags", ">i4"),
        ("bits", ">i2"),
    ]
)  # fmt: skip
"""A row of rows.sql, as PostgreSQL sends its values."""
_VEHICLE, _ON_DUTY, _THERE = 1, 2, 4
EPOCH_2000_US = 946_684_800_000_000
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Rows:
    """Movers by their numbers, ascending: columns of one length (n,)."""

    mover: Ints
    record: Records
    """As they are sent (frames.RECORD), but for the bit of an SOS."""
    there: Bools
    """Has ever been anywhere."""
    vehicle: Bools
    unit: Texts
    organisation: Texts

    def __len__(self) -> int:
        return len(self.mover)


def read_rows(reading: Reading, batches: Collection[int] | None = None) -> Rows:
    """Read everybody, or those whom some commits of fixes have moved; reading: of the platform."""
    values = {"batches": None if batches is None else sorted(batches)}
    row = reading.execute(query(ROOM, "rows"), values).fetchall()[0]
    return rows_of(np.frombuffer(row[0] or b"", RAW), row[1] or [], row[2] or [])


def rows_of(raw: npt.NDArray[Any], unit: Collection[str], organisation: Collection[str]) -> Rows:
    """Turn what PostgreSQL sent (n,) into what is sent on."""
    return Rows(
        raw["mover"].astype(np.int64), _records(raw), (raw["bits"] & _THERE) != 0,
        (raw["bits"] & _VEHICLE) != 0, np.array(list(unit), np.str_), np.array(list(organisation), np.str_),
    )  # fmt: skip


def _records(raw: npt.NDArray[Any]) -> Records:
    made = np.zeros(len(raw), RECORD)
    made["mover"] = raw["mover"]
    for name in ("lon", "lat"):
        made[name] = np.rint(raw[name].astype(np.float64) * 1e7).clip(-(2**31), 2**31 - 1)
    made["speed"] = scaled(raw["speed"], 100)
    made["course"] = scaled(raw["course"], 100)
    made["accuracy"] = scaled(raw["accuracy"], 10)
    made["battery"] = np.where(raw["battery"] < 0, UNKNOWN_8, raw["battery"].clip(0, 100))
    made["time"] = raw["time"] + EPOCH_2000_US
    made["late"] = ((raw["received"] - raw["time"]) // 1000).clip(0, MOST_32)
    made["state"] = _states(raw)
    return made


def _states(raw: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Say in bits what a mover is and what its last fix says; an SOS is added where it is known."""
    flags, bits = raw["flags"].astype(np.int64), raw["bits"].astype(np.int64)
    state = np.zeros(len(raw), np.int64)
    for bit, holds in (
        (State.ON_DUTY, bits & _ON_DUTY),
        (State.VEHICLE, bits & _VEHICLE),
        (State.APPROXIMATE, flags & Flag.APPROXIMATE),
        (State.MOCK, flags & Flag.MOCK),
        (State.MOVING, flags & Flag.MOVING),
    ):
        state |= np.where(holds != 0, int(bit), 0)
    return state.astype(np.uint8)


def read_crying(reading: Reading) -> Ints:
    """Read whose cries for help are not closed; reading: of the platform."""
    return _numbers(reading.execute(query(ROOM, "crying"), {}).fetchall()[0][0])


def read_seen(reading: Reading) -> Ints:
    """Read whom the reader may see, ascending; the policies decide."""
    return _numbers(reading.execute(query(ROOM, "seen"), {}).fetchall()[0][0])


def _numbers(packed: bytes | None) -> Ints:
    return np.frombuffer(packed or b"", ">i8").astype(np.int64)
