"""The real lines that borders may follow: roads, railways, water, edges of parks and campuses.

Parallel tracks and carriageways would leave slivers between them, so lines are accepted one by one, the most
important first, and only as far as no accepted line runs beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from demo.generate.plane import settled, to_plane

SOURCE = "haidian_osm.gpkg"
ROAD_RANK = {"motorway": 0, "trunk": 0, "primary": 1, "secondary": 2, "tertiary": 4}
MINOR_ROADS = {"residential", "unclassified", "living_street"}
MIN_AREA_M2 = {"green": 40_000.0, "campus": 50_000.0, "water": 30_000.0}
MIN_LENGTH_M = {"road": 90.0, "lane": 110.0, "rail": 250.0, "water": 300.0, "edge": 150.0}
BESIDE_M = {"road": 55.0, "lane": 50.0, "rail": 60.0, "water": 65.0, "edge": 65.0}
"""A line that runs this near along an accepted line is taken to be the same border."""

BESIDE_BORDER_M = 90.0
"""A line that runs this near along a street border is taken to be it: the source is not more exact."""

CROSSING = 2.8
"""A stretch beside another line is a crossing when it meets it and is at most this many distances long."""
FOLDED = 1.8
"""A line this many times longer than the way between its ends turns back on itself."""


@dataclass(frozen=True)
class Line:
    """One line (plane) with what it is: kind road|lane|rail|water|edge, class, name, and origin."""

    shape: Any
    kind: str
    klass: str
    name: str | None
    rank: int
    generated: bool = False


def read_lines(data_dir: Path) -> list[Line]:
    """Read all candidate lines (EPSG:4326 to plane), merged by name and class, the most important first."""
    lines = [*_roads(data_dir), *_rail(data_dir), *_waterways(data_dir), *_edges(data_dir)]
    return sorted(lines, key=lambda line: (line.rank, -round(line.shape.length, 3), line.shape.wkt))


def _layer(data_dir: Path, name: str) -> Any:
    import geopandas

    table = geopandas.read_file(data_dir / SOURCE, layer=name)
    table["plane"] = to_plane(np.asarray(table.geometry.array))
    return table


def _merged(table: Any, kind: str, klass: str, rank: int) -> list[Line]:
    """Join the pieces of one class that carry the same name into long simple lines."""
    found = []
    for name, group in table.groupby(table["name"].fillna(""), sort=True):
        whole = shapely.line_merge(shapely.union_all(np.asarray(group["plane"])))
        found += [
            Line(part, kind, klass, str(name) or None, rank)
            for part in shapely.get_parts(shapely.simplify(whole, 2.0))
            if part.geom_type == "LineString" and part.length > 1
        ]
    return found


def _roads(data_dir: Path) -> list[Line]:
    roads = _layer(data_dir, "roads_drive")
    found = []
    for klass, rank in ROAD_RANK.items():
        found += _merged(roads[roads.highway == klass], "road", klass, rank)
    for klass in sorted(MINOR_ROADS):
        found += _merged(roads[roads.highway == klass], "lane", klass, 6)
    return found


def _rail(data_dir: Path) -> list[Line]:
    rail = _layer(data_dir, "rail")
    rail = rail[(rail.geometry.geom_type == "LineString") & rail.service.isna()]
    above = rail[rail.railway.isin(["rail", "subway"]) & rail.tunnel.isna()]
    below = rail[(rail.railway == "subway") & (rail.tunnel == "yes")]
    return _merged(above, "rail", "surface", 1) + _merged(below, "rail", "tunnel", 5)


def _waterways(data_dir: Path) -> list[Line]:
    water = _layer(data_dir, "green_water")
    water = water[(water.geometry.geom_type == "LineString") & water.tunnel.isna()]
    wide = water[water.waterway.isin(["river", "canal"])]
    return _merged(wide, "water", "river", 3)


def _edges(data_dir: Path) -> list[Line]:
    """The outlines of large parks, lakes and campuses."""
    green = _layer(data_dir, "green_water")
    services = _layer(data_dir, "public_services")
    found = _outlines(green[green.leisure == "park"], "park", MIN_AREA_M2["green"])
    found += _outlines(green[green.natural == "water"], "lake", MIN_AREA_M2["water"])
    campus = services[services.amenity.isin(["university", "college", "school", "hospital", "library"])]
    return found + _outlines(campus, "campus", MIN_AREA_M2["campus"])


def _outlines(table: Any, klass: str, area_m2: float) -> list[Line]:
    table = table[shapely.area(np.asarray(table["plane"])) > area_m2]
    return [
        Line(shapely.simplify(plane.exterior, 7.0), "edge", klass, name, 7)
        for plane, name in zip(table["plane"], table["name"], strict=True)
        if plane.geom_type == "Polygon"
    ]


def accept(lines: list[Line], borders: Any, extent: Any) -> list[Line]:
    """Thin lines out so that none runs beside another or beside a street border; ends are joined up.

    borders, extent: plane geometry of the street borders and of the shown extent.
    """
    taken: list[Line] = []
    for line in lines:
        for piece in _unfolded(shapely.intersection(line.shape, extent), line.kind):
            border = _near([borders], piece, BESIDE_BORDER_M + 5.0)
            for part in _apart(piece, border, BESIDE_BORDER_M):
                taken += _clear_of(taken, part, line, border)
    return taken


def _clear_of(taken: list[Line], shape: Any, line: Line, border: Any) -> list[Line]:
    """Return the parts of a piece of a line that run clear of all accepted lines, with joined ends."""
    beside = BESIDE_M[line.kind]
    near = _near([t.shape for t in taken], shape, beside + 5.0)
    parts = [p for p in _apart(shape, near, beside) if p.length >= MIN_LENGTH_M[line.kind]]
    ends = [_joined(_joined(p, near, beside + 2.0), border, BESIDE_BORDER_M + 2.0) for p in parts]
    return [Line(settled(end), line.kind, line.klass, line.name, line.rank) for end in ends]


def _unfolded(shape: Any, kind: str) -> list[Any]:
    """Return the parts of a line; one that turns back (both carriageways in one) is cut at the turn."""
    found: list[Any] = []
    for part in shapely.get_parts(shape):
        if part.is_empty or part.geom_type != "LineString":
            continue
        xy = shapely.get_coordinates(part)
        away = np.hypot(*(xy - xy[0]).T)
        turn = int(away.argmax())
        if kind != "edge" and part.length > FOLDED * away[-1] and 0 < turn < len(xy) - 1:
            found += [shapely.LineString(xy[: turn + 1]), shapely.LineString(xy[turn:])]
        else:
            found.append(part)
    return found


def _near(used: list[Any], shape: Any, reach_m: float) -> Any:
    box = shapely.box(*shape.bounds).buffer(reach_m) if not shape.is_empty else shapely.Point()
    return shapely.union_all([shapely.intersection(u, box) for u in used])


def _apart(shape: Any, near: Any, distance_m: float) -> list[Any]:
    """Return the parts of a line that do not run beside `near`; short crossings of it are kept."""
    beside = shapely.get_parts(shapely.intersection(shape, near.buffer(distance_m, quad_segs=4)))
    along = [p for p in beside if p.length > CROSSING * distance_m or not p.intersects(near)]
    free = shapely.difference(shape, shapely.union_all(along).buffer(0.01)) if along else shape
    parts = [p for p in shapely.get_parts(shapely.line_merge(free)) if p.geom_type == "LineString"]
    return sorted(parts, key=lambda p: (-round(p.length, 3), p.wkt))


def _joined(part: Any, near: Any, reach_m: float) -> Any:
    """Lead both ends of a line to the accepted lines when they are within reach."""
    xy = shapely.get_coordinates(part)
    return shapely.LineString(np.vstack([*_lead(xy[0], near, reach_m), xy, *_lead(xy[-1], near, reach_m)]))


def _lead(end: Any, near: Any, reach_m: float) -> list[Any]:
    if near.is_empty:
        return []
    foot = shapely.get_coordinates(shapely.shortest_line(shapely.Point(end), near))[1]
    distance = float(np.hypot(*(foot - end)))
    if not 0.01 < distance < reach_m:
        return []
    return [_corner(foot, near)]


def _corner(foot: Any, near: Any) -> Any:
    """Prefer an existing vertex within 12 m to a new one beside it."""
    vertices = shapely.get_coordinates(near)
    gaps = np.hypot(*(vertices - foot).T)
    best = int(np.argmin(gaps))
    return vertices[best] if gaps[best] < 12.0 else foot
