"""What the tests of events stand on: reports, and steps."""

from __future__ import annotations

from typing import Any

from tests.api.planning import Json, Person
from tests.spatial.rights.town import GRIDS, middle


def body(grid: str = GRIDS[0], **given: Any) -> Json:
    lon, lat = middle(grid)
    return {"category": "01001", "source": "app", "title": "路面破损", "lon": lon, "lat": lat, **given}


def report(person: Person, **given: Any) -> Json:
    return person.post("/api/events", body(**given))


def step(person: Person, event: int, verb: str, **given: Any) -> Json:
    return person.post(f"/api/events/{event}/transitions", {"verb": verb, "note": "because", **given})
