"""What else `items` can be asked: filters, words, forms; alone and together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from shapely.geometry import shape

from spatial.database import connect
from tests.api.ogc.meadow import ITEMS, ROWS, ids, link, open_meadow, read

ROADS = "/ogc/collections/lanes/items"
MAKE = """
CREATE TABLE lanes (id text PRIMARY KEY, name text, note text, tags text[], extra jsonb, odd json,
                    size numeric, ratio real, day date, local timestamp, key uuid,
                    geom geometry(LineString, 4326));
INSERT INTO lanes
SELECT 'L' || n, 'Lane ' || n || CASE WHEN n % 10 = 0 THEN '  North   Gate 100%_\\' ELSE '' END,
       CASE n % 5 WHEN 0 THEN '中关村北大街' WHEN 1 THEN 'CAFÉ "quoted" \\ <b>' END,
       ARRAY['a', 'b' || n], jsonb_build_object('n', n), (E'[' || n || E',\\n null]')::json,
       CASE n % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN NULL ELSE n / 3.0 END,
       CASE n % 4 WHEN 0 THEN 'NaN'::real WHEN 1 THEN '-Infinity'::real ELSE n / 8.0 END,
       date '2026-01-01' + n, timestamp '2026-01-01 08:00' + n * interval '1 hour',
       ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
       ST_SetSRID(ST_MakeLine(ARRAY(SELECT ST_Point(116 + k * 0.0001, 40 + n * 0.01 + sin(k) * 0.00001)
                                    FROM generate_series(0, 200) AS k)), 4326)
FROM generate_series(1, 40) AS n;
INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, fields, tile_fields, position, sources)
SELECT 'lanes', '', '', '', 'table', 'lanes', 'id', 'geom', 'line',
       jsonb_agg(jsonb_build_object('name', name, 'type', type, 'title', name, 'title_en', name)), '[]',
       951, '{}'
FROM (VALUES ('name', 'string'), ('note', 'string'), ('tags', 'array'), ('extra', 'json'), ('odd', 'json'),
             ('size', 'number'), ('ratio', 'number'), ('day', 'date'), ('local', 'date-time'),
             ('key', 'string')) AS f (name, type);
