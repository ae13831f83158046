"""Shut-offs that do harm together (关阀冲突): dry because several run at once, valves that several turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from psycopg import Connection

from lifeline.shutoffs.acting import MOST_OPEN
from lifeline.shutoffs.finding import as_before, rows_named
from lifeline.shutoffs.records import rows
from lifeline.traces.answers import customers_of, part_of
from lifeline.traces.held import Held, Known, Networks
from lifeline.traces.isolation import fed
from lifeline.traces.mesh import Bool

Json = dict[str, Any]
MOST_SETS = 20
"""Sets of shut-offs that are walked for one answer."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Slot:
    """A shut-off as others see it: when, and what it shuts. Valves by codes, pinch and stop by features."""

    id: int
    title: str
    state: str
    begins: datetime
    ends: datetime
    """datetime.max: nobody knows."""
    close: frozenset[str]
    turned: frozenset[str]
    held: frozenset[str]
    pinch: tuple[str, ...]
    stop: tuple[str, ...]

    @classmethod
    def of(cls, row: Json, now: datetime) -> Slot:
        """Read a row; one that is overdue goes on until somebody says otherwise."""
        ends = row["until_at"]
        return cls(
            row["id"], row["title"], row["state"], row["began_at"] or row["from_at"],
            _NEVER if ends is None or ends <= now else ends,
            frozenset(row["close"]), frozenset(row["turned"]), frozenset(row["held"]),
            tuple(each["feature"] for each in row["pinch"]), tuple(f"node:{code}" for code in row["stop"]),
        )  # fmt: skip


def conflicts(
    connection: Connection[Any], networks: Networks, network: str, number: int | None = None
) -> Json:
    """Tell what the open shut-offs of a network do together, or those that run with `number`.

    {"conflicts": [{shut_offs, from, until, valves, dry, customers}], "more": whether sets were left out}.
    connection: of a session of the reader that has not changed the network. NotFound.
    """
    known, held = networks.current(connection, network)
    now = datetime.now(UTC)
    found = rows(connection, "open_ones", {"network": known.id, "limit": MOST_OPEN + 1})
    slots = [Slot.of(row, now) for row in found]
    sets = [each for each in together(slots) if number is None or number in {slot.id for slot in each}]
    loss = _Losses(held, frozenset().union(*(slot.turned for slot in slots)))
    told = [_told(connection, known, loss, each) for each in sets[:MOST_SETS]]
    return {"conflicts": [each for each in told if each is not None], "more": len(sets) > MOST_SETS}


def together(slots: Sequence[Slot]) -> list[tuple[Slot, ...]]:
    """List the largest sets of shut-offs that run at one moment, two at least, by their beginnings."""
    sets: list[tuple[Slot, ...]] = []
    for moment in sorted({slot.begins for slot in slots}):
        here = tuple(slot for slot in slots if slot.begins <= moment < slot.ends)
        if len(here) > 1:
            sets.append(here)
    unique = list(dict.fromkeys(sets))
    return [each for each in unique if not any(set(each) < set(other) for other in unique)]


class _Losses:
    """What goes dry when shut-offs run, as marks of atoms (a,), walked once for each."""

    def __init__(self, held: Held, turned: Collection[str]) -> None:
        # As if none of them had begun: those that run today may be over when another begins.
        self.held = as_before(held, turned)
        self._known: dict[frozenset[int], Bool] = {}

    def of(self, slots: Iterable[Slot]) -> Bool:
        """Mark what has water without them, and none with all of them."""
        wanted = list(slots)
        key = frozenset(slot.id for slot in wanted)
        if key not in self._known:
            self._known[key] = self._walked(wanted)
        return self._known[key]

    def _walked(self, slots: Sequence[Slot]) -> Bool:
        held = self.held
        codes = {code for slot in slots for code in (slot.close | slot.held)}
        shut = np.array(sorted(held.gates[code] for code in codes if code in held.gates), np.int64)
        stopped = rows_named(held, [name for slot in slots for name in slot.stop])
        pinched = rows_named(held, [name for slot in slots for name in slot.pinch])
        sources = np.setdiff1d(held.sources, stopped)
        wet = fed(held.mesh, held.state("directed"), sources, shut, pinched)
        lost: Bool = (held.supply("directed").has == 1) & (wet == 0)
        return lost


def _told(connection: Connection[Any], known: Known, loss: _Losses, slots: Sequence[Slot]) -> Json | None:
    """Describe what these do together and none of them alone; None when nothing."""
    alone = np.any([loss.of([slot]) for slot in slots], axis=0)
    atoms = np.flatnonzero(loss.of(slots) & ~alone)
    valves = _shared(slots)
    if not len(atoms) and not valves:
        return None
    held = loss.held
    nodes, links = atoms[atoms < held.mesh.nodes], atoms[atoms >= held.mesh.nodes] - held.mesh.nodes
    ends = min(slot.ends for slot in slots)
    return {
        "shut_offs": [{"id": slot.id, "title": slot.title, "state": slot.state} for slot in slots],
        "from": max(slot.begins for slot in slots),
        "until": None if ends == _NEVER else ends,
        "valves": valves,
        "dry": part_of(held, nodes, links),
        "customers": customers_of(connection, known, held, nodes, links),
    }


def _shared(slots: Sequence[Slot]) -> list[Json]:
    """Name valves that one turns and another needs closed as well."""
    touched = sorted(frozenset().union(*(slot.close for slot in slots)))
    needing = {code: [slot.id for slot in slots if code in slot.close | slot.held] for code in touched}
    return [{"code": code, "shut_offs": ids} for code, ids in needing.items() if len(ids) > 1]
