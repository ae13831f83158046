"""Events are handed to an office's server, followed there, and let go of when they went on elsewhere."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.open311_offices import Forwarder
from spatial.database import Database
from tests.api.exchange import Exchange
from tests.api.open311.offices import dispatched, hands, office, states, worked
from tests.api.open311.town import Town
from tests.patience import until
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, middle

LON, LAT = middle(GRIDS[0])


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_dispatched_event_is_handed_over_followed_and_handled(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, form: str
) -> None:
    attributes = {"fields": {"URGENCY": "$.urgency", "TAGS": {"const": ["a", "b"]}}}
    options = {
        "services": {"01": "006"},
        "format": form,
        "jurisdiction_id": "water",
        "attributes": attributes,
    }
    organisation = office(exchange, chief, town, f"water {form}", options=options)
    event = dispatched(exchange, chief, organisation, description="水管 <&> 破裂")
    worked(exchange, database)
    sent = town.posted[0]
    no = chief.get(f"/api/events/{event}").json()["no"]
    assert sent["description"] == [f"[{no}] 路面破损\n水管 <&> 破裂"]
    assert (sent["service_code"], sent["jurisdiction_id"], sent["api_key"]) == (
        ["006"], ["water"], ["secret-of-theirs"],
    )  # fmt: skip
    assert (sent["attribute[URGENCY]"], sent["attribute[TAGS][]"]) == (["ordinary"], ["a", "b"])
    assert (float(sent["lat"][0]), float(sent["long"][0])) == pytest.approx((LAT, LON), abs=1e-6)
    held = hands(chief, event)[0]
    assert (held["state"], held["service_request_id"]) == ("sent", "T00001")
    # Nothing happens twice while it lies there.
    worked(exchange, database)
    assert (len(town.posted), hands(chief, event)[0]["status"]) == (1, "open")
    town.close("T00001", "pipe mended")
    worked(exchange, database)
    assert chief.get(f"/api/events/{event}").json()["state"] == "handled"
    way = chief.get(f"/api/events/{event}/timeline").json()["timeline"]
    assert "T00001 closed by the office: pipe mended" in [each.get("note") for each in way]
    assert [each["state"] for each in hands(chief, event)] == ["closed"]
    # Sent back to be done again, it is a new request there.
    exchange.step(chief, event, "rework", "still wet")
    worked(exchange, database)
    assert [each["service_request_id"] for each in hands(chief, event)] == ["T00001", "T00002"]
    # Taken away from the office, it is followed no more.
    exchange.step(chief, event, "return", "not theirs")
    worked(exchange, database)
    assert [each["state"] for each in hands(chief, event)] == ["closed", "withdrawn"]


def test_tokens_are_asked_until_they_have_a_number(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    town.gives_tokens = True
    organisation = office(exchange, chief, town, "batch")
    event = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    held = hands(chief, event)[0]
    assert (held["state"], held["token"], held["service_request_id"]) == ("sent", "tok/T00001", None)
    town.tokens["tok/T00001"] = "T00001"
    town.close("T00001", "done")
    worked(exchange, database)
    assert chief.get(f"/api/events/{event}").json()["state"] == "handled"


def test_what_an_office_refuses_waits_for_somebody(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    organisation = office(exchange, chief, town, "strict", options={"services": {MATTER: "gone"}})
    event = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    held = hands(chief, event)[0]
    assert (held["state"], held["error"]) == ("dead", "the server answers 404: service_code was not found")
    worked(exchange, database)
    assert len([each for each in town.asked if each.startswith("POST")]) == 1
    path = "/api/offices/strict"
    assert chief.patch(path, json={"options": {"services": {"0": "006"}}}).status_code == 200
    settle = f"{path}/handovers/settle"
    assert chief.post(settle, json={"action": "drop"}).status_code == 400
    assert chief.post(settle, json={"action": "again"}).json() == {"settled": 1}
    worked(exchange, database)
    assert hands(chief, event)[0]["state"] == "sent"
    other = exchange.report(chief)
    early = chief.post(f"/api/events/{other}/handovers", json={"office": "strict"})
    assert (early.status_code, "the event is reported" in early.json()["detail"]) == (409, True)
    for verb in ("accept", "file"):
        exchange.step(chief, other, verb)
    sent = {"verb": "dispatch", "to_organisation": exchange.hall.organisation("roads")}
    assert chief.post(f"/api/events/{other}/transitions", json=sent).status_code == 200
    assert chief.post(f"/api/events/{other}/handovers", json={"office": "strict"}).status_code == 201
    assert chief.post(f"/api/events/{other}/handovers", json={"office": "strict"}).status_code == 409
    assert chief.post(f"/api/events/{other}/handovers", json={"office": "none"}).status_code == 404
    viewer = exchange.person("viewer", role="viewer", reach="city")
    assert viewer.post(f"/api/events/{other}/handovers", json={"office": "strict"}).status_code == 403


def test_what_was_dispatched_before_stays_here(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    event = dispatched(exchange, chief, exchange.hall.organisation("water"))
    office(exchange, chief, town, "late")
    worked(exchange, database)
    assert (town.posted, hands(chief, event)) == ([], [])


@pytest.mark.parametrize("verb", ["redispatch", "escalate", "return", "cancel"])
def test_what_went_on_is_neither_sent_to_nor_closed_by_the_old_office(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, verb: str
) -> None:
    organisation, other = office(exchange, chief, town, f"old {verb}"), exchange.hall.organisation("roads")
    held = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    town.trouble = lambda method, _path: 503 if method == "POST" else None
    waiting = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    assert states(chief, held, waiting) == ["sent", "doubtful"]
    to = {"to_organisation": other} if verb in ("redispatch", "escalate") else {}
    for event in (held, waiting):
        sent = {"verb": verb, "note": "not theirs", **to}
        answer = chief.post(f"/api/events/{event}/transitions", json=sent)
        assert answer.status_code == 200, answer.text
    state = chief.get(f"/api/events/{held}").json()["state"]
    town.trouble = lambda _method, _path: None
    town.close("T00001", "done")
    worked(exchange, database)
    assert (states(chief, held, waiting), len(town.posted)) == (["withdrawn", "withdrawn"], 1)
    assert chief.get(f"/api/events/{held}").json()["state"] == state


def test_what_is_handed_over_by_hand_stays_in_those_hands(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    office(exchange, chief, town, "by hand")
    event = dispatched(exchange, chief, exchange.hall.organisation("roads"))
    assert chief.post(f"/api/events/{event}/handovers", json={"office": "by hand"}).status_code == 201
    worked(exchange, database)
    assert states(chief, event) == ["sent"]
    town.close("T00001", "done")
    worked(exchange, database)
    assert (states(chief, event), chief.get(f"/api/events/{event}").json()["state"]) == (
        ["closed"],
        "handled",
    )


def test_the_job_process_hands_over_by_itself(exchange: Exchange, chief: TestClient, town: Town) -> None:
    with Forwarder(exchange.settings):
        organisation = office(exchange, chief, town, "by itself")
        event = dispatched(exchange, chief, organisation)
        until(lambda: [each["state"] for each in hands(chief, event)] == ["sent"])
    assert [(each["office"], each["service_request_id"]) for each in hands(chief, event)] == [
        ("by itself", "T00001")
    ]
    assert [sent["service_code"] for sent in town.posted] == [["006"]]
    assert chief.get("/api/offices/by itself").json()["failures"] == 0
