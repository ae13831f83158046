"""Questions to a network: from where, what stops it, and the rows of the mesh that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from psycopg import Connection
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from lifeline.traces.held import ROOM, Held, Known
from lifeline.traces.isolation import CheckValves, Isolation, Supply, isolate
from lifeline.traces.mesh import Gates, Int, Mesh
from lifeline.traces.walks import Reached, loops, reach
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.types import LngLat

Kind = Literal[
    "isolation", "connected", "subnetwork", "controllers", "upstream", "downstream", "loops", "path"
]
NEAREST_M = 100.0
"""A click farther than this from any pipe means none."""


@dataclass(frozen=True)
class Spot:
    """Where a question begins, ends or is stopped: a feature by its code, or a point."""

    where: str
    """The field that it came in."""
    feature: str | None = None
    """A code; `node:`, `link:` or `device:` before it where it is of several."""
    point: LngLat | None = None


@dataclass(frozen=True)
class Question:
    """What is asked."""

    kind: Kind
    starts: Sequence[Spot]
    end: Spot | None = None
    """Of a path."""
    barriers: Sequence[Spot] = ()
    """Where it is stopped for this question alone: of a pipe that is pinched, say (封堵)."""
    unusable: Sequence[str] = ()
    """Codes of devices that cannot be used now: stuck, buried, not to be reached."""
    checks: CheckValves = "directed"


@dataclass(frozen=True)
class Stood:
    """A spot that was found: its atom, what it is called, and how far from the point (m)."""

    atom: int
    name: str
    metres: float


@dataclass(frozen=True)
class Traced:
    """What was found, as rows of the mesh. isolation: of such a question; order: of a path, in its order."""

    starts: list[Stood]
    reached: Reached
    barriers: list[Stood] = field(default_factory=list)
    end: Stood | None = None
    isolation: Isolation | None = None
    order: Sequence[int] = ()


def trace(connection: Connection[Any], known: Known, held: Held, asked: Question) -> Traced:
    """Answer a question; InvalidInput that names the field for whatever is not of this network."""
    starts = [_stood(connection, known, held, spot) for spot in asked.starts]
    barriers = [_stood(connection, known, held, spot) for spot in asked.barriers]
    begun = {start.atom for start in starts}
    for spot, barrier in zip(asked.barriers, barriers, strict=True):
        if barrier.atom in begun:
            raise InvalidInput.at(spot.where, "is where the question begins")
    atoms = np.array(sorted(begun), np.int64)
    if asked.kind == "isolation":
        found = _isolated(held, asked, atoms, barriers)
        return Traced(starts, Reached(found.nodes, found.links), barriers, isolation=found)
    if asked.kind == "path":
        return _path(connection, known, held, asked, starts, barriers)
    return Traced(starts, _reached(held, asked, atoms, barriers), barriers)


def _reached(held: Held, asked: Question, atoms: Int, barriers: Sequence[Stood]) -> Reached:
    ends = np.array([barrier.atom for barrier in barriers], np.int64)
    # What hangs together does so through closed valves as well; what flows does not.
    passes = None if asked.kind == "connected" else held.state(asked.checks).passes()
    ahead = {"upstream": -1, "downstream": 1}.get(asked.kind, 0)
    found = reach(held.mesh, atoms, ahead, passes, ends)
    if asked.kind == "controllers":
        return Reached(np.intersect1d(found.nodes, held.sources), np.zeros(0, np.int64))
    if asked.kind == "loops":
        is_there = np.zeros(held.mesh.links, bool)
        is_there[found.links] = True
        ring = loops(held.mesh, is_there)
        return Reached(np.unique(np.concatenate([held.mesh.tail[ring], held.mesh.head[ring]])), ring)
    return found


def _isolated(held: Held, asked: Question, atoms: Int, barriers: Sequence[Stood]) -> Isolation:
    stuck = np.array([_gate(held, code) for code in asked.unusable], np.int64)
    state = held.state(asked.checks, stuck)
    if not barriers:
        return isolate(held.mesh, state, held.supply(asked.checks), atoms)
    # A pipe that is pinched, or a manhole that is stopped up, is one gate more.
    mesh = _with_gates(held.mesh, barriers)
    more = len(barriers)
    state = type(state)(
        np.append(state.closed, np.zeros(more, bool)), np.append(state.usable, np.ones(more, bool)),
        np.append(state.check, np.zeros(more, bool)), state.checks,
    )  # fmt: skip
    return isolate(mesh, state, Supply.of(mesh, state, held.sources), atoms)


def _with_gates(mesh: Mesh, barriers: Sequence[Stood]) -> Mesh:
    atoms = np.array([barrier.atom for barrier in barriers], np.int64)
    is_node = atoms < mesh.nodes
    gates = Gates(
        np.append(mesh.gates.node, np.where(is_node, atoms, -1)),
        np.append(mesh.gates.link, np.where(is_node, -1, atoms - mesh.nodes)),
        np.append(mesh.gates.into, np.full(len(atoms), -1, np.int64)),
    )
    return Mesh.of(mesh.nodes, mesh.tail, mesh.head, gates)


def _path(
    connection: Connection[Any], known: Known, held: Held, asked: Question, starts: list[Stood],
    barriers: list[Stood],
) -> Traced:  # fmt: skip
    """Find the shortest way by length along what is open: atoms in their order."""
    if asked.end is None:
        raise InvalidInput.at("end", "is needed for a path")
    end = _stood(connection, known, held, asked.end)
    mesh, passes = held.mesh, held.state(asked.checks).passes()
    stops = np.zeros(mesh.atoms, bool)
    stops[[barrier.atom for barrier in barriers]] = True
    link = np.arange(len(mesh.ends)) // 2 + mesh.nodes
    is_open = (mesh.gate < 0) | (passes[np.maximum(mesh.gate, 0)] != 0)
    is_open &= ~(stops[link] | stops[mesh.ends])
    # Half of a pipe's length on either side of it; a little, so that pipes of no length count.
    half = held.length_m[link - mesh.nodes][is_open] / 2 + 1e-6
    pair = mesh.ends[is_open], link[is_open]
    graph = coo_array((half, pair), shape=(mesh.atoms, mesh.atoms)).tocsr()
    begun = [start.atom for start in starts]
    _, before, _ = dijkstra(graph, directed=False, indices=begun, return_predecessors=True, min_only=True)
    order = [end.atom]
    while before[order[-1]] >= 0:
        order.append(int(before[order[-1]]))
    if order[-1] not in begun:
        order = []
    order.reverse()
    atoms = np.array(sorted(order), np.int64)
    reached = Reached(atoms[atoms < mesh.nodes], atoms[atoms >= mesh.nodes] - mesh.nodes)
    return Traced(starts, reached, barriers, end, order=order)


def _gate(held: Held, code: str) -> int:
    if code not in held.gates:
        raise InvalidInput.at("unusable", f"'{code[:60]}' is no valve of this network that is in service")
    return held.gates[code]


def _stood(connection: Connection[Any], known: Known, held: Held, spot: Spot) -> Stood:
    if spot.point is not None:
        return _clicked(connection, known, held, spot, spot.point)
    kind, _, code = (spot.feature or "").partition(":")
    if kind not in ("node", "link", "device") or not code:
        kind, code = "", spot.feature or ""
    found = {
        f"{name}:{code}": atom
        for name, rows in (("node", held.nodes), ("link", held.links), ("device", held.gates))
        if kind in ("", name) and (atom := _atom(held, name, rows.get(code))) is not None
    }
    if len(set(found.values())) > 1:
        raise InvalidInput.at(f"{spot.where}.feature", f"is several things: {' or '.join(sorted(found))}")
    if not found:
        raise InvalidInput.at(
            f"{spot.where}.feature", "is no node, link or valve of this network that is in service"
        )
    name, atom = next(iter(found.items()))
    return Stood(atom, name, 0.0)


def _atom(held: Held, kind: str, row: int | None) -> int | None:
    """Give the atom of a node or link, or of what a device is or stands at."""
    if row is None:
        return None
    if kind == "node":
        return row
    if kind == "link":
        return held.mesh.nodes + row
    node, link = int(held.mesh.gates.node[row]), int(held.mesh.gates.link[row])
    return node if node >= 0 else held.mesh.nodes + link


def _clicked(connection: Connection[Any], known: Known, held: Held, spot: Spot, point: LngLat) -> Stood:
    values = {"network": known.id, "lon": point.lon, "lat": point.lat}
    found = connection.execute(query(ROOM, "nearest"), values).fetchone()
    if found is None or found[2] > NEAREST_M:
        near = "" if found is None else f"; the nearest, {found[0]} '{found[1]}', is {found[2]:,.0f} m away"
        raise InvalidInput.at(spot.where, f"has nothing of this network within {NEAREST_M:.0f} m{near}")
    kind, code, metres = found
    atom = _atom(held, kind, (held.nodes if kind == "node" else held.links).get(code))
    if atom is None:
        raise InvalidInput.at(spot.where, f"is next to {kind} '{code}', which is out of service")
    return Stood(atom, f"{kind}:{code}", float(metres))
