"""Reading features: boxes, times, order and pages, with hostile names and awkward places."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from layers.catalogue import Layer, layer, layers
from layers.features import Selection, count, extent, feature, features, interval
from spatial.errors import InvalidInput, NotFound
from spatial.types import BBox

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def hostile(postgis) -> Layer:
    """A layer whose table and columns have quotes, spaces, dots and percent signs in their names."""
    postgis.execute(
        'CREATE TABLE "a ""b"".c %" (id int PRIMARY KEY, "x ""y"" %" text, at timestamptz,'
        ' "g.e o" geometry(Point, 4326))'
    )
    rows = [
        (1, "'; DROP TABLE layer; --", START, 116.3, 39.9),
        (2, None, START + timedelta(days=1), 179.5, 10.0),
        (3, "<&%s>", START + timedelta(days=2), -179.5, -10.0),
        (4, "清华", START + timedelta(days=3), 0.0, 0.0),
    ]
    for identifier, text, at, lon, lat in rows:
        postgis.execute(
            'INSERT INTO "a ""b"".c %%" VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326))',
            [identifier, text, at, lon, lat],
        )
    fields = [
        {"name": "id", "type": "integer", "title": "", "title_en": ""},
        {"name": 'x "y" %', "type": "string", "title": "", "title_en": ""},
        {"name": "at", "type": "date-time", "title": "", "title_en": ""},
    ]
    postgis.execute(
        "INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,"
        " geometry_type, time_column, fields, tile_fields, position)"
        " VALUES ('hostile', '', '', '', 'table', %s, 'id', 'g.e o', 'point', 'at', %s, %s, 99)",
        ['a "b".c %', Jsonb(fields), Jsonb(["id", 'x "y" %'])],
    )
    return layer(postgis, "hostile")


def ids(connection, of: Layer, **selection) -> list[str]:
    chosen = Selection(**selection)
    found = features(connection, of, chosen)
    if chosen.limit == 10 and not chosen.offset:
        assert count(connection, of, chosen) == len(found)
    return [item["id"] for item in found]


def test_hostile_names_and_values_come_through(postgis, hostile) -> None:
    found = features(postgis, hostile, Selection())
    assert [item["properties"]['x "y" %'] for item in found] == [
        "'; DROP TABLE layer; --",
        None,
        "<&%s>",
        "清华",
    ]
    assert found[0]["geometry"] == {"type": "Point", "coordinates": [116.3, 39.9]}
    assert feature(postgis, hostile, "4")["properties"]["id"] == 4


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (BBox(116, 39, 117, 40), ["1"]),
        (BBox(116.3, 39.9, 116.3, 39.9), ["1"]),
        (BBox(170, -90, -170, 90), ["2", "3"]),
        (BBox(-180, -90, 180, 90), ["1", "2", "3", "4"]),
        (BBox(1, 1, 2, 2), []),
    ],
)
def test_boxes_also_across_the_antimeridian(postgis, hostile, box: BBox, expected: list[str]) -> None:
    assert ids(postgis, hostile, bbox=box) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"since": START + timedelta(days=1)}, ["2", "3", "4"]),
        ({"until": START}, ["1"]),
        ({"since": START, "until": START + timedelta(days=1)}, ["1", "2"]),
        ({"equals": {'x "y" %': "<&%s>"}}, ["3"]),
        ({"equals": {"id": "2"}}, ["2"]),
        ({"equals": {"at": "2026-01-02T08:00:00+08:00"}}, ["2"]),
        ({"sort": [("at", True)]}, ["4", "3", "2", "1"]),
        ({"sort": [("at", True)], "limit": 2, "offset": 1}, ["3", "2"]),
        ({"offset": 100}, []),
    ],
)
def test_times_values_order_and_pages(postgis, hostile, options, expected: list[str]) -> None:
    assert ids(postgis, hostile, **options) == expected


def test_only_what_is_asked_for_is_returned(postgis, hostile) -> None:
    found = features(postgis, hostile, Selection(attributes=["id"], geometry=False))
    assert found[0] == {"type": "Feature", "id": "1", "geometry": None, "properties": {"id": 1}}


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"bbox": BBox(0, 10, 1, 5)}, "bbox"),
        ({"bbox": BBox(float("nan"), 0, 1, 1)}, "bbox"),
        ({"bbox": BBox(-181, 0, 1, 1)}, "bbox"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort": [("geom; DROP TABLE layer", False)]}, "sortby"),
        ({"attributes": ["password_hash"]}, "properties"),
        ({"equals": {"no such": "1"}}, "no such"),
        ({"equals": {"id": "x"}}, "filter"),
    ],
)
def test_bad_selections_are_refused_by_name(postgis, hostile, options, where: str) -> None:
    for read in (features, count):
        with pytest.raises(InvalidInput) as refused, postgis.transaction():
            read(postgis, hostile, Selection(**options))
        assert [problem.where for problem in refused.value.problems] == [where]


@pytest.mark.parametrize("identifier", ["99", "x", "", "1 OR 1=1", "9" * 40, "\x00".replace("\x00", "%00")])
def test_an_identifier_that_is_none_is_not_found(postgis, hostile, identifier: str) -> None:
    with pytest.raises(NotFound):
        feature(postgis, hostile, identifier)


def test_extent_and_interval(postgis, hostile) -> None:
    assert extent(postgis, hostile) == BBox(0, -10, -179.5, 39.9), "across the antimeridian"
    assert interval(postgis, hostile) == (START, START + timedelta(days=3))
    empty = layer(postgis, "events")
    assert extent(postgis, empty) is None
    assert interval(postgis, empty) is None
    assert interval(postgis, layer(postgis, "places")) is None


def test_the_catalogue_keeps_its_order_and_says_what_is_missing(postgis) -> None:
    assert list(layers(postgis)) == [
        "districts",
        "streets",
        "communities",
        "grids",
        "places",
        "components",
        "events",
        "micro_grids",
        "unit_grids",
        "police_areas",
        "school_areas",
        "hospital_areas",
        "evaluation_grids",
        "sanitation_areas",
        "place_areas",
        "resources",
        "missed_patrols",
        "pipes",
        "pipe_nodes",
        "pipe_devices",
    ]
    with pytest.raises(NotFound, match="no layer 'nothing'"):
        layer(postgis, "nothing")


def test_a_box_on_a_large_layer_uses_the_index(city) -> None:
    plan = city.execute(
        "EXPLAIN SELECT id FROM events WHERE geom && ST_MakeEnvelope(116.3, 39.98, 116.301, 39.981, 4326)"
        " AND ST_Intersects(geom, ST_MakeEnvelope(116.3, 39.98, 116.301, 39.981, 4326))"
    ).fetchall()
    assert "ix_event_geom" in str(plan)
