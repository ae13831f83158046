"""SLD, QML, QGIS projects, sprites and pictures as files: well-formed, in order, the same every time."""

from __future__ import annotations

import io
import math
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from layers.legends.colours import contrast, difference
from layers.legends.defaults import legend_of, theme_of
from layers.legends.legend import Mark, at_zoom
from layers.legends.picture import picture
from layers.legends.qgis.project import Door, Shown, project_crs, qgs, qgz, qlr
from layers.legends.qgis.qml import qml
from layers.legends.qgis.xml import literal, quoted
from layers.legends.scales import OGC_PX_M, scale_of
from layers.legends.sld import SLD_10, SLD_11, sld
from layers.legends.sprite import outline, sprite
from spatial.types import BBox
from tests.layers.legends.samples import HOSTILE, built_in, by_range, by_values, layer

GOLDEN = Path(__file__).parent / "golden"
DOOR = Door("http://h/ogc", "http://h/tiles/{layer}/{z}/{x}/{y}.mvt")
SE, SLD = "{http://www.opengis.net/se}", "{http://www.opengis.net/sld}"
HAIDIAN = BBox(116.15, 39.89, 116.40, 40.07)

ORDER = {
    "NamedLayer": ["Name", "Description", "LayerFeatureConstraints", "NamedStyle", "UserStyle"],
    "UserStyle": ["Name", "Title", "Description", "Abstract", "IsDefault", "FeatureTypeStyle"],
    "FeatureTypeStyle": ["Name", "Title", "Description", "FeatureTypeName", "Rule"],
    "Rule": [
        "Name", "Title", "Description", "Filter", "ElseFilter", "MinScaleDenominator", "MaxScaleDenominator",
        "PolygonSymbolizer", "LineSymbolizer", "PointSymbolizer", "TextSymbolizer",
    ],
    "PolygonSymbolizer": ["Fill", "Stroke"],
    "TextSymbolizer": ["Label", "Font", "LabelPlacement", "Halo", "Fill"],
    "Halo": ["Radius", "Fill"],
    "Graphic": ["Mark", "Opacity", "Size", "Rotation"],
    "Mark": ["WellKnownName", "Fill", "Stroke"],
}  # fmt: skip
"""Children in the order of the schemas of SLD 1.0.0 and of SE 1.1.0, as far as we write them."""
WELL_KNOWN = {"square", "circle", "triangle", "star", "cross", "x"}


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


@pytest.mark.parametrize("dialect", [SLD_10, SLD_11], ids=["1.0.0", "1.1.0"])
@pytest.mark.parametrize("geometry_type", ["point", "line", "polygon", "geometry"])
@pytest.mark.parametrize("make", [by_values, by_range])
def test_sld_keeps_the_order_of_its_schema(dialect: Any, geometry_type: str, make: Any) -> None:
    there = layer("shelters", geometry_type)
    look = make("polygon" if geometry_type == "geometry" else geometry_type)
    root = ElementTree.fromstring(sld([(there, look, 40.0)], dialect, "shelters", "zh"))
    assert (local(root.tag), root.get("version")) == ("StyledLayerDescriptor", dialect.version)
    for each in root.iter():
        if wanted := ORDER.get(local(each.tag)):
            places = [wanted.index(local(child.tag)) for child in each]
            assert places == sorted(places), local(each.tag)
        if local(each.tag) == "WellKnownName":
            assert each.text in WELL_KNOWN
    symbology = SLD if dialect is SLD_10 else SE
    assert (
        root.find(f"{SLD}NamedLayer/{SLD}UserStyle/{symbology}FeatureTypeStyle/{symbology}Rule") is not None
    )


