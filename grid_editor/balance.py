"""Divides blocks among units so that each carries its share: contiguous, near its target, little disruption.

A first draft comes from METIS (k-way, contiguous) or from the units as they are; single blocks then change
sides as long as that brings loads nearer to their target, keeps every part in one piece and is worth its
price: borders off the streets, ragged outlines and people who get another grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from grid_editor.adjacency import Floats, Ints

MOST_MOVES = 4_000
_FEW = 6
"""METIS makes nothing of a graph with fewer blocks a part."""
_MANY = 500
SEEDS = (1, 7, 23)
"""METIS draws lots; the best of a few drafts is taken."""


@dataclass(frozen=True)
class Blocks:
    """Blocks as a graph: what each carries, and what a border between two of them costs.

    Nothing may be cut through a block: it is what streets, rivers and walls enclose.
    """

    load: Floats
    """(n,) households, people or events: what is to be balanced."""
    a: Ints
    b: Ints
    """(m,) blocks on both sides of each common border."""
    shared_m: Floats
    """(m,) its length."""
    price: Floats
    """(m,) per metre of a unit's border there: 0 along a main street, 1 through a neighbourhood."""

    def __len__(self) -> int:
        return len(self.load)


@dataclass(frozen=True)
class Division:
    """A part for every block, and how good that is."""

    part: Ints
    """(n,)."""
    load: Floats
    """(k,)."""
    target: float
    tolerance: float
    pieces: Ints
    """(k,) in how many pieces each part lies; 1 but where the blocks themselves fall apart."""
    border_m: float
    off_streets_m: float
    """Length of borders between parts, and of it what follows no street."""
    moved_load: float
    moved_blocks: int
    """What has another unit than before (for a split: than the part that keeps the identity)."""

    @property
    def worst(self) -> float:
        """The largest deviation from the target, as a share of it."""
        return float(np.abs(self.load / self.target - 1).max(initial=0.0)) if self.target > 0 else 0.0

    @property
    def is_balanced(self) -> bool:
        """Tell whether every part is within the tolerance."""
        return self.worst <= self.tolerance

    @property
    def is_contiguous(self) -> bool:
        """Tell whether every part is in one piece."""
        return bool((self.pieces == 1).all())


def split(blocks: Blocks, parts: int, tolerance: float = 0.05) -> Division:
    """Divide blocks into `parts` parts of like load; the heaviest part is number 0 and keeps the identity."""
    tried = [_refined(blocks, draft, parts, tolerance, None) for draft in _drafts(blocks, parts)]
    best = min(tried, key=_badness)
    order = np.argsort(-best.load, kind="stable")
    rank = np.empty(parts, np.int64)
    rank[order] = np.arange(parts)
    part = rank[best.part]
    moved = part != 0
    return replace(
        best, part=part, load=best.load[order], pieces=best.pieces[order],
        moved_load=float(blocks.load[moved].sum()), moved_blocks=int(moved.sum()),
    )  # fmt: skip


def rebalance(blocks: Blocks, home: Ints, tolerance: float = 0.05) -> Division:
    """Even out the units that blocks belong to now, with as little disruption as possible.

    home: (n,) the present unit of each block, 0 … k-1. Moving single blocks over borders is tried first; only
    when that does not reach the tolerance, new parts are drawn and named after those they overlap most.
    """
    parts = int(home.max(initial=0)) + 1
    nudged = _refined(blocks, home.copy(), parts, tolerance, home)
    if nudged.is_balanced:
        return nudged
    named = [_named_after(blocks, draft, home, parts) for draft in _drafts(blocks, parts)]
    drawn = [_refined(blocks, draft, parts, tolerance, home) for draft in named]
    return min([nudged, *drawn], key=_badness)


def parts_for(load: float, most: float) -> int:
    """Tell into how many parts a unit must go so that none carries more than `most`."""
    return max(1, int(np.ceil(load / most)))


def _badness(division: Division) -> tuple[float, ...]:
    """Balance first, as far as it is asked for; then disruption and borders off the streets."""
    off = max(0.0, division.worst - division.tolerance)
    return (float((division.pieces != 1).sum()), round(off, 3), division.moved_load, division.off_streets_m)


def _drafts(blocks: Blocks, parts: int) -> list[Ints]:
    """Draw first drafts: by METIS, which needs some blocks a part; among few also by joining the lightest."""
    if parts <= 1 or len(blocks) <= parts:
        return [np.minimum(np.arange(len(blocks)), max(parts - 1, 0))]
    drawn = [_metis(blocks, parts, seed) for seed in SEEDS] if len(blocks) >= _FEW * parts else []
    return drawn if len(blocks) > _MANY else [*drawn, _gathered(blocks, parts)]


