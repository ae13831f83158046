"""The real features: all OpenStreetMap layers of the demo in one table, each feature once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from demo.generate.plane import to_plane

SOURCE = "haidian_osm.gpkg"
LAYERS = (
    "public_services",
    "transit",
    "commercial",
    "research",
    "green_water",
    "rail",
    "roads_drive",
    "buildings",
)
"""In the order in which a feature that stands in several layers is taken."""

TAGS = (
    "amenity", "shop", "office", "tourism", "historic", "landuse", "leisure", "natural", "waterway",
    "building", "railway", "highway", "public_transport", "station", "subway", "service", "tunnel",
    "bridge", "operator", "context_class", "opening_hours", "wheelchair", "access",
)  # fmt: skip

SAME_M = 300.0
"""Two features of one name and kind nearer than this are one thing, drawn as a point and as an area."""


def read_features(data_dir: Path) -> Any:
    """Read every feature: layer, source, name, name_en, the tags, geometry (degrees), plane, middle.

    `source` is `osm:<type>/<id>`; `middle` is a point (plane) on the feature. Features of military areas are
    left out: nobody needs them on a demo map.
    """
    import pandas

    table = pandas.concat([_layer(data_dir, name) for name in LAYERS], ignore_index=True)
    table = table[table["landuse"] != "military"]
    table = table.drop_duplicates("source", keep="first").reset_index(drop=True)
    table[[*TAGS, "name", "name_en"]] = _without_nan(table[[*TAGS, "name", "name_en"]])
    plane = to_plane(np.asarray(table["geometry"]))
    return table.assign(plane=plane, middle=shapely.point_on_surface(shapely.make_valid(plane)))


def _layer(data_dir: Path, name: str) -> Any:
    import geopandas
    import pandas

    raw = geopandas.read_file(data_dir / SOURCE, layer=name)
    kept = {tag: _text(raw, tag) for tag in TAGS}
    kinds = raw["osm_type"] if "osm_type" in raw else ["way"] * len(raw)
    kept["source"] = [f"osm:{kind}/{number}" for kind, number in zip(kinds, raw["osm_id"], strict=True)]
    names = _text(raw, "name")
    kept["name"] = names.where(names.notna(), _text(raw, "name_zh"))
    kept["name_en"] = _text(raw, "name_en")
    kept["other_names"] = _text(raw, "alt_name")
    kept["geometry"] = np.asarray(raw.geometry.array)
    return pandas.DataFrame(kept).assign(layer=name)


def _text(table: Any, column: str) -> Any:
    """Return a column as trimmed text with None where there is none or the layer lacks it."""
    import pandas

    if column not in table:
        return pandas.Series([None] * len(table), dtype=object)
    text = table[column].astype(object).map(lambda v: str(v).strip() if isinstance(v, str) else None)
    return text.where(text.notna() & (text != ""), None).astype(object)


def _without_nan(table: Any) -> Any:
    """Write None for what is missing: a NaN would pass for a value in `a or b`."""
    return table.astype(object).where(table.notna(), None)


def one_each(table: Any, kind: str = "kind") -> Any:
    """Keep one row of those that share kind and name and lie within 300 m; areas win over points.

    table: columns name, `kind`, plane, middle. Returns it in its own order.
    """
    order = np.argsort(-shapely.area(np.asarray(table["plane"])), kind="stable")
    taken: dict[tuple[str, str], list[Any]] = {}
    keep = []
    for row in order:
        middle = table["middle"].iloc[row]
        seen = taken.setdefault((table[kind].iloc[row], table["name"].iloc[row]), [])
        if all(middle.distance(other) > SAME_M for other in seen):
            seen.append(middle)
            keep.append(row)
    return table.iloc[sorted(keep)]
