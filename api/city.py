"""What one process keeps in memory of the city, and how it stays the newest.

Everything here is replaced whole, never changed: a request that took a value answers from it to its end.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

import structlog
from anyio import CapacityLimiter
from psycopg import Connection

from api.assignments import Assignments
from api.bell import KINDS, Bell
from api.call_counts import CallCounts
from api.fix_desk import FixDesk
from api.fix_writer import FixWriter
from api.keys import Keys
from grid_editor.bases import Bases
from layers.catalogue import layers
from lifeline.traces.held import Networks
from spatial.city import describe_briefly
from spatial.database import Database, session
from spatial.errors import NotFound
from spatial.events.dispatch import Dispatchers
from spatial.events.intake import Desk
from spatial.grids.published import Published, load_published
from spatial.grids.stamping import Stamper
from spatial.grids.versions import current_version
from spatial.people.duty_lists import DutyList, read_duty_list
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings
from spatial.streets.streets import Streets
from tiles import basemap
from tiles.cache import TileCache

log = structlog.get_logger()

PAST_VERSIONS = 4
"""How many versions of other days are kept ready."""
KEPT_CONNECTIONS = 4
"""Connections of the pool that ordinary routes leave to tiles, the OGC door and keys."""
DEFAULT_COVERAGE = "grids"
PHOTOS_HELD = 4
"""Photos of the public, 12 MB each, that are in memory at once; others are told to come back."""


class City:
    """The memory of a process: published coverages, duties, keys and tiles."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.keys = Keys(database)
        self.bell = Bell()
        self.calls = CallCounts(database)
        self.fixes = FixWriter(settings, database.url)
        self.fix_desk = FixDesk(database, self.fixes, master_file(settings))
        self.bases = Bases(database)
        self.dispatchers = Dispatchers(database, settings.home)
        self.desk = Desk(database, settings, self.dispatchers)
        self.addresses = self.desk.gazetteers
        self.tiles: TileCache[Any] = TileCache()
        # Until somebody tells this process of changes.
        self.tiles.pause()
        self._shown_by: dict[str, set[str]] = {}
        self._by_clock: set[str] = set()
        self.stamper = Stamper(database, settings.home)
        self.streets = Streets(database)
        self.networks = Networks()
        self.slots = CapacityLimiter(max(1, settings.pool_size - KEPT_CONNECTIONS))
        # What the public may set to work at once, beside the slots.
        self.public_tiles = CapacityLimiter(2)
        self.photos_held = CapacityLimiter(PHOTOS_HELD)
        self.photo_decoding = CapacityLimiter(1)
        self._current: dict[str, Assignments] = {}
        self._past: OrderedDict[tuple[str, int], Published] = OrderedDict()
        self._lock = Lock()
        self._duties = DutyList([])
        self._brief: tuple[int | None, dict[str, Any]] | None = None

    def assignments(self, coverage: str, at: datetime | None = None, reader: Reader = SYSTEM) -> Assignments:
        """Give the answers of a coverage as of now, or as of another moment, that `reader` may see.

        NotFound when there is no such coverage or nothing was in force.
        """
        if at is None:
            found = self._current.get(coverage)
            if found is None:
                raise NotFound(f"there is no published coverage '{coverage}'")
            return found.for_reader(reader)
        return Assignments(self._published_at(coverage, at), self._duties).for_reader(reader)

    def brief(self, connection: Connection[Any]) -> dict[str, Any]:
        """Give name, sources and bbox of the city; read again when the coverage has changed."""
        current = self._current.get(DEFAULT_COVERAGE)
        version = current.published.version if current is not None else None
        held = self._brief
        if held is None or held[0] != version:
            held = self._brief = (version, describe_briefly(connection, DEFAULT_COVERAGE))
        return held[1]

    def coverages(self) -> list[str]:
        """Name the coverages that answer."""
        return sorted(self._current)

    def follow(self, message: Mapping[str, Any]) -> None:
        """Follow a message of `api.live`."""
        kind = message["kind"]
        if kind in KINDS:
            self.bell.ring()
        if kind == "rows":
            self._rows_changed(str(message.get("source")), message.get("tiles"))
        elif kind == "deaf":
            self.tiles.pause()
        elif kind == "listening":
            self.tiles.resume()
        elif kind == "plan":
            self.bases.warm_beside()
        else:
            self.refresh(kind)

    def refresh(self, kind: str = "everything") -> None:
        """Read again what has changed: coverage, duties, keys, layers, basemap or everything.

        A "tick" looks for a version that has come into force by the clock.
        """
        if kind in ("keys", "everything"):
            self.keys.forget()
        if kind in ("devices", "everything"):
            self.fix_desk.forget_devices()
        if kind in ("layers", "everything"):
            self._read_layers()
        if kind == "basemap":
            self.tiles.touch([basemap.NAME])
        if kind in ("basemap", "everything"):
            self.streets.forget()
        if kind in ("coverage", "everything"):
            self._brief = None
        if kind in ("coverage", "tick", "duties", "everything"):
            self._refresh_answers(duties=kind in ("duties", "everything"))
        if kind in ("coverage", "everything"):
            self.bases.warm_beside()

    def _refresh_answers(self, duties: bool) -> None:
        """Swap in new answers; the lock keeps two refreshes from overtaking each other."""
        with self._lock, session(self.database, SYSTEM) as connection:
            if duties:
                self._duties = read_duty_list(connection)
            for coverage in _named(connection):
                published = self._newest(connection, coverage)
                held = self._current.get(coverage)
                if published is not None and (duties or held is None or held.published is not published):
                    self._current[coverage] = Assignments(published, self._duties)
                if published is not None and (held is None or held.published is not published):
                    self.tiles.touch(self._by_clock)

    def _read_layers(self) -> None:
        """Learn which layers show which tables; tiles made before may be of what was published before."""
        with session(self.database, SYSTEM) as connection:
            found = layers(connection)
        shown_by: dict[str, set[str]] = {}
        for layer in found.values():
            for source in layer.sources:
                shown_by.setdefault(source, set()).add(layer.name)
        self._shown_by, self._by_clock = shown_by, {each.name for each in found.values() if each.by_clock}
        self.tiles.clear()

    def _rows_changed(self, source: str, tiles: Sequence[int] | None) -> None:
        """Let the tiles go that a change of a table touches; tiles: x, y, x, y … of zoom 12, None: any."""
        pairs = None if tiles is None else list(zip(tiles[::2], tiles[1::2], strict=True))
        self.tiles.touch(self._shown_by.get(source, ()), pairs)

    def _newest(self, connection: Connection[Any], coverage: str) -> Published | None:
        held = self._current.get(coverage)
        try:
            version = current_version(connection, coverage)
        except NotFound:
            return None
        if held is not None and held.published.version == version:
            return held.published
        started = time.perf_counter()
        published = load_published(connection, self.settings.home, coverage)
        log.info("coverage live", coverage=coverage, version=version, seconds=time.perf_counter() - started)
        return published

    def _published_at(self, coverage: str, at: datetime) -> Published:
        with session(self.database, SYSTEM) as connection:
            version = current_version(connection, coverage, at)
            held = self._current.get(coverage)
            if held is not None and held.published.version == version:
                return held.published
            with self._lock:
                if (coverage, version) not in self._past:
                    self._past[coverage, version] = load_published(
                        connection, self.settings.home, coverage, at
                    )
                self._past.move_to_end((coverage, version))
                while len(self._past) > PAST_VERSIONS:
                    self._past.popitem(last=False)
                return self._past[coverage, version]


def _named(connection: Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM coverage ORDER BY name")]