def _gathered(blocks: Blocks, parts: int) -> Ints:
    """Join the lightest group to its lightest neighbour until `parts` groups are left."""
    group = np.arange(len(blocks))
    load = blocks.load.astype(np.float64).copy()
    lonely: set[int] = set()
    while len(np.unique(group)) > parts:
        groups = [int(one) for one in np.unique(group) if one not in lonely]
        if not groups:
            break
        lightest = min(groups, key=lambda one: (load[one], one))
        a, b = group[blocks.a], group[blocks.b]
        near = np.setdiff1d(np.concatenate([b[a == lightest], a[b == lightest]]), [lightest])
        if not len(near):
            lonely.add(lightest)
            continue
        into = min(near.tolist(), key=lambda one: (load[one], one))
        load[into] += load[lightest]
        group[group == lightest] = into
    numbered = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return np.minimum(numbered, parts - 1)


def _metis(blocks: Blocks, parts: int, seed: int) -> Ints:
    import pymetis

    starts, near, metres, price = _rows(blocks)
    cost = np.maximum(1, np.rint((0.1 + price) * metres)).astype(int)
    weights = np.maximum(1, np.rint(blocks.load / max(blocks.load.max(), 1e-9) * 10_000)).astype(int)
    options = pymetis.Options(contig=int(_is_connected(blocks)), ufactor=30, ncuts=2, niter=20, seed=seed)
    graph = pymetis.CSRAdjacency(starts.tolist(), near.tolist())
    _, part = pymetis.part_graph(
        parts, graph, eweights=cost.tolist(), vweights=weights.tolist(), recursive=False, options=options
    )
    return np.asarray(part, np.int64)


def _named_after(blocks: Blocks, part: Ints, home: Ints, parts: int) -> Ints:
    """Number parts so that as much load as possible stays where it is (assignment problem)."""
    from scipy.optimize import linear_sum_assignment

    common = np.zeros((parts, parts))
    np.add.at(common, (part, home), blocks.load + 1e-9)
    rows, columns = linear_sum_assignment(-common)
    name = np.empty(parts, np.int64)
    name[rows] = columns
    return name[part]


def _refined(blocks: Blocks, part: Ints, parts: int, tolerance: float, home: Ints | None) -> Division:
    from grid_editor.balance_kernels import improve

    part = part.astype(np.int64)
    total = np.bincount(part, blocks.load, minlength=parts)
    target = float(blocks.load.sum() / parts)
    was = np.full(len(blocks), -1, np.int64) if home is None else home
    if target > 0:
        improve(*_rows(blocks), blocks.load, part, was, total, target, tolerance, MOST_MOVES)
    return _division(blocks, part, parts, tolerance, home)


def _division(blocks: Blocks, part: Ints, parts: int, tolerance: float, home: Ints | None) -> Division:
    """Say how good a division is."""
    load = np.bincount(part, blocks.load, minlength=parts).astype(np.float64)
    cut = part[blocks.a] != part[blocks.b]
    moved = np.zeros(len(blocks), bool) if home is None else part != home
    return Division(
        part, load, float(blocks.load.sum() / parts), tolerance, _pieces(blocks, part, parts),
        float(blocks.shared_m[cut].sum()), float((blocks.shared_m * blocks.price)[cut].sum()),
        float(blocks.load[moved].sum()), int(moved.sum()),
    )  # fmt: skip


def _rows(blocks: Blocks) -> tuple[Ints, Ints, Floats, Floats]:
    """Give the graph in compressed rows: starts, neighbours, metres and prices."""
    rows, columns = np.concatenate([blocks.a, blocks.b]), np.concatenate([blocks.b, blocks.a])
    order = np.lexsort((columns, rows))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(blocks)))]).astype(np.int64)
    twice = np.tile(np.arange(len(blocks.a)), 2)[order]
    return starts, columns[order], blocks.shared_m[twice], blocks.price[twice]


def _pieces(blocks: Blocks, part: Ints, parts: int) -> Ints:
    same = part[blocks.a] == part[blocks.b]
    count, label = _components(len(blocks), blocks.a[same], blocks.b[same])
    part_of = np.full(count, -1, np.int64)
    part_of[label] = part
    return np.bincount(part_of, minlength=parts)


def _is_connected(blocks: Blocks) -> bool:
    return bool(_components(len(blocks), blocks.a, blocks.b)[0] == 1)


def _components(count: int, a: Ints, b: Ints) -> tuple[int, Ints]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    number, label = connected_components(graph, directed=False)
    return int(number), np.asarray(label, np.int64)
