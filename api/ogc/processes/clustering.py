"""The process `clusters`: heaps of events, by metres and, where asked, by hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, span_of, which
from api.ogc.processes.event_texts import commonest, matter_names
from api.ogc.processes.written import FORMS, GEOJSON, write
from spatial.events.clusters import clusters

MOST_POINTS = 60_000
"""Pairs within reach are held in memory."""


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked = which(given, 30)
    desk.most_points = min(desk.most_points, MOST_POINTS)
    events, matters = read_events(desk, asked), matter_names(desk)
    hours = events.hour if "radius_h" in given else None
    label = clusters(
        events.points_m(), given["radius_m"], given["least"], hours, given.get("radius_h", np.inf)
    )
    members = [np.flatnonzero(label == number) for number in range(label.max(initial=-1) + 1)]
    lonlat = np.column_stack([events.lon, events.lat])
    columns = {
        "cluster": list(range(1, len(members) + 1)),
        "count": [len(each) for each in members],
        "first_hour": [round(float(events.hour[each].min()), 3) for each in members],
        "last_hour": [round(float(events.hour[each].max()), 3) for each in members],
        "matter": [matters[commonest([events.category[at] for at in each])] for each in members],
        "events": [events.id[each].tolist()[:1000] for each in members],
    }
    hulls = [shapely.to_geojson(shapely.convex_hull(shapely.multipoints(lonlat[each]))) for each in members]
    shapes = hulls if form == GEOJSON else [None] * len(members)
    facts = span_of(asked) | {"counted": len(events), "in_no_cluster": int((label < 0).sum())}
    return write(form, columns, shapes, facts)


CLUSTERS = Process(
    "clusters",
    ("聚类", "Clusters"),
    (
        "DBSCAN：在给定距离（及小时）内相互可达、且邻近数不少于给定值的事件为一类；给出凸包与成员。",
        "DBSCAN: events within reach of each other (in metres, and in hours where told), of which each core "
        "has so many around it; hulls and members.",
    ),
    {
        **EVENTS,
        "radius_m": Input(
            ("半径（米）", "Radius in metres"),
            {"type": "number", "minimum": 1, "maximum": 2000, "default": 50},
        ),
        "radius_h": Input(
            ("时距（小时）", "Reach in hours"), {"type": "number", "minimum": 0.1, "maximum": 8784}
        ),
        "least": Input(
            ("最少邻近数", "Events that make a core"),
            {"type": "integer", "minimum": 2, "maximum": 1000, "default": 5},
        ),
    },
    Output("clusters", ("聚类", "Clusters"), FORMS),
    _run,
    ("聚类", "DBSCAN"),
    {"class": "01004", "radius_m": 80, "least": 4},
)
