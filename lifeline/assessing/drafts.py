"""What a person may confirm: the body of an event, and of a shut-off. Nothing is sent by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from lifeline.traces.asking import Spot
from spatial.types import LngLat

Json = dict[str, Any]
URGENCY = {1: "critical", 2: "critical", 3: "urgent", 4: "ordinary"}
MOST_TITLE = 200


def event_of(alarm: Json, at: LngLat | None, network: str | None, warning: Json) -> Json:
    """Draft the report of an alarm; sent twice it is one event, by its external id.

    The standard list has no matter for a pipe that breaks: which it is under here, a person says (`missing`).
    """
    where = alarm["thing"] or alarm["datastream"] or ""
    description = "\n".join(reason["text"] for reason in warning["reasons"])
    about = {"alarm": alarm["id"], "network": network, "feature": alarm["feature"]}
    body: Json = {
        "source": "sensor",
        "external_id": f"alarm-{alarm['id']}",
        "title": f"报警：{alarm['rule_name']}（{where}）"[:MOST_TITLE],
        "description": description,
        "urgency": URGENCY[warning["level"] or 4],
        "occurred_at": alarm["raised_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "attributes": {name: value for name, value in about.items() if value is not None},
    }
    if at is not None:
        body |= {"lon": at.lon, "lat": at.lat, "datum": "wgs84"}
    missing = ["category", *([] if at else ["lon", "lat"])]
    return {"send": "POST /api/events", "body": body, "missing": missing}


def shut_off_of(told: Json, start: Spot, unusable: Sequence[str]) -> Json | None:
    """Draft a shut-off of what a trace found; None where nothing is shut."""
    if told["type"] != "isolation":
        return None
    begin = {"feature": start.feature} if start.feature else start.point and start.point._asdict()
    return {
        "network": told["network"],
        "question": {"type": "isolation", "start": begin, "unusable": list(unusable)},
        "edition": told["edition"],
        "close": [each["code"] for each in told["close"] if each["needed"]],
        "spare": [each["code"] for each in told["close"] if not each["needed"]],
        "stop": told["stop"],
    }
