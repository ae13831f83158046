"""What an adapter does not understand is kept, shown, and sent again; dry runs say so beforehand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from tests.api.adapters.sending import MAPPING, Json, make, message, send, waiting
from tests.api.exchange import Exchange
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS


def test_what_is_refused_waits_until_the_mapping_is_mended(exchange: Exchange, chief: TestClient) -> None:
    make(chief)
    sent = [message("w1"), message(2, kind="lamp"), message(3, x="here"), "no message", message(4)]
    answer = send(chief, sent)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["taken"], told["refused"]) == (2, 3)
    assert [each["status"] for each in told["results"]] == [201, 202, 202, 202, 201]
    assert told["results"][1]["errors"][0]["where"] == "category"
    assert told["results"][2]["errors"] == [{"where": "lon", "reason": "has 'here', which is no number"}]
    kept = waiting(chief)
    assert [each["key"] for each in kept][:2] == ["T-2", "T-3"]
    # Its words are sealed: whoever has the database alone does not read them.
    ciphers = exchange.ask("SELECT message_cipher FROM adapter_refusal WHERE key = 'T-2'")
    assert b"13800001111" not in bytes(ciphers[0][0])
    assert "13800001111" not in chief.get("/api/adapters/roads/refused").text
    shown = chief.get(f"/api/adapters/roads/refused/{kept[0]['id']}").json()
    assert shown["message"]["who"]["phone"] == "13800001111"
    assert exchange.ask("SELECT count(*) FROM audit WHERE action = 'message-read'") == [(1,)]
    # Sent once more as it is, it is the same message.
    send(chief, message(2, kind="lamp"))
    assert next((each["key"], each["tries"]) for each in waiting(chief)) == ("T-2", 2)
    better = json.loads(json.dumps(MAPPING))
    better["fields"]["category"]["table"]["lamp"] = MATTER
    assert chief.patch("/api/adapters/roads", json={"mapping": better}).status_code == 200
    again = chief.post("/api/adapters/roads/refused/resend", json={}).json()
    assert (again["taken"], again["refused"]) == (1, 2)
    taken = waiting(chief, state="taken")
    assert [each["key"] for each in taken] == ["T-2"]
    assert chief.get(f"/api/events/{taken[0]['event_id']}").json()["external_id"] == "roads:T-2"
    assert len(waiting(chief)) == 2
    dropped = chief.post("/api/adapters/roads/refused/drop", json={"why": "rubbish"}).json()
    assert (dropped, waiting(chief)) == ({"dropped": 2}, [])
    assert {each["why"] for each in waiting(chief, state="dropped")} == {"rubbish"}
    # A message that comes whole at last is taken, whatever was said of it before.
    assert send(chief, message(3)).status_code == 201
    assert [each["key"] for each in waiting(chief, state="taken")] == ["T-2", "T-3"]


def test_a_clock_that_is_fast_is_no_loss(exchange: Exchange, chief: TestClient) -> None:
    make(chief)
    soon = (datetime.now(UTC) + timedelta(hours=9)).strftime("%Y/%m/%d %H:%M")
    answer = send(chief, message("future", when=soon))
    assert (answer.status_code, answer.json()["results"][0]["errors"]) == (
        202, [{"where": "occurred_at", "reason": "lies in the future"}],
    )  # fmt: skip
    assert len(waiting(chief)) == 1


def test_a_single_bad_one_does_not_harm_ten_thousand(exchange: Exchange, chief: TestClient) -> None:
    make(chief)
    many = [message(f"many-{n}") for n in range(10_000)]
    many[5_000] = {"id": "T-bad", "kind": "dragon"}
    told = send(chief, many).json()
    assert (told["taken"], told["refused"], len(told["results"])) == (9_999, 1, 10_000)
    assert [each["key"] for each in waiting(chief)] == ["T-bad"]
    assert send(chief, [*many, message("more")]).status_code == 400


@pytest.mark.parametrize(
    "given",
    [
        {"id": {"$ref": "#"}}, {"id": ""}, {"id": None}, {"id": "x" * 500}, {"id": "a\u0000b"},
        {"id": "a\nb"},
        {"id": ["list"]}, {"id": True, "road": "\u0000\u202e"}, {"kind": "\u0000"}, {"x": 1e308}, {"x": "१२"},
        {"road": "x" * 30_000}, {"road": {"deep": [[[[[[[[[["x"]]]]]]]]]]}}, {"who": {"name": "x" * 5_000}},
        {"who": {"phone": "138****1111"}}, {"when": "9999/99/99 99:99"}, {"when": 5}, {"more": [0] * 30_000},
        {"road": "x" * 300_000},
    ],
)  # fmt: skip
def test_hostile_messages_are_kept_or_left_to_their_sender(chief: TestClient, given: Json) -> None:
    make(chief)
    answer = send(chief, [message("good"), message("bad", **given)])
    assert answer.status_code == 202, answer.text
    good, bad = answer.json()["results"]
    assert good["status"] in (200, 201)
    assert (bad["status"], bool(bad["errors"])) in ((202, True), (422, True))
    assert len(waiting(chief)) == (bad["status"] == 202)
    again = chief.post("/api/adapters/roads/refused/resend", json={})
    assert (again.status_code, again.json()["taken"]) == (200, 0)


def test_a_refused_list_that_is_full_says_so(
    exchange: Exchange, chief: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(chief)
    monkeypatch.setattr("spatial.partners.adapters.receiving.MOST_WAITING", 3)
    bad = [message(f"full-{n}", kind="dragon") for n in range(3)]
    assert send(chief, bad).status_code == 202
    answer = send(chief, [message("full-good"), message("full-4", kind="dragon")])
    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)
    # All or nothing: the sender has them still.
    assert exchange.ask("SELECT count(*) FROM event WHERE external_id = 'roads:T-full-good'") == [(0,)]


# ---- Dry runs


def test_a_dry_run_shows_each_field_and_whose_it_would_be(exchange: Exchange, chief: TestClient) -> None:
    make(chief, sample=json.dumps(message("dry")))
    before = exchange.ask("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM adapter_refusal)")
    answer = chief.post("/api/adapters/roads/check")
    assert answer.status_code == 200, answer.text
    found = answer.json()["results"][0]
    assert found["fields"]["occurred_at"] == "2024-05-11T08:15:00+08:00"
    assert found["report"]["category"] == MATTER
    assert (found["outcome"]["unit_code"], found["outcome"]["created"]) == (GRIDS[0], True)
    assert found["problems"] == []
    bad = chief.post("/api/adapters/roads/check", json=[message("dry", x="0", y="0"), message("dry", y="x")])
    assert [each["problems"][0]["where"] for each in bad.json()["results"]] == ["lon", "lat"]
    draft = {"source": "app", "mapping": MAPPING, "sample": json.dumps(message("dry"))}
    assert chief.post("/api/adapters/check", json=draft).json()["results"][0]["fields"] == found["fields"]
    after = exchange.ask("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM adapter_refusal)")
    assert before == after
