"""A town whose features are changed through the door, in the name of whoever a test chooses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from psycopg import Connection, sql

from api.asgi import App, Receive, Scope, Send
from api.ogc.app import ogc_app
from layers import changes
from spatial.database import Database, connect
from spatial.rights.reader import Reader
from tests.api.ogc.conftest import serving
from tests.spatial.rights.people import cast
from tests.spatial.rights.town import build

HERE = Path(__file__).parent
CHIEF = "district_administrator of the city"
STREET = "street_administrator of street 1"
VIEWER = "viewer of the city"
WATER = "analyst of water"
ANALYST = "analyst of the city"
GEOJSON = "application/geo+json"
PATCH = "application/merge-patch+json"
PLACES = "collections/places/items"
COMPONENTS = "collections/components/items"
PLOTS = "collections/plots/items"
DRAINS = "collections/drains/items"
MASTS = "collections/masts/items"
RING = [[116.32, 39.92], [116.33, 39.92], [116.33, 39.93], [116.32, 39.92]]
LOCAL = "http://www.opengis.net/def/crs/EPSG/0/4548"


@dataclass
class Workshop:
    """The door over the town, its database as the owner reaches it, and everybody who may knock."""

    url: str
    client: httpx.Client
    readers: dict[str, Reader]
    database: Database = field(repr=False)

    def ask(
        self, method: str, path: str, body: Any = None, who: str = CHIEF, **headers: str
    ) -> httpx.Response:
        """Send a request below /ogc/collections in somebody's name; body: JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"x-test-reader": who, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if content is not None and "content-type" not in sent:
            sent["content-type"] = PATCH if method == "PATCH" else GEOJSON
        sent = {name: text for name, text in sent.items() if text}
        return self.client.request(method, f"/ogc/{path}", content=content, headers=sent)

    def run(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def digest(self) -> list[Any]:
        """Fingerprint the tables: nothing changed when it stays the same."""
        with connect(self.url) as connection:
            return [
                connection.execute(
                    sql.SQL(
                        "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t"
                    ).format(sql.Identifier(*table))
                ).fetchone()
                for table in TABLES
            ]


TABLES = (
    ("city", "place"), ("city", "component"), ("published", "plots"), ("published", "drains"),
    ("published", "masts"), ("published", "anything"),
)  # fmt: skip


def place(
    name: str = "new place", at: tuple[float, float] = (116.305, 39.905), **properties: Any
) -> dict[str, Any]:
    """Write a feature of layer `places`."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(at)},
        "properties": {"kind": "school", "name": name, "risk_level": 2, **properties},
    }


def polygon(**properties: Any) -> dict[str, Any]:
    """Write a feature of layer `plots`."""
    geometry = {"type": "Polygon", "coordinates": [RING]}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": "plot", **properties}}


def line(code: str, *points: tuple[float, float]) -> dict[str, Any]:
    """Write a feature of layer `drains`."""
    geometry = {"type": "LineString", "coordinates": [list(point) for point in points]}
    return {"type": "Feature", "geometry": geometry, "properties": {"code": code, "name": "drain"}}


def made(workshop: Workshop, feature: dict[str, Any] | None = None, items: str = PLACES) -> tuple[str, str]:
    """Create a feature; gives its address below /ogc and its tag."""
    answer = workshop.ask("POST", items, feature or place())
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].split("/ogc/")[1], answer.headers["etag"]


def problem_of(answer: Any) -> dict[str, str]:
    """Give the places that a refusal names, with their reasons."""
    return {each["where"]: each["reason"] for each in answer.json().get("errors", [])}


def fill(connection: Connection[Any]) -> None:
    """Build the town, its workshop and a second kind of component."""
    build(connection)
    connection.execute((HERE / "workshop.sql").read_bytes())
    changes.watch(connection)


@contextmanager
def open_workshop(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Workshop]:
    """Serve the door over a town of one's own."""
    with make_city(fill) as url:
        with connect(url) as owner:
            readers = cast(owner)
        readers = {name: replace(each, username=name, address="192.0.2.7") for name, each in readers.items()}
        pool = Database(as_app(url), pool_size=8)
        pool.open()
        with serving(in_name_of(ogc_app(pool), readers)) as client:
            yield Workshop(url, client, readers, pool)
        pool.close()


def in_name_of(app: App, readers: dict[str, Reader]) -> App:
    """Stand in for the middleware: the reader is whoever the X-Test-Reader header names."""

    async def with_reader(scope: Scope, receive: Receive, send: Send) -> None:
        scope["reader"] = readers.get(dict(scope["headers"]).get(b"x-test-reader", b"").decode())
        await app(scope, receive, send)

    return with_reader
