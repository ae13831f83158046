"""Isolation on networks of chance, against a slow search that is written from the words alone."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.traces.isolation import CheckValves, Isolation, State, Supply, isolate
from lifeline.traces.mesh import Gates, Mesh
from lifeline.traces.walks import loops, reach, segments


@dataclass(frozen=True)
class Case:
    """A network with its gates: (kind, node or link, link or end, whether it is a check valve)."""

    nodes: int
    links: list[tuple[int, int]]
    gates: list[tuple[int, int, int]]
    closed: list[int]
    stuck: list[int]
    sources: list[int]
    start: int
    checks: CheckValves

    @property
    def mesh(self) -> Mesh:
        node, link, into = ([gate[at] for gate in self.gates] for at in range(3))
        tail, head = [a for a, _ in self.links], [b for _, b in self.links]
        return Mesh.of(self.nodes, tail, head, Gates.of(node, link, into))

    @property
    def state(self) -> State:
        closed, stuck = np.array(self.closed, np.int64), np.array(self.stuck, np.int64)
        return State.of(self.mesh, closed, stuck, self.checks)

    def isolated(self) -> Isolation:
        mesh, state = self.mesh, self.state
        supply = Supply.of(mesh, state, np.array(self.sources, np.int64))
        return isolate(mesh, state, supply, np.array([self.start]))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(2, 9))
    node = st.integers(0, count - 1)
    links = draw(
        st.lists(st.tuples(node, node).filter(lambda two: two[0] != two[1]), min_size=1, max_size=14)
    )
    spots: dict[tuple[int, int], tuple[int, int, int]] = {}
    for _ in range(draw(st.integers(0, 7))):
        spot = draw(_gate(links, count))
        # No two gates on one joint.
        taken = {(a, b) for a, b in spots}
        if not any(_share(links, (spot[0], spot[1]), other) for other in taken):
            spots[spot[0], spot[1]] = spot
    gates = list(spots.values())
    some = st.lists(st.integers(0, max(0, len(gates) - 1)), unique=True, max_size=len(gates))
    closed, stuck = (draw(some) if gates else [] for _ in range(2))
    sources = draw(st.lists(node, unique=True, max_size=3))
    start = draw(st.integers(0, count + len(links) - 1))
    return Case(
        count,
        links,
        gates,
        closed,
        stuck,
        sources,
        start,
        draw(st.sampled_from(["border", "directed", "open"])),
    )


@st.composite
def _gate(draw: st.DrawFn, links: list[tuple[int, int]], count: int) -> tuple[int, int, int]:
    link = draw(st.integers(0, len(links) - 1))
    is_check = draw(st.integers(0, 3)) == 0
    kind = draw(st.sampled_from(["node", "link", "end"]))
    if kind == "node":
        node = draw(st.integers(0, count - 1))
        at_node = [row for row, ends in enumerate(links) if node in ends]
        return node, -1, draw(st.sampled_from(at_node)) if is_check and at_node else -1
    into = links[link][draw(st.integers(0, 1))] if is_check else -1
    return (-1 if kind == "link" else links[link][draw(st.integers(0, 1))]), link, into


def _share(links: list[tuple[int, int]], one: tuple[int, int], other: tuple[int, int]) -> bool:
    def joints(node: int, link: int) -> set[tuple[int, int]]:
        rows = range(len(links)) if link < 0 else [link]
        return {(row, end) for row in rows for end in (0, 1) if node < 0 or links[row][end] == node}

    return bool(joints(*one) & joints(*other))


Atom = tuple[str, int]


def slowly(case: Case) -> dict[str, set[int]]:
    """Say it again in sets: who flows where, what stops, what is left without a source."""
    joints: list[tuple[Atom, Atom, int | None]] = []
    for row, ends in enumerate(case.links):
        for node in ends:
            on = [
                gate
                for gate, (at_node, at_link, _) in enumerate(case.gates)
                if (at_link < 0 and at_node == node) or (at_link == row and at_node in (-1, node))
            ]
            joints.append((("link", row), ("node", node), on[0] if on else None))

    def flows(a: Atom, b: Atom, gate: int | None, shut: set[int], broken: Set[int]) -> bool:
        """Whether water may go from a to b where they meet."""
        if gate is None or gate in broken:
            return True
        if gate in case.closed or gate in shut:
            return False
        _, at_link, into = case.gates[gate]
        if into < 0 or case.checks == "open":
            return True
        if case.checks == "border":
            return False
        if at_link < 0:
            # In a node: out of it into one link alone, and into it from all others.
            return b == ("link", into) if a[0] == "node" else a != ("link", into)
        # On a link: towards a node.
        return b == ("node", into) if a[0] == "link" else a != ("node", into)

    def spread(
        starts: set[Atom], shut: set[int], back: bool, ends: set[Atom], broken: Set[int] = frozenset()
    ) -> tuple[set[Atom], set[int]]:
        found, work, hit = set(starts), list(starts), set[int]()
        while work:
            atom = work.pop()
            if atom in ends:
                continue
            for one, two, gate in joints:
                for a, b in ((one, two), (two, one)):
                    if a != atom:
                        continue
                    if flows(b, a, gate, shut, broken) if back else flows(a, b, gate, shut, broken):
                        if b not in found:
                            found.add(b)
                            work.append(b)
                    elif gate is not None:
                        hit.add(gate)
        return found, hit

    def atom_of(number: int) -> Atom:
        return ("node", number) if number < case.nodes else ("link", number - case.nodes)

    sources = {("node", each) for each in case.sources}
    valves = {gate for gate, (_, _, into) in enumerate(case.gates) if into < 0}
    start = atom_of(case.start)
    # A gate that breaks itself holds nothing back.
    broken = {
        gate
        for gate, (at_node, at_link, _) in enumerate(case.gates)
        if start == (("node", at_node) if at_link < 0 else ("link", at_link) if at_node < 0 else None)
    }
    usable = valves - set(case.stuck) - broken
    part, hit = spread({start}, usable, True, sources - {start}, broken)
    close = {gate for gate in hit if gate in usable and gate not in case.closed}
    before, _ = spread(sources, set(), False, set())
    after, _ = spread({each for each in sources if each not in part}, close, False, part)
    after -= part
    own = {("node", case.gates[g][0]) for g in close if case.gates[g][1] < 0}
    own |= {("link", case.gates[g][1]) for g in close if case.gates[g][0] < 0}
    return {
        "nodes": {number for kind, number in part if kind == "node"},
        "links": {number for kind, number in part if kind == "link"},
        "close": close,
        "dry_nodes": {n for kind, n in before - after - part - own if kind == "node"},
        "dry_links": {n for kind, n in before - after - part - own if kind == "link"},
        "sources": {n for kind, n in part & (sources - {start}) if kind == "node"},
    }


@settings(max_examples=400, deadline=None)
@given(cases())
def test_it_is_what_the_words_say(case: Case) -> None:
    found, slow = case.isolated(), slowly(case)
    ours = {name: set(getattr(found, name).tolist()) for name in slow}
    assert ours == slow


@settings(max_examples=200, deadline=None)
@given(cases())
def test_with_its_gates_shut_no_source_reaches_the_part(case: Case) -> None:
    found, mesh = case.isolated(), case.mesh
    passes = case.state.passes(found.close)
    outside = np.setdiff1d(np.array(case.sources, np.int64), found.nodes)
    # A source that feeds into the part is stopped itself: nothing comes through it.
    wet = reach(mesh, outside, passes=passes, ends=found.sources)
    assert not np.isin(np.setdiff1d(found.nodes, found.sources), wet.nodes).any()
    assert not np.isin(found.links, wet.links).any()


@settings(max_examples=100, deadline=None)
@given(cases())
def test_segments_part_all_atoms_and_gates_lie_between(case: Case) -> None:
    mesh = case.mesh
    count, labels = segments(mesh)
    assert len(labels) == mesh.atoms
    assert set(labels.tolist()) == set(range(count))
    for joint in range(len(mesh.ends)):
        if mesh.gate[joint] < 0:
            assert labels[mesh.ends[joint]] == labels[mesh.nodes + joint // 2]


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_link_is_on_a_loop_when_its_ends_meet_without_it(case: Case) -> None:
    found = set(loops(case.mesh).tolist())
    for row, (a, b) in enumerate(case.links):
        without = [each for at, each in enumerate(case.links) if at != row]
        rest = Mesh.of(case.nodes, [x for x, _ in without], [y for _, y in without])
        assert (row in found) == (b in reach(rest, np.array([a])).nodes)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_whatever_lies_downstream_has_its_start_upstream(case: Case) -> None:
    mesh, start = case.mesh, np.array([case.start])
    down = reach(mesh, start, 1)
    for atom in [*down.nodes.tolist(), *(down.links + mesh.nodes).tolist()]:
        up = reach(mesh, np.array([atom]), -1)
        assert case.start in [*up.nodes.tolist(), *(up.links + mesh.nodes).tolist()]


def test_a_gate_on_nothing_and_a_link_to_nowhere_are_refused() -> None:
    with pytest.raises(ValueError, match="ends at no node"):
        Mesh.of(2, [0], [2])
    with pytest.raises(ValueError, match="stands on nothing"):
        Mesh.of(2, [0], [1], Gates.of([-1], [-1]))
    with pytest.raises(ValueError, match="do not meet"):
        Mesh.of(3, [0], [1], Gates.of([2], [0]))


def test_an_empty_network_has_no_answers() -> None:
    mesh = Mesh.of(1, [], [])
    state = State.of(mesh)
    supply = Supply.of(mesh, state, np.array([0]))
    found = isolate(mesh, state, supply, np.array([0]))
    assert (found.nodes.tolist(), found.links.tolist(), found.close.tolist()) == ([0], [], [])
    assert segments(mesh)[0] == 1
