"""Files of events over HTTP: kept once, under the rights of their event, whatever is sent."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from api import event_attachments
from tests.api.planning import Office, Person
from tests.api.reporting import report, step
from tests.spatial.events.test_attachments import huge_png, picture
from tests.spatial.rights.town import GRIDS


def send(person: Person, event: int, content: bytes, name: str = "photo.jpg") -> Any:
    return person.ask(
        "POST", f"/api/events/{event}/attachments", files={"file": (name, content, "text/html")}
    )


def test_a_file_is_kept_and_given_under_the_rights_of_its_event(office: Office) -> None:
    chief = office["chief"]
    event = report(chief)["id"]
    sent = send(chief, event, picture(), "现场\r\n../照片.jpg")
    assert sent.status_code == 201, sent.text
    assert sent.json()["media_type"] == "image/jpeg"
    path = sent.headers["location"]
    got = chief.ask("GET", path)
    assert (got.status_code, got.content) == (200, picture())
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert chief.ask("GET", path, headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    assert [row["kind"] for row in chief.get(f"/api/events/{event}")["attachments"]] == ["photo"]
    assert send(chief, event, picture()).status_code == 201
    assert len(chief.get(f"/api/events/{event}")["attachments"]) == 1
    # The digest opens nothing by itself: not under another event, not for another street.
    other = report(chief, grid=GRIDS[7])["id"]
    assert chief.ask("GET", path.replace(f"/{event}/", f"/{other}/")).status_code == 404
    assert office["street 2"].ask("GET", path).status_code == 404
    assert send(office["street 2"], event, picture()).status_code == 404
    assert send(office["viewer"], event, picture()).status_code == 403
    pdf = send(chief, event, b"%PDF-1.7 \n%%EOF", "报告.pdf").headers["location"]
    assert chief.ask("GET", pdf).headers["content-disposition"].startswith("attachment;")


def test_the_last_file_of_two_senders_is_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_attachments, "MOST_FILES", 1)
    chief = office["chief"]
    event = report(chief)["id"]
    gate, found = threading.Barrier(2), []

    def add(width: int) -> None:
        gate.wait()
        found.append(send(chief, event, picture(size=(width, 50))).status_code)

    threads = [threading.Thread(target=add, args=[width]) for width in (51, 52)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(found) == [201, 409]
    assert len(chief.get(f"/api/events/{event}")["attachments"]) == 1


def test_an_account_adds_so_much_a_day(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    street = office["street 1"]
    event, other = (report(street)["id"] for _ in range(2))
    content = b"%PDF-1.7 " + b"x" * 900_000
    monkeypatch.setattr(event_attachments, "MOST_BYTES_A_DAY", 1_000_000)
    assert send(street, event, content).status_code == 201
    # The same file is kept once, and counts once.
    assert send(street, other, content).status_code == 201
    refused = send(street, event, content + b"x")
    assert refused.status_code == 413
    assert "1 MB within 24 hours" in refused.json()["errors"][0]["reason"]
    assert send(office["chief"], event, content + b"x").status_code == 201
    office.rows("UPDATE event_attachment SET at = at - interval '25 hours' WHERE event_id = %s", event)
    office.rows("UPDATE event_attachment SET at = at - interval '25 hours' WHERE event_id = %s", other)
    assert send(street, event, content + b"y").status_code == 201


def test_who_gives_an_event_away_sees_no_more_of_it(office: Office) -> None:
    chief, ours = office["chief"], office["street 1"]
    water, roads = (office.rows("SELECT id FROM organisation WHERE code = %s", code)[0][0]
                    for code in ("water", "roads"))  # fmt: skip
    event = report(chief, grid=GRIDS[7], until="filed")["id"]
    step(chief, event, "dispatch", to_organisation=roads)
    office.rows("UPDATE account SET organisation_id = %s WHERE username = %s", roads, "street 1")
    try:
        shown = ours.get(f"/api/events/{event}")
        assert shown["parts"] == ["responsible"]
        assert shown["possible"] == ["return", "handle", "escalate"]
        for verb in ("redispatch", "cancel", "merge"):
            answer = ours.ask("POST", f"/api/events/{event}/transitions", json={"verb": verb, "note": "x"})
            assert answer.status_code == 403, (verb, answer.text)
        made = step(ours, event, "escalate", to_organisation=water)
        assert made == {"id": event, "state": "dispatched", "parts": [], "possible": []}
        assert ours.ask("GET", f"/api/events/{event}").status_code == 404
    finally:
        office.rows("UPDATE account SET organisation_id = NULL WHERE username = %s", "street 1")


def test_hostile_files_are_refused(office: Office) -> None:
    chief = office["chief"]
    event = report(chief)["id"]
    large = send(chief, event, b"\xff\xd8\xff" + bytes(50_000_000))
    assert large.status_code == 413
    assert "20 MB" in large.json()["detail"]
    for content in (b"<svg/>", b"PK\x03\x04", huge_png(60_000, 60_000), b"", picture()[:10]):
        answer = send(chief, event, content)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["where"] == "file"
    assert chief.get(f"/api/events/{event}")["attachments"] == []
    assert chief.ask("GET", f"/api/events/{event}/attachments/{'0' * 64}").status_code == 404
    assert chief.ask("GET", f"/api/events/{event}/attachments/..%2f..%2fx").status_code == 404
