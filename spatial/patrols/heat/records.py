"""Entries of the heat, packed: who reads thousands of rows joins their bytes and has one array.

An entry is twelve bytes: a key (uint64: cell, unit, hour) and milliseconds (uint32). Entries of one row have
different keys and stand in their order, so that the same figures are the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spatial.patrols.heat import cells as lattice

Int = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

RECORD = np.dtype([("key", "<u8"), ("ms", "<u4")])
HOUR_BITS, UNIT_BITS = 5, 19
MOST_UNITS = 1 << UNIT_BITS
NO_HOUR = 31
"""Of rows of several days."""
MOST_MS = 2**32 - 1
"""Of one record."""
_HOUR = (1 << HOUR_BITS) - 1
_UNIT = MOST_UNITS - 1
_EDITION = b"H1"


@dataclass(frozen=True)
class Entries:
    """Time by cell, unit and hour; keys (n,) are different and sorted, ms (n,) not zero."""

    keys: Keys
    ms: Int

    @classmethod
    def none(cls) -> Entries:
        """Give no time at all."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, cells: Int, units: Int, hours: Int, ms: Int) -> Entries:
        """Add up pieces (n,); units are numbers from 0 on, hours those since midnight."""
        key = (cells << (UNIT_BITS + HOUR_BITS)).astype(np.uint64)
        key |= ((np.asarray(units, np.int64) << HOUR_BITS) | hours).astype(np.uint64)
        return cls.added(key, ms)

    @classmethod
    def added(cls, keys: Keys, ms: Int) -> Entries:
        """Add up milliseconds (n,), negative ones too, by keys (n,) in any order."""
        if not len(keys):
            return cls.none()
        order = np.argsort(keys, kind="stable")
        keys, ms = keys[order], np.asarray(ms, np.int64)[order]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        sums = np.add.reduceat(ms, starts)
        kept = sums != 0
        return cls(keys[starts][kept], sums[kept])

    @property
    def cells(self) -> Int:
        """Give the cells (n,)."""
        return cells_of(self.keys)

    @property
    def units(self) -> Int:
        """Give the numbers of units (n,)."""
        return units_of(self.keys)

    @property
    def hours(self) -> Int:
        """Give the hours (n,)."""
        return hours_of(self.keys)

    @property
    def total_ms(self) -> int:
        """Sum everything."""
        return int(self.ms.sum())

    def coarser(self, levels: int, *, by_hour: bool = True) -> Entries:
        """Add up by the cells so many levels above; without hours where they are not asked for."""
        hours = self.hours if by_hour else np.full(len(self.keys), NO_HOUR, np.int64)
        return Entries.of(lattice.coarser(self.cells, levels), self.units, hours, self.ms)

    def and_then(self, other: Entries, sign: int = 1) -> Entries:
        """Add other entries, or take them away."""
        keys, ms = np.concatenate([self.keys, other.keys]), np.concatenate([self.ms, sign * other.ms])
        return Entries.added(keys, ms)

    def packed(self) -> bytes:
        """Write the records; ValueError for what is negative, or more than fits."""
        if len(self.ms) and not 0 < int(self.ms.min()) <= int(self.ms.max()) < 2**32:
            raise ValueError("time in a cell must be positive, and less than 49 days")
        made = np.empty(len(self.keys), RECORD)
        made["key"], made["ms"] = self.keys, self.ms
        return made.tobytes()

    def packed_often(self) -> bytes:
        """Write the records, of a key as many as it takes: many people's days are more than one holds."""
        written, left = list[bytes](), self
        while len(left.keys):
            now = Entries(left.keys, np.minimum(left.ms, MOST_MS))
            written.append(now.packed())
            left = left.and_then(now, -1)
        return b"".join(written)

    @classmethod
    def unpacked(cls, content: bytes) -> Entries:
        """Read the records of one row."""
        found = np.frombuffer(content, RECORD)
        return cls(found["key"].astype(np.uint64), found["ms"].astype(np.int64))


def cells_of(keys: Keys) -> Int:
    """Give the cells of keys (n,)."""
    return (keys >> np.uint64(UNIT_BITS + HOUR_BITS)).astype(np.int64)


def units_of(keys: Keys) -> Int:
    """Give the numbers of units of keys (n,)."""
    return ((keys >> np.uint64(HOUR_BITS)) & np.uint64(_UNIT)).astype(np.int64)


def hours_of(keys: Keys) -> Int:
    """Give the hours of keys (n,)."""
    return (keys & np.uint64(_HOUR)).astype(np.int64)


@dataclass(frozen=True)
class Contributions:
    """The time of one mover's day; units are numbered by their place in `units`, from 1 on, and 0 is none."""

    entries: Entries
    units: tuple[str, ...]

    def packed(self) -> bytes:
        """Write it for `track_day.heat`: edition, units, records. The same figures are the same bytes."""
        head = [_EDITION, len(self.units).to_bytes(2, "little")]
        for code in self.units:
            text = code.encode()
            head += [len(text).to_bytes(1, "little"), text]
        return b"".join([*head, self.entries.packed()])

    @classmethod
    def unpacked(cls, content: bytes | None) -> Contributions:
        """Read what `packed` wrote; None for nothing. ValueError for another edition."""
        if content is None:
            return cls(Entries.none(), ())
        if content[:2] != _EDITION:
            raise ValueError("heat of another edition")
        units, at = [], 4
        for _ in range(int.from_bytes(content[2:4], "little")):
            end = at + 1 + content[at]
            units.append(content[at + 1 : end].decode())
            at = end
        return cls(Entries.unpacked(content[at:]), tuple(units))

    def renumbered(self, numbers: Sequence[int]) -> Entries:
        """Give the entries with units by other numbers: of no unit first, then of `units`."""
        units = np.asarray(numbers, np.int64)[self.entries.units]
        return Entries.of(self.entries.cells, units, self.entries.hours, self.entries.ms)