GRANT SELECT ON lanes TO citygrid_city, citygrid_system
"""
AWAY = "DELETE FROM layer WHERE name = 'lanes'; DROP TABLE IF EXISTS lanes"


@pytest.fixture(scope="module")
def client(postgis_url: str, as_app: Callable[[str], str]) -> Iterator[httpx.Client]:
    with open_meadow(postgis_url, as_app) as (client, owner, _):
        owner.execute(AWAY.encode())
        owner.execute(MAKE.encode())
        yield client
        owner.execute(AWAY.encode())


def names(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def refused(client: httpx.Client, address: str, **parameters: str) -> list[str]:
    answer = client.get(address, params=parameters)
    assert answer.status_code == 400, answer.text
    return [each["where"] for each in answer.json()["errors"]]


FILTERS = [
    ("kind = 'oak'", lambda n: n % 5 == 0),
    ("kind IS NULL AND height > 3", lambda n: n % 5 == 2 and n % 7 and n % 11 and (n * 37 % 23) / 4 > 3),
    ("S_INTERSECTS(geometry, BBOX(116.01, 40, 116.05, 40.1))",
     lambda n: 10 <= n <= 50 and n % 17 <= 10),
    ("seen_at > TIMESTAMP('2026-01-01T04:30:00Z')", lambda n: n % 4 and n % 9 > 4),
]  # fmt: skip


@pytest.mark.parametrize(("text", "holds"), FILTERS)
@pytest.mark.parametrize("language", [None, "cql2-text", "cql-text"])
def test_a_filter_selects_and_counts(
    client: httpx.Client, text: str, holds: Callable[[int], bool], language: str | None
) -> None:
    query = {"filter": text, "limit": "1000", **({"filter-lang": language} if language else {})}
    document = read(client, ITEMS, params=query)
    # NaN is greater than every number in PostgreSQL.
    expected = [n for n in range(1, ROWS + 1) if holds(n)]
    if "height" in text:
        expected = sorted(expected + [n for n in range(1, ROWS + 1) if n % 5 == 2 and n % 7 and n % 11 == 0])
    assert ids(document) == expected
    assert document["numberMatched"] == len(expected)


def test_a_filter_in_json_pages_on(client: httpx.Client) -> None:
    text = json.dumps({"op": "=", "args": [{"property": "kind"}, "井盖"]})
    document = read(client, ITEMS, params={"filter": text, "filter-lang": "cql2-json", "limit": "7"})
    assert document["numberMatched"] == ROWS // 5
    following = read(client, link(document, "next") or "")
    assert not set(ids(document)) & set(ids(following))
    assert following["numberMatched"] == ROWS // 5


def test_coordinates_of_a_filter_may_be_of_another_system(client: httpx.Client) -> None:
    """EPSG:4326 has the latitude first."""
    of_4326 = {"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}
    swapped = "S_INTERSECTS(geometry, POLYGON((40 116.01, 40 116.05, 40.1 116.05, 40.1 116.01, 40 116.01)))"
    plain = read(client, ITEMS, params={"filter": FILTERS[2][0], "limit": "1000"})
    assert ids(read(client, ITEMS, params={"filter": swapped, "limit": "1000", **of_4326})) == ids(plain)


def test_everything_together_must_hold(client: httpx.Client) -> None:
    query = {
        "filter": "height < 4", "kind": "oak", "bbox": "116.05,40,116.2,41", "datetime": "2026-01-01",
        "q": "OA", "sortby": "-height", "properties": "height", "limit": "1000",
    }  # fmt: skip
    document = read(client, ITEMS, params=query)
    expected = [
        n for n in range(50, 201)
        if n % 5 == 0 and n % 7 and n % 11 and (n * 37 % 23) / 4 < 4 and n % 4
    ]  # fmt: skip
    assert sorted(ids(document)) == expected
    heights = [feature["properties"]["height"] for feature in document["features"]]
    assert heights == sorted(heights, reverse=True)
    assert all(set(feature["properties"]) == {"height"} for feature in document["features"])


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"filter": "no_such = 1"}, "filter"),
        ({"filter": "kind = "}, "filter"),
        ({"filter": "kind = 'x' OR 1"}, "filter"),
        ({"filter": "kind = 'x'", "filter-lang": "sql"}, "filter-lang"),
        ({"filter": "{", "filter-lang": "cql2-json"}, "filter"),
        ({"q": ""}, "q"),
        ({"q": "a,,b"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"zoom-level": "31"}, "zoom-level"),
        ({"zoom-level": "-1"}, "zoom-level"),
        ({"zoom-level": "far"}, "zoom-level"),
    ],
)
def test_what_is_wrong_is_named(client: httpx.Client, parameters: dict[str, str], where: str) -> None:
    assert refused(client, ITEMS, **parameters) == [where]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lane 7", ["L7"]),
        ("LANE 7", ["L7"]),
        ("Lane 7,Lane 9", ["L7", "L9"]),
        ("north gate", ["L10", "L20", "L30", "L40"]),
        ("gate north", []),
        ("中关村", ["L10", "L15", "L20", "L25", "L30", "L35", "L40", "L5"]),
        ("100%_\\", ["L10", "L20", "L30", "L40"]),
        ("%", ["L10", "L20", "L30", "L40"]),
        ("_", ["L10", "L20", "L30", "L40"]),
        ("Gate 100%_\\", ["L10", "L20", "L30", "L40"]),
        (".*", []),
        ("a .*", []),
        ("café", ["L1", "L11", "L16", "L21", "L26", "L31", "L36", "L6"]),
        ("000000000033", ["L33"]),
        ("'; DROP TABLE lanes; --", []),
    ],
)
def test_words_are_found_in_any_text(client: httpx.Client, words: str, expected: list[str]) -> None:
    document = read(client, ROADS, params={"q": words, "limit": "100"})
    assert names(document) == expected
    assert document["numberMatched"] == len(expected)


def test_every_type_is_written_as_json_has_it(client: httpx.Client) -> None:
    found = {f["id"]: f["properties"] for f in read(client, f"{ROADS}?limit=100")["features"]}
    assert list(found["L3"]) == [
        "name",
        "note",
        "tags",
        "extra",
        "odd",
        "size",
        "ratio",
        "day",
        "local",
        "key",
    ]
    assert found["L3"] == {
        "name": "Lane 3", "note": None, "tags": ["a", "b3"], "extra": {"n": 3}, "odd": [3, None], "size": 1.0,
        "ratio": 0.375, "day": "2026-01-04", "local": "2026-01-01T11:00:00+00:00",
        "key": "00000000-0000-0000-0000-000000000003",
    }  # fmt: skip
    assert [found[f"L{n}"]["size"] for n in (4, 5, 6)] == [None, None, None]
    assert [found[f"L{n}"]["ratio"] for n in (4, 5)] == [None, None]
    assert found["L1"]["note"] == 'CAFÉ "quoted" \\ <b>'


def test_a_list_is_asked_for_by_what_it_holds(client: httpx.Client) -> None:
    assert names(read(client, f"{ROADS}?tags=b7")) == ["L7"]
    assert read(client, f"{ROADS}?tags=a")["numberMatched"] == 40
    assert refused(client, ROADS, extra="{}") == ["extra"]
    assert refused(client, ROADS, sortby="extra") == ["sortby"]
    assert refused(client, ROADS, sortby="tags") == ["sortby"]


def test_geometries_are_simplified_to_a_pixel_of_the_zoom(client: httpx.Client) -> None:
    whole = read(client, f"{ROADS}?limit=1")["features"][0]["geometry"]
    sizes = []
    for zoom in (30, 16, 8, 0):
        page = read(client, f"{ROADS}?limit=1&zoom-level={zoom}")["features"][0]["geometry"]
        assert page["type"] == "LineString"
        assert shape(page).hausdorff_distance(shape(whole)) <= 360 / 256 / 2**zoom
        sizes.append(len(page["coordinates"]))
        item = client.get(f"{ROADS}/L1?zoom-level={zoom}").json()
        assert item["geometry"] == page
    assert sizes[0] == 201
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 2
    metres = read(client, f"{ROADS}?limit=1&zoom-level=8&crs=http://www.opengis.net/def/crs/EPSG/0/3857")
    assert len(metres["features"][0]["geometry"]["coordinates"]) == sizes[2]


def test_an_item_takes_the_parameters_of_its_form(client: httpx.Client) -> None:
    item = client.get(f"{ITEMS}/5?properties=kind&skipGeometry=true&lang=en&f=json").json()
    assert item["properties"] == {"kind": "oak"}
    assert item["geometry"] is None
    own = link(item, "self")
    assert own is not None
    assert client.get(own).json() == item
    assert refused(client, f"{ITEMS}/5", limit="1") == ["limit"]
    assert refused(client, f"{ITEMS}/5", filter="kind = 'x'") == ["filter"]


def test_a_layer_of_many_attributes_is_written(client: httpx.Client, postgis_url: str) -> None:
    """A function of PostgreSQL takes a hundred arguments."""
    columns = [f"c{n}" for n in range(120)]
    with connect(postgis_url, autocommit=True) as owner:
        listed = ", ".join(f"{name} int DEFAULT {number}" for number, name in enumerate(columns))
        owner.execute(f"CREATE TABLE wide (id int PRIMARY KEY, geom geometry, {listed})".encode())
        owner.execute(
            "INSERT INTO wide (id) VALUES (1); GRANT SELECT ON wide TO citygrid_city, citygrid_system"
        )
        fields = [{"name": name, "type": "integer", "title": "", "title_en": ""} for name in columns]
        owner.execute(
            "INSERT INTO layer (name, title, title_en, description, kind, relation, id_column,"
            " geometry_column, geometry_type, fields, tile_fields, position)"
            " VALUES ('wide', '', '', '', 'table', 'wide', 'id', 'geom', 'geometry', %s, '[]', 952)",
            [json.dumps(fields)],
        )
        try:
            for _ in range(40):
                answer = client.get("/ogc/collections/wide/items")
                if answer.status_code == 200:
                    break
                time.sleep(0.1)
            assert answer.json()["features"][0]["properties"] == {name: n for n, name in enumerate(columns)}
        finally:
            owner.execute("DELETE FROM layer WHERE name = 'wide'; DROP TABLE wide")
