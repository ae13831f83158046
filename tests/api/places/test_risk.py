"""The level of a place: changed with a reason, proposed by what is found there, decided once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from spatial.database import connect
from tests.api.places.town import find, inspected, place_in, wrong
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS, middle


def test_the_level_changes_with_a_new_reason_only_and_its_history_stays(office: Office) -> None:
    chief = office["chief"]
    made = chief.post("/api/places", place_in(GRIDS[0], risk_reason="首次评估"))
    path = f"/api/places/{made['id']}"
    assert wrong(chief.ask("PATCH", path, json={"risk_level": 2})) == {"risk_reason"}
    assert wrong(chief.ask("PATCH", path, json={"risk_level": 2, "risk_reason": "首次评估"})) == {
        "risk_reason"
    }
    assert wrong(chief.ask("PATCH", path, json={"risk_reason": "没有变化的原因"})) == {"risk_reason"}
    assert chief.ask("PATCH", path, json={"risk_level": 2, "risk_reason": "消防通道堵塞"}).status_code == 200
    levels = chief.get(f"{path}/history")["levels"]
    assert [(each["from_level"], each["to_level"], each["reason"], each["username"]) for each in levels] == [
        (3, 2, "消防通道堵塞", "chief"), (None, 3, "首次评估", "chief"),
    ]  # fmt: skip


def test_ogc_edits_need_the_reason_as_well_and_are_on_record(office: Office) -> None:
    chief = office["chief"]
    feature = {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": list(middle(GRIDS[0]))},
        "properties": {"kind": "school", "name": "ogc", "risk_level": 4},
    }  # fmt: skip
    answer = chief.ask("POST", "/ogc/collections/places/items", json=feature)
    path = "/ogc" + answer.headers["location"].partition("/ogc")[2]
    patch = {"headers": {"Content-Type": "application/merge-patch+json"}}
    refused = chief.ask("PATCH", path, json={"properties": {"risk_level": 1}}, **patch)
    assert wrong(refused) == {"properties.risk_reason"}
    assert "level_change_needs_a_new_reason" in refused.text
    good = {"properties": {"risk_level": 1, "risk_reason": "现场检查不合格"}}
    assert chief.ask("PATCH", path, json=good, **patch).status_code == 200
    # What QGIS does: it sends every attribute back, the old reason among them.
    stale = {"properties": {"risk_level": 3, "risk_reason": "现场检查不合格"}}
    assert wrong(chief.ask("PATCH", path, json=stale, **patch)) == {"properties.risk_reason"}
    renamed = {"properties": {"name": "ogc 2", "risk_level": 1, "risk_reason": "现场检查不合格"}}
    assert chief.ask("PATCH", path, json=renamed, **patch).status_code == 200
    assert wrong(chief.ask("PATCH", path, json={"properties": {"kind": "nothing"}}, **patch)) == {
        "properties.kind"
    }
    number = path.rpartition("/")[2]
    assert [each["to_level"] for each in chief.get(f"/api/places/{number}/history")["levels"]] == [1, 4]
    (before, after) = office.rows(
        "SELECT before, after FROM audit WHERE relation = 'place' AND row_key = %s AND after ? 'risk_level'"
        " AND action = 'update'",
        number,
    )[0]
    assert (before["risk_level"], after["risk_level"], after["risk_reason"]) == (4, 1, "现场检查不合格")


REFUSED = (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)


def test_no_sql_changes_a_level_without_a_reason_or_the_history(town_url: str) -> None:
    with connect(town_url) as owner:
        for statement in (
            "UPDATE place SET risk_level = 1",
            "UPDATE place SET risk_level = 1, risk_reason = ' '",
            "UPDATE place SET risk_level = 1, risk_reason = risk_reason",
            "UPDATE place_risk SET reason = 'forged'",
            "DELETE FROM place_risk",
            "TRUNCATE place_risk",
        ):
            with pytest.raises(REFUSED), owner.transaction():
                owner.execute(statement)
        owner.execute(
            "UPDATE place SET risk_level = 1, risk_reason = 'because' WHERE unit_code = %s", [GRIDS[6]]
        )
        owner.rollback()


def test_two_abnormal_results_in_a_row_propose_one_level_up(office: Office) -> None:
    place, _ = inspected(office)
    assert find(office, place, "abnormal")["proposal"] is None
    assert find(office, place, "no_access")["proposal"] is None
    proposal = find(office, place, "abnormal")["proposal"]
    assert (proposal["from_level"], proposal["to_level"], proposal["rule"]) == (3, 2, "abnormal")
    assert office["chief"].get(f"/api/places/{place}")["risk_level"] == 3
    waiting = office["chief"].get("/api/place-proposals?state=open")["proposals"]
    assert proposal["id"] in {each["id"] for each in waiting}
    path = f"/api/places/{place}/proposals/{proposal['id']}/decision"
    assert office["field"].ask("POST", path, json={"decision": "confirm"}).status_code == 403
    assert office["street 2"].ask("POST", path, json={"decision": "confirm"}).status_code == 404
    done = office["street 1"].post(path, {"decision": "confirm", "note": "同意"})
    assert (done["state"], done["decider"]) == ("confirmed", "street 1")
    found = office["chief"].get(f"/api/places/{place}")
    assert (found["risk_level"], "连续2次巡查异常" in found["risk_reason"]) == (2, True)
    # The two do not count again.
    assert find(office, place, "abnormal")["proposal"] is None
    assert find(office, place, "abnormal")["proposal"]["to_level"] == 1


def test_normal_results_in_a_row_propose_one_level_down_and_a_refusal_begins_anew(office: Office) -> None:
    place, _ = inspected(office)
    assert [find(office, place, "normal")["proposal"] for _ in range(3)] == [None] * 3
    proposal = find(office, place, "normal")["proposal"]
    assert (proposal["to_level"], proposal["rule"]) == (4, "normal")
    path = f"/api/places/{place}/proposals/{proposal['id']}/decision"
    assert office["chief"].post(path, {"decision": "refuse"})["state"] == "refused"
    assert office["chief"].get(f"/api/places/{place}")["risk_level"] == 3
    assert find(office, place, "normal")["proposal"] is None


def test_a_proposal_lapses_when_the_level_is_changed_otherwise(office: Office) -> None:
    place, _ = inspected(office)
    made = office["field"].post(f"/api/places/{place}/proposals", {"to_level": 1, "reason": "看到隐患了"})
    taken = office["field"].ask(
        "POST", f"/api/places/{place}/proposals", json={"to_level": 2, "reason": "又看到了"}
    )
    assert taken.status_code == 409
    office["chief"].ask("PATCH", f"/api/places/{place}", json={"risk_level": 2, "risk_reason": "领导决定"})
    (found,) = office["chief"].get(f"/api/places/{place}/proposals")["proposals"]
    assert (found["id"], found["state"]) == (made["id"], "lapsed")
    path = f"/api/places/{place}/proposals/{made['id']}/decision"
    assert office["chief"].ask("POST", path, json={"decision": "confirm"}).status_code == 409


def test_a_proposal_from_another_level_is_not_confirmed(office: Office) -> None:
    """Whoever proposes locks nothing: the level may be changed before the proposal is written."""
    place, _ = inspected(office)
    made = office["field"].post(f"/api/places/{place}/proposals", {"to_level": 2, "reason": "看到隐患了"})
    office.rows("UPDATE place_risk_proposal SET from_level = 4 WHERE id = %s", made["id"])
    path = f"/api/places/{place}/proposals/{made['id']}/decision"
    assert office["chief"].ask("POST", path, json={"decision": "confirm"}).status_code == 409
    assert office["chief"].get(f"/api/places/{place}")["risk_level"] == 3
    assert office["chief"].post(path, {"decision": "refuse"})["state"] == "refused"


def test_a_proposal_for_the_reason_of_the_last_level_is_confirmed(office: Office) -> None:
    place, _ = inspected(office, risk_reason="消防通道堵塞")
    for level in (2, 3):
        made = office["field"].post(
            f"/api/places/{place}/proposals", {"to_level": level, "reason": "消防通道堵塞"}
        )
        office["chief"].post(f"/api/places/{place}/proposals/{made['id']}/decision", {"decision": "confirm"})
        assert office["chief"].get(f"/api/places/{place}")["risk_level"] == level
    sent = {"to_level": 1, "reason": "      "}
    assert wrong(office["field"].ask("POST", f"/api/places/{place}/proposals", json=sent)) == {"reason"}


def test_two_people_who_decide_at_once_are_one_decision(office: Office) -> None:
    place, _ = inspected(office)
    made = office["chief"].post(f"/api/places/{place}/proposals", {"to_level": 1, "reason": "两个人一起决定"})
    path = f"/api/places/{place}/proposals/{made['id']}/decision"
    asked = [("chief", "confirm"), ("deputy", "refuse")] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda each: office[each[0]].ask("POST", path, json={"decision": each[1]}), asked)
        )
    assert sorted(each.status_code for each in answers) == [200] + [409] * 7
    winner = next(each.json() for each in answers if each.status_code == 200)
    level = office["chief"].get(f"/api/places/{place}")["risk_level"]
    assert level == (1 if winner["state"] == "confirmed" else 3)
    assert len(office["chief"].get(f"/api/places/{place}/history")["levels"]) == (2 if level == 1 else 1)
