"""Compiled walks over a mesh. Each touches only what it reaches, so that a local question costs little."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled, inlined

STOPS, PASSES, BY_WAY = 0, 1, 2
"""What a gate does to whoever walks."""


@inlined
def lets(gate_pass: Any, gate: Any, way: Any, joint: int, leaves_link: bool) -> bool:  # pragma: no cover
    """Tell whether a joint lets through, out of its link or into it."""
    at = gate[joint]
    if at < 0 or gate_pass[at] == 1:
        return True
    if gate_pass[at] == 0:
        return False
    return bool(way[joint] == 0 or (way[joint] == 1) == leaves_link)


@compiled
def flood(
    ends: Any, begins: Any, joints: Any, gate: Any, way: Any, gate_pass: Any, ahead: int, is_end: Any,
    starts: Any, seen: Any, order: Any, parent: Any, stopped: Any,
) -> tuple[int, int]:  # fmt: skip  # pragma: no cover
    """Walk from the atoms `starts` wherever the joints let; gives how many atoms, and how many stops.

    ahead: 1 along links only, -1 against them only, 0 both ways. is_end (atoms,): what is reached and not
    walked on from. seen (atoms,) is marked with 1 (what has any other mark already is not entered); order
    and parent (atoms,) take the atoms in the order they are reached and where from (-1: nowhere);
    stopped takes the joints that did not let through.
    """
    nodes = len(begins) - 1
    count, shut = 0, 0
    for start in starts:
        if seen[start] == 0:
            seen[start] = 1
            order[count] = start
            parent[start] = -1
            count += 1
    at = 0
    while at < count:
        atom = order[at]
        at += 1
        if is_end[atom]:
            continue
        is_link = atom >= nodes
        first = 2 * (atom - nodes) if is_link else begins[atom]
        last = first + 2 if is_link else begins[atom + 1]
        for place in range(first, last):
            joint = place if is_link else joints[place]
            other = ends[joint] if is_link else nodes + joint // 2
            if ahead != 0:
                # Along a link one enters at its tail (even) and leaves at its head.
                along = (joint % 2 == 1) == is_link
                if along != (ahead > 0):
                    continue
            if not lets(gate_pass, gate, way, joint, is_link):
                stopped[shut] = joint
                shut += 1
                continue
            if seen[other] == 0:
                seen[other] = 1
                order[count] = other
                parent[other] = atom
                count += 1
    return count, shut


@compiled
def hanging(
    first_child: Any, next_sibling: Any, roots: Any, mark: Any, found: Any
) -> int:  # pragma: no cover
    """Collect what hangs below `roots` in a tree, without what is marked; marks it with 2, gives how many."""
    count, at = 0, 0
    for root in roots:
        child = first_child[root]
        while child >= 0:
            if mark[child] == 0:
                mark[child] = 2
                found[count] = child
                count += 1
            child = next_sibling[child]
    while at < count:
        child = first_child[found[at]]
        at += 1
        while child >= 0:
            if mark[child] == 0:
                mark[child] = 2
                found[count] = child
                count += 1
            child = next_sibling[child]
    return count


@compiled
def reconnect(
    ends: Any, begins: Any, joints: Any, gate: Any, way: Any, gate_pass: Any, supplied: Any, lost: Any,
    mark: Any, queue: Any,
) -> int:  # fmt: skip  # pragma: no cover
    """Find what of `lost` (marked 2) is fed from elsewhere; marks it with 3, gives how many atoms that are.

    Fed is whatever a supplied and unmarked atom, or another fed one, lets through to.
    """
    nodes = len(begins) - 1
    count = 0
    for atom in lost:
        is_link = atom >= nodes
        first = 2 * (atom - nodes) if is_link else begins[atom]
        last = first + 2 if is_link else begins[atom + 1]
        for place in range(first, last):
            joint = place if is_link else joints[place]
            other = ends[joint] if is_link else nodes + joint // 2
            # Whoever comes here out of a node enters the link.
            if mark[other] == 0 and supplied[other] == 1 and lets(gate_pass, gate, way, joint, not is_link):
                mark[atom] = 3
                queue[count] = atom
                count += 1
                break
    at = 0
    while at < count:
        atom = queue[at]
        at += 1
        is_link = atom >= nodes
        first = 2 * (atom - nodes) if is_link else begins[atom]
        last = first + 2 if is_link else begins[atom + 1]
        for place in range(first, last):
            joint = place if is_link else joints[place]
            other = ends[joint] if is_link else nodes + joint // 2
            if mark[other] == 2 and lets(gate_pass, gate, way, joint, is_link):
                mark[other] = 3
                queue[count] = other
                count += 1
    return count


@compiled
def children(parent: Any, order: Any, first_child: Any, next_sibling: Any) -> None:  # pragma: no cover
    """Turn parents into lists of children, in the order of `order`."""
    for at in range(len(order) - 1, -1, -1):
        atom = order[at]
        if parent[atom] >= 0:
            next_sibling[atom] = first_child[parent[atom]]
            first_child[parent[atom]] = atom


@compiled
def bridges(ends: Any, begins: Any, joints: Any, passes: Any, is_bridge: Any) -> int:  # pragma: no cover
    """Mark the links whose loss parts the network (Tarjan 1974, without recursion); gives how many parts.

    passes (m,): links that are there.
    """
    nodes = len(begins) - 1
    number = np.zeros(nodes, np.int64)
    low = np.zeros(nodes, np.int64)
    came_by = np.full(nodes, -1, np.int64)
    next_place = begins[:-1].copy()
    stack = np.empty(nodes + 1, np.int64)
    counter, parts = 0, 0
    for root in range(nodes):
        if number[root] != 0:
            continue
        parts += 1
        counter += 1
        number[root] = low[root] = counter
        stack[0] = root
        depth = 1
        while depth > 0:
            node = stack[depth - 1]
            if next_place[node] < begins[node + 1]:
                joint = joints[next_place[node]]
                next_place[node] += 1
                link = joint // 2
                if not passes[link] or link == came_by[node]:
                    continue
                other = ends[joint ^ 1]
                if number[other] != 0:
                    low[node] = min(low[node], number[other])
                    continue
                counter += 1
                number[other] = low[other] = counter
                came_by[other] = link
                stack[depth] = other
                depth += 1
                continue
            depth -= 1
            if depth > 0:
                above = stack[depth - 1]
                low[above] = min(low[above], low[node])
                if low[node] > number[above]:
                    is_bridge[came_by[node]] = True
    return parts
