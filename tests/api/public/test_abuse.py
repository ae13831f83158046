"""Who would do harm at the doors of the public: guessed codes, floods, rubbish, foreign pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from spatial.events.public_codes import ticket
from tests.api.public.reports import SEA, Json, event_of, reported, seed, sent
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall


def test_wrong_codes_answer_all_alike_and_cannot_be_tried_for_long(hall: Hall) -> None:
    somebody, code = hall.client(), reported(hall, hall.client())
    near = code[:-1] + ("0" if code[-1] != "0" else "1")
    wrong = [near, "AAAAA-AAAAA-AAAAA-AAAAA", "x", "..", "%00", "1' OR '1'='1", "查询码", "0" * 60]
    answers = [somebody.get(f"/api/public/reports/{each}") for each in wrong if each not in ("..",)]
    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    statuses = [somebody.get(f"/api/public/reports/{near}").status_code for _ in range(20)]
    assert statuses[-1] == 429 and set(statuses) == {404, 429}
    # Blocked whether or not the guess is right; and nobody else is.
    refused = somebody.get(f"/api/public/reports/{code}")
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
    assert hall.client().get(f"/api/public/reports/{code}").status_code == 200


def test_of_a_thousand_reports_from_one_address_a_few_are_taken(hall: Hall) -> None:
    somebody = hall.client()
    before = hall.ask("SELECT count(*) FROM event")[0][0]
    statuses = [
        somebody.post("/api/public/reports", json=sent(hall, text=f"flood {number}")).status_code
        for number in range(1000)
    ]
    taken = hall.ask("SELECT count(*) FROM event")[0][0] - before
    assert statuses[:10] == [201] * 10
    assert set(statuses[10:]) <= {201, 429}
    assert taken == statuses.count(201)
    # Ten a minute, and a few more for every six seconds that the rest took.
    assert taken <= 60
    assert hall.client().post("/api/public/reports", json=sent(hall)).status_code == 201


@pytest.mark.parametrize(
    ("given", "status", "where"),
    [
        ({"lon": SEA[0], "lat": SEA[1]}, 422, "lon"),
        ({"lon": 181.0}, 400, "lon"),
        ({"lat": None}, 400, "lat"),
        ({"lon": float("1e400")}, 400, None),
        ({"matter": "no_such_thing"}, 422, "matter"),
        ({"matter": "01001"}, 400, "matter"),
        ({"ticket": "forged"}, 400, "ticket"),
        ({"ticket": ""}, 400, "ticket"),
        ({"website": "https://spam.example"}, 400, "website"),
        ({"client_id": "1"}, 400, "client_id"),
        ({"phone": "call me"}, 400, "phone"),
        ({"text": "x" * 1001}, 400, "text"),
        ({"text": "a\u0000b"}, 422, "text"),
        ({"where": "a\u0007"}, 422, "where"),
        ({"name": "李*"}, 422, "name"),
        ({"source": "hotline"}, 400, "source"),
        ({"urgency": "critical"}, 400, "urgency"),
        ({"category": "01001"}, 400, "category"),
        ({"until": "closed"}, 400, "until"),
    ],
)
def test_what_is_wrong_is_said_by_name(hall: Hall, given: Json, status: int, where: str | None) -> None:
    before = hall.ask("SELECT count(*) FROM event")[0][0]
    body = json.dumps(sent(hall, **given))
    answer = hall.client().post(
        "/api/public/reports", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    if where:
        assert where in [each["where"].rpartition(".")[2] for each in answer.json()["errors"]], answer.text
    assert hall.ask("SELECT count(*) FROM event")[0][0] == before


@pytest.mark.parametrize(("seconds", "taken"), [(-30, False), (3, True), (86_000, True), (87_000, False)])
def test_a_page_is_filled_in_by_hand(hall: Hall, seconds: int, taken: bool) -> None:
    written = ticket(seed(hall), datetime.now(UTC) - timedelta(seconds=seconds))
    answer = hall.client().post("/api/public/reports", json=sent(hall, ticket=written))
    assert answer.status_code == (201 if taken else 400), answer.text


def test_markup_is_kept_as_the_text_it_is_and_goes_to_nobody_outside(hall: Hall) -> None:
    somebody = hall.client()
    text = "<script>alert(1)</script><img src=x onerror=alert(2)> '; DROP TABLE event; --"
    body = sent(hall, text=text, where="<b>门</b>")
    code = somebody.post("/api/public/reports", json=body).json()["code"]
    assert event_of(hall, body)[4] == text
    told = somebody.get(f"/api/public/reports/{code}")
    assert "<" not in told.text
    assert told.headers["content-type"] == "application/json"
    assert told.headers["cache-control"] == "no-store"


def test_a_form_of_another_site_sends_nothing(hall: Hall) -> None:
    """What a page of another site may send without asking first is no JSON."""
    text = json.dumps(sent(hall))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = hall.client().post("/api/public/reports", content=text, headers={"content-type": kind})
        assert answer.status_code == 400, kind


def test_a_key_changes_nothing_and_a_bad_one_does_no_harm(hall: Hall) -> None:
    chief = hall.person("keyed", **CITY_ADMINISTRATOR)
    body = sent(hall)
    assert chief.post("/api/public/reports", json=body).status_code == 201
    assert event_of(hall, body)[9] is None
    somebody = hall.client(token="no-such-key")
    assert somebody.get("/api/public/start").status_code == 200
