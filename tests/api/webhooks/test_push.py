"""REST push: requests in a partner's own words, what the partner calls an event, and what follows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.testclient import TestClient

from spatial.database import connect
from spatial.partners.push import check_options, reference_in, write
from tests.api.exchange import Exchange
from tests.api.partner import Got, Partner, Reply
from tests.patience import until

Json = dict[str, Any]
TICKETS: Json = {
    "create": {
        "headers": {"X-System": "citygrid"},
        "body": {
            "fields": {
                "ticket.subject": {"path": "$.data.event.title"},
                "ticket.place.x": {"path": "$.data.event.lon"},
                "ticket.state": {"path": "$.data.step.to_state", "table": {"reported": "NEW"}},
                "ticket.foreign_no": {"path": "$.data.event.no"},
            }
        },
    },
    "reference": "$.ticket.id",
    "update": {
        "method": "PATCH",
        "path": "/tickets/{reference}?by={verb}",
        "body": {"fields": {"remark": {"path": "$.data.step.note"}}},
    },
}


def tickets(got: Got) -> Reply:
    """A ticket system: makes tickets, and knows none but its own."""
    if got.method == "POST":
        return Reply(201, json.dumps({"ticket": {"id": "T/1 好"}}).encode())
    return Reply(200 if got.path.startswith("/tickets/T%2F1%20%E5%A5%BD?") else 404)


def test_an_event_is_created_there_and_followed_under_the_partners_name(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    office.plan = tickets
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS)
    event = exchange.report(chief)
    exchange.step(chief, event, note="快一点")
    until(lambda: len(office.taken) == 2)
    made, followed = office.taken
    lon, state = exchange.ask("SELECT ST_X(geom), state FROM event WHERE id = %s", event)[0]
    assert state == "reported"
    assert (made.method, made.path) == ("POST", "/hook")
    assert made.json["ticket"]["subject"] == "路面破损"
    assert made.json["ticket"]["place"]["x"] == pytest.approx(lon)
    assert made.json["ticket"]["state"] == "NEW"
    assert made.headers["x-system"] == "citygrid"
    assert made.headers["content-type"] == "application/json"
    first, second = exchange.steps(event)
    assert [each.headers["idempotency-key"] for each in (made, followed)] == [
        f"events-{first}",
        f"events-{second}",
    ]
    assert followed.method == "PATCH"
    assert followed.path.endswith("?by=supervise")
    assert followed.json == {"remark": "快一点"}
    told = chief.get(f"/api/events/{event}/references").json()["references"]
    assert [(each["webhook_id"], each["reference"]) for each in told] == [(hook["id"], "T/1 好")]


def test_what_the_partner_never_takes_is_dead_at_once(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    office.plan = lambda _: Reply(422, b'{"error": "subject too short"}')
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS)
    event = exchange.report(chief)
    until(lambda: exchange.messages(chief, hook, state="dead"))
    assert len(office.got) == 1
    # Mended: the mapping is changed, and the message sent again.
    office.plan = tickets
    longer = {**TICKETS, "create": {"body": {"fields": {"subject": {"const": "long enough"}}}}}
    assert chief.patch(f"/api/webhooks/{hook['id']}", json={"options": longer}).status_code == 200
    assert chief.post(f"/api/webhooks/{hook['id']}/again").json() == {"messages": 1}
    until(lambda: len(office.taken) == 1)
    assert office.taken[0].json == {"subject": "long enough"}
    until(lambda: chief.get(f"/api/events/{event}/references").json()["references"])


def test_an_answer_that_names_nothing_is_found_out_when_there_is_something_to_follow(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS)
    event = exchange.report(chief)
    until(lambda: exchange.messages(chief, hook, state="delivered"))
    exchange.step(chief, event)
    until(lambda: exchange.messages(chief, hook, state="dead"))
    (message,) = exchange.messages(chief, hook, state="dead")
    assert "did not name the event" in message["why"]
    assert len(office.got) == 1


def test_forms_are_sent_as_forms(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    body = {"fields": {"title": {"path": "$.data.event.title"}, "n": {"const": 3}}}
    options = {"create": {"format": "form", "method": "PUT", "path": "/in/{id}", "body": body}}
    exchange.hook(chief, office, kind="rest", options=options)
    event = exchange.report(chief)
    until(lambda: office.taken)
    got = office.taken[0]
    assert (got.method, got.path) == ("PUT", f"/in/{event}")
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(got.body.decode())) == {"title": "路面破损", "n": "3"}


def test_a_preview_shows_the_request(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS, topics=["warnings"])
    event = exchange.report(chief)
    shown = chief.get(f"/api/webhooks/{hook['id']}/preview", params={"event": event}).json()
    assert json.loads(shown["body"])["ticket"]["state"] == "NEW"
    assert chief.post(f"/api/webhooks/{hook['id']}/test").status_code == 409
    assert office.got == []


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, "options.create"),
        ({"create": {"body": {}}}, "options.create.body.fields"),
        ({"create": {**TICKETS["create"], "method": "GET"}}, "options.create.method"),
        ({"create": {**TICKETS["create"], "path": "//evil.example/"}}, "options.create.path"),
        ({"create": {**TICKETS["create"], "path": "/{password}"}}, "options.create.path"),
        ({"create": {**TICKETS["create"], "headers": {"Host": "x"}}}, "options.create.headers.Host"),
        ({"create": {**TICKETS["create"], "headers": {"X": "a\r\nb"}}}, "options.create.headers.X"),
        ({"create": TICKETS["create"], "update": TICKETS["update"]}, "options.reference"),
        ({**TICKETS, "reference": "ticket.id"}, "options.reference"),
        ({**TICKETS, "delete": {}}, "options.delete"),
    ],
)
def test_what_is_wrong_with_options_is_told_with_its_place(options: Json, where: str) -> None:
    assert where in {problem.where for problem in check_options("rest", ["events"], options)}


def test_coverages_are_nothing_for_tickets() -> None:
    assert [each.where for each in check_options("rest", ["coverages"], TICKETS)] == ["topics"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"id": 17}', "17"),
        (b'{"id": "a"}', "a"),
        (b'{"id": ""}', None),
        (b'{"id": true}', None),
        (b'{"id": {"x": 1}}', None),
        (b'{"id": "T\\u00001\\r\\n"}', "T1"),
        (b'{"id": "\\u0000"}', None),
        (b"{}", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_what_the_partner_calls_it_is_a_text_or_a_number(body: bytes, found: str | None) -> None:
    assert reference_in(body, "$.id") == found


def test_an_answer_nested_too_deeply_names_nothing() -> None:
    assert reference_in(b'{"a":' * 900 + b"1" + b"}" * 900, "$..id") is None


@pytest.mark.parametrize("form", ["json", "form"])
def test_a_number_that_json_cannot_hold_is_a_refusal(form: str) -> None:
    # Text is read as a number of any size up to 16 digits; units and roundings make larger ones.
    rule = {"const": 1e300, "number": {"decimals": 0}}
    written = write("http://x/", {"format": form, "body": {"fields": {"n": rule}}}, {"data": {}})
    assert isinstance(written, str)
    assert "cannot be written" in written


def test_a_path_is_quoted_as_addresses_are() -> None:
    body = {"fields": {"n": {"const": 1}}}
    message = {"data": {"event": {"id": 1, "no": "a", "external_id": None}}, "reference": "T/1 好"}
    written = write("http://x/", {"path": "/工单/{reference}?by=好", "body": body}, message)
    assert written[1] == "http://x/%E5%B7%A5%E5%8D%95/T%2F1%20%E5%A5%BD?by=%E5%A5%BD"


def test_a_secret_of_a_header_is_ascii(chief: TestClient, office: Partner) -> None:
    sent = {"name": "s", "url": office.url, "secret_header": "X-Key", "secret": "密钥"}
    answer = chief.post("/api/webhooks", json=sent)
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == ["secret"]


def test_a_message_that_nobody_can_write_is_dead_and_not_tried_for_ever(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS)
    with connect(exchange.hall.url) as owner:
        owner.execute(
            "UPDATE webhook SET options = %s WHERE id = %s", ['{"create": {"body": 5}}', hook["id"]]
        )
    exchange.report(chief)
    until(lambda: exchange.messages(chief, hook, state="dead"))
    assert "InvalidInput" in exchange.messages(chief, hook)[0]["why"]
    assert office.got == []


def test_what_the_partner_took_is_not_made_again_when_its_answer_cannot_be_kept(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    office.plan = tickets
    hook = exchange.hook(chief, office, kind="rest", options=TICKETS)
    with connect(exchange.hall.url) as owner:
        owner.execute("ALTER TABLE partner_reference ADD CONSTRAINT unkept CHECK (reference = '') NOT VALID")
    try:
        event = exchange.report(chief)
        until(lambda: exchange.messages(chief, hook, state="delivered"))
        assert len(office.taken) == 1
        told = chief.get(f"/api/events/{event}/references").json()["references"]
        assert [each["reference"] for each in told] == [""]
    finally:
        with connect(exchange.hall.url) as owner:
            owner.execute("ALTER TABLE partner_reference DROP CONSTRAINT unkept")
