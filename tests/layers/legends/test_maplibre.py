"""Styles for MapLibre, judged by its own style specification: valid, and each feature drawn as its class."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from layers.legends.builtin import CLUSTERS, RISKS, STAGES
from layers.legends.defaults import legend_of
from layers.legends.legend import Cluster, Labels, Legend
from layers.legends.maplibre.style import Drawn, Where, style
from tests.layers.legends.samples import HOSTILE, built_in, by_range, by_values, layer
from web_map import assets

HERE = Where("http://h/tiles/{layer}/{z}/{x}/{y}.mvt", "http://h/ogc/styles/x/sprite", "© <OSM>")
GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
Judge = Callable[..., Any]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Give what MapLibre's specification says of a style, and of features drawn in it."""
    assets.ensure_built()
    script = str(assets.WEB.parent.parent / "tests/layers/legends/check_style.mjs")
    package = str(assets.WEB / "node_modules/@maplibre/maplibre-gl-style-spec/dist/index.mjs")

    def ask(written: Any, features: Any = (), zoom: float = 16) -> Any:
        sent = json.dumps({"style": written, "zoom": zoom, "features": list(features)})
        node = assets.node_folder() / "node"
        done = subprocess.run(
            [node, script, package], input=sent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["errors"] == []
        return said["drawn"]

    return ask


def of(look: Legend, geometry_type: str, **more: Any) -> Any:
    return style([Drawn(layer("shelters", geometry_type, **more), look)], "t", "zh", HERE, 14, False)


def feature(geometry_type: str, **properties: Any) -> Any:
    return {"geometry": GEOMETRIES[geometry_type], "properties": properties}


def colours(drawn: Any, geometry_type: str) -> list[set[str]]:
    """Name the colours that each feature is drawn in."""
    name = {"point": "icon-image", "line": "line-color", "polygon": "fill-color"}[geometry_type]
    return [{str(each[name]) for each in found if name in each} for found in drawn]


def colour(hex_colour: str, geometry_type: str) -> str:
    if geometry_type == "point":
        return f"star-{hex_colour[1:]}-ffffff-3"
    parts = [int(hex_colour[place : place + 2], 16) for place in (1, 3, 5)]
    return f"rgba({','.join(map(str, parts))},1)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_whole_map_is_valid(judge: Judge, language: str) -> None:
    drawn = [Drawn(each, legend_of(each)) for each in built_in().values()]
    whole = style(drawn, "城市", language, HERE, 14, True)
    judge(whole)
    assert whole["sources"]["basemap"]["attribution"] == "© &lt;OSM&gt;"
    assert whole["sources"]["grids"]["promoteId"] == "code"
    assert "glyphs" not in whole
    identifiers = [each["id"] for each in whole["layers"]]
    assert len(set(identifiers)) == len(identifiers)
    from_below = "base-land-fill grids-line streets-line places-point events-point grids-label streets-label"
    order = [identifiers.index(name) for name in from_below.split()]
    assert order == sorted(order), (
        "areas below, coarse borders over fine ones, events over places, names on top"
    )


@pytest.mark.parametrize("geometry_type", GEOMETRIES)
def test_values_however_hostile_find_their_class(judge: Judge, geometry_type: str) -> None:
    values = [HOSTILE, "'; DROP", "2", True, "else", None, ""]
    features = [feature(geometry_type, **{HOSTILE: value}) for value in values]
    red, blue, green = (colour(each, geometry_type) for each in ("#d55e00", "#0072b2", "#009e73"))
    found = colours(judge(of(by_values(geometry_type), geometry_type), features), geometry_type)
    assert found == [{red}, {red}, {blue}, {blue}, {green}, {green}, {green}]
    without = colours(judge(of(by_values(geometry_type, False), geometry_type), features), geometry_type)
    assert without == [{red}, {red}, {blue}, {blue}, set(), set(), set()]


@pytest.mark.parametrize("geometry_type", GEOMETRIES)
def test_ranges_end_before_their_high_end(judge: Judge, geometry_type: str) -> None:
    numbers = [-5, 9.99, 10, 19.5, 20, 1e9, None, "12"]
    features = [feature(geometry_type, level=number) for number in numbers]
    low, middle, high, none = (
        colour(each, geometry_type) for each in ("#56b4e9", "#0072b2", "#d55e00", "#009e73")
    )
    found = colours(judge(of(by_range(geometry_type), geometry_type), features), geometry_type)
    assert found == [{low}, {low}, {middle}, {middle}, {high}, {high}, {none}, {none}]
    without = colours(judge(of(by_range(geometry_type, False), geometry_type), features), geometry_type)
    assert without[-2:] == [set(), set()]


def test_places_events_and_components_have_their_colours(judge: Judge) -> None:
    layers = built_in()
    whole = style([Drawn(each, legend_of(each)) for each in layers.values()], "t", "zh", HERE, 14, False)
    events = [feature("point", state=state) for *_, states, _ in STAGES for state in states]
    wanted = [colour(hue, "line") for hue, _, _, states, _ in STAGES for _ in states]
    # The filters of all layers are asked: a feature carries no layer here, so the circles are looked for.
    circles = [next(e for e in found if e["id"] == "events-point") for found in judge(whole, events)]
    assert [each["circle-color"] for each in circles] == wanted
    places = judge(whole, [feature("point", risk_level=level) for level in (1, 2, 3, 4, None)])
    icons = [next(e for e in found if e["id"] == "places-point")["icon-image"] for found in places]
    hues = [hue for hue, *_ in RISKS]
    assert [icon.split("-")[1] for icon in icons] == [hue[1:] for hue in [*hues, hues[3]]]
    kinds = judge(whole, [feature("point", class_code=code) for code in ("01001", "04123", "99001")])
    icons = [next(e for e in found if e["id"] == "components-point")["icon-image"] for found in kinds]
    assert [icon.split("-")[1] for icon in icons] == ["5b6b7d", "009e73", "d55e00"]


def test_circles_for_counts_are_not_taken_for_features(judge: Judge) -> None:
    whole = style([Drawn(built_in()["events"], legend_of(built_in()["events"]))], "t", "zh", HERE, 14, False)
    features = [feature("point", state="closed"), feature("point", count=60), feature("point", count=1260)]
    (one,), (many, number), (_, thousands) = judge(whole, features, zoom=12)
    assert (number["text-field"], thousands["text-field"]) == ("60", "1.3k")
    assert one["id"] == "events-point"
    assert (many["id"], many["circle-color"]) == ("events-cluster", colour(CLUSTERS[2].colour, "line"))


def test_a_count_of_its_own_goes_by_the_zoom(judge: Judge) -> None:
    look = replace(by_values("point"), clusters=(Cluster(1, "#000000", 5),), labels=None)
    whole = of(look, "point", tile_fields=("count", HOSTILE))
    for zoom, identifier in ((12, "shelters-cluster"), (15, "shelters-point")):
        (drawn,) = judge(whole, [feature("point", count=3, **{HOSTILE: "2"})], zoom)
        assert [each["id"] for each in drawn] == [identifier]


def test_sizes_follow_the_zoom_of_each_class(judge: Judge) -> None:
    look = legend_of(built_in()["events"])
    whole = style([Drawn(built_in()["events"], look)], "t", "zh", HERE, 14, False)
    for zoom, wanted in ((12, (4.5, 3)), (15, (9.4, 6.2)), (20, (20, 14))):
        open_one, closed = judge(whole, [feature("point", state=s) for s in ("filed", "closed")], zoom)
        assert (open_one[0]["circle-radius"] * 2, closed[0]["circle-radius"] * 2) == pytest.approx(wanted)


def test_labels_choose_the_language_and_leave_marks_of_made_up_names_out(judge: Judge) -> None:
    unit = {"name": "三号社区(生成)", "name_en": "Community 3 (generated)", "code": "110108001001007"}
    for language, wanted in (("zh", "三号社区"), ("en", "Community 3")):
        whole = style(
            [Drawn(each, legend_of(each)) for each in built_in().values()], "t", language, HERE, 14, False
        )
        (found,) = judge(whole, [feature("polygon", **unit)])
        texts = {each["id"]: each["text-field"] for each in found if "text-field" in each}
        assert texts["communities-label"] == wanted
        assert texts["grids-label"] == "007"
    (nameless,) = judge(whole, [feature("polygon", name="无英文名")])
    assert next(e for e in nameless if e["id"] == "streets-label")["text-field"] == "无英文名"


def test_labels_come_from_what_tiles_carry_and_units_from_their_own_points() -> None:
    labels = Labels(("name",))
    look = replace(by_values("polygon"), labels=labels)
    written = of(look, "polygon")["layers"][-1]
    assert (written["id"], written["source-layer"]) == ("shelters-label", "shelters")
    assert all(each["id"] != "shelters-label" for each in of(look, "polygon", tile_fields=())["layers"])
    units = style([Drawn(built_in()["grids"], legend_of(built_in()["grids"]))], "t", "zh", HERE, 14, False)
    assert units["layers"][-1]["source-layer"] == "grids_label"


def test_mixed_geometries_are_drawn_each_in_its_way(judge: Judge) -> None:
    whole = style([Drawn(mixed := layer("mixed", "geometry"), legend_of(mixed))], "t", "zh", HERE, 14, False)
    features = [{"geometry": name, "properties": {"name": "x"}} for name in GEOMETRIES.values()]
    drawn = [{each["id"] for each in found} for found in judge(whole, features)]
    assert "mixed-point" in drawn[0]
    assert "mixed-point" not in drawn[1] | drawn[2]
    assert "mixed-fill" in drawn[2]
    assert "mixed-fill" not in drawn[0] | drawn[1]
