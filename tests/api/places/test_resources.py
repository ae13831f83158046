"""Emergency resources over HTTP, and what their stores hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from spatial.database import connect
from spatial.errors import InvalidInput
from spatial.resources import store
from tests.api.places.town import at, square, wrong
from tests.api.planning import Json, Office
from tests.spatial.rights.town import GRIDS, STREETS, middle


def shelter(grid: str, **more: Any) -> Json:
    return {
        "kind": "shelter", "name": "避难所", "capacity": 800, "unit_of_measure": "人", "phone": "010-12345",
        "opening": "24/7", "organisation": "water", "attributes": {"water": True}, **at(grid), **more,
    }  # fmt: skip


def test_a_resource_is_drawn_changed_and_deleted(office: Office) -> None:
    street = office["street 1"]
    answer = street.ask("POST", "/api/resources", json=shelter(GRIDS[0], area=square(GRIDS[0])))
    assert answer.status_code == 201, answer.text
    made, path, tag = answer.json(), answer.headers["location"], answer.headers["etag"]
    assert (made["unit_code"], made["capacity"], made["organisation"]) == (GRIDS[0], 800, "water")
    moved = street.ask("PATCH", path, json={**at(GRIDS[1]), "area": None}, headers={"If-Match": tag}).json()
    assert (moved["unit_code"], moved["area"], moved["state"]) == (GRIDS[1], None, "ready")
    assert street.ask("PATCH", path, json={"state": "closed"}, headers={"If-Match": tag}).status_code == 412
    assert street.ask("PATCH", path, json=at(GRIDS[7])).status_code == 403
    assert office["street 2"].ask("GET", path).status_code == 404
    assert office["viewer"].ask("PATCH", path, json={"state": "busy"}).status_code == 403
    assert street.ask("DELETE", path).status_code == 403
    assert office["chief"].ask("DELETE", path).status_code == 204
    assert office["chief"].ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "dragon"}, "kind"), ({"state": "broken"}, "state"), ({"capacity": -1}, "capacity"),
        ({"capacity": "many"}, "capacity"), ({"phone": "call me"}, "phone"),
        ({"phone": "13812345678"}, "phone"), ({"phone": "+86 138-1234-5678"}, "phone"),
        ({"phone": "010-62781234 (138 1234 5678)"}, "phone"), ({"phone": "(138) 12345678"}, "phone"),
        ({"organisation": "x"}, "organisation"),
        ({"area": square(GRIDS[7])}, "area"), ({"name": ""}, "name"), ({"unit_code": GRIDS[0]}, "unit_code"),
        ({"attributes": []}, "attributes"), ({"lon": None, "lat": None}, "lon"),
    ],
)  # fmt: skip
def test_a_wrong_resource_is_refused_by_its_field(office: Office, change: Json, where: str) -> None:
    assert where in wrong(office["chief"].ask("POST", "/api/resources", json=shelter(GRIDS[0], **change)))


def test_resources_are_listed_by_what_is_asked(office: Office) -> None:
    chief = office["chief"]
    ids = [
        chief.post("/api/resources", shelter(GRIDS[4], name=f"列{n}", capacity=100 * n))["id"]
        for n in range(4)
    ]
    found = chief.get("/api/resources", params={"q": "列", "capacity": 200, "kind": "shelter,team"})
    assert [each["id"] for each in found["resources"]] == ids[2:]
    page = chief.get("/api/resources", params={"q": "列", "limit": 3})
    assert (
        chief.get("/api/resources", params={"q": "列", "after": page["next"]})["resources"][0]["id"] == ids[3]
    )
    assert chief.get("/api/resources", params={"q": "列", "unit": STREETS[0]})["resources"] == []


def test_the_collection_is_edited_over_ogc_and_stays_right(office: Office) -> None:
    chief = office["chief"]
    feature = {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": list(middle(GRIDS[0]))},
        "properties": {"kind": "camera", "name": "枪机"},
    }  # fmt: skip
    answer = chief.ask("POST", "/ogc/collections/resources/items", json=feature)
    assert answer.status_code == 201, answer.text
    made = answer.json()["properties"]
    assert (made["state"], made["unit_code"], made["source"]) == ("ready", GRIDS[0], "manual")
    patch = {"headers": {"Content-Type": "application/merge-patch+json"}}
    path = f"/ogc/collections/resources/items/{made['id']}"
    assert chief.ask("PATCH", path, json={"properties": {"state": "busy"}}, **patch).status_code == 200
    assert wrong(chief.ask("PATCH", path, json={"properties": {"kind": "dragon"}}, **patch)) == {
        "properties.kind"
    }
    for phone in ("13812345678", "张三 13812345678", "call me", "0086138 1234 5678"):
        sent = {"properties": {"phone": phone}}
        assert wrong(chief.ask("PATCH", path, json=sent, **patch)) == {"properties.phone"}, phone
    assert office["street 2"].ask("GET", path).status_code == 404
    logged = office.rows(
        "SELECT action FROM audit WHERE relation = 'resource' AND row_key = %s ORDER BY id", str(made["id"])
    )
    assert logged == [("insert",), ("update",)]
    page = chief.get("/ogc/collections/resources/items?filter=kind='camera'")
    assert made["id"] in {each["properties"]["id"] for each in page["features"]}


@pytest.mark.parametrize(
    "phone", ["010-62781313", "400-813-8123", "12345", "+86 755 2613 9999", "(0411) 83691111-8001", "119"]
)
def test_the_duty_line_of_an_office_is_kept(office: Office, phone: str) -> None:
    assert office["chief"].post("/api/resources", shelter(GRIDS[0], phone=phone))["phone"] == phone


def store_of(office: Office) -> str:
    made = office["chief"].post("/api/resources", {"kind": "supply", "name": "仓库", **at(GRIDS[0])})
    return f"/api/resources/{made['id']}"


def test_a_store_never_holds_less_than_nothing(office: Office) -> None:
    path = store_of(office)
    chief, commander = office["chief"], office["commander"]
    came = chief.post(f"{path}/movements", {"deltas": {"沙袋": 500, "水泵": 0.1}, "reason": "入库"})[
        "movements"
    ]
    assert [(each["item"], each["balance"]) for each in came] == [("水泵", 0.1), ("沙袋", 500)]
    commander.post(f"{path}/movements", {"deltas": {"沙袋": -200, "水泵": 0.2}, "reason": "调往河边"})
    commander.post(f"{path}/movements", {"deltas": {"水泵": -0.3}, "reason": "小数也算得清"})
    refused = chief.ask(
        "POST", f"{path}/movements", json={"deltas": {"水泵": 5, "沙袋": -301}, "reason": "太多"}
    )
    assert wrong(refused) == {"delta"}
    stock = {each["item"]: each["balance"] for each in chief.get(path)["stock"]}
    assert stock == {"沙袋": 300, "水泵": 0}
    found = chief.get(f"{path}/movements?item=沙袋")["movements"]
    assert [(each["delta"], each["username"]) for each in found] == [(-200, "commander"), (500, "chief")]
    assert (
        office["field"]
        .ask("POST", f"{path}/movements", json={"deltas": {"沙袋": 1}, "reason": "我的"})
        .status_code
        == 403
    )
    assert office["street 2"].ask("GET", f"{path}/movements").status_code == 404
    for body in (
        {"deltas": {}, "reason": "空的"},
        {"deltas": {"a": "x"}, "reason": "xx"},
        {"deltas": {"a": 0}, "reason": "零"},
    ):
        assert chief.ask("POST", f"{path}/movements", json=body).status_code == 400, body


def test_a_movement_of_nothing_is_refused_by_its_field(office: Office, town_url: str) -> None:
    path = store_of(office)
    for delta in (0, 0.0004, -0.0004):
        sent = {"deltas": {"沙袋": 5, "水泵": delta}, "reason": "没有"}
        answer = office["chief"].ask("POST", f"{path}/movements", json=sent)
        assert wrong(answer) == {"deltas.水泵"}, answer.text
    assert office["chief"].get(path)["stock"] == []
    number = int(path.rpartition("/")[2])
    with connect(town_url) as owner, pytest.raises(InvalidInput) as refused:
        store.move(owner, number, {"沙袋": 0.0004}, "没有")
    assert refused.value.problems[0].where == "deltas"


def test_many_who_take_at_once_take_no_more_than_there_is(office: Office) -> None:
    path = store_of(office)
    office["chief"].post(f"{path}/movements", {"deltas": {"毛毯": 10}, "reason": "入库"})

    def take(_: int) -> int:
        sent = {"deltas": {"毛毯": -3}, "reason": "领用"}
        return office["commander"].ask("POST", f"{path}/movements", json=sent).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(take, range(8)))
    assert answers == [201] * 3 + [400] * 5
    balances = [each["balance"] for each in office["chief"].get(f"{path}/movements")["movements"]]
    assert balances == [1, 4, 7, 10]


def test_no_sql_changes_what_moved(town_url: str) -> None:
    with connect(town_url) as owner:
        for statement in (
            "UPDATE stock_movement SET delta = 1",
            "DELETE FROM stock_movement",
            "TRUNCATE stock_movement",
            "INSERT INTO stock_movement (resource_id, item, delta, reason)"
            " SELECT id, 'x', -1, 'xx' FROM resource",
        ):
            refused = (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)
            with pytest.raises(refused), owner.transaction():
                owner.execute(statement)
