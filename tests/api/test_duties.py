"""The duty list over HTTP: lines, rights, tables, gaps and drafts."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.api.town_hall import Hall
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS

PATH = "/api/duties"


def matter(hall: Hall) -> str:
    """Give a matter code of the town."""
    return str(hall.ask("SELECT min(code) FROM matter")[0][0])


def line(hall: Hall, **more: Any) -> dict[str, Any]:
    """Write a line to be added."""
    return {"unit_code": GRIDS[0], "organisation_id": hall.organisation("roads"), **more}


def reasons(answer: httpx.Response) -> dict[str, str]:
    """Give what is wrong by field."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    return {each["where"]: each["reason"] for each in answer.json()["errors"]}


def test_a_line_lives_and_keeps_its_past(hall: Hall, chief: httpx.Client) -> None:
    sent = line(
        hall, category=matter(hall)[:2], rank=2, hours="Mo-Fr 08:00-18:00", skills=["gas"], anybody=True,
        valid_from="2026-01-01T00:00:00+08:00", basis="第 12 号文",
    )  # fmt: skip
    made = chief.post(PATH, json=sent)
    assert made.status_code == 201, made.text
    found = made.json()
    path = made.headers["location"]
    assert made.headers["etag"] == '"1"'
    assert {name: found[name] for name in sent if name != "valid_from"} == {
        name: value for name, value in sent.items() if name != "valid_from"
    }
    changed = chief.patch(path, json={"rank": 3, "skills": []}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["rank"], changed.headers["etag"]) == (200, 3, '"2"')
    assert chief.patch(path, json={"rank": 4}, headers={"If-Match": '"1"'}).status_code == 412
    shown = chief.get(path).json()
    assert [(each["edition"], each["rank"], each["skills"]) for each in shown["history"]] == [(1, 2, ["gas"])]
    assert chief.get(PATH, params={"unit_code": GRIDS[0], "category": matter(hall)[:2]}).json()["duties"]
    assert chief.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert chief.delete(path).status_code == 204
    assert chief.get(path).status_code == 404
    past = hall.ask("SELECT edition FROM duty_past WHERE id = %s ORDER BY edition", found["id"])
    assert past == [(1,), (2,)]
    assert hall.ask("SELECT count(*) FROM audit WHERE relation = 'duty' AND row_key = %s", str(found["id"]))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"unit_code": "990999"}, "unit_code"),
        ({"unit_code": ""}, "unit_code"),
        ({"coverage": "moons"}, "coverage"),
        ({"category": "9999"}, "category"),
        ({"organisation_id": 2**40}, "organisation_id"),
        ({"organisation_id": None}, "organisation_id"),
        ({"worker_id": 2**40}, "worker_id"),
        ({"hours": "weekdays"}, "hours"),
        ({"rank": 0}, "rank"),
        ({"skills": ["gas"]}, "skills"),
        ({"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_from": "2026-02-01T00:00:00"}, "valid_from"),
        ({"area": {"type": "Point", "coordinates": [116, 40]}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 400], [0, 0]]]}}, "area"),
        ({"area": {"type": "Polygon"}}, "area"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(hall: Hall, chief: httpx.Client, wrong: dict[str, Any], where: str) -> None:
    answer = chief.post(PATH, json=line(hall, **wrong))
    assert answer.status_code == 400, answer.text
    assert any(field.startswith(where) for field in reasons(answer)), answer.text


def test_a_street_keeps_its_own_lines_only(hall: Hall, street: httpx.Client) -> None:
    assert STREETS[0] == GRIDS[0][:9]
    mine = street.post(PATH, json=line(hall))
    assert mine.status_code == 201, mine.text
    assert street.post(PATH, json=line(hall, unit_code=STREETS[0])).status_code == 201
    for foreign in (GRIDS[-1], DISTRICT, STREETS[1]):
        assert street.post(PATH, json=line(hall, unit_code=foreign)).status_code == 403
    path = mine.headers["location"]
    assert street.patch(path, json={"unit_code": GRIDS[-1]}).status_code == 403
    (above,) = [each["id"] for each in street.get(PATH, params={"unit_code": DISTRICT}).json()["duties"]][:1]
    assert street.patch(f"{PATH}/{above}", json={"rank": 9}).status_code == 403
    assert street.delete(f"{PATH}/{above}").status_code == 403
    (beyond,) = hall.ask("SELECT id FROM duty WHERE unit_code = %s LIMIT 1", GRIDS[-1])
    assert street.get(f"{PATH}/{beyond[0]}").status_code == 404
    assert street.patch(f"{PATH}/{beyond[0]}", json={"rank": 9}).status_code == 404
    viewer = hall.person("looks on", reach="city")
    assert viewer.get(path).status_code == 200
    assert viewer.post(PATH, json=line(hall)).status_code == 403
    assert viewer.delete(path).status_code == 403


def test_the_table_comes_back_as_it_went(hall: Hall, chief: httpx.Client) -> None:
    area = {
        "type": "Polygon",
        "coordinates": [[[116.3, 39.9], [116.31, 39.9], [116.31, 39.91], [116.3, 39.9]]],
    }
    made = chief.post(PATH, json=line(hall, area=area, hours="24/7", basis="=1+1")).json()
    text = chief.get(f"{PATH}/export").content
    assert chief.post(f"{PATH}/import", content=text, headers={"content-type": "text/csv"}).json() == {
        "added": 0, "changed": 0, "removed": 0, "unchanged": len(text.decode().splitlines()) - 1,
        "problems": [], "stored": True,
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    (own,) = [row for row in rows if row["id"] == str(made["id"])]
    assert own["basis"] == "'=1+1", "a spreadsheet takes no text for a formula"
    one = {**own, "rank": "7"}
    new = {**own, "id": "", "rank": "8", "area": ""}
    (other,) = [row for row in rows if row["unit_code"] == GRIDS[5]][:1]
    report = _import(chief, [one, new, {**other, "remove": "1"}], dry_run=True)
    assert (report["added"], report["changed"], report["removed"], report["stored"]) == (1, 1, 1, False)
    assert chief.get(f"{PATH}/{made['id']}").json()["rank"] == 1
    report = _import(chief, [one, new, {**other, "remove": "1"}])
    assert report["stored"] is True
    assert chief.get(f"{PATH}/{made['id']}").json()["rank"] == 7
    assert chief.get(f"{PATH}/{other['id']}").status_code == 404
    again = _import(chief, [{**other, "id": "", "remove": ""}, new])
    assert (again["added"], again["unchanged"]) == (1, 1), "the very same line is not added twice"


def _import(client: httpx.Client, rows: list[dict[str, str]], status: int = 200, **query: Any) -> Any:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content, headers = text.getvalue().encode(), {"content-type": "text/csv"}
    answer = client.post(f"{PATH}/import", content=content, headers=headers, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_table_with_anything_wrong_changes_nothing(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    good = {"unit_code": GRIDS[0], "organisation": "roads", "rank": "77"}
    for wrong, where in (
        ({"organisation": "moon"}, "organisation"), ({"worker": "nobody"}, "worker"), ({"rank": "x"}, "rank"),
        ({"hours": "noon"}, "hours"), ({"unit_code": "1"}, "unit_code"), ({"area": "POINT (0 0)"}, "area"),
        ({"id": "999999999"}, "id"), ({"anybody": "maybe"}, "anybody"),
        ({"valid_from": "2026-01-01"}, "valid_from"),
    ):  # fmt: skip
        rows = [dict.fromkeys(wrong, "") | good, good | wrong]
        report = _import(chief, rows, 400)
        assert [each["where"] for each in report["errors"]][:1] == [f"row 3: {where}"], report
        assert _import(chief, rows, dry_run=True)["problems"] == report["errors"]
    assert hall.ask("SELECT count(*) FROM duty WHERE rank = 77") == [(0,)]
    report = _import(street, [good, good | {"unit_code": GRIDS[-1]}], 400)
    assert report["errors"][0]["where"] == "row 3: unit_code"
    headers = {"content-type": "text/csv"}
    assert chief.post(f"{PATH}/import", content=b"\xff\xfe", headers=headers).status_code == 400
    assert chief.post(f"{PATH}/import", content=b"a,b\n1,2", headers=headers).status_code == 400
    viewer = hall.person("looks on", reach="city")
    assert (
        viewer.post(f"{PATH}/import", content=b"unit_code,organisation\n", headers=headers).status_code == 403
    )


def test_gaps_are_found_and_close(hall: Hall, chief: httpx.Client, street: httpx.Client) -> None:
    grid = GRIDS[2]
    everything = chief.get(f"{PATH}/gaps", params={"unit_code": grid}).json()
    assert everything["counts"]["nobody"] == 0, "the district has a line for everything"
    hall.ask("UPDATE worker SET on_duty = false WHERE unit_code = %s", grid)
    made = chief.post(PATH, json=line(hall, unit_code=grid, category=matter(hall)[:2], anybody=True)).json()
    hall.ask("UPDATE duty SET hours = 'Mo 00:00-00:01' WHERE id = %s", made["id"])
    hall.ask("DELETE FROM duty WHERE unit_code = ANY(%s)", [DISTRICT, *STREETS, *COMMUNITIES])
    try:
        found = chief.get(f"{PATH}/gaps", params={"unit_code": grid, "category": matter(hall)[:2]}).json()
        assert [(each["unit_code"], each["gap"]) for each in found["gaps"]] == [(grid, "nobody_on_duty")]
        own = street.get(f"{PATH}/gaps", params={"limit": 50_000}).json()
        assert {each["unit_code"] for each in own["gaps"]} <= {
            each for each in GRIDS if each.startswith(STREETS[0])
        }
    finally:
        hall.ask(
            "INSERT INTO duty (unit_code, category, organisation_id, rank) SELECT c, NULL, o.id, 3"
            " FROM unnest(%s::text[]) AS c JOIN organisation AS o ON o.code = 'water'",
            [DISTRICT, *STREETS, *COMMUNITIES],
        )
        hall.ask("DELETE FROM duty WHERE id = %s", made["id"])


def test_a_draft_is_written_and_applied(hall: Hall, chief: httpx.Client, street: httpx.Client) -> None:
    held = chief.post(PATH, json=line(hall, rank=5)).json()
    gone = chief.post(PATH, json=line(hall, rank=6)).json()
    drafts = f"{PATH}/drafts"
    assert chief.post(drafts, json={"name": "autumn", "title": "秋季调整"}).status_code == 201
    assert chief.post(drafts, json={"name": "autumn"}).status_code == 409
    changes = [
        {"verb": "change", "duty_id": held["id"], "line": {"rank": 50}},
        {"verb": "remove", "duty_id": gone["id"]},
        {"verb": "add", "line": line(hall, rank=51, hours="Mo 08:00-09:00")},
    ]
    written = chief.put(f"{drafts}/autumn/changes", json={"changes": changes})
    assert written.status_code == 200, written.text
    assert [each["verb"] for each in chief.get(f"{drafts}/autumn").json()["changes"]] == [
        "change",
        "remove",
        "add",
    ]
    assert chief.get(f"{PATH}/{held['id']}").json()["rank"] == 5, "nothing is changed yet"
    for wrong in ({"verb": "add"}, {"verb": "remove"}, {"verb": "change", "duty_id": held["id"]}):
        answer = chief.put(f"{drafts}/autumn/changes", json={"changes": [wrong]})
        assert (answer.status_code, *reasons(answer)) == (400, "changes[0]")
    bad = {"verb": "add", "line": line(hall, hours="noon")}
    assert [*reasons(chief.put(f"{drafts}/autumn/changes", json={"changes": [bad]}))] == [
        "changes[0].line.hours"
    ]
    assert street.get(f"{drafts}/autumn").status_code == 404
    applied = chief.post(f"{drafts}/autumn/apply")
    assert applied.status_code == 200, applied.text
    assert chief.get(f"{PATH}/{held['id']}").json()["rank"] == 50
    assert chief.get(f"{PATH}/{gone['id']}").status_code == 404
    assert hall.ask("SELECT hours FROM duty WHERE rank = 51") == [("Mo 08:00-09:00",)]
    assert chief.post(f"{drafts}/autumn/apply").status_code == 409
    assert chief.delete(f"{drafts}/autumn").status_code == 204
    assert chief.get(f"{drafts}/autumn").status_code == 404


def test_a_draft_of_a_line_that_has_changed_is_not_applied(hall: Hall, street: httpx.Client) -> None:
    held = street.post(PATH, json=line(hall)).json()
    drafts = f"{PATH}/drafts"
    assert street.post(drafts, json={"name": "mine"}).json()["unit_code"] == STREETS[0]
    change = {"verb": "change", "duty_id": held["id"], "line": {"rank": 9}}
    assert street.put(f"{drafts}/mine/changes", json={"changes": [change]}).status_code == 200
    foreign = {"verb": "add", "line": line(hall, unit_code=GRIDS[-1])}
    assert street.put(f"{drafts}/mine/changes", json={"changes": [foreign]}).status_code == 403
    street.patch(f"{PATH}/{held['id']}", json={"rank": 4})
    assert street.post(f"{drafts}/mine/apply").status_code == 409
    assert street.get(f"{PATH}/{held['id']}").json()["rank"] == 4
