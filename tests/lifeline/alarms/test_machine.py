"""What an alarm does, case by case: hysteresis, delays, ladders, technical alarms, late values, hiding."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from lifeline.alarms.machine import step
from lifeline.alarms.rules import Input, Measure, Rule, Rung, check
from lifeline.alarms.states import Event, Phase, Value, begin
from lifeline.alarms.verbs import NEEDS_REASON
from spatial.errors import InvalidInput
from tests.lifeline.alarms.histories import BASIS, PRESSURE, brief, one, run, say, tick, value


def test_it_comes_at_the_threshold_and_goes_past_the_deadband() -> None:
    rule = one(Measure.VALUE, 5.0, deadband=2.0)
    _, told, _ = run(rule, [value(1, 4.999), value(2, 5), value(3, 3), value(4, 2.999)])
    assert brief(told) == [(2, "RAISED", 1), (4, "CLEARED", 0)]


def test_low_is_high_upside_down() -> None:
    rule = one(Measure.VALUE, -5.0, deadband=2.0, is_high=False)
    _, told, _ = run(rule, [value(1, -4.999), value(2, -5), value(3, -3), value(4, -2.999)])
    assert brief(told) == [(2, "RAISED", 1), (4, "CLEARED", 0)]


def test_delays_end_at_their_own_time_and_not_when_somebody_looks() -> None:
    rule = one(Measure.VALUE, 5.0, on=3000, off=4000)
    _, told, _ = run(rule, [value(1, 9), tick(60), value(70, 0), tick(900)])
    assert brief(told) == [(4, "RAISED", 1), (74, "CLEARED", 0)]


def test_a_dip_begins_the_delay_anew() -> None:
    rule = one(Measure.VALUE, 5.0, on=3000)
    _, told, _ = run(rule, [value(1, 9), value(3.999, 0), value(5, 9), tick(7.999)])
    assert told == []
    # At the very moment in which the delay is over it has held for all of it.
    _, told, _ = run(rule, [value(1, 9), value(4, 0)])
    assert brief(told) == [(4, "RAISED", 1), (4, "CLEARED", 0)]


def test_levels_go_up_and_down_in_one_alarm_by_their_own_delays() -> None:
    words = [value(0, 55, unit="kPa"), value(30, 65, unit="kPa"), say(Event.ACKNOWLEDGED, 31)]
    words += [value(40, 52, unit="kPa"), value(60, 0, unit="kPa"), tick(100)]
    state, told, _ = run(PRESSURE, words)
    assert brief(told) == [
        (10, "RAISED", 1), (30, "UPGRADED", 2), (31, "ACKNOWLEDGED", 2), (45, "DOWNGRADED", 1),
        (80, "CLEARED", 0),
    ]  # fmt: skip
    assert {step.occurrence for step in told} == {1}
    assert state.shown is Phase.NORMAL


def test_a_graver_level_must_be_acknowledged_again() -> None:
    rule = one(Measure.VALUE, 1.0, 2.0)
    state, _, _ = run(rule, [value(1, 1), say(Event.ACKNOWLEDGED, 2), value(3, 2)])
    assert state.shown is Phase.UNACKNOWLEDGED


def test_each_coming_up_is_a_record_of_its_own() -> None:
    rule = one(Measure.VALUE, 5.0)
    words = [value(1, 9), value(2, 0), value(3, 9), say(Event.ACKNOWLEDGED, 4), value(5, 0), value(6, 9)]
    _, told, _ = run(rule, words)
    assert [step.occurrence for step in told if step.event is Event.RAISED] == [1, 2, 3]


def test_silence_is_told_when_it_is_due_and_ends_with_a_value() -> None:
    rule = one(Measure.SILENCE, 10.0, 30.0)
    _, told, _ = run(rule, [tick(9.999), value(12, 0), value(20, 0), tick(500), value(501, 0)])
    assert brief(told) == [
        (10, "RAISED", 1), (12, "CLEARED", 0), (30, "RAISED", 1), (50, "UPGRADED", 2), (501, "CLEARED", 0)
    ]  # fmt: skip


def test_what_does_not_change_is_frozen() -> None:
    rule = one(Measure.SAMENESS, 3.0, least_samples=3)
    words = [value(at, 7) for at in (1, 5, 6, 7)] + [value(8, 7.0001)]
    _, told, _ = run(rule, words)
    assert brief(told) == [(6, "RAISED", 1), (8, "CLEARED", 0)]


def test_what_a_sensor_cannot_measure_is_the_sensors_alarm_alone() -> None:
    bounds = {"low": 0.0, "high": 100.0}
    _, told, refused = run(one(Measure.VALUE, 1.0, is_high=False, **bounds), [value(1, 50), value(2, -9999)])
    assert told == []
    assert refused[1] is not None and refused[1].is_recorded
    words = [value(1, 100), value(2, -9999), value(3, 0)]
    _, told, _ = run(one(Measure.OUTSIDE, 1.0, **bounds), words)
    assert brief(told) == [(2, "RAISED", 1), (3, "CLEARED", 0)]


def test_a_fall_of_pressure_is_a_slope_per_second() -> None:
    rule = one(Measure.RATE, -2.0, is_high=False, window_ms=3000, least_samples=3)
    words = [value(at, 50) for at in range(5)] + [value(5 + at, 50 - 3 * at) for at in range(1, 5)]
    _, told, _ = run(rule, words)
    # At second 7 the window holds 50, 47 and 44 of seconds 4, 6 and 7: -9 / (14 / 3) = -1.93. At 8 it is -3.
    assert brief(told) == [(8, "RAISED", 1)]


def test_and_or_and_two_of_three() -> None:
    low = Input("P", "m", (2.0,), is_high=False)
    high = Input("Q", "m", (8.0,))
    both = check(Rule("burst", BASIS, (low, high), (Rung(1),), ((0, 1),)))
    assert brief(run(both, [value(1, 1), value(2, 9, 1), value(3, 5)])[1]) == [
        (2, "RAISED", 1),
        (3, "CLEARED", 0),
    ]
    either = replace(both, any_of=((0,), (1,)))
    words = [value(1, 1), value(2, 9, 1), value(3, 5), value(4, 0, 1)]
    assert brief(run(either, words)[1]) == [(1, "RAISED", 1), (4, "CLEARED", 0)]
    three = check(Rule("voted", BASIS, (high,) * 3, (Rung(1),), ((0, 1), (0, 2), (1, 2))))
    assert brief(run(three, [value(1, 9, 2), value(2, 9, 0)])[1]) == [(2, "RAISED", 1)]


def test_a_latched_alarm_stays_until_it_is_reset() -> None:
    rule = one(Measure.VALUE, 5.0, is_latched=True)
    state, _, refused = run(rule, [value(1, 9), say(Event.RESET, 2), value(3, 0)])
    assert (state.shown, refused[1] is not None) == (Phase.RETURNED, True)
    state, _, _ = run(rule, [say(Event.ACKNOWLEDGED, 4)], state)
    assert state.shown is Phase.LATCHED
    # Out of sight and back, the latch still stands.
    hidden, _, _ = run(rule, [say(Event.SUPPRESSED, 5), say(Event.UNSUPPRESSED, 6)], state)
    assert hidden.shown is Phase.RETURNED
    # Once it is reset nothing is left of it.
    words = [say(Event.RESET, 5), say(Event.SUPPRESSED, 6), say(Event.UNSUPPRESSED, 7)]
    assert run(rule, words, state)[0].shown is Phase.NORMAL


def test_a_shelf_ends_by_itself_and_what_still_stands_is_told() -> None:
    rule = one(Measure.VALUE, 5.0, on=1000)
    words = [value(1, 9), tick(3), say(Event.SHELVED, 4, until_s=100), value(5, 0), value(6, 9), tick(200)]
    state, told, _ = run(rule, words)
    assert brief(told) == [(2, "RAISED", 1), (4, "SHELVED", 1), (100, "SHELF_ENDED", 1)]
    assert (state.shown, state.occurrence) == (Phase.UNACKNOWLEDGED, 2)


def test_what_hides_an_alarm_does_not_undo_another() -> None:
    rule = one(Measure.VALUE, 5.0)
    words = [say(Event.SHELVED, 1, until_s=50), say(Event.SUPPRESSED, 2), say(Event.REMOVED, 3)]
    state, _, _ = run(rule, words)
    shown = [state.shown]
    for word in (say(Event.RESTORED, 4), say(Event.UNSUPPRESSED, 5), say(Event.UNSHELVED, 6)):
        state, _, _ = run(rule, [word], state)
        shown.append(state.shown)
    assert shown == [Phase.OUT_OF_SERVICE, Phase.SUPPRESSED, Phase.SHELVED, Phase.NORMAL]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (value(5, math.nan), "finite"),
        (value(5, math.inf), "finite"),
        (value(5, 1, unit="furlong"), "unknown unit"),
        (value(5, 1, unit="kPa"), "pressure"),
        (value(500, 1, late_s=-61), "future"),
        (value(5, 1, place=3), "input"),
        (value(5, 1, place=-1), "input"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(word: Value, reason: str) -> None:
    rule = one(Measure.VALUE, 5.0)
    before = begin(rule, 0)
    after, told, refused = step(rule, before, word)
    assert (after, told) == (before, [])
    assert refused is not None and reason in refused.reason and not refused.is_recorded


def test_values_come_in_other_units() -> None:
    _, told, _ = run(PRESSURE, [value(0, 0.065, unit="MPa"), value(10, 0.1, unit="bar"), tick(99)])
    assert brief(told)[0] == (0, "RAISED", 2)
    assert brief(told)[-1] == (30, "CLEARED", 0)


def test_late_values_are_recorded_and_undo_nothing() -> None:
    rule = one(Measure.VALUE, 5.0)
    state, _, _ = run(rule, [value(10, 9)])
    for late in (value(9, 0), value(10, 0)):
        after, told, refused = step(rule, state, late)
        assert (after, told) == (state, [])
        assert refused is not None and refused.is_recorded


def test_within_the_lateness_a_value_takes_its_place() -> None:
    rule = one(Measure.VALUE, 5.0, on=3000, lateness_ms=10_000)
    words = [value(1, 9), value(5, 9), value(3, 0, late_s=2), tick(30)]
    assert brief(run(rule, words)[1]) == [(8, "RAISED", 1)]


@pytest.mark.parametrize("event", sorted(NEEDS_REASON))
def test_who_hides_an_alarm_says_who_and_why(event: Event) -> None:
    rule = one(Measure.VALUE, 5.0)
    said = say(event, 1, until_s=9)
    for word in (replace(said, reason=" "), replace(said, by="")):
        state, told, refused = step(rule, begin(rule, 0), word)
        assert (told, refused is not None, state.shown) == ([], True, Phase.NORMAL)


@pytest.mark.parametrize("until_s", [None, 1, 0.5, 61.001])
def test_a_shelf_has_an_end_that_is_allowed(until_s: float | None) -> None:
    rule = one(Measure.VALUE, 5.0, shelf_max_ms=60_000)
    assert run(rule, [say(Event.SHELVED, 1, until_s)])[2][0] is not None
    assert run(rule, [say(Event.SHELVED, 1, 61)])[2][0] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"legal_basis": ""}, "legal_basis"),
        ({"code": " "}, "code"),
        ({"inputs": ()}, "inputs"),
        ({"any_of": ((1,),)}, "any_of"),
        ({"any_of": ()}, "any_of"),
        ({"ladder": (Rung(1), Rung(3))}, "ladder"),
        ({"ladder": (Rung(3, -1), Rung(1))}, "ladder"),
        ({"ladder": (Rung(9),)}, "inputs.0.thresholds"),
        ({"lateness_ms": -1}, "lateness_ms"),
        ({"inputs": (replace(PRESSURE.inputs[0], unit="psi"),)}, "inputs.0.unit"),
        ({"inputs": (replace(PRESSURE.inputs[0], thresholds=(60.0, 50.0)),)}, "inputs.0.thresholds"),
        ({"inputs": (replace(PRESSURE.inputs[0], thresholds=(60.0, math.nan)),)}, "inputs.0.thresholds"),
        ({"inputs": (replace(PRESSURE.inputs[0], deadband=-1.0),)}, "inputs.0.deadband"),
        ({"inputs": (replace(PRESSURE.inputs[0], low=2.0, high=1.0),)}, "inputs.0.low"),
        ({"inputs": (PRESSURE.inputs[0], Input("S", "kPa", (1.0, 1.0), Measure.OUTSIDE))}, "inputs"),
        ({"inputs": (Input("S", "kPa", (0.0, 1.0), Measure.SILENCE),)}, "inputs.0.thresholds"),
    ],
)
def test_rules_that_cannot_be_name_the_field(wrong: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as found:
        check(replace(PRESSURE, **wrong))
    assert field in {problem.where for problem in found.value.problems}
