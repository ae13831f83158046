"""Abstract tests of Part 5 (Common Part 3): schemas, roles, and what features have to do with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import GEOJSON, Door, Json
from tests.api.ogc.ets.standard import GEOMETRY, GEOMETRY_FORMATS, check, check_schema

REL = "http://www.opengis.net/def/rel/ogc/1.0"
KINDS = ("schema", "queryables", "sortables")
UCUM = re.compile(r"(%|deg|[kcm]?m[23]?|km2|m/s|km/h|s|h|min|kg|t|k?Pa|MPa|m3/h|L/s|kW)")
TYPES_OF = {
    "geometry-point-or-multipoint": {"Point", "MultiPoint"},
    "geometry-linestring-or-multilinestring": {"LineString", "MultiLineString"},
    "geometry-polygon-or-multipolygon": {"Polygon", "MultiPolygon"},
}


def schemas(door: Door, kinds: tuple[str, ...] = KINDS) -> Iterator[tuple[Json, str, Json]]:
    assert door.collections
    for collection in door.collections:
        for kind in kinds:
            yield (
                collection,
                kind,
                door.take(f"/collections/{collection['id']}/{kind}", "application/schema+json").json,
            )


def with_role(schema: Json, role: str) -> list[Json]:
    return [each for each in schema["properties"].values() if each.get("x-ogc-role") == role]


def test_get_conformance(conforms: set[str]) -> None:
    """/conf/{queryables,sortables}/get-conformance, by both names of the standard."""
    for standard in ("ogcapi-features-5", "ogcapi-common-3"):
        for name in ("schemas", "advanced-property-roles", "queryables", "sortables"):
            assert f"http://www.opengis.net/spec/{standard}/1.0/conf/{name}" in conforms


def test_basic_schema_inspection(door: Door) -> None:
    """/conf/schemas/basic-schema-inspection."""
    for _, _, schema in schemas(door):
        check_schema(schema)
        again = door.client.get(schema["$id"], headers={"accept": "application/schema+json"})
        assert (again.status_code, again.headers["content-type"]) == (200, "application/schema+json")
        assert again.json() == schema
        assert "?" not in schema["$id"]


def test_the_id_stays_the_same_whatever_was_asked_with(door: Door) -> None:
    """/req/schemas/json-schema B: `$id` is without query."""
    for collection, kind, schema in schemas(door):
        asked = door.take(f"/collections/{collection['id']}/{kind}", f="json", lang="en").json
        assert asked["$id"] == schema["$id"]


def test_role(door: Door) -> None:
    """/conf/schemas/role."""
    for _, _, schema in schemas(door):
        roles = [each["x-ogc-role"] for each in schema["properties"].values() if "x-ogc-role" in each]
        assert set(roles) <= {"id", "primary-geometry", "primary-instant"}


def test_role_id(door: Door) -> None:
    """/conf/schemas/role-id: exactly one in what is returned; at most one in what can be asked for."""
    for _, kind, schema in schemas(door):
        found = with_role(schema, "id")
        assert len(found) == 1 if kind == "schema" else len(found) <= 1
        assert all(each["type"] in ("string", "integer") for each in found)


def test_property_seq(door: Door) -> None:
    """/conf/schemas/property-seq: integers, each once."""
    for _, _, schema in schemas(door):
        found = [each["x-ogc-propertySeq"] for each in schema["properties"].values()]
        assert sorted(found) == found == list(dict.fromkeys(found))


def test_unit(door: Door) -> None:
    """/conf/schemas/unit: UCUM, of numbers alone."""
    for _, _, schema in schemas(door):
        for each in schema["properties"].values():
            if "x-ogc-unit" in each:
                assert each["type"] in ("number", "integer")
                assert UCUM.fullmatch(each["x-ogc-unit"])


def test_definition_and_nullvalues(door: Door) -> None:
    """/conf/schemas/definition, /conf/schemas/nullvalues: neither keyword is used."""
    for _, _, schema in schemas(door):
        for each in schema["properties"].values():
            assert not {"x-ogc-definition", "x-ogc-nullValues"} & set(each)


def test_role_primary_geometry(door: Door) -> None:
    """/conf/advanced-property-roles/role-primary-geometry."""
    for _, kind, schema in schemas(door):
        found = with_role(schema, "primary-geometry")
        assert len(found) == (0 if kind == "sortables" else 1)
        assert all(each["format"] in GEOMETRY_FORMATS and "type" not in each for each in found)


def test_role_primary_temporal(door: Door) -> None:
    """/conf/advanced-property-roles/role-primary-temporal."""
    found = []
    for collection, _, schema in schemas(door):
        instants = with_role(schema, "primary-instant")
        assert len(instants) <= 1
        assert instants or "temporal" not in collection["extent"]
        found += instants
    assert found
    assert all(
        (each["type"], each["format"]) in {("string", "date-time"), ("string", "date")} for each in found
    )


def test_role_type(door: Door) -> None:
    """/conf/advanced-property-roles/role-type: not used."""
    assert not any(with_role(schema, "type") for _, _, schema in schemas(door))


def test_link(door: Door) -> None:
    """/conf/{returnables-and-receivables,queryables,sortables}/link."""
    for collection, kind, _ in schemas(door):
        links = door.take(f"/collections/{collection['id']}").json["links"]
        [found] = [each for each in links if each["rel"] == f"{REL}/{kind}"]
        assert found["href"] == f"{door.url}/collections/{collection['id']}/{kind}"
        assert found["type"] == "application/schema+json"


def test_op_and_response_sortables(door: Door) -> None:
    """/conf/sortables/op-and-response: what has an order."""
    for _, _, schema in schemas(door, ("sortables",)):
        assert all(each["type"] not in ("array", "object") for each in schema["properties"].values())


def features_of(door: Door, collection: Json) -> list[Json]:
    page = door.page(collection, limit=200).json["features"]
    singles = [looks.one(door, collection, each["id"]).json for each in page[:3]]
    return [*page, *singles]


def test_response_1(door: Door) -> None:
    """/conf/returnables-and-receivables/response-1: features are what their schema says."""
    for collection, _, schema in schemas(door, ("schema",)):
        properties = schema["properties"]
        [named] = [name for name, each in properties.items() if each.get("x-ogc-role") == "id"]
        for each in features_of(door, collection):
            valid(properties[named], as_typed(each["id"], properties[named]))
            check(GEOMETRY, each["geometry"])
            if each["geometry"]:
                assert each["geometry"]["type"] in TYPES_OF.get(
                    properties["geometry"]["format"], {each["geometry"]["type"]}
                )
            assert set(each["properties"]) == set(properties) - {"geometry"} - missing(named, each)
            for name, value in each["properties"].items():
                if value is not None:
                    valid(properties[name], value)


def missing(named: str, feature: Json) -> set[str]:
    """An identifier that is no attribute stands outside the properties alone."""
    return set() if named in feature["properties"] else {named}


def as_typed(identifier: Any, schema: Json) -> Any:
    """An identifier in the address is always text; a number in GeoJSON must be that very number."""
    return int(identifier) if schema["type"] == "integer" else str(identifier)


def valid(schema: Json, value: Any) -> None:
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def test_titles_come_in_two_languages(door: Door) -> None:
    """Recommendation: each property has a human-readable title; here in the reader's language."""
    for collection, kind, schema in schemas(door):
        english = door.take(f"/collections/{collection['id']}/{kind}", GEOJSON, lang="en").json
        assert all(each["title"] for each in schema["properties"].values())
        assert [each["title"] for each in english["properties"].values()] != [
            each["title"] for each in schema["properties"].values()
        ] or not schema["properties"]
