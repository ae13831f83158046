"""Adapters over HTTP: others' words become events once, in every form that they come in.

CloudEvents are written by `cloudevents`, which shares no code with ours.
"""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from starlette.testclient import TestClient

from tests.api.adapters.sending import MAPPING, Json, make, message, send, waiting
from tests.api.exchange import Exchange
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS


def test_a_message_becomes_an_event_once(exchange: Exchange, chief: TestClient) -> None:
    make(chief, sample=json.dumps(message()))
    answer = send(chief, message())
    assert answer.status_code == 201, answer.text
    taken = answer.json()["results"][0]
    assert (answer.json()["taken"], taken["unit_code"]) == (1, GRIDS[0])
    event = chief.get(f"/api/events/{taken['id']}").json()
    assert (event["title"], event["source"], event["category"]) == ("Pothole 学院路", "hotline", MATTER)
    assert datetime.fromisoformat(event["occurred_at"]) == datetime(2024, 5, 11, 0, 15, tzinfo=UTC)
    assert event["external_id"] == "roads:T-1"
    assert event["attributes"]["road"] == "学院路"
    sealed = exchange.ask("SELECT name, phone FROM reporter WHERE event_id = %s", taken["id"])
    assert sealed == [("王**", "138****1111")]
    again = send(chief, message())
    assert (again.status_code, again.json()["results"][0]["id"]) == (200, taken["id"])
    shown = chief.get("/api/adapters/roads").json()
    assert (shown["taken"], shown["known"], shown["refused"]) == (1, 1, 0)


def test_the_same_message_from_two_threads_is_one_event(exchange: Exchange, chief: TestClient) -> None:
    make(chief)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(send(chief, message("two")).json()["results"][0]["id"]))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(found)) == 1
    assert exchange.ask("SELECT count(*) FROM event WHERE external_id = 'roads:T-two'") == [(1,)]


def test_two_adapters_may_use_the_same_numbers(exchange: Exchange, chief: TestClient) -> None:
    make(chief), make(chief, "lamps")
    first = send(chief, message("same")).json()["results"][0]["id"]
    assert send(chief, message("same"), "lamps").json()["results"][0]["id"] != first


def test_xml_forms_and_envelopes_are_read(chief: TestClient) -> None:
    fields = {
        **MAPPING["fields"],
        "reporter.name": "$['who.name']",
    }
    make(chief, mapping={"fields": fields, "items": "$.envelope.ticket[*]"}, options={"lists": ["ticket"]})
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in message("xml").items() if name != "who")
    body = f'<?xml version="1.0"?><envelope xmlns="urn:x"><ticket>{inner}</ticket></envelope>'
    xml = {"content-type": "application/xml; charset=utf-8"}
    answer = chief.post("/api/adapters/roads/reports", content=body.encode(), headers=xml)
    assert (answer.status_code, answer.json()["taken"]) == (201, 1), answer.text
    make(chief, "forms", mapping={"fields": fields})
    form = urlencode({**{k: v for k, v in message("form").items() if k != "who"}, "who.name": "李雷"})
    plain = {"content-type": "application/x-www-form-urlencoded"}
    answer = chief.post("/api/adapters/forms/reports", content=form, headers=plain)
    assert (answer.status_code, answer.json()["taken"]) == (201, 1), answer.text


@pytest.mark.parametrize("mode", ["structured", "binary", "batch", "packed"])
def test_cloud_events_come_in_every_mode(chief: TestClient, mode: str) -> None:
    fields = {
        name: json.loads(json.dumps(rule).replace("$.", "$.data."))
        for name, rule in MAPPING["fields"].items()
    }
    make(chief, mapping={"fields": {**fields, "external_id": {"template": "{$.source}/{$.id}"}}})
    attributes = {
        "type": "cn.example.ticket", "source": "/tickets/北京", "id": f"a b%{mode}",
        "time": datetime(2024, 5, 11, tzinfo=UTC), "datacontenttype": "application/json",
    }  # fmt: skip
    event = CloudEvent(attributes=attributes, data=message())
    sent = (to_binary if mode == "binary" else to_structured)(event, JSONFormat())
    headers, body = dict(sent.headers), sent.body
    if mode == "batch":
        headers = {"content-type": "application/cloudevents-batch+json"}
        body = b"[" + sent.body + b"]"
    if mode == "packed":
        packed = json.loads(sent.body)
        packed["data_base64"] = base64.b64encode(json.dumps(packed.pop("data")).encode()).decode()
        body = json.dumps(packed).encode()
    answer = chief.post("/api/adapters/roads/reports", content=body, headers=headers)
    assert answer.json()["taken"] == 1, answer.text
    number = answer.json()["results"][0]["id"]
    assert chief.get(f"/api/events/{number}").json()["external_id"] == f"roads:/tickets/北京/a b%{mode}"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"specversion": "0.3"}, "body.specversion"),
        ({"id": ""}, "body.id"),
        ({"data_base64": "#"}, "body.data_base64"),
    ],
)  # fmt: skip
def test_what_is_no_cloud_event_is_named(chief: TestClient, given: Json, where: str) -> None:
    make(chief)
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "y", **given}
    headers = {"content-type": "application/cloudevents+json"}
    answer = chief.post("/api/adapters/roads/reports", content=json.dumps(event), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, where)


def test_what_is_packed_in_a_cloud_event_is_read_like_a_body(exchange: Exchange, chief: TestClient) -> None:
    """Its size counts unpacked, that of all together; names of lists are lists in it too."""
    make(
        chief,
        mapping={"fields": {**MAPPING["fields"], "external_id": "$.data.a.id[0]"}},
        options={"lists": ["id"]},
    )
    headers = {"content-type": "application/cloudevents-batch+json"}

    def sent(*packed: bytes, kind: str = "application/json") -> Any:
        event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "y", "datacontenttype": kind}
        body = [{**event, "data_base64": base64.b64encode(each).decode()} for each in packed]
        return chief.post("/api/adapters/roads/reports", content=json.dumps(body), headers=headers)

    for bomb in (
        [b"[" * 100 + b"]" * 100],
        [b"[" + b"[]," * 1_000_000 + b"[]]"],
        [b"[" + b"0," * 700_000 + b"0]"] * 3,
    ):
        answer = sent(*bomb)
        assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "body"), answer.text
    assert waiting(chief) == []
    assert sent(b"<a><id>packed</id></a>", kind="application/xml").status_code == 202
    assert [each["key"] for each in waiting(chief)] == ["packed"]


# ---- The hostile side


BOMB = "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><l>&b;</l>"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b""),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000 + b"]" * 100_000),
        ("application/json", b"[" + b"[]," * 3_000_000 + b"[]]"),
        ("application/xml", BOMB.encode()),
        ("application/xml", b"<a>" * 1000 + b"</a>" * 1000),
        ("application/xml", b"<a"),
        ("text/xml", b'<?xml version="1.0" encoding="utf-7"?><a/>'),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % n for n in range(2_000))),
        ("application/x-www-form-urlencoded", b"a=%ff"),
        ("image/png", b"x"),
        ("application/cloudevents-batch+json", b"{}"),
    ],
)
def test_bodies_that_are_no_messages_are_refused(chief: TestClient, kind: str, body: bytes) -> None:
    make(chief)
    answer = chief.post("/api/adapters/roads/reports", content=body, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert waiting(chief) == []
