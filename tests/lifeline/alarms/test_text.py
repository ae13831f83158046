"""Rules and states as text and back: a restart at any moment changes nothing that comes after."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.alarms.machine import step
from lifeline.alarms.rules import Measure, Rule
from lifeline.alarms.states import begin
from lifeline.alarms.text import freeze, read_rule, thaw, write_rule
from spatial.errors import InvalidInput
from tests.lifeline.alarms.histories import PRESSURE, arrivals, rules

ALL = list(Measure)


@settings(deadline=None)
@given(st.data())
def test_a_restart_after_every_word_changes_nothing(data: st.DataObject) -> None:
    rule = data.draw(rules([Measure.VALUE, Measure.RATE], 3, lateness_ms=3000))
    kept = resumed = begin(rule, 0)
    for word in data.draw(arrivals(len(rule.inputs))):
        kept, told, refused = step(rule, kept, word)
        resumed, told_again, refused_again = step(rule, thaw(freeze(resumed)), word)
        assert (resumed, told_again, refused_again) == (kept, told, refused)
        assert freeze(resumed) == freeze(kept)


@settings(deadline=None)
@given(rules(ALL))
def test_a_rule_is_a_row(rule: Rule) -> None:
    assert read_rule(json.loads(json.dumps(write_rule(rule), allow_nan=False))) == rule


def test_a_row_needs_no_more_than_it_must() -> None:
    row = {
        "code": "a", "legal_basis": "b", "ladder": [{"level": 2}],
        "inputs": [{"sensor": "s", "unit": "%LEL", "thresholds": [25]}],
    }  # fmt: skip
    assert read_rule(row).inputs[0].thresholds == (25.0,)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", "null", '{"form":1}', '{"form":2}', '{"form":1,"clock_ms":1}']
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        thaw(text)


@pytest.mark.parametrize(
    "wrong", [{}, {"inputs": 1}, {"ladder": [{"level": 1, "colour": "red"}]}, {"any": 1}]
)
def test_another_row_is_refused(wrong: dict) -> None:
    with pytest.raises(InvalidInput):
        read_rule({**write_rule(PRESSURE), **wrong} if wrong else {})
