"""Patrol plans, what became of them, records, shifts and sheets."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

PLAN, RESULT = "/api/patrol-plans/{}", "/api/patrol-results/{}"
DAYS = "from=2020-01-01&to=2020-01-02"


def results(eyes: Eyes) -> None:
    """Due patrols of the own plans; what became of them only for who may know."""
    found = eyes.get("/api/patrol-results?limit=1000")["results"]
    wanted = {row["id"] for row in eyes.rows["patrol_due"] if eyes.sees("patrol_due", row)}
    eyes.expect("due patrols", {str(each["id"]) for each in found}, wanted)
    told = {str(each["id"]) for each in found if each["word"] is not None}
    known = {row["due_id"] for row in eyes.rows["patrol_result"] if eyes.sees("patrol_result", row)}
    eyes.expect("results", told, known & wanted)
    for each in found:
        worker = next((row for row in eyes.rows["worker"] if row["id"] == str(each["worker_id"])), None)
        if worker is not None and not eyes.sees("worker", worker):
            eyes.problems.append(f"{eyes.name}: the name of a foreign worker")


def missed(eyes: Eyes) -> None:
    """Missed parts of results that one may know."""
    wanted = {row["id"] for row in eyes.rows["patrol_missed"] if eyes.sees("patrol_missed", row)}
    found = eyes.get("/api/patrol-missed?limit=1000")["features"]
    eyes.expect("missed parts", {str(each["id"]) for each in found}, wanted)


def missed_of(eyes: Eyes) -> None:
    """Of one due patrol: like nothing where it is foreign, empty where its result is."""
    for row in eyes.rows["patrol_due"]:
        like_nothing(eyes, f"{RESULT}/missed", row["id"], eyes.sees("patrol_due", row))
        if eyes.sees("patrol_due", row):
            parts = [each for each in eyes.rows["patrol_missed"] if each["due_id"] == row["id"]]
            wanted = {each["id"] for each in parts if eyes.sees("patrol_missed", each)}
            found = eyes.get(f"{RESULT}/missed".format(row["id"]))["features"]
            eyes.expect("missed of one", {str(each["id"]) for each in found}, wanted)


def check(eyes: Eyes) -> None:
    """A past day of a foreign mover is judged for nobody."""
    target = {"geometry": {"type": "Point", "coordinates": [116.3, 39.9]}}
    sent = {"day": "2026-01-01", "kind": "points", "targets": [target]}
    for row in eyes.rows["mover"]:
        asked = {**sent, "movers": [int(row["id"])]}
        answer = eyes.ask("POST", "/api/patrol-plans/check", json=asked)
        allowed = 200 if eyes.sees("fix", {"mover_id": row["id"]}) else 404
        eyes.expect(f"check of mover {row['id']}", answer.status_code, allowed)


def _watched(eyes: Eyes) -> set[str]:
    return {row["id"] for row in eyes.rows["mover"] if eyes.sees("fix", {"mover_id": row["id"]})}


def sheet(eyes: Eyes) -> None:
    """Rows of movers whose tracks one may see, all of them."""
    found = {str(each["mover_id"]) for each in eyes.get("/api/shift-sheet?limit=10000")["rows"]}
    of_days = {row["mover_id"] for row in eyes.rows["track_day"]}
    eyes.expect("shift sheet", found, _watched(eyes) & of_days)
    text = eyes.ask("GET", "/api/shift-sheet/file?f=csv").text
    for row in eyes.rows["worker"]:
        if not eyes.sees("worker", row) and row["code"] in text:
            eyes.problems.append(f"{eyes.name}: {row['code']} on the sheet")


def on_duty(eyes: Eyes) -> None:
    """As many as there are to be seen."""
    rows = eyes.get("/api/on-duty?by=unit&level=1")["rows"]
    of_days = {row["mover_id"] for row in eyes.rows["track_day"]}
    counted = max((each["planned"] + each["unplanned"] for each in rows), default=0)
    eyes.expect("on duty", counted, len(_watched(eyes) & of_days))


def scores(eyes: Eyes) -> None:
    """Scores of those whose tracks one may see."""
    found = {str(each["mover_id"]) for each in eyes.get("/api/scores")["scores"]}
    of_days = {row["mover_id"] for row in eyes.rows["track_day"]}
    eyes.expect("scores", found, _watched(eyes) & of_days)


PATROLS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/patrol-plans": list_of("patrol_plan", "/api/patrol-plans?limit=1000", "plans"),
    "GET /api/patrol-plans/{identifier}": row_of("patrol_plan", "GET", PLAN),
    "PATCH /api/patrol-plans/{identifier}": row_of("patrol_plan", "PATCH", PLAN, {"name": "x"}),
    "DELETE /api/patrol-plans/{identifier}": row_of("patrol_plan", "DELETE", PLAN),
    "POST /api/patrol-plans/check": check,
    "GET /api/patrol-results": results,
    "GET /api/patrol-results/{identifier}": row_of("patrol_due", "GET", RESULT),
    "GET /api/patrol-results/{identifier}/missed": missed_of,
    "GET /api/patrol-missed": missed,
    "GET /api/patrol-records": list_of("patrol_record", "/api/patrol-records?limit=1000", "records"),
    "GET /api/patrol-records/{identifier}": row_of("patrol_record", "GET", "/api/patrol-records/{}"),
    "GET /api/shifts": list_of("shift", "/api/shifts?limit=1000", "shifts"),
    "GET /api/shifts/{identifier}": row_of("shift", "GET", "/api/shifts/{}"),
    "PATCH /api/shifts/{identifier}": row_of("shift", "PATCH", "/api/shifts/{}", {"kind": "x"}),
    "DELETE /api/shifts/{identifier}": row_of("shift", "DELETE", "/api/shifts/{}"),
    "GET /api/shift-sheet": sheet,
    "GET /api/shift-sheet/file": sheet,
    "GET /api/on-duty": on_duty,
    "GET /api/scores": scores,
}
