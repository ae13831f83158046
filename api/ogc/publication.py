"""What is published now to whom: a snapshot of the catalogue with its extents, swapped as one.

Collections and their extents are those that the reader may see, so there is one publication for each set of
rights: policies do not reach into memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from layers import extents, features
from layers.catalogue import RASTER, Layer, everything
from spatial.database import Database, session
from spatial.rights.reader import Reader
from spatial.types import BBox

LOG = logging.getLogger(__name__)

CHECK_EVERY_S = 1.0
"""A new layer is seen this soon; the check is one small query."""

MOST_PUBLICATIONS = 64
"""Sets of rights kept ready; one of a city's many street administrators costs some 100 KiB."""

MEASURE_EVERY_S = 60.0
"""Extents follow the data this soon: measuring them reads whole layers."""


@dataclass(frozen=True)
class Extent:
    """Where and when the features of a layer lie; None for a layer without any, or without time."""

    bbox: BBox | None
    interval: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Published:
    """A layer that can be read, with its extent."""

    layer: Layer
    extent: Extent


@dataclass(frozen=True)
class Publication:
    """One state of the catalogue; immutable, so a request keeps the one it began with."""

    catalogue: Mapping[str, Layer]
    published: Mapping[str, Published]
    measured_at: float
    rasters: Mapping[str, Published] = field(default_factory=dict)
    """Pictures of other platforms: without features, and in the catalogue's records alone."""

    @property
    def recorded(self) -> Mapping[str, Published]:
        """Everything that has a record."""
        return {**self.published, **self.rasters}


class Publisher:
    """Holds the publications of those who asked last, one for each set of rights."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()

    def current(self, reader: Reader) -> Publication:
        """Give what is published to `reader` now, at most a second old; builds it at the first call."""
        with self._lock:
            held = self._held.get(reader.rights_key) or _Held(self._database, reader)
            self._held[reader.rights_key] = held
            self._held.move_to_end(reader.rights_key)
            while len(self._held) > MOST_PUBLICATIONS:
                self._held.popitem(last=False)
        return held.current()

    def at_hand(self, reader: Reader) -> Publication | None:
        """Give what is published to `reader` now if nothing has to be read for it; waits for nobody."""
        held = self._held.get(reader.rights_key)
        return held.at_hand() if held is not None else None

    def look_again(self) -> None:
        """Look at the catalogue at the next call: somebody says that it has changed."""
        with self._lock:
            for held in self._held.values():
                held.look_again()


class _Held:
    """The publication for one set of rights, renewed when the catalogue or the data has moved on."""

    def __init__(self, database: Database, reader: Reader) -> None:
        self._database = database
        self._reader = reader
        self._lock = threading.Lock()
        self._checked_at = -CHECK_EVERY_S
        self._is_stale = False
        self._current: Publication | None = None

    def look_again(self) -> None:
        self._is_stale = True

    def at_hand(self) -> Publication | None:
        """As in `current`, the last one counts while a thread renews it."""
        publication = self._current
        if publication is not None and (self._is_fresh() or self._lock.locked()):
            return publication
        return None

    def current(self) -> Publication:
        """While one thread renews, the others go on with the last publication and do not wait."""
        publication = self._current
        if publication is not None and self._is_fresh():
            return publication
        if self._lock.acquire(blocking=publication is None):
            try:
                publication = self._renewed()
            finally:
                self._lock.release()
        assert publication is not None
        return publication

    def _is_fresh(self) -> bool:
        return not self._is_stale and time.monotonic() - self._checked_at < CHECK_EVERY_S

    def _renewed(self) -> Publication:
        now = time.monotonic()
        if self._current is not None and self._is_fresh():
            return self._current  # another thread built it while this one waited
        # Before reading: what is said meanwhile counts for the next look.
        self._is_stale = False
        with session(self._database, self._reader) as connection:
            catalogue = everything(connection)
        last = self._current
        if last is None or last.catalogue != catalogue or now - last.measured_at > MEASURE_EVERY_S:
            self._current = last = _publication(self._database, self._reader, catalogue, now)
        self._checked_at = now
        return last


def _publication(
    database: Database, reader: Reader, catalogue: Mapping[str, Layer], now: float
) -> Publication:
    published, rasters = {}, {}
    for name, layer in catalogue.items():
        if layer.kind == RASTER:
            box = layer.about.get("external", {}).get("bbox")
            rasters[name] = Published(layer, Extent(BBox(*box) if box else None, None))
            continue
        try:
            published[name] = Published(layer, _extent(database, reader, layer))
        except psycopg.Error:
            LOG.exception("layer %s cannot be read and is not published", name)
    return Publication(catalogue, published, now, rasters)


def _extent(database: Database, reader: Reader, layer: Layer) -> Extent:
    with session(database, reader) as connection:
        return Extent(extents.extent(connection, layer), features.interval(connection, layer))
