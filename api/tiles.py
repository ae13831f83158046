"""The door of vector tiles: raw ASGI, bytes made by PostgreSQL, cached where they cannot change."""

from __future__ import annotations

import gzip
import hashlib
import re

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import Headers, Receive, Scope, Send, check_method, header, respond
from api.city import DEFAULT_COVERAGE, City
from api.errors import respond_problem
from layers import catalogue
from layers.catalogue import Layer
from spatial.database import session
from spatial.errors import InvalidInput, NotFound
from spatial.rights.reader import Reader
from tiles import basemap
from tiles.overview import overview_tile
from tiles.vector import MAX_ZOOM, MEDIA_TYPE, POINTS_FROM_ZOOM, Tile, layer_tile

PREFIX = "/tiles/"
UNIT_LAYERS = ("districts", "streets", "communities", "grids")
"""Layers that change with the version of their coverage, and never without one."""
THREADS = 4
"""Tiles made at once in this process; fewer than the pool has connections."""
_PATH = re.compile(r"/tiles/([a-z0-9_]{1,63})/(\d{1,2})/(\d{1,8})/(\d{1,8})\.mvt", re.ASCII)


class TileDoor:
    """ASGI application of `/tiles/{layer}/{z}/{x}/{y}.mvt`."""

    def __init__(self, city: City) -> None:
        self.city = city
        # Threads of their own: slow tiles must not keep locate or log-in waiting.
        self._threads = CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            check_method(scope, "GET", "HEAD")
            name, tile = _address(scope["path"])
            body = await run_sync(self._tile, scope["reader"], name, tile, limiter=self._threads)
            await _send(scope, send, body)
        except Exception as error:
            await respond_problem(send, error)

    def _tile(self, reader: Reader, name: str, tile: Tile) -> bytes:
        """Make or find the zipped tile; the key names the version that the bytes were made from."""
        key = (name, self._version(name), reader.rights_key, tile)
        found = self.city.tiles.get(key) if key[1] is not None else None
        if found is None:
            found = _zip(self._make(reader, name, tile))
            if key[1] is not None:
                self.city.tiles.put(key, found)
        return found

    def _make(self, reader: Reader, name: str, tile: Tile) -> bytes:
        with session(self.city.database, reader) as connection:
            if name == basemap.NAME:
                return basemap.basemap_tile(connection, tile)
            layer = catalogue.layer(connection, name)
            make = overview_tile if _from_afar(layer, tile) else layer_tile
            return make(connection, layer, tile)

    def _version(self, name: str) -> int | None:
        """The version of what never changes without one; None for what may change at any moment."""
        if name == basemap.NAME:
            return 0
        if name in UNIT_LAYERS and DEFAULT_COVERAGE in self.city.coverages():
            return self.city.assignments(DEFAULT_COVERAGE).published.version
        return None


def _from_afar(layer: Layer, tile: Tile) -> bool:
    return layer.geometry_type == "point" and tile.z < POINTS_FROM_ZOOM


def _address(path: str) -> tuple[str, Tile]:
    match = _PATH.fullmatch(path)
    if match is None:
        raise NotFound("tiles are at /tiles/{layer}/{z}/{x}/{y}.mvt")
    name, *numbers = match.groups()
    tile = Tile(*map(int, numbers))
    if not tile.exists:
        raise InvalidInput.at(
            "z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}; zooms are 0 to {MAX_ZOOM}"
        )
    return name, tile


def _zip(tile: bytes) -> bytes:
    return gzip.compress(tile, 5, mtime=0) if tile else b""


async def _send(scope: Scope, send: Send, body: bytes) -> None:
    """Answer 204 for nothing, 304 for what the client has; the ETag is a hash of the bytes."""
    etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    headers: Headers = [
        (b"etag", etag),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"accept-encoding"),
    ]
    if header(scope, b"if-none-match") == etag:
        await respond(send, b"", MEDIA_TYPE.encode(), 304, headers)
    elif not body:
        await respond(send, b"", MEDIA_TYPE.encode(), 204, headers)
    elif b"gzip" in (header(scope, b"accept-encoding") or b""):
        headers.append((b"content-encoding", b"gzip"))
        await respond(send, body, MEDIA_TYPE.encode(), headers=headers)
    else:
        await respond(send, gzip.decompress(body), MEDIA_TYPE.encode(), headers=headers)
