"""Cut a block in two by a street: candidates across its long side, the best one wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.obstacles import Obstacles, route
from demo.generate.orientation import Orientation, shape_vector
from demo.generate.plane import settle

JOIN_M = 42.0
"""A street that would end this near an existing junction ends in it."""

CORNER_M = 32.0
"""A street does not end this near a corner of the block."""

SHARES = np.linspace(0.31, 0.69, 7)
"""Where across a block streets are tried."""

GOOD = 1.5
"""With a penalty under this no street across the other way is looked at."""

METRES_PER_PENALTY = 40.0

Floats = NDArray[np.float64]


@dataclass
class Site:
    """What cutting needs to know of the town; `junctions` grows while streets are added."""

    obstacles: Obstacles
    orientation: Orientation
    junctions: dict[tuple[int, int], list[Floats]] = field(default_factory=dict)

    def built_at(self, x: float, y: float) -> float:
        """Return 0 to 1: how densely the place is known to be built."""
        return float(self.obstacles.built_at(x, y))

    def add_junction(self, point: Floats) -> None:
        """Remember the end of a street."""
        self.junctions.setdefault(_cell(point), []).append(point)

    def junction_near(self, point: Floats, ring: Any) -> Floats | None:
        """Return the nearest junction within JOIN_M that lies on the ring."""
        column, row = _cell(point)
        cells = [(column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        near = [p for cell in cells for p in self.junctions.get(cell, ()) if np.hypot(*(p - point)) < JOIN_M]
        near = [p for p in near if ring.distance(shapely.Point(p)) < 0.01]
        return min(near, key=lambda p: float(np.hypot(*(p - point))), default=None)


@dataclass(frozen=True)
class Cut:
    """A street through a block: its points, the two halves, and how bad it is.

    price: the part of the penalty that is due to buildings; placement: the part that is due to its ends.
    """

    street: Floats
    halves: tuple[Any, Any]
    penalty: float
    price: float
    placement: float


def _cell(point: Floats) -> tuple[int, int]:
    return int(np.floor(point[0] / JOIN_M)), int(np.floor(point[1] / JOIN_M))


@dataclass(frozen=True)
class Block:
    """A polygon (plane, no holes) with what is asked of it again and again."""

    polygon: Any
    border: Any
    ring: Floats
    corners: Floats
    roundness: float

    @classmethod
    def of(cls, polygon: Any) -> Block:
        """Look a polygon over."""
        ring = shapely.get_coordinates(polygon.exterior)
        return cls(polygon, polygon.exterior, ring, _corners(ring), _roundness(polygon))


def best_cut(polygon: Any, site: Site, rng: np.random.Generator, bend: float) -> Cut | None:
    """Return the best street through a block (plane polygon without holes), or None when none is good.

    bend: typical sagitta of a street as a share of its length.
    """
    block = Block.of(polygon)
    angle = _angle(block, site)
    best: Cut | None = None
    for turn in (0.0, np.pi / 2):
        chords = _chords(block, angle + turn, rng)
        plain = [c for c in (_cut(block, start, end, site, rng, bend) for start, end in chords) if c]
        best = _best_of(block, plain, best, site)
        if best is not None and best.penalty < GOOD:
            break
    return best


def _best_of(block: Block, cuts: list[Cut], best: Cut | None, site: Site) -> Cut | None:
    """Return the best of some cuts, each led round the buildings in its way if that can make it the best."""
    for cut in sorted(cuts, key=lambda c: c.penalty - c.price):
        if best is not None and cut.penalty - cut.price >= best.penalty:
            break
        tried = _rerouted(block, cut, site)
        best = tried if best is None or tried.penalty < best.penalty else best
    return best


def _angle(block: Block, site: Site) -> float:
    """Return the direction of the street: along the field, across the long side of the block."""
    middle, ring = block.polygon.centroid, block.ring
    vector = shape_vector(ring) + 0.45 * site.orientation.at(middle.x, middle.y)
    angle = float(np.angle(vector)) / 4.0
    u = ring @ np.array([np.cos(angle), np.sin(angle)])
    v = ring @ np.array([-np.sin(angle), np.cos(angle)])
    return angle + np.pi / 2 if np.ptp(u) > np.ptp(v) else angle


def _chords(block: Block, angle: float, rng: np.random.Generator) -> list[tuple[Floats, Floats]]:
    """Return chords of the block in the direction, spread over its middle third or so."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    depth, width = block.ring @ across, block.ring @ along
    reach, middle = np.ptp(width) + 10.0, width.mean()
    found = []
    for share in SHARES + rng.uniform(-0.02, 0.02):
        foot = across * (depth.min() + share * np.ptp(depth)) + along * middle
        line = shapely.LineString([foot - along * reach, foot + along * reach])
        parts = shapely.get_parts(shapely.intersection(line, block.polygon))
        for part in sorted(parts, key=lambda p: -p.length)[:2]:
            if part.geom_type == "LineString" and part.length > 20.0:
                xy = shapely.get_coordinates(part)
                found.append((xy[0], xy[-1]))
    return found


def _cut(
    block: Block, start: Floats, end: Floats, site: Site, rng: np.random.Generator, bend: float
) -> Cut | None:
    joined = [site.junction_near(p, block.border) for p in (start, end)]
    ends = [settle(p) if j is None else j for p, j in zip((start, end), joined, strict=True)]
    if np.hypot(*(ends[1] - ends[0])) < 20.0:
        return None
    length = float(np.hypot(*(ends[1] - ends[0])))
    street = settle(_bent(ends[0], ends[1], length * bend * float(rng.normal()) if length > 220.0 else 0.0))
    halves = divide(block.ring, street)
    if halves is None:
        return None
    placement = _end_penalty(block, ends, joined)
    price = site.obstacles.along(street) / METRES_PER_PENALTY
    return Cut(street, halves, price + _shape_penalty(block, halves) + placement, price, placement)


