"""Fixes of many senders put into one batch: arrays of one length, in the order of the key, each fix once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.geometry.datum import DATUMS
from spatial.patrols.protocols.fixes import UNKNOWN, Fixes, joined

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[Any]]
"""The columns of `Fixes`, and of each fix: sent, device (0: none), mover (0: not known yet), only (0:
anybody's), source."""


@dataclass(frozen=True)
class Sent:
    """Fixes of one sender.

    device: what sent them, one number or one for each fix (n,); it must be active, and the mover is whoever
    carried it at the time of the fix, unless `mover` says so. datum: the profile's, for fixes that do not
    say theirs. only: the mover whose fixes these may be, where a key is somebody's own: what anybody else
    carried then is not taken.
    """

    fixes: Fixes
    source: int
    device: int | Ints | None = None
    mover: int | Ints | None = None
    datum: str = DATUMS[0]
    only: int | None = None

    def __len__(self) -> int:
        return len(self.fixes["time_us"])


def gathered(sent: Sequence[Sent]) -> Columns:
    """Put the fixes of all senders behind one another, and say of each whose it is."""
    counts = [len(each) for each in sent]
    columns: Columns = joined([each.fixes for each in sent])
    columns["sent"] = np.repeat(np.arange(len(sent), dtype=np.int32), counts)
    columns["source"] = np.repeat(np.array([each.source for each in sent], np.int16), counts)
    for name in ("device", "mover", "only"):
        columns[name] = _spread([getattr(each, name) for each in sent], counts)
    datum = np.repeat(np.array([DATUMS.index(each.datum) for each in sent], np.int16), counts)
    columns["datum"] = np.where(columns["datum"] == UNKNOWN, datum, columns["datum"]).astype(np.int16)
    return columns


def _spread(numbers: Sequence[int | Ints | None], counts: Sequence[int]) -> Ints:
    if all(number is None or isinstance(number, int) for number in numbers):
        return np.repeat(np.array([number or 0 for number in numbers], np.int64), counts)
    parts = [
        np.broadcast_to(np.asarray(0 if number is None else number, np.int64), (count,))
        for number, count in zip(numbers, counts, strict=True)
    ]
    return np.concatenate(parts)


def chosen(columns: Columns, rows: npt.NDArray[Any]) -> Columns:
    """Keep some rows, by a mask or by their numbers."""
    return {name: values[rows] for name, values in columns.items()}


def marks(device: Ints, lon: Floats, lat: Floats) -> npt.NDArray[np.int32]:
    """Hash device (n,) and place as sent (n,), rounded to 1e-6 degrees, to the third part of a fix's key.

    The same fix has the same mark in whatever batch, order or process it comes.
    """
    with np.errstate(invalid="ignore"):
        x, y = (
            np.nan_to_num(np.round(degrees * 1e6), nan=2e9, posinf=2e9, neginf=-2e9)
            .clip(-2e9, 2e9)
            .astype(np.int64)
            .view(np.uint64)
            for degrees in (lon, lat)
        )
    mixed = _stirred(_stirred(_stirred(device.view(np.uint64)) ^ x) ^ y)
    return np.asarray((mixed >> np.uint64(32)).astype(np.uint32).view(np.int32))


def _stirred(number: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit over all the others (the finish of MurmurHash3, by Austin Appleby; public domain)."""
    number = (number ^ (number >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    number = (number ^ (number >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return number ^ (number >> np.uint64(33))


def in_order(columns: Columns) -> Columns:
    """Sort by the key (mover, time, mark), and leave out what stands in the batch twice.

    All writers keep this order: two of them with the same fixes would else wait for each other.
    """
    order = _order(columns["mover"], columns["time_us"], columns["mark"])
    key = [columns[name][order] for name in ("mover", "time_us", "mark")]
    first = np.ones(len(order), bool)
    first[1:] = np.logical_or.reduce([part[1:] != part[:-1] for part in key])
    return chosen(columns, order[first])


def _order(mover: Ints, time_us: Ints, mark: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Sort by one number, a fifth of the work, where that holds both and no two are of one moment."""
    if len(mover) == 0:
        return np.empty(0, np.intp)
    movers, rank = np.unique(mover, return_inverse=True)
    span = int(time_us.max()) - int(time_us.min()) + 1
    if len(movers) * span < 2**63:
        key = rank * span + (time_us - time_us.min())
        order = np.argsort(key, kind="stable")
        if (np.diff(key[order]) > 0).all():
            return order
    return np.lexsort((mark, time_us, mover))


def newest(columns: Columns, good: Bools) -> Bools:
    """Mark the newest good fix (n,) of each mover; columns in order."""
    rows = np.flatnonzero(good)
    movers = columns["mover"][rows]
    last = np.ones(len(rows), bool)
    last[:-1] = movers[1:] != movers[:-1]
    found = np.zeros(len(good), bool)
    found[rows[last]] = True
    return found


def ranks(owner: Ints, at: Ints, own: Ints, time: Ints) -> Ints:
    """Count, for each pair (own, time) (m,), the pairs (owner, at) (n,) that come before it or are equal.

    Pairs go by their first number, then by their second. All are ranked together, as numpy searches in one
    column only.
    """
    first, second = np.concatenate([owner, own]), np.concatenate([at, time])
    asking = np.repeat([False, True], [len(owner), len(own)])
    order = np.lexsort((asking, second, first))
    counted = np.empty(len(order), np.int64)
    counted[order] = np.cumsum(~asking[order])
    return counted[len(owner) :]
