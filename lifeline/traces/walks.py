"""Walks that need no valves: what hangs together, upstream, downstream, loops, parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lifeline.traces.isolation import Marks
from lifeline.traces.kernels import PASSES, bridges, flood
from lifeline.traces.mesh import Bool, Int, Mesh


@dataclass(frozen=True)
class Reached:
    """Rows of nodes and links, sorted; those started from included."""

    nodes: Int
    links: Int


def reach(
    mesh: Mesh, starts: Int, ahead: int = 0, passes: Marks | None = None, ends: Int | None = None
) -> Reached:
    """Walk from atoms: ahead 1 along the links, -1 against them, 0 both ways.

    passes (g,): what gates do (kernels.STOPS …), nothing unless told. ends: atoms that are reached and not
    walked on from (barriers).
    """
    begins, joints = mesh.joints
    passes = np.full(len(mesh.gates), PASSES, np.uint8) if passes is None else passes
    is_end, seen = np.zeros(mesh.atoms, np.uint8), np.zeros(mesh.atoms, np.uint8)
    is_end[ends if ends is not None else []] = 1
    order, parent = np.empty(mesh.atoms, np.int32), np.empty(mesh.atoms, np.int32)
    stopped = np.empty(2 * len(mesh.ends), np.int32)
    count, _ = flood(
        mesh.ends, begins, joints, mesh.gate, mesh.way, passes, ahead, is_end, np.asarray(starts, np.int64),
        seen, order, parent, stopped,
    )  # fmt: skip
    found = np.sort(order[:count]).astype(np.int64)
    return Reached(found[found < mesh.nodes], found[found >= mesh.nodes] - mesh.nodes)


def segments(mesh: Mesh, shuts: Bool | None = None) -> tuple[int, Int]:
    """Part the atoms by the gates that shut, all unless told; gives how many, and the part of each (a,)."""
    shuts = np.ones(len(mesh.gates), bool) if shuts is None else shuts
    has_gate = mesh.gate >= 0
    is_open = ~has_gate
    is_open[has_gate] = ~shuts[mesh.gate[has_gate]]
    joint = np.flatnonzero(is_open)
    pairs = (np.ones(len(joint), np.int8), (mesh.ends[joint], mesh.nodes + joint // 2))
    count, labels = connected_components(coo_array(pairs, shape=(mesh.atoms, mesh.atoms)), directed=False)
    return int(count), labels.astype(np.int64)


def loops(mesh: Mesh, is_there: Bool | None = None) -> Int:
    """Find the links (rows) that lie on a loop, where flow has no one direction."""
    there = np.ones(mesh.links, bool) if is_there is None else is_there
    begins, joints = mesh.joints
    is_bridge = np.zeros(mesh.links, bool)
    bridges(mesh.ends, begins, joints, there, is_bridge)
    return np.flatnonzero(there & ~is_bridge)
