"""The compiled questions to a locate index: which unit has a point, and how far is its border.

Every kernel takes `Tables` and plain arrays, never raises, and answers NaN, infinity and far points
as unassigned. See docs/3-locate.md for the tables and for why the answers are exact.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from spatial.grids.compiled import compiled, inlined
from spatial.grids.exact import side, side_terms
from spatial.grids.locate_build import (
    EDGE_FLOATS,
    KIND_BEND,
    KIND_NONE,
    KIND_ONE,
    KIND_SEVERAL,
    cell_of,
)

INSIDE, BORDER, NEAREST, UNASSIGNED = 0, 1, 2, 3
_OUTSIDE = -1
_LEFT, _RIGHT, _OWN_A, _OWN_B, _OWN_EDGE, _TURN = 8, 9, 10, 11, 12, 13
_RADIANS = math.pi / 180.0
_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_2 = 0.006694379990141316
_ON_BORDER_M = 1e-6
_BLOCK = 1024


class Tables(NamedTuple):
    """The arrays of one index: read-only views into one buffer of bytes."""

    frame: Any
    """float64: west south east north of the coverage, columns per degree, rows per degree."""
    shape: Any
    """int64: columns, rows."""
    cells: Any
    """int32, row by row from the south: label >= -1, or a reference (see `locate_build.link`)."""
    edges: Any
    """float64 (e, 8): see `locate_build.EDGE_FLOATS`."""
    records: Any
    """The same memory as int32 (e, 16)."""
    stream: Any
    """int32: the lists of the cells with several edges."""
    ref_x: Any
    """float64: longitude of the reference point of each column."""
    ref_y: Any
    """float64: latitude of the reference point of each row."""
    near_frame: Any
    """float64: as frame, of the coverage grown by the tolerance, plus the tolerance in metres."""
    near_shape: Any
    near_starts: Any
    """int32 CSR: the outer edges within the tolerance of each block."""
    near_edges: Any
    unit_chunks: Any
    """int32 CSR: the chunks of each unit's border."""
    chunk_boxes: Any
    """float64 (c, 4): west south east north."""
    chunk_starts: Any
    """int32 CSR into chunk_edges."""
    chunk_edges: Any
    rank: Any
    """int32: place of each unit in the order of the codes."""


@compiled
def locate_many(t: Tables, lon: Any, lat: Any, unit: Any, ruling: Any) -> None:
    """Locate each point inside the coverage; writes unit int32 (-1 = outside) and ruling uint8 (n,).

    Block by block, and within a block one kind of cell after the other: the loads of a step do not wait for
    the branches of the step before, which makes it several times faster than point by point.
    """
    frame, shape, cells, edges, records = t.frame, t.shape, t.cells, t.edges, t.records
    listed = np.empty((4, _BLOCK + 1), np.int32)
    for start in range(0, len(lon), _BLOCK):
        end = min(start + _BLOCK, len(lon))
        x, y, of, by = lon[start:end], lat[start:end], unit[start:end], ruling[start:end]
        _read_cells(frame, shape, cells, x, y, of)
        counts = _sort_by_kind(of, by, listed)
        _beside_one_edge(edges, records, x, y, of, by, listed[KIND_ONE, : counts[KIND_ONE]])
        _beside_bend(edges, records, x, y, of, by, listed[KIND_BEND, : counts[KIND_BEND]])
        _among_edges(t, x, y, of, by, listed[KIND_SEVERAL, : counts[KIND_SEVERAL]])


@compiled
def _read_cells(frame: Any, shape: Any, cells: Any, lon: Any, lat: Any, unit: Any) -> None:
    west, south, east, north, scale_x, scale_y = frame
    columns, rows = shape
    for i in range(len(lon)):
        x, y = lon[i], lat[i]
        within = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        column = cell_of(x if within else west, west, scale_x, columns)
        row = cell_of(y if within else south, south, scale_y, rows)
        label = cells[row * columns + column]
        unit[i] = label if within else _OUTSIDE


