"""Offices that are handed events: set up, given work, and asked what became of it."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from api.open311_offices import Forwarder
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM
from tests.api.exchange import Exchange
from tests.api.open311.town import Town

Json = dict[str, Any]


def office(exchange: Exchange, chief: TestClient, town: Town, name: str, **given: Any) -> int:
    """Set an office up for the water works; gives its organisation."""
    organisation = exchange.hall.organisation("water")
    sent = {
        "name": name, "organisation_id": organisation, "url": town.url, "poll_minutes": 1,
        "api_key": "secret-of-theirs", "options": {"services": {"01": "006"}, "format": "json"}, **given,
    }  # fmt: skip
    answer = chief.post("/api/offices", json=sent)
    assert answer.status_code == 201, answer.text
    return organisation


def dispatched(exchange: Exchange, chief: TestClient, organisation: int, **given: Any) -> int:
    event = exchange.report(chief, **given)
    for verb in ("accept", "file"):
        exchange.step(chief, event, verb)
    sent = {"verb": "dispatch", "to_organisation": organisation}
    assert chief.post(f"/api/events/{event}/transitions", json=sent).status_code == 200
    return event


def worked(exchange: Exchange, database: Database, now: bool = True) -> None:
    """Do what the job process does for each office once, whatever waits for its time."""
    if now:
        exchange.ask("UPDATE office SET rest_until = '-infinity', next_poll_at = now()")
        exchange.ask("UPDATE handover SET next_at = now()")
    forwarder = Forwarder(exchange.settings)
    while True:
        with session(database, SYSTEM) as connection:
            found = forwarder.claim(connection)
        if found is None:
            return
        if "invalid" not in found.url:
            forwarder.work(database, found)


def hands(chief: TestClient, event: int) -> list[Json]:
    found: list[Json] = chief.get(f"/api/events/{event}/handovers").json()["handovers"]
    return [each for each in found if not each["office"].startswith("office ")]


def waked(exchange: Exchange, database: Database) -> None:
    """Let the rest of the offices be over; what was put off stays so."""
    exchange.ask("UPDATE office SET rest_until = '-infinity'")
    worked(exchange, database, now=False)


def states(chief: TestClient, *events: int) -> list[str]:
    return [each["state"] for event in events for each in hands(chief, event)]
