"""A bare endpoint behind our own token check and transaction: what is left to gain for the OGC door.

No links, counts, filters or negotiation: one SQL-made text, one item, or the same tile bytes each time.
`python -m bench.ogc_bare --fd N`, as `python -m api serve`.
"""

from __future__ import annotations

import argparse
import socket
from functools import partial
from urllib.parse import parse_qs

import uvicorn
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import Receive, Scope, Send, respond
from api.city import City
from api.connections import Connection
from api.limits import Limits
from api.reader import ReaderMiddleware
from api.serve import prepare
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.rights.reader import Reader
from spatial.settings import Settings

FEATURE = """
'{"type":"Feature","id":' || id || ',"geometry":' || ST_AsGeoJSON(geom, 9) || ',"properties":{"no":'
|| to_json(no) || ',"category":' || to_json(category) || ',"title":' || to_json(title) || ',"address":'
|| to_json(address) || ',"state":' || to_json(state) || ',"source":' || to_json(source) || ',"priority":'
|| priority || ',"score":' || score || ',"open":' || open::text || ',"occurred_at":' || to_json(occurred_at)
|| '}}'
"""
PAGE = f"""
SELECT '{{"type":"FeatureCollection","features":[' || string_agg(feature, ',') || ']}}'
FROM (SELECT {FEATURE} AS feature FROM public.bench_events WHERE true ORDER BY id LIMIT %(limit)s) AS page
"""
BOX = "geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
ITEM = f"SELECT {FEATURE} FROM public.bench_events WHERE id = %(id)s"


class Bare:
    """/bare/items?limit=[&bbox=], /bare/item?id=, /bare/tile?size=."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._threads = CapacityLimiter(4)
        self._tile = {}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        if scope["path"] == "/bare/tile":
            size = int(query["size"])
            body = self._tile.setdefault(size, bytes(size))
            await respond(send, body, b"application/vnd.mapbox-vector-tile")
            return
        body = await run_sync(self._answer, scope["reader"], query, limiter=self._threads)
        await respond(send, body, b"application/geo+json")

    def _answer(self, reader: Reader, query: dict[str, str]) -> bytes:
        text = ITEM if "id" in query else PAGE
        if "bbox" in query:
            text = text.replace("WHERE true", f"WHERE {BOX}")
        values: dict[str, object] = dict(query)
        if "bbox" in query:
            values |= zip(
                ("west", "south", "east", "north"), map(float, query["bbox"].split(",")), strict=True
            )
        if "limit" in query:
            values["limit"] = int(query["limit"])
        with session(self.city.database, reader) as connection:
            return connection.execute(text, values).fetchone()[0].encode()


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
