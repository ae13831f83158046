"""What a watcher may ask for, and what each mistake is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spatial.errors import InvalidInput
from spatial.patrols.live.wishes import MOST_MOVERS, Resume, View, Whom, Wish, read_wish


def test_everything_that_can_be_asked_for() -> None:
    asked = {
        "view": {"bbox": [116, 39, 117.5, 40]}, "kinds": ["person"], "unit": "990101",
        "organisation": "water", "movers": [3, 1, 3], "rate_hz": 5, "resume": {"epoch": 4, "seq": 9},
    }  # fmt: skip
    whom = Whom(frozenset({"person"}), "990101", "water", (1, 3))
    assert read_wish(json.dumps(asked)) == Wish(View((116.0, 39.0, 117.5, 40.0), whom), 5.0, Resume(4, 9))


@pytest.mark.parametrize("text", ["{}", '{"view": null, "kinds": null, "resume": null}'])
def test_nothing_said_asks_for_all(text: str) -> None:
    assert read_wish(text) == Wish()


WRONG: list[tuple[str, Any]] = [
    ("view", {"bbox": [116, 39, 117]}), ("view", {"bbox": [116, 39, 117, "40"]}), ("view", {"bbox": "x"}),
    ("view", {"bbox": [116, 40, 117, 39]}), ("view", {"bbox": [-181, 0, 0, 1]}),
    ("view", {"bbox": [0, 0, 1, 91]}),
    ("view", {"bbox": [True, 0, 1, 1]}), ("view", {"bbox": [0, 0, 1, 1], "z": 3}), ("view", [0, 0, 1, 1]),
    ("kinds", ["dog"]), ("kinds", "person"), ("kinds", [["person"]]), ("kinds", ["person"] * 11), ("unit", 7),
    ("unit", ""), ("unit", "x" * 65), ("unit", "a\x00"), ("organisation", ["water"]), ("movers", [1.5]),
    ("movers", [-1]), ("movers", [2**53]), ("movers", [True]), ("movers", {"a": 1}),
    ("movers", list(range(MOST_MOVERS + 1))), ("rate_hz", 0.1), ("rate_hz", 5.1), ("rate_hz", "2"),
    ("rate_hz", True), ("resume", {"epoch": 1}), ("resume", {"epoch": "1", "seq": 2}),
    ("resume", {"epoch": 1, "seq": -2}), ("zoom", 3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_each_mistake_names_its_field(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_wish(json.dumps({name: value}))
    assert [each.where for each in refused.value.problems] == [name]


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "3", "null", '{"view": {"bbox": [NaN, 0, 1, 1]}}', '{"rate_hz": Infinity}', "[" * 5000],
)
def test_what_is_no_object_of_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_wish(text)
    assert refused.value.problems[0].where == "message"


def test_a_number_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_wish('{"view": {"bbox": [1e999, 0, 1, 1]}}')


def test_all_mistakes_are_told_at_once_and_not_without_end() -> None:
    asked = {"kinds": 3, "rate_hz": 9, **{f"f{number}": 1 for number in range(1000)}}
    with pytest.raises(InvalidInput) as refused:
        read_wish(json.dumps(asked))
    assert {"kinds", "rate_hz"} <= {each.where for each in refused.value.problems}
    assert len(refused.value.problems) <= 30
