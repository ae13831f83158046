"""Labels as style layers of MapLibre; the machine's own fonts draw the letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from layers.catalogue import Layer
from layers.legends.legend import GENERATED_MARKS, Labels, Legend
from layers.legends.maplibre.values import Json, interpolated, string, zoom_range

# MapLibre reads the weight from the first family only, so that is a made-up name that falls through.
_FAMILIES = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC"]
REGULAR, BOLD = ["Map Regular", *_FAMILIES], ["Map Bold", *_FAMILIES]

LEAST_RADIUS_PX = 9.0
"""A number is written into circles from this radius on; in smaller ones nobody could read it."""

WEIGHTY = 9
"""Names of areas with this priority step aside for circles of counts rather than vanish."""
_STEPS_ASIDE: Json = {
    "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
    "text-radial-offset": 1.3,
    "text-justify": "auto",
}

BESIDE: Json = {
    "text-variable-anchor": ["top", "bottom", "left", "right"],
    "text-radial-offset": 0.8,
    "text-justify": "auto",
    "text-optional": True,
}
PLACED: dict[str, Json] = {
    "polygon": {"text-max-width": 8, "text-padding": 4},
    "line": {"symbol-placement": "line", "symbol-spacing": 320},
}


def counts(layer: Layer, legend: Legend, counted: Any) -> Iterator[Json]:
    """Write the numbers into circles for counts, where they have room."""
    roomy = [each for each in legend.clusters if each.radius_px >= LEAST_RADIUS_PX]
    if not roomy:
        return
    count = ["get", "count"]
    thousands = ["concat", ["to-string", ["/", ["round", ["/", count, 100]], 10]], "k"]
    number = ["case", [">=", count, 1000], thousands, ["to-string", count]]
    yield {
        "id": f"{layer.name}-cluster-count",
        "type": "symbol",
        "source": layer.name,
        "source-layer": layer.name,
        **zoom_range(legend.min_zoom, legend.max_zoom),
        "filter": [*counted, [">=", count, roomy[0].count]],
        "layout": {"text-field": number, "text-font": BOLD, "text-size": 11, "text-allow-overlap": True},
        "paint": {"text-color": "#ffffff", "text-halo-color": "rgba(60,30,20,0.45)", "text-halo-width": 0.8},
    }


def written(labels: Labels, texts: Sequence[str], layout: Json) -> Json:
    """Write layout and paint of a layer of labels."""
    size = interpolated([(zoom, size) for zoom, size in labels.size_px])
    return {
        "layout": {
            "text-field": text_of(texts, labels.skip),
            "text-font": BOLD if labels.bold else REGULAR,
            "text-size": size,
            **layout,
        },
        "paint": {
            "text-color": labels.colour,
            "text-halo-color": labels.halo,
            "text-halo-width": labels.halo_px,
        },
    }


def text_of(names: Sequence[str], skip: int = 0) -> Any:
    """Write the first of the attributes that has text, without the marks of made-up names."""
    tried = [part for name in names[:-1] for part in (["!=", string(name), ""], string(name))]
    text: Any = ["case", *tried, string(names[-1])] if tried else string(names[-1])
    if skip:
        text = ["slice", text, skip]
    for mark in GENERATED_MARKS:
        text = ["case", ["in", mark, text], ["slice", text, 0, ["index-of", mark, text]], text]
    return text


def labels_of(layer: Layer, legend: Legend, language: str) -> Iterator[Json]:
    """Write the labels of a layer, if it has any."""
    labels = legend.labels
    # What tiles do not carry would be written as nothing.
    texts = [name for name in labels.texts(language) if name in layer.tile_fields] if labels else []
    if labels is None or not texts:
        return
    # Tiles of units bring one point for each label; other areas are written on where they lie.
    units = layer.by_clock and "city.unit_version" in layer.sources
    source_layer = f"{layer.name}_label" if units else layer.name
    look = {
        "id": f"{layer.name}-label",
        "type": "symbol",
        "source": layer.name,
        "source-layer": source_layer,
        **zoom_range(max(labels.min_zoom, legend.min_zoom), labels.max_zoom),
    }
    layout: Json = dict(PLACED.get(layer.geometry_type, BESIDE))
    layout["symbol-sort-key"] = -labels.priority
    if layer.geometry_type == "polygon" and labels.priority >= WEIGHTY:
        layout |= _STEPS_ASIDE
    yield {**look, **written(labels, texts, layout)}
