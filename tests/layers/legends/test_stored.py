"""Looks that people made: what is refused and where, what is advised, and that a broken one does no harm."""

from __future__ import annotations

import json
import math
from typing import Any

import psycopg
import pytest

from layers import catalogue
from layers.builtin import sync
from layers.legends.advice import advice
from layers.legends.defaults import default, legend_of
from layers.legends.stored import KEY, parsed, store, written
from spatial.errors import InvalidInput, NotFound
from tests.layers.legends.samples import HOSTILE, by_range, by_values, layer

DOT: dict[str, Any] = {"mark": {"shape": "circle", "colour": "#0072b2"}}
FIVE = {"count": 5, "colour": "#000000", "radius_px": 5}
LINE: dict[str, Any] = {"strokes": [{"colour": "#0072b2"}]}


def one(symbol: Any = None, **more: Any) -> dict[str, Any]:
    return {"title": "甲", "title_en": "A", "symbol": DOT if symbol is None else symbol, **more}


def refusals(document: Any, geometry_type: str = "point") -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        parsed(document, layer(geometry_type=geometry_type))
    return [(each.where, each.reason) for each in refused.value.problems]


@pytest.mark.parametrize("geometry_type", ["point", "line", "polygon"])
@pytest.mark.parametrize("make", [by_values, by_range])
def test_a_look_survives_json(make: Any, geometry_type: str) -> None:
    there = layer(geometry_type=geometry_type)
    assert parsed(json.loads(json.dumps(written(make(geometry_type)))), there) == make(geometry_type)


def test_a_bare_number_holds_at_every_zoom() -> None:
    mark = {"shape": "star", "colour": "#0072B2", "size_px": 9}
    look = parsed({"classes": [one({"mark": mark})]}, layer())
    assert look.marks[0].size_px == ((0.0, 9),)
    assert look.marks[0].colour == "#0072b2"


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (None, "legend"),
        ([], "legend"),
        ({}, "classes"),
        ({"classes": []}, "classes"),
        ({"classes": [one()], "colour": "red"}, "colour"),
        ({"classes": [one({"mark": {"shape": "circle", "colour": "red"}})]}, "classes.0.symbol.mark.colour"),
        ({"classes": [one({"mark": {**DOT["mark"], "shape": "skull"}})]}, "classes.0.symbol.mark.shape"),
        ({"classes": [one({"mark": {**DOT["mark"], "size_px": -1}})]}, "classes.0.symbol.mark.size_px.0.1"),
        ({"classes": [one({"mark": {**DOT["mark"], "size_px": []}})]}, "classes.0.symbol.mark.size_px"),
        ({"classes": [one({"mark": {**DOT["mark"], "rim_px": math.nan}})]}, "classes.0.symbol.mark.rim_px"),
        ({"classes": [one(LINE)]}, "classes.0.symbol"),
        ({"classes": [one(), one()]}, "attribute"),
        ({"classes": [one(values=[1])]}, "attribute"),
        ({"classes": [one(values=["a"])], "attribute": "nothing"}, "attribute"),
        ({"classes": [one()], "attribute": "name"}, "classes.0"),
        ({"classes": [one(values=["a"]), one(values=["a"])], "attribute": "name"}, "classes"),
        ({"classes": [one(values=[1]), one(values=["1"])], "attribute": "name"}, "classes"),
        ({"classes": [one(others=True), one(others=True)], "attribute": "name"}, "classes"),
        ({"classes": [one(values=["a"]), one(low=1)], "attribute": "level"}, "classes"),
        ({"classes": [one(low=5, high=5)], "attribute": "level"}, "classes.0"),
        ({"classes": [one(high=5), one(low=4)], "attribute": "level"}, "classes"),
        ({"classes": [one()], "labels": {"attributes": ["nothing"]}}, "labels.attributes"),
        ({"classes": [one()], "labels": {"attributes": []}}, "labels.attributes"),
        ({"classes": [one()], "min_zoom": 9, "max_zoom": 9}, "min_zoom"),
        ({"classes": [one()], "clusters": [FIVE, FIVE]}, "clusters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_at_its_place(document: Any, where: str) -> None:
    assert where in [place for place, _ in refusals(document)]


def test_lines_have_rules_of_their_own() -> None:
    stroke = {"colour": "#0072b2", "dashes": [1, 2, 3], "width_px": [[12, 1], [10, 2]]}
    places = {where for where, _ in refusals({"classes": [one({"strokes": [stroke]})]}, "line")}
    assert places == {"classes.0.symbol.strokes.0.dashes", "classes.0.symbol.strokes.0.width_px"}


def test_advice_names_colours_that_are_mixed_up_or_faint() -> None:
    there = layer(tile_fields=("name",))
    look = parsed(
        {
            "attribute": "level",
            "classes": [
                one({"mark": {"shape": "circle", "colour": "#c03030"}}, title="红", values=[1]),
                one({"mark": {"shape": "circle", "colour": "#607020"}}, title="绿", values=[2]),
                one({"mark": {"shape": "square", "colour": "#f4f2e0"}}, title="白", others=True),
            ],
            "labels": {"attributes": ["level"], "colour": "#999999"},
        },
        there,
    )
    said = {(each.where, each.reason.split(" (")[0]) for each in advice(look, there)}
    assert ("classes.2.symbol", "#f4f2e0 is faint on the base map") in said
    assert ("labels.colour", "is hard to read on its halo") in said
    assert ("attribute", "tiles do not carry the attribute, so on the web map all classes look alike") in said
    assert ("labels.attributes", "tiles carry none of them, so the web map writes no labels") in said
    assert any("mixed up with" in reason and "红" in reason for _, reason in said)
    assert not any("白' are mixed" in reason for _, reason in said), "a shape of its own tells it apart"


def test_a_stored_look_that_does_not_hold_any_more_is_left_aside() -> None:
    gone = {"classes": [one(values=["a"])], "attribute": "dropped"}
    for document in (gone, "nonsense", 5, {"classes": [one(LINE)]}):
        there = layer(about={KEY: document})
        assert legend_of(there) == default(there)


def test_a_look_is_kept_with_the_layer_and_taken_away_again(postgis: psycopg.Connection[Any]) -> None:
    there = catalogue.layer(postgis, "places")
    chosen = parsed({"classes": [one({"mark": {"shape": "star", "colour": "#d55e00"}})]}, there)
    store(postgis, "places", chosen)
    kept = catalogue.layer(postgis, "places")
    assert legend_of(kept) == chosen
    assert {**kept.about, KEY: None} == {**there.about, KEY: None}, "nothing else of it is touched"
    sync(postgis)
    assert legend_of(catalogue.layer(postgis, "places")) == chosen, "a new version of the platform keeps it"
    store(postgis, "places", None)
    assert catalogue.layer(postgis, "places") == there
    with pytest.raises(NotFound):
        store(postgis, "nowhere", chosen)


def test_hostile_texts_are_kept_as_they_are() -> None:
    assert HOSTILE in json.loads(json.dumps(written(by_values("point"))))["classes"][0]["values"]