def test_scales_of_sld_are_those_of_its_own_pixel() -> None:
    grids = built_in()["grids"]
    text = sld([(grids, legend_of(grids), 40.0)], SLD_11, "grids", "zh").decode()
    assert f"<se:MaxScaleDenominator>{scale_of(13, 40.0, OGC_PX_M):.0f}<" in text
    # Zoom 0 of 256-pixel tiles, by the standard: 559,082,264; MapLibre's tiles are twice as wide.
    assert scale_of(0, 0.0, OGC_PX_M) == pytest.approx(559_082_264.0287 / 2, rel=1e-6)
    assert scale_of(0, 60.0, OGC_PX_M) == pytest.approx(559_082_264.0287 / 4, rel=1e-6)


@pytest.mark.parametrize("name", ["places", "grids"])
@pytest.mark.parametrize("form", ["qml", "sld11", "sld10"])
def test_files_are_the_same_every_time(name: str, form: str) -> None:
    """To renew the golden files after a change that was meant: CITYGRID_TEST_GOLDEN=1."""
    there = built_in()[name]
    if form == "qml":
        body = qml(there, legend_of(there), "zh", 40.0)
    else:
        body = sld([(there, legend_of(there), 40.0)], SLD_11 if form == "sld11" else SLD_10, name, "zh")
    root = ElementTree.fromstring(body)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode") + "\n"
    path = GOLDEN / f"{name}.{form}.xml"
    if os.environ.get("CITYGRID_TEST_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def hostile_project() -> bytes:
    there = layer(
        "o'h", "polygon", title=HOSTILE, title_en=HOSTILE, description=HOSTILE,
        about={"attribution": HOSTILE, "group": HOSTILE},
    )  # fmt: skip
    return qgs([Shown(there, by_values("polygon"), HAIDIAN)], DOOR, "zh", HOSTILE, HOSTILE)


def test_whatever_people_write_stays_text_in_a_project() -> None:
    root = ElementTree.fromstring(hostile_project())
    clean = HOSTILE.replace("\x01", "\ufffd")
    assert root.findtext("title") == clean
    assert root.find("projectlayers/maplayer").findtext("layername") == clean
    assert root.find("layer-tree-group/layer-tree-group").get("name") == clean
    assert "typename='o\\'h'" in root.findtext("projectlayers/maplayer/datasource")


def test_literals_and_names_cannot_end_early() -> None:
    assert literal("a'b\\c\nd") == "'a''b\\\\c\\nd'"
    assert literal(True) == "true"
    assert literal(1.5) == "1.5"
    assert quoted('a"b') == '"a""b"'


@pytest.mark.parametrize(
    ("box", "name"),
    [
        (HAIDIAN, "EPSG:4548"),
        (BBox(113.9, 22.5, 114.4, 22.8), "EPSG:4547"),
        (BBox(73, 18, 135, 54), "EPSG:3857"),
        (BBox(9.9, 50, 10.1, 50.1), "EPSG:3857"),
    ],
)
def test_a_project_is_in_the_zone_of_its_city(box: BBox, name: str) -> None:
    assert project_crs(box).name == name


def test_a_project_without_any_feature_shows_the_country() -> None:
    for boxes in ([], [None], [BBox(170, -10, -170, 10)]):
        shown = [Shown(layer(f"l{n}"), legend_of(layer()), box) for n, box in enumerate(boxes)]
        root = ElementTree.fromstring(qgs(shown, DOOR, "zh"))
        extent = [float(each.text) for each in root.find("mapcanvas/extent")]
        assert all(map(math.isfinite, extent))
        assert extent[0] < extent[2]
        assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:3857"


def test_the_same_layers_give_the_same_packed_project() -> None:
    shown = [Shown(each, legend_of(each), HAIDIAN) for each in built_in().values()]
    packed = qgz(shown, DOOR, "en")
    assert packed == qgz(shown, DOOR, "en")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("citygrid.qgs"))
    groups = {each.get("name"): [leaf.get("name") for leaf in each] for each in root.find("layer-tree-group")}
    assert groups == {
        "Emergency resources": ["Emergency resources"],
        "Lifelines": ["Valves and devices", "Nodes of pipes", "Pipes"],
        "City governance": [
            "Events",
            "Sensitive places",
            "City components",
            "Missed patrols",
            "Areas of sensitive places",
        ],
        "Areas and grids": [
            "Micro-grids",
            "Unit grids of city management",
            "Police areas",
            "School catchments",
            "Hospital service areas",
            "Evaluation grids",
            "Street cleaning areas",
            "Districts",
            "Streets (sub-districts)",
            "Communities",
            "Grids",
        ],
        "Base map": ["Base map"],
    }
    leaves = {each.get("id") for each in root.iter("layer-tree-layer")}
    assert leaves == {each.findtext("id") for each in root.iter("maplayer")}
    assert leaves == {each.get("id") for each in root.iter("layer") if each.get("id")}


