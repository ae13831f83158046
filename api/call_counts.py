"""Counts the calls of keys in this process, and adds them to the city's sums every few seconds.

A request costs a look into a dictionary. What was counted in the last seconds goes with a process that is
killed; one that ends writes it down first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import structlog

from spatial.database import Database, session
from spatial.partners import calls
from spatial.people.keys import Key
from spatial.rights.reader import SYSTEM

FLUSH_S = 5.0
_HOUR_S = 3_600
_RAW = frozenset({"/api/fixes", "/ogc", "/tiles", "/rasters", "/open311", "/sensorthings", "/assets"})
_NAMES = ("key_id", "account_id", "hour_s", "door", "status_class")
_SUMS = ("calls", "bytes_in", "bytes_out", "ms")

Bucket = tuple[int, int, int, str, int]
log = structlog.get_logger()


class CallCounts:
    """The calls of this process that are not written down yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[Bucket, list[int]] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="call-counts", daemon=True)
        self._doors = _RAW

    def know(self, paths: Iterable[str]) -> None:
        """Learn which doors there are from the paths of routes: a name that is none must not become one."""
        self._doors = _RAW | {_door(path) for path in paths}

    def count(self, key: Key, path: str, status: int, seconds: float, bytes_in: int, bytes_out: int) -> None:
        """Count one call."""
        door = _door(path)
        if door not in self._doors:
            door = "/api" if path.startswith("/api/") else "/"
        hour_s = int(time.time()) // _HOUR_S * _HOUR_S
        bucket = (key.id, key.reader.account_id or 0, hour_s, door, status // 100)
        with self._lock:
            sums = self._counts.get(bucket)
            if sums is None:
                sums = self._counts[bucket] = [0, 0, 0, 0]
            sums[0] += 1
            sums[1] += bytes_in
            sums[2] += bytes_out
            sums[3] += round(seconds * 1000)

    def start(self) -> None:
        """Begin to write down every few seconds."""
        self._thread.start()

    def stop(self) -> None:
        """Write down what there is, for the last time."""
        self._ending.set()
        self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._ending.wait(FLUSH_S):
            self.flush()

    def flush(self) -> None:
        """Write down what was counted; what cannot be written now is kept."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        rows = [
            dict(zip((*_NAMES, *_SUMS), (*bucket, *sums), strict=True)) for bucket, sums in counts.items()
        ]
        try:
            with session(self._database, SYSTEM) as connection:
                calls.add(connection, rows)
        except Exception as error:  # whatever it is: a counter that ended would be missed by nobody
            log.warning("calls are counted on", buckets=len(counts), exc_info=error)
            self._put_back(counts)

    def _put_back(self, counts: dict[Bucket, list[int]]) -> None:
        with self._lock:
            for bucket, sums in counts.items():
                mine = self._counts.setdefault(bucket, [0, 0, 0, 0])
                for place, each in enumerate(sums):
                    mine[place] += each


def _door(path: str) -> str:
    """Name the door of a path: /api/events, /ogc."""
    parts = path.split("/", 3)
    return f"/api/{parts[2]}" if parts[1] == "api" and len(parts) > 2 else f"/{parts[1]}"
