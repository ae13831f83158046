"""Components over HTTP: codes given once, classes of any profile, extra fields, repairs, nearest, counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyproj import Geod
from typer.testing import CliRunner

from api import component_commands, component_surveys
from api.component_commands import app
from spatial.components.statistics import recount
from spatial.database import connect
from tests.api.town_hall import Hall
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, middle

LAMP, LID, BIN = "01037", "01001", "03005"
ROUTE = "/api/components"


@pytest.fixture(scope="module")
def hall(own_hall: Hall) -> Hall:
    """The town with its own workers: components come and go here."""
    return own_hall


def place(grid: int = 0, east: float = 0.0, north: float = 0.0) -> dict[str, float]:
    lon, lat = middle(GRIDS[grid])
    return {"lon": lon + east, "lat": lat + north}


def made(client: httpx.Client, grid: int = 0, **more: Any) -> dict[str, Any]:
    answer = client.post(ROUTE, json={"class": LAMP, **place(grid), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def wrong(answer: httpx.Response, status: int = 400) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    return {each["where"]: each["reason"] for each in answer.json().get("errors", [])}


def test_a_component_gets_its_code_its_grid_and_its_name(chief: httpx.Client) -> None:
    first, second = made(chief, 5, owner="区城管委", upkeep="路灯所"), made(chief, 5, **{"class": "路灯"})
    assert first["code"][:11] == f"{DISTRICT}{LAMP}" and len(first["code"]) == 17
    assert int(second["code"]) == int(first["code"]) + 1
    assert first["unit_code"] == GRIDS[5] and first["name"] == "路灯" and first["state"] == "intact"
    assert first["repairs"] == 0 and first["former_codes"] == []
    assert chief.get(f"{ROUTE}/{first['id']}").json() == first


def test_the_grid_is_never_typed_in(chief: httpx.Client) -> None:
    sent = {"class": LAMP, **place(), "unit_code": GRIDS[7]}
    assert "unit_code" in wrong(chief.post(ROUTE, json=sent))
    lamp = made(chief, 0)
    moved = chief.patch(f"{ROUTE}/{lamp['id']}", json=place(3)).json()
    assert moved["unit_code"] == GRIDS[3]
    assert "lat" in wrong(chief.patch(f"{ROUTE}/{lamp['id']}", json={"lon": 116.3}))


def test_a_shifted_position_is_put_right(chief: httpx.Client) -> None:
    from spatial.geometry.datum import convert

    lon, lat = convert([place(2)["lon"]], [place(2)["lat"]], "wgs84", "bd09")
    lamp = made(chief, lon=float(lon[0]), lat=float(lat[0]), datum="bd09")
    assert lamp["lon"] == pytest.approx(place(2)["lon"], abs=1e-7) and lamp["unit_code"] == GRIDS[2]


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"class": "99999"}, "class"),
        ({"class": "飞碟"}, "class"),
        ({"class": LAMP, "state": "sleepy"}, "state"),
        ({"class": LAMP, "code": "110101" + LAMP + "000001"}, "code"),
        ({"class": LAMP, "code": DISTRICT + BIN + "000001"}, "code"),
        ({"class": LAMP, "code": "12"}, "code"),
        ({"class": LAMP, "code": DISTRICT + "99999000001"}, "code"),
        ({"class": LAMP, "profile": "iso"}, "profile"),
        ({"class": LAMP, "owner_code": "short"}, "owner_code"),
        ({"class": LAMP, "installed_on": "2999-01-01"}, "installed_on"),
        ({"class": LAMP, "organisation": "nobody"}, "organisation"),
        ({"class": LAMP, "attributes": {"a": "x" * 70_000}}, "attributes"),
        ({"class": LAMP, "name": "a\u0000b"}, "name"),
    ],
    ids=[
        "unknown class", "unknown name", "unknown state", "another county", "another class", "no form",
        "class that is not", "unknown profile", "credit code", "future", "organisation", "too large", "nul",
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(chief: httpx.Client, sent: dict[str, Any], where: str) -> None:
    assert where in wrong(chief.post(ROUTE, json={**place(), **sent}))


def test_a_code_is_never_given_again(chief: httpx.Client) -> None:
    lamp = made(chief)
    again = {"class": LAMP, **place(), "code": lamp["code"]}
    assert chief.post(ROUTE, json=again).status_code == 409
    tag = chief.get(f"{ROUTE}/{lamp['id']}").headers["etag"]
    gone = chief.delete(f"{ROUTE}/{lamp['id']}", params={"reason": "road widened"}, headers={"if-match": tag})
    assert gone.status_code == 204
    assert chief.post(ROUTE, json=again).status_code == 409, "it was its code"
    assert made(chief)["code"] > lamp["code"]
    kept = chief.get(f"{ROUTE}/{lamp['id']}").json()
    assert (kept["reason"], kept["code"], kept["class_name"]) == ("road widened", lamp["code"], "路灯")
    assert kept["retired_at"] and kept["lon"] == lamp["lon"]
    assert lamp["id"] not in [each["id"] for each in chief.get(ROUTE).json()["components"]]
    assert chief.delete(f"{ROUTE}/{lamp['id']}").status_code == 404


def test_a_number_that_was_given_by_hand_is_not_issued(chief: httpx.Client) -> None:
    lamp = made(chief, code=f"{DISTRICT}{LAMP}000777")
    issued = made(chief)["code"]
    assert issued < lamp["code"], "numbers follow those that were issued"
    typed = made(chief, code=str(int(issued) + 1))["code"]
    assert int(made(chief)["code"]) == int(typed) + 1, "and step over those that are taken"
    recoded = chief.patch(f"{ROUTE}/{lamp['id']}", json={"code": f"{DISTRICT}{LAMP}000790"}).json()
    assert recoded["former_codes"] == [f"{DISTRICT}{LAMP}000777"]
    taken = chief.post(ROUTE, json={"class": LAMP, **place(), "code": f"{DISTRICT}{LAMP}000777"})
    assert taken.status_code == 409, "it is the other's former code"
    made(chief, code=f"{DISTRICT}{LAMP}999999")
    assert int(made(chief)["code"]) == int(typed) + 2


def test_many_at_once_get_a_code_each(hall: Hall, chief: httpx.Client) -> None:
    clients = [hall.client(worker % 2, token=_token(chief)) for worker in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: made(clients[n % 6], n % 8, **{"class": "02014"}), range(36)))
    found = sorted(each["code"] for each in answers)
    assert found == [f"{DISTRICT}02014{n:06d}" for n in range(1, 37)]


def _token(client: httpx.Client) -> str:
    return client.headers["authorization"].removeprefix("Bearer ")


def test_a_change_starts_from_what_was_read(chief: httpx.Client) -> None:
    lamp = made(chief)
    path, tag = f"{ROUTE}/{lamp['id']}", f'"{lamp["version"]}"'
    changed = chief.patch(path, json={"state": "破损", "note": "倾斜"}, headers={"if-match": tag})
    assert changed.status_code == 200 and changed.json()["state"] == "damaged"
    assert changed.headers["etag"] != tag and changed.json()["changed_on"]
    assert chief.patch(path, json={"state": "intact"}, headers={"if-match": tag}).status_code == 412
    assert chief.delete(path, headers={"if-match": tag}).status_code == 412
    assert chief.patch(path, json={"state": "intact"}, headers={"if-match": "7"}).status_code == 400


def test_another_class_brings_another_code(chief: httpx.Client) -> None:
    lamp = made(chief)
    found = chief.patch(f"{ROUTE}/{lamp['id']}", json={"class": "景观灯"}).json()
    assert found["code"][6:11] == found["class_code"] == "01039"
    assert found["former_codes"] == [lamp["code"]]


def test_extra_fields_are_those_of_the_class(chief: httpx.Client, street: httpx.Client) -> None:
    schema = {
        "type": "object",
        "properties": {"capacity_l": {"type": "integer", "minimum": 10}, "sorted": {"type": "boolean"}},
        "required": ["capacity_l"],
        "additionalProperties": False,
    }
    path = f"{ROUTE}/classes/{BIN}/fields"
    assert street.put(path, json={"fields": schema}).status_code == 403
    assert "fields.$ref" in wrong(chief.put(path, json={"fields": {"$ref": "https://evil.example/"}}))
    assert chief.put(path, json={"fields": schema}).json()["fields"] == schema
    assert chief.get(f"{ROUTE}/classes").json()["classes"][BIN]["fields"] == schema
    sent = {"class": BIN, **place()}
    assert "attributes.capacity_l" in wrong(chief.post(ROUTE, json=sent))
    assert "attributes.colour" in wrong(
        chief.post(ROUTE, json={**sent, "attributes": {"capacity_l": 60, "colour": "red"}})
    )
    found = made(chief, **{"class": BIN, "attributes": {"capacity_l": 60}})
    path = f"{ROUTE}/{found['id']}"
    assert chief.patch(path, json={"attributes": {"sorted": True}}).json()["attributes"] == {
        "capacity_l": 60, "sorted": True,
    }  # fmt: skip
    assert "attributes.capacity_l" in wrong(chief.patch(path, json={"attributes": {"capacity_l": None}}))
    assert chief.put(f"{ROUTE}/classes/99999/fields", json={"fields": {}}).status_code == 404
    chief.put(f"{ROUTE}/classes/{BIN}/fields", json={"fields": {}})


def test_repairs_are_counted_and_never_typed(chief: httpx.Client, hall: Hall) -> None:
    lamp = made(chief, 1, state="damaged")
    path = f"{ROUTE}/{lamp['id']}"
    assert "repairs" in wrong(chief.patch(path, json={"repairs": 7}))
    event = hall.ask("SELECT id FROM event WHERE no = %s", f"E{GRIDS[1]}")[0][0]
    sent = {
        "repaired_at": "2026-03-01T08:00:00+08:00",
        "what": "换灯头",
        "by_whom": "路灯所",
        "cost_yuan": 320.5,
    }
    done = chief.post(f"{path}/repairs", json={**sent, "event_id": event, "state": "intact"})
    assert done.status_code == 201, done.text
    chief.post(f"{path}/repairs", json={**sent, "repaired_at": "2025-03-01T08:00:00+08:00"})
    found = chief.get(path).json()
    assert (found["repairs"], found["last_repair_at"][:10], found["state"]) == (2, "2026-03-01", "intact")
    listed = chief.get(f"{path}/repairs").json()["repairs"]
    assert [each["event_id"] for each in listed] == [event, None] and listed[0]["cost_yuan"] == 320.5
    assert "event_id" in wrong(chief.post(f"{path}/repairs", json={**sent, "event_id": 10**9}))
    assert "repaired_at" in wrong(
        chief.post(f"{path}/repairs", json={**sent, "repaired_at": "2999-01-01T00:00Z"})
    )
    assert "cost_yuan" in wrong(chief.post(f"{path}/repairs", json={**sent, "cost_yuan": -1}))
    assert chief.delete(f"{path}/repairs/{listed[1]['id']}").status_code == 204
    chief.delete(path)
    assert chief.get(path).json()["repairs"] == 1, "history outlives the component"
    assert chief.post(f"{path}/repairs", json=sent).status_code == 404


def test_what_is_gone_keeps_the_events_that_named_it(chief: httpx.Client, hall: Hall) -> None:
    lamp = made(chief, 2)
    named = "UPDATE event SET component_id = %s WHERE no = %s RETURNING id"
    (event,) = hall.ask(named, lamp["id"], f"E{GRIDS[2]}")[0]
    chief.delete(f"{ROUTE}/{lamp['id']}")
    assert chief.get(f"{ROUTE}/{lamp['id']}").json()["events"] == [event]


def test_the_nearest_are_exact(chief: httpx.Client, hall: Hall) -> None:
    here = place(4)
    for number in range(6):
        made(chief, **{"class": "01050", **place(4, 2e-4 * number, -1e-4 * number)})
    asked = {**here, "class": "01050", "radius_m": 60}
    found = chief.get(f"{ROUTE}/nearest", params=asked).json()["components"]
    rows = hall.ask("SELECT id, ST_X(geom), ST_Y(geom) FROM component WHERE class_code = '01050'")
    geod = Geod(ellps="WGS84")
    metres = {key: geod.inv(here["lon"], here["lat"], lon, lat)[2] for key, lon, lat in rows}
    wanted = sorted((each, key) for key, each in metres.items() if each <= 60)
    assert [each["id"] for each in found] == [key for _, key in wanted] and len(found) == 3
    assert [each["distance_m"] for each in found] == pytest.approx([each for each, _ in wanted], abs=1e-3)
    wide = chief.get(f"{ROUTE}/nearest", params={**asked, "radius_m": 5000, "limit": 2}).json()["components"]
    assert [each["id"] for each in wide] == [key for _, key in wanted[:2]]
    assert "radius_m" in wrong(chief.get(f"{ROUTE}/nearest", params={**asked, "radius_m": 10**7}))
    assert "lon" in wrong(chief.get(f"{ROUTE}/nearest"))


def test_an_event_is_told_what_it_is_likely_about(chief: httpx.Client, hall: Hall) -> None:
    event, category = hall.ask("SELECT id, category FROM event WHERE no = %s", f"E{GRIDS[6]}")[0]
    assert category == LID
    made(chief, **{"class": "01050", **place(6, 1e-5)})
    found = chief.get(f"{ROUTE}/nearest", params={"event": event}).json()["components"]
    assert {each["class_code"] for each in found} == {LID}, "of its category's class, not the camera beside"
    assert found[0]["score"] == pytest.approx(1.0, abs=0.01)


def test_counts_are_those_of_the_rows(chief: httpx.Client, street: httpx.Client, hall: Hall) -> None:
    with connect(hall.url) as owner:
        assert recount(owner) == []
    found = chief.get(f"{ROUTE}/statistics", params={"level": "grid"}).json()
    rows = hall.ask(
        "SELECT unit_code, class_code, state, count(*) FROM component GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    told = [(each["unit"], each["class_code"], each["state"], each["components"]) for each in found["rows"]]
    assert told == rows and found["total"] == sum(row[3] for row in rows)
    lids = chief.get(f"{ROUTE}/statistics", params={"level": "street", "class": "供水井盖"}).json()
    assert [(each["unit"], each["components"]) for each in lids["rows"]] == [(STREETS[0], 4), (STREETS[1], 4)]
    mine = street.get(f"{ROUTE}/statistics", params={"level": "street", "class": LID}).json()
    assert [each["unit"] for each in mine["rows"]] == [STREETS[0]] and mine["total"] == 4
    past = chief.get(f"{ROUTE}/statistics", params={"at": "2020-01-01T00:00:00Z"}).json()
    assert past["total"] == 0


def test_who_may_do_what(street: httpx.Client, hall: Hall) -> None:
    viewer = hall.person("looker", reach="city")
    foreign = hall.ask("SELECT id FROM component WHERE unit_code = %s AND class_code = %s", GRIDS[7], LID)[0][
        0
    ]
    sent = {"class": LAMP, **place(7)}
    assert viewer.post(ROUTE, json=sent).status_code == 403
    assert street.post(ROUTE, json=sent).status_code == 403
    assert street.get(f"{ROUTE}/{foreign}").status_code == 404
    assert street.patch(f"{ROUTE}/{foreign}", json={"state": "damaged"}).status_code == 404
    assert street.get(f"{ROUTE}/{foreign}/repairs").status_code == 404
    mine = made(street, 1)
    assert street.patch(f"{ROUTE}/{mine['id']}", json=place(7)).status_code == 403
    assert street.delete(f"{ROUTE}/{mine['id']}").status_code == 403
    assert viewer.patch(f"{ROUTE}/{mine['id']}", json={"state": "damaged"}).status_code == 403


def test_lists_are_paged_and_filtered(chief: httpx.Client) -> None:
    for number in range(5):
        made(chief, number, **{"class": "04002", "upkeep": "园林队", "name": f"国槐{number}"})
    query = {"class": "行道树", "limit": 2}
    first = chief.get(ROUTE, params=query).json()
    rest = chief.get(ROUTE, params={**query, "after": first["next"], "limit": 10}).json()
    assert len(first["components"]) == 2 and len(rest["components"]) == 3 and rest["next"] is None
    assert [each["name"] for each in chief.get(ROUTE, params={"q": "国槐3"}).json()["components"]] == [
        "国槐3"
    ]
    assert len(chief.get(ROUTE, params={"class": "04", "unit": STREETS[0]}).json()["components"]) == 4
    code = first["components"][0]["code"]
    assert [each["code"] for each in chief.get(ROUTE, params={"code": code}).json()["components"]] == [code]
    lon, lat = middle(GRIDS[4])
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    found = chief.get(ROUTE, params={"class": "04002", "bbox": box}).json()["components"]
    assert [each["unit_code"] for each in found] == [GRIDS[4]]
    assert "limit" in wrong(chief.get(ROUTE, params={"limit": 100_000}))


def test_the_classes_come_with_their_profiles(chief: httpx.Client) -> None:
    found = chief.get(f"{ROUTE}/classes").json()
    assert len(found["classes"]) == 153 and found["classes"][LAMP]["name_en"] == "Street lamps"
    first, second = found["profiles"]
    assert (first["standard"], first["form"], first["is_default"]) == ("GB/T 47678.5-2026", "6+2+3+6", True)
    assert first["in_force_from"] == "2026-07-01" and "check against the standard" in first["source"]
    assert (second["form"], second["replaced_by"]) == ("6+2+2+6", "gbt47678_5_2026")
    assert chief.get(f"{ROUTE}/profiles/iso").status_code == 404


def test_the_report_of_a_survey_comes_page_by_page(
    chief: httpx.Client, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(component_surveys, "REPORT_PAGE", 7)
    number = hall.ask(
        "INSERT INTO component_survey (account_id, username, filename, state)"
        " SELECT id, username, 'f', 'done' FROM account WHERE username = 'chief' RETURNING id"
    )[0][0]
    hall.ask(
        "INSERT INTO component_survey_row (survey_id, nr, verdict, row_number, code)"
        " SELECT %s, n, 'new', n, n::text FROM generate_series(1, 30) AS n RETURNING nr",
        number,
    )
    lines = chief.get(f"{ROUTE}/surveys/{number}/report.csv").text.splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == [str(n) for n in range(1, 31)]
    assert chief.get(f"{ROUTE}/surveys/{number + 1}/report.csv").status_code == 404


def test_the_command_line_says_what_it_cannot_use(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("lon,lat,class\n")
    told = CliRunner().invoke(app, ["import", str(file), "--column", "class"])
    assert told.exit_code == 2 and "field=column" in told.output


def test_the_command_line_says_that_a_profile_did_not_change(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(component_commands, "_url", lambda: nullcontext(hall.url))
    said = ["profile", "add", "own", "--title", "t", "--standard", "s", "--form", "6+2+2+6", "--source", "c"]
    assert "written" in CliRunner().invoke(app, said).output
    assert "nothing has changed" in CliRunner().invoke(app, said).output


def test_every_door_checks_codes_and_classes(chief: httpx.Client) -> None:
    path = "/ogc/collections/components/items"
    lon, lat = middle(GRIDS[0])
    about = {"name": "c", "state": "removed", "manager": "城管委", "note": "n"}

    def sent(**more: Any) -> httpx.Response:
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        feature = {"type": "Feature", "geometry": geometry, "properties": {**about, **more}}
        return chief.post(path, json=feature, headers={"content-type": "application/geo+json"})

    assert "properties.code" in wrong(sent(class_code=LAMP, code=f"110101{LAMP}000001"))
    assert "properties.class_code" in wrong(sent(class_code="99999", code=f"{DISTRICT}99999000001"))
    found = sent(class_code=LAMP)
    assert found.status_code == 201, found.text
    kept = found.json()["properties"]
    assert {name: kept[name] for name in about} == about
