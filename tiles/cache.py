"""Tiles that were made a moment ago, within a budget of bytes.

The key must hold everything the bytes depend on: layer, its version, the reader's rights, z, x, y.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

BUDGET_BYTES = 64 * 2**20


class TileCache:
    """Least recently used tiles go first; safe to use from many threads."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Find a tile."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: Hashable, tile: bytes) -> None:
        """Keep a tile, and let older ones go."""
        with self._lock:
            self._size += len(tile) - len(self._tiles.pop(key, b""))
            self._tiles[key] = tile
            while self._size > self._budget:
                self._size -= len(self._tiles.popitem(last=False)[1])

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._tiles.clear()
            self._size = 0
