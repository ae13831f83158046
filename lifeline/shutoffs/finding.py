"""What a shut-off takes: asked of the network of now, written down, compared with what was known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg import Connection

from lifeline.traces.answers import answer_of_network
from lifeline.traces.asking import Question, Spot, Traced, trace
from lifeline.traces.held import Held, Known, Networks
from lifeline.traces.mesh import Int

Json = dict[str, Any]
_MEASURES = ("services", "customers", "meters", "people")


@dataclass(frozen=True)
class Finding:
    """An answer of one edition: the question by codes, what is kept of the answer, and the valves."""

    known: Known
    edition: int
    question: Json
    found: Json
    valves: Sequence[Json]
    """[{code, kind, needed, state}]: waiting to be closed, or held closed by others."""


def find(
    connection: Connection[Any], networks: Networks, network: str, asked: Question, own: Collection[str] = ()
) -> Finding:
    """Ask a network what must be shut; own: valves that this very shut-off has closed already.

    connection: of a session of the reader that has not changed the network itself. NotFound; InvalidInput
    names what is not of the network.
    """
    known, held = networks.current(connection, network)
    traced = trace(connection, known, as_before(held, own), asked)
    told = answer_of_network(connection, known, held, asked, traced)
    found = {name: told[name] for name in told.keys() - {"network", "type", "edition"}}
    return Finding(known, held.edition, _by_codes(asked, traced), found, _border(told))


def question_of(kept: Mapping[str, Any], stuck: Collection[str] = ()) -> Question:
    """Ask again what was asked; stuck: valves that were found so since."""
    return Question(
        "isolation",
        [Spot(f"starts[{at}]", code) for at, code in enumerate(kept["starts"])],
        barriers=[Spot(f"barriers[{at}]", code) for at, code in enumerate(kept["barriers"])],
        unusable=sorted({*kept["unusable"], *stuck}),
        checks=kept["check_valves"],
    )


def as_before(held: Held, own: Collection[str]) -> Held:
    """Give the network as it would stand with these valves open."""
    rows = [held.gates[code] for code in own if code in held.gates]
    if not held.closed[rows].any():
        return held
    closed = held.closed.copy()
    closed[rows] = False
    # What was walked with these valves shut is of no use.
    return replace(held, closed=closed, _supplies={})


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Say what two answers tell differently, by codes; {} when nothing."""
    found: Json = {}
    for name, codes in _LISTED.items():
        old, new = set(codes(before)), set(codes(after))
        if old != new:
            found[name] = {"added": sorted(new - old), "gone": sorted(old - new)}
    counts = [{name: each["customers"][name] for name in _MEASURES} for each in (before, after)]
    if counts[0] != counts[1]:
        found["customers"] = {"before": counts[0], "after": counts[1]}
    return found


def in_words(different: Mapping[str, Any]) -> str:
    """Tell differences in short, for a refusal."""
    parts = []
    for name, each in different.items():
        if name == "customers":
            parts.append(f"customers {each['before']['customers']} → {each['after']['customers']}")
            continue
        signed = [f"+{code}" for code in each["added"]] + [f"-{code}" for code in each["gone"]]
        more = f" and {len(signed) - 10} more" if len(signed) > 10 else ""
        parts.append(f"{name} {' '.join(signed[:10])}{more}")
    return "; ".join(parts)


_LISTED: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "close": lambda told: [each["code"] for each in told["close"]],
    "closed_already": lambda told: [each["code"] for each in told["closed_already"]],
    "pinch": lambda told: [each["feature"] for each in told["pinch"]],
    "stop": lambda told: told["stop"],
    "cut_off_links": lambda told: told["cut_off"]["link_codes"],
    "cut_off_nodes": lambda told: told["cut_off"]["node_codes"],
    "dry_links": lambda told: told["dry"]["link_codes"],
    "dry_nodes": lambda told: told["dry"]["node_codes"],
}
"""What is compared, and how it is read of an answer."""


def _by_codes(asked: Question, traced: Traced) -> Json:
    """Write a question so that it means the same tomorrow: what was clicked by its code."""
    return {
        "starts": [each.name for each in traced.starts],
        "barriers": [each.name for each in traced.barriers],
        "unusable": sorted(set(asked.unusable)),
        "check_valves": asked.checks,
    }


def _border(told: Mapping[str, Any]) -> list[Json]:
    return [
        *({**each, "state": "waiting"} for each in told["close"]),
        *({**each, "needed": True, "state": "held"} for each in told["closed_already"]),
    ]


def rows_named(held: Held, names: Collection[str]) -> Int:
    """Find the atoms of `node:code` and `link:code`; what is no longer there is left out."""
    atoms = []
    for name in names:
        kind, _, code = name.partition(":")
        row = (held.nodes if kind == "node" else held.links).get(code)
        if row is not None:
            atoms.append(row if kind == "node" else held.mesh.nodes + row)
    return np.array(atoms, np.int64)
