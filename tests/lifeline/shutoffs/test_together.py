"""Shut-offs that run at once: which sets there are, what goes dry by them, and signed statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from lifeline.shutoffs.conflicts import Slot, together
from lifeline.shutoffs.finding import differences, in_words
from lifeline.shutoffs.statements import statement, verify

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MASTER = bytes(range(32))


def slot(number: int, begins: int, ends: int | None) -> Slot:
    """Make one of so many hours from now."""
    row = {
        "id": number, "title": "", "state": "planned", "began_at": None,
        "from_at": NOW + timedelta(hours=begins),
        "until_at": None if ends is None else NOW + timedelta(hours=ends),
        "close": [], "turned": [], "held": [], "pinch": [], "stop": [],
    }  # fmt: skip
    return Slot.of(row, NOW)


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([(0, 2), (2, 4)], []), ([(0, 3), (2, 4)], [{1, 2}]), ([(0, None), (50, 51)], [{1, 2}]),
        ([(0, 9), (1, 5), (2, 3), (6, 7)], [{1, 2, 3}, {1, 4}]), ([], []), ([(0, 1), (0, 1)], [{1, 2}]),
        # One that is overdue goes on until somebody says otherwise.
        ([(-9, -5), (2, 4)], [{1, 2}]),
    ],
)  # fmt: skip
def test_the_largest_sets_at_one_moment(spans: list[tuple[int, int | None]], wanted: list[set[int]]) -> None:
    slots = [slot(number, *span) for number, span in enumerate(spans, 1)]
    assert [{each.id for each in found} for found in together(slots)] == wanted


def answered(**changed: Any) -> dict[str, Any]:
    """Make the kept part of an answer."""
    part = {"links": 1, "nodes": 0, "link_codes": ["p"], "node_codes": [], "length_m": 5.0}
    none = {"links": 0, "nodes": 0, "link_codes": [], "node_codes": [], "length_m": 0.0}
    counts = {"services": 1, "customers": 2, "meters": 2, "people": None}
    return {
        "close": [{"code": "v"}], "closed_already": [], "pinch": [], "stop": [], "cut_off": part, "dry": none,
        "customers": counts, **changed,
    }  # fmt: skip


def test_what_is_different_is_said_by_codes() -> None:
    assert differences(answered(), answered()) == {}
    later = answered(close=[{"code": "w"}], customers={**answered()["customers"], "customers": 5})
    found = differences(answered(), later)
    assert found["close"] == {"added": ["w"], "gone": ["v"]}
    assert in_words(found) == "close +w -v; customers 2 → 5"


def record() -> dict[str, Any]:
    """Make a record as it is read."""
    names = ("title", "until_at", "announced_at", "began_at", "ended_at")
    return {
        "id": 7, "network": "水", "state": "planned", "cause": "planned", "from_at": NOW, "edition": 3,
        "question": {"starts": ["link:p"]}, "found": answered(), "valves": [], "username": "n",
        "created_at": NOW, "network_id": 1, **dict.fromkeys(names),
    }  # fmt: skip


def test_a_statement_is_good_until_a_byte_is_changed() -> None:
    text = orjson.dumps(statement(record(), MASTER))
    signed = orjson.loads(text)
    assert verify(signed) == [] and verify(signed, signed["public_key"]) == []
    assert [each.where for each in verify(signed, "another key")] == ["public_key"]
    assert "network_id" not in signed
    for at in range(len(text)):
        changed = bytearray(text)
        changed[at] ^= 1
        try:
            document = orjson.loads(bytes(changed))
        except orjson.JSONDecodeError:
            continue
        assert document == signed or verify(document), f"byte {at}"


@pytest.mark.parametrize("document", [{}, {"format": "citygrid shut-off 1"}, {"format": "citygrid ruling 1"}])
def test_what_is_no_statement_is_said_to_be_none(document: dict[str, Any]) -> None:
    assert verify(document)


def test_numbers_that_belie_their_lists_are_found() -> None:
    lied = {**record(), "found": answered(cut_off={**answered()["cut_off"], "links": 9})}
    assert [each.where for each in verify(statement(lied, MASTER))] == ["found.cut_off.links"]
