"""A rule over the history of its sensors: what would it have told? The answer is the live one, to the bit."""

from __future__ import annotations

import numpy as np

from lifeline.alarms import kernels
from lifeline.alarms.batch import Float, Int, Table, collect, ladders, pack, transitions
from lifeline.alarms.machine import step
from lifeline.alarms.rules import MOST_SAMPLES, Measure, Rule
from lifeline.alarms.states import Tick, Transition, Value, begin
from spatial.errors import InvalidInput


def replay(
    rule: Rule, place: Int, at_ms: Int, value: Float, begins_ms: int, ends_ms: int
) -> list[Transition]:
    """Tell what a rule says of a history that came in this order, each value at once; nobody acknowledges.

    place (which input), at_ms, value: (n,), in the units of the inputs, in the order of arrival; empty is a
    silence. What live would refuse (late, not finite, outside) is passed over as live, and what is after
    `ends_ms` is left out.
    """
    place, at_ms, value = np.asarray(place), np.asarray(at_ms, np.int64), np.asarray(value, float)
    if not len(place) == len(at_ms) == len(value):
        raise InvalidInput.at("value", "the columns are not of one length")
    mine = (place >= 0) & (place < len(rule.inputs)) & (at_ms <= ends_ms)
    place, at_ms, value = place[mine], at_ms[mine], value[mine]
    if len(rule.inputs) == 1 and rule.lateness_ms == 0:
        return [told for _, told in transitions(columns(rule, at_ms, value, begins_ms, ends_ms))]
    return _one_by_one(rule, place, at_ms, value, begins_ms, ends_ms)


def columns(rule: Rule, at_ms: Int, value: Float, begins_ms: int, ends_ms: int) -> Table:
    """Replay a rule of one input as columns: a year of minutes in a moment, for tuning its thresholds."""
    table, rows = ladders([rule]), pack([begin(rule, begins_ms)], [0])
    at_ms, value = np.asarray(at_ms, np.int64), np.asarray(value, float)
    taken = believed(rule, at_ms, value, begins_ms)
    at_ms, value = at_ms[taken], value[taken]
    slope = np.full(len(at_ms), np.nan)
    if rule.inputs[0].measure is Measure.RATE:
        entry = rule.inputs[0]
        slope = kernels.slopes(at_ms, value, entry.window_ms, entry.least_samples, MOST_SAMPLES)

    def go(start: int, out: Table) -> tuple[int, int]:
        return kernels.rehearse(table, rows, at_ms, value, slope, ends_ms, start, out)

    return collect(go, len(at_ms) + 1)


def believed(rule: Rule, at_ms: Int, value: Float, begins_ms: int) -> Int:
    """Pick the values that live would take: finite, within the sensor's range, and newer than all before."""
    entry = rule.inputs[0]
    good = np.isfinite(value) & (at_ms >= begins_ms)
    if entry.measure in (Measure.VALUE, Measure.RATE):
        good &= (entry.low <= value) & (value <= entry.high)
    rest = np.flatnonzero(good)
    newest = np.maximum.accumulate(at_ms[rest])
    is_newer = np.ones(len(rest), bool)
    is_newer[1:] = at_ms[rest][1:] > newest[:-1]
    found: Int = rest[is_newer]
    return found


def _one_by_one(
    rule: Rule, places: Int, at_ms: Int, value: Float, begins_ms: int, ends_ms: int
) -> list[Transition]:
    state, all_told = begin(rule, begins_ms), list[Transition]()
    for place, at, number in zip(places.tolist(), at_ms.tolist(), value.tolist(), strict=True):
        state, told, _ = step(rule, state, Value(place, at, at, number, rule.inputs[place].unit))
        all_told += told
    # All has come that will come: nothing waits any longer.
    return all_told + step(rule, state, Tick(ends_ms + rule.lateness_ms))[1]
