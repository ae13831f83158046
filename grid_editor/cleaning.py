"""Makes a coverage of polygons that nearly are one: gaps and overlaps are decided face by face, and reported.

All borders are noded on the precision grid, so the plane falls into faces, and each face is given to one unit
or to none. Nothing is moved but vertices within `snap_m`; whatever area changes hands stands in the report.
The result is proved by build_arcs, which refuses what is not edge-matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from grid_editor.adjacency import Floats, Ints, Shapes, borders, covering, edges_between
from spatial.errors import InvalidInput, Problem
from spatial.geometry.arcs import OUTSIDE, Arcs, build_arcs, dissolve
from spatial.geometry.plane import Plane

OverlapRule = Literal["longest_border", "largest", "smallest", "first"]
ROUNDS = 50
"""Faces that lie deep among undecided ones are decided from their rim inwards."""


@dataclass(frozen=True)
class Tolerances:
    """What is mended without asking; anything beyond is left as it is and reported."""

    snap_m: float = 0.05
    """Vertices of two units this near to each other are the same."""
    gap_width_m: float = 2.0
    """A gap that is nowhere much wider (2 · area / perimeter) is closed."""
    overlap: OverlapRule = "longest_border"
    """Who keeps what two units claim."""


@dataclass(frozen=True)
class Moved:
    """One face that changed hands."""

    kind: Literal["gap_closed", "overlap_decided", "left_parent"]
    area_m2: float
    width_m: float
    lon: float
    lat: float
    claimed_by: tuple[int, ...]
    """Units (their places in the input) that had it; none: it was a gap."""
    given_to: int
    """-1: to nobody."""


@dataclass(frozen=True)
class Cleaned:
    """A coverage, and what had to be done for it."""

    arcs: Arcs
    """Left and right are places in the input."""
    area_before_m2: Floats
    """(n,) of each polygon as it came, made valid."""
    area_after_m2: Floats
    gained_m2: Floats
    lost_m2: Floats
    """(n,) both exact by faces: after = before + gained - lost, but for vertices that were snapped."""
    moved: tuple[Moved, ...]
    gaps: tuple[Moved, ...]
    """Holes between the units that are too wide to be closed without asking."""
    invalid: tuple[int, ...]
    """Polygons that crossed themselves and were made valid."""
    snapped_vertices: int
    snapped_most_m: float
    parent_of: Ints
    """(n,) place of the parent of each unit; -1 where no parents were given."""
    lost_units: tuple[int, ...] = field(default=())
    """Units that nothing is left of: wholly covered by others, or without area."""


def clean(polygons: Sequence[Any], tolerances: Tolerances, parents: Sequence[Any] = ()) -> Cleaned:
    """Make a coverage of polygons in lon/lat degrees.

    polygons: Polygon or MultiPolygon each, at least one. parents: edge-matched polygons that the units must
    nest in; each unit belongs to the one that holds most of it, and gets nothing of another. Raises
    InvalidInput that names the units whose shape is no polygon or empty.
    """
    shapes = np.asarray(polygons, dtype=object)
    _refuse_others(shapes)
    plane = Plane.around(shapes)
    valid, invalid = _made_valid(shapes)
    flat = plane.project(valid)
    snapped, count, most = _snapped(flat, tolerances.snap_m)
    above = plane.project(np.asarray(parents, dtype=object)) if len(parents) else np.empty(0, object)
    faces = _Faces.of(plane, snapped, above)
    parent_of = faces.parents_of_units(len(shapes))
    moved, gaps = faces.decide(tolerances, parent_of)
    arcs = faces.arcs(plane)
    before, after = shapely.area(snapped), faces.area_of_units(len(shapes))
    gained, lost = faces.gained_and_lost(len(shapes))
    empty = tuple(np.flatnonzero(after == 0).tolist())
    return Cleaned(
        arcs, before, after, gained, lost, tuple(_placed(plane, moved)), tuple(_placed(plane, gaps)),
        invalid, count, most, parent_of, empty,
    )  # fmt: skip


def _refuse_others(shapes: Shapes) -> None:
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes))
    if not len(shapes):
        raise InvalidInput.at("units", "there is no polygon")
    if len(wrong):
        raise InvalidInput([Problem(f"unit {at}", "is no polygon, or an empty one") for at in wrong[:20]])


def _made_valid(shapes: Shapes) -> tuple[Shapes, tuple[int, ...]]:
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    out = shapely.force_2d(shapes)
    out[bad] = [_areal(one) for one in shapely.make_valid(out[bad], method="structure")]
    return out, tuple(bad.tolist())


def _areal(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    kept = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(kept) if kept else shapely.MultiPolygon()


def _snapped(shapes: Shapes, snap_m: float) -> tuple[Shapes, int, float]:
    """Bring vertices of different units that are nearly the same together: onto the first of each cluster."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    target = _clusters(points, owner, snap_m)
    distance = np.hypot(*(points - points[target]).T)
    changed = np.unique(owner[distance > 0])
    out = shapes.copy()
    moved = points[target]
    for unit in changed:
        new = shapely.set_coordinates(shapely.transform(shapes[unit], lambda xy: xy), moved[owner == unit])
        out[unit] = new if new.is_valid else _areal(shapely.make_valid(new, method="structure"))
    return out, int((distance > 0).sum()), float(distance.max(initial=0.0))


