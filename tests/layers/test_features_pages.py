"""Pages by keys against an order worked out in Python, and the plans behind them."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb

from layers import features
from layers.catalogue import Layer, layer
from layers.features import Counts, Selection
from layers.features.facts import facts
from layers.features.reading import _asked, _page_text
from spatial.database import connect
from spatial.geometry.boxes import bounds_in
from spatial.geometry.crs import CRS84, CRS_TABLE
from spatial.rights.reader import Reader
from spatial.types import BBox

CITY = Reader(None, "c", "c", "analyst")
FIELDS = {"a": "integer", "b": "number", "c": "string"}
Row = tuple[int, int | None, float | None, str | None]


def rows() -> list[Row]:
    """Few values, so that ties and NULLs meet in every column."""
    chance = random.Random(11)
    return [
        (
            n,
            chance.choice([None, 1, 2, 3]),
            chance.choice([None, 0.5, -1.0, math.nan, math.inf]),
            chance.choice([None, "", "x", "Y", "é'"]),
        )
        for n in range(80)
    ]


@pytest.fixture(scope="module")
def mixed(make_city: Any) -> Any:
    def fill(connection: Any) -> None:
        connection.execute(
            'CREATE TABLE mixed (id int PRIMARY KEY, a int, b float8, c text COLLATE "C", geom geometry)'
        )
        connection.cursor().executemany("INSERT INTO mixed VALUES (%s, %s, %s, %s, NULL)", rows())
        fields = [{"name": n, "type": kind, "title": n, "title_en": n} for n, kind in FIELDS.items()]
        connection.execute(
            "INSERT INTO layer (name, title, title_en, description, kind, relation, id_column,"
            " geometry_column, geometry_type, fields, tile_fields, position)"
            " VALUES ('mixed', '', '', '', 'table', 'mixed', 'id', 'geom', 'geometry', %s, '[]', 99)",
            [Jsonb(fields)],
        )

    with make_city(fill) as url, connect(url) as connection:
        yield connection, layer(connection, "mixed")


class Key:
    """A value in PostgreSQL's order: NaN above all numbers, NULL above NaN; reversed when it descends."""

    def __init__(self, value: Any, descending: bool) -> None:
        rank = 2 if value is None else 1 if isinstance(value, float) and math.isnan(value) else 0
        self.value = (rank, value if rank == 0 else 0)
        self.descending = descending

    def __lt__(self, other: Key) -> bool:
        return other.value < self.value if self.descending else self.value < other.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.value == other.value


def expected(sort: list[tuple[str, bool]]) -> list[str]:
    place = {"a": 1, "b": 2, "c": 3}

    def key(row: Row) -> tuple[Any, ...]:
        return (*(Key(row[place[name]], descending) for name, descending in sort), row[0])

    return [str(row[0]) for row in sorted(rows(), key=key)]


sorts = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=3, unique_by=lambda pair: pair[0])


@settings(max_examples=60, deadline=None)
@given(sorts, st.integers(1, 90))
def test_pages_by_keys_are_the_order_forwards_and_back(mixed: Any, sort: Any, limit: int) -> None:
    connection, of = mixed
    forwards: list[list[str]] = []
    selection = Selection(sort=sort, limit=limit, geometry=False)
    keys: Any = None
    while True:
        page = features.page(connection, of, replace(selection, after=keys), CITY, Counts())
        forwards.append(ids(page.features))
        last, keys = page, page.following
        if keys is None:
            break
    assert [each for part in forwards for each in part] == expected(sort)
    back, keys = [], last.preceding
    while keys is not None:
        page = features.page(connection, of, replace(selection, before=keys), CITY, Counts())
        back.append(ids(page.features))
        keys = page.preceding
    assert back == list(reversed(forwards[:-1]))


def ids(text: bytes) -> list[str]:
    return [feature["id"] for feature in orjson.loads(b"[" + text + b"]")]


def test_a_statement_may_be_skipped_into_and_begun_behind_keys(mixed: Any) -> None:
    connection, of = mixed
    order = expected([("b", False)])
    first = features.page(connection, of, Selection(sort=[("b", False)], limit=10), CITY, Counts())
    for limit, rest in ((5, order[13:18]), (None, order[13:])):
        selection = Selection(sort=[("b", False)], limit=limit, offset=3, after=first.following)
        text, values = features.statement(of, selection, sql.SQL("id::text"))
        assert [identifier for (identifier,) in connection.execute(text, values)] == rest


def plan(connection: Any, of: Layer, selection: Selection) -> str:
    asked = _asked(of, selection)
    text = _page_text(of, asked.shape, asked.form, facts(connection, of), True)
    values = {**asked.values, "most": 10}
    return "\n".join(line for (line,) in connection.execute("EXPLAIN " + text, values))


def test_a_box_is_answered_by_the_spatial_index(city: Any) -> None:
    events = layer(city, "events")
    for crs in ("EPSG:4326", "EPSG:3857", "EPSG:4548"):
        box = BBox(116.3, 39.98, 116.301, 39.981)
        (moved,) = bounds_in(box, CRS84, CRS_TABLE[crs]) or [box]
        found = plan(city, events, Selection(bbox=moved, bbox_crs=CRS_TABLE[crs], limit=100))
        assert "ix_event_geom" in found
        assert "Seq Scan on event" not in found


def test_a_page_by_token_begins_in_the_key_index(city: Any) -> None:
    events = layer(city, "events")
    found = plan(city, events, Selection(after=["1000"], limit=100))
    assert "pk_event" in found
    assert "id > '1000'::bigint" in found
    assert "Sort" not in found.split("InitPlan")[0]


def test_geometries_that_are_points_are_tested_by_their_coordinates(city: Any) -> None:
    """ST_Intersects takes five times as long, and makes the planner start parallel workers."""
    text = _page_text.__wrapped__  # the text itself, past its cache
    events = layer(city, "events")
    asked = _asked(events, Selection(bbox=BBox(1, 2, 3, 4)))
    written = text(events, asked.shape, asked.form, facts(city, events), True)
    assert "ST_X(" in written
    assert "ST_Intersects" not in written
    grids = layer(city, "grids")
    asked = _asked(grids, Selection(bbox=BBox(1, 2, 3, 4)))
    assert "ST_Intersects" in text(grids, asked.shape, asked.form, facts(city, grids), True)


def test_columns_called_like_our_own_names_do_not_confuse_the_order(postgis: Any) -> None:
    postgis.execute("CREATE TABLE i (n int PRIMARY KEY, i int, k0 text, c0 int, g geometry(Point, 4326))")
    postgis.execute("INSERT INTO i SELECT n, -n, n % 3, n % 2, NULL FROM generate_series(1, 20) AS n")
    fields = [{"name": n, "type": "integer", "title": n, "title_en": n} for n in ("i", "c0", "n")]
    postgis.execute(
        "INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,"
        " geometry_type, fields, tile_fields, position)"
        " VALUES ('i', '', '', '', 'table', 'i', 'n', 'g', 'point', %s, '[]', 99)",
        [Jsonb(fields)],
    )
    of = layer(postgis, "i")
    page = features.page(postgis, of, Selection(sort=[("i", False), ("c0", True)], limit=5), CITY, Counts())
    assert ids(page.features) == ["20", "19", "18", "17", "16"]
    rest = features.page(
        postgis,
        of,
        Selection(sort=[("i", False), ("c0", True)], limit=50, after=page.following),
        CITY,
        Counts(),
    )
    assert ids(rest.features) == [str(n) for n in range(15, 0, -1)]
