"""What is sent to our Open311 door, and read there."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, middle

Json = dict[str, Any]
LON, LAT = middle(GRIDS[0])


def form(**given: Any) -> Json:
    sent = {"service_code": MATTER, "lat": LAT, "long": LON, "description": "A large sinkhole"}
    return {name: value for name, value in {**sent, **given}.items() if value is not None}


def post(chief: TestClient, format: str = "json", **given: Any) -> Any:
    return chief.post(f"/open311/v2/requests.{format}", data=form(**given))


def made(chief: TestClient, **given: Any) -> str:
    answer = post(chief, **given)
    assert answer.status_code == 200, answer.text
    return str(answer.json()[0]["service_request_id"])


def shown(chief: TestClient, **asked: Any) -> list[Json]:
    answer = chief.get("/open311/v2/requests.json", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found
