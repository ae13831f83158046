"""A network as arrays, for questions that go through all of it.

Nodes and links are both *atoms*: a break may be in a pipe or in a manhole, and a valve may stand in a node
(Giswater), be a link (EPANET), or sit on one end of a pipe (a valve layer). Where a link meets a node is a
*joint*: joint 2l is the tail of link l, joint 2l + 1 its head. What can shut is a *gate*, and each joint has
one or none, so that all three kinds of valve are the same to those who walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Signs = npt.NDArray[np.int8]
Bool = npt.NDArray[np.bool_]

BOTH_WAYS, INTO_NODE, INTO_LINK = 0, 1, -1
"""Which way a joint with a check valve lets through."""


@dataclass(frozen=True)
class Gates:
    """Where gates (g,) stand, each in a node, in a link, or where both meet.

    node, link: rows, -1 for none. into: of a check valve (止回阀) in a node the link that it opens to; of one
    in a link, or on its end, the node that it opens to; -1 for all others.
    """

    node: Int
    link: Int
    into: Int

    @classmethod
    def of(cls, node: Sequence[int], link: Sequence[int], into: Sequence[int] | None = None) -> Gates:
        """Make them of sequences of one length."""
        rows = [
            np.asarray(each, np.int64) for each in (node, link, [-1] * len(node) if into is None else into)
        ]
        return cls(*rows)

    def __len__(self) -> int:
        return len(self.node)


@dataclass(frozen=True)
class Mesh:
    """Links (m,) between nodes (n,), with the gates on their joints (2m,).

    tail, head: rows of nodes. gate: row of the gate of each joint, -1 for none; where two stand on one joint,
    the one that is nearer to the link. way: which way the gate lets through when it is a check valve.
    """

    nodes: int
    tail: Int
    head: Int
    gates: Gates
    gate: Small
    way: Signs

    @classmethod
    def of(
        cls, nodes: int, tail: Sequence[int] | Int, head: Sequence[int] | Int, gates: Gates | None = None
    ) -> Mesh:
        """Make a mesh; ValueError for a link to no node or a gate on nothing."""
        tail_, head_ = np.asarray(tail, np.int64), np.asarray(head, np.int64)
        gates = gates or Gates.of([], [])
        _check(nodes, tail_, head_, gates)
        ends = _ends(tail_, head_)
        gate = np.full(len(ends), -1, np.int32)
        way = np.zeros(len(ends), np.int8)
        _set_on_nodes(gates, ends, gate, way)
        _set_on_links(gates, ends, gate, way)
        return cls(nodes, tail_, head_, gates, gate, way)

    @property
    def links(self) -> int:
        """Count the links."""
        return len(self.tail)

    @property
    def atoms(self) -> int:
        """Count nodes and links: atom a is node a, or from `nodes` on link a - nodes."""
        return self.nodes + self.links

    @cached_property
    def ends(self) -> Small:
        """Give the node of each joint (2m,)."""
        return _ends(self.tail, self.head).astype(np.int32)

    @cached_property
    def way_back(self) -> Signs:
        """Give what check valves let through (2m,) to whoever walks against the flow."""
        return np.negative(self.way)

    @cached_property
    def joints(self) -> tuple[Int, Small]:
        """Give the joints at each node: where its own begin (n + 1,), and all of them (2m,)."""
        order = np.argsort(self.ends, kind="stable").astype(np.int32)
        begins = np.zeros(self.nodes + 1, np.int64)
        np.cumsum(np.bincount(self.ends, minlength=self.nodes), out=begins[1:])
        return begins, order

    @cached_property
    def gate_joints(self) -> tuple[Int, Int]:
        """Give the joints of each gate: where its own begin (g + 1,), and all of them."""
        joints = np.flatnonzero(self.gate >= 0)
        order = joints[np.argsort(self.gate[joints], kind="stable")]
        begins = np.zeros(len(self.gates) + 1, np.int64)
        np.cumsum(np.bincount(self.gate[joints], minlength=len(self.gates)), out=begins[1:])
        return begins, order

    def joints_of(self, gates: Int) -> tuple[Int, Int]:
        """List the joints (k,) of gates (c,), and the place of each one's gate among them."""
        begins, order = self.gate_joints
        counts = begins[gates + 1] - begins[gates]
        place = np.repeat(np.arange(len(gates)), counts)
        within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        return order[begins[gates][place] + within], place


def _ends(tail: Int, head: Int) -> Int:
    return np.column_stack([tail, head]).reshape(-1)


def _check(nodes: int, tail: Int, head: Int, gates: Gates) -> None:
    ends = np.concatenate([tail, head])
    if len(ends) and not 0 <= ends.min() <= ends.max() < nodes:
        raise ValueError("a link ends at no node")
    on_nothing = (gates.node < 0) & (gates.link < 0)
    if on_nothing.any() or (gates.node >= nodes).any() or (gates.link >= len(tail)).any():
        raise ValueError("a gate stands on nothing")
    both = np.flatnonzero((gates.node >= 0) & (gates.link >= 0))
    node, link = gates.node[both], gates.link[both]
    if ((tail[link] != node) & (head[link] != node)).any():
        raise ValueError("a gate stands where its link and its node do not meet")


def _set_on_nodes(gates: Gates, ends: Int, gate: Small, way: Signs) -> None:
    """Shut all joints of a node by the gate in it."""
    rows = np.flatnonzero(gates.link < 0)
    of = np.full(int(ends.max(initial=-1)) + 1, -1, np.int32)
    rows = rows[gates.node[rows] < len(of)]
    of[gates.node[rows]] = rows
    gate[:] = of[ends]
    shut = np.flatnonzero(gate >= 0)
    into = gates.into[gate[shut]]
    way[shut] = np.where(into < 0, BOTH_WAYS, np.where(shut // 2 == into, INTO_LINK, INTO_NODE))


def _set_on_links(gates: Gates, ends: Int, gate: Small, way: Signs) -> None:
    """Shut both joints of a link by the gate that it is, or the one that its gate sits on."""
    for row in np.flatnonzero(gates.link >= 0).tolist():
        link, node, into = int(gates.link[row]), int(gates.node[row]), int(gates.into[row])
        for joint in (2 * link, 2 * link + 1):
            if node < 0 or ends[joint] == node:
                gate[joint] = row
                way[joint] = BOTH_WAYS if into < 0 else (INTO_NODE if ends[joint] == into else INTO_LINK)
