"""Events: reported, their files, and likely duplicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes
from tests.spatial.rights.town import GRIDS, middle


def file_of_event(eyes: Eyes) -> None:
    """The hash of a file opens nothing by itself: not of a foreign event, and not under an own one."""
    own = next((row["id"] for row in eyes.rows["event"] if eyes.sees("event", row)), None)
    for row in eyes.rows["event_attachment"]:
        if not eyes.sees("event_attachment", row):
            path = f"/api/events/{{}}/attachments/{row['digest']}"
            like_nothing(eyes, path, row["event_id"], False)
            if own is not None:
                eyes.expect(path, eyes.ask("GET", path.format(own)).status_code, 404)


def duplicates(eyes: Eyes) -> None:
    """A pair is shown to whoever sees both."""
    path = "/api/events/{}/duplicates"
    for row in eyes.rows["event"]:
        like_nothing(eyes, path, row["id"], eyes.sees("event", row))
        if eyes.sees("event", row):
            pairs = [
                {each["event_id"], each["other_id"]}
                for each in eyes.rows["event_link"]
                if eyes.sees("event_link", each)
            ]
            wanted = {key for pair in pairs if row["id"] in pair for key in pair - {row["id"]}}
            found = {str(each["other_id"]) for each in eyes.get(path.format(row["id"]))["duplicates"]}
            eyes.expect(f"duplicates of {row['id']}", found, wanted)


def reported(eyes: Eyes) -> None:
    """Whoever reports from a foreign grid learns as little as from the sea, and makes no event."""
    sea = eyes.ask("POST", "/api/events", json=_report(123.5, 31.0))
    for grid in set(GRIDS) - eyes.own("grids"):
        answer = eyes.ask("POST", "/api/events", json=_report(*middle(grid)))
        eyes.expect(f"reported from {grid}", (answer.status_code, answer.text), (sea.status_code, sea.text))


def reported_together(eyes: Eyes) -> None:
    foreign = sorted(set(GRIDS) - eyes.own("grids"))
    sent = [_report(123.5, 31.0), *(_report(*middle(grid)) for grid in foreign)]
    answer = eyes.ask("POST", "/api/events/batch", json={"reports": sent})
    results = answer.json().get("results", [{}] * len(sent))
    eyes.expect("foreign reports", results[1:], results[:1] * len(foreign))


def _report(lon: float, lat: float) -> dict[str, Any]:
    return {"category": "01001", "source": "app", "lon": lon, "lat": lat}


EVENTS: dict[str, Callable[[Eyes], None]] = {
    "POST /api/events": reported,
    "POST /api/events/batch": reported_together,
    "GET /api/events": list_of("event", "/api/events?limit=500", "events"),
    "GET /api/events/warnings": list_of("event_warning", "/api/events/warnings?limit=1000", "warnings"),
    "GET /api/events/{identifier}/timeline": row_of("event", "GET", "/api/events/{}/timeline"),
    "POST /api/events/{identifier}/transitions": row_of(
        "event", "POST", "/api/events/{}/transitions", {"verb": "supervise", "note": "test"}
    ),
    "GET /api/events/{identifier}/duplicates": duplicates,
    "POST /api/events/{identifier}/duplicates/{other}": row_of(
        "event", "POST", "/api/events/{}/duplicates/1", {"decision": "refuse"}
    ),
    "POST /api/events/{identifier}/attachments": row_of("event", "POST", "/api/events/{}/attachments", {}),
    "GET /api/events/{identifier}/attachments/{digest}": file_of_event,
}
