"""One alarm, one word at a time: `step` is all there is to it.

All happens at its own time, and never at that of the tick which finds it out: a delay that was over at
12:00:05 raises the alarm at 12:00:05, however seldom somebody looks. So ticks put in anywhere change
nothing, and the history gives what the day gave.

A value may wait for earlier ones (`lateness_ms`), so that any order within that time comes to the same.
What comes later yet is recorded and moves nothing: an alarm that was told is not taken back by it.
"""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import replace

from lifeline.alarms import measures
from lifeline.alarms.rules import Measure, Rule
from lifeline.alarms.states import (
    Event,
    Held,
    Phase,
    Refused,
    Seen,
    State,
    Tick,
    Transition,
    Value,
    Word,
)
from lifeline.alarms.units import convert
from lifeline.alarms.verbs import obey, unveil

MOST_WAITING = 10_000
"""Values that may wait in one alarm; more come from a sensor that is out of its mind."""


def step(rule: Rule, state: State, word: Word) -> tuple[State, list[Transition], Refused | None]:
    """Move an alarm by a value, a tick or a command; gives what came of it, and the reason if refused.

    A value refused for good leaves the state as it was. A command that is refused has let the time pass.
    """
    if isinstance(word, Value):
        return _heard(rule, state, word)
    state, told = _until(rule, replace(state, newest_ms=max(state.newest_ms, word.at_ms)))
    if isinstance(word, Tick):
        return state, told, None
    answer = obey(rule, state, word)
    if isinstance(answer, Refused):
        return state, told, answer
    return answer[0], told + answer[1], None


def _heard(rule: Rule, state: State, word: Value) -> tuple[State, list[Transition], Refused | None]:
    value = believed(rule, state, word)
    if isinstance(value, Refused):
        return state, [], value
    waiting = list(state.waiting)
    insort(waiting, (word.at_ms, word.input, value))
    newest = max(state.newest_ms, word.at_ms)
    after, told = _until(rule, replace(state, newest_ms=newest, waiting=tuple(waiting)))
    return after, told, None


def believed(rule: Rule, state: State, word: Value) -> float | Refused:
    """Turn a value into the input's unit, or tell why it is not taken."""
    if not 0 <= word.input < len(rule.inputs):
        return Refused(f"input: there is no {word.input}")
    entry, seen = rule.inputs[word.input], state.inputs[word.input]
    if not math.isfinite(word.value):
        return Refused("value: not a finite number")
    value = convert(word.value, word.unit, entry.unit)
    if isinstance(value, str):
        return Refused(f"unit: {value}")
    if not math.isfinite(value):
        return Refused("value: not a finite number")
    if word.at_ms > word.arrived_ms + rule.future_ms:
        return Refused("at_ms: in the future")
    if word.at_ms < state.clock_ms or (seen.value is not None and word.at_ms <= seen.at_ms):
        return Refused("at_ms: too late to count", is_recorded=True)
    if any(at == word.at_ms and place == word.input for at, place, _ in state.waiting):
        return Refused("at_ms: there is a value of this time", is_recorded=True)
    if len(state.waiting) >= MOST_WAITING:
        return Refused(f"value: {MOST_WAITING} wait already", is_recorded=True)
    if entry.measure in (Measure.VALUE, Measure.RATE) and not entry.low <= value <= entry.high:
        return Refused("value: outside of what the sensor can measure", is_recorded=True)
    return value


def _until(rule: Rule, state: State) -> tuple[State, list[Transition]]:
    """Settle all that is due by now, values that have waited long enough among it, in order of time."""
    mark = state.newest_ms - rule.lateness_ms
    told: list[Transition] = []
    while state.waiting and state.waiting[0][0] <= mark:
        (at_ms, place, value), rest = state.waiting[0], state.waiting[1:]
        state, more = _pass(rule, replace(state, waiting=rest), at_ms)
        seen = measures.take(rule.inputs[place], state.inputs[place], at_ms, value)
        inputs = (*state.inputs[:place], seen, *state.inputs[place + 1 :])
        state, last = _settle(rule, replace(state, inputs=inputs), at_ms)
        told += more + last
    state, more = _pass(rule, state, mark)
    return state, told + more


