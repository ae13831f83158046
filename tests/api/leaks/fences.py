"""Fences, and who was in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

FENCE = "/api/fences/{}"


def _pairs(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(str(row["fence_id"]), str(row["mover_id"])) for row in rows}


def visits(eyes: Eyes) -> None:
    """Visits to fences and of movers that one may see; names of no other fences and people."""
    found = eyes.get("/api/fence-visits?limit=1000")["visits"]
    wanted = [row for row in eyes.rows["fence_visit"] if eyes.sees("fence_visit", row)]
    eyes.expect("visits to fences", _pairs(found), _pairs(wanted))
    for each in found:
        worker = next((row for row in eyes.rows["worker"] if row["id"] == str(each["worker_id"])), None)
        if worker is not None and not eyes.sees("worker", worker):
            eyes.problems.append(f"{eyes.name}: the name of a foreign worker")
        fence = next(row for row in eyes.rows["fence"] if row["id"] == str(each["fence_id"]))
        if each["fence"] is not None and not eyes.sees("fence", fence):
            eyes.problems.append(f"{eyes.name}: the name of a foreign fence")
    for row in eyes.rows["mover"]:
        asked = eyes.get(f"/api/fence-visits?limit=1000&mover={row['id']}")["visits"]
        of_mover = [each for each in wanted if each["mover_id"] == row["id"]]
        eyes.expect(f"visits of mover {row['id']}", _pairs(asked), _pairs(of_mover))


def visits_of(eyes: Eyes) -> None:
    """Of one fence: like nothing where it is foreign, else those of movers that one may see."""
    for row in eyes.rows["fence"]:
        sees = eyes.sees("fence", row)
        like_nothing(eyes, f"{FENCE}/visits", row["id"], sees)
        if sees:
            parts = [each for each in eyes.rows["fence_visit"] if each["fence_id"] == row["id"]]
            wanted = _pairs(each for each in parts if eyes.sees("fence_visit", each))
            eyes.expect(
                "visits of one", _pairs(eyes.get(f"{FENCE}/visits".format(row["id"]))["visits"]), wanted
            )


FENCES: dict[str, Callable[[Eyes], None]] = {
    "GET /api/fences": list_of("fence", "/api/fences?limit=1000&retired=true", "fences"),
    "GET /api/fences/{identifier}": row_of("fence", "GET", FENCE),
    "PATCH /api/fences/{identifier}": row_of("fence", "PATCH", FENCE, {"name": "x"}),
    "DELETE /api/fences/{identifier}": row_of("fence", "DELETE", FENCE),
    "GET /api/fences/{identifier}/visits": visits_of,
    "GET /api/fence-visits": visits,
}
