"""The 28 street polygons of Haidian: repaired, put on the precision grid and edge-matched, with a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from demo.generate.plane import faces_of, noded, to_plane

MEASURE_CRS = 4548
"""CGCS2000 / 3-degree Gauss-Krueger, 117 E: the zone in which repairs and reported areas are measured."""

GAP_WIDTH_M = 5.0
"""Cracks narrower than this are closed by the coverage cleaner."""

SLIVER_M2 = 10_000.0
"""Holes and detached parts smaller than this are drawing faults; larger ones are taken as real."""


@dataclass
class Repair:
    """What happened to one source polygon; areas in m² (EPSG:4548)."""

    source_id: int
    fault: str
    parts: int
    area_before_m2: float
    area_after_m2: float = 0.0
    moved_to_m2: dict[int, float] = field(default_factory=dict)
    gap_filled_m2: float = 0.0


@dataclass
class Streets:
    """The repaired streets in the order of their source ids; `polygons` in the plane, edge-matched."""

    source_ids: list[int]
    polygons: list[Any]
    repairs: list[Repair]
    holes: list[dict[str, Any]]


def read_streets(data_dir: Path) -> tuple[list[int], Any]:
    """Read the source polygons of Haidian (EPSG:4326) with their ids, sorted by id."""
    import geopandas

    table = geopandas.read_file(data_dir / "beijing_townships.gpkg", layer="townships")
    table = table[table.district_name == "海淀区"].sort_values("township_id")
    return [int(i) for i in table.township_id], table.geometry


def repair_streets(data_dir: Path) -> Streets:
    """Repair the source polygons: valid, no overlap, no crack, on the precision grid, edge-matched."""
    ids, source = read_streets(data_dir)
    drawn = np.asarray(source.to_crs(MEASURE_CRS).array, dtype=object)
    valid = shapely.make_valid(drawn)
    clean = _without_slivers(shapely.coverage_clean(valid, gap_width=GAP_WIDTH_M))
    faces = _matched(clean)
    repairs = [
        Repair(i, shapely.is_valid_reason(d), int(shapely.get_num_geometries(d)), v.area)
        for i, d, v in zip(ids, drawn, valid, strict=True)
    ]
    final = project(faces)
    _account(repairs, valid, final)
    return Streets(ids, faces, repairs, _holes(final))


def project(faces: Any) -> Any:
    """Convert plane geometries to EPSG:4548 for measuring; returns an object array."""
    import geopandas

    from demo.generate.plane import to_lonlat

    return np.asarray(geopandas.GeoSeries(to_lonlat(np.asarray(faces)), crs=4326).to_crs(MEASURE_CRS).array)


def _without_slivers(polygons: Any) -> Any:
    """Give small holes of the union and small detached parts to the neighbour with the longest border."""
    polygons = np.array(polygons, dtype=object)
    loose = []
    for i, polygon in enumerate(polygons):
        parts = shapely.get_parts(polygon)
        small = shapely.area(parts) < SLIVER_M2
        loose.extend(parts[small])
        polygons[i] = shapely.union_all(parts[~small])
    rings = shapely.get_parts(shapely.get_rings(shapely.union_all(polygons)))
    holes = [p for p in shapely.polygons(rings) if p.area < SLIVER_M2]
    for piece in loose + holes:
        border = shapely.length(shapely.intersection(polygons, piece.boundary.buffer(0.01)).astype(object))
        winner = int(np.argmax(border))
        polygons[winner] = shapely.union(polygons[winner], piece.buffer(0.005, join_style="mitre"))
    return shapely.coverage_clean(polygons, gap_width=GAP_WIDTH_M)


def _matched(polygons: Any) -> list[Any]:
    """Put cleaned polygons (EPSG:4548) on the precision grid of lon/lat and node their borders there."""
    import geopandas

    degrees = geopandas.GeoSeries(polygons, crs=MEASURE_CRS).to_crs(4326)
    plane = to_plane(np.asarray(degrees.array))
    faces = faces_of(noded(shapely.boundary(plane)))
    middles = shapely.point_on_surface(faces)
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    owner = [np.flatnonzero(shapely.contains_xy(polygon, x, y)) for polygon in plane]
    return [shapely.unary_union(faces[mine]) for mine in owner]


def _account(repairs: list[Repair], before: Any, after: Any) -> None:
    """Fill in where each square metre went; amounts below 0.05 m² are noise of the reprojection."""
    everything = shapely.union_all(before)
    tree = shapely.STRtree(after)
    for repair, old, new in zip(repairs, before, after, strict=True):
        repair.area_after_m2 = round(new.area, 2)
        repair.area_before_m2 = round(old.area, 2)
        repair.gap_filled_m2 = round(new.difference(everything).area, 2)
        for j in tree.query(old, predicate="intersects"):
            moved = old.intersection(after[j]).area if after[j] is not new else 0.0
            if moved > 0.05:
                repair.moved_to_m2[repairs[j].source_id] = round(moved, 2)


def _holes(polygons: Any) -> list[dict[str, Any]]:
    """Name what is left open inside the extent: places that the source does not draw."""
    import geopandas

    rings = shapely.get_parts(shapely.get_rings(shapely.union_all(polygons)))
    holes = shapely.polygons(rings)[1:]
    middles = geopandas.GeoSeries(shapely.point_on_surface(holes), crs=MEASURE_CRS).to_crs(4326)
    return [
        {"lon": round(p.x, 6), "lat": round(p.y, 6), "area_m2": round(h.area, 1)}
        for p, h in zip(middles, holes, strict=True)
    ]
