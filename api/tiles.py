"""The door of vector tiles: raw ASGI, bytes made by PostgreSQL, and kept until what they show changes.

A tile that is kept is answered on the event loop, without a thread, a connection or anything computed.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import JSON, Headers, Receive, Scope, Send, check_method, header, parameters, respond
from api.errors import respond_problem
from api.moments import moment
from api.ogc.request import Ask
from layers import catalogue
from layers.catalogue import Layer, credit
from spatial.database import Database, session
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.datum import check_datum
from spatial.rights.reader import Reader
from tiles import basemap
from tiles.cache import TileCache, shown_by
from tiles.rows import PLAIN, Variant, carried
from tiles.vector import MAX_ZOOM, MEDIA_TYPE, POINTS_FROM_ZOOM, Tile, make_tile

if TYPE_CHECKING:
    from api.ogc.publication import Publication

PREFIX = "/tiles/"
THREADS = 4
"""Tiles made at once in this process; fewer than the pool has connections."""
_TILE = re.compile(r"/tiles/([^/]{1,100})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_TILE_JSON = re.compile(r"/tiles/([^/]{1,100})\.json")
_LONGEST_QUERY = 200
"""Bytes of a query string; tiles of longer ones are not kept."""

MVT = MEDIA_TYPE.encode()
_SHARED: Headers = [(b"cache-control", b"private, no-cache"), (b"vary", b"accept-encoding, authorization")]


@dataclass(frozen=True)
class TileAnswer:
    """A tile ready to be sent: zipped, with its headers."""

    zipped: bytes
    """Empty for an empty tile."""
    etag: bytes
    headers: Headers
    zipped_headers: Headers

    @classmethod
    def of(cls, tile: bytes) -> TileAnswer:
        """Zip a tile and name it by the hash of its bytes."""
        zipped = gzip.compress(tile, 5, mtime=0) if tile else b""
        etag = b'"%s"' % hashlib.blake2b(tile, digest_size=12).hexdigest().encode()
        headers = [(b"etag", etag), *_SHARED]
        length = (b"content-length", str(len(zipped)).encode())
        whole = [(b"content-type", MVT), length, (b"content-encoding", b"gzip"), *headers]
        return cls(zipped, etag, headers, whole)

    @property
    def whole(self) -> bytes:
        """The bytes before they were zipped."""
        return zlib.decompress(self.zipped, wbits=31) if self.zipped else b""

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer 204 for nothing, 304 for what the client has."""
        known = packed = b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                packed = value
            elif name == b"if-none-match":
                known = value
        if known and (self.etag in known or known == b"*"):
            await respond(send, b"", MVT, 304, self.headers)
        elif not self.zipped:
            await respond(send, b"", MVT, 204, self.headers)
        elif b"gzip" in packed:
            # A list of its own: the middleware adds to it.
            await send({"type": "http.response.start", "status": 200, "headers": list(self.zipped_headers)})
            await send({"type": "http.response.body", "body": self.zipped})
        else:
            await respond(send, self.whole, MVT, headers=self.headers)


class TileMaker:
    """Makes tiles for both doors, `/tiles` and `/ogc`, and keeps them where changes are heard of."""

    def __init__(self, database: Database, cache: TileCache[TileAnswer] | None = None) -> None:
        self._database = database
        self._cache = cache

    def kept(self, scope: Scope) -> TileAnswer | None:
        """Find the tile of a request that was asked for before, with the same rights."""
        reader = scope.get("reader")
        if self._cache is None or reader is None or scope["method"] not in ("GET", "HEAD"):
            return None
        return self._cache.get((scope["path"], scope["query_string"], reader.rights_key))

    def make(
        self, scope: Scope, reader: Reader, names: Sequence[str], tile: Tile, variant: Variant = PLAIN
    ) -> TileAnswer:
        """Make a tile of layers, one after another, and keep it for requests that read the same.

        NotFound when there is no such layer for this reader.
        """
        begun = self._cache.begin() if self._cache is not None else 0
        with session(self._database, reader) as connection:
            if list(names) == [basemap.NAME]:
                return self._keep(scope, reader, TileAnswer.of(basemap.basemap_tile(connection, tile)), names,
                                  tile, variant, begun)  # fmt: skip
            found = [catalogue.layer(connection, name) for name in names]
            drawn = b"".join(make_tile(connection, layer, tile, variant) for layer in found)
        answer = TileAnswer.of(drawn)
        # A change of a table that nobody watches is not heard of.
        if all(layer.sources for layer in found) and variant.where is None:
            self._keep(scope, reader, answer, names, tile, variant, begun)
        return answer

    def _keep(
        self,
        scope: Scope,
        reader: Reader,
        answer: TileAnswer,
        names: Sequence[str],
        tile: Tile,
        variant: Variant,
        begun: int,
    ) -> TileAnswer:
        if self._cache is not None and len(scope["query_string"]) <= _LONGEST_QUERY:
            # As it is looked for: the moment stands in the query.
            key = (scope["path"], scope["query_string"], replace(reader, as_of=None).rights_key)
            self._cache.put(key, answer, len(answer.zipped), shown_by(names, tile, variant), begun)
        return answer


