"""The door of layers that are pictures: raw ASGI, `/rasters/{layer}.json` and `/rasters/{layer}/{z}/{x}/{y}`.

Whoever sees the layer sees its pictures. The other platform sees us alone: no address and no key of a reader.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import JSON, Headers, Receive, Scope, Send, check_method, header, parameters, respond
from api.errors import respond_problem
from api.external.client import Client, Opener
from api.external.gather import opener_of
from api.external.tiles import Gallery
from api.ogc.request import Ask
from layers.catalogue import RASTER, Layer, credit, everything
from layers.external.remote import Json
from layers.external.store import of_layer, open_secret
from spatial.database import Database, session
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.tile_matrix import Tile
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

PREFIX = "/rasters/"
LOOK_S = 1.0
"""A layer that is taken back, or whose audience changes, is noticed this soon."""
MOST_SEEN = 1_000
THREADS = 2
_TILE = re.compile(r"/rasters/([^/]{1,100})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})(?:\.[a-z]{3,4})?")
_TILE_JSON = re.compile(r"/rasters/([^/]{1,100})\.json")
_SHARED: Headers = [(b"cache-control", b"private, no-cache"), (b"vary", b"authorization")]
_TOP = 85.0511287798066


@dataclass(frozen=True)
class Shown:
    """A layer of pictures as a reader sees it, with how its service is asked."""

    layer: Layer
    plan: Json
    opener: Opener | None
    key: Hashable
    """Of the service in its present state."""
    seen_at: float


class RasterDoor:
    """ASGI application of the pictures of other platforms."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._seen: OrderedDict[Hashable, Shown] = OrderedDict()
        self._threads = CapacityLimiter(THREADS)
        self._gallery: Gallery | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            check_method(scope, "GET", "HEAD")
            parameters(scope, frozenset())
            if described := _TILE_JSON.fullmatch(scope["path"]):
                await self._describe(scope, send, described[1])
                return
            name, tile = _asked(scope)
            shown = await self._shown(scope["reader"], name)
            found = await self.pictures().picture(shown.key, shown.plan, shown.opener, tile)
            await _send(scope, send, found.body, found.kind.encode(), found.etag)
        except Exception as error:
            await respond_problem(send, error)

    async def aclose(self) -> None:
        """Close the connections to services."""
        if self._gallery is not None:
            await self._gallery.aclose()
            self._gallery = None

    def pictures(self) -> Gallery:
        """Give the gallery of this event loop: connections belong to one."""
        loop = asyncio.get_running_loop()
        if self._gallery is None or self._loop is not loop:
            client = Client.of(self._settings)
            self._gallery, self._loop = Gallery(client, self._settings.external_cache_mb * 2**20), loop
        return self._gallery

    async def _shown(self, reader: Reader, name: str) -> Shown:
        key = (reader.rights_key, reader.account_id, name)
        found = self._seen.get(key)
        if found is None or time.monotonic() - found.seen_at > LOOK_S:
            self._seen.pop(key, None)
            found = await run_sync(self._look, reader, name, limiter=self._threads)
            self._seen[key] = found
            while len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        return found

    def _look(self, reader: Reader, name: str) -> Shown:
        """Ask the database whether the reader sees the layer, and only then what it is made of."""
        with session(self._database, reader) as connection:
            layer = everything(connection).get(name)
        if layer is None or layer.kind != RASTER:
            raise NotFound(f"there is no layer '{name}' of pictures")
        with session(self._database, SYSTEM) as connection:
            source = of_layer(connection, name)
            if source is None:
                raise NotFound(f"there is no layer '{name}' of pictures")
            opener = opener_of(open_secret(connection, source, master_file(self._settings)))
        state = orjson.dumps([source.id, source.plan], option=orjson.OPT_SORT_KEYS)
        return Shown(layer, source.plan, opener, hashlib.sha256(state).digest(), time.monotonic())

    async def _describe(self, scope: Scope, send: Send, name: str) -> None:
        shown = await self._shown(scope["reader"], name)
        base = Ask(scope, PREFIX.rstrip("/"), scope.get("forwarded_by_trusted", False)).base_url
        body = orjson.dumps(tile_json(shown.layer, shown.plan, base))
        etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        await _send(scope, send, body, JSON, etag)


def tile_json(layer: Layer, plan: Json, base: str) -> dict[str, Any]:
    """Describe the pictures of a layer (TileJSON 3.0): a raster source in Web Mercator."""
    west, south, east, north = plan.get("bbox") or (-180.0, -_TOP, 180.0, _TOP)
    first, last = plan.get("zooms") or (0, 22)
    about = {"licence": layer.about.get("licence"), "review_number": layer.about.get("review_number")}
    return {
        "tilejson": "3.0.0",
        "type": "raster",
        "name": layer.name,
        "description": layer.description,
        "attribution": credit(layer.about),
        "tiles": [f"{base}/{quote(layer.name, safe='')}/{{z}}/{{x}}/{{y}}"],
        "tileSize": 256,
        "bounds": [west, max(south, -_TOP), east, min(north, _TOP)],
        "minzoom": max(first, layer.min_zoom),
        "maxzoom": max(last, layer.min_zoom),
        **{key: value for key, value in about.items() if value},
    }


def _asked(scope: Scope) -> tuple[str, Tile]:
    match = _TILE.fullmatch(scope["path"])
    if match is None:
        raise NotFound("pictures are at /rasters/{layer}/{z}/{x}/{y}")
    name, *numbers = match.groups()
    tile = Tile(*map(int, numbers))
    if not tile.exists:
        raise InvalidInput.at("z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}; zooms are 0 to 22")
    return name, tile


async def _send(scope: Scope, send: Send, body: bytes, kind: bytes, etag: bytes) -> None:
    known = etag in (header(scope, b"if-none-match") or b"")
    headers: Headers = [(b"etag", etag), *_SHARED]
    await respond(send, b"" if known else body, kind, 304 if known else 200, headers)
