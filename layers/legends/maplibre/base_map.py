"""Our base map as style layers of MapLibre."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layers.legends import ground
from layers.legends.legend import Class, Legend
from layers.legends.maplibre.bodies import fills, lines
from layers.legends.maplibre.labels import PLACED, written
from layers.legends.maplibre.values import Json, is_geometry, string

# In one spot only, the first that labels of layers try: many a named spot is a sensitive place, too, and
# its name need not be there twice.
_BELOW: Json = {"text-anchor": "top", "text-offset": [0, 0.8], "text-max-width": 7}


def ground_layers() -> Iterator[Json]:
    """Write the ground of the map, from land up to roads and rail."""
    yield {"id": "base-background", "type": "background", "paint": {"background-color": ground.LAND}}
    for theme in ground.THEMES:
        legend = Legend((Class("", "", theme.symbol),), min_zoom=theme.min_zoom)
        for body in (*fills(theme.name, legend, False), *lines(theme.name, legend)):
            yield {**body, **_on_ground(body["id"], theme)}


def ground_labels(language: str) -> Iterator[Json]:
    """Write the names of the base map."""
    for theme in ground.THEMES:
        if theme.labels:
            body = {"type": "symbol", "minzoom": theme.labels.min_zoom}
            layout = PLACED["line"] if theme.geometry == "line" else _BELOW
            look = written(theme.labels, theme.labels.texts(language), dict(layout))
            yield {**body, **_on_ground(f"{theme.name}-label", theme), **look}


def _on_ground(identifier: str, theme: ground.Theme) -> Json:
    filters: list[Any] = [
        is_geometry({"polygon": "Polygon", "line": "LineString", "point": "Point"}[theme.geometry])
    ]
    if theme.kinds or theme.other_than:
        among = ["in", string("kind"), ["literal", list(theme.kinds or theme.other_than)]]
        filters.append(among if theme.kinds else ["!", among])
    chosen = filters[0] if len(filters) == 1 else ["all", *filters]
    return {
        "id": f"base-{identifier}",
        "source": ground.NAME,
        "source-layer": theme.source_layer,
        "filter": chosen,
    }
