"""Heat: time of the people whose tracks one may see, and of the others only what many did together."""

from __future__ import annotations

import mapbox_vector_tile

from spatial.rights.rules.patrols import WATCHERS
from tests.api.leaks.eyes import Eyes


def patrols(eyes: Eyes) -> None:
    """Every form adds up the own people's time; nobody's where tracks are not for the reader's eyes."""
    wanted = own_seconds(eyes)
    for more in ("", "?resolution=900", "?form=h3", "?form=geojson", "?bbox=116,39,117,41"):
        answer = eyes.get(f"/api/heatmaps/patrols{more}")
        eyes.expect(f"seconds of heat {more}", answer["total"], wanted)
        eyes.expect(f"completeness of heat {more}", answer["complete"], eyes.reader.role in WATCHERS)
    for row in eyes.rows["mover"]:
        answer = eyes.ask("GET", f"/api/heatmaps/patrols?mover={row['id']}")
        seen = {each["mover_id"] for each in eyes.rows["heat"] if eyes.sees("heat", each)}
        total = answer.json().get("total", 0)
        eyes.expect(f"heat of mover {row['id']}", total > 0, row["id"] in seen)


def events(eyes: Eyes) -> None:
    """Events are counted as far as one sees them."""
    own = [row for row in eyes.rows["event"] if eyes.sees("event", row)]
    for more in ("", "?form=h3", "?resolution=900"):
        eyes.expect(f"events of heat {more}", eyes.get(f"/api/heatmaps/events{more}")["total"], len(own))


def tiles(eyes: Eyes) -> None:
    """One tile of the whole town has what the figures have."""
    for kind in ("patrols", "events"):
        answer = eyes.ask("GET", f"/tiles/heat/{kind}/5/26/12.mvt")
        layers = mapbox_vector_tile.decode(answer.content) if answer.content else {}
        features = layers.get(kind, {"features": []})["features"]
        total = eyes.get(f"/api/heatmaps/{kind}")["total"]
        eyes.expect(f"heat of {kind} on a tile", sum(each["properties"]["value"] for each in features), total)
        eyes.expect(f"description of {kind}", "legend" in eyes.get(f"/tiles/heat/{kind}.json"), True)


def own_seconds(eyes: Eyes) -> float:
    """Add up the days of people whose tracks the account may see at all."""
    if eyes.reader.role not in WATCHERS:
        return 0.0
    days = [row for row in eyes.rows["heat"] if row["level"] == "0" and row["days"] == "1"]
    return sum(int(row["ms"]) for row in days if eyes.sees("heat", row)) / 1000


HEAT = {
    "GET /api/heatmaps/patrols": patrols,
    "GET /api/heatmaps/events": events,
    "/tiles/heat/": tiles,
}
