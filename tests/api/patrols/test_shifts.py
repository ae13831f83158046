"""Shifts, the shift sheet and its files, who is on duty, and scores."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds
from tests.api.patrols.rounds import (
    DEGREES,
    LAT,
    LON,
    YESTERDAY,
    close,
    make_due,
    mover_of,
    plan_of,
    send,
    walked,
)
from tests.api.planning import Json, Office
from tests.spatial.rights.town import GRIDS

DAYS = f"from={YESTERDAY}&to={YESTERDAY + timedelta(days=1)}"
SPAN = {"starts_at": f"{YESTERDAY}T08:00:00+08:00", "ends_at": f"{YESTERDAY}T12:00:00+08:00"}


def shift_of(mover: int, **more: Any) -> Json:
    return {"shifts": [{"mover_id": mover, **SPAN, **more}]}


@pytest.fixture(scope="module")
def worked(office: Office) -> dict[str, int]:
    """Two people with a shift: one was there, the other not."""
    present, absent = mover_of(office, GRIDS[0]), mover_of(office, GRIDS[1])
    for mover in (present, absent):
        office["chief"].post("/api/shifts", shift_of(mover))
    plan = office["chief"].post("/api/patrol-plans", plan_of(present, together=False))["id"]
    make_due(office, plan)
    send(office, present, walked(400))
    close(office)
    return {"present": present, "absent": absent}


def test_shifts_are_written_changed_listed_and_taken_away(office: Office) -> None:
    mover, chief = mover_of(office, GRIDS[2]), office["chief"]
    (number,) = chief.post("/api/shifts", shift_of(mover, kind="night"))["ids"]
    assert chief.ask("POST", "/api/shifts", json=shift_of(mover)).status_code == 409
    path = f"/api/shifts/{number}"
    assert chief.ask("PATCH", path, json={"ends_at": SPAN["starts_at"]}).status_code == 400
    changed = chief.ask("PATCH", path, json={"ends_at": f"{YESTERDAY}T13:00:00+08:00"})
    assert changed.json()["ends_at"] == f"{YESTERDAY}T05:00:00Z"
    day = f"from={YESTERDAY}T00:00:00%2B08:00&to={YESTERDAY}T23:00:00%2B08:00"
    assert [each["id"] for each in chief.get(f"/api/shifts?mover={mover}&{day}")["shifts"]] == [number]
    assert chief.get(f"/api/shifts?unit={GRIDS[2]}&{day}&organisation=water")["shifts"][0]["kind"] == "night"
    assert office["street 2"].ask("PATCH", path, json={"kind": "x"}).status_code == 404
    assert office["field"].ask("DELETE", path).status_code in (403, 404)
    assert chief.ask("DELETE", path).status_code == 204
    assert chief.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"shifts": []}, shift_of(10**12), shift_of(1, kind=""), shift_of(1, starts_at="yesterday"),
        shift_of(1, ends_at=f"{YESTERDAY + timedelta(days=3)}T00:00:00Z"),
        shift_of(1, ends_at=f"{YESTERDAY}T12:00:00"), {"shifts": "x"}, {**shift_of(1), "source": "\x00"},
    ],
)  # fmt: skip
def test_a_wrong_shift_is_refused(office: Office, sent: Json) -> None:
    assert office["chief"].ask("POST", "/api/shifts", json=sent).status_code == 400


def test_all_or_none(office: Office) -> None:
    mover = mover_of(office, GRIDS[3])
    sent = {"shifts": [*shift_of(mover)["shifts"], *shift_of(10**12)["shifts"]]}
    assert office["chief"].ask("POST", "/api/shifts", json=sent).status_code == 400
    assert office["chief"].get(f"/api/shifts?mover={mover}&to={YESTERDAY}T05:00:00Z")["shifts"] == []


def test_the_sheet_says_who_came_how_far_and_how_long(office: Office, worked: dict[str, int]) -> None:
    rows = {row["mover_id"]: row for row in office["chief"].get(f"/api/shift-sheet?{DAYS}")["rows"]}
    there, not_there = rows[worked["present"]], rows[worked["absent"]]
    assert (there["state"], there["shifts"], there["planned_s"]) == ("present", 1, 4 * 3600)
    assert there["first_seen"] == f"{YESTERDAY}T00:00:00Z"
    assert there["distance_m"] > 300
    assert there["moving_s"] + there["standing_s"] == pytest.approx(4 * 3600, rel=0.1)
    assert (not_there["state"], not_there["first_seen"], not_there["distance_m"]) == ("absent", None, 0)


def test_a_night_counts_where_it_began_and_only_there(office: Office) -> None:
    """A walk before the shift, one on each side of midnight, and one after the shift, told apart."""
    mover, chief = mover_of(office, GRIDS[3]), office["chief"]
    begin, end = YESTERDAY - timedelta(days=12), YESTERDAY - timedelta(days=11)
    shift = {"starts_at": f"{begin}T22:00:00+08:00", "ends_at": f"{end}T06:00:00+08:00"}
    chief.post("/api/shifts", {"shifts": [{"mover_id": mover, **shift}]})
    days = f"from={begin}&to={end + timedelta(days=1)}&mover={mover}"
    path, on_duty = f"/api/shift-sheet?{days}", f"/api/on-duty?{days}"

    def walk(day: date, hour: float, metres: float) -> None:
        gone = np.arange(0, metres + 1, 12.0)
        times = bounds(day)[0] + ((hour * 3600 + gone / 1.2) * 1e6).astype(np.int64)
        send(office, mover, Columns.of(times, LON + gone * DEGREES, np.full(len(gone), LAT), accuracy_m=5.0))

    walk(begin, 10.0, 900)
    walk(begin, 23.0, 600)
    walk(end, 3.0, 300)
    (row,) = chief.get(path)["rows"]
    assert (row["day"], row["state"] == "no_shift", row["planned_s"]) == (str(begin), False, 8 * 3600)
    assert row["distance_m"] == pytest.approx(900, rel=0.05)
    assert row["moving_s"] + row["standing_s"] == pytest.approx(900 / 1.2, rel=0.05)
    assert (row["fixes"], row["first_at"]) == (51 + 26, f"{begin}T15:00:00Z")
    (counted,) = chief.get(on_duty)["rows"]
    assert (counted["planned"], counted["unplanned"]) == (1, 0)
    assert counted["distance_m"] == pytest.approx(row["distance_m"])
    assert counted["seen_s"] == row["moving_s"] + row["standing_s"]
    # What comes after the night is of the day that it ends on.
    walk(end, 15.0, 400)
    night, after = chief.get(path)["rows"]
    assert night["distance_m"] == row["distance_m"]
    assert (after["day"], after["state"]) == (str(end), "no_shift")
    assert after["distance_m"] == pytest.approx(400, rel=0.05)
    assert sum(each["unplanned"] for each in chief.get(on_duty)["rows"]) == 1


def test_the_sheet_comes_in_pages(office: Office, worked: dict[str, int]) -> None:
    path = f"/api/shift-sheet?{DAYS}"
    whole = office["chief"].get(path)["rows"]
    first = office["chief"].get(f"{path}&limit=1")
    second = office["chief"].get(f"{path}&limit=1000&after={first['next']}")
    assert first["rows"] + second["rows"] == whole
    assert len(whole) >= len(worked)


def test_the_sheet_as_files(office: Office, worked: dict[str, int]) -> None:
    office.rows("UPDATE worker SET code = '=1+1' WHERE unit_code = %s RETURNING id", GRIDS[0])
    chief = office["chief"]
    answer = chief.ask("GET", f"/api/shift-sheet/file?{DAYS}&f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["编号", "姓名"]
    assert any(row[0] == "'=1+1" for row in rows[1:])
    assert f"{YESTERDAY} 08:00:00" in rows[1]
    book = chief.ask("GET", f"/api/shift-sheet/file?{DAYS}&f=xlsx").content
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        page = opened.read("xl/worksheets/sheet1.xml").decode()
        texts = opened.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert "=1+1" in texts
    assert page.count("<row ") == len(rows)


def test_who_sees_whose_days(office: Office, worked: dict[str, int]) -> None:
    path = f"/api/shift-sheet?{DAYS}"
    assert {row["mover_id"] for row in office["field"].get(path)["rows"]} == {worked["present"]}
    seen = {row["mover_id"] for row in office["street 2"].get(path)["rows"]}
    assert seen.isdisjoint(worked.values())
    assert office["viewer"].get(path)["rows"] == []
    assert {row["mover_id"] for row in office["commander"].get(path)["rows"]} >= set(worked.values())


def test_people_on_duty_are_counted(office: Office, worked: dict[str, int]) -> None:
    by_unit = office["chief"].get(f"/api/on-duty?{DAYS}&by=unit&level=3")["rows"]
    (row,) = [each for each in by_unit if each["key"] == GRIDS[0][:12]]
    assert (row["planned"], row["came"], row["unplanned"]) == (2, 1, 0)
    by_organisation = office["chief"].get(f"/api/on-duty?{DAYS}")["rows"]
    assert sum(each["planned"] for each in by_organisation) == sum(each["planned"] for each in by_unit)


def test_scores_are_explained(office: Office, worked: dict[str, int]) -> None:
    found = office["chief"].get(f"/api/scores?{DAYS}")["scores"]
    scores = {each["mover_id"]: each for each in found}
    best, worst = scores[worked["present"]], scores[worked["absent"]]
    parts = {part["part"]: part for part in best["parts"]}
    assert (parts["compliance"]["value"], parts["attendance"]["value"]) == (1.0, 1.0)
    assert parts["compliance"]["because"]["done"] == 1
    known = [part for part in best["parts"] if part["value"] is not None]
    total = sum(part["weight"] * part["value"] for part in known) / sum(part["weight"] for part in known)
    assert best["score"] == round(100 * total, 1)
    assert worst["score"] == 0


def test_rules_of_scores_are_data(office: Office, worked: dict[str, int]) -> None:
    rule = {"title": "只看到岗", "parts": {"attendance": {"weight": 1}}, "words": {}}
    path = "/api/score-rules/presence"
    assert office["chief"].ask("PUT", path, json=rule).status_code == 200
    assert "presence" in {each["name"] for each in office["viewer"].get("/api/score-rules")["rules"]}
    found = office["chief"].get(f"/api/scores?{DAYS}&rule=presence")["scores"]
    assert {each["mover_id"]: each["score"] for each in found if each["mover_id"] in worked.values()} == {
        worked["present"]: 100.0, worked["absent"]: 0.0,
    }  # fmt: skip
    assert office["street 1"].ask("PUT", path, json=rule).status_code == 403
    assert office["part"].ask("PUT", path, json=rule).status_code == 403
    assert office["chief"].ask("DELETE", path).status_code == 204
    assert office["chief"].ask("GET", f"/api/scores?{DAYS}&rule=presence").status_code == 404


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"parts": {"charm": {"weight": 1}}}, "parts.charm"), ({"parts": {}}, "parts"),
        ({"parts": {"mileage": {"weight": 1}}}, "parts.mileage.full_at"),
        ({"parts": {"hours": {"weight": -1}}}, "parts.hours.weight"),
        ({"parts": {"hours": 3}}, "parts.hours"),
        ({"words": {"done": 2}}, "words.done"), ({"words": {"lucky": 1}}, "words.lucky"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused(office: Office, change: Json, where: str) -> None:
    rule = {"title": "t", "parts": {"attendance": {"weight": 1}}, "words": {}, **change}
    answer = office["chief"].ask("PUT", "/api/score-rules/wrong", json=rule)
    assert answer.status_code == 400
    assert where in {each["where"] for each in answer.json()["errors"]}


@pytest.mark.parametrize(
    "path",
    [
        "/api/shift-sheet?from=2020-01-01&to=2026-01-01", "/api/shift-sheet/file?f=pdf",
        "/api/shift-sheet?after=x",
        "/api/shift-sheet?after=1.2026-99-99", "/api/on-duty?by=shoe", "/api/on-duty?level=9",
        "/api/scores?rule=nobody", "/api/scores?organisation=nobody", "/api/shifts?from=x", "/api/shifts/0",
    ],
)  # fmt: skip
def test_hostile_questions_are_refused(office: Office, path: str) -> None:
    assert office["chief"].ask("GET", path).status_code in (400, 404)
