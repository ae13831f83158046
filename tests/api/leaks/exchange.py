"""Exchange with others: messages, the feed, webhooks, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatial.rights.rules import DISTRICT_ADMINISTRATOR
from tests.api.leaks.alike import like_nothing, list_of, number_of, row_of
from tests.api.leaks.components import addressed
from tests.api.leaks.eyes import Eyes


def message(eyes: Eyes) -> None:
    """A foreign message is like none; of an own one those are named whom its reader sees."""
    seen = {row["code"] for row in eyes.rows["worker"] if eyes.sees("worker", row)}
    for row in eyes.rows["message"]:
        sees = eyes.sees("message", row)
        like_nothing(eyes, "/api/messages/{}", row["id"], sees)
        if sees:
            named = {each["code"] for each in eyes.get(f"/api/messages/{row['id']}")["recipients"]}
            eyes.expect(f"people of message {row['id']}", named - {None} - seen, set())


def messages(eyes: Eyes) -> None:
    """Beside those that the probes send, which are the own ones, there are those of the town."""
    wanted = {row["id"] for row in eyes.rows["message"] if eyes.sees("message", row)}
    town = {row["id"] for row in eyes.rows["message"]}
    found = {str(each["id"]) for each in eyes.get("/api/messages?limit=1000")["messages"]}
    eyes.expect("messages", found & town, wanted)


MESSAGES: dict[str, Callable[[Eyes], None]] = {
    "POST /api/messages/preview": addressed("/api/messages/preview"),
    "POST /api/messages": addressed("/api/messages"),
    "GET /api/messages": messages,
    "GET /api/messages/{identifier}": message,
    "POST /api/messages/{identifier}/again": row_of("message", "POST", "/api/messages/{}/again", {}),
}


def feed(eyes: Eyes) -> None:
    """The feed tells of own events alone, all of them, whatever the size of the pages."""
    wanted = {f"events/{row['event_id']}" for row in eyes.rows["event_step"] if eyes.sees("event_step", row)}
    for limit in (2, 1000):
        found, cursor, more = set(), "beginning", True
        while more:
            query = {"topics": "events", "cursor": cursor, "limit": limit}
            page = eyes.get("/api/feed", params=query, headers={"accept": "application/json"})
            found |= {each["subject"] for each in page["events"]}
            cursor, more = page["cursor"], page["more"]
        town = {f"events/{row['id']}" for row in eyes.rows["event"]}
        eyes.expect(f"events of the feed by {limit}", found & town, wanted)


def webhook_list(eyes: Eyes) -> None:
    if eyes.reader.role == DISTRICT_ADMINISTRATOR:
        list_of("webhook", "/api/webhooks", "webhooks")(eyes)
    else:
        eyes.expect("webhooks", eyes.ask("GET", "/api/webhooks").status_code, 403)


def of_webhook(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A message of a foreign webhook answers like one of a webhook that there is not."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["webhook_delivery"]:
            if not eyes.sees("webhook_delivery", row):
                options = {} if sent is None else {"json": sent}
                filled = path.replace("{number}", row["id"])
                like_nothing(eyes, filled, row["webhook_id"], False, method, **options)

    return probe


def preview(eyes: Eyes) -> None:
    """What would be sent of a foreign event is not shown, nor by a foreign webhook."""
    for hook in eyes.rows["webhook"][:2]:
        for event in eyes.rows["event"]:
            answer = eyes.ask("GET", f"/api/webhooks/{hook['id']}/preview?event={event['id']}")
            sees = eyes.sees("webhook", hook) and eyes.sees("event", event)
            eyes.expect(f"preview of {event['no']}", answer.status_code, 200 if sees else 404)


def references(eyes: Eyes) -> None:
    for row in eyes.rows["partner_reference"]:
        event = next(each for each in eyes.rows["event"] if each["id"] == row["event_id"])
        path = f"/api/events/{row['event_id']}/references"
        like_nothing(eyes, "/api/events/{}/references", row["event_id"], eyes.sees("event", event))
        if eyes.sees("event", event):
            found = {each["reference"] for each in eyes.get(path)["references"]}
            eyes.expect(path, row["reference"] in found, eyes.sees("partner_reference", row))


def calls_of_keys(eyes: Eyes) -> None:
    for row in eyes.rows["call_count"]:
        sees = eyes.sees("call_count", row)
        like_nothing(eyes, "/api/keys/{}/calls", row["key_id"], sees)
        if sees:
            rows = eyes.get(f"/api/keys/{row['key_id']}/calls")["rows"]
            eyes.expect("calls of a key", any(each["calls"] >= 7 for each in rows), True)


def own_calls(eyes: Eyes) -> None:
    own = {row["id"] for row in eyes.rows["token"] if row["account_id"] == number_of(eyes)}
    town = {row["id"] for row in eyes.rows["token"]}
    found = {str(each["key_id"]) for each in eyes.get("/api/me/calls")["rows"]}
    eyes.expect("calls of foreign keys", (found & town) - own, set())


_MESSAGE = "/api/webhooks/{}/deliveries/{number}"

EXCHANGE: dict[str, Callable[[Eyes], None]] = {
    "GET /api/feed": feed,
    "GET /api/webhooks": webhook_list,
    "GET /api/webhooks/{identifier}": row_of("webhook", "GET", "/api/webhooks/{}"),
    "PATCH /api/webhooks/{identifier}": row_of("webhook", "PATCH", "/api/webhooks/{}", {"name": "x"}),
    "DELETE /api/webhooks/{identifier}": row_of("webhook", "DELETE", "/api/webhooks/{}"),
    "POST /api/webhooks/{identifier}/secret": row_of("webhook", "POST", "/api/webhooks/{}/secret"),
    "POST /api/webhooks/{identifier}/test": row_of("webhook", "POST", "/api/webhooks/{}/test"),
    "POST /api/webhooks/{identifier}/again": row_of("webhook", "POST", "/api/webhooks/{}/again"),
    "POST /api/webhooks/{identifier}/drop": row_of("webhook", "POST", "/api/webhooks/{}/drop", {"why": "x"}),
    "GET /api/webhooks/{identifier}/preview": preview,
    "GET /api/webhooks/{identifier}/deliveries": row_of("webhook", "GET", "/api/webhooks/{}/deliveries"),
    "GET /api/webhooks/{identifier}/deliveries/{number}": of_webhook("GET", _MESSAGE),
    "POST /api/webhooks/{identifier}/deliveries/{number}/again": of_webhook("POST", f"{_MESSAGE}/again"),
    "POST /api/webhooks/{identifier}/deliveries/{number}/drop": of_webhook(
        "POST", f"{_MESSAGE}/drop", {"why": "x"}
    ),
    "GET /api/events/{identifier}/references": references,
    "GET /api/keys/{identifier}/calls": calls_of_keys,
    "GET /api/me/calls": own_calls,
}
