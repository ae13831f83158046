"""A project of QGIS with every layer of a reader: as OGC API features, in groups, with their looks.

Nothing secret stands in it. QGIS asks for name and token when it opens, or takes them from the entry of its
own store of keys whose identifier (authcfg) the project names.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from xml.etree.ElementTree import Element

import pyproj

from layers.catalogue import Layer
from layers.legends import ground
from layers.legends.colours import rgb
from layers.legends.defaults import theme_of
from layers.legends.elements import add, clean, element
from layers.legends.legend import Legend
from layers.legends.qgis.base_map import ground_look
from layers.legends.qgis.qml import GEOMETRY_NUMBERS, drawn_as, look, look_attributes
from layers.legends.qgis.xml import VERSION, document
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS_TABLE, Crs, measure_crs, transform
from spatial.types import BBox

GEOMETRY_NAMES = {"point": "Point", "line": "Line", "polygon": "Polygon"}
WORDS = {
    "zh": {"base": "底图", "title": "城市网格空间平台"},
    "en": {"base": "Base map", "title": "citygrid"},
}
CHINA = BBox(73.0, 18.0, 135.5, 54.0)
"""Shown where nothing is there yet."""

MERCATOR, CRS84 = CRS_TABLE["EPSG:3857"], CRS_TABLE["CRS84"]
DEEPEST_TILES = 16


@dataclass(frozen=True)
class Shown:
    """A layer with its look, and the box around what the reader may see of it (None: unknown)."""

    layer: Layer
    legend: Legend
    bbox: BBox | None


@dataclass(frozen=True)
class Door:
    """Where the layers are read from, and how one logs in there."""

    features: str
    """Address of the OGC API."""
    tiles: str
    """Template of tiles with {layer}, {z}, {x} and {y}."""
    authcfg: str = ""
    """Seven letters and digits that name an entry in QGIS's store; empty: QGIS asks."""


def qgs(shown: Sequence[Shown], door: Door, language: str, title: str = "", credit: str = "") -> bytes:
    """Write a project: groups of layers, the weightiest on top, and our base map below them all."""
    words = WORDS[language]
    title = title or words["title"]
    box = _around(shown)
    crs, latitude = project_crs(box), (box.south + box.north) / 2
    root = element("qgis", {"version": VERSION, "projectname": title})
    add(root, "homePath", {"path": ""})
    add(root, "title", text=title)
    root.append(_system("projectCrs", crs))
    tree = add(root, "layer-tree-group")
    for theme, members in _groups(shown, language):
        _group(tree, theme, [(_identifier(each.layer), each, door) for each in members], language)
    base = add(tree, "layer-tree-group", {"name": words["base"], "checked": "Qt::Checked", "expanded": "0"})
    _leaf(base, _BASE, words["base"], base_source(door), "vectortile")
    root.append(_canvas(box, crs))
    layers = add(root, "projectlayers")
    for each in _on_top_first(shown):
        layers.append(_map_layer(each, door, language, latitude))
    layers.append(_base_layer(door, language, latitude, credit))
    order = add(root, "layerorder")
    for identifier in (*(_identifier(each.layer) for each in _on_top_first(shown)), _BASE):
        add(order, "layer", {"id": identifier})
    _about(root, title, box, crs)
    return document(root)


