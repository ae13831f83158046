"""Very many alarms at once: states as records, one value each a tick, the answers those of `machine.step`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from lifeline.alarms import kernels, measures
from lifeline.alarms.kernels import LADDER, NEVER, ROW, STEP
from lifeline.alarms.rules import Measure, Rule
from lifeline.alarms.states import Event, Held, Phase, Seen, State, Transition
from spatial.errors import InvalidInput

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Table = NDArray[np.void]
"""Records of `kernels.LADDER`, `ROW` or `STEP`."""


class Verdict(IntEnum):
    """What became of a value; those above TAKEN change nothing, and LATE and OUTSIDE are still recorded."""

    NONE = 0
    TAKEN = 1
    NOT_FINITE = 2
    FUTURE = 3
    LATE = 4
    OUTSIDE = 5


def fits(rule: Rule) -> bool:
    """Tell whether alarms of a rule can be records: one input, no waiting for late values, no window."""
    return len(rule.inputs) == 1 and rule.lateness_ms == 0 and rule.inputs[0].measure is not Measure.RATE


def ladders(rules: Sequence[Rule]) -> Table:
    """Make records of rules of one input each, in their order (r,)."""
    if any(len(rule.inputs) != 1 or rule.lateness_ms for rule in rules):
        raise InvalidInput.at("rules", "those of several inputs, or that wait for late values, go one by one")
    table = np.zeros(len(rules), LADDER)
    for record, rule in zip(table, rules, strict=True):
        entry, rungs = rule.inputs[0], len(rule.ladder)
        for name in ("measure", "sign", "low", "high", "least_samples"):
            record[name] = getattr(entry, name)
        record["rungs"], record["future_ms"], record["is_latched"] = rungs, rule.future_ms, rule.is_latched
        record["sets"][:rungs], record["resets"][:rungs] = entry.sets, entry.resets
        record["on_ms"][:rungs] = [rung.on_delay_ms for rung in rule.ladder]
        record["off_ms"][:rungs] = [rung.off_delay_ms for rung in rule.ladder]
        if entry.measure is Measure.SILENCE:
            record["silent_ms"][:rungs] = [measures.silent_ms(entry, rung) for rung in range(rungs)]
    return table


def pack(states: Sequence[State], rule: Sequence[int]) -> Table:
    """Make records of states (n,) whose rules are those places in the ladders."""
    rows = np.zeros(len(states), ROW)
    for record, state, place in zip(rows, states, rule, strict=True):
        seen, rungs, until = state.inputs[0], len(state.rungs), state.shelved_until_ms
        for name in SAME:
            record[name] = getattr(state, name)
        record["rule"], record["seen_ms"], record["run"] = place, seen.at_ms, seen.run
        record["has_value"], record["value"] = (
            seen.value is not None,
            0.0 if seen.value is None else seen.value,
        )
        record["changed_ms"], record["shelved_until_ms"] = seen.changed_ms, NEVER if until is None else until
        record["raw"][:rungs] = seen.raw
        record["since_ms"][:rungs] = [held.since_ms for held in state.rungs]
        record["on"][:rungs] = [held.on for held in state.rungs]
    return rows


SAME = ("clock_ms", "phase", "severity", "occurrence", "latch", "is_suppressed", "is_out_of_service")
"""What goes by one name in states and in records."""


def unpack(table: Table, rows: Table, i: int) -> State:
    """Read the state of one row, as to give a command to it; `put` takes it back."""
    row = {name: rows[name][i].tolist() for name in ROW.names or ()}
    rungs = int(table["rungs"][row["rule"]])
    raw = tuple(map(bool, row["raw"][:rungs]))
    value = row["value"] if row["has_value"] else None
    held = tuple(Held(raw[k], row["since_ms"][k], bool(row["on"][k])) for k in range(rungs))
    return State(
        row["clock_ms"], row["clock_ms"],
        (Seen(row["seen_ms"], value, row["changed_ms"], row["run"], (), raw),),
        held, (), Phase(row["phase"]), row["severity"], row["occurrence"], bool(row["latch"]),
        None if row["shelved_until_ms"] == NEVER else row["shelved_until_ms"],
        bool(row["is_suppressed"]), bool(row["is_out_of_service"]),
    )  # fmt: skip


def put(rows: Table, i: int, state: State) -> None:
    """Write a state, as a command has left it, into its row."""
    rows[i] = pack([state], [int(rows["rule"][i])])[0]


def advance(
    table: Table, rows: Table, is_new: Bool, at_ms: Int, arrived_ms: Int, value: Float, to_ms: int
) -> tuple[NDArray[np.uint8], Table]:
    """Move all rows, in place, by a new value each (where `is_new`) and then by a tick at `to_ms`.

    All are (n,), values in the unit of the row's rule. Gives the verdict on each value (n,), and the
    transitions: rows in their order, those of a row in time. Raises InvalidInput where a rule has a window.
    """
    if (table["measure"][rows["rule"]] == Measure.RATE).any():
        raise InvalidInput.at("rows", "alarms of slopes keep a window, and go one by one")
    found = verdicts(table, rows, is_new, at_ms, arrived_ms, value)
    is_taken = found == Verdict.TAKEN

    def go(start: int, out: Table) -> tuple[int, int]:
        return kernels.sweep(table, rows, is_taken, at_ms, value, to_ms, start, out)

    return found, collect(go, len(rows))


def verdicts(
    table: Table, rows: Table, is_new: Bool, at_ms: Int, arrived_ms: Int, value: Float
) -> NDArray[np.uint8]:
    """Judge values before they are taken, in the order of `machine.believed`; gives a Verdict each (n,)."""
    rule = rows["rule"]
    is_late = (at_ms < rows["clock_ms"]) | ((rows["has_value"] != 0) & (at_ms <= rows["seen_ms"]))
    is_inside = (table["low"][rule] <= value) & (value <= table["high"][rule])
    is_outside = (table["measure"][rule] <= Measure.RATE) & ~is_inside
    found: NDArray[np.uint8] = np.select(
        [~is_new, ~np.isfinite(value), at_ms > arrived_ms + table["future_ms"][rule], is_late, is_outside],
        [Verdict.NONE, Verdict.NOT_FINITE, Verdict.FUTURE, Verdict.LATE, Verdict.OUTSIDE],
        Verdict.TAKEN,
    ).astype(np.uint8)
    return found


def collect(go: Callable[[int, Table], tuple[int, int]], end: int, room: int = 4096) -> Table:
    """Run a kernel until it is at the end, with room for so many transitions at a time; gives them all."""
    parts = [np.zeros(0, STEP)]
    start = 0
    while start < end:
        out = np.zeros(max(room, kernels.MOST_STEPS), STEP)
        start, count = go(start, out)
        parts.append(out[:count])
    return np.concatenate(parts)


def transitions(steps: Table) -> list[tuple[int, Transition]]:
    """Read records of transitions as values, each with its row."""
    return [
        (row, Transition(at, Event(event), Phase(before), Phase(after), severity, record))
        for row, at, event, before, after, severity, record in steps.tolist()
    ]
