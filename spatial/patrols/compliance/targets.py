"""Targets of patrols, and the samples that they are looked at by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput
from spatial.geometry.equal_area import areas_m2
from spatial.geometry.plane import Plane
from spatial.patrols.compliance.track import FloatArray

POINTS, LINES, AREAS = "points", "lines", "areas"
KINDS = (POINTS, LINES, AREAS)
MOST_SAMPLES = 20_000
"""Of one target: a line of 100 km, or 50 km² in cells of 50 m."""
LEAST_CELLS = 16
"""A small area is looked at in smaller cells, so that a share of it means something."""


@dataclass(frozen=True)
class Target:
    """One thing that a patrol has to cover: what the plan says of it."""

    geometry: Any
    """Point, (multi)line or (multi)polygon in degrees, WGS-84."""
    radius_m: float = 20.0
    """Of a point: how near one has to be."""
    dwell_s: float = 0.0
    """Of a point: for how long."""
    buffer_m: float = 15.0
    """Of a line: how far beside it one may walk."""
    directed: bool = False
    """Of a line: only the way that it is drawn counts."""
    cell_m: float = 50.0
    """Of an area: side of its cells."""
    revisit_s: float = 0.0
    """Of an area: how long a cell may be without a visit; 0: once is enough."""
    weight: float = 1.0
    """What it counts beside the others of its plan."""

    @property
    def kind(self) -> str:
        """points, lines or areas."""
        number = int(shapely.get_type_id(self.geometry))
        found = {0: POINTS, 1: LINES, 5: LINES, 3: AREAS, 6: AREAS}.get(number)
        if found is None:
            raise InvalidInput.at("geometry", "must be a point, a (multi)line or a (multi)polygon")
        return found


@dataclass(frozen=True)
class Samples:
    """Where a target is looked at: n places on its plane."""

    plane: Plane
    xy: FloatArray
    """(n, 2) metres."""
    reach_m: FloatArray
    weight: FloatArray
    """Metres, square metres, or one."""
    tangents: FloatArray
    """(n, 2): the way of the line there."""
    part: npt.NDArray[np.int64]
    """Part of the line; runs of samples end with it."""
    shapes: Any
    """(n,) what each stands for, in degrees: a piece of line, a cell, or the point."""

    def __len__(self) -> int:
        return len(self.xy)


def samples_of(target: Target, step_m: float) -> Samples:
    """Lay samples over a target; InvalidInput for one that is empty or takes too many."""
    if shapely.is_empty(target.geometry):
        raise InvalidInput.at("geometry", "must not be empty")
    plane = Plane.around(target.geometry)
    make = {POINTS: _of_point, LINES: _of_line, AREAS: _of_area}[target.kind]
    found = make(target, plane, step_m)
    if not len(found):
        raise InvalidInput.at("geometry", "has no extent")
    return found


def _check(count: float) -> None:
    if count > MOST_SAMPLES:
        raise InvalidInput.at("geometry", f"is too large: more than {MOST_SAMPLES} samples; divide it")


def _of_point(target: Target, plane: Plane, _: float) -> Samples:
    one = np.ones(1)
    return Samples(
        plane, np.zeros((1, 2)), one * target.radius_m, one, np.zeros((1, 2)), np.zeros(1, np.int64),
        np.array([target.geometry], object),
    )  # fmt: skip


def _of_line(target: Target, plane: Plane, step_m: float) -> Samples:
    parts = plane.project(shapely.get_parts(target.geometry))
    lengths = shapely.length(parts)
    parts, lengths = parts[lengths > 0], lengths[lengths > 0]
    _check(float(np.sum(lengths)) / step_m)
    # Equal pieces of each part, none longer than the step; a sample weighs the length it stands for.
    counts = np.maximum(1, np.ceil(lengths / step_m - 1e-9)).astype(np.int64)
    part = np.repeat(np.arange(len(parts)), counts)
    step = (lengths / counts)[part]
    number = np.arange(len(part)) - np.repeat(np.cumsum(counts) - counts, counts)
    middle = _at(parts[part], (number + 0.5) * step)
    begins, ends = _at(parts[part], number * step), _at(parts[part], (number + 1) * step)
    pieces = plane.lonlat(shapely.linestrings(np.stack([begins, middle, ends], axis=1)))
    reach = np.full(len(part), target.buffer_m)
    return Samples(plane, middle, reach, step, ends - begins, part, pieces)


def _at(lines: Any, along_m: FloatArray) -> FloatArray:
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(lines, along_m)), np.float64)


def _of_area(target: Target, plane: Plane, _: float) -> Samples:
    if not shapely.is_valid(target.geometry):
        raise InvalidInput.at("geometry", f"is not valid: {shapely.is_valid_reason(target.geometry)}")
    whole_m2 = float(areas_m2([target.geometry])[0])
    side = min(target.cell_m, np.sqrt(whole_m2 / LEAST_CELLS)) if whole_m2 else target.cell_m
    _check(whole_m2 / side**2)
    cells = equal_cells(target.geometry, plane, side)
    middle = plane.project(shapely.centroid(cells))
    count = len(cells)
    return Samples(
        plane, shapely.get_coordinates(middle), np.full(count, side / np.sqrt(2)), np.full(count, side**2),
        np.zeros((count, 2)), np.zeros(count, np.int64), cells,
    )  # fmt: skip


def equal_cells(area: Any, plane: Plane, side_m: float) -> Any:
    """Give the cells, boxes in degrees of `side_m`² on the ellipsoid each, whose middles lie in an area.

    Rows are equally high; how wide the cells of a row are follows from its latitude. Row by row, to and fro,
    as somebody would walk them.
    """
    west, south, east, north = shapely.bounds(area).tolist()
    high = side_m / float(plane.metres_per_nano[1]) * 1e-9
    _check((east - west) / high * 0.2 * (north - south) / high)
    rows = south + high * np.arange(max(1, int(np.ceil((north - south) / high - 1e-6))))
    strips = areas_m2(shapely.box(0.0, rows, 0.001, rows + high))
    found = []
    for number, (row, strip) in enumerate(zip(rows.tolist(), strips.tolist(), strict=True)):
        wide = side_m**2 / strip * 0.001
        columns = np.arange(max(1, int(np.ceil((east - west) / wide - 1e-6))))[:: -1 if number % 2 else 1]
        found.append(shapely.box(west + columns * wide, row, west + (columns + 1) * wide, row + high))
    cells = np.concatenate(found)
    shapely.prepare(area)
    inside = cells[shapely.covers(area, shapely.centroid(cells))]
    return inside if len(inside) else np.array([shapely.box(west, south, east, north)], object)
