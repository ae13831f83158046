"""Networks as this process keeps them: arrays of the tables, of one edition, patched when valves are turned.

    networks = Networks()
    held = networks.current(connection, "water")

PostGIS is the truth: each question asks which edition it has, and what is kept is brought there first by the
log of changes. Whoever sees a network sees all of it, so that what is kept is the same for all who may ask.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from psycopg import Connection
from psycopg.rows import class_row

from lifeline.traces.isolation import CheckValves, State, Supply
from lifeline.traces.mesh import Bool, Gates, Int, Mesh
from spatial.database import query
from spatial.errors import NotFound, Unavailable

ROOM = "lifeline.traces"
SHUTS = ("valve", "check_valve")
"""Kinds of devices that somebody can shut, or that shut by themselves."""
HOLDS = ("pump", "regulator", "compressor")
"""Kinds that stop a network when they are off, and that nobody shuts to cut a break off."""
KEPT = 8
"""Networks that one process keeps."""
MOST_CHANGES = 10_000
"""Of more the network is read anew."""
ROUNDS = 3
"""How often it is read when it changes meanwhile."""
_PATCHED = frozenset({"is_open", "is_operable", "is_accessible", "normally_open", "attributes"})
"""Columns of devices that change no mesh."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """A network as its row tells of it."""

    id: int
    name: str
    kind: str
    flow_mode: str
    edition: int
    checked_edition: int
    data_at: datetime
    problems: int


@dataclass(frozen=True, eq=False)
class Held:
    """A network of one edition as arrays: nodes (n,), links (m,), gates (g,) by rows of the mesh."""

    edition: int
    mesh: Mesh
    node_ids: Int
    link_ids: Int
    gate_ids: Int
    node_codes: Sequence[str]
    link_codes: Sequence[str]
    gate_codes: Sequence[str]
    gate_kinds: Sequence[str]
    length_m: Floats
    """(m,)"""
    sources: Int
    """Rows of the nodes that feed it, or that a drainage runs to."""
    closed: Bool
    usable: Bool
    _supplies: dict[CheckValves, Supply] = field(default_factory=dict, repr=False)

    def state(self, checks: CheckValves, unusable: Int | None = None) -> State:
        """Say how the gates stand now; unusable: rows of others that cannot be used."""
        usable = self.usable.copy()
        usable[unusable if unusable is not None else []] = False
        return State(self.closed, usable, self.mesh.gates.into >= 0, checks)

    def supply(self, checks: CheckValves) -> Supply:
        """Give which parts have a source, walked once an edition."""
        if checks not in self._supplies:
            self._supplies[checks] = Supply.of(self.mesh, self.state(checks), self.sources)
        return self._supplies[checks]

    @cached_property
    def nodes(self) -> Mapping[str, int]:
        """Rows of nodes by their codes."""
        return {code: row for row, code in enumerate(self.node_codes)}

    @cached_property
    def links(self) -> Mapping[str, int]:
        """Rows of links by their codes."""
        return {code: row for row, code in enumerate(self.link_codes)}

    @cached_property
    def gates(self) -> Mapping[str, int]:
        """Rows of gates by the codes of their devices."""
        return {code: row for row, code in enumerate(self.gate_codes)}


class Networks:
    """The networks that were asked for last; shared by threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._lock = Lock()

    def current(self, connection: Connection[Any], name: str) -> tuple[Known, Held]:
        """Give a network as it is now; NotFound for one that the reader does not see.

        connection: of a session of the reader. Unavailable while it changes faster than it can be read.
        """
        for _ in range(ROUNDS):
            known = read_known(connection, name)
            held = self._newer(connection, known)
            if held is not None:
                return known, held
        raise Unavailable(f"the network '{name}' is changing; ask again")

    def _newer(self, connection: Connection[Any], known: Known) -> Held | None:
        """Bring what is kept to the edition of now; None when that moved on meanwhile."""
        with self._lock:
            held = self._held.get(known.id)
        if held is not None and held.edition == known.edition:
            return held
        # Never back: a connection that began before may still see an older one.
        made = _patched(connection, known, held) if held and held.edition < known.edition else None
        made = made or load(connection, known)
        if read_known(connection, known.name).edition != known.edition:
            return None
        with self._lock:
            before = self._held.get(known.id)
            if before is None or before.edition < made.edition:
                self._held[known.id] = made
            self._held.move_to_end(known.id)
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return made


def read_known(connection: Connection[Any], name: str) -> Known:
    """Read which edition a network has; NotFound."""
    with connection.cursor(row_factory=class_row(Known)) as cursor:
        found = cursor.execute(query(ROOM, "held_network"), {"name": name}).fetchone()
    if found is None:
        raise NotFound(f"there is no network '{name}'")
    return found


