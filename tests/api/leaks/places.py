"""Places, resources, and everything that is near."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes
from tests.spatial.rights.town import GRIDS, middle


def public_places(eyes: Eyes) -> None:
    """Nothing of the town's places is of a public kind: nobody is told of any, with a key or without."""
    lon, lat = middle(GRIDS[0])
    found = eyes.get(f"/api/public/places?lon={lon}&lat={lat}&radius_m=20000&kinds=school,")
    eyes.expect("places that are not public", found["places"], [])


def file_of_place(method: str) -> Callable[[Eyes], None]:
    """A file of a foreign place answers like one of a place that there is not."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["place_attachment"]:
            if not eyes.sees("place_attachment", row):
                path = f"/api/places/{{}}/attachments/{row['id']}"
                like_nothing(eyes, path, row["place_id"], False, method)

    return probe


def nearby(method: str) -> Callable[[Eyes], None]:
    """Within any distance stands nothing but the own, and all of it."""
    tables = {"worker": "worker", "place": "place", "component": "component", "supply": "resource"}
    ring = [[116.25, 39.85], [116.45, 39.85], [116.45, 40.1], [116.25, 40.1], [116.25, 39.85]]
    area = {"area": {"type": "Polygon", "coordinates": [ring]}, "limit": 500}

    def probe(eyes: Eyes) -> None:
        lon, lat = middle(GRIDS[1])
        asked = f"/api/nearby?lon={lon}&lat={lat}&radius_m=20000&limit=500"
        found = eyes.get(asked) if method == "GET" else eyes.ask("POST", "/api/nearby", json=area).json()
        for kind, table in tables.items():
            wanted = {row["id"] for row in eyes.rows[table] if eyes.sees(table, row)}
            seen = {str(each["id"]) for each in found["found"] if each["kind"] == kind}
            eyes.expect(f"{kind} nearby", seen, wanted)

    return probe


DECIDED = "/api/places/{}/proposals/1/decision"

PLACES: dict[str, Callable[[Eyes], None]] = {
    "GET /api/places": list_of("place", "/api/places?limit=1000", "places"),
    "PATCH /api/places/{identifier}": row_of("place", "PATCH", "/api/places/{}", {"name": "x"}),
    "DELETE /api/places/{identifier}": row_of("place", "DELETE", "/api/places/{}"),
    "GET /api/places/{identifier}/history": row_of("place", "GET", "/api/places/{}/history"),
    "GET /api/places/{identifier}/proposals": row_of("place", "GET", "/api/places/{}/proposals"),
    "POST /api/places/{identifier}/proposals": row_of(
        "place", "POST", "/api/places/{}/proposals", {"to_level": 1, "reason": "test"}
    ),
    "POST /api/places/{identifier}/proposals/{number}/decision": row_of(
        "place", "POST", DECIDED, {"decision": "refuse"}
    ),
    "GET /api/place-proposals": list_of(
        "place_risk_proposal", "/api/place-proposals?limit=1000", "proposals"
    ),
    "GET /api/places/{identifier}/attachments": row_of("place", "GET", "/api/places/{}/attachments"),
    "POST /api/places/{identifier}/attachments": row_of("place", "POST", "/api/places/{}/attachments", {}),
    "GET /api/places/{identifier}/attachments/{number}": file_of_place("GET"),
    "DELETE /api/places/{identifier}/attachments/{number}": file_of_place("DELETE"),
    "POST /api/places/{identifier}/inspections": row_of(
        "place", "POST", "/api/places/{}/inspections", {"due_on": "2099-01-01"}
    ),
    "GET /api/inspections": list_of("inspection", "/api/inspections?limit=1000", "inspections"),
    "GET /api/inspections/{number}": row_of("inspection", "GET", "/api/inspections/{}"),
    "POST /api/inspections/{number}/result": row_of(
        "inspection", "POST", "/api/inspections/{}/result", {"result": "normal"}
    ),
    "POST /api/inspections/{number}/cancel": row_of(
        "inspection", "POST", "/api/inspections/{}/cancel", {"note": "test"}
    ),
    "GET /api/resources": list_of("resource", "/api/resources?limit=1000", "resources"),
    "GET /api/resources/{identifier}": row_of("resource", "GET", "/api/resources/{}"),
    "PATCH /api/resources/{identifier}": row_of("resource", "PATCH", "/api/resources/{}", {"name": "x"}),
    "DELETE /api/resources/{identifier}": row_of("resource", "DELETE", "/api/resources/{}"),
    "GET /api/resources/{identifier}/movements": row_of("resource", "GET", "/api/resources/{}/movements"),
    "POST /api/resources/{identifier}/movements": row_of(
        "resource", "POST", "/api/resources/{}/movements", {"deltas": {"a": 1}, "reason": "test"}
    ),
    "GET /api/nearby": nearby("GET"),
    "POST /api/nearby": nearby("POST"),
}
