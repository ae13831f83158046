"""Draw features as a small still picture: SVG path data, no script and no map service."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 640
HEIGHT = 400
MARGIN = 16
DOT = 4

Position = Sequence[float]
Place = Callable[[Position], str]


@dataclass(frozen=True)
class Sketch:
    """Path data in a WIDTH by HEIGHT picture: areas are filled, lines and dots are stroked."""

    areas: str
    lines: str
    dots: str


def sketch(features: Sequence[dict[str, Any]]) -> Sketch | None:
    """Fit the geometries of GeoJSON features (lon/lat degrees) into the picture; None without any."""
    geometries = [part for feature in features for part in _parts(feature.get("geometry"))]
    positions = [position for kind, rings in geometries for ring in rings for position in ring]
    if not positions:
        return None
    place = _placing(positions)
    return Sketch(
        areas=_path(geometries, "Polygon", place, "Z"),
        lines=_path(geometries, "LineString", place, ""),
        dots="".join(
            f"M{place(ring[0])}m{-DOT},0a{DOT},{DOT} 0 1,0 {2 * DOT},0a{DOT},{DOT} 0 1,0 {-2 * DOT},0"
            for kind, rings in geometries
            if kind == "Point"
            for ring in rings
        ),
    )


Part = tuple[str, list[Sequence[Position]]]


def _parts(geometry: dict[str, Any] | None) -> Iterator[Part]:
    """Split a geometry into points, lines and polygons, each as a list of position lists."""
    if not geometry:
        return
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _parts(member)
        return
    several = geometry["coordinates"] if kind.startswith("Multi") else [geometry["coordinates"]]
    single = kind.removeprefix("Multi")
    for coordinates in filter(None, several):
        yield single, _rings(single, coordinates)


def _rings(kind: str, coordinates: Any) -> list[Sequence[Position]]:
    """A polygon has its rings already; a point and a line are given the form of one."""
    if kind == "Point":
        return [[coordinates]]
    return [coordinates] if kind == "LineString" else coordinates


def _placing(positions: Sequence[Position]) -> Place:
    """Scale equally in metres: a degree of longitude shrinks with the latitude."""
    west, east = (pick(position[0] for position in positions) for pick in (min, max))
    south, north = (pick(position[1] for position in positions) for pick in (min, max))
    shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * shrink, 1e-6),
        (HEIGHT - 2 * MARGIN) / max(north - south, 1e-6),
    )

    def place(position: Position) -> str:
        x = WIDTH / 2 + (position[0] - (west + east) / 2) * shrink * scale
        y = HEIGHT / 2 - (position[1] - (south + north) / 2) * scale
        return f"{x:.1f},{y:.1f}"

    return place


def _path(parts: Sequence[Part], wanted: str, place: Place, end: str) -> str:
    rings = (ring for kind, rings in parts if kind == wanted for ring in rings)
    return "".join("M" + "L".join(map(place, ring)) + end for ring in rings)