def qgz(shown: Sequence[Shown], door: Door, language: str, title: str = "", credit: str = "") -> bytes:
    """Write a project as one packed file; the same layers give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("citygrid.qgs", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, qgs(shown, door, language, title, credit))
    return packed.getvalue()


def qlr(shown: Shown, door: Door, language: str) -> bytes:
    """Write one layer, styled, to be dragged into a project."""
    box = shown.bbox or CHINA
    root = element("qlr")
    tree = add(root, "layer-tree-group", {"name": "", "checked": "Qt::Checked", "expanded": "1"})
    layer = shown.layer
    _leaf(tree, _identifier(layer), _title(layer, language), source(layer, door), "OAPIF")
    add(root, "maplayers").append(_map_layer(shown, door, language, (box.south + box.north) / 2))
    return document(root)


def source(layer: Layer, door: Door) -> str:
    """Write where QGIS reads a layer from."""
    parts = {
        "restrictToRequestBBOX": "1",
        "pagingEnabled": "true",
        "srsname": "OGC:CRS84",
        "typename": layer.name,
        "url": door.features,
        "version": "OGC_API_FEATURES",
    }
    written = " ".join(f"{name}='{_escaped(value)}'" for name, value in parts.items())
    return f" {written}{f' authcfg={door.authcfg}' if door.authcfg else ''}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def base_source(door: Door) -> str:
    """Write where QGIS reads the tiles of the base map from."""
    address = door.tiles.replace("{layer}", ground.NAME)
    key = f"&authcfg={door.authcfg}" if door.authcfg else ""
    return f"type=xyz&url={address}&zmin=0&zmax={DEEPEST_TILES}{key}"


def project_crs(box: BBox) -> Crs:
    """Choose the local CGCS2000 zone, in which measures are true; Web Mercator for what spans several."""
    if box.east - box.west > 6:
        return MERCATOR
    try:
        return measure_crs((box.west + box.east) / 2)
    except InvalidInput:
        return MERCATOR


def _around(shown: Sequence[Shown]) -> BBox:
    """The box around all layers; one that crosses the antimeridian or spans the world is left out."""
    boxes = [each.bbox for each in shown if each.bbox and 0 <= each.bbox.east - each.bbox.west < 180]
    if not boxes:
        return CHINA
    return BBox(
        min(box.west for box in boxes), min(box.south for box in boxes),
        max(box.east for box in boxes), max(box.north for box in boxes),
    )  # fmt: skip


def _on_top_first(shown: Sequence[Shown]) -> list[Shown]:
    return sorted(shown, key=lambda each: -each.legend.order)


def _groups(shown: Sequence[Shown], language: str) -> list[tuple[str, list[Shown]]]:
    """Layers by theme; the group of the topmost layer comes first."""
    groups: dict[str, list[Shown]] = {}
    for each in _on_top_first(shown):
        groups.setdefault(theme_of(each.layer, language), []).append(each)
    return list(groups.items())


_BASE = "citygrid_base_map"


def _identifier(layer: Layer) -> str:
    """A layer has the same identifier in every project, so that projects can be compared and merged."""
    return f"citygrid_layer_{layer.name}"


def _title(layer: Layer, language: str) -> str:
    return layer.title if language == "zh" else layer.title_en


def _group(tree: Element, name: str, members: Sequence[tuple[str, Shown, Door]], language: str) -> None:
    group = add(tree, "layer-tree-group", {"name": name, "checked": "Qt::Checked", "expanded": "1"})
    for identifier, each, door in members:
        _leaf(group, identifier, _title(each.layer, language), source(each.layer, door), "OAPIF")


def _leaf(group: Element, identifier: str, name: str, where: str, provider: str) -> None:
    attributes = {"id": identifier, "name": name, "source": where, "providerKey": provider}
    add(
        group, "layer-tree-layer", {**attributes, "checked": "Qt::Checked", "expanded": "0", "legend_exp": ""}
    )


def _map_layer(shown: Shown, door: Door, language: str, latitude: float) -> Element:
    layer, legend = shown.layer, shown.legend
    kind = drawn_as(layer)
    made = element(
        "maplayer", {"type": "vector", "geometry": GEOMETRY_NAMES[kind], "readOnly": not layer.editable}
    )
    for name, value in look_attributes(legend, kind, latitude).items():
        made.set(name, value)
    add(made, "id", text=_identifier(layer))
    add(made, "datasource", text=source(layer, door))
    add(made, "layername", text=_title(layer, language))
    made.append(_system("srs", CRS84))
    add(made, "provider", {"encoding": "UTF-8"}, "OAPIF")
    add(made, "abstract", text=layer.description)
    attribution = layer.about.get("attribution")
    add(made, "attribution", text=attribution if isinstance(attribution, str) else "")
    for part in look(layer, legend, language, latitude):
        made.append(part)
    add(made, "layerGeometryType", text=str(GEOMETRY_NUMBERS[kind]))
    return made


def _base_layer(door: Door, language: str, latitude: float, credit: str) -> Element:
    made = element("maplayer", {"type": "vector-tile", "hasScaleBasedVisibilityFlag": "0"})
    add(made, "id", text=_BASE)
    add(made, "datasource", text=base_source(door))
    add(made, "layername", text=WORDS[language]["base"])
    made.append(_system("srs", MERCATOR))
    add(made, "provider", text="vectortile")
    add(made, "attribution", text=credit)
    for part in ground_look(language, latitude):
        made.append(part)
    add(made, "layerOpacity", text="1")
    return made


def _system(tag: str, crs: Crs) -> Element:
    """QGIS looks a system up by its identifier where a number (srsid) comes with it, else reads the WKT."""
    made = element(tag)
    written = add(made, "spatialrefsys")
    add(written, "wkt", text=_wkt(crs.name))
    add(written, "srsid", text=str(crs.srid))
    add(written, "srid", text=str(crs.srid))
    add(written, "authid", text="OGC:CRS84" if crs is CRS84 else crs.name)
    add(written, "description", text=crs.title)
    add(written, "geographicflag", text="true" if crs.in_degrees else "false")
    return made


@cache
def _wkt(name: str) -> str:
    known = pyproj.CRS.from_user_input("OGC:CRS84" if name == "CRS84" else name)
    return str(known.to_wkt("WKT2_2019"))


def _corners(box: BBox, crs: Crs) -> BBox:
    """The box in a projected system, from points along its edges: projected edges are curves."""
    steps = [number / 8 for number in range(9)]
    xs = [box.west + (box.east - box.west) * step for step in steps]
    ys = [max(-85.0, min(85.0, box.south + (box.north - box.south) * step)) for step in steps]
    moved = transform([(x, y) for x in xs for y in ys], CRS84, crs)
    return BBox(*map(float, (*moved.min(axis=0), *moved.max(axis=0))))


def _canvas(box: BBox, crs: Crs) -> Element:
    made = element("mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    add(made, "units", text="meters")
    _extent(add(made, "extent"), _corners(box, crs))
    add(made, "rotation", text="0")
    made.append(_system("destinationsrs", crs))
    return made


def _extent(parent: Element, box: BBox) -> None:
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        add(parent, name, text=f"{value:.3f}")


def _about(root: Element, title: str, box: BBox, crs: Crs) -> None:
    properties = add(root, "properties")
    add(add(properties, "SpatialRefSys"), "ProjectionsEnabled", {"type": "int"}, "1")
    add(add(properties, "Paths"), "Absolute", {"type": "bool"}, "false")
    measures = add(properties, "Measurement")
    add(measures, "DistanceUnits", {"type": "QString"}, "meters")
    add(measures, "AreaUnits", {"type": "QString"}, "m2")
    canvas = add(properties, "Gui")
    for name, value in zip(("Red", "Green", "Blue"), rgb(ground.LAND), strict=True):
        add(canvas, f"CanvasColor{name}Part", {"type": "int"}, str(value))
    metadata = add(root, "projectMetadata")
    add(metadata, "title", text=title)
    add(metadata, "abstract", text=clean("; ".join(dict.fromkeys(_attributions(root)))))
    view = add(root, "ProjectViewSettings", {"UseProjectScales": "0"})
    names = zip(("xmin", "ymin", "xmax", "ymax"), _corners(box, crs), strict=True)
    extent = add(view, "DefaultViewExtent", {name: f"{value:.3f}" for name, value in names})
    for part in _system("srs", crs):
        extent.append(part)


def _attributions(root: Element) -> list[str]:
    return [each.text for each in root.iter("attribution") if each.text]
