"""Group blocks into contiguous, balanced, compact areas whose borders prefer main roads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.generate.faces import Blocks

GRIDS_PER_COMMUNITY = 2.6
EXHAUSTIVE = 15
"""Up to this many blocks every possible cut is looked at."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def components(count: int, a: Ints, b: Ints) -> list[Ints]:
    """Return the connected parts of a graph as arrays of node numbers, the part of the lowest node first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == k) for k in range(int(label.max()) + 1)]


def partition(blocks: Blocks, members: Ints, parts: int, seed: int) -> list[Ints]:
    """Split connected blocks into about `parts` connected groups of like weight with METIS."""
    if parts <= 1 or len(members) <= 1:
        return [members]
    import pymetis

    inner, a, b = blocks.within(members)
    starts, targets, costs = _rows(len(members), a, b, np.maximum(1, blocks.cost[inner] * 10).astype(int))
    _, label = pymetis.part_graph(
        parts,
        pymetis.CSRAdjacency(starts, targets),
        eweights=costs,
        vweights=np.maximum(1, np.rint(blocks.weight[members] * 1000)).astype(int).tolist(),
        recursive=False,
        options=pymetis.Options(contig=1, ufactor=120, ncuts=4, niter=20, seed=seed),
    )
    return [g for g in _connected(members, np.asarray(label), a, b) if len(g)]


def _rows(count: int, a: Ints, b: Ints, cost: Any) -> tuple[list[int], list[int], list[int]]:
    """Return the graph in compressed rows as METIS wants it."""
    rows, columns, costs = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([cost, cost])
    order = np.lexsort((columns, rows))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))])
    return starts.tolist(), columns[order].tolist(), costs[order].tolist()


def _connected(members: Ints, label: Ints, a: Ints, b: Ints) -> list[Ints]:
    """Return the groups of a labelling; a group in several pieces becomes several groups."""
    same = label[a] == label[b]
    return [members[part] for part in components(len(members), a[same], b[same])]


def split_evenly(blocks: Blocks, members: Ints, parts: int, seed: int) -> list[Ints]:
    """Split connected blocks into exactly `parts` groups where that is possible, by the best cuts."""
    if parts <= 1 or len(members) < 2:
        return [members]
    if len(members) > EXHAUSTIVE:
        halves = partition(blocks, members, 2, seed)
    else:
        halves = _best_halves(blocks, members, parts)
    if len(halves) < 2:
        return [members]
    shares = _shares(blocks, halves, parts)
    return [g for half, n in zip(halves, shares, strict=True) for g in split_evenly(blocks, half, n, seed)]


def _shares(blocks: Blocks, halves: list[Ints], parts: int) -> list[int]:
    """Divide a number of groups among parts by weight, each at least one."""
    weights = np.array([blocks.weight[h].sum() for h in halves])
    shares = np.maximum(1, np.floor(weights / weights.sum() * parts)).astype(int)
    while shares.sum() < parts:
        shares[int(np.argmax(weights / shares))] += 1
    return shares.tolist()


def _best_halves(blocks: Blocks, members: Ints, parts: int) -> list[Ints]:
    """Look at every cut of a few blocks into two connected groups and return the best one."""
    inner, a, b = blocks.within(members)
    count = len(members)
    masks = np.arange(1, 2 ** (count - 1), dtype=np.int64)
    near = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(near, a, 1 << b)
    np.bitwise_or.at(near, b, 1 << a)
    full = (1 << count) - 1
    masks = masks[_is_connected(masks, near)]
    masks = masks[_is_connected(full ^ masks, near)]
    if len(masks) == 0:
        return [members]
    inside = (masks[:, None] >> np.arange(count)) & 1
    score = _score(blocks, members, inner, a, b, inside.astype(float), parts)
    best = inside[int(score.argmin())].astype(bool)
    return [members[best], members[~best]]


def _is_connected(masks: Ints, near: Ints) -> NDArray[np.bool_]:
    """Tell for bit masks of nodes whether they hang together; near: each node's neighbours as a mask."""
    reached = masks & -masks
    while True:
        grown = reached.copy()
        for node, neighbours in enumerate(near):
            grown |= np.where((reached >> node) & 1, neighbours, 0)
        grown &= masks
        if (grown == reached).all():
            return reached == masks
        reached = grown


def _score(
    blocks: Blocks, members: Ints, inner: Ints, a: Ints, b: Ints, inside: Floats, parts: int
) -> Floats:
    """Return how bad cuts are: unequal weight, ragged outlines, borders off the main roads."""
    whole = blocks.weight[members].sum()
    unit = whole / parts
    weight = inside @ blocks.weight[members]
    share = np.clip(np.rint(weight / unit), 1, parts - 1)
    off = imbalance(weight / (share * unit)) + imbalance((whole - weight) / ((parts - share) * unit))
    cut = inside[:, a] != inside[:, b]
    ragged = sum(_ragged(blocks, members, inner, a, b, side) for side in (inside, 1.0 - inside))
    price = cut @ blocks.cost[inner] / np.sqrt(blocks.area[members].sum())
    return 2.5 * off + 0.6 * ragged + 1.2 * price


def imbalance(ratio: Any) -> Any:
    """Return how bad a weight is that is `ratio` of what it should be: mild up to 1.5-fold, steep beyond."""
    off = np.abs(np.log(ratio))
    return off**2 + 12.0 * np.maximum(off - 0.42, 0.0) ** 2


def _ragged(blocks: Blocks, members: Ints, inner: Ints, a: Ints, b: Ints, inside: Floats) -> Floats:
    """Return how ragged each group is."""
    both = (inside[:, a] * inside[:, b]) @ blocks.shared_m[inner]
    perimeter = inside @ blocks.perimeter[members] - 2.0 * both
    return raggedness(perimeter, inside @ blocks.area[members])


def raggedness(perimeter: Any, area: Any) -> Any:
    """Return perimeter² / (16 area), 1 for a square and more for a ragged shape, dearer from 2.5 on."""
    ragged = perimeter**2 / (16.0 * area)
    return ragged + 3.0 * np.maximum(ragged - 2.5, 0.0)
