"""Extra fields by JSON schema: what is wrong is said of its field, and a schema cannot do harm."""

from __future__ import annotations

import time

import pytest

from spatial.errors import InvalidInput
from spatial.extras import check_extras, check_schema

LAMP = {
    "type": "object",
    "properties": {
        "height_m": {"type": "number", "minimum": 1, "maximum": 40, "title": "高度"},
        "light": {"enum": ["led", "sodium"]},
        "pole": {"type": "string", "pattern": "^[A-Z][0-9]{3}$", "maxLength": 10},
        "lit_on": {"type": "string", "format": "date"},
        "arms": {"type": "array", "items": {"type": "object", "properties": {"watt": {"type": "integer"}}}},
    },
    "required": ["height_m"],
    "additionalProperties": False,
}


def found(schema, value, check=check_extras) -> dict[str, str]:
    with pytest.raises(InvalidInput) as error:
        check(schema, value, "attributes")
    return {each.where: each.reason for each in error.value.problems}


def test_what_fits_passes() -> None:
    check_schema(LAMP)
    check_extras(LAMP, {"height_m": 9, "light": "led", "pole": "A123", "arms": [{"watt": 60}]})
    check_extras({}, {"anything": [1, None, {"a": "b"}]})
    check_schema({})


@pytest.mark.parametrize(
    ("attributes", "where", "reason"),
    [
        ({}, "attributes.height_m", "is required"),
        ({"height_m": "9"}, "attributes.height_m", "must be number"),
        ({"height_m": 0.5}, "attributes.height_m", "must be 1 or more"),
        ({"height_m": True}, "attributes.height_m", "must be number"),
        ({"height_m": 2, "light": "gas"}, "attributes.light", "must be one of led, sodium"),
        ({"height_m": 2, "pole": "a1"}, "attributes.pole", "must match ^[A-Z][0-9]{3}$"),
        ({"height_m": 2, "lit_on": "2026-13-01"}, "attributes.lit_on", "must be a date"),
        ({"height_m": 2, "arms": [{}, {"watt": "x"}]}, "attributes.arms[1].watt", "must be integer"),
        ({"height_m": 2, "colour": 1}, "attributes.colour", "is not an attribute of it"),
        ([], "attributes", "must be an object"),
        ({"height_m": 2, "pole": "x" * 70_000}, "attributes", "is larger than 64 KiB"),
    ],
)
def test_what_does_not_fit_is_named(attributes, where: str, reason: str) -> None:
    assert found(LAMP, attributes)[where] == reason


def test_every_mistake_is_named() -> None:
    told = found({**LAMP, "required": ["height_m", "light"]}, {"pole": "a", "x": 1})
    assert {"attributes.height_m", "attributes.light", "attributes.pole", "attributes.x"} <= set(told)


def deep(levels: int):
    return {"type": "object", "properties": {"a": deep(levels - 1)}} if levels else {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ({"$ref": "https://evil.example/schema.json"}, "schema.$ref"),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#x"}}}, "schema.properties.a.$dynamicRef"),
        ({"type": "object", "properties": {"a": {"pattern": "(?=x)y"}}}, "schema.properties.a.pattern"),
        ({"type": "object", "properties": {"a": {"pattern": "(a"}}}, "schema.properties.a.pattern"),
        ({"type": "object", "patternProperties": {"(a+)+$": {}}}, "schema.patternProperties"),
        ({"type": "array"}, "schema.type"),
        ({"type": "object", "properties": {"a": {"type": "lamp"}}}, "schema.properties.a.type"),
        ({"type": "object", "properties": {"a": True}}, "schema.properties.a"),
        ({"type": "object", "properties": {"a": {"minimum": "1"}}}, "schema.properties.a.minimum"),
        ({"type": "object", "properties": {"a": {"maxItems": -1}}}, "schema.properties.a.maxItems"),
        ({"type": "object", "properties": {"a": {"enum": []}}}, "schema.properties.a.enum"),
        ({"type": "object", "required": "height"}, "schema.required"),
        ({"type": "object", "properties": {f"p{n}": {} for n in range(201)}}, "schema.properties"),
        ({"type": "object", "description": "x" * 40_000}, "schema"),
        ({"type": "object", "anyOf": [{}]}, "schema.anyOf"),
        ("text", "schema"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value)[:40],
)
def test_a_schema_that_could_do_harm_is_refused(schema, where: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_schema(schema)
    assert where in [each.where for each in error.value.problems]


def test_a_deep_schema_is_refused() -> None:
    check_schema(deep(6))
    with pytest.raises(InvalidInput, match="nested"):
        check_schema(deep(8))
    bottomless: dict = {}
    bottomless["properties"] = {"a": bottomless}
    with pytest.raises(InvalidInput):
        check_schema(bottomless)


def test_a_pattern_that_would_run_away_is_linear() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    check_schema(schema)
    started = time.process_time()
    assert "attributes.a" in found(schema, {"a": "a" * 5_000 + "!"})
    assert time.process_time() - started < 60, "Python's own engine would not end before the sun does"
