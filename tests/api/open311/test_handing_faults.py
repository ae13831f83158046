"""One that goes wrong is not sent twice, and those beside it go on."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from spatial.database import Database
from spatial.errors import Unavailable
from spatial.partners.open311 import handing
from tests.api.exchange import Exchange
from tests.api.open311.offices import Json, dispatched, hands, office, states, waked, worked
from tests.api.open311.town import Town


@pytest.mark.parametrize("trouble", ["lost", "reset", 500, 503, 429, 403])
def test_a_lost_answer_makes_no_second_request(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, trouble: Any
) -> None:
    organisation = office(exchange, chief, town, f"trouble {trouble}")
    faults = iter([trouble])
    town.trouble = lambda method, _path: next(faults, None) if method == "POST" else None
    event = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    assert [each["state"] for each in hands(chief, event)] == ["doubtful"]
    shown = next(each for each in chief.get("/api/offices").json()["offices"] if each["url"] == town.url)
    assert (shown["doubtful"], shown["failures"], bool(shown["last_error"])) == (1, 1, True)
    worked(exchange, database, now=False)
    assert hands(chief, event)[0]["state"] == "doubtful"
    worked(exchange, database)
    assert [(each["state"], each["service_request_id"]) for each in hands(chief, event)] == [
        ("sent", "T00001")
    ]
    assert len(town.posted) == 1


def test_a_process_that_dies_between_sending_and_noting_makes_no_second_request(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = office(exchange, chief, town, "dying")
    event = dispatched(exchange, chief, organisation)

    class Killed(BaseException):
        """What kill -9 leaves undone."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("spatial.partners.open311.handing.answer_of", killed)
        with pytest.raises(Killed):
            worked(exchange, database)
    assert (len(town.posted), hands(chief, event)[0]["state"]) == (1, "doubtful")
    worked(exchange, database)
    assert (len(town.posted), hands(chief, event)[0]["state"]) == (1, "sent")


def test_one_that_brings_an_office_down_lets_the_others_by(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    organisation = office(exchange, chief, town, "choking")
    first = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    town.chokes_on = "poison"
    bad = dispatched(exchange, chief, organisation, description="poison")
    good = dispatched(exchange, chief, organisation)
    town.close("T00001", "done")
    worked(exchange, database)
    # It stopped the sending, and not the following.
    assert states(chief, first, bad, good) == ["closed", "doubtful", "waiting"]
    assert chief.get("/api/offices/choking").json()["failures"] == 1
    waked(exchange, database)
    assert states(chief, bad, good) == ["doubtful", "sent"]


def test_one_that_cannot_be_written_waits_alone(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = office(exchange, chief, town, "writing")
    bad, good = (dispatched(exchange, chief, organisation) for _ in range(2))
    written = handing.request_of

    def fails(options: Json, event: Json) -> Any:
        if event["id"] == bad:
            raise KeyError(bad)
        return written(options, event)

    monkeypatch.setattr(handing, "request_of", fails)
    worked(exchange, database)
    assert states(chief, bad, good) == ["dead", "sent"]
    assert hands(chief, bad)[0]["error"] == "it could not be done; the server's log says why"
    assert chief.get("/api/offices/writing").json()["failures"] == 0


def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    organisation = office(exchange, chief, town, "given up")
    faults = iter(["reset", "lost"])
    town.trouble = lambda method, _path: next(faults, None) if method == "POST" else None
    event = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    exchange.ask("UPDATE handover SET tries = 11 WHERE event_id = %s", event)
    worked(exchange, database)
    held = hands(chief, event)[0]
    assert (held["state"], "given up after 12" in held["error"], len(town.posted)) == ("dead", True, 1)
    again = chief.post("/api/offices/given up/handovers/settle", json={"action": "again"})
    assert (again.json(), states(chief, event)) == ({"settled": 1}, ["doubtful"])
    worked(exchange, database)
    assert (states(chief, event), len(town.posted)) == (["sent"], 1)


def test_one_that_an_office_has_lost_does_not_hide_the_others(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    organisation = office(exchange, chief, town, "strict list")
    lost, closed = (dispatched(exchange, chief, organisation) for _ in range(2))
    worked(exchange, database)
    town.strict, kept = True, list(town.rows)
    town.rows[:] = kept[1:]
    town.close("T00002", "done")
    worked(exchange, database)
    assert states(chief, lost, closed) == ["sent", "closed"]
    assert "service_request_id was not found" in hands(chief, lost)[0]["error"]
    assert chief.get("/api/offices/strict list").json()["failures"] == 0
    town.rows[:] = kept
    worked(exchange, database)
    assert (hands(chief, lost)[0]["state"], hands(chief, lost)[0]["error"]) == ("sent", "")


def test_a_fault_of_ours_does_not_let_go_of_what_was_closed(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = office(exchange, chief, town, "our fault")
    event = dispatched(exchange, chief, organisation)
    worked(exchange, database)
    town.close("T00001", "done")

    def away(*_: object) -> None:
        raise Unavailable("the database does not answer")

    with monkeypatch.context() as patched:
        patched.setattr("api.open311_offices.step", away)
        worked(exchange, database)
    assert states(chief, event) == ["sent"]
    worked(exchange, database)
    assert states(chief, event) == ["closed"]
