"""Random planar coverages on the precision grid, with slivers, enclaves, holes, parts and busy nodes."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st

from spatial.geometry.precision import from_nano

ORIGINS = [
    (116_300_000_000, 39_960_000_000),
    (-1_000_000_000, -500_000_000),
    (179_999_000_000, -33_100_000_000),
]


def polygonise(
    lines: list[list[tuple[int, int]]], origin: tuple[int, int], scale: int
) -> list[shapely.Polygon]:
    """Cut the plane by lines with whole coordinates; every face is on the precision grid, edge-matched."""
    noded = shapely.union_all(
        [shapely.LineString(line) for line in lines if len(set(line)) > 1], grid_size=1.0
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return [place(face, origin, scale) for face in faces]


def place(face: shapely.Polygon, origin: tuple[int, int], scale: int) -> shapely.Polygon:
    """Move a polygon with whole coordinates to an origin in nano-degrees, enlarged by a whole scale."""
    return shapely.transform(face, lambda xy: from_nano(np.rint(xy).astype(np.int64) * scale + origin))


@st.composite
def coverages(draw: st.DrawFn) -> list[shapely.MultiPolygon]:
    """Draw units: faces of random lines and rings, some merged into one unit, some left out as holes."""
    size = draw(st.sampled_from([6, 20, 400]))
    point = st.tuples(st.integers(0, size), st.integers(0, size))
    lines = draw(st.lists(st.lists(point, min_size=2, max_size=4), min_size=1, max_size=7))
    lines.append([(0, 0), (size, 0), (size, size), (0, size), (0, 0)])
    for _ in range(draw(st.integers(0, 2))):
        x, y = draw(point)
        lines.append([(x, y), (x + 2, y), (x + 2, y + 1), (x, y + 2), (x, y)])
    faces = polygonise(lines, draw(st.sampled_from(ORIGINS)), draw(st.sampled_from([1, 7, 1000, 250_000])))
    unit_of = draw(st.lists(st.integers(-1, len(faces)), min_size=len(faces), max_size=len(faces)))
    return [
        as_multi(shapely.coverage_union_all([faces[i] for i in np.flatnonzero(np.equal(unit_of, unit))]))
        for unit in sorted(set(unit_of) - {-1})
    ]


def as_multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(shapely.get_parts(geometry)))
