"""Abstract tests of Part 1 that the executable suite leaves out: oas30, geojson, html, extents."""

from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import shapely
from jsonschema import Draft4Validator

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import GEOJSON, Door, Json, geometry_of
from tests.api.ogc.ets.standard import FEATURE, FEATURES, PROBLEM, array, check

JSON_RESOURCES = ("/", "/openapi", "/conformance", "/collections", "/functions")


def test_oas30_oas_definition_1(door: Door) -> None:
    """/conf/oas30/oas-definition-1: the definition in JSON and as a page, by their links."""
    types = {each["type"] for each in door.take("").json["links"] if each["rel"].startswith("service-")}
    assert types == {"application/vnd.oai.openapi+json;version=3.0", "text/html"}


def test_oas30_oas_impl(door: Door) -> None:
    """/conf/oas30/oas-impl: every operation that is described is there and answers as it is described."""
    for path, operations in door.definition["paths"].items():
        if "{" in path or "get" not in operations:
            continue
        described = door.resolved(operations["get"]["responses"]["200"])
        answer = door.take(path.removesuffix("/"), next(iter(described["content"]))).response
        assert answer.status_code == 200, path
        assert {answer.headers["content-type"], "*/*"} & set(described["content"]), path


def test_oas30_completeness(door: Door) -> None:
    """/conf/oas30/completeness: every status that the door gives is described, with its form."""
    statuses = {
        "/": 400, "/collections": 400, "/collections/{id}": 400, "/collections/{id}/items": 400,
        "/collections/{id}/items/{featureId}": 404,
    }  # fmt: skip
    name = door.collections[0]["id"]
    for path, wanted in statuses.items():
        here = path.replace("{id}", name)
        answer = door.client.get(f"{door.url}{here.replace('{featureId}', 'nobody')}", params=bad(wanted))
        assert answer.status_code == wanted
        described = door.resolved(door.operation(here)["responses"][str(wanted)])
        assert answer.headers["content-type"] in described["content"]


def bad(status: int) -> dict[str, str]:
    return {"unknown": "1"} if status == 400 else {}


def test_oas30_exception_codes(door: Door) -> None:
    """/conf/oas30/exception-codes: errors have the schema that the definition gives for them."""
    for path, operations in door.definition["paths"].items():
        for operation in operations.values():
            if not isinstance(operation, dict):
                continue
            assert {"400", "404"} & set(operation["responses"]) or "default" in operation["responses"], path
    check(PROBLEM, door.client.get(f"{door.url}/collections/none").json())


def test_oas30_security(door: Door, stranger: Any) -> None:
    """/conf/oas30/security: what is described is what is asked for."""
    schemes = door.definition["components"]["securitySchemes"]
    named = {name for each in door.definition["security"] for name in each}
    assert named == set(schemes)
    assert {each["scheme"] for each in schemes.values()} == {"basic", "bearer"}
    answer = stranger.get("/ogc/collections")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


def plain_schema(door: Door, schema: Json) -> Json:
    """Make a schema of OpenAPI 3.0 one of JSON Schema: references put in, `nullable` spelled out."""
    found = {name: _plain(door, each) for name, each in door.resolved(schema).items() if name != "nullable"}
    if door.resolved(schema).get("nullable"):
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _plain(door: Door, part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(door, each) for each in part]
    return plain_schema(door, part) if isinstance(part, dict) else part


@pytest.mark.parametrize("path", JSON_RESOURCES)
def test_answers_are_valid_by_our_own_definition(door: Door, path: str) -> None:
    """/conf/oas30/completeness: response objects describe what is sent."""
    described = door.resolved(door.operation(path)["responses"]["200"])["content"]
    media_type = next(each for each in described if "json" in each)
    schema = plain_schema(door, described[media_type]["schema"])
    Draft4Validator(schema).validate(door.take(path.removesuffix("/")).json)


def test_features_are_valid_by_our_own_definition(door: Door) -> None:
    """/conf/oas30/completeness: also for features."""
    for collection in door.collections:
        path = f"/collections/{collection['id']}/items"
        described = door.resolved(door.operation(path)["responses"]["200"])["content"]
        Draft4Validator(plain_schema(door, described[GEOJSON]["schema"])).validate(door.page(collection).json)


def test_geojson_definition(door: Door) -> None:
    """/conf/geojson/definition: JSON for documents, GeoJSON for features, when either is asked for."""
    for collection in door.collections:
        for accept in (GEOJSON, "application/json", f"{GEOJSON}, application/json"):
            [items] = [
                each for each in collection["links"] if each["rel"] == "items" and each["type"] == GEOJSON
            ]
            assert door.take(items["href"], accept).response.headers["content-type"] == GEOJSON


def test_geojson_content(door: Door) -> None:
    """/conf/geojson/content: what is sent is RFC 7946."""
    for collection in door.collections:
        check(FEATURES, door.page(collection, limit=200).json)
        check(array(FEATURE), door.every(collection)[:500])
        for each in door.every(collection)[:500]:
            for part in shapely.get_parts(geometry_of(each)):
                if part is not None and part.geom_type == "Polygon":
                    assert shapely.is_ccw(part.exterior), "RFC 7946: outer rings are counter-clockwise"
                    assert not any(map(shapely.is_ccw, part.interiors)), "and holes are clockwise"


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]


def html_paths(door: Door) -> list[str]:
    name = door.collections[0]["id"]
    below = ["", "/schema", "/queryables", "/sortables", "/items"]
    return ["", "/openapi", "/conformance", "/collections", *(f"/collections/{name}{each}" for each in below)]


def test_html_definition(door: Door) -> None:
    """/conf/html/definition: every 200 can be had as text/html."""
    for path in html_paths(door):
        answer = door.take(path, "text/html").response
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_html_content(door: Door) -> None:
    """/conf/html/content: the page holds what the JSON holds, and its links."""
    for path in html_paths(door):
        page = Page(door.take(path, "text/html").response.text)
        assert page.tags[0] == "html"
        assert {"title", "main", "h1"} <= set(page.tags)
        assert page.links
    text = door.take("/collections", "text/html").response.text
    assert all(f"<code>{each['id']}</code>" in text for each in door.collections)


def test_fc_md_extent_multi(door: Door) -> None:
    """/conf/core/fc-md-extent-multi: the first box holds every feature, the first interval every time."""
    for collection in door.collections:
        for west, south, east, north in collection["extent"].get("spatial", {}).get("bbox", [])[:1]:
            wide = east if west <= east else east + 360
            for each in door.every(collection):
                geometry = geometry_of(each)
                if geometry is None:
                    continue
                left, low, right, high = geometry.bounds
                turn = 360 if right < west - looks.EDGE else 0
                assert west - looks.EDGE <= left + turn <= right + turn <= wide + looks.EDGE
                assert south - looks.EDGE <= low <= high <= north + looks.EDGE
        times_within(door, collection)


def times_within(door: Door, collection: Json) -> None:
    for begin, end in collection["extent"].get("temporal", {}).get("interval", [])[:1]:
        schema = door.take(f"/collections/{collection['id']}/schema").json["properties"]
        [name] = [name for name, each in schema.items() if each.get("x-ogc-role") == "primary-instant"]
        times = [each["properties"][name] for each in door.every(collection)]
        assert all(
            datetime.fromisoformat(begin) <= datetime.fromisoformat(each) <= datetime.fromisoformat(end)
            for each in times
            if each
        )
