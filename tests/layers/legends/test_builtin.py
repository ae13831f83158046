"""The looks of the built-in layers: the web map draws the same, and everybody can tell them apart."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from layers.legends import ground
from layers.legends.advice import advice
from layers.legends.builtin import BUILTIN, CLUSTERS, OTHER_AREAS, RISKS, STAGES, UNIT_COLOURS
from layers.legends.defaults import default, legend_of
from layers.legends.legend import GENERATED_MARKS
from layers.legends.stored import parsed, problems_of, written
from tests.layers.legends.samples import built_in, layer

WEB = Path(__file__).parents[3] / "web_map" / "web" / "src"
PALETTE = (WEB / "map" / "palette.ts").read_text(encoding="utf-8")


def of_web(constant: str) -> dict[str, str]:
    """Read a table of the web map's palette."""
    body = re.search(rf"export const {constant}\b.*?= \{{(.*?)\n\}}", PALETTE, re.S)
    assert body is not None
    return dict(re.findall(r"(\w+): '(#[0-9a-f]{6})'", body[1]))


def test_the_web_map_has_the_same_colours_of_risks_and_stages() -> None:
    assert list(of_web("RISK_COLOUR").values()) == [colour for colour, *_ in RISKS]
    assert list(of_web("STAGE_COLOUR").values()) == [colour for colour, *_ in STAGES]


def test_the_web_map_has_the_same_states_in_each_stage() -> None:
    body = re.search(r"STATES_OF_STAGE.*?= (\{.*?\n\})", PALETTE, re.S)
    assert body is not None
    states = [re.findall(r"'(\w+)'", line) for line in re.findall(r"\[(.*?)\]", body[1])]
    assert states == [list(each) for _, _, _, each, _ in STAGES]


def test_the_web_map_has_the_same_colours_of_units_components_and_ground() -> None:
    units = of_web("UNIT")
    assert {name: UNIT_COLOURS[name] for name in ("streets", "communities", "grids")}.items() <= units.items()
    assert re.search(r"COMPONENT_COLOUR = '(#\w+)'", PALETTE)[1] == "#5b6b7d"
    base = of_web("BASE")
    ours = {
        "land": ground.LAND, "water": ground.WATER, "green": ground.GREEN, "building": ground.BUILDING,
        "road": ground.ROAD, "roadCasing": ground.ROAD_CASING, "mainRoad": ground.MAIN_ROAD,
        "mainCasing": ground.MAIN_CASING, "motorway": ground.MOTORWAY,
        "motorwayCasing": ground.MOTORWAY_CASING,
        "rail": ground.RAIL, "text": ground.TEXT, "waterText": ground.WATER_TEXT,
    }  # fmt: skip
    assert ours.items() <= base.items()


def test_the_web_map_has_the_same_circles_for_counts_and_marks_of_made_up_names() -> None:
    found = re.findall(r"from: (\d+), colour: '(#\w+)', radius_px: (\d+)", PALETTE)
    assert [(int(a), b, int(c)) for a, b, c in found] == [
        (each.count, each.colour, each.radius_px) for each in CLUSTERS
    ]
    names = (WEB / "geo" / "names.ts").read_text(encoding="utf-8")
    assert tuple(re.findall(r"'([^']+)'", names.split("[", 2)[2].split("]")[0])) == GENERATED_MARKS


@pytest.mark.parametrize("name", BUILTIN)
def test_a_delivered_look_suits_its_layer_and_survives_json(name: str) -> None:
    there = built_in()[name]
    assert list(problems_of(BUILTIN[name], there)) == []
    assert parsed(json.loads(json.dumps(written(BUILTIN[name]))), there) == BUILTIN[name]


@pytest.mark.parametrize("name", BUILTIN)
def test_everybody_can_tell_the_delivered_classes_apart(name: str) -> None:
    assert advice(BUILTIN[name], built_in()[name]) == []


def test_every_built_in_layer_has_a_look_of_its_own() -> None:
    """But for the special areas, which take the look of any layer in a colour of their own."""
    assert set(BUILTIN).isdisjoint(OTHER_AREAS)
    assert {*BUILTIN, *OTHER_AREAS} == set(built_in())


@pytest.mark.parametrize("geometry_type", ["point", "line", "polygon", "geometry"])
def test_any_other_layer_has_a_good_look_in_a_colour_that_stays(geometry_type: str) -> None:
    shelters = layer("shelters", geometry_type)
    look = legend_of(shelters)
    assert look == default(shelters) == legend_of(layer("shelters", geometry_type))
    assert list(problems_of(look, shelters)) == []
    assert advice(look, shelters) == []
    assert look.labels is not None
    assert look.labels.attributes == ("name",)


def test_colours_of_other_layers_spread() -> None:
    looks = [legend_of(layer(f"layer_{number}", "line")) for number in range(60)]
    assert len({look.classes[0].symbol.strokes[0].colour for look in looks}) == 6
