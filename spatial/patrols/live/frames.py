"""The frames of the live line, byte by byte: a header and records of fixed size, all little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"CGLV"
VERSION = 1
HEADER = struct.Struct("<4sBBHQQqII")
"""Magic, version, kind, flags, epoch, sequence, the server's time (POSIX µs), count, size of each."""
RECORD = np.dtype(
    [
        ("mover", "<u4"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("speed", "<u2"),
        ("course", "<u2"),
        ("time", "<i8"),
        ("accuracy", "<u2"),
        ("battery", "u1"),
        ("state", "u1"),
        ("late", "<u4"),
    ]
)
"""32 bytes of one mover; docs/36-live.md says what each is."""
ID = np.dtype("<u4")
UNKNOWN_16, UNKNOWN_8, MOST_32 = 0xFFFF, 0xFF, 0xFFFFFFFF
MOST_RECORDS = 1000
"""In one frame: a slow line is asked often whether it is still there."""

Records = npt.NDArray[Any]


class Kind(IntEnum):
    """What a frame is."""

    SNAPSHOT = 1
    """Forget everything; these are there."""
    DELTA = 2
    """These have changed, or have come into view."""
    GONE = 3
    """These have left the view, or may not be seen any more."""
    BEAT = 4
    """Nothing new."""


class Told(IntFlag):
    """Flags of a frame."""

    AWAY = 1
    """The database does not answer: what is shown grows old."""
    MORE = 2
    """More of the same moment follows at once."""


class State(IntFlag):
    """Bits of a mover's state."""

    ON_DUTY = 1
    SOS = 2
    APPROXIMATE = 4
    MOCK = 8
    VEHICLE = 16
    MOVING = 32


def scaled(values: npt.NDArray[Any], factor: float, most: int = UNKNOWN_16 - 1) -> npt.NDArray[np.uint16]:
    """Scale numbers (n,) into 16 bits: NaN is unknown, what is too large is the largest."""
    with np.errstate(invalid="ignore"):
        whole = np.rint(values.astype(np.float64) * factor).clip(0, most)
    return np.where(np.isnan(values), UNKNOWN_16, np.nan_to_num(whole)).astype(np.uint16)


def cut(
    kind: Kind, body: Records, epoch: int, before: int, sequence: int, now_us: int, flags: int
) -> Iterator[bytes]:
    """Write records or ids (n,) as frames, at least one: those after the first of a snapshot are deltas.

    Only the last carries `sequence`, all others `before`: whoever comes back after half of it starts there.
    """
    for first in range(0, max(len(body), 1), MOST_RECORDS):
        part = body[first : first + MOST_RECORDS]
        more = first + MOST_RECORDS < len(body)
        told = flags | (Told.MORE if more else 0)
        at = before if more else sequence
        head = (MAGIC, VERSION, kind, told, epoch, at, now_us, len(part), body.itemsize)
        yield HEADER.pack(*head) + part.tobytes()
        kind = Kind.DELTA if kind == Kind.SNAPSHOT else kind


def beat(epoch: int, sequence: int, now_us: int, flags: int) -> bytes:
    """Write a frame that says that there is nothing new."""
    return HEADER.pack(MAGIC, VERSION, Kind.BEAT, flags, epoch, sequence, now_us, 0, 0)
