"""Questions to a network through HTTP: who may ask, what is answered, and what is wrong with a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.networks.desk import NETWORKS, Desk
from tests.api.places.town import wrong
from tests.api.planning import Json
from tests.lifeline.store.brought import sant_boi

TRACES = f"{NETWORKS}/town/traces"
BREAK: Json = {"type": "isolation", "start": {"feature": "link:2108"}, "check_valves": "border"}


@pytest.fixture
def water(desk: Desk, tmp_path: Path) -> Desk:
    """The water of the sample town; brought in again it is the same one."""
    found = desk.brought(sant_boi(tmp_path).read_bytes(), name="town", filename="santboi_water.zip")
    assert found["state"] == "done", found
    return desk


def ask(desk: Desk, who: str = "commander", **body: Any) -> Any:
    return desk.office[who].ask("POST", TRACES, json=body)


def test_a_break_is_answered_with_valves_and_whoever_is_cut_off(water: Desk) -> None:
    found = ask(water, **BREAK).json()
    assert sorted(each["code"] for each in found["close"]) == ["1089", "1095", "1096", "1108"]
    assert (found["cut_off"]["links"], found["cut_off"]["length_m"]) == (8, pytest.approx(250.1, abs=0.05))
    assert (found["customers"]["services"], found["customers"]["meters"]) == (6, 23)
    assert sum(each["meters"] for each in found["customers"]["by"]) == 23
    assert found["edition"] == water.office["chief"].get(f"{NETWORKS}/town")["edition"]
    assert found["topology"]["checked"] is False
    assert "features" not in found
    shown = ask(water, **BREAK, geometry=True).json()["features"]["features"]
    assert {each["geometry"]["type"] for each in shown} == {"LineString", "Point"}


def test_the_next_answer_knows_of_a_valve_that_was_turned(water: Desk) -> None:
    before = ask(water, **BREAK).json()
    water.office.rows("UPDATE network_device SET is_operable = false WHERE code = '1096' RETURNING id")
    stuck = ask(water, **BREAK).json()
    assert (stuck["cut_off"]["links"], stuck["customers"]["meters"]) == (31, 416)
    assert [each["code"] for each in stuck["passed"]] == ["1096"]
    assert stuck["edition"] > before["edition"]
    water.office.rows("UPDATE network_device SET is_operable = true WHERE code = '1096' RETURNING id")
    assert ask(water, **BREAK).json()["cut_off"] == before["cut_off"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": "magic"}, "type"), ({"start": {"feature": "link:0"}}, "start.feature"),
        ({"start": {"lon": 2.0}}, "lat"), ({"start": {"lon": 116.3, "lat": 39.9}}, "start"),
        ({"barriers": [{"feature": "x"}]}, "barriers[0].feature"), ({"unusable": ["2108"]}, "unusable"),
        ({"type": "path"}, "end"), ({"check_valves": "maybe"}, "check_valves"), ({"depth": 3}, "depth"),
        ({"start": {"feature": "a\x00b"}}, "start.feature"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused_by_its_field(water: Desk, changed: Json, field: str) -> None:
    assert wrong(ask(water, **{**BREAK, **changed})) == {field}


def test_neither_nothing_nor_two_things_are_a_start(water: Desk) -> None:
    for body in ({}, {"start": {}}, {"start": {"feature": "2108", "lon": 2.0, "lat": 41.0}}):
        assert ask(water, **{"type": "connected", **body}).status_code == 400


@pytest.mark.parametrize("who", ["viewer", "street 1", "field"])
def test_whoever_does_not_see_the_network_is_told_there_is_none(water: Desk, who: str) -> None:
    assert ask(water, who, **BREAK).status_code == 404


@pytest.mark.parametrize(
    "kind", ["connected", "subnetwork", "upstream", "downstream", "loops", "controllers"]
)
def test_all_kinds_answer(water: Desk, kind: str) -> None:
    found = ask(water, type=kind, start={"feature": "2108"}).json()
    assert (found["type"], found["start"]) == (kind, [{"feature": "link:2108", "distance_m": 0.0}])
