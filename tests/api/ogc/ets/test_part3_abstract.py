"""Abstract tests of Part 3: queryables, queryables as parameters, filter, features-filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shapely.geometry import box as box_of

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import GEOJSON, Door, Json, Taken
from tests.api.ogc.ets.standard import FUNCTIONS, PROBLEM, check, check_schema
from tests.api.ogc.ets.test_crs import in_system, reachable

REL = "http://www.opengis.net/def/rel/ogc/1.0"
CLASSES = ("queryables", "queryables-query-parameters", "filter", "features-filter")
EDGE = 0.0005
NO_CRS = "http://www.opengis.net/def/crs/OGC/0/does_not_exist"


def queryables(door: Door, collection: Json) -> Json:
    return door.take(f"/collections/{collection['id']}/queryables", "application/schema+json").json


def samples(door: Door) -> Iterator[tuple[Json, str, Json]]:
    """Every queryable of every collection that is no geometry."""
    for collection in door.collections:
        for name, schema in queryables(door, collection)["properties"].items():
            if "type" in schema:
                yield collection, name, schema


def filtered(door: Door, collection: Json, text: str, **more: Any) -> Taken:
    return door.page(collection, **{"filter": text, "filter-lang": "cql2-text", "limit": 1000, **more})


def test_get_conformance(conforms: set[str]) -> None:
    """/conf/*/get-conformance."""
    assert {f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}" for name in CLASSES} <= conforms
    # QGIS pushes filters down only when it finds these four together.
    cql2 = "http://www.opengis.net/spec/cql2/1.0/conf"
    assert {f"{cql2}/cql2-text", f"{cql2}/basic-cql2"} <= conforms


def test_get_queryables_uris(door: Door) -> None:
    """/conf/queryables/get-queryables-uris: every filterable resource links to its queryables in a header,
    too."""
    for collection in door.collections:
        [items] = [each for each in collection["links"] if each["rel"] == "items" and each["type"] == GEOJSON]
        headers = door.client.head(items["href"], headers={"accept": "application/json"}).headers
        wanted = f'<{door.url}/collections/{collection["id"]}/queryables>; rel="{REL}/queryables"'
        assert wanted in headers.get("link", ""), headers


def test_get_queryables(door: Door) -> None:
    """/conf/queryables/get-queryables."""
    for collection in door.collections:
        schema = queryables(door, collection)
        check_schema(schema)
        assert schema["$id"] == f"{door.url}/collections/{collection['id']}/queryables"
        assert schema["properties"]
        assert schema["additionalProperties"] is False


def test_query_param(door: Door) -> None:
    """/conf/queryables-query-parameters/query-param: each queryable is a parameter, and equality is meant."""
    for collection, name, schema in samples(door):
        if schema["type"] in ("object", "array"):
            continue
        assert (
            door.parameter(f"/collections/{collection['id']}/items", name)["schema"]["type"] == schema["type"]
        )
        value = next(
            (
                each["properties"][name]
                for each in door.every(collection)
                if each["properties"].get(name) is not None
            ),
            None,
        )
        if value is None:
            continue
        found = door.page(collection, **{name: plain(value), "limit": 1000}).json
        wanted = [each for each in door.every(collection) if each["properties"][name] == value]
        assert found["numberMatched"] == len(wanted), (collection["id"], name, value)
        assert all(each["properties"][name] == value for each in found["features"])


def plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_filter_param(door: Door) -> None:
    """/conf/filter/filter-param: a valid filter is kept, an invalid one refused."""
    for collection, name, _ in samples(door):
        page = filtered(door, collection, f'"{name}" IS NULL').json
        assert all(each["properties"][name] is None for each in page["features"])
        wanted = [each for each in door.every(collection) if each["properties"][name] is None]
        # What is NaN in the table is null in JSON, and no null for a filter.
        assert page["numberMatched"] <= len(wanted)
        rest = filtered(door, collection, f'NOT "{name}" IS NULL', limit=1).json["numberMatched"]
        assert page["numberMatched"] + rest == len(door.every(collection))
    for collection in door.collections:
        answer = filtered(door, collection, "THIS IS NOT A FILTER").response
        assert answer.status_code == 400
        check(PROBLEM, answer.json())


def test_filter_lang_default(door: Door) -> None:
    """/conf/filter/filter-lang-default: without filter-lang it is CQL2 text."""
    for collection, name, _ in samples(door):
        bare = door.page(collection, filter=f'"{name}" IS NULL', limit=1000).json
        assert bare["features"] == filtered(door, collection, f'"{name}" IS NULL').json["features"]
    for collection in door.collections:
        assert door.page(collection, filter="THIS IS NOT A FILTER").response.status_code == 400


def test_expression_construction(door: Door) -> None:
    """/conf/filter/expression-construction: unknown queryables are refused, and named."""
    for collection in door.collections:
        answer = filtered(door, collection, "this_is_not_a_queryable IS NULL").response
        assert answer.status_code == 400
        assert "this_is_not_a_queryable" in answer.text


def whole_box(collection: Json) -> tuple[float, float, float, float] | None:
    """The extent and a strip around it: what lies on an edge need not in another system."""
    [found] = collection["extent"].get("spatial", {}).get("bbox", [None])
    if not found or found[0] > found[2]:
        return None
    west, south, east, north = found
    return west - EDGE, south - EDGE, east + EDGE, north + EDGE


def s_intersects(edges: Any) -> str:
    written = edges if isinstance(edges, str) else ",".join(map(repr, edges))
    return f"S_INTERSECTS(geometry,BBOX({written}))"


def with_geometry(door: Door, collection: Json) -> list[Json]:
    return [each for each in door.every(collection) if each["geometry"]]


def test_filter_crs_wgs84(door: Door) -> None:
    """/conf/filter/filter-crs-wgs84: longitude, latitude unless told; what is no place on earth is
    refused."""
    for collection in door.collections:
        edges = whole_box(collection)
        if edges:
            matched = filtered(door, collection, s_intersects(edges), limit=1).json["numberMatched"]
            assert matched == len(with_geometry(door, collection))
        answer = filtered(door, collection, s_intersects((1e6, 1e6, 2e6, 2e6))).response
        assert answer.status_code == 400, (collection["id"], answer.text[:200])


def test_filter_crs_param(door: Door) -> None:
    """/conf/filter/filter-crs-param: coordinates of the filter in every system of the collection."""
    for collection in door.collections:
        edges = whole_box(collection)
        if not edges:
            continue
        for uri in collection["crs"]:
            if not reachable(box_of(*edges), uri):
                continue
            text = s_intersects(in_system(edges, uri))
            page = filtered(door, collection, text, **{"filter-crs": uri, "limit": 1}).json
            assert page["numberMatched"] == len(with_geometry(door, collection)), (collection["id"], uri)
        answer = filtered(door, collection, s_intersects(edges), **{"filter-crs": NO_CRS}).response
        assert answer.status_code == 400


def test_mixing_expression(door: Door) -> None:
    """/conf/filter/mixing-expression: filter, bbox and everything else must all hold."""
    for collection in door.collections:
        edges = whole_box(collection)
        if not edges:
            continue
        text = s_intersects(edges)
        whole = filtered(door, collection, text, bbox=",".join(map(repr, edges)), limit=1).json
        assert whole["numberMatched"] == len(with_geometry(door, collection))
        away = "-170,-80,-160,-75"
        assert filtered(door, collection, text, bbox=away).json["features"] == []


def test_get_functions(door: Door) -> None:
    """/conf/filter/get-functions."""
    document = door.take("/functions").json
    check(FUNCTIONS, document)
    names = [each["name"] for each in document["functions"]]
    assert len(set(names)) == len(names)


def test_get_collections(door: Door) -> None:
    """/conf/features-filter/get-collections."""
    assert door.take("/collections").response.headers["content-type"] == "application/json"
    assert door.collections


def test_get_collection(door: Door) -> None:
    """/conf/features-filter/get-collection: the link to the queryables, and the systems."""
    for collection in door.collections:
        alone = door.take(f"/collections/{collection['id']}").json
        [found] = [each for each in alone["links"] if each["rel"] == f"{REL}/queryables"]
        assert found["href"] == f"{door.url}/collections/{collection['id']}/queryables"
        assert alone["crs"]


def test_filter_on_items(door: Door) -> None:
    """/conf/features-filter/filter-on-items: a filter in JSON finds what the same filter in text finds."""
    for collection, name, _ in samples(door):
        text = filtered(door, collection, f'"{name}" IS NULL').json["features"]
        written = f'{{"op":"isNull","args":[{{"property":"{name}"}}]}}'
        page = door.page(collection, **{"filter": written, "filter-lang": "cql2-json", "limit": 1000})
        looks.same(page.json["features"], text)


@pytest.mark.parametrize("name", ["filter", "filter-lang", "filter-crs"])
def test_parameters_of_filters_are_described(door: Door, name: str) -> None:
    """/req/filter/filter-param and its neighbours, as fragments of OpenAPI."""
    for collection in door.collections:
        found = door.parameter(f"/collections/{collection['id']}/items", name)
        assert (found["in"], found["required"], found["schema"]["type"]) == ("query", False, "string")
    languages = door.parameter(f"/collections/{door.collections[0]['id']}/items", "filter-lang")["schema"]
    assert (languages["default"], set(languages["enum"])) == (
        "cql2-text",
        {"cql2-text", "cql2-json", "cql-text"},
    )
