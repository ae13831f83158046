"""Complaints of citizens, held against a network: who complains together, and of what valve, pump or pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from lifeline.complaints.scan import Zone, feeds, scan
from lifeline.traces.held import Held, Known
from lifeline.traces.mesh import Int
from spatial.database import query
from spatial.errors import InvalidInput

Json = dict[str, Any]
ROOM = "lifeline.complaints"
WINDOWS_H = (1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0, 168.0)
MOST_CASES = 20_000
MOST_NAMED = 50
MOST_EVENTS = 200
_M_A_DEGREE = 60_000.0
"""Metres a degree of longitude has at least, at 57 degrees of latitude."""


@dataclass(frozen=True)
class Asked:
    """Which complaints: codes of matters or their beginnings, of a time, no farther than so from a pipe."""

    categories: Sequence[str]
    since: datetime
    until: datetime
    within_m: float = 30.0
    trials: int = 999
    most: int = 5


def ask(connection: Connection[Any], known: Known, held: Held, asked: Asked) -> Json:
    """Scan them; InvalidInput where there are more than can be looked at at once.

    connection: of a session of the reader: only what the reader sees counts.
    """
    half = (asked.until - asked.since) / 2
    windows = [hours for hours in WINDOWS_H if timedelta(hours=hours) <= half] or [WINDOWS_H[0]]
    events, ago, links = _cases(connection, known, held, asked)
    atom = held.mesh.nodes + links
    state = held.state("open")
    found = scan(held.mesh, state, held.sources, atom, ago, windows, asked.trials, most=asked.most)
    above, _ = feeds(held.mesh, state, held.sources) if found.zones else (np.zeros(0, np.int64), None)
    return {
        "network": known.name,
        "edition": held.edition,
        "data_at": known.data_at,
        "since": asked.since,
        "until": asked.until,
        "complaints": len(events),
        "unfed": found.unfed,
        "trials": found.trials,
        "zones": [_told(held, above, zone, events, windows[zone.window]) for zone in found.zones],
    }  # fmt: skip


def _cases(
    connection: Connection[Any], known: Known, held: Held, asked: Asked
) -> tuple[Int, np.ndarray[Any, Any], Int]:
    values = {
        "network": known.id, "categories": list(asked.categories), "since": asked.since, "until": asked.until,
        "metres": asked.within_m, "degrees": asked.within_m / _M_A_DEGREE, "limit": MOST_CASES + 1,
    }  # fmt: skip
    rows = connection.execute(query(ROOM, "near"), values).fetchall()
    if len(rows) > MOST_CASES:
        reason = f"there are more than {MOST_CASES} complaints: a shorter time, or fewer categories"
        raise InvalidInput.at("from", reason)
    links = np.array([row[2] for row in rows], np.int64)
    place = np.minimum(np.searchsorted(held.link_ids, links), max(0, len(held.link_ids) - 1))
    # A pipe may have been added since the network was read: its complaints are of the next question.
    there = held.link_ids[place] == links if len(held.link_ids) else np.zeros(len(links), bool)
    ago = np.array([(asked.until - row[1]) / timedelta(hours=1) for row in rows], np.float64)
    events = np.array([row[0] for row in rows], np.int64)
    return events[there], ago[there], place[there].astype(np.int64)


def _told(held: Held, above: Int, zone: Zone, events: Int, hours: float) -> Json:
    gates = _gates_on(held, above, zone)
    return {
        "kind": "segment" if zone.atom is None else "upstream",
        "feature": None if zone.atom is None else _name(held, zone.atom),
        "stretch": [_name(held, atom) for atom in zone.stretch[:MOST_NAMED].tolist()],
        "devices": [_device(held, gate) for gate in gates[:MOST_NAMED]],
        "next_above": _next_above(held, above, zone),
        "hours": hours,
        "complaints": zone.count,
        "expected": round(zone.expected, 3),
        "ratio": round(zone.ratio, 4),
        "p": zone.p,
        "events": events[zone.cases][:MOST_EVENTS].tolist(),
    }


def _gates_on(held: Held, above: Int, zone: Zone) -> list[int]:
    """List the gates that stand on the stretch, the lowest first; of a segment those around it."""
    found: dict[int, None] = {}
    atoms = zone.stretch.tolist()
    if zone.atom is None:
        for atom in atoms:
            found.update(dict.fromkeys(_gates_at(held, atom)))
        return list(found)
    for atom in atoms:
        found.update(dict.fromkeys(_gates_between(held, atom, int(above[atom]))))
    return list(found)


def _next_above(held: Held, above: Int, zone: Zone) -> Json | None:
    """Name the first gate upstream of all of it: what would have to be shut, or has failed."""
    up = -1 if zone.atom is None else zone.atom
    while 0 <= up < len(above):
        gates = _gates_between(held, up, int(above[up]))
        if gates:
            return _device(held, gates[0])
        up = int(above[up])
    return None


def _joints_of(held: Held, atom: int) -> Int:
    if atom >= held.mesh.nodes:
        link = atom - held.mesh.nodes
        return np.array([2 * link, 2 * link + 1], np.int64)
    begins, joints = held.mesh.joints
    return joints[begins[atom] : begins[atom + 1]].astype(np.int64)


def _gates_at(held: Held, atom: int) -> list[int]:
    return [gate for gate in held.mesh.gate[_joints_of(held, atom)].tolist() if gate >= 0]


def _gates_between(held: Held, atom: int, over: int) -> list[int]:
    """List the gates where an atom meets the one above it, and those that it is itself."""
    mesh = held.mesh
    joints = _joints_of(held, atom)
    other = mesh.ends[joints] if atom >= mesh.nodes else mesh.nodes + joints // 2
    return [gate for gate in mesh.gate[joints[other == over]].tolist() if gate >= 0]


def _name(held: Held, atom: int) -> str:
    if atom < held.mesh.nodes:
        return f"node:{held.node_codes[atom]}"
    return f"link:{held.link_codes[atom - held.mesh.nodes]}"


def _device(held: Held, gate: int) -> Json:
    return {"code": held.gate_codes[gate], "kind": held.gate_kinds[gate]}
