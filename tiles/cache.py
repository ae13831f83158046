"""Tiles that were made a moment ago, within a budget of bytes, and never one that has changed since.

The key must hold everything the bytes depend on but time: address, variant, and the reader's rights. Time is
kept here: what is told of changes is stamped with a running number, and a tile is good while nothing that it
shows was stamped after it was begun: one that was being made while a change came is never taken for new.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD, Tile
from tiles.drawing import BUFFER, EXTENT
from tiles.rows import Variant
from tiles.shifted import true_box

BUDGET_BYTES = 64 * 2**20
OVERHEAD_BYTES = 1_000
"""What a kept tile costs beside its bytes."""
STAMPED_ZOOM = 12
"""Changes are told by the tiles of this zoom that they touch."""
MOST_STAMPS = 50_000
"""Of one layer; above, all of it counts as changed."""

Address = tuple[int, int, int]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Shown:
    """What a tile shows: layers, and the Web Mercator tiles (z up to 12, x, y) that cover it."""

    layers: tuple[str, ...]
    cover: tuple[Address, ...]


def shown_by(layers: Sequence[str], tile: Tile, variant: Variant) -> Shown:
    """Say what a tile shows, its buffer included; cells that reach over its edge too, where they can."""
    is_plain = tile.matrix is WEB_MERCATOR_QUAD and not variant.is_shifted
    box = true_box(tile, variant, BUFFER / EXTENT if is_plain else 0.25)
    # Finer than the tile, or the whole of each neighbour would count for what its buffer shows of it.
    zoom = min(tile.detail + 2, STAMPED_ZOOM)
    side = 2**zoom
    across, down = WEB_MERCATOR_QUAD.place([box.west, box.east], [box.north, box.south])
    (x0, x1), (y0, y1) = (
        np.clip(np.floor(each * side), 0, side - 1).astype(int).tolist() for each in (across, down)
    )
    cover = tuple((zoom, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))
    return Shown(tuple(layers), cover)


@dataclass
class _Entry(Generic[Kept]):
    kept: Kept
    size: int
    shown: Shown
    good_at: int
    """Nothing that it shows was stamped up to this number, or it was begun then."""


class TileCache(Generic[Kept]):
    """Least recently used tiles go first; safe to use from many threads."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._entries: OrderedDict[Hashable, _Entry[Kept]] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._now = 0
        self._paused = False
        self._all: dict[str, int] = {}
        self._touched: dict[str, dict[Address, int]] = {}

    def begin(self) -> int:
        """Give the moment at which a tile is begun; before the database is asked."""
        return self._now

    def get(self, key: Hashable) -> Kept | None:
        """Find a tile that is still good."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or self._paused:
                return None
            if entry.good_at < self._now:
                if self._has_changed(entry):
                    self._drop(key)
                    return None
                entry.good_at = self._now
            self._entries.move_to_end(key)
            return entry.kept

    def put(self, key: Hashable, kept: Kept, size: int, shown: Shown, begun: int) -> None:
        """Keep a tile of `size` bytes that was begun at a moment, and let older ones go."""
        entry = _Entry(kept, size + OVERHEAD_BYTES, shown, begun)
        with self._lock:
            self._drop(key)
            if self._paused or self._has_changed(entry):
                return
            self._entries[key] = entry
            self._size += entry.size
            while self._size > self._budget:
                self._drop(next(iter(self._entries)))

    def touch(self, layers: Iterable[str], tiles: Sequence[tuple[int, int]] | None = None) -> None:
        """Say that layers have changed: in these tiles (x, y of zoom 12), or anywhere (None)."""
        with self._lock:
            self._now += 1
            for layer in layers:
                touched = self._touched.setdefault(layer, {})
                if tiles is None or len(touched) > MOST_STAMPS:
                    self._all[layer] = self._now
                    touched.clear()
                else:
                    self._stamp(touched, tiles)

    def clear(self) -> None:
        """Let everything go, and what is being made too."""
        with self._lock:
            self._entries.clear()
            self._size = 0
            self._now += 1
            self._all = {"": self._now}
            self._touched.clear()

    def pause(self) -> None:
        """Give and keep nothing: changes are not heard of."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Begin to keep; whoever calls this has cleared it since changes are heard of again."""
        with self._lock:
            self._paused = False

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        self._size -= entry.size if entry is not None else 0

    def _stamp(self, touched: dict[Address, int], tiles: Sequence[tuple[int, int]]) -> None:
        for x, y in tiles:
            for zoom in range(STAMPED_ZOOM, -1, -1):
                shift = STAMPED_ZOOM - zoom
                address = (zoom, x >> shift, y >> shift)
                if touched.get(address) == self._now:
                    break
                touched[address] = self._now

    def _has_changed(self, entry: _Entry[Kept]) -> bool:
        if self._all.get("", 0) > entry.good_at:
            return True
        for layer in entry.shown.layers:
            if self._all.get(layer, 0) > entry.good_at:
                return True
            touched = self._touched.get(layer)
            if touched and any(touched.get(each, 0) > entry.good_at for each in entry.shown.cover):
                return True
        return False
