"""Straighten the borders of communities: move blocks across while shapes, roads and balance gain."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from demo.generate.faces import Blocks
from demo.generate.partition import raggedness

ROUNDS = 12
BALANCE, RAGGED, ROADS = 1.6, 1.0, 1.1

Ints = NDArray[np.int64]


@dataclass
class Group:
    """One community while it changes: blocks, weight, area, perimeter and the cost of its inner borders."""

    blocks: set[int] = field(default_factory=set)
    weight: float = 0.0
    area: float = 0.0
    perimeter: float = 0.0
    cut: float = 0.0


class Refinement:
    """The blocks of one connected part of a street with their present community."""

    def __init__(self, blocks: Blocks, groups: list[Ints]) -> None:
        self.blocks = blocks
        self.label = {int(i): k for k, group in enumerate(groups) for i in group}
        self.near: dict[int, list[tuple[int, float, float]]] = {i: [] for i in self.label}
        inner, _, _ = blocks.within(np.concatenate(groups))
        for i, j, shared, cost in zip(
            blocks.a[inner], blocks.b[inner], blocks.shared_m[inner], blocks.cost[inner], strict=True
        ):
            self.near[int(i)].append((int(j), float(shared), float(cost)))
            self.near[int(j)].append((int(i), float(shared), float(cost)))
        self.groups = [Group() for _ in groups]
        for i, k in self.label.items():
            self._shift(self.groups[k], i, 1.0)
        self.target = sum(g.weight for g in self.groups) / len(groups)

    def run(self) -> list[Ints]:
        """Move blocks until nothing gains any more; returns the groups."""
        for _ in range(ROUNDS):
            if not sum(self._improve(i) for i in sorted(self.label)):
                break
        return [np.array(sorted(g.blocks), dtype=np.int64) for g in self.groups]

    def _improve(self, i: int) -> bool:
        home = self.groups[self.label[i]]
        others = sorted({self.label[j] for j, _, _ in self.near[i]} - {self.label[i]})
        if not others or len(home.blocks) < 2 or not self._holds_without(home, i):
            return False
        best = min((self._gain(i, home, self.groups[k]), k) for k in others)
        if best[0] > -1e-6:
            return False
        self._shift(home, i, -1.0)
        self._shift(self.groups[best[1]], i, 1.0)
        self.label[i] = best[1]
        return True

    def _holds_without(self, group: Group, i: int) -> bool:
        """Tell whether a group stays in one piece when it loses a block."""
        left = group.blocks - {i}
        reached = {min(left)}
        waiting = list(reached)
        while waiting:
            fresh = {j for j, _, _ in self.near[waiting.pop()] if j in left} - reached
            reached |= fresh
            waiting += fresh
        return len(reached) == len(left)

    def _gain(self, i: int, home: Group, other: Group) -> float:
        before = self._badness(home) + self._badness(other)
        self._shift(home, i, -1.0)
        self._shift(other, i, 1.0)
        after = self._badness(home) + self._badness(other)
        self._shift(other, i, -1.0)
        self._shift(home, i, 1.0)
        return after - before

    def _shift(self, group: Group, i: int, sign: float) -> None:
        """Add a block to a group (sign 1) or take it out (-1)."""
        if sign < 0:
            group.blocks.discard(i)
        shared = sum(s for j, s, _ in self.near[i] if j in group.blocks)
        inner = sum(c for j, _, c in self.near[i] if j in group.blocks)
        whole = sum(c for _, _, c in self.near[i])
        group.weight += sign * float(self.blocks.weight[i])
        group.area += sign * float(self.blocks.area[i])
        group.perimeter += sign * (float(self.blocks.perimeter[i]) - 2.0 * shared)
        group.cut += sign * (whole - 2.0 * inner)
        if sign > 0:
            group.blocks.add(i)

    def _badness(self, group: Group) -> float:
        off = log(max(group.weight, 1e-9) / self.target) ** 2
        ragged = float(raggedness(group.perimeter, group.area))
        return BALANCE * off + RAGGED * ragged + ROADS * group.cut / sqrt(group.area)


def refine(blocks: Blocks, groups: list[Ints]) -> list[Ints]:
    """Return the same number of connected groups with straighter borders."""
    return Refinement(blocks, groups).run() if len(groups) > 1 else groups
