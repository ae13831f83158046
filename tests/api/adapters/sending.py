"""What a partner's system sends, the adapter that reads it, and what became of it."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, middle

Json = dict[str, Any]
LON, LAT = middle(GRIDS[0])
MAPPING: Json = {
    "fields": {
        "external_id": "$.id",
        "category": {"path": "$.kind", "table": {"pothole": MATTER}},
        "title": {"template": "{$.kind} {$.road}"},
        "lon": {"path": "$.x", "number": {}},
        "lat": {"path": "$.y", "number": {}},
        "occurred_at": {"path": "$.when", "date": {"read": "%Y/%m/%d %H:%M", "zone": "Asia/Shanghai"}},
        "reporter.name": "$.who.name",
        "reporter.phone": "$.who.phone",
        "attributes.road": "$.road",
    }
}


def message(number: int | str = 1, **given: Any) -> Json:
    sent = {"id": f"T-{number}", "kind": "Pothole", "road": "学院路", "x": str(LON), "y": LAT}
    return {**sent, "when": "2024/05/11 08:15", "who": {"name": "王小明", "phone": "13800001111"}, **given}


def make(chief: TestClient, name: str = "roads", **given: Any) -> Json:
    sent = {"name": name, "source": "hotline", "mapping": MAPPING, **given}
    answer = chief.post("/api/adapters", json=sent)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def send(client: TestClient, sent: Any, name: str = "roads", **options: Any) -> Any:
    return client.post(f"/api/adapters/{name}/reports", json=sent, **options)


def waiting(chief: TestClient, name: str = "roads", **asked: Any) -> list[Json]:
    found: list[Json] = chief.get(f"/api/adapters/{name}/refused", params=asked).json()["refused"]
    return found