def _clusters(points: Floats, owner: Ints, snap_m: float) -> Ints:
    """Give each vertex the vertex it is moved onto: the first near one that stays itself."""
    from scipy.spatial import cKDTree

    target = np.arange(len(points))
    pairs = (
        cKDTree(points).query_pairs(snap_m, output_type="ndarray") if snap_m > 0 else np.empty((0, 2), int)
    )
    pairs = np.sort(pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]], axis=1)
    for first, second in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if target[first] == first and target[second] == second:
            target[second] = first
    return target


@dataclass
class _Faces:
    """The faces of the plane between all borders (plane metres), and who has each."""

    shapes: Shapes
    area: Floats
    width: Floats
    middles: Shapes
    claims: list[tuple[int, ...]]
    parent: Ints
    """(f,) -1: outside of all parents, or there are none."""
    has_parents: bool
    a: Ints
    b: Ints
    shared_m: Floats
    """Borders between faces, and their lengths."""
    owner: Ints

    @classmethod
    def of(cls, plane: Plane, units: Shapes, parents: Shapes) -> _Faces:
        """Cut the plane at all borders."""
        lines = shapely.boundary(np.concatenate([units, parents]))
        shapes = plane.faces(plane.noded(lines))
        middles = shapely.point_on_surface(shapes)
        claims = covering(units, middles)
        parent = np.array([found[0] if found else OUTSIDE for found in covering(parents, middles)], np.int64)
        keep = np.array([bool(claim) for claim in claims]) | _is_enclosed(parent, len(parents))
        shapes, middles, parent = shapes[keep], middles[keep], parent[keep]
        kept = [claim for claim, stays in zip(claims, keep, strict=True) if stays]
        edges = edges_between(shapes)
        a, b, shared, _ = borders(edges, np.zeros(len(edges.a)))
        area, around = shapely.area(shapes), shapely.length(shapes)
        owner = np.full(len(shapes), OUTSIDE, np.int64)
        return cls(
            shapes, area, 2 * area / around, middles, kept, parent, bool(len(parents)), a, b, shared, owner
        )

    def parents_of_units(self, n_units: int) -> Ints:
        """Find the parent that holds most of each unit; -1 for all where there are none."""
        found = np.full(n_units, OUTSIDE, np.int64)
        if not self.has_parents:
            return found
        held = np.zeros((n_units, int(self.parent.max(initial=0)) + 1))
        for face, claim in enumerate(self.claims):
            if self.parent[face] != OUTSIDE:
                held[list(claim), self.parent[face]] += self.area[face]
        some = held.max(axis=1, initial=0) > 0
        found[some] = held[some].argmax(axis=1)
        return found

    def decide(self, tolerances: Tolerances, parent_of: Ints) -> tuple[list[Moved], list[Moved]]:
        """Give every face to one unit or to nobody; returns what changed hands, and the gaps that stay."""
        allowed = [self._allowed(face, parent_of) for face in range(len(self.shapes))]
        single = [len(claim) == 1 for claim in allowed]
        self.owner[single] = [claim[0] for claim, one in zip(allowed, single, strict=True) if one]
        disputed = [face for face, claim in enumerate(allowed) if len(claim) > 1]
        self._settle(disputed, allowed, tolerances.overlap, parent_of)
        gaps = [face for face, claim in enumerate(allowed) if not claim]
        closed = [face for face in gaps if self._is_closed(face, tolerances)]
        self._settle(closed, allowed, "longest_border", parent_of)
        moved = [self._moved(face) for face in range(len(self.shapes)) if self._has_moved(face)]
        stay = [self._moved(face) for face in gaps if self.owner[face] == OUTSIDE and self._is_inside(face)]
        return moved, stay

    def _allowed(self, face: int, parent_of: Ints) -> tuple[int, ...]:
        if not self.has_parents:
            return self.claims[face]
        return tuple(unit for unit in self.claims[face] if parent_of[unit] == self.parent[face] != OUTSIDE)

    def _is_closed(self, face: int, tolerances: Tolerances) -> bool:
        """A narrow gap is closed; so is what a unit had outside its parent, whatever its size."""
        if self.has_parents and self.parent[face] == OUTSIDE:
            return False
        return self._is_inside(face) and (
            self.width[face] <= tolerances.gap_width_m or bool(self.claims[face])
        )

    def _is_inside(self, face: int) -> bool:
        """Not to be decided beyond the parents' outer border, if there are any."""
        return not self.has_parents or bool(self.parent[face] != OUTSIDE)

    def _settle(
        self, faces: list[int], allowed: list[tuple[int, ...]], rule: OverlapRule, parent_of: Ints
    ) -> None:
        """Decide faces from those that touch decided ones inwards."""
        waiting = faces
        for _ in range(ROUNDS):
            decided = {face: self._winner(face, allowed[face], rule, parent_of) for face in waiting}
            for face, unit in decided.items():
                self.owner[face] = unit
            waiting = [face for face in waiting if self.owner[face] == OUTSIDE]
            if not waiting or all(unit == OUTSIDE for unit in decided.values()):
                break
        for face in waiting:
            self.owner[face] = allowed[face][0] if allowed[face] else OUTSIDE

    def _winner(self, face: int, claim: tuple[int, ...], rule: OverlapRule, parent_of: Ints) -> int:
        if rule == "first":
            return min(claim)
        if rule in ("largest", "smallest"):
            sizes = {unit: self.area[self.owner == unit].sum() for unit in claim}
            return (max if rule == "largest" else min)(sizes, key=lambda unit: (sizes[unit], -unit))
        return self._longest_neighbour(face, claim, parent_of)

    def _longest_neighbour(self, face: int, claim: tuple[int, ...], parent_of: Ints) -> int:
        """Find the unit with the longest border to a face: a claiming one, else of its parent."""
        lengths: dict[int, float] = {}
        for other, metres in self._around(face):
            unit = int(self.owner[other])
            if unit == OUTSIDE or (claim and unit not in claim):
                continue
            if self.has_parents and parent_of[unit] != self.parent[face]:
                continue
            lengths[unit] = lengths.get(unit, 0.0) + metres
        return max(lengths, key=lambda unit: (lengths[unit], -unit)) if lengths else OUTSIDE

    def _around(self, face: int) -> list[tuple[int, float]]:
        here = np.flatnonzero((self.a == face) | (self.b == face))
        others = np.where(self.a[here] == face, self.b[here], self.a[here])
        return [(int(o), float(m)) for o, m in zip(others, self.shared_m[here], strict=True)]

    def _has_moved(self, face: int) -> bool:
        return self.claims[face] != (int(self.owner[face]),) and not (
            not self.claims[face] and self.owner[face] == OUTSIDE
        )

    def _moved(self, face: int) -> Moved:
        claim, owner = self.claims[face], int(self.owner[face])
        kind: Any = "gap_closed" if not claim else "overlap_decided" if owner in claim else "left_parent"
        point = self.middles[face]
        return Moved(kind, float(self.area[face]), float(self.width[face]), point.x, point.y, claim, owner)

    def area_of_units(self, n_units: int) -> Floats:
        """Sum the faces of each unit."""
        owned = self.owner != OUTSIDE
        return np.bincount(self.owner[owned], self.area[owned], minlength=n_units).astype(np.float64)

    def gained_and_lost(self, n_units: int) -> tuple[Floats, Floats]:
        """Sum for each unit what it got and what it gave, m²."""
        gained, lost = np.zeros(n_units), np.zeros(n_units)
        for face, claim in enumerate(self.claims):
            owner = int(self.owner[face])
            if owner != OUTSIDE and owner not in claim:
                gained[owner] += self.area[face]
            for unit in claim:
                if unit != owner:
                    lost[unit] += self.area[face]
        return gained, lost

    def arcs(self, plane: Plane) -> Arcs:
        """Join the faces of each unit; no coordinate is computed on the way."""
        return dissolve(build_arcs(plane.lonlat(self.shapes)), self.owner.astype(np.int32))


def _is_enclosed(parent: Ints, n_parents: int) -> npt.NDArray[np.bool_]:
    """Keep the gaps inside parents; without parents every face that lines enclose is one."""
    return parent != OUTSIDE if n_parents else np.ones(len(parent), bool)


def _placed(plane: Plane, moved: list[Moved]) -> list[Moved]:
    """Say in lon/lat where it happened."""
    if not moved:
        return []
    lonlat = plane.lonlat_of(np.array([(one.lon, one.lat) for one in moved]))
    return [
        Moved(one.kind, one.area_m2, one.width_m, float(lon), float(lat), one.claimed_by, one.given_to)
        for one, (lon, lat) in zip(moved, lonlat, strict=True)
    ]
