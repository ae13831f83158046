"""A watched layer that grows and shrinks while it is read: points with awkward values to sort by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from psycopg import Connection

from api.asgi import App, Receive, Scope, Send
from api.ogc.app import ogc_app
from layers import changes
from spatial.database import Database, connect
from spatial.rights.reader import Reader
from tests.api.ogc.conftest import serving

ITEMS = "/ogc/collections/meadow/items"
ROWS = 300

MAKE = """
CREATE TABLE meadow (
    id bigint PRIMARY KEY,
    kind text,
    height double precision,
    seen_at timestamptz,
    area text NOT NULL,
    geom geometry(Point, 4326)
);
INSERT INTO meadow
SELECT n, (ARRAY['oak', 'ash', NULL, 'Ör', '井盖'])[1 + n % 5],
       CASE WHEN n % 7 = 0 THEN NULL WHEN n % 11 = 0 THEN 'NaN' ELSE (n * 37 % 23) / 4.0 END,
       CASE WHEN n % 4 > 0 THEN timestamptz '2026-01-01 00:00:00.123456+00' + n % 9 * interval '1 hour' END,
       CASE WHEN n % 3 = 0 THEN 'east' ELSE 'west' END, ST_Point(116 + n * 0.001, 40 + n % 17 * 0.01, 4326)
FROM generate_series(1, 300) AS n;
INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, time_column, fields, tile_fields, position, sources)
VALUES ('meadow', '草地', 'Meadow', '', 'table', 'meadow', 'id', 'geom', 'point', 'seen_at',
        '[{"name": "kind", "type": "string", "title": "种类", "title_en": "Kind"},
          {"name": "height", "type": "number", "title": "高", "title_en": "Height"},
          {"name": "seen_at", "type": "date-time", "title": "时间", "title_en": "Seen at"}]', '[]', 950,
        '{city.meadow}');
ALTER TABLE meadow ENABLE ROW LEVEL SECURITY;
CREATE POLICY whole ON meadow FOR SELECT TO citygrid_city, citygrid_system USING (true);
CREATE POLICY parts ON meadow FOR SELECT TO citygrid_area
    USING (area = current_setting('citygrid.area_from', true));
GRANT SELECT ON meadow TO citygrid_city, citygrid_area, citygrid_system;
"""
AWAY = "DELETE FROM layer WHERE name = 'meadow'; DROP TABLE IF EXISTS meadow"


def as_city_or_area(app: App) -> App:
    """Stand in for the middleware: X-Test-Area names the area of the reader, who else reads everything."""

    async def with_reader(scope: Scope, receive: Receive, send: Send) -> None:
        area = dict(scope["headers"]).get(b"x-test-area", b"").decode()
        reach: dict[str, Any] = {"reach": "area", "area": area} if area else {}
        scope["reader"] = Reader(1, "tester", "tester", "analyst", **reach)
        await app(scope, receive, send)

    return with_reader


@contextmanager
def open_meadow(
    url: str, as_app: Callable[[str], str]
) -> Iterator[tuple[httpx.Client, Connection[Any], Database]]:
    """Make the layer; gives a client of the door, the owner's connection, and the pool of the workers."""
    pool = Database(as_app(url), pool_size=6)
    with connect(url, autocommit=True) as owner:
        owner.execute(AWAY.encode())
        owner.execute(MAKE.encode())
        changes.watch(owner, ["city.meadow"])
        pool.open()
        with serving(as_city_or_area(ogc_app(pool))) as client:
            yield client, owner, pool
        pool.close()
        owner.execute(AWAY.encode())


def read(client: httpx.Client, address: str, **options: Any) -> dict[str, Any]:
    """Read a page that must be there."""
    answer = client.get(address, **options)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert document["numberReturned"] == len(document["features"])
    return document


def link(document: dict[str, Any], relation: str) -> str | None:
    """Give the address of the one link of a relation."""
    found = [each["href"] for each in document["links"] if each["rel"] == relation]
    assert len(found) <= 1
    return found[0] if found else None


def ids(document: dict[str, Any]) -> list[int]:
    """Name the features of a page."""
    return [int(feature["id"]) for feature in document["features"]]
