"""The process `hot-places`: the same matter at the same spot, and named places of many complaints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, span_of, which
from api.ogc.processes.event_texts import commonest, matter_names, point, to_degrees
from api.ogc.processes.written import FORMS, GEOJSON, rounded, write
from spatial.database import query
from spatial.events.hot_places import Spot, at_places, grouped, name_of, repeats
from spatial.events.occurrences import Occurrences, Which, numbered
from spatial.geometry.squares import to_metres

MOST_PLACES = 200_000
SPOTS, PLACES, NAMES = "spots", "places", "names"
_NAMED_M = 60.0
"""A place whose name the event's address or title holds may lie so much further away."""

Named = tuple[str, Spot]


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked = which(given)
    events = read_events(desk, asked)
    desk.tick(0.4, "gathering")
    ways = {SPOTS: _spots, PLACES: _places, NAMES: _names}
    found = ways[given["by"]](desk, given, events, asked.days)[: given["most"]] if len(events) else []
    columns = _columns(found, events, matter_names(desk), asked)
    lon, lat = to_degrees(events.zone, *_middles(found)) if found else ([], [])
    is_map = form == GEOJSON
    shapes = [point(*pair) if is_map else None for pair in zip(lon, lat, strict=True)]
    return write(form, columns, shapes, span_of(asked) | {"counted": len(events)})


def _middles(found: list[Named]) -> tuple[Any, Any]:
    return np.array([spot.x_m for _, spot in found]), np.array([spot.y_m for _, spot in found])


def _columns(
    found: list[Named], events: Occurrences, matters: Mapping[str, str], asked: Which
) -> dict[str, Any]:
    def of(spot: Spot) -> list[str]:
        return [matters[events.category[at]] for at in spot.events.tolist()]

    return {
        "rank": list(range(1, len(found) + 1)),
        "name": [name for name, _ in found],
        "count": [spot.count for _, spot in found],
        "matter": [commonest(of(spot)) for _, spot in found],
        "matters": [len(set(of(spot))) for _, spot in found],
        "first_day": [(asked.since + timedelta(days=spot.first_day)).date().isoformat() for _, spot in found],
        "last_day": [(asked.since + timedelta(days=spot.last_day)).date().isoformat() for _, spot in found],
        "earlier_half": [spot.earlier for _, spot in found],
        "later_half": [spot.later for _, spot in found],
        "trend_p": rounded(np.array([spot.trend_p for _, spot in found]), 6),
        "events": [events.id[spot.events].tolist()[:1000] for _, spot in found],
    }


def _spots(_: Desk, given: Mapping[str, Any], events: Occurrences, days: int) -> list[Named]:
    _, matter = numbered(events.category)
    found = repeats(events.points_m(), matter, events.day, days, given.get("radius_m", 12.0), given["least"])
    return [(_address(events, spot), spot) for spot in found]


def _address(events: Occurrences, spot: Spot) -> str:
    known = [text for at in spot.events.tolist() if (text := events.address[at])]
    return commonest(known) if known else ""


def _places(desk: Desk, given: Mapping[str, Any], events: Occurrences, days: int) -> list[Named]:
    with desk.connection() as connection:
        rows = connection.execute(
            query("spatial.events", "named_places"), {"most": MOST_PLACES}, binary=True
        ).fetchall()
    number = {row[0]: at for at, row in enumerate(rows)}
    lon, lat = np.array([row[3:] for row in rows], np.float64).reshape(-1, 2).T
    places_m = np.column_stack(to_metres(events.zone, lon, lat)) if rows else np.empty((0, 2))
    linked = np.array([number.get(place, -1) for place in events.place.tolist()], np.int64)
    radius_m = given.get("radius_m", 80.0)
    points_m = events.points_m()
    named = _mentioned(events, [row[1] for row in rows], points_m, places_m, radius_m + _NAMED_M)
    linked = np.where(linked < 0, named, linked)
    key = at_places(points_m, linked, places_m, np.empty((0, 0)), radius_m)
    return [(rows[one][1], spot) for one, spot in grouped(points_m, key, events.day, days, given["least"])]


def _mentioned(events: Occurrences, names: list[str], points_m: Any, places_m: Any, radius_m: float) -> Any:
    """Find for each event the nearest place around that its address or title names; -1: none."""
    from scipy.spatial import KDTree

    found = np.full(len(events), -1, np.int64)
    if not names:
        return found
    near = KDTree(places_m).query_ball_point(points_m, radius_m)
    for at, places in enumerate(near):
        text = f"{events.address[at] or ''} {events.title[at]}"
        good = [place for place in places if len(names[place]) > 1 and names[place] in text]
        if good:
            found[at] = min(good, key=lambda place: float(np.hypot(*(places_m[place] - points_m[at]))))
    return found


def _names(_: Desk, given: Mapping[str, Any], events: Occurrences, days: int) -> list[Named]:
    """Group by what the address is called; one name in two parts of the city is two places."""
    points_m, radius_m = events.points_m(), given.get("radius_m", 400.0)
    words = [name_of(address) or "" for address in events.address]
    cell = np.floor(points_m / (2 * radius_m)).astype(np.int64)
    keys = [(word, *pair) for word, pair in zip(words, cell.tolist(), strict=True)]
    known, key = numbered(keys)
    key = np.where([bool(word) for word in words], key, -1)
    return [(known[one][0], spot) for one, spot in grouped(points_m, key, events.day, days, given["least"])]


HOT_PLACES = Process(
    "hot-places",
    ("诉求点位", "Hot places"),
    (
        "同一地点同一事项的反复（spots）、归到重点场所的诉求（places）、"
        "按地址名称归并的小区、市场、单位（names），附前后半段趋势。",
        "The same matter at the same spot again and again (spots), events by named place (places), or by "
        "what their address is called: compound, market, firm (names); with the trend between halves.",
    ),
    {
        **EVENTS,
        "by": Input(("归并", "By"), {"type": "string", "enum": [SPOTS, PLACES, NAMES], "default": SPOTS}),
        "radius_m": Input(
            ("距离（米）", "Metres"),
            {"type": "number", "minimum": 1, "maximum": 5000},
            (
                "缺省：spots 12，places 80，names 400",
                "12 for spots, 80 for places and 400 for names unless told",
            ),
        ),
        "least": Input(
            ("最少件数", "Least events"), {"type": "integer", "minimum": 2, "maximum": 1000, "default": 3}
        ),
        "most": Input(
            ("最多结果", "Most results"), {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
        ),
    },
    Output("places", ("点位", "Places"), FORMS),
    _run,
    ("诉求点位", "反复", "repeat"),
    {"by": "places", "least": 5},
)
