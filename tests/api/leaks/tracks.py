"""Tracks of movers: where somebody went is for whoever may see it, and like nobody's for all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.leaks.alike import like_nothing
from tests.api.leaks.eyes import Eyes

_SENT = {"time": "2026-01-01T00:00:00Z", "reason": "test"}


def track(path: str, key: str = "id") -> Callable[[Eyes], None]:
    """Of an own mover its own fixes, in every form; a foreign one is like none."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["mover"]:
            if row[key] is None:
                continue
            sees = _watches(eyes, row)
            for form in ("json", "geojson", "gpx", "arrow"):
                like_nothing(eyes, f"{path}?form={form}", row[key], sees)
            if sees:
                found = eyes.get(path.format(row[key]))
                wanted = [each for each in eyes.rows["fix"] if each["mover_id"] == row["id"]]
                eyes.expect(f"fixes of mover {row['id']}", len(found["fixes"]), len(wanted))
                eyes.expect("whose track", str(found["mover"]), row["id"])

    return probe


def of_mover(method: str, path: str, **options: Any) -> Callable[[Eyes], None]:
    """What a foreign mover's days came to is like nobody's, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["mover"]:
            sees = _watches(eyes, row)
            if method == "GET" or not sees:
                like_nothing(eyes, path, row["id"], sees, method, **options)

    return probe


def _watches(eyes: Eyes, mover: dict[str, Any]) -> bool:
    return eyes.sees("fix", {"mover_id": mover["id"]})


_MOVER = "/api/movers/{}"

TRACKS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/workers/{identifier}/track": track("/api/workers/{}/track", "worker_id"),
    "GET /api/movers/{identifier}/track": track(f"{_MOVER}/track"),
    "GET /api/movers/{identifier}/days": of_mover("GET", f"{_MOVER}/days"),
    "GET /api/movers/{identifier}/stays": of_mover("GET", f"{_MOVER}/stays"),
    "GET /api/movers/{identifier}/trips": of_mover("GET", f"{_MOVER}/trips"),
    "GET /api/movers/{identifier}/marks": of_mover("GET", f"{_MOVER}/marks"),
    "POST /api/movers/{identifier}/marks": of_mover("POST", f"{_MOVER}/marks", json=_SENT),
    "DELETE /api/movers/{identifier}/marks": of_mover("DELETE", f"{_MOVER}/marks?time=2026-01-01T00:00:00Z"),
}