def load(connection: Connection[Any], known: Known) -> Held:
    """Read a network whole: what is in service."""
    asked = {"network": known.id}
    ids, codes, feeds = _row(connection, "held_nodes", asked)
    node_ids = _numbers(ids)
    links, link_codes, tails, heads, lengths = _row(connection, "held_links", asked)
    tail, tail_there = _rows_of(_numbers(tails), node_ids)
    head, head_there = _rows_of(_numbers(heads), node_ids)
    # What ends at a node that is out of service is out of service as well.
    there = tail_there & head_there
    link_ids = _numbers(links)[there]
    gates = _gates(connection, known.id, None)
    mesh_gates, good = _stand(gates, node_ids, link_ids)
    gates = [gate for gate, is_good in zip(gates, good, strict=True) if is_good]
    mesh = Mesh.of(len(node_ids), tail[there], head[there], mesh_gates)
    return Held(
        known.edition, mesh, node_ids, link_ids, np.array([gate[0] for gate in gates], np.int64),
        orjson.loads(codes),
        [code for code, is_there in zip(orjson.loads(link_codes), there.tolist(), strict=True) if is_there],
        [gate[1] for gate in gates], [gate[2] for gate in gates],
        np.frombuffer(lengths or b"", ">f8").astype(np.float64)[there],
        np.flatnonzero(np.frombuffer(feeds or b"", np.uint8)), *_stands(gates),
    )  # fmt: skip


def _patched(connection: Connection[Any], known: Known, held: Held) -> Held | None:
    """Turn the valves that were turned since; None when more than that has changed."""
    asked = {"network": known.id, "edition": held.edition, "limit": MOST_CHANGES + 1}
    changes = connection.execute(query(ROOM, "held_changes"), asked).fetchall()
    if len(changes) > MOST_CHANGES:
        return None
    for relation, row, op, columns in changes:
        if relation != "network_device" or op != "update" or row is None or not _PATCHED.issuperset(columns):
            return None
    turned = _gates(connection, known.id, sorted({row for _, row, _, _ in changes}))
    rows, _ = _rows_of(np.array([gate[0] for gate in turned], np.int64), held.gate_ids)
    closed, usable = held.closed.copy(), held.usable.copy()
    closed[rows], usable[rows] = _stands(turned)
    is_same = bool((closed == held.closed).all() and (usable == held.usable).all())
    return replace(
        held, edition=known.edition, closed=closed, usable=usable, _supplies=held._supplies if is_same else {}
    )


def _gates(connection: Connection[Any], network: int, ids: list[int] | None) -> list[tuple[Any, ...]]:
    asked = {"network": network, "kinds": [*SHUTS, *HOLDS], "ids": ids}
    return connection.execute(query(ROOM, "held_gates"), asked).fetchall()


def _stands(gates: Sequence[tuple[Any, ...]]) -> tuple[Bool, Bool]:
    """Tell which are closed, and which can be used to shut."""
    closed = np.array([not gate[7] for gate in gates], bool)
    usable = np.array([gate[8] and gate[2] in SHUTS for gate in gates], bool)
    return closed, usable


def _stand(gates: Sequence[tuple[Any, ...]], node_ids: Int, link_ids: Int) -> tuple[Gates, list[bool]]:
    """Find where gates stand; what stands on something out of service is left out."""
    columns = {at: np.array([gate[at] or -1 for gate in gates], np.int64) for at in (3, 4, 5, 6)}
    node, has_node = _rows_of(columns[3], node_ids)
    link, has_link = _rows_of(columns[4], link_ids)
    into_node, goes_node = _rows_of(columns[5], node_ids)
    into_link, goes_link = _rows_of(columns[6], link_ids)
    good = (has_node | (columns[3] < 0)) & (has_link | (columns[4] < 0)) & (has_node | has_link)
    # Of one in a node it is the link that it opens to, else the node.
    into = np.where(columns[4] < 0, np.where(goes_link, into_link, -1), np.where(goes_node, into_node, -1))
    node, link = np.where(has_node, node, -1), np.where(has_link, link, -1)
    return Gates(node[good], link[good], into[good]), good.tolist()


def _rows_of(ids: Int, known: Int) -> tuple[Int, Bool]:
    """Find the rows of numbers among those known, ascending; with whether each is there at all."""
    if not len(known):
        return np.zeros(len(ids), np.int64), np.zeros(len(ids), bool)
    rows = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return rows.astype(np.int64), known[rows] == ids


def _row(connection: Connection[Any], name: str, asked: Mapping[str, Any]) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(query(ROOM, name), asked).fetchall()[0]
    return row


def _numbers(packed: bytes | None) -> Int:
    return np.frombuffer(packed or b"", ">i8").astype(np.int64)