@compiled
def _sort_by_kind(unit: Any, ruling: Any, listed: Any) -> tuple[int, int, int, int]:
    """List the points by the kind of their reference; those with a plain label are answered by it."""
    one, bend, several = 0, 0, 0
    for i in range(len(unit)):
        label = unit[i]
        ruling[i] = INSIDE if label >= 0 else UNASSIGNED
        kind = (-2 - label) & 3 if label < _OUTSIDE else KIND_NONE
        listed[KIND_ONE, one] = listed[KIND_BEND, bend] = listed[KIND_SEVERAL, several] = i
        one += kind == KIND_ONE
        bend += kind == KIND_BEND
        several += kind == KIND_SEVERAL
    return one, bend, several, 0


@compiled
def _beside_one_edge(
    edges: Any, records: Any, lon: Any, lat: Any, unit: Any, ruling: Any, listed: Any
) -> None:
    """Decide by the side of the one edge that crosses the cell."""
    for k in range(len(listed)):
        i = listed[k]
        e = (-2 - unit[i]) >> 2
        left, right, bound = side_terms(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], lon[i], lat[i])
        label = records[e, _LEFT] if left > right else records[e, _RIGHT]
        unit[i], ruling[i] = label, INSIDE if label >= 0 else UNASSIGNED
        if abs(left - right) <= bound:
            on = side(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], lon[i], lat[i])
            label = records[e, _OWN_EDGE if on == 0 else (_LEFT if on > 0 else _RIGHT)]
            unit[i] = label
            ruling[i] = BORDER if on == 0 else (INSIDE if label >= 0 else UNASSIGNED)


@compiled
def _beside_bend(edges: Any, records: Any, lon: Any, lat: Any, unit: Any, ruling: Any, listed: Any) -> None:
    """Decide by the two edges of one arc that bend in the cell.

    Where the arc turns left, its left side lies left of both edges; where it turns right, left of either.
    """
    for k in range(len(listed)):
        i = listed[k]
        e = (-2 - unit[i]) >> 2
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        cx, cy = edges[e + 1, 2], edges[e + 1, 3]
        left, right, bound = side_terms(ax, ay, bx, by, lon[i], lat[i])
        left_2, right_2, bound_2 = side_terms(bx, by, cx, cy, lon[i], lat[i])
        one, other, turns_left = left > right, left_2 > right_2, records[e, _TURN] >= 0
        is_left = ((one & other) & turns_left) | ((one | other) & (not turns_left))
        label = records[e, _LEFT] if is_left else records[e, _RIGHT]
        by_label = INSIDE if label >= 0 else UNASSIGNED
        if (abs(left - right) <= bound) | (abs(left_2 - right_2) <= bound_2):
            first, second = side(ax, ay, bx, by, lon[i], lat[i]), side(bx, by, cx, cy, lon[i], lat[i])
            on_first = first == 0 and _in_box(ax, ay, bx, by, lon[i], lat[i])
            on_second = second == 0 and _in_box(bx, by, cx, cy, lon[i], lat[i])
            is_left = min(first, second) > 0 if turns_left else max(first, second) > 0
            label = records[e, _OWN_EDGE if on_first or on_second else (_LEFT if is_left else _RIGHT)]
            by_label = BORDER if on_first or on_second else (INSIDE if label >= 0 else UNASSIGNED)
        unit[i], ruling[i] = label, by_label


@inlined
def _in_box(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    return bool(min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by))


@compiled
def _among_edges(t: Tables, lon: Any, lat: Any, unit: Any, ruling: Any, listed: Any) -> None:
    """Walk from the cell's reference point to the point; each edge crossed adds the change of the label.

    The changes sum up in any order, so nothing needs sorting. A vertex exactly on the way counts as left.
    """
    edges, records, stream, frame, shape = t.edges, t.records, t.stream, t.frame, t.shape
    for n in range(len(listed)):
        i = listed[n]
        x, y = lon[i], lat[i]
        rx = t.ref_x[cell_of(x, frame[0], frame[4], shape[0])]
        ry = t.ref_y[cell_of(y, frame[1], frame[5], shape[1])]
        at = (-2 - unit[i]) >> 2
        label, touched = stream[at + 1], -1
        for k in range(at + 2, at + 2 + stream[at]):
            e = stream[k] >> 1
            ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            on = side(ax, ay, bx, by, x, y)
            if on == 0:
                if _in_box(ax, ay, bx, by, x, y):
                    touched = e
            elif (on > 0) != (stream[k] & 1 == 1) and (side(x, y, rx, ry, ax, ay) >= 0) != (
                side(x, y, rx, ry, bx, by) >= 0
            ):
                label += on * (records[e, _LEFT] - records[e, _RIGHT])
        unit[i], ruling[i] = label, INSIDE if label >= 0 else UNASSIGNED
        if touched >= 0:
            at_a = x == edges[touched, 0] and y == edges[touched, 1]
            at_b = x == edges[touched, 2] and y == edges[touched, 3]
            unit[i] = records[touched, _OWN_A if at_a else (_OWN_B if at_b else _OWN_EDGE)]
            ruling[i] = BORDER