def _rerouted(block: Block, cut: Cut, site: Site) -> Cut:
    """Lead a street that meets buildings round them, if that is possible and better."""
    if cut.price * METRES_PER_PENALTY < 4.0:
        return cut
    start, end = cut.street[0], cut.street[-1]
    reach = min(72.0, 0.3 * float(np.hypot(*(end - start))))
    street = settle(route(site.obstacles, start, end, reach))
    halves = divide(block.ring, street)
    if halves is None:
        return cut
    price = site.obstacles.along(street) / METRES_PER_PENALTY
    penalty = price + _shape_penalty(block, halves) + cut.placement
    return Cut(street, halves, penalty, price, cut.placement) if penalty < cut.penalty else cut


def _bent(start: Floats, end: Floats, sagitta: float) -> Floats:
    """Return a shallow arc of points about every 90 m, straight when the sagitta is under 2 m."""
    ahead = end - start
    length = float(np.hypot(*ahead))
    if abs(sagitta) < 2.0:
        return np.vstack([start, end])
    share = np.linspace(0.0, 1.0, max(3, int(length / 90.0)) + 1)[:, None]
    normal = np.array([-ahead[1], ahead[0]]) / length
    return start + share * ahead + 4.0 * share * (1.0 - share) * sagitta * normal


def divide(ring: Floats, street: Floats) -> tuple[Any, Any] | None:
    """Cut a closed ring by a street whose ends lie on it; None when the halves are not two clean polygons."""
    opened, i, j = _with_ends(ring[:-1], street[0], street[-1])
    if i == j:
        return None
    ahead, back = (street, street[::-1])
    first = np.vstack([_walk(opened, j, i), ahead[1:-1]])
    second = np.vstack([_walk(opened, i, j), back[1:-1]])
    if min(len(first), len(second)) < 3:
        return None
    halves = shapely.Polygon(first), shapely.Polygon(second)
    whole = shapely.Polygon(ring).area
    if not all(h.is_valid for h in halves) or abs(sum(h.area for h in halves) - whole) > 0.01 + 1e-6 * whole:
        return None
    return halves


def _walk(ring: Floats, i: int, j: int) -> Floats:
    """Return the points of an open ring from i to j, both included, in its direction."""
    return ring[i : j + 1] if i <= j else np.vstack([ring[i:], ring[: j + 1]])


def _with_ends(ring: Floats, start: Floats, end: Floats) -> tuple[Floats, int, int]:
    """Insert both points into an open ring where they lie on it; returns the ring and their places."""
    for point in (start, end):
        place, exists = _place(ring, point)
        if not exists:
            ring = np.insert(ring, place, point, axis=0)
    return ring, _index(ring, start), _index(ring, end)


def _index(ring: Floats, point: Floats) -> int:
    return int(np.abs(ring - point).sum(axis=1).argmin())


def _place(ring: Floats, point: Floats) -> tuple[int, bool]:
    if np.abs(ring - point).sum(axis=1).min() < 1e-6:
        return 0, True
    a, b = ring, np.roll(ring, -1, axis=0)
    edge = b - a
    share = ((point - a) * edge).sum(axis=1) / np.maximum((edge**2).sum(axis=1), 1e-12)
    foot = a + share.clip(0.0, 1.0)[:, None] * edge
    return int(np.hypot(*(foot - point).T).argmin()) + 1, False


def _shape_penalty(block: Block, halves: tuple[Any, Any]) -> float:
    """Penalise unequal and thin halves."""
    small, large = sorted(h.area for h in halves)
    roundness = min(_roundness(half) for half in halves)
    penalty = 1.2 * float(np.log(large / max(small, 1e-6))) ** 2
    penalty += 6.0 * max(0.0, min(0.42, block.roundness) - roundness)
    return penalty + (40.0 if small / large < 0.25 or roundness < 0.13 else 0.0)


def _roundness(polygon: Any) -> float:
    """Return 4 pi area / perimeter²: 1 for a circle, 0.785 for a square."""
    return float(4.0 * np.pi * polygon.area / polygon.length**2)


def _end_penalty(block: Block, ends: list[Floats], joined: list[Floats | None]) -> float:
    """Penalise ends near corners; reward ends in junctions, where the street goes on beyond the border."""
    penalty = 0.0
    corners = block.corners
    for point, junction in zip(ends, joined, strict=True):
        gap = float(np.hypot(*(corners - point).T).min()) if len(corners) else CORNER_M
        if junction is not None:
            penalty -= 0.35
        if 0.01 < gap < CORNER_M:
            penalty += 1.5 * (1.0 - gap / CORNER_M)
    return penalty


def _corners(ring: Floats) -> Floats:
    """Return the vertices of a closed ring that turn by more than 35 degrees."""
    before = ring[:-1] - np.roll(ring[:-1], 1, axis=0)
    after = ring[1:] - ring[:-1]
    turn = np.angle((after[:, 0] + 1j * after[:, 1]) / (before[:, 0] + 1j * before[:, 1] + 1e-12))
    return ring[:-1][np.abs(turn) > np.radians(35.0)]
