"""Cries for help over HTTP: raised, taken, closed, opened again, and who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.cry_jobs import CryKeeper
from spatial.database import connect
from spatial.database.notify import CHANNEL
from spatial.people.keys import issue_key
from tests.api.patrols.rounds import mover_of
from tests.api.places.town import at, wrong
from tests.api.planning import Json, Office, Person
from tests.api.working import opened, work_off
from tests.spatial.rights.town import GRIDS

CRIES, MINE = "/api/cries", "/api/cries/mine"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _quiet(office: Office) -> Iterator[None]:
    with connect(office.url) as owner:
        owner.execute("DELETE FROM cry")
    yield


def cried(office: Office, who: str = "field", **more: Any) -> Json:
    answer = office[who].ask("POST", MINE, json={**at(GRIDS[0]), **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def act(office: Office, who: str, number: int, what: str, body: Any = None, **options: Any) -> Any:
    return office[who].ask("POST", f"{CRIES}/{number}/{what}", json=body or {}, **options)


def test_from_the_button_to_what_it_was(office: Office) -> None:
    made = cried(office, accuracy_m=8, note="有人持刀")
    number = made["id"]
    assert (made["state"], made["way"], made["username"], made["level"]) == ("open", "self", "field", 0)
    assert (made["lon"], made["lat"], made["accuracy_m"]) == (*at(GRIDS[0]).values(), 8)
    assert (made["unit_code"], made["times"], made["late"]) == (GRIDS[0], 1, False)
    again = office["field"].ask("POST", MINE, json={})
    assert (again.status_code, again.json()["id"], again.json()["times"]) == (200, number, 2)
    taken = act(office, "commander", number, "acknowledge", headers={"If-Match": f'"{made["edition"]}"'})
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "commander")
    assert act(office, "commander", number, "acknowledge").status_code == 200
    second = act(office, "chief", number, "acknowledge")
    assert second.status_code == 409 and "'commander'" in second.json()["detail"]
    assert wrong(act(office, "commander", number, "close", {"word": "real"})) == {"remark"}
    assert wrong(act(office, "commander", number, "close", {"word": "maybe"})) == {"word"}
    ended = act(office, "commander", number, "close", {"word": "false_alarm", "remark": "误触"}).json()
    assert (ended["state"], ended["word"], ended["remark"]) == ("closed", "false_alarm", "误触")
    assert act(office, "chief", number, "close", {"word": "test"}).status_code == 409
    assert act(office, "chief", number, "acknowledge").status_code == 409
    reopened = act(office, "chief", number, "reopen", {"remark": "又来电"}).json()
    assert (reopened["state"], reopened["acknowledged_by"], reopened["word"]) == ("open", None, None)
    shown = office["chief"].get(f"{CRIES}/{number}")
    assert [(each["what"], each["username"]) for each in shown["steps"]] == [
        ("opened", "field"), ("acknowledged", "commander"), ("closed", "commander"), ("reopened", "chief"),
    ]  # fmt: skip


def test_of_many_who_take_it_at_once_one_has_it(office: Office) -> None:
    number = cried(office)["id"]
    people = ("chief", "deputy", "commander", "street 1")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda who: act(office, who, number, "acknowledge"), people))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    (winner,) = [each.json()["acknowledged_by"] for each in answers if each.status_code == 200]
    assert all(f"'{winner}'" in each.json()["detail"] for each in answers if each.status_code == 409)


def test_a_change_from_another_state_is_refused(office: Office) -> None:
    made = cried(office)
    old = {"If-Match": f'"{made["edition"]}"'}
    office["field"].ask("POST", MINE, json={})
    assert act(office, "chief", made["id"], "acknowledge", headers=old).status_code == 200, "pressed again"
    assert act(office, "chief", made["id"], "close", {"word": "test"}, headers=old).status_code == 412
    now = {"If-Match": office["chief"].ask("GET", f"{CRIES}/{made['id']}").headers["etag"]}
    assert act(office, "chief", made["id"], "close", {"word": "test"}, headers=now).status_code == 200


def test_while_another_one_is_open_none_is_opened_again(office: Office) -> None:
    first = cried(office)["id"]
    assert act(office, "chief", first, "reopen", {"remark": "xx"}).status_code == 409
    act(office, "chief", first, "close", {"word": "test"})
    second = cried(office)["id"]
    refused = act(office, "chief", first, "reopen", {"remark": "xx"})
    assert refused.status_code == 409 and f"'{second}'" in refused.json()["detail"]


def test_one_is_raised_for_somebody_who_calls(office: Office) -> None:
    mover = mover_of(office, GRIDS[0])
    sent = {"mover_id": mover, "note": "电话求助", "client_id": "call-1"}
    made = office["street 1"].ask("POST", CRIES, json=sent)
    assert (made.status_code, made.json()["way"], made.json()["mover_id"]) == (201, "call", mover)
    assert made.headers["location"] == f"{CRIES}/{made.json()['id']}"
    again = office["street 1"].ask("POST", CRIES, json=sent)
    assert (again.status_code, again.json()["times"]) == (200, 1)
    assert wrong(office["street 1"].ask("POST", CRIES, json={"mover_id": mover_of(office, GRIDS[7])})) == {
        "mover_id"
    }
    for who in ("field", "viewer", "analyst"):
        assert office[who].ask("POST", CRIES, json=sent).status_code == 403
    assert office["chief"].ask("POST", MINE, json={}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"ago_h": -1}, "at"), ({"ago_h": 25}, "at"), ({"lon": 116.3}, "lat"),
        ({"client_id": "a b"}, "client_id"),
    ],
)  # fmt: skip
def test_a_wrong_one_is_refused_by_its_field(office: Office, sent: Json, field: str) -> None:
    body = dict(sent)
    if "ago_h" in body:
        body["at"] = (datetime.now(UTC) - body.pop("ago_h") * HOUR).isoformat()
    assert wrong(office["field"].ask("POST", MINE, json=body)) == {field}


def test_it_is_seen_by_those_who_see_the_person(office: Office) -> None:
    number = cried(office, "field 8")["id"]
    path = f"{CRIES}/{number}"
    for who in ("chief", "commander", "field 8"):
        assert office[who].ask("GET", path).status_code == 200, who
        assert [each["id"] for each in office[who].get(CRIES)["cries"]] == [number]
    for who in ("street 1", "field", "viewer", "analyst", "roads"):
        assert office[who].ask("GET", path).status_code == 404, who
        assert office[who].get(CRIES)["cries"] == []
        assert act(office, who, number, "acknowledge").status_code == 404
    assert act(office, "field 8", number, "acknowledge").status_code == 403


def test_they_are_listed_by_state_mover_and_time(office: Office) -> None:
    first, second = cried(office)["id"], cried(office, "field 8")["id"]
    act(office, "chief", first, "acknowledge")

    def found(query: str) -> list[int]:
        return [each["id"] for each in office["chief"].get(f"{CRIES}?{query}")["cries"]]

    assert found("") == [second, first]
    assert found("state=open") == [second]
    assert found(f"mover={mover_of(office, GRIDS[0])}") == [first]
    assert found(f"before={second}") == [first]
    assert found("to=2026-01-01T00:00:00Z") == []
    assert office["chief"].get(f"{CRIES}?limit=1")["next"] == second


def test_a_key_of_a_field_app_cries_and_sees_no_list(office: Office) -> None:
    with connect(office.url) as owner:
        account = owner.execute("SELECT id FROM account WHERE username = 'field'").fetchall()[0][0]
        keys = [issue_key(owner, account, scope, HOUR, scope=scope).token for scope in ("field", "read")]
    app, reads = (Person(office["field"].client, key) for key in keys)
    assert app.ask("POST", MINE, json={}).status_code == 201
    assert app.ask("GET", CRIES).status_code == 403
    assert reads.ask("POST", MINE, json={}).status_code == 403


def test_a_phone_that_says_sos_opens_one_and_watchers_are_told(office: Office) -> None:
    mover, device = mover_of(office, GRIDS[0]), "osmand-sos"
    place = at(GRIDS[0])
    now = int(datetime.now(UTC).timestamp())
    params = {"id": device, **place, "timestamp": now, "accuracy": 8, "alarm": "sos"}
    with connect(office.url, autocommit=True) as ear:
        ear.execute(f'LISTEN "{CHANNEL}"')
        for _ in range(2):
            answer = office["field"].ask("POST", "/api/fixes/osmand", params=params)
            assert answer.status_code == 200, answer.text
        notes = [note.payload for note in ear.notifies(timeout=1) if '"cry"' in note.payload]
    (one,) = office["chief"].get(CRIES)["cries"]
    assert (one["mover_id"], one["way"], one["times"], one["late"]) == (mover, "device", 1, False)
    assert (one["lon"], one["lat"]) == (pytest.approx(place["lon"]), pytest.approx(place["lat"]))
    assert one["accuracy_m"] == 8
    assert len(notes) == 1 and f'"cry": {one["id"]}' in notes[0] and f"[{mover}]" in notes[0]


def test_a_phone_whose_place_is_broken_is_heard_all_the_same(office: Office) -> None:
    for place in ({}, {"lat": "north", "lon": "1"}):
        params = {"id": "osmand-blind", **place, "alarm": "sos"}
        answer = office["field"].ask("POST", "/api/fixes/osmand", params=params)
        assert answer.status_code == 200, answer.text
    (one,) = office["chief"].get(CRIES)["cries"]
    assert (one["way"], one["times"]) == ("device", 2)


def test_nobody_takes_it_and_it_goes_up(office: Office) -> None:
    number = cried(office)["id"]
    office.rows("UPDATE cry SET waiting_since = now() - interval '3 minutes' RETURNING id")
    with opened(office.app_url, 3) as database:
        assert work_off(CryKeeper(office.app_url, 0), database) == 0
        assert work_off(CryKeeper(office.app_url, 2), database) == 1
        assert work_off(CryKeeper(office.app_url, 2), database) == 0
    shown = office["chief"].get(f"{CRIES}/{number}")
    assert (shown["level"], [each["what"] for each in shown["steps"]]) == (1, ["opened", "escalated"])
    act(office, "chief", number, "acknowledge")
    assert office.rows("SELECT waiting_since FROM cry WHERE id = %s", number) == [(None,)]
