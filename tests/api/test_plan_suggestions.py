"""Suggestions through HTTP: they can be sent as they are, and nobody gets one for what is not theirs."""

from __future__ import annotations

import pytest

from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS


@pytest.mark.parametrize("parts", [2, 3])
def test_a_split_can_be_sent_as_it_is(office: Office, parts: int) -> None:
    who = office["street 1"]
    plan = who.draft()
    found = who.get(f"/api/plans/{plan}/suggestions?kind=split&units={GRIDS[0]}&parts={parts}&by=people")
    # The town's people live in a few cells: three parts cannot be even, and the reasons say why.
    assert found["balanced"] or "heavy_block" in {reason["key"] for reason in found["reasons"]}
    assert sum(part["load"] for part in found["parts"]) == pytest.approx(400, rel=1e-6)
    assert all("{" not in reason["text"] + reason["text_en"] for reason in found["reasons"])
    before = len(who.units(plan))
    for operation in found["operations"]:
        who.do(plan, operation.pop("op"), **operation)
    assert len(who.units(plan)) == before + parts - 1
    impact = who.get(f"/api/plans/{plan}/impact")["units"]
    got = sorted(unit["after"]["figures"]["people"] for unit in impact)
    assert got == pytest.approx(sorted(part["load"] for part in found["parts"]), rel=0.05)


def test_neighbours_can_be_evened_out(office: Office) -> None:
    who = office["street 1"]
    plan = who.draft()
    found = who.get(f"/api/plans/{plan}/suggestions?kind=rebalance&units={GRIDS[0]},{GRIDS[1]}&by=people")
    assert [part["code"] for part in found["parts"]] == [GRIDS[0], GRIDS[1]]
    assert found["operations"] == []
    assert found["balanced"]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("kind=split&units=nothing&parts=2", "units"),
        ("kind=split&units=,&parts=2", "units"),
        (f"kind=split&units={GRIDS[0]},{GRIDS[1]}&parts=2", "units"),
        (f"kind=split&units={GRIDS[0]}&parts=1", "parts"),
        (f"kind=split&units={GRIDS[0]}&parts=2&by=gold", "by"),
        (f"kind=rebalance&units={GRIDS[0]}", "units"),
        (f"kind=split&units={GRIDS[0]}&parts=2&tolerance=nan", "tolerance"),
        (f"kind=shuffle&units={GRIDS[0]}", "kind"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(office: Office, asked: str, where: str) -> None:
    who = office["street 1"]
    answer = who.ask("GET", f"/api/plans/{who.draft()}/suggestions?{asked}")
    assert answer.status_code == 400
    assert [error["where"] for error in answer.json()["errors"]] == [where]


def test_a_foreign_unit_is_there_no_more_than_one_that_is_not(office: Office) -> None:
    who = office["street 1"]
    foreign = next(code for code in GRIDS if not code.startswith(GRIDS[0][:9]))
    path = f"/api/plans/{who.draft()}/suggestions?kind=split&parts=2&units="
    texts = [who.ask("GET", path + code).text.replace(code, "?") for code in (foreign, "999999999999999")]
    assert texts[0] == texts[1]
