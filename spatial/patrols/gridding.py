"""Which base unit of the grids a fix lay in, by the version that was in force at its time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection, Cursor

from spatial.database import query
from spatial.grids.locate import LocateIndex
from spatial.grids.published import compiled_index
from spatial.grids.stamps import STAMPED_COVERAGE
from spatial.grids.versions import read_snapshot
from spatial.patrols.batches import Bools, Floats, Ints

ROOM = "spatial.patrols"
VERSIONS_KEPT = 4
"""Compiled versions that a process keeps ready; late fixes come in the day before's."""

Versions = list[tuple[int, datetime, int]]
"""Number, begin, and begin in POSIX microseconds; in the order of time."""
Place = tuple[Ints, Floats, Floats]
"""Times in POSIX microseconds, longitudes and latitudes of WGS-84 degrees, (n,) each."""
Codes = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class Version:
    """A compiled version: its index and, for each unit and for none (the last), code and a point inside."""

    index: LocateIndex
    codes: Codes
    inside: Floats

    @classmethod
    def of(cls, index: LocateIndex, inside: dict[str, tuple[float, float]]) -> Version:
        """Make one; inside: points by code."""
        codes = np.array([*(code.encode("ascii") for code in index.codes), b""], dtype=np.bytes_)
        nowhere = (np.nan, np.nan)
        points = [inside.get(code, nowhere) for code in index.codes]
        return cls(index, codes, np.array([*points, nowhere], np.float64))


class Grids:
    """The versions of the grids that one process puts fixes into; shared by threads.

    home: the state folder, where compiled indexes are kept as files; None compiles in memory.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = home
        self._lock = Lock()
        self._held: OrderedDict[int, Version] = OrderedDict()

    def ask(self, connection: Connection[Any]) -> Cursor[Any]:
        """Ask which versions there are; connection: of the platform."""
        return connection.execute(query(ROOM, "grid_versions"), {"coverage": STAMPED_COVERAGE})

    def units(
        self, connection: Connection[Any], versions: Versions, place: Place, asked: Bools
    ) -> tuple[Codes, Floats]:
        """Name the units of fixes (n,), b"" for none, and give a point inside of each (n, 2), NaN for none.

        versions: what `ask` was answered. asked: which fixes are looked at; the others are in none.
        """
        time_us, lon, lat = place
        codes, inside = np.zeros(len(time_us), "S1"), np.full((len(time_us), 2), np.nan)
        begins = np.array([begin for *_, begin in versions], np.int64)
        number = np.where(asked, np.searchsorted(begins, time_us, "right") - 1, -1)
        for which in np.unique(number[number >= 0]).tolist():
            rows = np.flatnonzero(number == which)
            version = self._version(connection, *versions[which][:2])
            unit, _ = version.index.locate(lon[rows], lat[rows])
            # In whole: a batch within one version, which almost every one is, is not copied about.
            codes = codes.astype(np.promote_types(codes.dtype, version.codes.dtype), copy=False)
            codes[rows], inside[rows] = version.codes[unit], version.inside[unit]
        return codes, inside

    def warm(self, connection: Connection[Any]) -> None:
        """Have what is in force now, and its kernels, ready before the first fix comes."""
        now = np.array([datetime.now(UTC).timestamp() * 1e6], np.int64)
        nowhere = (now, np.zeros(1), np.zeros(1))
        self.units(connection, self.ask(connection).fetchall(), nowhere, np.ones(1, bool))

    def _version(self, connection: Connection[Any], version: int, valid_from: datetime) -> Version:
        with self._lock:
            if version not in self._held:
                self._held[version] = self._compiled(connection, valid_from)
            self._held.move_to_end(version)
            while len(self._held) > VERSIONS_KEPT:
                self._held.popitem(last=False)
            return self._held[version]

    def _compiled(self, connection: Connection[Any], at: datetime) -> Version:
        index = compiled_index(self._home, read_snapshot(connection, STAMPED_COVERAGE, at))
        rows = connection.execute(query(ROOM, "grid_points"), {"coverage": STAMPED_COVERAGE, "at": at})
        return Version.of(index, {code: (lon, lat) for code, lon, lat in rows.fetchall()})
