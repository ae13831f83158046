"""CloudEvents 1.0 of the log: what other systems are told, in the structured mode and as a batch.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from spatial.partners.log import COVERAGES, EVENTS, WARNINGS, Entry, Seen

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PING = "org.citygrid.ping"
_PREFIX = "org.citygrid."

Json = dict[str, Any]


def type_of(entry: Entry) -> str:
    """Name the kind of a row: org.citygrid.event.dispatch, org.citygrid.warning …"""
    if entry.topic == EVENTS:
        return f"{_PREFIX}event.{entry.verb}"
    return _PREFIX + {WARNINGS: "warning", COVERAGES: "coverage.published"}[entry.topic]


def cloud_event(source: str, entry: Entry, events: Mapping[int, Seen]) -> Json:
    """Write a row as a CloudEvent; `data.event` is the event as it is now, `data.step` what happened then.

    `sequence` (extension of CloudEvents) grows along the steps of one subject.
    """
    part = {EVENTS: "step", WARNINGS: "warning", COVERAGES: "version"}[entry.topic]
    data: Json = {part: {**entry.facts, "at": _moment(entry.at)}}
    if entry.event_id is not None:
        data["event"] = events[entry.event_id].facts
    return {
        "specversion": "1.0",
        "id": entry.name,
        "source": source,
        "type": type_of(entry),
        "subject": entry.subject,
        "time": _moment(entry.at),
        "datacontenttype": "application/json",
        "sequence": f"{entry.id:020}",
        "data": data,
    }


def ping(source: str, webhook: str, now: datetime) -> Json:
    """Write a message that says nothing, to see whether messages arrive."""
    return {
        "specversion": "1.0",
        "id": f"ping-{now.timestamp():.6f}",
        "source": source,
        "type": PING,
        "subject": f"webhooks/{webhook}",
        "time": _moment(now),
        "datacontenttype": "application/json",
        "data": {"webhook": webhook},
    }


def encode(message: Json) -> bytes:
    """Write one message."""
    return orjson.dumps(message)


def encode_batch(messages: Iterable[Json]) -> bytes:
    """Write many."""
    return orjson.dumps(list(messages))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