@compiled
def adopt_many(t: Tables, lon: Any, lat: Any, unit: Any, ruling: Any) -> None:
    """Give unassigned points to the nearest unit within the tolerance; equally near: the smallest code."""
    starts, members, edges, records, rank = t.near_starts, t.near_edges, t.edges, t.records, t.rank
    west, south, east, north, scale_x, scale_y, tolerance_m = t.near_frame
    columns, rows = t.near_shape
    for i in range(len(lon)):
        x, y = lon[i], lat[i]
        if ruling[i] != UNASSIGNED or not (west <= x <= east and south <= y <= north):
            continue
        block = cell_of(y, south, scale_y, rows) * columns + cell_of(x, west, scale_x, columns)
        if starts[block] == starts[block + 1]:
            continue
        kx, ky = metres_per_degree(y)
        best = np.inf
        for k in range(starts[block], starts[block + 1]):
            e = members[k]
            foot_x, foot_y = _foot(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], x, y, kx, ky)
            away_m = _length_m(foot_x, foot_y, y)
            owner = records[e, _OWN_EDGE]
            if away_m <= tolerance_m and (away_m < best or (away_m == best and rank[owner] < rank[unit[i]])):
                best, unit[i], ruling[i] = away_m, owner, NEAREST


@compiled
def metres_per_degree(lat: float) -> tuple[float, float]:
    """Give the length of a degree of longitude and of latitude on the WGS-84 ellipsoid at a latitude."""
    sine = math.sin(lat * _RADIANS)
    root = math.sqrt(1.0 - _ECCENTRICITY_2 * sine * sine)
    prime = _SEMI_MAJOR_M / root
    kx = prime * math.cos(lat * _RADIANS) * _RADIANS
    return kx, prime * (1.0 - _ECCENTRICITY_2) / (root * root) * _RADIANS


@compiled
def _length_m(east: float, north: float, lat: float) -> float:
    """Measure an offset in degrees with the degree lengths of its middle latitude."""
    kx, ky = metres_per_degree(lat + north / 2.0)
    return math.sqrt((east * kx) * (east * kx) + (north * ky) * (north * ky))


@inlined
def _foot(
    ax: float, ay: float, bx: float, by: float, x: float, y: float, kx: float, ky: float
) -> tuple[float, float]:
    """Give the nearest place of an edge as an offset in degrees from the point."""
    dx, dy = (bx - ax) * kx, (by - ay) * ky
    along = -((ax - x) * kx * dx + (ay - y) * ky * dy) / (dx * dx + dy * dy)
    if along <= 0.0:
        return ax - x, ay - y
    if along >= 1.0:
        return bx - x, by - y
    return ax - x + along * (bx - ax), ay - y + along * (by - ay)


@inlined
def _box_distance_2(boxes: Any, c: int, x: float, y: float, kx: float, ky: float) -> float:
    east = max(boxes[c, 0] - x, 0.0, x - boxes[c, 2]) * kx
    north = max(boxes[c, 1] - y, 0.0, y - boxes[c, 3]) * ky
    return float(east * east + north * north)


@inlined
def _nearest_box(boxes: Any, first: int, last: int, x: float, y: float, kx: float, ky: float) -> int:
    nearest, least = first, np.inf
    for c in range(first, last):
        away = _box_distance_2(boxes, c, x, y, kx, ky)
        nearest, least = (c, away) if away < least else (nearest, least)
    return nearest