def _pass(rule: Rule, state: State, to_ms: int) -> tuple[State, list[Transition]]:
    """Let the time pass: what is due by `to_ms` happens, each at its time."""
    told: list[Transition] = []
    while (due := next_due(rule, state)) is not None and due <= to_ms:
        state = replace(state, inputs=tuple(_silenced(rule, state, due)))
        state, more = _settle(rule, state, due)
        told += more
    return replace(state, clock_ms=max(state.clock_ms, to_ms)), told


def next_due(rule: Rule, state: State) -> int | None:
    """Tell when something happens by itself; None where nothing will."""
    times = [] if state.shelved_until_ms is None else [state.shelved_until_ms]
    for rung, held in zip(rule.ladder, state.rungs, strict=True):
        if held.raw != held.on:
            times.append(held.since_ms + (rung.on_delay_ms if held.raw else rung.off_delay_ms))
    for entry, seen in zip(rule.inputs, state.inputs, strict=True):
        if entry.measure is Measure.SILENCE:
            waits = (measures.silent_ms(entry, place) for place, raw in enumerate(seen.raw) if not raw)
            times += [seen.at_ms + wait for wait in waits]
    return min(times, default=None)


def _silenced(rule: Rule, state: State, at_ms: int) -> list[Seen]:
    """Mark the sensors of which nothing was heard for too long."""
    inputs = list(state.inputs)
    for place, entry in enumerate(rule.inputs):
        if entry.measure is Measure.SILENCE:
            seen = inputs[place]
            silent = at_ms - seen.at_ms
            raw = tuple(silent >= measures.silent_ms(entry, rung) for rung in range(len(rule.ladder)))
            inputs[place] = replace(seen, raw=raw)
    return inputs


def _settle(rule: Rule, state: State, at_ms: int) -> tuple[State, list[Transition]]:
    """Draw the conclusions at a moment: rungs, then the alarm, then the end of its shelf."""
    rungs = tuple(_rung(rule, state, place, at_ms) for place in range(len(rule.ladder)))
    severity = max((place + 1 for place, held in enumerate(rungs) if held.on), default=0)
    after, told = _judge(rule, replace(state, rungs=rungs, clock_ms=at_ms), severity)
    if after.shelved_until_ms is None or after.shelved_until_ms > at_ms:
        return after, told
    ended = unveil(rule, after, replace(after, shelved_until_ms=None))
    return ended, [*told, _told(at_ms, Event.SHELF_ENDED, after, ended)]


def _rung(rule: Rule, state: State, place: int, at_ms: int) -> Held:
    rung, held = rule.ladder[place], state.rungs[place]
    raw = any(all(state.inputs[entry].raw[place] for entry in group) for group in rule.any_of)
    if raw != held.raw:
        held = Held(raw, at_ms, held.on)
    delay = rung.on_delay_ms if raw else rung.off_delay_ms
    return replace(held, on=raw) if at_ms - held.since_ms >= delay else held


def _judge(rule: Rule, state: State, severity: int) -> tuple[State, list[Transition]]:
    """Move the alarm to a severity. A record begins when the condition comes up, seen or hidden."""
    if severity == state.severity:
        return state, []
    event = _event(state.severity, severity)
    occurrence = state.occurrence + (event is Event.RAISED)
    after = replace(state, severity=severity, occurrence=occurrence)
    if state.is_hidden:
        return after, []
    if severity > state.severity:
        # A graver level must be told again, to whom had acknowledged a milder one too.
        after = replace(after, phase=Phase.UNACKNOWLEDGED, latch=rule.is_latched)
    elif severity == 0:
        was_told = state.phase is Phase.ACKNOWLEDGED
        gone = Phase.LATCHED if state.latch else Phase.NORMAL
        after = replace(after, phase=gone if was_told else Phase.RETURNED)
    return after, [_told(after.clock_ms, event, state, after)]


def _event(before: int, after: int) -> Event:
    if after > before:
        return Event.UPGRADED if before else Event.RAISED
    return Event.DOWNGRADED if after else Event.CLEARED


def _told(at_ms: int, event: Event, before: State, after: State) -> Transition:
    return Transition(at_ms, event, before.shown, after.shown, after.severity, after.occurrence)
