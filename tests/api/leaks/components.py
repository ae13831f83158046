"""Components, their surveys, and the text that addresses search."""

from __future__ import annotations

from collections.abc import Callable

from spatial.rights.rules import ADMINISTRATORS, COMMANDER
from tests.api.leaks.alike import NOBODY_THERE, list_of, row_of
from tests.api.leaks.eyes import Eyes
from tests.spatial.rights.town import middle


def counted_components(eyes: Eyes) -> None:
    """Sums hold the own components, and no other."""
    own = [row for row in eyes.rows["component"] if eyes.sees("component", row)]
    found = eyes.get("/api/components/statistics?level=grid")
    eyes.expect("components counted", found["total"], len(own))
    units = {each["unit"] for each in found["rows"]}
    eyes.expect("units of counted components", units, {row["unit_code"] for row in own})


def nearest_components(eyes: Eyes) -> None:
    """Around a point stand the own components alone."""
    for row in eyes.rows["component"]:
        lon, lat = middle(row["unit_code"])
        found = eyes.get(f"/api/components/nearest?lon={lon}&lat={lat}&radius_m=10")["components"]
        wanted = [int(row["id"])] if eyes.sees("component", row) else []
        eyes.expect("nearest component", [each["id"] for each in found], wanted)


def own_surveys(eyes: Eyes) -> None:
    """Of surveys, one's own."""
    wanted = {int(row["id"]) for row in eyes.rows["component_survey"] if eyes.sees("component_survey", row)}
    eyes.expect("surveys", {each["id"] for each in eyes.get("/api/components/surveys")["surveys"]}, wanted)


_MENDED = {"repaired_at": "2026-01-01T00:00:00Z", "what": "x"}

_SURVEY = "/api/components/surveys/{}"

COMPONENTS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/components": list_of("component", "/api/components?limit=1000", "components"),
    "GET /api/components/nearest": nearest_components,
    "GET /api/components/statistics": counted_components,
    "PATCH /api/components/{identifier}": row_of(
        "component", "PATCH", "/api/components/{}", {"state": "intact"}
    ),
    "DELETE /api/components/{identifier}": row_of("component", "DELETE", "/api/components/{}"),
    "GET /api/components/{identifier}/repairs": row_of("component", "GET", "/api/components/{}/repairs"),
    "POST /api/components/{identifier}/repairs": row_of(
        "component", "POST", "/api/components/{}/repairs", _MENDED
    ),
    "DELETE /api/components/{identifier}/repairs/{repair}": row_of(
        "component", "DELETE", "/api/components/{}/repairs/1"
    ),
    "GET /api/components/surveys": own_surveys,
    "GET /api/components/surveys/{identifier}": row_of("component_survey", "GET", _SURVEY),
    "GET /api/components/surveys/{identifier}/rows": row_of("component_survey", "GET", f"{_SURVEY}/rows"),
    "GET /api/components/surveys/{identifier}/report.csv": row_of(
        "component_survey", "GET", f"{_SURVEY}/report.csv"
    ),
}


def addressed(path: str) -> Callable[[Eyes], None]:
    """A message reaches the people whom its writer sees, and a foreign one is like nobody."""

    def probe(eyes: Eyes) -> None:
        group = eyes.ask("POST", path, json={"to": {"roles": ["grid_worker"]}, "text": "test"})
        wanted = {row["id"] for row in eyes.rows["worker"] if eyes.sees("worker", row)}
        if eyes.reader.role not in (*ADMINISTRATORS, COMMANDER):
            eyes.expect(f"{path} of a role that sends none", group.status_code, 403)
        elif group.status_code < 300:
            shown = group.json()
            found = {str(each["worker_id"]) for each in shown.get("to", shown.get("recipients"))}
            eyes.expect(f"people of {path}", found, wanted)
        else:
            eyes.expect(f"nobody of {path}", wanted, set())
        nobody = {"to": {"workers": [int(NOBODY_THERE)]}, "text": "test"}
        nothing = eyes.ask("POST", path, json=nobody)
        for row in eyes.rows["worker"]:
            if row["id"] not in wanted:
                sent = {"to": {"workers": [int(row["id"])]}, "text": "test"}
                answer = eyes.ask("POST", path, json=sent)
                told = (answer.status_code, answer.text)
                eyes.expect(f"{path} to {row['id']}", told, (nothing.status_code, nothing.text))

    return probe