class TileDoor:
    """ASGI application of `/tiles/{layer}/{z}/{x}/{y}.mvt` and `/tiles/{layer}.json`."""

    def __init__(self, maker: TileMaker, publication: Callable[[Reader], Publication]) -> None:
        self._maker = maker
        self._publication = publication
        # Threads of their own: slow tiles must not keep locate or log-in waiting.
        self._threads = CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            answer = self._maker.kept(scope)
            if answer is None:
                check_method(scope, "GET", "HEAD")
                if described := _TILE_JSON.fullmatch(scope["path"]):
                    await self._describe(scope, send, described[1])
                    return
                name, tile, variant, at = _asked(scope)
                reader = replace(scope["reader"], as_of=at) if at else scope["reader"]
                make = partial(self._maker.make, scope, reader, [name], tile, variant)
                answer = await run_sync(make, limiter=self._threads)
            await answer.send(scope, send)
        except Exception as error:
            await respond_problem(send, error)

    async def _describe(self, scope: Scope, send: Send, name: str) -> None:
        """Send the TileJSON of a layer."""
        datum = _datum(parameters(scope, frozenset({"datum"})))
        base = Ask(scope, "/tiles", scope.get("forwarded_by_trusted", False)).base_url
        publication = await run_sync(self._publication, scope["reader"], limiter=self._threads)
        published = publication.published.get(name)
        if published is None:
            raise NotFound(f"there is no layer '{name}'")
        extent = published.extent.bbox
        body = orjson.dumps(tile_json(published.layer, extent, base, datum))
        etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        headers = [(b"etag", etag), *_SHARED]
        known = etag in (header(scope, b"if-none-match") or b"")
        await respond(send, b"" if known else body, JSON, 304 if known else 200, headers)


def tile_json(
    layer: Layer, bounds: Sequence[float] | None, base: str, datum: str = "wgs84"
) -> dict[str, Any]:
    """Describe the tiles of a layer (TileJSON 3.0); bounds: west, south, east, north in degrees."""
    types = {each.name: _TILE_JSON_TYPES.get(each.type, "String") for each in layer.fields}
    fields = {name: types.get(name, "String") for name in carried(layer, PLAIN)}
    shifted = "" if datum in ("wgs84", "cgcs2000") else f"?datum={datum}"
    described = {"minzoom": layer.min_zoom, "maxzoom": MAX_ZOOM}
    vector = [{"id": layer.name, "description": layer.title, "fields": fields, **described}]
    if layer.geometry_type == "point":
        vector[0]["fields"] = {**fields, "count": "Number"}
    if layer.by_clock:
        vector.append({"id": f"{layer.name}_label", "fields": fields, **described})
    return {
        "tilejson": "3.0.0",
        "name": layer.name,
        "description": f"{layer.description} {_COUNTED}"
        if layer.geometry_type == "point"
        else layer.description,
        "attribution": credit(layer.about),
        "tiles": [f"{base}/{quote(layer.name, safe='')}/{{z}}/{{x}}/{{y}}.mvt{shifted}"],
        "bounds": _bounds(bounds),
        "vector_layers": vector,
        **described,
    }


def _bounds(bounds: Sequence[float] | None) -> list[float]:
    """TileJSON knows no box that crosses the antimeridian."""
    west, south, east, north = bounds or (-180.0, -_TOP, 180.0, _TOP)
    return [west, south, east, north] if west <= east else [-180.0, south, 180.0, north]


_TOP = 85.0511287798066
"""The latitude at which Web Mercator ends."""
_TILE_JSON_TYPES = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
_COUNTED = (
    f"Below zoom {POINTS_FROM_ZOOM}, and where there are too many, a point with 'count' stands for many."
)


def _asked(scope: Scope) -> tuple[str, Tile, Variant, datetime | None]:
    match = _TILE.fullmatch(scope["path"])
    if match is None:
        raise NotFound("tiles are at /tiles/{layer}/{z}/{x}/{y}.mvt")
    name, *numbers = match.groups()
    tile = Tile(*map(int, numbers))
    if not tile.exists:
        raise InvalidInput.at(
            "z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}; zooms are 0 to {MAX_ZOOM}"
        )
    given = parameters(scope, frozenset({"datum", "at"}))
    return name, tile, Variant(_datum(given)), moment(given["at"]) if "at" in given else None


def _datum(given: dict[str, str]) -> str:
    datum = check_datum(given.get("datum", "wgs84"))
    return "wgs84" if datum == "cgcs2000" else datum
