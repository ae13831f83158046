"""Analyses as vector tiles: one calculation for all tiles of a map, held for a minute.

A raw door, for a map asks for twenty tiles at once: the first begins the calculation, the others wait for
it on the event loop, without a thread and without a connection.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.analysis import Pairs, analysis_of, answered
from api.asgi import JSON, App, Receive, Scope, Send, check_method, respond
from api.city import City
from api.errors import respond_problem
from api.ogc.processes.desk import Desk
from api.ogc.processes.written import GEOJSON
from api.ogc.request import Ask
from api.tiles import TileAnswer
from spatial.database import session
from spatial.errors import InvalidInput, NotFound, TooMany
from spatial.geometry.datum import check_datum
from spatial.rights.reader import Reader
from tiles.results import Result, result_tile
from tiles.vector import MAX_ZOOM, Tile

PREFIX = "/tiles/analysis/"
KEPT_S = 60.0
"""How old a result may be that tiles are drawn from."""
MOST_KEPT = 16
MOST_KEPT_BYTES = 64 * 2**20
MOST_WAITING = 8
"""Different results that are calculated or wait to be; the next one is asked to come again."""
WAIT_S = 30.0
"""How long a result waits for its turn to be calculated."""
THREADS = 2
WITHOUT_MAP = ("near-things", "forecast")
"""Analyses whose answers are rows without a place."""

_TILE = re.compile(PREFIX + r"([a-z-]{1,40})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_TILE_JSON = re.compile(PREFIX + r"([a-z-]{1,40})\.json")


class Question(NamedTuple):
    """An analysis with its parameters, and the datum its tiles are for."""

    name: str
    pairs: Pairs
    datum: str


class AnalysisTiles:
    """ASGI application of `/tiles/analysis/{name}/{z}/{x}/{y}.mvt` and `/tiles/analysis/{name}.json`."""

    def __init__(self, city: City, layers: App) -> None:
        self._city, self._layers = city, layers
        self._kept: OrderedDict[Hashable, tuple[float, Result]] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Task[Result]] = {}
        self._calculating, self._drawing = CapacityLimiter(THREADS), CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"][len(PREFIX) :][:1].isdecimal():
            # A layer of that name, whose zoom follows.
            await self._layers(scope, receive, send)
            return
        try:
            check_method(scope, "GET", "HEAD")
            if described := _TILE_JSON.fullmatch(scope["path"]):
                await self._describe(scope, send, _question(scope, described[1]))
                return
            question, tile = _asked(scope)
            result = await self._result(scope["reader"], question)
            draw = partial(self._draw, scope["reader"], result, tile, question.name)
            answer = await run_sync(draw, limiter=self._drawing)
            await answer.send(scope, send)
        except Exception as error:
            await respond_problem(send, error)

    async def _result(self, reader: Reader, question: Question) -> Result:
        """Give what was calculated a moment ago for the same rights, or have it calculated, once."""
        key = (question, reader.rights_key)
        made_at, result = self._kept.get(key, (0.0, None))
        if result is not None and time.monotonic() - made_at < KEPT_S:
            self._kept.move_to_end(key)
            return result
        task = self._coming.get(key)
        if task is None:
            if len(self._coming) >= MOST_WAITING:
                raise TooMany("too many analyses are being calculated: try again soon", 5)
            task = asyncio.create_task(self._made(key, reader, question))
            self._coming[key] = task
        # Whoever goes away leaves the calculation to the others.
        return await asyncio.shield(task)

    async def _made(self, key: Hashable, reader: Reader, question: Question) -> Result:
        try:
            result = await run_sync(partial(self._calculate, reader, question), limiter=self._calculating)
            self._keep(key, result)
            return result
        finally:
            del self._coming[key]

    def _calculate(self, reader: Reader, question: Question) -> Result:
        desk = Desk(self._city.database, reader, self._city.assignments)
        body = answered(analysis_of(question.name), question.pairs, desk, GEOJSON, WAIT_S)
        return Result.of(body, question.datum)

    def _keep(self, key: Hashable, result: Result) -> None:
        self._kept[key] = (time.monotonic(), result)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT or (
            len(self._kept) > 1 and sum(each.size for _, each in self._kept.values()) > MOST_KEPT_BYTES
        ):
            self._kept.popitem(last=False)

    def _draw(self, reader: Reader, result: Result, tile: Tile, name: str) -> TileAnswer:
        with session(self._city.database, reader) as connection:
            return TileAnswer.of(result_tile(connection, result, tile, name))

    async def _describe(self, scope: Scope, send: Send, question: Question) -> None:
        """Send the TileJSON of an analysis: where its tiles are, and what they hold."""
        result = await self._result(scope["reader"], question)
        base = Ask(scope, PREFIX.rstrip("/"), scope.get("forwarded_by_trusted", False)).base_url
        asked = urlencode(
            [*question.pairs, *([("datum", question.datum)] if question.datum != "wgs84" else [])]
        )
        zooms = {"minzoom": 0, "maxzoom": MAX_ZOOM}
        body = {
            "tilejson": "3.0.0",
            "name": question.name,
            "description": analysis_of(question.name).description[1],
            "tiles": [f"{base}/{question.name}/{{z}}/{{x}}/{{y}}.mvt{'?' if asked else ''}{asked}"],
            "bounds": result.bounds,
            "vector_layers": [{"id": question.name, "fields": dict(result.fields), **zooms}],
            **zooms,
        }
        headers = [(b"cache-control", b"private, no-cache")]
        await respond(send, orjson.dumps(body), JSON, headers=headers)


def _asked(scope: Scope) -> tuple[Question, Tile]:
    match = _TILE.fullmatch(scope["path"])
    if match is None:
        raise NotFound(f"tiles of analyses are at {PREFIX}{{name}}/{{z}}/{{x}}/{{y}}.mvt")
    tile = Tile(*map(int, match.groups()[1:]))
    if not tile.exists:
        raise InvalidInput.at(
            "z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}; zooms are 0 to {MAX_ZOOM}"
        )
    return _question(scope, match[1]), tile


def _question(scope: Scope, name: str) -> Question:
    """Read which analysis is asked for; the order of the parameters does not matter."""
    analysis_of(name)
    if name in WITHOUT_MAP:
        raise NotFound(f"'{name}' answers rows without a place: ask /api/analysis/{name}")
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    datums = [value for key, value in pairs if key == "datum"]
    if len(datums) > 1:
        raise InvalidInput.at("datum", "stands twice")
    datum = check_datum(datums[0]) if datums else "wgs84"
    rest = tuple(sorted(pair for pair in pairs if pair[0] != "datum"))
    return Question(name, rest, "wgs84" if datum == "cgcs2000" else datum)
