"""The process `near-things`: what events of a matter lie nearer of than events in general do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, span_of, which
from api.ogc.processes.event_texts import matter_names
from api.ogc.processes.written import FORMS, write
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.events.correlation import nearby
from spatial.events.occurrences import Occurrences, numbered
from spatial.geometry.squares import to_metres

MOST_THINGS = 500_000
LEAST_THINGS = 5


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked = which(given)
    if asked.category is None and asked.class_code is None:
        raise InvalidInput.at("category", "is needed, or a class: its events are compared with all others")
    # All events: those of the matter are told apart by label.
    events = read_events(desk, replace(asked, category=None, class_code=None))
    chosen = _chosen(desk, events.category, asked.category, asked.class_code)
    kinds, things = _things(desk, events, max(given["bands_m"]))
    _, street = numbered([(code or "")[:9] for code in events.unit])
    desk.tick(0.5, "permuting")
    bands, times = tuple(given["bands_m"]), given["permutations"]
    points_m = events.points_m()
    found = nearby(points_m, chosen, street, things, bands, times, given["seed"]) if len(events) else []
    columns = {
        "id": [f"{kinds[each.kind][0]}:{kinds[each.kind][1]}:{each.to_m:g}" for each in found],
        "of": [kinds[each.kind][0] for each in found],
        "kind": [kinds[each.kind][1] for each in found],
        "name": [kinds[each.kind][2] for each in found],
        "from_m": [each.from_m for each in found],
        "to_m": [each.to_m for each in found],
        "observed": [each.observed for each in found],
        "expected": [round(each.expected, 3) for each in found],
        "ratio": [round(each.ratio, 4) for each in found],
        "p": [round(each.p, 6) for each in found],
        "q": [round(each.q, 6) for each in found],
    }
    facts = span_of(asked) | {"counted": len(events), "of_the_matter": int(chosen.sum())}
    return write(form, columns, [None] * len(found), facts)


def _chosen(desk: Desk, categories: list[str], category: str | None, class_code: str | None) -> Any:
    names = matter_names(desk)
    with desk.connection() as connection:
        mine = {
            row[0]
            for row in connection.execute(
                "SELECT code FROM matter"
                " WHERE code = coalesce(%s, code) AND class_code = coalesce(%s, class_code)",
                [category, class_code],
            )
        }
    if not mine & names.keys():
        raise InvalidInput.at("category", "is no matter that is known")
    return np.array([each in mine for each in categories], bool)


def _things(desk: Desk, events: Occurrences, far_m: float) -> tuple[list[tuple[str, str, str]], list[Any]]:
    """Read places by kind and components by class, as metres, as far from events as the last band reaches.

    Kinds with few are left out; InvalidInput when there are more than MOST_THINGS.
    """
    if not len(events):
        return [], []
    with desk.connection() as connection:
        values = {"most": MOST_THINGS + 1, **_box_of(events, far_m)}
        rows = connection.execute(query("spatial.events", "things"), values, binary=True).fetchall()
    if len(rows) > MOST_THINGS:
        raise InvalidInput.at(
            "unit", f"more than {MOST_THINGS:,} places and components lie near the events: ask for a unit"
        )
    if not rows:
        return [], []
    kinds, kind = numbered([row[:3] for row in rows])
    lon, lat = np.array([row[3:] for row in rows], np.float64).T
    metres = np.column_stack(to_metres(events.zone, lon, lat))
    parts = [metres[kind == one] for one in range(len(kinds))]
    kept = [one for one, part in enumerate(parts) if len(part) >= LEAST_THINGS]
    return [kinds[one] for one in kept], [parts[one] for one in kept]


def _box_of(events: Occurrences, far_m: float) -> dict[str, float]:
    """Give a box that holds all that is as near to an event; a degree of latitude has 110 km at least."""
    along = far_m / 110_000
    across = along / np.cos(np.radians(min(float(np.abs(events.lat).max()) + along, 89.0)))
    return {
        "west": float(events.lon.min() - across), "south": float(events.lat.min() - along),
        "east": float(events.lon.max() + across), "north": float(events.lat.max() + along),
    }  # fmt: skip


NEAR = Process(
    "near-things",
    ("关联分析", "What lies near"),
    (
        "某类事件是否比其他事件更靠近某类场所或部件："
        "同一街道内置换标签，按距离带给出观察数与期望数，多重检验校正。",
        "Whether events of a matter lie nearer to a kind of place or component than other events of the same "
        "street: observed and expected by band of distance, p by permutation, corrected for many tests.",
    ),
    {
        **EVENTS,
        "bands_m": Input(
            ("距离带（米）", "Ends of the bands"),
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 8,
                "uniqueItems": True,
                "items": {"type": "number", "minimum": 0.1, "maximum": 5000},
                "default": [25, 50, 100, 200],
            },
        ),
        "permutations": Input(
            ("置换次数", "Permutations"),
            {"type": "integer", "minimum": 99, "maximum": 99_999, "default": 9999},
        ),
        "seed": Input(
            ("随机种子", "Seed"), {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}
        ),
    },
    Output("near", ("关联", "Nearness"), FORMS),
    _run,
    ("关联", "permutation"),
    {"class": "09011"},
)
