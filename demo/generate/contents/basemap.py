"""The offline base map: real water, green, buildings, rail and roads, made-up lanes, and the shown extent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely

from demo.generate.contents.city import City
from demo.generate.contents.files import texts
from demo.generate.contents.osm import one_each
from demo.generate.contents.places import kinds_of
from demo.generate.plane import to_lonlat

MARGIN_M = 1_000.0
"""Real features are shown this far beyond the extent, so that the city does not end at a cut."""

ROAD_ZOOM = {
    "motorway": 8, "trunk": 8, "primary": 10, "secondary": 11, "tertiary": 12, "motorway_link": 12,
    "primary_link": 13, "secondary_link": 13, "tertiary_link": 13, "unclassified": 13, "residential": 13,
    "living_street": 14,
}  # fmt: skip
WATERWAY_ZOOM = {"river": 9, "canal": 10, "stream": 13, "drain": 14, "ditch": 14}
POI_ZOOM = {
    "station": 12, "university": 13, "hospital": 13, "park": 13, "college": 14, "mall": 14, "heritage": 14,
    "theatre": 14, "library": 15, "school": 15, "market": 15, "place_of_worship": 15, "police": 15,
    "fire_station": 15, "research": 15, "townhall": 15, "cinema": 15, "hotel": 15,
}  # fmt: skip
OTHER_POI_ZOOM = 16
AREA_ZOOMS = ((1_000_000.0, 8), (200_000.0, 10), (40_000.0, 12), (8_000.0, 13))
SMALL_AREA_ZOOM = 14


class Feature(NamedTuple):
    """One row of the base map; `shape` in plane metres."""

    theme: str
    kind: str | None
    name: str | None
    name_en: str | None
    min_zoom: int
    shape: Any
    generated: bool = False


def make_basemap(city: City) -> dict[str, Any]:
    """Make the columns of `basemap_feature`, the extent first; `geom` in degrees."""
    rows = [Feature("land", "extent", None, None, 0, city.extent, True)]
    for theme in (_green, _water, _buildings, _rail, _real_roads, _drawn_roads, _pois):
        rows += list(_shown(city, theme(city)))
    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in rows] for name in Feature._fields if name != "shape"
    }
    return {**columns, "geom": to_lonlat(np.array([row.shape for row in rows], dtype=object))}


def _shown(city: City, rows: Iterator[Feature]) -> Iterator[Feature]:
    """Leave out what lies beyond the margin and cut what crosses it."""
    frame = shapely.simplify(city.extent, 50.0).buffer(MARGIN_M)
    shapely.prepare(frame)
    for row in rows:
        if shapely.contains(frame, row.shape):
            yield row
        elif shapely.intersects(frame, row.shape):
            yield row._replace(shape=shapely.intersection(row.shape, frame))


def _of(city: City, layer: str, *types: str) -> Any:
    table = city.features[city.features["layer"] == layer]
    return table[np.isin(shapely.get_type_id(table["plane"]), [TYPE_IDS[t] for t in types])]


TYPE_IDS = {"Point": 0, "LineString": 1, "Polygon": 3, "MultiLineString": 5, "MultiPolygon": 6}


def area_zoom(shape: Any) -> int:
    """Choose the first zoom at which an area (plane) is worth drawing."""
    return next((zoom for least_m2, zoom in AREA_ZOOMS if shape.area >= least_m2), SMALL_AREA_ZOOM)


def _green(city: City) -> Iterator[Feature]:
    table = _of(city, "green_water", "Polygon", "MultiPolygon")
    for row in table[table["context_class"] == "green"].itertuples():
        kind = row.leisure or row.landuse or row.natural
        shape = shapely.make_valid(row.plane)
        yield Feature("green", kind, row.name, row.name_en, area_zoom(shape), shape)


def _water(city: City) -> Iterator[Feature]:
    table = _of(city, "green_water", "Polygon", "MultiPolygon", "LineString")
    for row in table[(table["context_class"] == "water") & table["tunnel"].isna()].itertuples():
        if row.plane.geom_type == "LineString":
            zoom = WATERWAY_ZOOM.get(row.waterway, SMALL_AREA_ZOOM)
            yield Feature("water", row.waterway, row.name, row.name_en, zoom, row.plane)
        else:
            shape, kind = shapely.make_valid(row.plane), row.natural or row.waterway
            yield Feature("water", kind, row.name, row.name_en, area_zoom(shape), shape)


def _buildings(city: City) -> Iterator[Feature]:
    table = _of(city, "buildings", "Polygon", "MultiPolygon")
    for row in table[table["building"] != "no"].itertuples():
        kind = None if row.building == "yes" else row.building
        yield Feature("building", kind, row.name, row.name_en, 14, shapely.make_valid(row.plane))


def _rail(city: City) -> Iterator[Feature]:
    table = _of(city, "rail", "LineString")
    for row in table[table["railway"].isin(["rail", "subway"])].itertuples():
        kind = "yard" if row.service else row.railway
        if row.tunnel == "yes":
            kind = f"{kind}_tunnel"
        yield Feature("rail", kind, row.name, row.name_en, 13 if row.service else 10, row.plane)


def _real_roads(city: City) -> Iterator[Feature]:
    table = city.features[city.features["layer"] == "roads_drive"]
    for row in table.sort_values("highway", key=lambda k: k.map(ROAD_ZOOM), ascending=False).itertuples():
        yield Feature("road", row.highway, row.name, row.name_en, ROAD_ZOOM[row.highway], row.plane)


def _drawn_roads(city: City) -> Iterator[Feature]:
    """The lines that the generator drew for borders where the data has no streets."""
    table = city.roads[city.roads["generated"] & city.roads["kind"].isin(["road", "lane"])]
    classes = table["class"].map(lambda name: name if name in ROAD_ZOOM else "residential")
    for kind, shape in zip(classes, table["plane"], strict=True):
        yield Feature("road", kind, None, None, ROAD_ZOOM[kind], shape, True)


def _pois(city: City) -> Iterator[Feature]:
    for row in named_pois(city).itertuples():
        zoom = POI_ZOOM.get(row.kind, OTHER_POI_ZOOM)
        yield Feature("poi", row.kind, row.name, row.name_en, zoom, row.middle)


def named_pois(city: City) -> Any:
    """Return the named real features that deserve a label, each once, with their `kind`."""
    table = city.features
    named = table[table["name"].notna() & ~table["layer"].isin(["roads_drive", "rail"])]
    kinds = [k or _other_kind(row) for k, row in zip(kinds_of(named), named.itertuples(), strict=True)]
    named = named.assign(kind=kinds)
    return one_each(named[named["kind"].notna()]).assign(name_en=lambda t: texts(t["name_en"]))


def _other_kind(row: Any) -> str | None:
    if row.leisure == "park":
        return "park"
    if row.layer == "research":
        return "research"
    if row.railway == "subway_entrance":
        return "entrance"
    return "commercial" if row.layer == "commercial" else None
