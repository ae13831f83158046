"""Our own base map as data: land, green, water, buildings, roads, rail and their names.

The web map draws the same (web_map/web/src/map/base-style.ts); its colours are compared by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.legends.legend import Fill, Labels, Stroke, Symbol, always

NAME = "basemap"
"""The tiles it is drawn from."""

LAND, GREEN, WATER, BUILDING, RAIL, TEXT = "#f4f2ed", "#dbe8d0", "#bcd8e6", "#e6e1d8", "#b3afb5", "#5c6068"
ROAD, ROAD_CASING = "#ffffff", "#ddd8cd"
MAIN_ROAD, MAIN_CASING = "#fdf3d6", "#e3d3a6"
MOTORWAY, MOTORWAY_CASING = "#f8dfa8", "#dcb96c"
BUILDING_LINE, WATER_TEXT = "#d3ccbf", "#4d7f99"

MOTORWAYS = ("motorway", "motorway_link", "trunk", "trunk_link")
MAIN = ("primary", "primary_link", "secondary", "secondary_link")
SMALL = (
    "service", "footway", "path", "cycleway", "pedestrian", "steps", "track", "lane", "living_street",
)  # fmt: skip

CASING_PX = 1.4
"""How much wider the casing of a road is than its filling."""


NOTHING = Symbol()


@dataclass(frozen=True)
class Theme:
    """One thing on the ground: which features of which source layer, and their look."""

    name: str
    source_layer: str
    geometry: Literal["polygon", "line", "point"]
    symbol: Symbol = NOTHING
    kinds: tuple[str, ...] = ()
    """Only these kinds; empty: all."""
    other_than: tuple[str, ...] = ()
    """All kinds but these."""
    min_zoom: float = 0
    labels: Labels | None = None


@dataclass(frozen=True)
class _Road:
    name: str
    filling: str
    casing: str
    stops: tuple[tuple[float, float], ...]
    min_zoom: float
    kinds: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()


_ROADS = (
    _Road("small", ROAD, ROAD_CASING, ((14, 0.6), (17, 4), (20, 14)), 14.5, SMALL),
    _Road(
        "minor", ROAD, ROAD_CASING, ((12, 0.5), (14, 2), (17, 8), (20, 26)), 12.5,
        other_than=(*MOTORWAYS, *MAIN, *SMALL),
    ),
    _Road("main", MAIN_ROAD, MAIN_CASING, ((9, 0.6), (12, 1.8), (14, 4), (17, 13), (20, 38)), 9, MAIN),
    _Road(
        "motorway", MOTORWAY, MOTORWAY_CASING,
        ((8, 0.8), (12, 2.6), (14, 5), (17, 15), (20, 42)), 7, MOTORWAYS,
    ),
)  # fmt: skip


def _road(road: _Road, part: str) -> Theme:
    more_px = CASING_PX if part == "casing" else 0.0
    stops = tuple((zoom, width + more_px) for zoom, width in road.stops)
    stroke = Stroke(road.casing if part == "casing" else road.filling, stops)
    name = f"road-{road.name}-{part}"
    return Theme(name, "road", "line", Symbol(strokes=(stroke,)), road.kinds, road.other_than, road.min_zoom)


def _area(name: str, colour: str) -> Theme:
    return Theme(name, name, "polygon", Symbol(Fill(colour, always(1))))


_NAMES = ("name", "name_en"), ("name_en", "name")

THEMES: tuple[Theme, ...] = (
    _area("land", LAND),
    _area("green", GREEN),
    _area("water", WATER),
    Theme(
        "water-line", "water", "line", Symbol(strokes=(Stroke(WATER, ((9, 0.6), (13, 2), (17, 7))),))
    ),
    Theme(
        "building", "building", "polygon",
        Symbol(Fill(BUILDING, always(1)), (Stroke(BUILDING_LINE, always(0.6)),)), min_zoom=14,
    ),
    *(_road(road, "casing") for road in _ROADS),
    *(_road(road, "filling") for road in _ROADS),
    Theme(
        "rail", "rail", "line", Symbol(strokes=(Stroke(RAIL, ((9, 0.6), (13, 1.8), (17, 3.4))),)), min_zoom=9
    ),
    Theme(
        "rail-ties", "rail", "line",
        Symbol(strokes=(Stroke("#ffffff", ((13, 0.8), (17, 2)), always(1), (4, 4)),)), min_zoom=13,
    ),
    Theme(
        "names-of-places", "poi", "point", min_zoom=15.5,
        labels=Labels(*_NAMES, ((15, 10.5), (18, 12.5)), TEXT, min_zoom=15.5, priority=1),
    ),
    Theme(
        "names-of-roads", "road", "line", min_zoom=13,
        labels=Labels(*_NAMES, ((13, 10.5), (17, 12.5)), TEXT, min_zoom=13, priority=2),
    ),
    Theme(
        "names-of-waters", "water", "polygon", min_zoom=12.5,
        labels=Labels(*_NAMES, ((12, 10.5), (17, 13)), WATER_TEXT, min_zoom=12.5, priority=2),
    ),
)  # fmt: skip
"""From below."""
