"""Tiles that nobody has asked for yet: how many a second, and how large and slow at each zoom."""

from __future__ import annotations

import http.client
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from psycopg import Connection

EXTENT = (116.18, 39.89, 116.46, 40.08)
"""West, south, east, north of the points of ogc_table.sql."""
CLIENTS = 8
MOST_TILES = 64
"""Of a zoom; where the extent has more, those around its densest place are asked for."""
MOST_BYTES, MOST_MS = 300_000, 100.0
DENSEST = """
SELECT ST_X(cell), ST_Y(cell)
FROM (SELECT ST_SnapToGrid(geom, 0.0005) AS cell FROM public.bench_events) AS cells
GROUP BY cell ORDER BY count(*) DESC LIMIT 1
"""

Tile = tuple[int, int, int]


def densest(connection: Connection[Any]) -> tuple[float, float]:
    """Find where most points of the table lie: longitude, latitude."""
    row = connection.execute(DENSEST).fetchone()
    assert row is not None
    return row


def tile_at(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    """Find the tile (x, y) of WebMercatorQuad that a place lies in."""
    side = 2**zoom
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * side), int(down * side)


def tiles_of(zoom: int) -> list[Tile]:
    """List the tiles of the whole extent."""
    west, south, east, north = EXTENT
    (x0, y0), (x1, y1) = tile_at(zoom, west, north), tile_at(zoom, east, south)
    return [(zoom, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def _around(zoom: int, place: tuple[float, float]) -> list[Tile]:
    x, y = tile_at(zoom, *place)
    return [(zoom, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def once_each(address: str, headers: dict[str, str], tiles: list[Tile]) -> float:
    """Ask for every tile once, by 8 connections; returns tiles a second."""
    waiting = deque(tiles)
    threads = [threading.Thread(target=_take, args=(address, headers, waiting)) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(tiles) / (time.perf_counter() - began)


def _take(address: str, headers: dict[str, str], waiting: deque[Tile]) -> None:
    for _ in _answers(address, headers, waiting):
        pass


def _answers(address: str, headers: dict[str, str], waiting: deque[Tile]) -> Iterator[tuple[int, float]]:
    """Ask for tiles until none is left; yields bytes and milliseconds of each."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
    while True:
        try:
            z, x, y = waiting.popleft()
        except IndexError:
            connection.close()
            return
        path = parts.path.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
        began = time.perf_counter()
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} answers {answer.status} {body[:300]!r}")
        yield len(body), (time.perf_counter() - began) * 1000


def walk(address: str, headers: dict[str, str], place: tuple[float, float]) -> None:
    """Print the largest and the slowest tile of each zoom, none of them asked for before; not packed."""
    # A query that changes nothing is another address to the cache.
    template = address + "/{z}/{x}/{y}.mvt?datum=wgs84"
    worst_bytes, worst_ms = 0, 0.0
    print(f"\n| zoom | tiles | largest, bytes | slowest, ms |\n|{'---:|' * 4}")
    for zoom in range(19):
        tiles = tiles_of(zoom)
        tiles = tiles if len(tiles) <= MOST_TILES else _around(zoom, place)
        answers = list(_answers(template, headers, deque(tiles)))
        largest, slowest = max(size for size, _ in answers), max(took for _, took in answers)
        worst_bytes, worst_ms = max(worst_bytes, largest), max(worst_ms, slowest)
        print(f"| {zoom} | {len(tiles)} | {largest:,} | {slowest:.1f} |")
    holds = worst_bytes <= MOST_BYTES and worst_ms <= MOST_MS
    print(f"No tile over {MOST_BYTES:,} bytes or {MOST_MS:.0f} ms: {'holds' if holds else 'DOES NOT HOLD'}.")
