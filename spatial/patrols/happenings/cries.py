"""Cries for help that a device tells by its fixes alone: one where a run of them begins."""

from __future__ import annotations

import math
from dataclasses import replace
from threading import Lock

import numpy as np

from spatial.patrols.protocols.fixes import Batch, Flag, Happened, Happening


class Cries:
    """Which devices of one process's doors are crying; shared by threads.

    Kept by place of the batch and committed apart, so that what could not be written cries again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._crying: frozenset[int] = frozenset()

    def found(self, batch: Batch, devices: dict[int, int]) -> list[tuple[int, Happened]]:
        """Find where cries begin; gives places among the batch's identities.

        devices: numbers of devices by such places. A cry that went on when the device was last heard is none.
        """
        said = (batch.fixes["flags"] & Flag.SOS) != 0
        if not said.any():
            return []
        told = []
        for place in np.unique(batch.of[said]).tolist():
            rows = _rows(batch, place)
            before = np.concatenate([[devices.get(place) in self._crying], said[rows][:-1]])
            told += [(place, _cry(batch, row)) for row in rows[said[rows] & ~before].tolist()]
        return told

    def heard(self, batch: Batch, devices: dict[int, int]) -> None:
        """Remember who is crying, once everything of a batch is committed."""
        said = (batch.fixes["flags"] & Flag.SOS) != 0
        if not said.any() and self._crying.isdisjoint(devices.values()):
            return
        last = {devices[place]: bool(said[_rows(batch, place)[-1]]) for place in _places(batch, devices)}
        now = {device for device, is_crying in last.items() if is_crying}
        with self._lock:
            self._crying = (self._crying - last.keys()) | now


def _places(batch: Batch, devices: dict[int, int]) -> list[int]:
    return [place for place in np.unique(batch.of).tolist() if place in devices]


def _rows(batch: Batch, place: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Give the rows of one device in the order of their times."""
    rows = np.flatnonzero(batch.of == place)
    return rows[np.argsort(batch.fixes["time_us"][rows], kind="stable")]


def _cry(batch: Batch, row: int) -> Happened:
    fixes = batch.fixes
    told = Happened(Happening.SOS, int(fixes["time_us"][row]))
    # Where a device has no position of its own it says 0, or an old one.
    if fixes["flags"][row] & Flag.NOT_POSITIONED:
        return told
    accuracy_m = float(fixes["accuracy_m"][row])
    return replace(
        told, lon=float(fixes["lon"][row]), lat=float(fixes["lat"][row]),
        accuracy_m=None if math.isnan(accuracy_m) else accuracy_m,
    )  # fmt: skip
