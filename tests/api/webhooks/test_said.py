"""What a real partner is told, checked by libraries that share no code with ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError
from starlette.testclient import TestClient

from api import webhook_jobs
from spatial.partners.log import Cursor
from tests.api.exchange import Exchange
from tests.api.partner import Got, Partner, Reply, partner
from tests.patience import until
from tests.spatial.rights.town import GRIDS, STREETS

Json = dict[str, Any]


def test_a_step_arrives_signed_as_a_cloud_event(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office)
    event = exchange.report(chief, external_id="signed-1")
    until(lambda: len(office.taken) == 1)
    got = office.taken[0]
    said = got.verified(hook["secret"])
    (step,) = exchange.steps(event)
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert got.id == said.get_id() == f"events-{step}"
    assert said.get_type() == "org.citygrid.event.report"
    assert said.get_subject() == f"events/{event}"
    ((source,),) = exchange.ask("SELECT source FROM log_life")
    assert said.get_source() == f"urn:uuid:{source}"
    data = said.get_data()
    assert data["event"]["external_id"] == "signed-1"
    assert data["event"]["unit_code"] == GRIDS[0]
    assert data["step"]["to_state"] == "reported"
    assert said.get_time().utcoffset() == timedelta(0)
    assert abs(said.get_time() - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_changed_body_does_not_verify(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office)
    exchange.report(chief)
    until(lambda: office.taken)
    got = office.taken[0]
    forged = Got(got.method, got.path, got.headers, got.body.replace(b"reported", b"rejected"))
    with pytest.raises(WebhookVerificationError):
        forged.verified(hook["secret"])


def test_after_a_rotation_both_secrets_verify_for_a_day(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office)
    turned = chief.post(f"/api/webhooks/{hook['id']}/secret").json()
    assert turned["secret"] != hook["secret"]
    left = datetime.fromisoformat(turned["old_secret_until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)
    exchange.report(chief)
    until(lambda: office.taken)
    for secret in (hook["secret"], turned["secret"]):
        office.taken[0].verified(secret)
    exchange.ask("UPDATE webhook SET old_secret_until = now() WHERE id = %s", hook["id"])
    exchange.report(chief)
    until(lambda: len(office.taken) == 2)
    office.taken[1].verified(turned["secret"])
    with pytest.raises(WebhookVerificationError):
        office.taken[1].verified(hook["secret"])


def test_secrets_show_themselves_once(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office, secret_header="X-Api-Key", secret="open-sesame-17")
    assert hook["secret"].startswith("whsec_")
    assert hook["opened_with"] == "header"
    answers = [chief.get(path).text for path in ("/api/webhooks", f"/api/webhooks/{hook['id']}")]
    rows = exchange.ask("SELECT w::text FROM webhook AS w WHERE id = %s", hook["id"])
    log = exchange.ask("SELECT coalesce(after::text, '') FROM audit WHERE relation = 'webhook'")
    assert log
    for text in (*answers, *(row for (row,) in (*rows, *log))):
        assert hook["secret"] not in text
        assert "open-sesame-17" not in text
    exchange.report(chief)
    until(lambda: office.taken)
    assert office.taken[0].headers["x-api-key"] == "open-sesame-17"


def test_a_test_message_says_at_once_whether_messages_arrive(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office)
    office.plan = lambda _: Reply(418, b"I am a teapot")
    told = chief.post(f"/api/webhooks/{hook['id']}/test").json()
    assert (told["status"], told["answer"]) == (418, "I am a teapot")
    assert "418" in told["error"]
    assert office.got[0].verified(hook["secret"]).get_type() == "org.citygrid.ping"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"topics": ["events.supervise"]}, ["supervise"]),
        ({"topics": ["events"], "units": [STREETS[1]]}, []),
        ({"topics": ["events"], "units": [STREETS[0]]}, ["report", "supervise"]),
        ({"topics": ["events"], "categories": ["99"]}, []),
        ({"topics": ["events"], "categories": ["010"], "sources": ["app"]}, ["report", "supervise"]),
        ({"topics": ["events"], "sources": ["sensor"]}, []),
    ],
)
def test_only_what_is_wanted_is_told(
    exchange: Exchange, chief: TestClient, office: Partner, given: Json, told: list[str]
) -> None:
    with partner() as everything:
        exchange.hook(chief, office, **given)
        exchange.hook(chief, everything)
        event = exchange.report(chief)
        exchange.step(chief, event)
        until(lambda: len(everything.taken) == 2 and len(office.taken) == len(told))
    assert [each.json["data"]["step"]["verb"] for each in office.taken] == told


def test_warnings_and_versions_are_told(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    event = exchange.report(chief)
    hook = exchange.hook(chief, office, topics=["warnings", "coverages"])
    exchange.ask(
        "INSERT INTO event_warning (event_id, state, due_at, share) VALUES (%s, 'reported', now(), 80)", event
    )
    exchange.ask(
        "INSERT INTO coverage_version (coverage, valid_from, note)"
        " SELECT coverage, 'infinity', 'told' FROM coverage_version ORDER BY id LIMIT 1"
    )
    exchange.ask("SELECT pg_notify('citygrid', '{\"kind\": \"x\"}')")
    until(lambda: len(office.taken) == 2)
    kinds = {each.verified(hook["secret"]).get_type() for each in office.taken}
    assert kinds == {"org.citygrid.warning", "org.citygrid.coverage.published"}


def test_a_position_is_written_down_though_nothing_was_wanted(
    exchange: Exchange, chief: TestClient, office: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_jobs, "IDLE_S", 0.0)
    hook = exchange.hook(chief, office, topics=["coverages"])
    with partner() as everything:
        other = exchange.hook(chief, everything)
        event = exchange.report(chief)
        until(lambda: everything.steps(event))
        exchange.report(chief)
        until(lambda: exchange.show(chief, hook)["cursor"] > hook["cursor"])
        assert Cursor.parse(exchange.show(chief, hook)["cursor"]) > Cursor.parse(other["cursor"])
    assert office.got == []
