"""Devices, movers and the gate of the roster over HTTP, by those who keep them and by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import connect, session
from spatial.patrols import keeping
from spatial.people.accounts import create_account
from spatial.people.keys import issue_token
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings
from tests.spatial.patrols.intake.yard import NOW, Yard, open_yard, walk

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def yard(make_city: Callable[..., Any], as_app: Callable[[str], str], master_key: Path) -> Iterator[Yard]:
    with open_yard(make_city, as_app, master_key) as made:
        yield made


@pytest.fixture(scope="module")
def app(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), master_key_file=yard.master)
    with TestClient(create_app(settings, yard.app_url), client=("127.0.0.1", 50_000)) as client:
        yield client


def asking(app: TestClient, yard: Yard, role: str) -> Ask:
    with connect(yard.url) as connection:
        account = create_account(connection, role, role, role, "Some-word 17")
        token = issue_token(connection, account, "test", timedelta(hours=1))

    def ask(method: str, path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return app.request(method, path, headers=headers, **({"json": sent} if sent else {}))

    return ask


@pytest.fixture(scope="module")
def chief(app: TestClient, yard: Yard) -> Ask:
    return asking(app, yard, "district_administrator")


@pytest.fixture(scope="module")
def analyst(app: TestClient, yard: Yard) -> Ask:
    return asking(app, yard, "analyst")


def test_a_device_is_written_given_blocked_and_let_in_again(chief: Ask, yard: Yard) -> None:
    made = chief("POST", "/api/devices", protocol="jt808", identity="13800000001", name="巡逻车")
    assert made.status_code == 201
    path = made.headers["location"]
    assert (made.json()["state"], made.json()["carriers"]) == ("waiting", [])
    assert chief("POST", "/api/devices", protocol="jt808", identity="13800000001").status_code == 409
    assert chief("PATCH", path, state="active").status_code == 400, "nobody has it"
    found = chief("GET", "/api/devices?state=waiting").json()["devices"]
    assert [each["identity"] for each in found] == ["13800000001"]
    given = chief("POST", f"{path}/carriers", mover=yard.movers[0])
    assert (given.json()["state"], given.json()["mover"], given.json()["worker_code"]) == (
        "active", yard.movers[0], "w1",
    )  # fmt: skip
    blocked = chief("PATCH", path, state="blocked", profile={"datum": "gcj02", "interval_s": 15})
    assert (blocked.json()["state"], blocked.json()["profile"]["interval_s"]) == ("blocked", 15)
    assert chief("PATCH", path, state="active").json()["state"] == "active"
    assert chief("PATCH", path, profile={"datum": "mars"}).status_code == 400
    assert chief("POST", f"{path}/carriers", mover=10**9).status_code == 404
    assert chief("POST", f"{path}/carriers", mover=None).json()["mover"] is None
    assert chief("GET", "/api/devices?q=0001").json()["devices"][0]["name"] == "巡逻车"


def test_who_changed_a_device_is_on_record_and_its_passphrase_is_not(chief: Ask, yard: Yard) -> None:
    path = chief("POST", "/api/devices", protocol="owntracks", identity="u/d").headers["location"]
    answer = chief("PATCH", path, passphrase="hush-hush")
    assert answer.status_code == 200 and "hush" not in answer.text
    found = yard.ask(
        "SELECT username, after::text FROM audit WHERE relation = 'device' AND action = 'update' ORDER BY id"
    )
    assert found[-1][0] == "district_administrator"
    assert "***" in found[-1][1] and "hush" not in str(found)


def test_others_change_nothing(analyst: Ask, chief: Ask, yard: Yard) -> None:
    path = chief("POST", "/api/devices", protocol="osmand", identity="x").headers["location"]
    assert analyst("GET", path).status_code == 404, "there is none for this reader"
    assert analyst("POST", "/api/devices", protocol="osmand", identity="y").status_code == 403
    assert analyst("PATCH", path, name="z").status_code == 403
    assert analyst("POST", f"{path}/carriers", mover=None).status_code == 403
    assert analyst("PUT", "/api/roster-policies", mode="refuse").status_code == 403
    assert analyst("DELETE", "/api/roster-policies/o").status_code == 403
    assert analyst("GET", "/api/roster-policies").json()["policies"][0]["mode"] == "all"


def test_movers_are_listed_with_where_they_were_last(chief: Ask, yard: Yard) -> None:
    yard.take(yard.walked(walk(3), 1))
    listed = chief("GET", "/api/movers?limit=2").json()
    assert [each["id"] for each in listed["movers"]] == yard.movers[:2]
    assert listed["next"] == yard.movers[1]
    assert listed["movers"][1]["seen_in"] == "1-0-0-0"
    seen = chief("GET", "/api/movers?seen_within_s=86400&kind=person&organisation=o").json()["movers"]
    assert [each["id"] for each in seen] == [yard.movers[1]]
    path = f"/api/movers/{yard.movers[1]}"
    assert chief("PATCH", path, gait="ebike").json()["gait"] == "ebike"
    assert chief("PATCH", path, gait="rocket").status_code == 400
    assert chief("GET", "/api/movers/999999999").status_code == 404


def test_the_city_and_its_organisations_say_what_becomes_of_fixes_off_duty(chief: Ask) -> None:
    set_ = chief("PUT", "/api/roster-policies", organisation="o", mode="mask", margin_min=20).json()
    assert set_["policies"] == [
        {"organisation": None, "mode": "all", "margin_min": 15, "duty_by": "shift"},
        {"organisation": "o", "mode": "mask", "margin_min": 20, "duty_by": "shift"},
    ]
    assert chief("PUT", "/api/roster-policies", organisation="nobody", mode="mask").status_code == 404
    assert chief("DELETE", "/api/roster-policies/o").status_code == 204
    assert chief("DELETE", "/api/roster-policies/o").status_code == 404


def test_people_stand_where_they_were_last_and_old_notices_go(yard: Yard) -> None:
    yard.take(yard.walked(walk(3, end=NOW - timedelta(minutes=3)), 2))
    on_duty = yard.ask("SELECT on_duty FROM worker WHERE code = 'w3'")
    with session(yard.database, SYSTEM) as connection:
        assert keeping.follow(connection) >= 1
        assert keeping.follow(connection) == 0
    row = yard.ask(
        "SELECT seen_at = time, ST_X(geom) = lon, on_duty FROM worker AS w"
        " JOIN mover AS m ON m.worker_id = w.id JOIN last_position AS p ON p.mover_id = m.id"
        " WHERE w.code = 'w3'"
    )
    assert row == [(True, True, on_duty[0][0])]
    yard.ask("UPDATE fix_batch SET at = now() - interval '2 hours'")
    yard.ask(
        "INSERT INTO device (protocol, identity, created_at) SELECT 'own', 'left', now() - interval '31 days'"
    )
    with session(yard.database, SYSTEM) as connection:
        gone = keeping.tidy(connection, 180)
    assert gone["batches"] >= 1 and gone["devices"] == 1
