"""Answers to questions, in words of the utility: codes, metres, whoever is cut off, places, grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.traces.asking import Question, Stood, Traced
from lifeline.traces.held import ROOM, SHUTS, Held, Known
from lifeline.traces.isolation import Isolation
from lifeline.traces.mesh import Int
from spatial.database import query

Json = dict[str, Any]
MOST_LISTED = 50_000
"""Codes that one list holds; of more the number alone is told."""
MOST_LOOKED_AROUND = 5_000
"""Links around which places and grids are looked for."""
NEAR_M = 30.0
"""Places so near a pipe are told of."""
_M_A_DEGREE = 60_000.0
"""Metres a degree of longitude has at least, at 57 degrees of latitude."""


def answer(
    connection: Connection[Any], known: Known, held: Held, asked: Question, found: Traced, shapes: bool
) -> Json:
    """Write down what was found. connection: of a session of the reader, whose rights decide on places."""
    cut = found.isolation
    links, _ = _whole(found)
    devices = [] if cut is None else held.gate_ids[_own(held, cut.close)].tolist()
    told = answer_of_network(connection, known, held, asked, found)
    return {**told, **_around(connection, held, links, devices, shapes)}


def answer_of_network(
    connection: Connection[Any], known: Known, held: Held, asked: Question, found: Traced
) -> Json:
    """Write down what all who see the network may know of it: no places, no grids."""
    told: Json = {
        "network": known.name,
        "type": asked.kind,
        "edition": held.edition,
        "data_at": known.data_at,
        "topology": {
            "checked": known.checked_edition >= held.edition, "problems": known.problems,
        },
        "start": [_told(each) for each in found.starts],
        "barriers": [_told(each) for each in found.barriers],
    }  # fmt: skip
    if found.isolation is not None:
        told |= _valves(held, found)
        told["dry"] = part_of(held, found.isolation.dry_nodes, found.isolation.dry_links)
    if asked.kind == "path":
        told["end"] = found.end and _told(found.end)
        told["path"] = [_name(held, atom) for atom in found.order]
    told["reached" if found.isolation is None else "cut_off"] = part_of(
        held, found.reached.nodes, found.reached.links
    )
    links, nodes = _whole(found)
    told["sources"] = [held.node_codes[row] for row in np.intersect1d(nodes, held.sources).tolist()]
    return {**told, "customers": customers_of(connection, known, held, nodes, links)}


def customers_of(connection: Connection[Any], known: Known, held: Held, nodes: Int, links: Int) -> Json:
    """Count who hangs on such rows of the mesh: services, customers, meters, people, by category."""
    ids = {"links": held.link_ids[links].tolist(), "nodes": held.node_ids[nodes].tolist()}
    return _customers(connection, {"network": known.id, **ids})


def _whole(found: Traced) -> tuple[Int, Int]:
    """Give the links and nodes of an answer, with those that are dry because of it."""
    links, nodes, cut = found.reached.links, found.reached.nodes, found.isolation
    if cut is None:
        return links, nodes
    return np.concatenate([links, cut.dry_links]), np.concatenate([nodes, cut.dry_nodes])


def _told(stood: Stood) -> Json:
    return {"feature": stood.name, "distance_m": round(stood.metres, 2)}


def _name(held: Held, atom: int) -> str:
    if atom < held.mesh.nodes:
        return f"node:{held.node_codes[atom]}"
    return f"link:{held.link_codes[atom - held.mesh.nodes]}"


def part_of(held: Held, nodes: Int, links: Int) -> Json:
    """Describe a part by rows of the mesh: numbers, metres, codes."""
    return {
        "nodes": len(nodes),
        "links": len(links),
        "length_m": round(float(held.length_m[links].sum()), 2),
        "node_codes": [held.node_codes[row] for row in nodes[:MOST_LISTED].tolist()],
        "link_codes": [held.link_codes[row] for row in links[:MOST_LISTED].tolist()],
    }


def _own(held: Held, gates: Int) -> Int:
    """Leave out the gates that were made for the question alone."""
    return gates[gates < len(held.gate_ids)]


def _valves(held: Held, found: Traced) -> Json:
    cut: Isolation | None = found.isolation
    assert cut is not None
    first = len(held.gate_ids)
    needed = dict(zip(cut.close.tolist(), cut.needed.tolist(), strict=True))
    return {
        "close": [{**_device(held, row), "needed": needed[row]} for row in cut.close.tolist() if row < first],
        "pinch": [
            {"feature": found.barriers[row - first].name, "needed": needed[row]}
            for row in cut.close.tolist()
            if row >= first
        ],
        "closed_already": [_device(held, row) for row in cut.closed.tolist() if row < first],
        "check_valves": [_device(held, row) for row in cut.checks.tolist() if row < first],
        "passed": [
            _device(held, row) for row in cut.passed.tolist() if row < first and held.gate_kinds[row] in SHUTS
        ],
        "stop": [held.node_codes[row] for row in cut.sources.tolist()],
    }


def _device(held: Held, row: int) -> Json:
    return {"code": held.gate_codes[row], "kind": held.gate_kinds[row]}


def _around(
    connection: Connection[Any], held: Held, links: Int, devices: Sequence[int], shapes: bool
) -> Json:
    """Tell what stands beside it; None where it is too much to look around."""
    link_ids = held.link_ids[links].tolist()
    few = len(link_ids) <= MOST_LOOKED_AROUND
    around = {
        "links": link_ids, "metres": NEAR_M, "degrees": NEAR_M / _M_A_DEGREE, "limit": MOST_LISTED,
        "devices": list(devices),
    }  # fmt: skip
    told: Json = {
        "places": _rows(connection, "places", around) if few else None,
        "grids": [row["code"] for row in _rows(connection, "grids", around)] if few else None,
    }
    if shapes:
        told["features"] = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": f"{row['what']}:{row['code']}",
                    "geometry": row["geometry"],
                    "properties": {"kind": row["what"], "code": row["code"]},
                }
                for row in _rows(connection, "shapes", around)
            ],
        }
    return told


def _customers(connection: Connection[Any], asked: Json) -> Json:
    rows = _rows(connection, "customers", asked)
    by = [row for row in rows if row["customers"]]
    people = [row["people"] for row in by if row["people"] is not None]
    return {
        "services": int(connection.execute(query(ROOM, "services"), asked).fetchall()[0][0]),
        "customers": sum(row["customers"] for row in by),
        "meters": sum(row["meters"] for row in by),
        # Nobody is estimated: what the utility does not know is not made up.
        "people": sum(people) if people else None,
        "by": by,
    }


def _rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()
