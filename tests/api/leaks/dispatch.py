"""Dispatch and the duty list."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from spatial.rights.rules import ADMINISTRATORS, COMMANDER, RESPONDERS
from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes
from tests.spatial.rights.town import GRIDS, middle


def dry_run(eyes: Eyes) -> None:
    """A point in a foreign grid answers an area's reader like one on the moon."""
    sent = {"points": [list(middle(grid)) for grid in GRIDS], "category": "01001"}
    answer = eyes.ask("POST", "/api/dispatch", json=sent)
    if eyes.reader.role not in RESPONDERS:
        eyes.expect("dry run", answer.status_code, 403)
        return
    found = answer.json()["decisions"]
    seen = {row["id"] for row in eyes.rows["worker"] if eyes.sees("worker", row)}
    told = {row["worker"] for each in found for row in (each, *each["considered"])}
    eyes.expect("people of the dry run", {str(number) for number in told - {None}} - seen, set())
    if eyes.reader.area is not None:
        told = {each["unit"] for each in found} | {each["runner_up"] for each in found}
        eyes.expect("dry run", told - {None} - eyes.own("grids"), set())


def replay(eyes: Eyes) -> None:
    """A replay counts the own events; who is no administrator gets none."""
    answer = eyes.ask("POST", "/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z"})
    own = sum(eyes.sees("event", row) for row in eyes.rows["event"])
    if eyes.reader.role in ADMINISTRATORS:
        eyes.expect("replay", answer.json()["events"], own)
    else:
        eyes.expect("replay", answer.status_code, 403)


def duty_table(eyes: Eyes) -> None:
    lines = csv.DictReader(io.StringIO(eyes.ask("GET", "/api/duties/export").content.decode("utf-8-sig")))
    wanted = {row["id"] for row in eyes.rows["duty"] if eyes.sees("duty", row)}
    eyes.expect("table of duties", {line["id"] for line in lines}, wanted)


def duty_gaps(eyes: Eyes) -> None:
    answer = eyes.ask("GET", "/api/duties/gaps?limit=50000")
    if eyes.reader.role not in ADMINISTRATORS | {COMMANDER}:
        eyes.expect("gaps", answer.status_code, 403)
        return
    found = {each["unit_code"] for each in answer.json()["gaps"]}
    eyes.expect("gaps", found - {grid for grid in GRIDS if eyes.reader.holds(grid)}, set())


def duty_draft(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["duty_draft"]:
            sees = eyes.sees("duty_draft", row)
            if method == "GET" or not sees:
                body = {} if sent is None else {"json": sent}
                like_nothing(eyes, path, row["name"], sees, method, **body)

    return probe


def taken_along(eyes: Eyes) -> None:
    """The ruling of a foreign event is like one of none; signing wants a key, and is tested elsewhere."""
    for row in eyes.rows["event"]:
        if not eyes.sees("event", row):
            like_nothing(eyes, "/api/events/{}/ruling", row["id"], False)


_RULED = {"organisation_id": 1, "reason": "test"}

_DOUBT = {"reason": "test"}

DISPATCH: dict[str, Callable[[Eyes], None]] = {
    "POST /api/dispatch": dry_run,
    "POST /api/dispatch/replays": replay,
    "GET /api/events/{identifier}/explanation": row_of("event", "GET", "/api/events/{}/explanation"),
    "GET /api/events/{identifier}/ruling": taken_along,
    "POST /api/events/{identifier}/dispute": row_of("event", "POST", "/api/events/{}/dispute", _DOUBT),
    "GET /api/disputes": list_of("dispute", "/api/disputes?limit=500", "disputes"),
    "GET /api/disputes/{identifier}": row_of("dispute", "GET", "/api/disputes/{}"),
    "POST /api/disputes/{identifier}/ruling": row_of("dispute", "POST", "/api/disputes/{}/ruling", _RULED),
    "POST /api/disputes/{identifier}/withdrawal": row_of("dispute", "POST", "/api/disputes/{}/withdrawal"),
    "GET /api/duties": list_of("duty", "/api/duties?limit=5000", "duties"),
    "GET /api/duties/{identifier}": row_of("duty", "GET", "/api/duties/{}"),
    "PATCH /api/duties/{identifier}": row_of("duty", "PATCH", "/api/duties/{}", {"rank": 9}),
    "DELETE /api/duties/{identifier}": row_of("duty", "DELETE", "/api/duties/{}"),
    "GET /api/duties/export": duty_table,
    "GET /api/duties/gaps": duty_gaps,
    "GET /api/duties/drafts": list_of("duty_draft", "/api/duties/drafts", "drafts"),
    "GET /api/duties/drafts/{name}": duty_draft("GET", "/api/duties/drafts/{}"),
    "DELETE /api/duties/drafts/{name}": duty_draft("DELETE", "/api/duties/drafts/{}"),
    "PUT /api/duties/drafts/{name}/changes": duty_draft(
        "PUT", "/api/duties/drafts/{}/changes", {"changes": []}
    ),
    "POST /api/duties/drafts/{name}/apply": duty_draft("POST", "/api/duties/drafts/{}/apply"),
}
