"""Compiled loops of the scan of complaints over a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spatial.grids.compiled import compiled, inlined


@compiled
def dominators(
    ends: Any, begins: Any, joints: Any, gate: Any, gate_pass: Any, roots: Any, above: Any, order: Any
) -> int:  # fmt: skip  # pragma: no cover
    """Find for each atom the nearest that all ways from the roots lead through; gives how many are reached.

    above (atoms,) takes it: an atom, `atoms` where only the roots together are, -1 of what no root reaches;
    order takes the atoms as they are reached, what is above before what is below. A cut vertex on the way is
    what Hopcroft and Tarjan (1973) find by the depth of the first one that each branch comes back to.
    """
    nodes, atoms = len(begins) - 1, len(above)
    found = np.full(atoms, -1, np.int64)
    low = np.zeros(atoms, np.int64)
    parent = np.full(atoms, atoms, np.int64)
    place = np.zeros(atoms, np.int64)
    is_root = np.zeros(atoms, np.uint8)
    for root in roots:
        is_root[root] = 1
    stack = np.empty(atoms, np.int64)
    count = 0
    for root in roots:
        if found[root] >= 0:
            continue
        depth = 0
        stack[0] = root
        found[root] = count + 1
        low[root] = 0
        order[count] = root
        count += 1
        while depth >= 0:
            atom = stack[depth]
            is_link = atom >= nodes
            first = 2 * (atom - nodes) if is_link else begins[atom]
            size = 2 if is_link else begins[atom + 1] - first
            if place[atom] < size:
                at = first + place[atom]
                place[atom] += 1
                joint = at if is_link else joints[at]
                if gate[joint] >= 0 and gate_pass[gate[joint]] == 0:
                    continue
                other = ends[joint] if is_link else nodes + joint // 2
                if found[other] < 0:
                    parent[other] = atom
                    found[other] = count + 1
                    low[other] = 0 if is_root[other] else count + 1
                    order[count] = other
                    count += 1
                    depth += 1
                    stack[depth] = other
                elif other != parent[atom]:
                    low[atom] = min(low[atom], found[other])
            else:
                depth -= 1
                if depth >= 0:
                    low[stack[depth]] = min(low[stack[depth]], low[atom])
    above[:] = -1
    for at in range(count):
        atom = order[at]
        over = parent[atom]
        if over == atoms:
            above[atom] = atoms
        elif low[atom] >= found[over]:
            above[atom] = over
        else:
            above[atom] = above[over]
    return count


@compiled
def gather(order: Any, above: Any, total: Any, branches: Any) -> None:  # pragma: no cover
    """Add up cases (atoms + 1,) from below, and count the branches that bring some to each atom."""
    for at in range(len(order) - 1, -1, -1):
        atom = order[at]
        if total[atom] > 0:
            total[above[atom]] += total[atom]
            branches[above[atom]] += 1


@compiled
def zones_above(order: Any, above: Any, number: Any, over: Any) -> None:  # pragma: no cover
    """Find the zone next above each atom; number (atoms + 1,): the zone of an atom; -1 for none."""
    for atom in order:
        up = above[atom]
        if up < len(above):
            over[atom] = number[up] if number[up] >= 0 else over[up]


@inlined
def _ratio(count: float, expected: float, whole: float) -> float:  # pragma: no cover
    """Logarithm of the likelihood ratio; 0 where no more is seen than expected."""
    if count < 2.0 or count <= expected:
        return 0.0
    rest, left = whole - count, whole - expected
    found = count * math.log(count / expected)
    return found + (rest * math.log(rest / left) if rest > 0 else 0.0)


@compiled
def best_windows(
    parent: Any, zones: Any, segments: Any, age: Any, in_window: Any, ratios: Any, windows: Any, counts: Any
) -> float:  # fmt: skip  # pragma: no cover
    """Find for each zone the window with the largest likelihood ratio; gives the largest of all.

    parent (k,): of each zone of the tree, before it, -1 at the top; zones, segments (n,): of each case, -1
    for none, segments counted on from k. age (n,): the shortest window that holds it, else their number.
    in_window (w,): cases of each. ratios, windows (k + s,) and counts (k + s, w) are written.
    """
    tree, longest, whole = len(parent), len(in_window), float(len(age))
    every = np.zeros(len(ratios))
    counts[:] = 0
    for case in range(len(age)):
        for zone in (zones[case], segments[case]):
            if zone >= 0:
                every[zone] += 1.0
                if age[case] < longest:
                    counts[zone, age[case]] += 1
    for zone in range(tree - 1, -1, -1):
        if parent[zone] >= 0:
            every[parent[zone]] += every[zone]
            for window in range(longest):
                counts[parent[zone], window] += counts[zone, window]
    top = 0.0
    for zone in range(len(ratios)):
        ratios[zone], windows[zone], seen = 0.0, 0, 0
        for window in range(longest):
            seen += counts[zone, window]
            counts[zone, window] = seen
            found = _ratio(float(seen), every[zone] * in_window[window] / whole, whole)
            if found > ratios[zone]:
                ratios[zone], windows[zone] = found, window
        top = max(top, ratios[zone])
    return top


@compiled
def shuffled(
    parent: Any, zones: Any, segments: Any, age: Any, in_window: Any, found: int, tops: Any, seed: int
) -> None:  # pragma: no cover
    """Write the best ratio of each shuffle of the times into `tops`. found: how many zones there are."""
    np.random.seed(seed)
    ages = age.copy()
    ratios, windows = np.zeros(found), np.zeros(found, np.int64)
    counts = np.zeros((found, len(in_window)), np.int64)
    for trial in range(len(tops)):
        np.random.shuffle(ages)
        tops[trial] = best_windows(parent, zones, segments, ages, in_window, ratios, windows, counts)
