"""Playback: of those whose tracks one may see, and what happened, as far as one may know."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa

from tests.api.leaks.eyes import Eyes


def _day(eyes: Eyes) -> str:
    """The span in which the town's fixes lie."""
    days = sorted(row["time"][:10] for row in eyes.rows["fix"])
    until = date.fromisoformat(days[-1]) + timedelta(days=2)
    return f"from={until - timedelta(days=5)}&to={until}"


def _watched(eyes: Eyes) -> set[int]:
    return {int(row["mover_id"]) for row in eyes.rows["fix"] if eyes.sees("fix", row)}


def playback(eyes: Eyes) -> None:
    """All fixes of the movers one may watch, and of nobody else, named or not."""
    everybody = ",".join(row["id"] for row in eyes.rows["mover"])
    for asked in ("", f"&movers={everybody}"):
        content = eyes.ask("GET", f"/api/playback?{_day(eyes)}&fixes=all{asked}").content
        found = pa.ipc.open_stream(io.BytesIO(content)).read_all().to_pylist()
        eyes.expect("movers played", {row["mover"] for row in found}, _watched(eyes))
        fixes = [row for row in eyes.rows["fix"] if eyes.sees("fix", row)]
        eyes.expect("fixes played", sum(len(row["fixes"]) for row in found), len(fixes))


def plan(eyes: Eyes) -> None:
    """The movers one may watch, and how many fixes those have."""
    found = eyes.get(f"/api/playback/plan?{_day(eyes)}&fixes=all")
    foreign = {each["id"] for each in found["movers"]} - {
        int(row["id"]) for row in eyes.rows["mover"] if eyes.sees("fix", {"mover_id": row["id"]})
    }
    eyes.expect("foreign movers planned", foreign, set())
    fixes = [row for row in eyes.rows["fix"] if eyes.sees("fix", row)]
    eyes.expect("fixes planned", found["fixes"], len(fixes))


def happenings(eyes: Eyes) -> None:
    """Events, their steps, cries and results that one may see; places only where one sees the track."""
    tables = {"event": "event", "event_step": "step"}
    moments = [row["reported_at"][:10] for row in eyes.rows["event"]] + [_day(eyes)[5:15]]
    first = date.fromisoformat(min(moments)) - timedelta(days=1)
    kept: dict[str, list[str]] = {kind: [] for kind in tables.values()}
    movers, placed = set(), set()
    while first <= date.fromisoformat(max(moments)) + timedelta(days=8):
        span = f"from={first}&to={first + timedelta(days=31)}"
        for each in eyes.get(f"/api/playback/happenings?{span}&limit=5000")["happenings"]:
            if each["kind"] in kept:
                kept[each["kind"]].append(each["id"])
            elif each["mover"] is not None:
                movers.add(str(each["mover"]))
                placed |= {str(each["mover"])} if each["lon"] is not None else set()
        first += timedelta(days=31)
    for table, kind in tables.items():
        seen = {row["id"] for row in eyes.rows[table] if eyes.sees(table, row)}
        eyes.expect(f"{kind}s that are foreign", set(kept[kind]) - seen, set())
    watched = {str(mover) for mover in _watched(eyes)}
    eyes.expect("foreign places", placed - watched, set())
    seen = {row["id"] for row in eyes.rows["mover"] if eyes.sees("mover", row)}
    eyes.expect("foreign movers", movers - seen, set())


PLAYBACK: dict[str, Callable[[Eyes], None]] = {
    "GET /api/playback": playback,
    "GET /api/playback/plan": plan,
    "GET /api/playback/happenings": happenings,
}
