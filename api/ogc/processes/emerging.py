"""The process `emerging-hot-spots`: where events gather more and more, or no longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, span_of, which
from api.ogc.processes.layer_inputs import CELLS, HEXAGON, LEVEL, UNIT
from api.ogc.processes.spotting import compared
from api.ogc.processes.written import FORMS, rounded, write
from layers.processing.points import Points
from spatial.errors import InvalidInput
from spatial.events.emerging import LEAST_SLICES, emerging

MOST_SLICES = 60


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked, step_h = which(given), 24 * given["slice_days"]
    # Whole slices that end with the span.
    slices = int(asked.days // given["slice_days"])
    if not LEAST_SLICES <= slices <= MOST_SLICES:
        raise InvalidInput.at("slice_days", f"must cut the days into {LEAST_SLICES} to {MOST_SLICES} slices")
    asked = replace(asked, since=asked.until - timedelta(hours=slices * step_h))
    events = read_events(desk, asked)
    points = Points(events.lon, events.lat, events.hour)
    places = compared(desk, given, points, form)
    counts = np.zeros((len(places.shapes), slices))
    here = places.place >= 0
    np.add.at(counts, (places.place[here], (points.value[here] // step_h).astype(np.int64)), 1)
    desk.tick(0.7, "comparing")
    found = emerging(counts, places.neighbours)
    columns = {
        **places.names,
        "count": counts.sum(axis=1).astype(np.int64),
        "category": found.category,
        "hot_slices": (found.state == 1).sum(axis=1),
        "cold_slices": (found.state == -1).sum(axis=1),
        "last_z": rounded(found.z[:, -1], 6),
        "trend_z": rounded(found.trend_z, 6),
        "trend_p": rounded(found.trend_p, 9),
        "counts": counts.astype(int).tolist(),
    }
    facts = span_of(asked) | {"slices": slices, "outside": int((~here).sum()), "places": len(counts)}
    return write(form, columns, places.shapes, facts)


EMERGING = Process(
    "emerging-hot-spots",
    ("新兴热点分析", "Emerging hot spots"),
    (
        "时空立方体 Gi* 与 Mann-Kendall 趋势：新增、连续、加强、持续、减弱、零星、振荡、历史热点。",
        "Gi* over a cube of places and slices of time, and the trend of each place by Mann-Kendall: new, "
        "consecutive, intensifying, persistent, diminishing, sporadic, oscillating and historical spots.",
    ),
    {
        **EVENTS,
        "by": Input(
            ("比较单元", "What is compared"), {"type": "string", "enum": [UNIT, HEXAGON], "default": UNIT}
        ),
        "level": LEVEL,
        "resolution": CELLS["resolution"],
        "slice_days": Input(
            ("时间片（天）", "Days of a slice"),
            {"type": "integer", "minimum": 1, "maximum": 366, "default": 7},
        ),
    },
    Output("places", ("比较结果", "Places compared"), FORMS),
    _run,
    ("热点", "趋势", "Mann-Kendall"),
    {"level": "community", "slice_days": 7},
)
