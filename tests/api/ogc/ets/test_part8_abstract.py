"""Abstract tests of Part 8: sortables and sorting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import GEOJSON, Door, Json
from tests.api.ogc.ets.standard import PROBLEM, check, check_schema

REL = "http://www.opengis.net/def/rel/ogc/1.0"
BASE = "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf"


def sortables(door: Door, collection: Json) -> Json:
    return door.take(f"/collections/{collection['id']}/sortables", "application/schema+json").json


def test_get_conformance(conforms: set[str]) -> None:
    """/conf/{sortables,sorting,features-sorting}/get-conformance."""
    assert {f"{BASE}/{name}" for name in ("sortables", "sorting", "features-sorting")} <= conforms


def test_get_sortables_uris(door: Door) -> None:
    """/conf/sortables/get-sortables-uris: every sortable resource links to its sortables in a header, too."""
    for collection in door.collections:
        [items] = [each for each in collection["links"] if each["rel"] == "items" and each["type"] == GEOJSON]
        headers = door.client.head(items["href"], headers={"accept": "application/json"}).headers
        wanted = f'<{door.url}/collections/{collection["id"]}/sortables>; rel="{REL}/sortables"'
        assert wanted in headers.get("link", "")


def test_get_sortables(door: Door) -> None:
    """/conf/sortables/get-sortables."""
    for collection in door.collections:
        schema = sortables(door, collection)
        check_schema(schema)
        assert schema["$id"] == f"{door.url}/collections/{collection['id']}/sortables"
        assert schema["properties"]
        assert schema["additionalProperties"] is False
        assert all("type" in each for each in schema["properties"].values())


def test_get_collection(door: Door) -> None:
    """/conf/features-sorting/get-collection."""
    for collection in door.collections:
        alone = door.take(f"/collections/{collection['id']}").json
        [found] = [each for each in alone["links"] if each["rel"] == f"{REL}/sortables"]
        assert found["href"] == f"{door.url}/collections/{collection['id']}/sortables"


def orders(door: Door) -> Iterator[tuple[Json, str, Json]]:
    for collection in door.collections:
        for name, schema in sortables(door, collection)["properties"].items():
            yield collection, name, schema


def test_sortby_param(door: Door) -> None:
    """/conf/sorting/sortby-param: the whole collection in the order asked for, both ways, and nothing
    lost."""
    for collection, name, schema in orders(door):
        for sign in ("", "+", "-"):
            found = door.page(collection, sortby=f"{sign}{name}", limit=500).json["features"]
            in_order(
                [each["properties"][name] for each in found], schema, sign == "-", (collection["id"], name)
            )
    for collection in door.collections:
        answer = door.page(collection, sortby="THIS IS NOT A SORTBY EXPRESSION").response
        assert answer.status_code == 400
        check(PROBLEM, answer.json())


def in_order(values: list[Any], schema: Json, descending: bool, where: Any) -> None:
    """Numbers and times by size; texts are ordered by the database's rules, so only equal ones must lie
    together."""
    given = [each for each in values if each is not None]
    if schema["type"] == "string" and schema.get("format") not in ("date", "date-time"):
        runs = [value for place, value in enumerate(given) if place == 0 or given[place - 1] != value]
        assert len(runs) == len(set(runs)), where
        return
    moments = schema.get("format") == "date-time"
    keys = [datetime.fromisoformat(each) if moments else each for each in given]
    assert keys == sorted(keys, reverse=descending), where


def test_both_ways_are_each_other_backwards(door: Door) -> None:
    """/req/sorting/sortby-response: a descending order is the ascending one read from its end, nothing
    lost."""
    for collection in door.collections:
        for name in list(sortables(door, collection)["properties"])[1:3]:
            up, down = (door.every(collection, sortby=sign + name) for sign in ("", "-"))
            looks.same(up, door.every(collection))
            given = [each["properties"][name] for each in up if each["properties"][name] is not None]
            back = [each["properties"][name] for each in reversed(down)]
            assert given == [each for each in back if each is not None], (collection["id"], name)


def test_sortby_order_default(door: Door) -> None:
    """/conf/sorting/sortby-order-default: without sortby in the order that the collection names."""
    for collection in door.collections:
        for name in collection.get("defaultSortOrder", []):
            bare = [each["id"] for each in door.every(collection)]
            assert bare == [each["id"] for each in door.every(collection, sortby=name)]


def test_expression_construction(door: Door) -> None:
    """/conf/sorting/expression-construction: unknown sortables are refused, and geometry is none."""
    for collection in door.collections:
        for name in ("this_is_not_a_sortable", "geometry", "", ","):
            assert door.page(collection, sortby=name).response.status_code == 400, name


def test_sorting_on_items(door: Door) -> None:
    """/conf/features-sorting/features-sorting: several keys, and pages that go on in the same order."""
    for collection in door.collections:
        names = list(sortables(door, collection)["properties"])[:2]
        pair = ",".join([f"-{names[0]}", *names[1:]])
        in_one = [each["id"] for each in door.every(collection, sortby=pair)][:60]
        in_pages = [each["id"] for each in pages(door, collection, pair)]
        assert in_pages == in_one[: len(in_pages)]


def pages(door: Door, collection: Json, order: str) -> list[Json]:
    page = door.page(collection, sortby=order, limit=20).json
    found = page["features"]
    for _ in range(2):
        following = [each["href"] for each in page["links"] if each["rel"] == "next"]
        if not following:
            break
        page = door.take(following[0], GEOJSON).json
        found = [*found, *page["features"]]
    return found


def test_sortby_is_described(door: Door) -> None:
    """/req/sorting/sortby-definition: a list of strings with commas."""
    for collection in door.collections:
        found = door.parameter(f"/collections/{collection['id']}/items", "sortby")
        assert (found["style"], found["explode"], found["schema"]["type"]) == ("form", False, "array")
        assert found["schema"]["items"]["type"] == "string"
