"""Partners: adapters, what they refused, offices, what is in their hands, and the Open311 door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.leaks.alike import like_nothing, list_of
from tests.api.leaks.eyes import Eyes


def named(table: str, method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A foreign adapter or office answers like none of its name, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            sees = eyes.sees(table, row)
            if method == "GET" or not sees:
                options = {} if sent is None else {"json": sent}
                like_nothing(eyes, path, row["name"], sees, method, **options)

    return probe


def refused(eyes: Eyes) -> None:
    """A message that a foreign adapter refused is like one of an adapter that there is not."""
    for row in eyes.rows["adapter_refusal"]:
        adapter = next(each for each in eyes.rows["adapter"] if each["id"] == row["adapter_id"])
        sees = eyes.sees("adapter_refusal", row)
        like_nothing(eyes, f"/api/adapters/{{}}/refused/{row['id']}", adapter["name"], sees)
        if sees:
            listed = eyes.get(f"/api/adapters/{adapter['name']}/refused")["refused"]
            eyes.expect("refused messages", row["id"] in {str(each["id"]) for each in listed}, True)


def hands(method: str, sent: Any = None) -> Callable[[Eyes], None]:
    """In whose hands a foreign event is, is not told, and it is put into none."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["event"]:
            sees = eyes.sees("event", row)
            if method == "GET" or not sees:
                options = {} if sent is None else {"json": sent}
                like_nothing(eyes, "/api/events/{}/handovers", row["id"], sees, method, **options)
            if method == "GET" and sees:
                wanted = {
                    each["id"]
                    for each in eyes.rows["handover"]
                    if each["event_id"] == row["id"] and eyes.sees("handover", each)
                }
                told = eyes.get(f"/api/events/{row['id']}/handovers")["handovers"]
                eyes.expect(f"handovers of {row['no']}", {str(each["id"]) for each in told}, wanted)

    return probe


def open311(eyes: Eyes) -> None:
    """The door tells of own events alone, all of them, in both forms."""
    wanted = {row["no"] for row in eyes.rows["event"] if eyes.sees("event", row)}
    everything = ",".join(row["no"] for row in eyes.rows["event"])
    found = eyes.get("/open311/v2/requests.json", params={"service_request_id": everything})
    eyes.expect("requests by number", {each["service_request_id"] for each in found}, wanted)
    changed = eyes.get("/open311/v2/requests.json", params={"updated_after": "2000-01-01T00:00:00Z"})
    town = {row["no"] for row in eyes.rows["event"]}
    eyes.expect(
        "requests that changed", {each["service_request_id"] for each in changed} & town - wanted, set()
    )
    for row in eyes.rows["event"]:
        for form in ("json", "xml"):
            like_nothing(eyes, f"/open311/v2/requests/{{}}.{form}", row["no"], row["no"] in wanted)


_ADAPTER, _OFFICE = "/api/adapters/{}", "/api/offices/{}"

PARTNERS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/adapters": list_of("adapter", "/api/adapters", "adapters"),
    "GET /api/adapters/{name}": named("adapter", "GET", _ADAPTER),
    "PATCH /api/adapters/{name}": named("adapter", "PATCH", _ADAPTER, {"title": "x"}),
    "DELETE /api/adapters/{name}": named("adapter", "DELETE", _ADAPTER),
    "POST /api/adapters/{name}/secret": named("adapter", "POST", f"{_ADAPTER}/secret", {}),
    "POST /api/adapters/{name}/ask": named("adapter", "POST", f"{_ADAPTER}/ask"),
    "POST /api/adapters/{name}/check": named("adapter", "POST", f"{_ADAPTER}/check", {}),
    "GET /api/adapters/{name}/refused": named("adapter", "GET", f"{_ADAPTER}/refused"),
    "GET /api/adapters/{name}/refused/{identifier}": refused,
    "POST /api/adapters/{name}/refused/resend": named("adapter", "POST", f"{_ADAPTER}/refused/resend", {}),
    "POST /api/adapters/{name}/refused/drop": named(
        "adapter", "POST", f"{_ADAPTER}/refused/drop", {"why": "x"}
    ),
    "GET /api/offices": list_of("office", "/api/offices", "offices"),
    "GET /api/offices/{name}": named("office", "GET", _OFFICE),
    "PATCH /api/offices/{name}": named("office", "PATCH", _OFFICE, {"poll_minutes": 5}),
    "DELETE /api/offices/{name}": named("office", "DELETE", _OFFICE),
    "GET /api/offices/{name}/handovers": named("office", "GET", f"{_OFFICE}/handovers"),
    "POST /api/offices/{name}/handovers/settle": named(
        "office", "POST", f"{_OFFICE}/handovers/settle", {"action": "again"}
    ),
    "GET /api/events/{identifier}/handovers": hands("GET"),
    "POST /api/events/{identifier}/handovers": hands("POST", {"office": "none"}),
    "/open311/": open311,
}