def test_a_single_layer_stands_alone() -> None:
    events = built_in()["events"]
    shown = Shown(events, legend_of(events), None)
    root = ElementTree.fromstring(qlr(shown, replace(DOOR, authcfg="citygrd"), "zh"))
    assert root.tag == "qlr"
    assert root.findtext("maplayers/maplayer/datasource").endswith(" authcfg=citygrd")


def test_groups_have_names_in_both_languages() -> None:
    assert theme_of(layer(), "zh") == "其他图层"
    assert theme_of(layer(about={"group": "供排水"}), "en") == "供排水"
    assert theme_of(layer(about={"group": {"zh": "供排水", "en": "Water"}}), "en") == "Water"
    assert theme_of(layer(about={"group": " "}), "en") == "Other layers"


@pytest.mark.parametrize("ratio", [1, 2])
def test_signs_are_drawn_in_their_colours_with_a_rim(ratio: int) -> None:
    shapes = ("square", "diamond", "triangle", "star", "cross")
    marks = [Mark(shape, "#d55e00", rim="#000000", rim_px=2.0, size_px=((0, 24),)) for shape in shapes]
    index, body = sprite([*marks, Mark("circle", "#ffffff")], ratio)
    assert [name.split("-")[0] for name in index] == sorted(shapes)
    with Image.open(io.BytesIO(body)) as image:
        for place in index.values():
            cell = image.crop((place["x"], 0, place["x"] + place["width"], place["height"]))
            middle = cell.getpixel((16 * ratio, 17 * ratio))
            assert middle == (0xD5, 0x5E, 0x00, 255)
            assert cell.getpixel((0, 0))[3] == 0
            black = sum(count for count, pixel in cell.getcolors(1 << 20) if pixel == (0, 0, 0, 255))
            assert black > 20 * ratio


def test_no_signs_give_an_empty_sprite() -> None:
    index, body = sprite([], 1)
    assert index == {}
    with Image.open(io.BytesIO(body)) as image:
        assert image.getextrema()[3] == (0, 0)


def test_outlines_fill_their_box() -> None:
    for shape in ("square", "diamond", "triangle", "cross"):
        xs, ys = zip(*outline(shape, 5), strict=True)
        assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((-5, 5, -5, 5))


@pytest.mark.parametrize("geometry_type", ["point", "line", "polygon"])
def test_a_picture_has_a_row_for_each_class_and_holds_any_text(geometry_type: str) -> None:
    body = picture(by_values(geometry_type), HOSTILE, "zh", geometry_type)
    root = ElementTree.fromstring(body)
    clean = HOSTILE.replace("\x01", "\ufffd")
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [clean, clean, "二", "其他"]
    assert b"<script" not in body


def test_stops_are_read_between_and_beyond() -> None:
    stops = ((10.0, 2.0), (12.0, 6.0))
    assert [at_zoom(stops, zoom) for zoom in (0, 10, 11, 12, 24)] == [2, 2, 4, 6, 6]


def test_colours_are_compared_as_the_standards_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert difference("#ffffff", "#000000") == pytest.approx(100, abs=0.1)
    assert difference("#ff0000", "#00ff00") > 100
    red, green = "#b04030", "#607a20"
    assert difference(red, green, "deuteranopia") < 0.5 * difference(red, green)
    assert difference("#0072b2", "#d55e00", "deuteranopia") > 50
