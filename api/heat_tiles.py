"""Heat as vector tiles: counted for each tile when it is asked for, and not kept.

A raw door with few threads: a map asks for twenty tiles at once.
"""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import urlencode

import orjson
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import JSON, App, Receive, Scope, Send, check_method, parameters, respond
from api.city import City
from api.errors import respond_problem
from api.ogc.request import Ask
from api.schemas.heatmaps import EventTileQuery, PatrolTileQuery, parsed
from api.tiles import TileAnswer
from spatial.database import session
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.datum import check_datum
from spatial.patrols.heat import asking
from spatial.patrols.heat.figures import of_events, of_patrols
from spatial.patrols.heat.legend import EVENTS, PATROLS
from spatial.rights.reader import Reader
from tiles.heat import box_of, heat_tile, level_of
from tiles.vector import MAX_ZOOM, Tile

PREFIX = "/tiles/heat/"
THREADS = 3
_TILE = re.compile(PREFIX + r"(patrols|events)/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_TILE_JSON = re.compile(PREFIX + r"(patrols|events)\.json")
_LEGENDS = {"patrols": PATROLS, "events": EVENTS}
_FIELDS = {"value": "Number", "rate": "Number", "class": "Number"}

Query = PatrolTileQuery | EventTileQuery


class HeatTiles:
    """ASGI application of `/tiles/heat/{patrols|events}/{z}/{x}/{y}.mvt` and `….json`."""

    def __init__(self, city: City, layers: App) -> None:
        self._city, self._layers = city, layers
        self._threads = CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"][len(PREFIX) :][:1].isdecimal():
            # A layer of that name, whose zoom follows.
            await self._layers(scope, receive, send)
            return
        try:
            check_method(scope, "GET", "HEAD")
            if described := _TILE_JSON.fullmatch(scope["path"]):
                await _describe(scope, send, described[1])
                return
            tile, query = _asked(scope)
            draw = partial(self._draw, scope["reader"], tile, query)
            answer = await run_sync(draw, limiter=self._threads)
            await answer.send(scope, send)
        except Exception as error:
            await respond_problem(send, error)

    def _draw(self, reader: Reader, tile: Tile, query: Query) -> TileAnswer:
        datum = "wgs84" if check_datum(query.datum) == "cgcs2000" else query.datum
        level, box = level_of(tile.z), box_of(tile, datum)
        with session(self._city.database, reader) as connection:
            if isinstance(query, PatrolTileQuery):
                least = self._city.settings.heat_people
                figures = of_patrols(asking.ask(connection, reader, query.question(level, box), least))
            else:
                figures = of_events(connection, query.question(level, box))
            return TileAnswer.of(heat_tile(connection, figures, tile, datum))


async def _describe(scope: Scope, send: Send, name: str) -> None:
    """Send the TileJSON, with the legend."""
    given = _parameters(scope, name)
    parsed(_model(name), given)
    base = Ask(scope, PREFIX.rstrip("/"), scope.get("forwarded_by_trusted", False)).base_url
    zooms = {"minzoom": 0, "maxzoom": MAX_ZOOM}
    body = {
        "tilejson": "3.0.0",
        "name": name,
        "tiles": [f"{base}/{name}/{{z}}/{{x}}/{{y}}.mvt{'?' if given else ''}{urlencode(given)}"],
        "vector_layers": [{"id": name, "fields": _FIELDS, **zooms}],
        "legend": _LEGENDS[name].written(),
        **zooms,
    }
    await respond(send, orjson.dumps(body), JSON, headers=[(b"cache-control", b"private, no-cache")])


def _asked(scope: Scope) -> tuple[Tile, Query]:
    match = _TILE.fullmatch(scope["path"])
    if match is None:
        raise NotFound(f"tiles of heat are at {PREFIX}{{patrols|events}}/{{z}}/{{x}}/{{y}}.mvt")
    tile = Tile(*map(int, match.groups()[1:]))
    if not tile.exists:
        raise InvalidInput.at(
            "z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}; zooms are 0 to {MAX_ZOOM}"
        )
    query: Query = parsed(_model(match[1]), _parameters(scope, match[1]))
    return tile, query


def _model(name: str) -> type[PatrolTileQuery] | type[EventTileQuery]:
    return PatrolTileQuery if name == "patrols" else EventTileQuery


def _parameters(scope: Scope, name: str) -> dict[str, str]:
    fields = _model(name).model_fields
    return parameters(scope, frozenset(each.alias or key for key, each in fields.items()))
