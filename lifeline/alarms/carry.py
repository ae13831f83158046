"""A rule that is changed while its alarms stand: what was heard stays heard, and no alarm goes unseen."""

from __future__ import annotations

from dataclasses import replace

from lifeline.alarms import measures
from lifeline.alarms.rules import Input, Measure, Rule
from lifeline.alarms.states import Held, Seen, State, begin
from lifeline.alarms.units import convert

Bools = tuple[bool, ...]


def carry(old: Rule, new: Rule, state: State) -> State:
    """Make of a state of one edition of a rule that of the next, at the same moment.

    Inputs are the same by sensor and measure, rungs by their level. What was heard is held against the new
    thresholds, and new delays end at that moment at the earliest. An alarm whose level is there no more
    stands on the mildest one until the condition is gone: taking a level away acknowledges nothing.
    """
    levels = {rung.level: place for place, rung in enumerate(old.ladder)}
    was = [levels.get(rung.level) for rung in new.ladder]
    inputs, place_of = list(begin(new, state.clock_ms).inputs), dict[int, int]()
    for place, entry in enumerate(new.inputs):
        before = _place_in(old, entry)
        if before is not None:
            seen = _converted(state.inputs[before], old.inputs[before], entry, was)
            inputs[place] = replace(seen, raw=_held_anew(entry, seen, state.clock_ms))
            place_of[before] = place
    rungs = tuple(_rung(new, state, tuple(inputs), place, at) for place, at in enumerate(was))
    severity = max((place + 1 for place, held in enumerate(rungs) if held.on), default=0)
    if state.severity and not severity:
        severity, rungs = 1, (replace(rungs[0], on=True), *rungs[1:])
    waiting = tuple(
        (at, place_of[place], _number(value, old.inputs[place], new.inputs[place_of[place]]))
        for at, place, value in state.waiting
        if place in place_of
    )
    return replace(
        state, inputs=tuple(inputs), rungs=rungs, severity=severity, waiting=tuple(sorted(waiting))
    )


def _place_in(old: Rule, entry: Input) -> int | None:
    for place, before in enumerate(old.inputs):
        same = (before.sensor, before.measure) == (entry.sensor, entry.measure)
        if same and not isinstance(convert(0.0, before.unit, entry.unit), str):
            return place
    return None


def _number(value: float, old: Input, new: Input) -> float:
    made = convert(value, old.unit, new.unit)
    assert isinstance(made, float)
    return made


def _converted(seen: Seen, old: Input, new: Input, was: list[int | None]) -> Seen:
    """Turn what was heard into the new unit; rungs that are new have not been reached."""
    raw = tuple(at is not None and seen.raw[at] for at in was)
    if seen.value is None:
        return replace(seen, raw=raw)
    window = tuple(
        (at, _number(value, old, new)) for at, value in seen.window if at >= seen.at_ms - new.window_ms
    )
    return replace(seen, value=_number(seen.value, old, new), window=window, raw=raw)


def _held_anew(entry: Input, seen: Seen, clock_ms: int) -> Bools:
    if entry.measure is Measure.SILENCE:
        silent = clock_ms - seen.at_ms
        return tuple(silent >= measures.silent_ms(entry, rung) for rung in range(len(seen.raw)))
    measured = None if seen.value is None else measures.measure(entry, seen)
    return seen.raw if measured is None else measures.hold(entry, seen.raw, measured)


def _rung(new: Rule, state: State, inputs: tuple[Seen, ...], place: int, was: int | None) -> Held:
    raw = any(all(inputs[entry].raw[place] for entry in group) for group in new.any_of)
    held = Held(False, state.clock_ms, False) if was is None else state.rungs[was]
    since = held.since_ms if raw == held.raw else state.clock_ms
    delay = new.ladder[place].on_delay_ms if raw else new.ladder[place].off_delay_ms
    # A delay that would have ended before now ends now: what was told until now was told.
    return Held(raw, max(since, state.clock_ms - delay), held.on)
