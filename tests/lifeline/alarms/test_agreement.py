"""The same answer whatever the way: ticks or none, any order of arrival, many at once, live or replayed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.alarms import batch
from lifeline.alarms.machine import step
from lifeline.alarms.replay import replay
from lifeline.alarms.rules import Measure, Rule
from lifeline.alarms.states import Command, Event, Tick, Value, begin
from spatial.errors import InvalidInput
from tests.lifeline.alarms.histories import PRESSURE, arrivals, numbers, one, rules, run

ALL = list(Measure)
PROCESS, TECHNICAL = [Measure.VALUE, Measure.RATE], [Measure.SILENCE, Measure.SAMENESS, Measure.OUTSIDE]
any_rule = st.one_of(rules(PROCESS, 3), rules(TECHNICAL, 3))
END = 400_000


@settings(deadline=None)
@given(st.data(), any_rule)
def test_ticks_put_in_anywhere_change_nothing(data: st.DataObject, rule: Rule) -> None:
    values = data.draw(arrivals(len(rule.inputs)))
    plain = run(rule, [*values, Tick(END)])
    often = [word for each in values for word in (Tick(each.at_ms - data.draw(st.integers(0, 3000))), each)]
    kept = run(rule, [*often, Tick(END)])
    assert kept[1] == plain[1]
    assert kept[0] == plain[0]


@settings(deadline=None)
@given(st.data(), rules(PROCESS, 3, lateness_ms=9000))
def test_any_order_within_the_lateness_comes_to_the_same(data: st.DataObject, rule: Rule) -> None:
    values = data.draw(arrivals(len(rule.inputs), distinct=True))
    delayed = [(each.at_ms + data.draw(st.integers(0, 8999)), each) for each in values]
    doubled = [each for _, value in sorted(delayed, key=lambda pair: pair[0]) for each in (value, value)]
    assert run(rule, [*doubled, Tick(END)])[:2] == run(rule, [*values, Tick(END)])[:2]


@settings(deadline=None)
@given(st.data(), any_rule, st.sampled_from([0, 2000]))
def test_a_replay_tells_what_live_told(data: st.DataObject, rule: Rule, lateness_ms: int) -> None:
    rule = type(rule)(**{**vars(rule), "lateness_ms": lateness_ms})
    values = data.draw(st.permutations(data.draw(arrivals(len(rule.inputs)))))
    values += [Value(0, 300_000, 300_000, data.draw(st.sampled_from([np.nan, np.inf, 2.0])), "m")]
    told = run(rule, [*values, Tick(END + lateness_ms)])[1]
    columns = np.array([(v.input, v.at_ms) for v in values], np.int64).reshape(-1, 2)
    history = np.array([v.value for v in values])
    assert replay(rule, columns[:, 0], columns[:, 1], history, 0, END) == told


def test_a_silence_can_be_replayed() -> None:
    none = np.empty(0, np.int64)
    told = replay(one(Measure.SILENCE, 10.0), none, none, np.empty(0), 0, 60_000)
    assert [(each.at_ms, each.event) for each in told] == [(10_000, Event.RAISED)]


def test_a_long_history_with_very_many_steps_loses_none() -> None:
    rule = one(Measure.VALUE, 5.0)
    at = np.arange(30_000, dtype=np.int64) * 1000
    told = replay(rule, np.zeros_like(at), at, np.where(at // 1000 % 2 == 0, 9.0, 0.0), 0, int(at[-1]))
    assert [each.at_ms for each in told] == at.tolist()
    assert told[-1].occurrence == 15_000


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidInput):
        replay(PRESSURE, np.zeros(1, np.int64), np.zeros(2, np.int64), np.zeros(2), 0, 1)


cells = st.one_of(numbers, st.sampled_from([np.nan, np.inf, 4.5]))
commands = [event for event in Event if event >= Event.ACKNOWLEDGED]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_many_at_once_move_as_each_alone(data: st.DataObject) -> None:
    columnar = [measure for measure in ALL if measure is not Measure.RATE]
    laws = data.draw(st.lists(rules(columnar), min_size=1, max_size=3))
    which = data.draw(st.lists(st.integers(0, len(laws) - 1), min_size=1, max_size=5))
    states = [begin(laws[place], 0) for place in which]
    table, rows, now = batch.ladders(laws), batch.pack(states, which), 0
    for _ in range(data.draw(st.integers(1, 12))):
        now += data.draw(st.sampled_from([500, 1000, 4000, 15_000]))
        news = [_news(data, now) for _ in which]
        told_alone = []
        for i, (is_new, at, arrived, number) in enumerate(news):
            words = [Value(0, at, arrived, number, "m")] * is_new + [Tick(now)]
            states[i], told, _ = run(laws[which[i]], words, states[i])
            told_alone += [(i, each) for each in told]
        is_new, at, arrived, number = (np.array(column) for column in zip(*news, strict=True))
        _, steps = batch.advance(table, rows, is_new, at, arrived, number, now)
        assert batch.transitions(steps) == told_alone
        i = data.draw(st.integers(0, len(which) - 1))
        said = Command(data.draw(st.sampled_from(commands)), now, "li", "works", now + 9000)
        states[i] = step(laws[which[i]], states[i], said)[0]
        batch.put(rows, i, step(laws[which[i]], batch.unpack(table, rows, i), said)[0])
        assert [batch.unpack(table, rows, i) for i in range(len(which))] == states


def _news(data: st.DataObject, now: int) -> tuple[bool, int, int, float]:
    at = now - data.draw(st.sampled_from([-20_000, 0, 0, 0, 300, 700, 5000]))
    return data.draw(st.booleans()), at, now, data.draw(cells)


def test_verdicts_say_why() -> None:
    rule = one(Measure.VALUE, 5.0, low=0.0, high=10.0)
    rows = batch.pack([begin(rule, 1000)] * 6, [0] * 6)
    at = np.array([2000, 2000, 900_000, 500, 2000, 2000])
    value = np.array([1.0, np.nan, 1, 1, 11, 1])
    is_new = np.array([False, True, True, True, True, True])
    found, _ = batch.advance(batch.ladders([rule]), rows, is_new, at, np.full(6, 3000), value, 3000)
    assert [batch.Verdict(each).name for each in found] == [
        "NONE", "NOT_FINITE", "FUTURE", "LATE", "OUTSIDE", "TAKEN"
    ]  # fmt: skip


def test_a_second_value_of_one_moment_is_late_in_both() -> None:
    rule = one(Measure.VALUE, 5.0)
    rows, at, yes = batch.pack([begin(rule, 0)], [0]), np.array([1000]), np.ones(1, bool)
    for number, verdict in ((1.0, batch.Verdict.TAKEN), (9.0, batch.Verdict.LATE)):
        found, steps = batch.advance(batch.ladders([rule]), rows, yes, at, at, np.array([number]), 1000)
        assert (found.tolist(), len(steps)) == ([verdict], 0)
    assert run(rule, [Value(0, 1000, 1000, 1.0, "m"), Value(0, 1000, 1000, 9.0, "m")])[1] == []


def test_a_window_with_more_than_it_keeps_is_one_in_both() -> None:
    rule = one(Measure.RATE, 0.9, window_ms=10**9)
    at = np.arange(1, 1500, dtype=np.int64) * 1000
    # Flat for 500 s and rising after: the slope is 1 only once the flat part is forgotten.
    history = np.maximum(at / 1000 - 500, 0.0)
    told = run(rule, [Value(0, int(t), int(t), float(v), "m") for t, v in zip(at, history, strict=True)])[1]
    assert [each.event for each in told] == [Event.RAISED]
    assert replay(rule, np.zeros_like(at), at, history, 0, int(at[-1])) == told


def test_a_hundred_thousand_that_all_go_off_lose_no_step() -> None:
    rule, count = one(Measure.VALUE, 5.0), 100_000
    rows = batch.pack([begin(rule, 0)] * count, [0] * count)
    table, yes = batch.ladders([rule]), np.ones(count, bool)
    for tick, number in ((1000, 9.0), (2000, 0.0)):
        at = np.full(count, tick)
        _, steps = batch.advance(table, rows, yes, at, at, np.full(count, number), tick)
        assert np.array_equal(steps["row"], np.arange(count))


def test_what_cannot_be_columns_is_refused() -> None:
    slope = one(Measure.RATE, 1.0)
    rows = batch.pack([begin(slope, 0)], [0])
    at = np.zeros(1, np.int64)
    assert not batch.fits(slope)
    with pytest.raises(InvalidInput):
        batch.advance(batch.ladders([slope]), rows, np.ones(1, bool), at, at, np.zeros(1), 0)
    with pytest.raises(InvalidInput):
        batch.ladders([one(Measure.VALUE, 1.0, lateness_ms=1)])
