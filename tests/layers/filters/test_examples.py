"""The standard's 229 examples: text and JSON compile to the same SQL, or are refused for the same reason."""

from __future__ import annotations

import json

import pytest

from layers.filters import compile_filter, parse
from layers.filters.nodes import Array, Call, Interval, Property
from spatial.errors import InvalidInput
from tests.layers.filters.conftest import DATA, make_layer

EXAMPLES = json.loads((DATA / "examples.json").read_text(encoding="utf-8"))

TYPES = {
    "number": "windSpeed balance depth vehicle_height bridge_clearance eo:cloud_cover landsat:wrs_row"
    " floors taxes value foo bar x",
    "string": "city cityName name road_class etat_vol landsat:scene_id eo:instrument landsat:wrs_path"
    " beamMode swathDirection polarization owner material geophys:SURVEY_NAME id",
    "integer": "category",
    "boolean": "swimming_pool",
    "date-time": "updated event_time touchdown liftOff starts_at ends_at updated_at",
    "date": "built",
    "array": "layer:ids values",
}
OTHER_TYPES = {
    # The examples name one thing by two types.
    "example08": {"landsat:wrs_path": "number"},
    "example04": {"landsat:wrs_path": "number"},
    "example06a": {"landsat:wrs_path": "number"},
    "example06b": {"landsat:wrs_path": "number"},
    "example40": {"value": "string"},
}
GEOMETRIES = {"geometry", "road", "footprint", "location"}

REFUSED = {
    "clause6_01": "no function or operator 'avg'",
    "clause6_02b": "no function or operator 'avg'",
    "clause7_18": "no function or operator 'buffer'",
    "example46": "has an invalid Polygon: ring self-intersection at -0.333333 89",
    "example49": "has an invalid Polygon: hole lies outside shell at -65.887123 2.00001",
    "example68": "no function or operator 'foo'",
    "example69": "no function or operator 'bar'",
    "example81": "a list that is compared with a property takes a text",
    "example82": "a list that is compared with a property takes a text",
}
"""What an implementation may leave out (functions it does not offer, lists of mixed types), and two polygons
of random points that are none."""


def layer_for(name: str, tree) -> object:
    types = {field: type_ for type_, fields in TYPES.items() for field in fields.split()}
    types |= OTHER_TYPES.get(name, {})
    used = set(names(tree))
    shape = next(iter(used & GEOMETRIES - {"geometry"}), "geom")
    assert used <= types.keys() | GEOMETRIES
    return make_layer(
        name, {field: type_ for field, type_ in types.items() if field in used}, geometry_column=shape
    )


def names(node):
    """List the properties in a tree."""
    if isinstance(node, Property):
        yield node.name
    parts = ()
    if isinstance(node, Call):
        parts = node.arguments
    elif isinstance(node, Array):
        parts = node.items
    elif isinstance(node, Interval):
        parts = (node.start, node.end)
    for part in parts:
        yield from names(part)


def compiled(name: str, given: str, language: str):
    """SQL and values of an example, or why it is refused."""
    try:
        expression = parse(given, language)
        condition = compile_filter(expression, layer_for(name, expression.root))
    except InvalidInput as error:
        return error.detail
    return condition.text.as_string(None), dict(condition.values)


def test_all_examples_are_here() -> None:
    assert len(EXAMPLES["text"]) == 120
    assert len(EXAMPLES["json"]) == 109


@pytest.mark.parametrize("name", EXAMPLES["text"])
def test_a_text_and_its_json_twin_mean_the_same(name) -> None:
    twin = name.split("-alt")[0]
    as_text = compiled(twin, EXAMPLES["text"][name], "cql2-text")
    as_json = compiled(twin, json.dumps(EXAMPLES["json"][twin]), "cql2-json")
    assert as_text == as_json
    if twin in REFUSED:
        assert REFUSED[twin] in as_text
    else:
        assert isinstance(as_text, tuple), as_text
