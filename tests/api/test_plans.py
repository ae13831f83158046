"""Plans over HTTP: drafted, changed step by step, undone over a restart, reviewed; several people at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.planning import Office, corner, open_office
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS


def halves(row: float = 0.5) -> list[list[float]]:
    """A line across the first grid, from west to east; it ends inside the neighbour to the east."""
    return [corner(-0.5, row), corner(1.0, row)]


def test_a_plan_is_begun_described_and_listed(office: Office) -> None:
    chief = office["chief"]
    sent = {
        "coverage": "grids",
        "title": "调整",
        "basis": "批文 1 号",
        "effective_at": "2031-01-01T00:00:00+08:00",
    }
    answer = chief.ask("POST", "/api/plans", json=sent)
    assert answer.status_code == 201
    plan = answer.json()
    assert answer.headers["location"] == f"/api/plans/{plan['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (plan["status"], plan["drafter"], plan["is_mine"], plan["may"]) == (
        "draft", "chief", True, ["edit", "submit", "withdraw"],
    )  # fmt: skip
    assert plan["no"].startswith("TZ20")
    assert plan["effective_at"] == "2030-12-31T16:00:00Z"
    changed = chief.ask("PATCH", f"/api/plans/{plan['id']}", json={"title": "别名"}).json()
    assert (changed["title"], changed["basis"], changed["etag"]) == ("别名", "批文 1 号", 2)
    mine = chief.get("/api/plans?mine=true&status=draft,returned&coverage=grids")["plans"]
    assert plan["id"] in {each["id"] for each in mine}
    pages = chief.get("/api/plans?limit=1")
    assert chief.get(f"/api/plans?limit=1&before={pages['next']}")["plans"][0]["id"] < pages["plans"][0]["id"]


def test_an_operation_answers_with_what_is_to_be_redrawn(office: Office) -> None:
    deputy = office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[0]]
    done = deputy.do(plan, "split", unit=unit["id"], line=halves(), names=["北片"])
    shown = {each["properties"]["name"]: each["properties"] for each in done["features"]["features"]}
    assert {"北片", unit["name"]} <= set(shown)
    new = shown["北片"]
    assert (new["status"], new["code"], new["proposed_code"]) == ("new", None, f"{COMMUNITIES[0]}003")
    assert (done["seq"], done["etag"], done["head"]) == (1, 2, 1)
    assert done["undo"]["op"] == "split"
    assert done["redo"] is None
    sides = {each["properties"]["left"] for each in done["arcs"]["features"]}
    assert new["id"] in sides | {each["properties"]["right"] for each in done["arcs"]["features"]}
    assert done["arcs_gone"]
    now = deputy.units(plan)
    assert now["北片"]["area_m2"] + now[GRIDS[0]]["area_m2"] == pytest.approx(unit["area_m2"], rel=1e-9)


def test_steps_are_undone_and_redone_by_name_over_a_restart(
    office: Office, town_url: str, as_app: Callable[[str], str], tmp_path: Path
) -> None:
    deputy = office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[0]]["id"]
    deputy.do(plan, "rename", unit=unit, name="一")
    deputy.do(plan, "split", unit=unit, line=halves(), names=["二"])
    deputy.do(plan, "rename", unit=unit, name="三")
    before = deputy.units(plan)
    with open_office(town_url, as_app(town_url), tmp_path) as again:
        other = again["deputy"]
        assert other.units(plan) == before, "what was done stays done"
        back = other.post(f"/api/plans/{plan}/undo")
        assert (back["undo"]["op"], back["redo"]["title"]) == ("split", "rename 一")
        other.post(f"/api/plans/{plan}/undo")
        assert "二" not in other.units(plan)
    assert deputy.get(f"/api/plans/{plan}")["redo"]["op"] == "split"
    deputy.post(f"/api/plans/{plan}/redo")
    deputy.post(f"/api/plans/{plan}/redo")
    assert deputy.units(plan) == before, "units, arcs and identities come back as they were"
    assert deputy.ask("POST", f"/api/plans/{plan}/redo").status_code == 409
    steps = deputy.get(f"/api/plans/{plan}/steps")["steps"]
    assert [(each["op"], each["counts"]) for each in steps] == [
        ("rename", True),
        ("split", True),
        ("rename", True),
    ]


def test_a_new_step_takes_the_place_of_what_was_undone(office: Office) -> None:
    deputy = office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[1]]["id"]
    for name in ("一", "二"):
        deputy.do(plan, "rename", unit=unit, name=name)
    for _ in range(2):
        deputy.post(f"/api/plans/{plan}/undo")
    assert deputy.ask("POST", f"/api/plans/{plan}/undo").status_code == 409
    deputy.do(plan, "rename", unit=unit, name="三")
    steps = deputy.get(f"/api/plans/{plan}/steps")["steps"]
    assert [each["title"] for each in steps] == [f"rename unit {GRIDS[1]}"]
    assert deputy.units(plan)[GRIDS[1]]["name"] == "三"


def test_two_tabs_of_one_person_do_not_overwrite_each_other(office: Office) -> None:
    deputy = office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[0]]["id"]
    tag = deputy.ask("GET", f"/api/plans/{plan}").headers["etag"]
    body = {"op": "rename", "unit": unit, "name": "第一页"}
    first = deputy.ask("POST", f"/api/plans/{plan}/operations", json=body, headers={"if-match": tag})
    assert first.status_code == 200
    second = deputy.ask(
        "POST", f"/api/plans/{plan}/operations", json={**body, "name": "第二页"}, headers={"if-match": tag}
    )
    assert second.status_code == 412
    assert deputy.units(plan)[GRIDS[0]]["name"] == "第一页"
    for path, sent in (("undo", {}), ("submit", {}), ("redo", {}), ("rebase", {})):
        answer = deputy.ask("POST", f"/api/plans/{plan}/{path}", json=sent, headers={"if-match": tag})
        assert answer.status_code == 412, path
    good = deputy.ask("POST", f"/api/plans/{plan}/undo", json={}, headers={"if-match": first.headers["etag"]})
    assert good.status_code == 200
    bad = deputy.ask("POST", f"/api/plans/{plan}/undo", json={}, headers={"if-match": "seven"})
    assert bad.status_code == 400


def test_several_plans_go_beside_each_other(office: Office) -> None:
    chief, deputy = office["chief"], office["deputy"]
    mine, theirs = chief.draft(), deputy.draft()
    unit = chief.units(mine)[GRIDS[0]]["id"]
    chief.do(mine, "rename", unit=unit, name="甲")
    deputy.do(theirs, "rename", unit=unit, name="乙")
    assert chief.units(mine)[GRIDS[0]]["name"] == "甲"
    assert deputy.units(theirs)[GRIDS[0]]["name"] == "乙"


def test_a_plan_goes_its_way_and_each_step_of_it_is_on_record(office: Office) -> None:
    chief, deputy, drafter = office["chief"], office["deputy"], office["street 1"]
    plan = drafter.draft("street's")
    unit = drafter.units(plan)[GRIDS[0]]["id"]
    path = f"/api/plans/{plan}"
    assert drafter.ask("POST", f"{path}/submit", json={}).status_code == 400, "it changes nothing"
    drafter.do(plan, "rename", unit=unit, name="新名")
    assert chief.ask("POST", f"{path}/approve", json={}).status_code == 409, "it was not submitted"
    drafter.submit(plan)
    assert drafter.refused(plan, "rename", unit=unit, name="x").status_code == 409
    assert drafter.ask("POST", f"{path}/approve", json={}).status_code == 403, "a street does not approve"
    assert chief.ask("POST", f"{path}/return", json={}).status_code == 400, "a return needs a reason"
    chief.post(f"{path}/return", {"text": "名称不妥"})
    drafter.do(plan, "rename", unit=unit, name="更好")
    drafter.submit(plan)
    chief.post(f"{path}/approve", {"text": "同意"})
    assert deputy.ask("POST", f"{path}/approve", json={}).status_code == 409
    seen = chief.get(path)
    assert (seen["status"], seen["decided_by"]) == ("approved", "chief")
    said = [(each["kind"], each["text"]) for each in seen["comments"]]
    assert said == [("return", "名称不妥"), ("approve", "同意")]
    log = office.rows(
        "SELECT username, after ->> 'status' FROM audit WHERE relation = 'plan' AND row_key = %s"
        " AND after ? 'status' ORDER BY id",
        str(plan),
    )
    assert log == [
        ("street 1", "draft"), ("street 1", "submitted"), ("chief", "returned"), ("street 1", "submitted"),
        ("chief", "approved"),
    ]  # fmt: skip
    chief.post(f"{path}/withdraw", {"text": "不需要了"})
    assert chief.get(path)["status"] == "withdrawn"
    assert chief.get(path)["may"] == []


def test_nobody_approves_what_they_drafted_or_changed(office: Office) -> None:
    chief, deputy = office["chief"], office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[0]]["id"]
    deputy.do(plan, "rename", unit=unit, name="甲")
    chief.do(plan, "rename", unit=unit, name="乙")
    deputy.submit(plan)
    for person in (chief, deputy):
        answer = person.ask("POST", f"/api/plans/{plan}/approve", json={})
        assert answer.status_code == 403
        assert "approve" not in person.get(f"/api/plans/{plan}")["may"]


def test_the_city_may_let_them(town_url: str, as_app: Callable[[str], str], tmp_path: Path) -> None:
    with open_office(town_url, as_app(town_url), tmp_path, plan_own_approval=True) as alone:
        chief = alone["chief"]
        plan = chief.draft()
        chief.do(plan, "rename", unit=chief.units(plan)[GRIDS[0]]["id"], name="甲")
        chief.submit(plan)
        assert chief.post(f"/api/plans/{plan}/approve")["status"] == "approved"


def test_a_draft_is_forgotten_and_a_submitted_plan_is_kept(office: Office) -> None:
    deputy = office["deputy"]
    plan = deputy.draft()
    assert deputy.ask("DELETE", f"/api/plans/{plan}").status_code == 204
    assert deputy.ask("GET", f"/api/plans/{plan}").status_code == 404
    plan = deputy.draft()
    deputy.do(plan, "rename", unit=deputy.units(plan)[GRIDS[0]]["id"], name="甲")
    deputy.submit(plan)
    office["chief"].post(f"/api/plans/{plan}/return", {"text": "不"})
    assert deputy.ask("DELETE", f"/api/plans/{plan}").status_code == 409


def test_comments_lie_on_the_map_and_waivers_need_a_reason(office: Office) -> None:
    chief, deputy = office["chief"], office["deputy"]
    plan = deputy.draft()
    unit = deputy.units(plan)[GRIDS[0]]["id"]
    deputy.do(plan, "split", unit=unit, line=halves())
    place = {"lon": 116.305, "lat": 39.905, "unit": unit}
    chief.post(f"/api/plans/{plan}/comments", {"text": "这里?", **place})
    found = deputy.get(f"/api/plans/{plan}/comments")["comments"][0]
    assert (found["text"], found["lon"], found["unit_id"], found["username"]) == (
        "这里?",
        116.305,
        unit,
        "chief",
    )
    assert chief.ask("POST", f"/api/plans/{plan}/comments", json={"text": "x", "lon": 1}).status_code == 400
    issues = deputy.get(f"/api/plans/{plan}/problems")
    assert issues["blocking"] > 0
    refused = deputy.ask("POST", f"/api/plans/{plan}/submit", json={})
    assert refused.status_code == 400
    assert issues["issues"][0]["id"] in {each["where"] for each in refused.json()["errors"]}
    warning = next(each for each in issues["issues"] if each["severity"] == "warning")
    waivers = f"/api/plans/{plan}/waivers"
    assert deputy.ask("POST", waivers, json={"issue": warning["id"], "reason": ""}).status_code == 400
    assert deputy.ask("POST", waivers, json={"issue": "gap:1", "reason": "none such"}).status_code == 400
    deputy.post(waivers, {"issue": warning["id"], "reason": "山区"})
    found = {each["id"]: each for each in deputy.get(f"/api/plans/{plan}/problems")["issues"]}
    assert (found[warning["id"]]["waived"], found[warning["id"]]["blocks"]) == ("山区", False)
    assert deputy.ask("DELETE", f"{waivers}/{warning['id']}").status_code == 204
    assert deputy.ask("DELETE", f"{waivers}/{warning['id']}").status_code == 404


# Rights


def test_a_street_stays_within_its_border(office: Office) -> None:
    drafter = office["street 1"]
    plan = drafter.draft()
    units = drafter.units(plan)
    assert set(units) == {
        each for each in (*GRIDS, *COMMUNITIES, *STREETS) if each.startswith(STREETS[0])
    } | {"990101"}
    first = units[GRIDS[0]]["id"]
    # A line that ends on the street's outer border puts a node there, and moves nothing.
    drafter.do(plan, "split", unit=first, line=halves(), names=["北"])
    bulge = [corner(1, 1.2), corner(1.2, 1.5), corner(1, 1.8)]
    refused = drafter.refused(plan, "reshape", unit=units[GRIDS[1]]["id"], line=bulge)
    assert refused.status_code == 403
    assert GRIDS[1] in refused.json()["detail"], "the own unit at whose border it is"
    assert GRIDS[5] not in refused.text, "the neighbour's name is not told"
    dent = [corner(1, 1.2), corner(0.8, 1.5), corner(1, 1.8)]
    assert drafter.refused(plan, "reshape", unit=units[GRIDS[1]]["id"], line=dent).status_code in (400, 403)
    assert drafter.refused(plan, "rename", unit=units[STREETS[0]]["id"], name="x").status_code == 403
    assert drafter.refused(plan, "recode", unit=first, code=f"{COMMUNITIES[2]}009").status_code == 403
    inner = [corner(0.2, 1.0), corner(0.5, 1.2), corner(0.8, 1.0)]
    drafter.do(plan, "reshape", unit=units[GRIDS[1]]["id"], line=inner)
    drafter.do(plan, "migrate", units=[units[GRIDS[1]]["id"]], parent=units[COMMUNITIES[1]]["id"])


def test_a_foreign_unit_is_refused_like_none(office: Office) -> None:
    chief, drafter = office["chief"], office["street 1"]
    foreign = chief.units(chief.draft())[GRIDS[5]]["id"]
    nothing = "00000000-0000-4000-8000-000000000000"
    plan = drafter.draft()
    own = drafter.units(plan)[GRIDS[0]]["id"]
    for fields in (
        {"op": "rename", "unit": foreign, "name": "x"},
        {"op": "retire", "unit": foreign},
        {"op": "merge", "units": [own, foreign]},
        {
            "op": "transfer",
            "from": foreign,
            "to": own,
            "polygon": [[corner(1, 1), corner(2, 1), corner(2, 2)]],
        },
        {"op": "migrate", "units": [own], "parent": foreign},
        {"op": "rename", "unit": GRIDS[5], "name": "x"},
    ):
        found = drafter.ask("POST", f"/api/plans/{plan}/operations", json=fields)
        swapped = {key: _instead(value, foreign, nothing) for key, value in fields.items()}
        none = drafter.ask("POST", f"/api/plans/{plan}/operations", json=swapped)
        text = found.text.replace(foreign, "?").replace(GRIDS[5], "?")
        assert (found.status_code, text) == (none.status_code, none.text.replace(nothing, "?")), fields


def _instead(value: Any, foreign: str, nothing: str) -> Any:
    if isinstance(value, list):
        return [_instead(each, foreign, nothing) for each in value]
    return nothing if value in (foreign, GRIDS[5]) else value


def test_borders_with_others_are_borders_with_nothing(office: Office) -> None:
    chief, drafter = office["chief"], office["street 1"]
    foreign = {each["id"] for code, each in chief.units(chief.draft()).items() if code.startswith(STREETS[1])}
    plan = drafter.draft()
    unit = drafter.units(plan)[GRIDS[0]]["id"]
    done = drafter.do(plan, "split", unit=unit, line=halves(), names=["北"])
    texts = [str(done), *(drafter.ask("GET", f"/api/plans/{plan}/{what}").text for what in (
        "units?bbox=116,39,117,41", "diff", "problems", "impact", "conflicts", "steps",
    ))]  # fmt: skip
    assert [each for each in foreign for text in texts if each in text] == []
    assert STREETS[1] not in "".join(texts)


def test_plans_of_others_are_as_if_there_were_none(office: Office) -> None:
    own, colleague, other = office["street 1"], office["colleague 1"], office["street 2"]
    viewer, chief = office["viewer"], office["chief"]
    plan = own.draft("secret title")
    none = other.ask("GET", "/api/plans/999999999")
    for person in (other, viewer):
        answer = person.ask("GET", f"/api/plans/{plan}")
        assert (answer.status_code, answer.text) == (404, none.text.replace("999999999", str(plan)))
        assert plan not in {each["id"] for each in person.get("/api/plans")["plans"]}
        body = {"op": "rename", "unit": GRIDS[0], "name": "x"}
        assert person.ask("POST", f"/api/plans/{plan}/operations", json=body).status_code == 404
    assert colleague.get(f"/api/plans/{plan}")["may"] == []
    assert colleague.refused(plan, "rename", unit=GRIDS[0], name="x").status_code == 403
    colleague.post(f"/api/plans/{plan}/comments", {"text": "看过"})
    assert "edit" in chief.get(f"/api/plans/{plan}")["may"]
    assert chief.get(f"/api/plans/{plan}")["unit_code"] == STREETS[0]
    begin = {"coverage": "grids", "title": "x"}
    assert viewer.ask("POST", "/api/plans", json=begin).status_code == 403
    foreign = {**begin, "unit_code": STREETS[1]}
    assert own.ask("POST", "/api/plans", json=foreign).status_code == 400


def test_old_warnings_are_shown_and_ask_nobody_for_a_reason(office: Office) -> None:
    who = office["street 1"]
    plan = who.draft("rename only")
    who.do(plan, "rename", unit=GRIDS[0], name="新名称")
    issues = who.get(f"/api/plans/{plan}/problems")["issues"]
    assert issues, "the town's grids have something that the rules do not like"
    assert {(issue["standing"], issue["blocks"]) for issue in issues} == {(True, False)}
    assert who.post(f"/api/plans/{plan}/submit")["status"] == "submitted"


def test_a_warning_that_the_plan_brings_does(office: Office) -> None:
    who = office["street 1"]
    plan = who.draft("split")
    unit = who.units(plan)[GRIDS[0]]["id"]
    who.do(plan, "split", unit=unit, line=[corner(0.03, -0.2), corner(0.03, 1.2)])
    fresh = [issue for issue in who.get(f"/api/plans/{plan}/problems")["issues"] if issue["blocks"]]
    assert fresh
    assert not any(issue["standing"] for issue in fresh)
    refused = who.ask("POST", f"/api/plans/{plan}/submit", json={})
    assert refused.status_code == 400
    assert {error["where"] for error in refused.json()["errors"]} == {issue["id"] for issue in fresh}
