"""The look of one layer as QML, QGIS's file of styles."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from layers.catalogue import Layer
from layers.legends.elements import add, element
from layers.legends.legend import FAR, NEAR, Legend
from layers.legends.qgis.labels import settings
from layers.legends.qgis.symbols import renderer
from layers.legends.qgis.xml import VERSION, document
from layers.legends.scales import zoom_0

GEOMETRY_NUMBERS = {"point": 0, "line": 1, "polygon": 2}


def qml(layer: Layer, legend: Legend, language: str, latitude: float) -> bytes:
    """Write a QML file; latitude, in degrees: where zooms are turned into scales."""
    kind = drawn_as(layer)
    root = element("qgis", {"version": VERSION, "styleCategories": "Symbology|Labeling|Fields|Rendering"})
    for name, value in look_attributes(legend, kind, latitude).items():
        root.set(name, value)
    for part in look(layer, legend, language, latitude):
        root.append(part)
    add(root, "layerGeometryType", text=str(GEOMETRY_NUMBERS[kind]))
    return document(root)


def drawn_as(layer: Layer) -> str:
    """A layer of QGIS has one kind of geometry; a mixture is taken for areas."""
    return layer.geometry_type if layer.geometry_type in GEOMETRY_NUMBERS else "polygon"


def look_attributes(legend: Legend, kind: str, latitude: float) -> dict[str, str]:
    """Write the range of scales and whether there are labels, as attributes of a layer.

    QGIS calls the smallest map the minimum scale, whose denominator is the largest.
    """
    low = legend.single_zoom if kind == "point" and legend.single_zoom is not None else legend.min_zoom
    at = zoom_0(latitude)
    return {
        "hasScaleBasedVisibilityFlag": "1" if low > FAR or legend.max_zoom < NEAR else "0",
        "minScale": str(round(at / 2**low)) if low > FAR else "1e+08",
        "maxScale": str(round(at / 2**legend.max_zoom)) if legend.max_zoom < NEAR else "0",
        "labelsEnabled": "1" if legend.labels else "0",
    }


def look(layer: Layer, legend: Legend, language: str, latitude: float) -> Iterator[Element]:
    """Write renderer, labels and the titles of attributes."""
    at, kind = zoom_0(latitude), drawn_as(layer)
    yield renderer(legend, kind, language, at)
    if legend.labels:
        labelling = element("labeling", {"type": "simple"})
        labelling.append(settings(legend.labels, kind, language, at, NEAR))
        yield labelling
    yield element("blendMode", text="0")
    yield element("layerOpacity", text="1")
    aliases = element("aliases")
    for number, field in enumerate(layer.fields):
        title = field.title if language == "zh" else field.title_en
        add(aliases, "alias", {"index": number, "field": field.name, "name": title})
    yield aliases
