"""The small signs beside names of layers: one for each class, in the colours of the map."""

from __future__ import annotations

from layers.catalogue import Part
from layers.legends.builtin import BUILTIN, OTHER_AREAS, STAGES
from layers.legends.defaults import legend_of
from layers.legends.signs import signs
from tests.layers.legends.samples import layer


def test_each_class_has_its_sign() -> None:
    found = signs(BUILTIN["events"], "point")
    assert [each["colour"] for each in found] == [colour for colour, *_ in STAGES]
    assert {each["shape"] for each in found} == {"circle"}
    assert [each["shape"] for each in signs(BUILTIN["place_areas"], "polygon")] == ["area"] * 4
    assert signs(BUILTIN["districts"], "polygon") == [
        {"shape": "line", "colour": "#2c3475", "border": None, "dashed": True}
    ]
    assert signs(legend_of(layer("pipes", "line")), "line")[0]["shape"] == "line"
    assert signs(legend_of(layer("mixed", "geometry")), "geometry")[0]["shape"] == "circle"


def test_areas_beside_the_grids_can_be_told_apart() -> None:
    colours = [signs(legend_of(layer(name, "polygon")), "polygon")[0]["colour"] for name in OTHER_AREAS]
    assert len(set(colours)) == len(OTHER_AREAS)


def test_a_part_names_only_the_classes_that_it_can_hold() -> None:
    of = {"relation": "components", "part": Part("class_code", ("03006", "01065"))}
    legend = legend_of(layer("enforcement_components", "point", **of))
    assert {each.values[0] for each in legend.classes} == {"01", "03"} and legend.min_zoom == 0
    whole = legend_of(layer("works", "point", relation="components", part=Part("class_code", prefix="01")))
    assert [each.values for each in whole.classes] == [("01",)]
    kinds = legend_of(layer("places_school", "point", relation="places", part=Part("kind", ("school",))))
    assert kinds.classes == BUILTIN["places"].classes
