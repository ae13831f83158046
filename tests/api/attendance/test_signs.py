"""Sign in and out by phone and by a supervisor, the sheet that shows it, and who may see it."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spatial.database import connect
from spatial.people.keys import issue_key
from tests.api.patrols.rounds import YESTERDAY, mover_of
from tests.api.places.town import at, wrong
from tests.api.planning import Json, Office, Person
from tests.spatial.rights.town import GRIDS

MINE = "/api/signs/mine"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def ago(span: timedelta) -> str:
    return (datetime.now(UTC) - span).isoformat()


def signs(office: Office, kind: str, who: str = "field", **more: Any) -> Any:
    return office[who].ask("POST", MINE, json={"kind": kind, **more})


def signs_for(office: Office, mover: int, kind: str, who: str = "chief", **more: Any) -> Any:
    sent = {"mover_id": mover, "kind": kind, "reason": "手机没电", **more}
    return office[who].ask("POST", "/api/signs", json=sent)


def sheet_of(office: Office, mover: int, day: Any = YESTERDAY) -> list[Json]:
    path = f"/api/shift-sheet?from={day}&to={day + timedelta(days=1)}&mover={mover}"
    return list(office["chief"].get(path)["rows"])


def put_signs(office: Office, mover: int, *signed: tuple[str, str, str]) -> None:
    """Sign on days long over, which no phone may: (kind, at, way)."""
    for kind, moment, way in signed:
        office.rows(
            "INSERT INTO sign (mover_id, kind, at, way, reason) VALUES (%s, %s, %s, %s, 'x') RETURNING id",
            mover, kind, moment, way,
        )  # fmt: skip


def test_somebody_signs_in_and_out_by_phone(office: Office) -> None:
    answer = signs(office, "in", **at(GRIDS[0]), accuracy_m=12, client_id="phone-1", at=ago(HOUR))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["way"], made["username"]) == ("in", "self", "field")
    assert (made["lon"], made["lat"], made["accuracy_m"]) == (*at(GRIDS[0]).values(), 12)
    assert made["received_at"] > made["at"]
    assert answer.headers["location"] == f"/api/signs/{made['id']}"
    again = signs(office, "in", client_id="phone-1")
    assert (again.status_code, again.json()) == (200, made)
    assert signs(office, "out", client_id="phone-1").status_code == 409
    assert signs(office, "out").json()["lon"] is None
    listed = office["field"].get(f"{MINE}?limit=2")["signs"]
    assert [each["kind"] for each in listed] == ["out", "in"]
    assert office["field"].get(f"{MINE}?before={listed[0]['id']}&limit=1")["signs"][0]["id"] == made["id"]
    # Whose duty goes by shifts is on duty as before.
    assert office.rows("SELECT on_duty FROM worker WHERE unit_code = %s", GRIDS[0]) == [(False,)]


def test_sent_twice_at_once_it_is_one_sign(office: Office) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: signs(office, "in", client_id="twice"), range(4)))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert office.rows("SELECT count(*) FROM sign WHERE client_id = 'twice'") == [(1,)]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"at": "future"}, "at"), ({"at": "past"}, "at"), ({"at": "2026-01-01T00:00:00"}, "at"),
        ({"kind": "away"}, "kind"), ({"lon": 116.3}, "lat"), ({"accuracy_m": 5}, "accuracy_m"),
        ({"client_id": "a b"}, "client_id"), ({"mover_id": 1}, "mover_id"),
    ],
)  # fmt: skip
def test_a_wrong_sign_is_refused_by_its_field(office: Office, sent: Json, field: str) -> None:
    times = {"future": ago(-6 * MINUTE), "past": ago(24 * HOUR + MINUTE)}
    body = {"kind": "in", **sent}
    body["at"] = times.get(body.get("at", ""), body.get("at"))
    assert wrong(office["field"].ask("POST", MINE, json=body)) == {field}


def test_a_clock_may_be_a_little_fast_and_a_phone_a_day_without_a_network(office: Office) -> None:
    made = signs(office, "in", at=ago(-4 * MINUTE)).json()
    assert made["at"] <= made["received_at"] <= (datetime.now(UTC) + MINUTE).isoformat()
    assert signs(office, "in", at=ago(24 * HOUR - MINUTE)).status_code == 201


def test_whoever_is_nobody_in_the_field_signs_nothing(office: Office) -> None:
    for who in ("chief", "viewer", "commander"):
        assert signs(office, "in", who).status_code == 403
    assert office["chief"].get(MINE)["signs"] == []


def test_a_key_of_a_field_app_signs_and_one_that_reads_does_not(office: Office) -> None:
    with connect(office.url) as owner:
        account = owner.execute("SELECT id FROM account WHERE username = 'field'").fetchall()[0][0]
        keys = [issue_key(owner, account, scope, HOUR, scope=scope).token for scope in ("field", "read")]
    app, reads = (Person(office["field"].client, key) for key in keys)
    assert app.ask("POST", MINE, json={"kind": "in"}).status_code == 201
    assert app.ask("GET", MINE).status_code == 200
    assert app.ask("GET", "/api/signs").status_code == 403
    assert reads.ask("POST", MINE, json={"kind": "in"}).status_code == 403


def test_a_supervisor_signs_for_somebody_for_a_reason_and_on_record(office: Office) -> None:
    mover = mover_of(office, GRIDS[0])
    answer = signs_for(office, mover, "in", "street 1", at=ago(30 * HOUR), client_id="desk-1")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["way"], made["reason"], made["username"]) == ("supervisor", "手机没电", "street 1")
    assert signs_for(office, mover, "in", "street 1", client_id="desk-1").status_code == 200
    assert made["id"] in {each["id"] for each in office["field"].get(f"{MINE}?limit=500")["signs"]}
    assert wrong(signs_for(office, mover, "in", at=ago(timedelta(days=7) + MINUTE))) == {"at"}
    assert wrong(signs_for(office, mover, "in", reason="  ")) == {"reason"}
    assert wrong(signs_for(office, mover_of(office, GRIDS[7]), "in", "street 1")) == {"mover_id"}
    for who in ("field", "commander", "viewer", "analyst"):
        assert signs_for(office, mover, "in", who).status_code == 403


def test_signs_are_seen_by_those_who_may_see_tracks(office: Office) -> None:
    number = signs(office, "in", "field 8", **at(GRIDS[7])).json()["id"]
    path = f"/api/signs/{number}"
    for who in ("chief", "commander", "field 8"):
        assert office[who].ask("GET", path).status_code == 200, who
    for who in ("street 1", "field", "viewer", "analyst", "roads"):
        assert office[who].ask("GET", path).status_code == 404, who
    mover = mover_of(office, GRIDS[7])
    found = office["chief"].get(f"/api/signs?mover={mover}&unit={GRIDS[7]}&from=2026-01-01T00:00:00Z")
    assert number in {each["id"] for each in found["signs"]}
    assert office["street 1"].get(f"/api/signs?mover={mover}")["signs"] == []
    assert office["chief"].get(f"/api/signs?mover={mover}&to=2026-01-01T00:00:00Z")["signs"] == []


def test_the_sheet_shows_signs_beside_fixes(office: Office) -> None:
    mover, day = mover_of(office, GRIDS[2]), YESTERDAY - timedelta(days=40)
    shift = {"starts_at": f"{day}T08:00:00+08:00", "ends_at": f"{day}T12:00:00+08:00"}
    office["chief"].post("/api/shifts", {"shifts": [{"mover_id": mover, **shift}]})
    put_signs(
        office, mover, ("in", f"{day}T08:20:00+08:00", "self"), ("in", f"{day}T09:00:00+08:00", "self"),
        ("out", f"{day}T11:40:00+08:00", "supervisor"),
    )  # fmt: skip
    (row,) = sheet_of(office, mover, day)
    assert (row["signed_in_at"], row["signed_out_at"]) == (f"{day}T00:20:00Z", f"{day}T03:40:00Z")
    assert (row["signed_by"], row["duty_by"]) == ("supervisor", "shift")
    assert (row["state"], row["late_s"]) == ("absent", None), "where shifts count, fixes say who came"
    path = f"/api/shift-sheet/file?f=csv&from={day}&to={day + timedelta(days=1)}&mover={mover}"
    text = office["chief"].ask("GET", path).content.decode("utf-8-sig")
    head, line = list(csv.reader(io.StringIO(text)))
    assert dict(zip(head, line, strict=True))["签到"] == f"{day} 08:20:00"


def test_where_duty_goes_by_signs_they_say_who_came_late_and_left_early(office: Office) -> None:
    mover, day = mover_of(office, GRIDS[2]), YESTERDAY - timedelta(days=50)
    chief = office["chief"]
    shift = {"starts_at": f"{day}T22:00:00+08:00", "ends_at": f"{day + timedelta(days=1)}T06:00:00+08:00"}
    chief.post("/api/shifts", {"shifts": [{"mover_id": mover, **shift}]})
    organisation = sheet_of(office, mover, day)[0]["organisation_id"]
    code = office.rows("SELECT code FROM organisation WHERE id = %s", organisation)[0][0]
    policy = {"organisation": code, "mode": "all", "duty_by": "sign_in"}
    answer = chief.ask("PUT", "/api/roster-policies", json=policy)
    assert {"organisation": code, "mode": "all", "margin_min": 15, "duty_by": "sign_in"} in answer.json()[
        "policies"
    ]
    try:
        on_duty = f"/api/on-duty?from={day}&to={day + timedelta(days=2)}&mover={mover}"
        assert sheet_of(office, mover, day)[0]["state"] == "absent"
        assert chief.get(on_duty)["rows"][0]["came"] == 0
        put_signs(office, mover, ("in", f"{day}T22:20:00+08:00", "self"))
        row = sheet_of(office, mover, day)[0]
        assert (row["state"], row["late_s"], row["early_s"]) == ("late", 1200, None), "forgotten"
        assert chief.get(on_duty)["rows"][0]["came"] == 1
        put_signs(office, mover, ("out", f"{day + timedelta(days=1)}T05:40:00+08:00", "device"))
        row = sheet_of(office, mover, day)[0]
        assert (row["state"], row["early_s"]) == ("late_and_left_early", 1200)
        # The night's sign-out makes no row of the day that it ends on.
        assert sheet_of(office, mover, day + timedelta(days=1)) == []
    finally:
        chief.ask("DELETE", f"/api/roster-policies/{code}")


def test_signs_without_a_shift_have_a_row(office: Office) -> None:
    mover, day = mover_of(office, GRIDS[3]), YESTERDAY - timedelta(days=60)
    assert sheet_of(office, mover, day) == []
    put_signs(office, mover, ("in", f"{day}T09:00:00+08:00", "self"))
    (row,) = sheet_of(office, mover, day)
    assert (row["state"], row["signed_in_at"], row["signed_by"]) == ("no_shift", f"{day}T01:00:00Z", "self")


def test_signing_in_is_being_on_duty_where_duty_goes_by_signs(office: Office) -> None:
    mover = mover_of(office, GRIDS[0])

    def is_on() -> bool:
        return bool(office.rows("SELECT on_duty FROM worker WHERE unit_code = %s", GRIDS[0])[0][0])

    chief = office["chief"]
    chief.ask("PUT", "/api/roster-policies", json={"mode": "refuse", "margin_min": 0, "duty_by": "sign_in"})
    try:
        made = signs(office, "in", **at(GRIDS[0])).json()
        assert is_on() and made["lon"] is not None, "the sign-in itself begins the duty"
        # What comes late from before changes nothing; what is said of the same moment later does.
        signs(office, "out", at=ago(5 * HOUR))
        assert is_on()
        assert signs(office, "out", **at(GRIDS[0])).json()["lon"] is not None, "on duty until then"
        assert not is_on()
        assert signs(office, "out", **at(GRIDS[0])).json()["lon"] is None, "off duty no place is kept"
        assert signs_for(office, mover, "in").status_code == 201
        assert is_on()
        signs(office, "out")
        assert not is_on()
    finally:
        chief.ask("PUT", "/api/roster-policies", json={"mode": "all"})


def test_off_duty_no_place_is_kept_where_the_city_wants_it_so(office: Office) -> None:
    chief, mover = office["chief"], mover_of(office, GRIDS[7])
    chief.ask("PUT", "/api/roster-policies", json={"mode": "mask", "margin_min": 0})
    try:
        begin = datetime.now(UTC) - timedelta(hours=20)
        shift = {"starts_at": begin.isoformat(), "ends_at": (begin + 2 * HOUR).isoformat()}
        office.rows("DELETE FROM shift WHERE mover_id = %s RETURNING id", mover)
        chief.post("/api/shifts", {"shifts": [{"mover_id": mover, **shift}]})
        on, off = (begin + HOUR).isoformat(), (begin + 3 * HOUR).isoformat()
        placed = {**at(GRIDS[7]), "accuracy_m": 5}
        assert signs(office, "in", "field 8", at=on, **placed).json()["accuracy_m"] == 5
        made = signs(office, "in", "field 8", at=off, **placed).json()
        assert (made["lon"], made["lat"], made["accuracy_m"]) == (None, None, None)
        assert office.rows("SELECT lon FROM sign WHERE id = %s", made["id"]) == [(None,)]
    finally:
        chief.ask("PUT", "/api/roster-policies", json={"mode": "all"})
