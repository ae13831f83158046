"""What must be shut to cut a break off, and what is without supply then (隔离分析, mincut).

First everything that hangs together with the break up to the next gates that can be shut is cut off; a valve
that is stuck, buried or not found is walked through, so the part grows. Then the rest is asked whether it
still has a source: what has lost all of them is dry although nobody meant it to be (Jun and Loganathan 2007
call it unintended isolation). A gate with nothing wet behind it need not be touched.

The supply of the whole network is known beforehand (`Supply`), as a tree from its sources: only what hangs
below the part that is cut off is looked at again, so that a break in a side street costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lifeline.traces.kernels import BY_WAY, PASSES, STOPS, children, flood, hanging, reconnect
from lifeline.traces.mesh import Bool, Int, Mesh, Signs, Small

CheckValves = Literal["border", "directed", "open"]
"""Check valves shut by themselves and are borders (Giswater), let through one way, or do nothing."""
_PASS_OF = {"border": STOPS, "directed": BY_WAY, "open": PASSES}
Marks = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class State:
    """How the gates (g,) of a mesh stand now.

    closed: shut already. usable: can be found, reached and turned. check: shuts by itself.
    """

    closed: Bool
    usable: Bool
    check: Bool
    checks: CheckValves = "directed"

    @classmethod
    def of(
        cls, mesh: Mesh, closed: Int | None = None, stuck: Int | None = None, checks: CheckValves = "directed"
    ) -> State:
        """Say which gates are closed, and which cannot be used; check valves are those with a side."""
        count = len(mesh.gates)
        usable = np.ones(count, bool)
        is_closed = np.zeros(count, bool)
        is_closed[closed if closed is not None else []] = True
        usable[stuck if stuck is not None else []] = False
        return cls(is_closed, usable, mesh.gates.into >= 0, checks)

    def passes(self, shut: Int | None = None) -> Marks:
        """Tell what each gate does to water, with those in `shut` closed as well."""
        found = np.full(len(self.closed), PASSES, np.uint8)
        found[self.check] = _PASS_OF[self.checks]
        found[self.closed] = STOPS
        if shut is not None:
            found[shut] = STOPS
        return found

    def stops(self) -> Marks:
        """Tell what each gate does to whoever looks for gates to shut."""
        found = self.passes()
        found[self.usable & ~self.check] = STOPS
        return found


@dataclass(frozen=True)
class Supply:
    """Which atoms (a,) have a source, and by which way: a tree from the sources."""

    sources: Int
    has: Marks
    first_child: Small
    next_sibling: Small

    @classmethod
    def of(cls, mesh: Mesh, state: State, sources: Int) -> Supply:
        """Walk from the nodes that are sources wherever water goes."""
        seen, order, parent, _ = _walk(mesh, state.passes(), np.asarray(sources, np.int64))
        first_child = np.full(mesh.atoms, -1, np.int32)
        next_sibling = np.full(mesh.atoms, -1, np.int32)
        children(parent, order, first_child, next_sibling)
        return cls(np.asarray(sources, np.int64), seen, first_child, next_sibling)


@dataclass(frozen=True)
class Isolation:
    """What to shut, and what is cut off; all are rows of the mesh, sorted.

    close: gates to shut. needed (c,): whether there is water behind each of them. closed: gates on the border
    that were shut already. checks: check valves on the border. passed: gates that could not be used, and else
    would be shut. sources: nodes that feed into the part itself: they have no gate, and must be stopped.
    nodes, links: cut off. dry_nodes, dry_links: beyond it, and without any source now.
    """

    close: Int
    needed: Bool
    closed: Int
    checks: Int
    passed: Int
    sources: Int
    nodes: Int
    links: Int
    dry_nodes: Int
    dry_links: Int


def isolate(mesh: Mesh, state: State, supply: Supply, starts: Int) -> Isolation:
    """Cut off the atoms `starts`; supply: of the same mesh and state. A valve that breaks shuts nothing."""
    is_source = np.zeros(mesh.atoms, np.uint8)
    is_source[supply.sources] = 1
    # A source that is the break itself is walked on from.
    is_source[starts] = 0
    # Against the flow: what matters is where water can come from.
    stops = state.stops()
    stops[_gates_in(mesh, starts)] = PASSES
    seen, order, _, stopped = _walk(mesh, stops, np.asarray(starts, np.int64), is_source, way=mesh.way_back)
    gates = np.unique(mesh.gate[stopped]).astype(np.int64)
    close = gates[state.usable[gates] & ~state.closed[gates] & ~state.check[gates]]
    mark = seen
    after = state.passes(close)
    # What stood between a gate and its other pipes hangs below the gate, and not below the part.
    own = _own_atoms(mesh, close)
    own = own[own >= 0]
    mark[own] = 1
    dry = _dry(mesh, after, supply, np.concatenate([order, own]), mark)
    wet = _has_water(mesh, supply, mark, close)
    part = np.sort(order)
    return Isolation(
        close, wet, gates[state.closed[gates]], gates[state.check[gates] & ~state.closed[gates]],
        _passed(mesh, state, part), part[(part < mesh.nodes) & (is_source[part] == 1)],
        part[part < mesh.nodes], part[part >= mesh.nodes] - mesh.nodes,
        dry[dry < mesh.nodes], dry[dry >= mesh.nodes] - mesh.nodes,
    )  # fmt: skip


def fed(mesh: Mesh, state: State, sources: Int, shut: Int, ends: Int) -> Marks:
    """Mark the atoms (a,) that a source feeds with the gates `shut` closed as well.

    ends: atoms that water comes to and not through, pipes that are pinched for one.
    """
    is_end = np.zeros(mesh.atoms, np.uint8)
    is_end[ends] = 1
    return _walk(mesh, state.passes(shut), np.asarray(sources, np.int64), is_end)[0]


def _walk(
    mesh: Mesh, passes: Marks, starts: Int, is_end: Marks | None = None, way: Signs | None = None
) -> tuple[Marks, Int, Small, Int]:
    """Walk from atoms; gives marks (a,), the atoms in order, where from (a,), and the joints that stopped."""
    begins, joints = mesh.joints
    seen = np.zeros(mesh.atoms, np.uint8)
    is_end = np.zeros(mesh.atoms, np.uint8) if is_end is None else is_end
    order, parent = np.empty(mesh.atoms, np.int32), np.empty(mesh.atoms, np.int32)
    stopped = np.empty(2 * len(mesh.ends), np.int32)
    count, shut = flood(
        mesh.ends,
        begins,
        joints,
        mesh.gate,
        mesh.way if way is None else way,
        passes,
        0,
        is_end,
        starts,
        seen,
        order,
        parent,
        stopped,
    )
    return seen, order[:count].astype(np.int64), parent, stopped[:shut].astype(np.int64)


def _dry(mesh: Mesh, passes: Marks, supply: Supply, part: Int, mark: Marks) -> Int:
    """Find what has no source any more, beyond the part that is cut off; leaves it marked with 2."""
    begins, joints = mesh.joints
    found = np.empty(mesh.atoms, np.int32)
    count = hanging(supply.first_child, supply.next_sibling, part, mark, found)
    lost = found[:count]
    queue = np.empty(count, np.int32)
    reconnect(mesh.ends, begins, joints, mesh.gate, mesh.way, passes, supply.has, lost, mark, queue)
    return np.sort(lost[mark[lost] == 2]).astype(np.int64)


def _gates_in(mesh: Mesh, atoms: Int) -> Int:
    """Find the gates that are such atoms themselves."""
    nodes = atoms[atoms < mesh.nodes]
    links = atoms[atoms >= mesh.nodes] - mesh.nodes
    begins, joints = mesh.joints
    at = [joints[begins[node] : begins[node + 1]] for node in nodes.tolist()]
    found = np.unique(mesh.gate[np.concatenate([*at, 2 * links, 2 * links + 1]).astype(np.int64)])
    gates: Int = found[found >= 0].astype(np.int64)
    return gates[np.isin(_own_atoms(mesh, gates), atoms)]


def _own_atoms(mesh: Mesh, gates: Int) -> Int:
    """Give the atom (c,) that each gate is itself, a node or a link; -1 for those between the two."""
    node, link = mesh.gates.node[gates], mesh.gates.link[gates]
    return np.where(link < 0, node, np.where(node < 0, mesh.nodes + link, -1))


def _has_water(mesh: Mesh, supply: Supply, mark: Marks, gates: Int) -> Bool:
    """Tell of gates (c,) whether any side of each still has a source: neither cut off nor dry."""
    rows, of = mesh.joints_of(gates)
    found = np.zeros(len(gates), bool)
    stands_in_node = (mesh.gates.link[gates] < 0)[of]
    stands_in_link = (mesh.gates.node[gates] < 0)[of]
    for atoms, asked in ((rows // 2 + mesh.nodes, ~stands_in_link), (mesh.ends[rows], ~stands_in_node)):
        wet = (supply.has[atoms] == 1) & np.isin(mark[atoms], (0, 3)) & asked
        found[of[wet]] = True
    return found


def _passed(mesh: Mesh, state: State, part: Int) -> Int:
    """Find the gates inside that were walked through because they cannot be used."""
    links = part[part >= mesh.nodes] - mesh.nodes
    gates = np.unique(mesh.gate[np.concatenate([2 * links, 2 * links + 1])]).astype(np.int64)
    gates = gates[gates >= 0]
    return gates[~state.usable[gates] & ~state.closed[gates] & ~state.check[gates]]