@compiled
def border_many(t: Tables, lon: Any, lat: Any, unit: Any, border_m: Any, runner_up: Any) -> None:
    """Measure each point to the border of its unit; NaN and -1 where the unit is -1."""
    edges, records, rank = t.edges, t.records, t.rank
    unit_chunks, boxes, starts, members = t.unit_chunks, t.chunk_boxes, t.chunk_starts, t.chunk_edges
    for i in range(len(lon)):
        x, y, own = lon[i], lat[i], unit[i]
        border_m[i], runner_up[i] = np.nan, _OUTSIDE
        if own < 0 or own >= len(rank) or not (abs(x) <= 360.0 and abs(y) <= 90.0):
            continue
        kx, ky = metres_per_degree(y)
        best, nearest, beyond = np.inf, -1, _OUTSIDE
        first, last = unit_chunks[own], unit_chunks[own + 1]
        # The nearest box first: its edges rule out most of the others.
        start = _nearest_box(boxes, first, last, x, y, kx, ky)
        for turn in range(last - first):
            c = start + turn if start + turn < last else start + turn - (last - first)
            if _box_distance_2(boxes, c, x, y, kx, ky) > best:
                continue
            for k in range(starts[c], starts[c + 1]):
                e = members[k]
                foot_x, foot_y = _foot(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], x, y, kx, ky)
                near = (foot_x * kx) * (foot_x * kx) + (foot_y * ky) * (foot_y * ky)
                if near > best:
                    continue
                other = records[e, _LEFT] + records[e, _RIGHT] - own
                # Equally near: the smallest code, and outside last.
                if near < best or (other >= 0 and (beyond < 0 or rank[other] < rank[beyond])):
                    best, nearest, beyond = near, e, other
        if nearest < 0:
            continue
        ax, ay, bx, by = edges[nearest, 0], edges[nearest, 1], edges[nearest, 2], edges[nearest, 3]
        foot_x, foot_y = _foot(ax, ay, bx, by, x, y, kx, ky)
        border_m[i], runner_up[i] = _length_m(foot_x, foot_y, y), beyond
        if border_m[i] < _ON_BORDER_M and side(ax, ay, bx, by, x, y) == 0:
            border_m[i] = 0.0


@compiled
def unpack(buffer: Any, layout: Any) -> Tables:
    """View the tables in one buffer of bytes; layout int64 (16, 2): where each starts and ends, in order."""
    edges = buffer[layout[3, 0] : layout[3, 1]]
    return Tables(
        buffer[layout[0, 0] : layout[0, 1]].view(np.float64),
        buffer[layout[1, 0] : layout[1, 1]].view(np.int64),
        buffer[layout[2, 0] : layout[2, 1]].view(np.int32),
        edges.view(np.float64).reshape((-1, EDGE_FLOATS)),
        edges.view(np.int32).reshape((-1, 2 * EDGE_FLOATS)),
        buffer[layout[4, 0] : layout[4, 1]].view(np.int32),
        buffer[layout[5, 0] : layout[5, 1]].view(np.float64),
        buffer[layout[6, 0] : layout[6, 1]].view(np.float64),
        buffer[layout[7, 0] : layout[7, 1]].view(np.float64),
        buffer[layout[8, 0] : layout[8, 1]].view(np.int64),
        buffer[layout[9, 0] : layout[9, 1]].view(np.int32),
        buffer[layout[10, 0] : layout[10, 1]].view(np.int32),
        buffer[layout[11, 0] : layout[11, 1]].view(np.int32),
        buffer[layout[12, 0] : layout[12, 1]].view(np.float64).reshape((-1, 4)),
        buffer[layout[13, 0] : layout[13, 1]].view(np.int32),
        buffer[layout[14, 0] : layout[14, 1]].view(np.int32),
        buffer[layout[15, 0] : layout[15, 1]].view(np.int32),
    )


@compiled
def answer_point(buffer: Any, layout: Any, x: float, y: float) -> tuple[int, int, float, int]:
    """Give unit, ruling, metres to the border and runner-up of one point; cheap, for it takes two arrays."""
    t = unpack(buffer, layout)
    place, numbers = np.array([x, y, 0.0]), np.zeros(2, np.int32)
    ruling = np.zeros(1, np.uint8)
    lon, lat, border_m = place[:1], place[1:2], place[2:]
    locate_many(t, lon, lat, numbers[:1], ruling)
    adopt_many(t, lon, lat, numbers[:1], ruling)
    border_many(t, lon, lat, numbers[:1], border_m, numbers[1:])
    return numbers[0], ruling[0], border_m[0], numbers[1]
