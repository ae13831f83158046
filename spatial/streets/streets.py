"""The streets of a process: read from the base map once, and again when that changes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import shapely
import structlog
from psycopg import Connection

from spatial.database import Database, query, session
from spatial.rights.reader import SYSTEM
from spatial.streets.graph import Floats, Graph, build
from spatial.streets.walking import distances
from spatial.types import LngLat

ROOM = "spatial.streets"
SPEED_MPS = {"foot": 1.3, "ebike": 4.2, "car": 7.0}
"""How fast people get along in a city, by gait."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Roads:
    """The network of those on foot or on a bike, and that of cars, which has the motorways too."""

    foot: Graph
    car: Graph

    def distances(self, point: LngLat, lon: Any, lat: Any, by_car: Any) -> Floats:
        """Measure to places (n,), degrees, of which some (n, bool) are reached by car; NaN as in walking."""
        lon, lat, by_car = np.asarray(lon, float), np.asarray(lat, float), np.asarray(by_car, bool)
        measured = np.full(len(lon), np.nan)
        if self.car is self.foot:
            by_car = np.zeros(len(lon), bool)
        for graph, rows in ((self.foot, ~by_car), (self.car, by_car)):
            if rows.any():
                measured[rows] = distances(graph, point, lon[rows], lat[rows])
        return measured


def read(connection: Connection[Any]) -> Roads | None:
    """Make the networks of the base map; None without streets. connection: of the platform."""
    started = time.perf_counter()
    rows = connection.execute(query(ROOM, "lines"), binary=True).fetchall()
    lines = shapely.from_wkb(np.array([row[0] for row in rows], dtype=object))
    for_cars = np.array([row[1] for row in rows], bool)
    foot, car = build(lines[~for_cars]), None
    if for_cars.any():
        car = build(lines)
    log.info("streets", lines=len(lines), seconds=time.perf_counter() - started)
    return None if foot is None else Roads(foot, car or foot)


class Streets:
    """Keeps the networks; each is read once, however many ask at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._edition = 0
        self._kept: tuple[int, Roads | None] = (-1, None)
        """Of which edition, and the networks."""

    def roads(self) -> Roads | None:
        """Give the networks as of now, read first where nobody has; None without streets."""
        edition, roads = self._kept
        if edition == self._edition:
            return roads
        with self._lock:
            # Forgotten while it was read: that may be the old map.
            while self._kept[0] != self._edition:
                edition = self._edition
                with session(self._database, SYSTEM) as connection:
                    self._kept = (edition, read(connection))
            return self._kept[1]

    def warm(self) -> None:
        """Read them before anybody asks; what goes wrong is told to whoever asks."""
        try:
            self.roads()
        except Exception as error:
            log.warning("streets could not be read", reason=type(error).__name__)

    def forget(self) -> None:
        """Read them again when they are next asked for."""
        self._edition += 1
