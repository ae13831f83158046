"""A bare endpoint behind our own token check and transaction: what is left to gain for the OGC door.

No links, counts, filters, tags or negotiation: one SQL-made text, one item, or the same tile bytes each time.
It reads by the same pipelines as the door, with statements that stay prepared.
`python -m bench.ogc_bare --fd N`, as `python -m api serve`.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from functools import partial
from urllib.parse import parse_qs

import uvicorn

from api.asgi import Receive, Scope, Send, respond
from api.city import City
from api.connections import Connection
from api.limits import Limits
from api.reader import ReaderMiddleware
from api.serve import prepare
from spatial.database import Database
from spatial.database.pipelines import Pipelines
from spatial.database.roles import app_url_of
from spatial.database.steps import Question, Steps
from spatial.settings import Settings

FEATURE = """
concat('{"type":"Feature","id":', id, ',"geometry":', ST_AsGeoJSON(geom, 9, 0), ',"properties":{"no":',
to_json(no), ',"category":', to_json(category), ',"title":', to_json(title), ',"address":', to_json(address),
',"state":', to_json(state), ',"source":', to_json(source), ',"priority":', priority, ',"score":', score,
',"open":', CASE WHEN open THEN 'true' ELSE 'false' END, ',"occurred_at":', to_json(occurred_at), '}}')
"""
PAGE = f"""
SELECT concat('{{"type":"FeatureCollection","features":[', string_agg({FEATURE}, ','), ']}}')
FROM (SELECT * FROM public.bench_events WHERE true ORDER BY id LIMIT %(limit)s) AS page
"""
# The planner takes the box to be scattered evenly over the identifiers; `+ 0` keeps it from walking them all.
IN_BOX = PAGE.replace("ORDER BY id", "ORDER BY id + 0").replace(
    "true", "geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
)
ITEM = f"SELECT {FEATURE} FROM public.bench_events WHERE id = %(id)s"


class Bare:
    """/bare/items?limit=[&bbox=], /bare/item?id=, /bare/tile?size=."""

    def __init__(self, city: City) -> None:
        self._pipelines = Pipelines(city.database)
        self._started = False
        self._tile: dict[int, bytes] = {}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        if scope["path"] == "/bare/tile":
            size = int(query["size"])
            body = self._tile.setdefault(size, bytes(size))
            await respond(send, body, b"application/vnd.mapbox-vector-tile")
            return
        await self._connected()
        body = await self._pipelines.read(scope["reader"], _steps(query))
        await respond(send, body, b"application/geo+json")

    async def _connected(self) -> None:
        if not self._started:
            self._started = True
            self._pipelines.start()
        while self._pipelines.server is None:
            await asyncio.sleep(0.01)


def _steps(query: dict[str, str]) -> Steps[bytes]:
    if "id" in query:
        question = Question(ITEM, {"id": query["id"]}, keeps_plan=True)
    elif "bbox" in query:
        sides = zip(("west", "south", "east", "north"), map(float, query["bbox"].split(",")), strict=True)
        question = Question(IN_BOX, {**dict(sides), "limit": int(query["limit"])})
    else:
        question = Question(PAGE, {"limit": int(query["limit"])}, keeps_plan=True)
    rows = yield question
    assert rows.pgresult is not None
    return rows.pgresult.get_value(0, 0) or b""


def main() -> None:
    """Serve on an inherited socket."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    fd = parser.parse_args().fd
    settings = Settings.from_env()
    prepare(settings)
    city = City(settings, Database(app_url_of(settings), settings.pool_size, settings.statement_seconds))
    city.database.open()
    app = Limits(ReaderMiddleware(Bare(city), city), settings, lambda _: False)
    config = uvicorn.Config(
        app, http=partial(Connection, trusted=()), loop="uvloop", ws="none", lifespan="off",
        access_log=False, log_config=None, server_header=False, date_header=False, timeout_keep_alive=75,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main()
