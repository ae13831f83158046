"""City blocks: the faces between real lines, cut further by generated streets until they are small enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from demo.generate.cutting import Site, best_cut
from demo.generate.density import bend_at, block_area_at, hilliness
from demo.generate.obstacles import route
from demo.generate.plane import faces_of, noded, settle
from demo.generate.real_lines import Line

EXTEND_M = 650.0
CLASS_BY_AREA = ((900_000.0, "secondary"), (220_000.0, "tertiary"))
MAIN = {klass for _, klass in CLASS_BY_AREA}


@dataclass(frozen=True)
class Layout:
    """The town's lines (plane): all real and generated ones, and the noded edges that blocks are made from.

    Dead ends are among the lines, not among the edges.
    """

    lines: list[Line]
    edges: Any


def extend_ends(lines: list[Line], borders: Any, site: Site) -> list[Line]:
    """Lead dead ends of real lines on to the next line, if that is near and no building stands there."""
    network = shapely.get_parts(noded([borders, *(line.shape for line in lines)]))
    added: list[Line] = []
    for point, heading in _dead_ends(network):
        pieces = np.append(network, [line.shape for line in added]) if added else network
        road = _onward(point, heading, pieces, site)
        if road is not None:
            added.append(Line(road, "road", "tertiary", None, 4, generated=True))
    return added


def _dead_ends(network: Any) -> list[tuple[Any, Any]]:
    """Return (end, unit heading) of the lines that end in nothing."""
    ends: dict[tuple[float, float], list[Any]] = {}
    for piece in network:
        xy = shapely.get_coordinates(piece)
        ends.setdefault(tuple(xy[0]), []).append(xy)
        ends.setdefault(tuple(xy[-1]), []).append(xy[::-1])
    single = sorted((end, xys[0]) for end, xys in ends.items() if len(xys) == 1)
    return [(np.array(end), _heading(xy)) for end, xy in single]


def _heading(xy: Any) -> Any:
    back = np.flatnonzero(np.hypot(*(xy - xy[0]).T) > 40.0)
    ahead = xy[0] - xy[back[0] if len(back) else -1]
    return ahead / max(np.hypot(*ahead), 1e-9)


def _onward(point: Any, heading: Any, network: Any, site: Site) -> Any | None:
    ray = shapely.LineString([point + heading * 0.5, point + heading * EXTEND_M])
    hits = shapely.get_coordinates(shapely.intersection(network[shapely.intersects(network, ray)], ray))
    if len(hits) == 0:
        return None
    hit = settle(hits[int(np.hypot(*(hits - point).T).argmin())])
    if np.hypot(*(hit - point)) < 1.0:
        return None
    path = settle(route(site.obstacles, point, hit, 40.0))
    road = shapely.LineString(path)
    return road if site.obstacles.along(path) < 15.0 and road.is_simple else None


def lay_out(
    lines: list[Line], borders: Any, polygons: Any, site: Site, rng_of: Callable[[int], np.random.Generator]
) -> Layout:
    """Cut every street polygon (plane) into blocks by its real lines, then by generated streets."""
    used = [*lines, *extend_ends(lines, borders, site)]
    used += _bridges(used, borders, polygons, site)
    faces = faces_of(noded([borders, *(line.shape for line in used)]))
    _remember(faces, site)
    middles = shapely.point_on_surface(faces)
    made: list[Line] = []
    shapely.prepare(polygons)
    for index, polygon in enumerate(polygons):
        mine = faces[shapely.contains_properly(polygon, middles)]
        made += subdivide(sorted(mine, key=lambda f: (-f.area, f.wkt)), site, rng_of(index))
    edges = noded([*shapely.boundary(faces), *(line.shape for line in made)])
    return Layout(used + made, edges)


def _bridges(lines: list[Line], borders: Any, polygons: Any, site: Site) -> list[Line]:
    """Tie rings that float inside a face (a park amid nothing) to its border with two roads each."""
    faces = faces_of(noded([borders, *(line.shape for line in lines)]))
    extent = shapely.union_all(polygons)
    made = []
    for face in faces:
        for hole in face.interiors:
            if shapely.Polygon(hole).intersects(extent):
                made += _ties(face, hole, site)
    return made


def _ties(face: Any, hole: Any, site: Site) -> list[Line]:
    middle = shapely.point_on_surface(shapely.Polygon(hole))
    angle = float(np.angle(site.orientation.at(middle.x, middle.y))) / 4.0
    ahead = np.array([np.cos(angle), np.sin(angle)]) * 20_000.0
    center = np.array([middle.x, middle.y])
    shore = shapely.MultiLineString([face.exterior, *(r for r in face.interiors if r is not hole)])
    found = []
    for turn in (ahead, -ahead, np.array([-ahead[1], ahead[0]]), np.array([ahead[1], -ahead[0]])):
        ray = shapely.LineString([center, center + turn])
        start = _last(shapely.intersection(ray, hole), center)
        out = shapely.get_coordinates(shapely.intersection(ray, shore))
        out = out[np.hypot(*(out - center).T) > np.hypot(*(start - center)) + 1.0]
        if len(out):
            found.append((start, out[int(np.hypot(*(out - start).T).argmin())]))
    found.sort(key=lambda pair: float(np.hypot(*(pair[1] - pair[0]))))
    paths = [settle(route(site.obstacles, a, b, 30.0)) for a, b in found[:2]]
    return [Line(shapely.LineString(p), "road", "tertiary", None, 4, generated=True) for p in paths]


def _last(points: Any, center: Any) -> Any:
    xy = shapely.get_coordinates(points)
    return xy[int(np.hypot(*(xy - center).T).argmax())]


def _remember(faces: Any, site: Site) -> None:
    """Enter all crossings of the real network as junctions that generated streets may lead to."""
    points = np.vstack([shapely.get_coordinates(face)[:-1] for face in faces])
    corners, counts = np.unique(points, axis=0, return_counts=True)
    for point in corners[counts >= 3]:
        site.add_junction(point)


def _street(points: Any, area_m2: float, hills: float) -> Line:
    """Return a generated street; the larger the block it cuts, the more important it is."""
    klass = next(
        (k for area, k in CLASS_BY_AREA if area_m2 > area), "track" if hills > 0.5 else "residential"
    )
    kind = "road" if klass in MAIN else "lane"
    return Line(shapely.LineString(points), kind, klass, None, 5, generated=True)


def subdivide(faces: list[Any], site: Site, rng: np.random.Generator) -> list[Line]:
    """Cut faces (plane) in two again and again; returns the streets that were made."""
    made = []
    waiting = list(faces)
    while waiting:
        face = waiting.pop()
        middle = face.representative_point()
        target = block_area_at(middle.x, middle.y, site)
        if face.interiors or face.area < target * float(np.clip(rng.lognormal(0.38, 0.3), 0.85, 2.6)):
            continue
        cut = best_cut(face, site, rng, bend_at(middle.x, middle.y))
        if cut is None or cut.penalty > 6.0:
            continue
        made.append(_street(cut.street, face.area, float(hilliness(middle.x, middle.y))))
        site.add_junction(cut.street[0])
        site.add_junction(cut.street[-1])
        waiting += cut.halves
    return made
