"""Streets as a graph: pieces of street between corners, made of the lines of a map.

Lines meet where they share a vertex, and where one ends on another. Lines that only cross do not: there is a
bridge. One-way streets are open both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.crs import geodesic_m

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOUCH_M = 0.5
"""A street that ends this near to another one ends on it."""
_GRAIN = 1e-7
"""Degrees: vertices of one such cell are one."""
_SMALL = 0.01


@dataclass(frozen=True)
class Graph:
    """Streets between corners; edge e leads from `ends[e, 0]` to `ends[e, 1]`."""

    ends: Ints
    """(edges, 2): corners."""
    length_m: Floats
    """(edges,): along the WGS-84 ellipsoid."""
    first: Ints
    """(corners + 1,): where the ways from each corner begin in `way`."""
    way: Ints
    """(2 * edges,): the edges that leave a corner."""
    part: Ints
    """(corners,): which connected part of the network a corner lies in."""
    lines: Any
    """(edges,): their lines in the plane, metres."""
    tree: shapely.STRtree
    lat: float
    """Where the plane is true."""

    @property
    def corners(self) -> int:
        """Count the corners."""
        return len(self.part)

    def plane(self, lon: Any, lat: Any) -> Any:
        """Turn degrees (n,) into points of the plane."""
        return shapely.points(_flat(np.column_stack([lon, lat]).astype(float), self.lat))


def build(lines: Any) -> Graph | None:
    """Make the graph of lines (LineStrings or MultiLineStrings, degrees); None when there are none."""
    parts = shapely.get_parts(np.asarray(lines, dtype=object))
    parts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
    coords, owner = shapely.get_coordinates(parts, return_index=True)
    if not len(coords) or not np.isfinite(coords).all():
        coords, owner = coords[:0], owner[:0]
    spots = np.round(coords / _GRAIN).astype(np.int64)
    keep = np.ones(len(spots), bool)
    keep[1:] = (spots[1:] != spots[:-1]).any(axis=1) | (owner[1:] != owner[:-1])
    spots, owner = _joined(spots[keep], owner[keep].astype(np.int64))
    return _graph(spots, owner) if len(owner) and (owner[1:] == owner[:-1]).any() else None


def _joined(spots: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Give a line a vertex where another one ends on it."""
    if len(owner) < 2:
        return spots, owner
    lat = float(spots[:, 1].mean()) * _GRAIN
    whole = np.bincount(owner, minlength=int(owner[-1]) + 1)[owner] > 1
    spots, owner = spots[whole], owner[whole]
    if not len(owner):
        return spots, owner
    _, owner = np.unique(owner, return_inverse=True)
    flat = _flat((spots * _GRAIN).astype(float), lat)
    lines = shapely.linestrings(flat, indices=owner)
    ends = np.flatnonzero(np.diff(owner, prepend=-1, append=owner[-1] + 1))
    tips = np.unique(np.concatenate([ends[:-1], ends[1:] - 1]))
    tip, line = shapely.STRtree(lines).query(shapely.points(flat[tips]), "dwithin", distance=TOUCH_M)
    tip = tips[tip]
    held = set(zip(_number(spots).tolist(), owner.tolist(), strict=True))
    new = np.array(
        [(number, to) not in held for number, to in zip(_number(spots)[tip].tolist(), line, strict=True)],
        bool,
    )
    return _with(spots, owner, flat, lines, tip[new], line[new]) if new.any() else (spots, owner)


def _with(spots: Ints, owner: Ints, flat: Floats, lines: Any, tip: Ints, line: Ints) -> tuple[Ints, Ints]:
    """Put vertices into lines, each behind the one before it along the line."""
    step = np.hypot(*np.diff(flat, axis=0, prepend=flat[:1]).T)
    step[np.diff(owner, prepend=-1) != 0] = 0
    total = np.cumsum(step)
    along = total - total[np.searchsorted(owner, owner)]
    at = shapely.line_locate_point(lines[line], shapely.points(flat[tip]))
    owners, places = np.concatenate([owner, line]), np.concatenate([along, at])
    # Of what lies at one place the line's own vertices come first.
    order = np.lexsort((np.arange(len(owners)), places, owners))
    return np.concatenate([spots, spots[tip]])[order], owners[order]


def _graph(spots: Ints, owner: Ints) -> Graph:
    _, vertex, counts = np.unique(_number(spots), return_inverse=True, return_counts=True)
    begins = np.diff(owner, prepend=-1) != 0
    tips = begins | np.append(begins[1:], True)
    is_corner = counts > 1
    is_corner[vertex[tips]] = True
    start = np.flatnonzero(owner[1:] == owner[:-1])
    # Each segment belongs to the piece of street that the last corner before it began.
    piece = np.cumsum(is_corner[vertex[start]] | begins[start]) - 1
    last = np.append(np.diff(piece) != 0, True)
    lon_lat = spots * _GRAIN
    segment_m = geodesic_m(*lon_lat[start].T, *lon_lat[start + 1].T)
    order = np.argsort(np.concatenate([piece, piece[last]]), kind="stable")
    rows = np.concatenate([start, start[last] + 1])[order]
    lat = float(lon_lat[:, 1].mean())
    lines = shapely.linestrings(
        _flat(lon_lat[rows], lat), indices=np.concatenate([piece, piece[last]])[order]
    )
    corner = np.cumsum(is_corner) - 1
    first = np.append(True, last[:-1])
    ends = corner[vertex[np.column_stack([start[first], start[last] + 1])]].astype(np.int64)
    length_m = np.bincount(piece, segment_m).astype(float)
    return _laid_out(ends, length_m, lines, lat, int(corner[-1]) + 1)


def _laid_out(ends: Ints, length_m: Floats, lines: Any, lat: float, corners: int) -> Graph:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = np.arange(len(ends))
    order = np.argsort(ends.ravel(order="F"), kind="stable")
    first = np.zeros(corners + 1, np.int64)
    np.cumsum(np.bincount(ends.ravel(), minlength=corners), out=first[1:])
    joins = coo_array((np.ones(len(ends)), ends.T), (corners, corners)).tocsr()
    part = connected_components(joins, directed=False)[1].astype(np.int64)
    way = np.tile(edges, 2)[order].astype(np.int64)
    return Graph(ends, length_m, first, way, part, lines, shapely.STRtree(lines), lat)


def _number(spots: Ints) -> Ints:
    return (spots[:, 0] + 2**31) * 2**32 + (spots[:, 1] + 2**31)


def _flat(lon_lat: Floats, lat: float) -> Floats:
    """Lay degrees into a plane whose measures are true at a latitude."""
    east, north = geodesic_m([0, 0], [lat, lat - _SMALL / 2], [_SMALL, 0], [lat, lat + _SMALL / 2])
    return np.asarray(lon_lat * np.array([east, north]) / _SMALL)
