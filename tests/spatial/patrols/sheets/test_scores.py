"""Scores and states of shifts, without a database: what counts, what is left out, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.patrols.sheets.attendance import with_state
from spatial.patrols.sheets.files import as_csv
from spatial.patrols.sheets.scores import Facts, Rule, score

BEGIN = datetime(2026, 9, 22, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=8)
RULE = Rule(
    "r", "r",
    {
        "compliance": {"weight": 60}, "attendance": {"weight": 25},
        "mileage": {"weight": 15, "full_at": 4000}, "hours": {"weight": 5},
        "records": {"weight": 5, "full_at": 2},
    },
    {"done": 1, "partly": "ratio", "missed": 0, "cannot_tell": None, "no_fixes": 0},
)  # fmt: skip


def patrol(word: str, ratio: float = 0.5, reason: str = "") -> dict[str, Any]:
    return {"word": word, "ratio": ratio, "probability": 0.6, "reason": reason}


def day(state: str = "present", **more: Any) -> dict[str, Any]:
    given = {"distance_m": 4000.0, "planned_s": 28_800.0, "moving_s": 8_800, "standing_s": 20_000}
    return {"state": state, **given, **more}


def part(found: dict[str, Any], name: str) -> Any:
    return next(each for each in found["parts"] if each["part"] == name)


@pytest.mark.parametrize(
    ("patrols", "value"),
    [
        ([patrol("done"), patrol("missed")], 0.5),
        ([patrol("partly", 0.8)], 0.8),
        ([patrol("done"), patrol("cannot_tell", reason="bad_fixes")], 1.0),
        ([patrol("done"), patrol("cannot_tell", reason="no_fixes")], 0.5),
        ([patrol("cannot_tell", reason="bad_fixes")], None),
        ([], None),
    ],
)
def test_what_cannot_be_told_is_left_out_and_said(patrols: list[Any], value: float | None) -> None:
    found = part(score(RULE, Facts(patrols=patrols)), "compliance")
    assert found["value"] == value
    assert found["because"]["patrols"] == len(patrols)


def test_a_whole_day_is_a_hundred_and_no_day_is_nothing() -> None:
    facts = Facts([patrol("done")], [day()], records=2)
    assert score(RULE, facts)["score"] == 100.0
    assert score(RULE, Facts())["score"] is None
    late = score(RULE, Facts([], [day("late"), day("absent", distance_m=0.0, moving_s=0, standing_s=0)]))
    assert (part(late, "attendance")["value"], part(late, "mileage")["value"]) == (0.25, 0.5)
    assert part(late, "hours")["value"] == 0.5
    assert part(late, "compliance")["value"] is None


@given(
    st.lists(
        st.builds(patrol, st.sampled_from(["done", "partly", "missed", "cannot_tell"]), st.floats(0, 1))
    ),
    st.lists(st.builds(day, st.sampled_from(["present", "late", "absent", "no_shift", "expected"]))),
    st.integers(0, 20),
)
def test_a_score_lies_between_nothing_and_a_hundred_and_doing_more_never_costs(
    patrols: list[Any], days: list[Any], records: int
) -> None:
    found = score(RULE, Facts(patrols, days, records))["score"]
    assert found is None or 0 <= found <= 100
    better = score(RULE, Facts([patrol("done") for _ in patrols], days, records))["score"]
    only_unknown = all(each["word"] == "cannot_tell" for each in patrols)
    assert found is None or only_unknown or better >= found


def row(first: float | None, last: float | None, begin: datetime | None = BEGIN) -> dict[str, Any]:
    """Hours after the begin."""
    moment = [None if each is None else BEGIN + timedelta(hours=each) for each in (first, last)]
    shift = {"starts_at": begin, "ends_at": begin and END, "duty_by": "shift"}
    signs = {"signed_in_at": None, "signed_out_at": None}
    return {**shift, **signs, "first_seen": moment[0], "last_seen": moment[1]}


def signed(came: float | None, left: float | None) -> dict[str, Any]:
    """Hours after the begin, of somebody whose duty goes by signs and whose phone was seen all day."""
    seen = row(came, left)
    signs = {"signed_in_at": seen["first_seen"], "signed_out_at": seen["last_seen"]}
    return {**row(0, 8), **signs, "duty_by": "sign_in"}


@pytest.mark.parametrize(
    ("given", "now_h", "state"),
    [
        (row(-0.2, 8.1), 9, "present"), (row(0.1, 7.9), 9, "present"), (row(0.2, 8), 9, "late"),
        (row(0, 7), 9, "left_early"), (row(1, 7), 9, "late_and_left_early"), (row(None, None), 9, "absent"),
        (row(None, None), 4, "expected"), (row(0, 3), 4, "present"), (row(None, None, None), 9, "no_shift"),
        (signed(-0.2, 8.1), 9, "present"), (signed(1, 7), 9, "late_and_left_early"),
        (signed(None, None), 9, "absent"), (signed(0, None), 9, "present"), (signed(1, None), 9, "late"),
    ],
)  # fmt: skip
def test_states_of_shifts(given: dict[str, Any], now_h: float, state: str) -> None:
    assert with_state(given, BEGIN + timedelta(hours=now_h))["state"] == state


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "\r=x"])
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = as_csv(["a"], [[text]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert cell.lstrip('"').startswith("'")
