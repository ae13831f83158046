"""The process `space-time-scan`: where and when more happened than place and day alone explain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, span_of, which
from api.ogc.processes.event_texts import circle
from api.ogc.processes.written import FORMS, GEOJSON, write
from spatial.errors import InvalidInput
from spatial.events.space_time_scan import Limits, scan

MOST_DAYS = 400
MOST_PLACES = 4000


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked = which(given, 30)
    if asked.days > MOST_DAYS:
        raise InvalidInput.at("from", f"at most {MOST_DAYS} days are scanned")
    events = read_events(desk, asked)
    points = events.points_m()
    cells = np.floor(points / given["cell_m"]).astype(np.int64)
    _, first, place = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    if len(first) > MOST_PLACES:
        raise InvalidInput.at(
            "cell_m", f"there would be more than {MOST_PLACES:,} places: choose larger cells"
        )
    size = np.maximum(np.bincount(place.ravel()), 1)
    middles = np.column_stack([np.bincount(place.ravel(), points[:, axis]) / size for axis in (0, 1)])
    limits = Limits(given["radius_m"], given["days"], 0.5, given["only_last"])
    found = scan(
        middles,
        place.ravel().astype(np.int64),
        events.day,
        asked.days,
        limits,
        given["shuffles"],
        given["seed"],
        lambda share: desk.tick(0.1 + 0.9 * share, "shuffling"),
    )[: given["most"]]
    columns = {
        "rank": list(range(1, len(found) + 1)),
        "count": [each.count for each in found],
        "expected": [round(each.expected, 3) for each in found],
        "ratio": [round(each.count / each.expected, 3) for each in found],
        "log_likelihood": [round(each.ratio, 6) for each in found],
        "p": [round(each.p, 6) for each in found],
        "p_gumbel": [each.p_gumbel for each in found],
        "from": [(asked.since + timedelta(days=each.first_day)).isoformat() for each in found],
        "to": [(asked.since + timedelta(days=each.last_day + 1)).isoformat() for each in found],
        "radius_m": [round(each.radius_m, 1) for each in found],
    }
    is_map = form == GEOJSON
    shapes = [circle(events.zone, each.centre, each.radius_m) if is_map else None for each in found]
    return write(form, columns, shapes, span_of(asked) | {"counted": len(events), "places": len(middles)})


def _number(low: float, high: float, default: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high, "default": default}


def _whole(low: int, high: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


SCAN = Process(
    "space-time-scan",
    ("时空扫描", "Space-time scan"),
    (
        "Kulldorff 时空置换扫描：无需人口与基线，找出事件异常集中的圆与时段，"
        "蒙特卡洛检验，并给出不重叠的次级聚集。",
        "Kulldorff's space-time permutation scan: circles and days with more events than place and day alone "
        "explain, without population or baseline; p by Monte Carlo, secondary clusters that share no place.",
    ),
    {
        **EVENTS,
        "radius_m": Input(("最大半径（米）", "Largest radius in metres"), _number(50, 20_000, 1500)),
        "days": Input(("最长天数", "Most days of a cluster"), _whole(1, 60, 7)),
        "cell_m": Input(
            ("归并格（米）", "Cells that events are joined in"),
            _number(1, 5000, 250),
            ("格内事件算作一处", "Events of a cell are at one place"),
        ),
        "only_last": Input(
            ("仅当前", "Only what goes on"),
            {"type": "boolean", "default": False},
            ("只找延续到最后一日的聚集", "Only clusters that last until the last day (prospective)"),
        ),
        "shuffles": Input(("置换次数", "Shuffles"), _whole(0, 9999, 999)),
        "seed": Input(("随机种子", "Seed"), _whole(0, 2**31 - 1, 0)),
        "most": Input(("最多结果", "Most results"), _whole(1, 200, 20)),
    },
    Output("clusters", ("聚集", "Clusters"), FORMS),
    _run,
    ("时空扫描", "Kulldorff", "SaTScan"),
    {"class": "01004", "radius_m": 1000, "days": 3},
)
