"""Says in which unit what is being written lies, exactly as the next stamping of all rows would."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import Database, query, session
from spatial.grids.locate import LocateIndex, compile_index
from spatial.grids.published import compiled_index
from spatial.grids.stamps import STAMPED_COVERAGE
from spatial.grids.versions import read_snapshot
from spatial.rights.reader import SYSTEM

ROOM = "spatial.grids"

FloatArray = npt.NDArray[np.float64]


class Stamper:
    """Holds the compiled coverage `grids` of one process for those who write; shared by threads.

    home: the state folder, where compiled indexes are kept as files; None compiles in memory.
    """

    def __init__(self, database: Database, home: Path | None = None) -> None:
        self._database = database
        self._home = home
        self._lock = Lock()
        self._held: tuple[int, LocateIndex] | None = None

    def codes(self, connection: Connection[Any], lon: FloatArray, lat: FloatArray) -> list[str | None]:
        """Name the base unit of points, lon and lat float (n,) degrees; None outside the tolerance.

        connection: of the transaction that writes. No version is published and no rows are stamped anew
        before it ends, so a row and its stamp never come apart.
        """
        self.hold(connection)
        return self.look(connection, lon, lat)

    def look(self, connection: Connection[Any], lon: FloatArray, lat: FloatArray) -> list[str | None]:
        """Name the units of points as `codes`, and hold nothing off: who writes them asks `version` again."""
        version = self.version(connection)
        if version is None:
            return [None] * len(lon)
        index = self._index(version)
        units, _ = index.locate(lon, lat)
        return [index.codes[unit] if unit >= 0 else None for unit in units.tolist()]

    def version(self, connection: Connection[Any]) -> int | None:
        """Tell the version that is in force at this very moment; None: nothing is published."""
        values = {"coverage": STAMPED_COVERAGE}
        row = connection.execute(query(ROOM, "stamping_version"), values).fetchone()
        return None if row is None else int(row[0])

    def hold(self, connection: Connection[Any]) -> None:
        """Hold off publications until the transaction ends; to be done before rows are locked."""
        connection.execute(query(ROOM, "stamp_lock"), {"coverage": STAMPED_COVERAGE})

    def _index(self, version: int) -> LocateIndex:
        with self._lock:
            if self._held is None or self._held[0] != version:
                self._held = version, self._compiled()
            return self._held[1]

    def _compiled(self) -> LocateIndex:
        """Arcs are read by the platform alone, so this takes a session of its own."""
        with session(self._database, SYSTEM) as connection:
            snapshot = read_snapshot(connection, STAMPED_COVERAGE)
        if self._home is not None:
            return compiled_index(self._home, snapshot)
        codes = [unit.code for unit in snapshot.units[: snapshot.base_count]]
        return compile_index(snapshot.arcs, codes, snapshot.tolerance_m)
