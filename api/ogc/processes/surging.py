"""The process `surges`: more of a matter in a unit than that time of the week lets expect, said in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import shapely

from api.moments import moment
from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS
from api.ogc.processes.event_texts import matter_names
from api.ogc.processes.layer_inputs import LEVEL
from api.ogc.processes.written import FORMS, GEOJSON, write
from layers.processing.units import LEVELS, Units, read_units
from spatial.errors import InvalidInput
from spatial.events.figures.cubes import WIDTHS
from spatial.events.occurrences import CLOCK, Occurrences, Which, numbered, read_occurrences
from spatial.events.surge import WEEK_H, Happened, Surge, explained, look, surges

MOST_LOOKS = 200


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    at, window_h, weeks = _at(given), given["window_h"], given["weeks"]
    looks = int(given["back_h"] // given["step_h"]) + 1
    if looks > MOST_LOOKS:
        raise InvalidInput.at("step_h", f"there would be more than {MOST_LOOKS} looks")
    since = at - timedelta(hours=WEEK_H * weeks + window_h + given["back_h"])
    filters = (given.get(name) for name in ("unit", "category", "class", "source"))
    with desk.connection() as connection:
        events = read_occurrences(connection, Which(since, at, *filters), desk.most_points)
        units = read_units(connection, LEVELS.index(given["level"]) + 1)
    happened, codes, matters = _cells(desk, events, given["level"])
    at_h = (at - since) / timedelta(hours=1)
    seen = []
    for back in range(looks - 1, -1, -1):
        desk.tick(0.2 + 0.7 * (1 - back / looks), "looking")
        moment_h = at_h - back * given["step_h"]
        seen.append(look(happened, len(codes), len(matters), moment_h, window_h, weeks, given["rate"]))
    found = surges(seen) if codes and matters else []
    if not given["ended"]:
        found = [each for each in found if each.until_h is None]
    rows = _Rows(units, codes, matters, matter_names(desk), since)
    facts = {"at": at.isoformat(), "looks": looks, "cells": len(codes) * len(matters), "counted": len(events)}
    return write(form, rows.columns(found, given), rows.shapes(found, form), facts)


def _at(given: Mapping[str, Any]) -> datetime:
    return moment(given["at"], "at") if "at" in given else datetime.now(CLOCK)


def _cells(desk: Desk, events: Occurrences, level: str) -> tuple[Happened, list[str], list[str]]:
    """Put events into cells by the code of their unit then; only units that the reader sees whole."""
    import numpy as np

    width = WIDTHS[LEVELS.index(level)]
    prefix = [(code or "")[:width] for code in events.unit]
    area = desk.reader.area is not None
    kept = [
        at for at, code in enumerate(prefix) if len(code) == width and (not area or desk.reader.holds(code))
    ]
    codes, unit = numbered([prefix[at] for at in kept])
    matters, category = numbered([events.category[at] for at in kept])
    return Happened(unit, category, events.hour[np.array(kept, np.int64)]), codes, matters


class _Rows:
    """Writes surges as rows with the names and shapes of their units."""

    def __init__(
        self, units: Units, codes: list[str], matters: list[str], names: dict[str, str], since: datetime
    ) -> None:
        self._units = {code: at for at, code in enumerate(units.codes)}
        self._shapes, self._names = units.shapes, units.names
        self._codes, self._matters, self._matter_names, self._since = codes, matters, names, since

    def columns(self, found: list[Surge], given: Mapping[str, Any]) -> dict[str, Any]:
        codes = [self._codes[each.unit] for each in found]
        matters = [self._matters[each.category] for each in found]
        titles = [self._matter_names.get(code, code) for code in matters]
        texts = [
            explained(each, self._name(code), title, given["window_h"], given["weeks"])
            for each, code, title in zip(found, codes, titles, strict=True)
        ]
        return {
            "id": [f"{code}:{matter}" for code, matter in zip(codes, matters, strict=True)],
            "unit": codes,
            "unit_name": [self._name(code) for code in codes],
            "matter": matters,
            "matter_name": titles,
            "count": [each.count for each in found],
            "expected": [round(each.expected, 3) for each in found],
            "before": [round(each.before, 3) for each in found],
            "p": [each.p for each in found],
            "since": [self._moment(each.since_h) for each in found],
            "worst_at": [self._moment(each.worst_h) for each in found],
            "until": [None if each.until_h is None else self._moment(each.until_h) for each in found],
            "text": [text["zh"] for text in texts],
            "text_en": [text["en"] for text in texts],
        }

    def shapes(self, found: list[Surge], form: str) -> list[Any]:
        places = [self._units.get(self._codes[each.unit]) for each in found]
        if form != GEOJSON:
            return [None] * len(places)
        return [None if at is None else shapely.to_geojson(self._shapes[at]) for at in places]

    def _name(self, code: str) -> str:
        return self._names[self._units[code]] if code in self._units else code

    def _moment(self, hours: float) -> str:
        return (self._since + timedelta(hours=hours)).isoformat(timespec="seconds")


SURGES = Process(
    "surges",
    ("突增分析", "Surges"),
    (
        "每个网格×事项与一周中同一时段的基线比较（负二项尾概率，稀疏单元收缩，"
        "伪发现率校正，滞回去抖），附文字说明。",
        "Each unit and matter against a baseline of the hour of the week: negative binomial tail, shrinkage "
        "for sparse cells, false discovery rate, one alarm for one surge; explained in words and numbers.",
    ),
    {
        "at": Input(
            ("时刻", "Moment"), {"type": "string", "maxLength": 40}, ("缺省为现在", "Now unless told")
        ),
        **{name: EVENTS[name] for name in ("unit", "category", "class", "source")},
        "level": LEVEL,
        "window_h": Input(
            ("窗口（小时）", "Window in hours"),
            {"type": "number", "minimum": 1, "maximum": 168, "default": 24},
        ),
        "weeks": Input(
            ("基线周数", "Weeks of the baseline"),
            {"type": "integer", "minimum": 2, "maximum": 52, "default": 8},
        ),
        "back_h": Input(
            ("回看（小时）", "Hours looked back"),
            {"type": "number", "minimum": 0, "maximum": 744, "default": 72},
            ("逐步回看，使一次突增只报一次", "Looked at step by step, so that one surge is one alarm"),
        ),
        "step_h": Input(
            ("步长（小时）", "Step in hours"),
            {"type": "number", "minimum": 0.5, "maximum": 168, "default": 6},
        ),
        "rate": Input(
            ("伪发现率", "False discovery rate"),
            {"type": "number", "minimum": 0.0001, "maximum": 0.5, "default": 0.05},
        ),
        "ended": Input(("含已结束", "Those that are over too"), {"type": "boolean", "default": True}),
    },
    Output("surges", ("突增", "Surges"), FORMS),
    _run,
    ("突增", "负二项", "surge"),
    {"level": "community", "window_h": 24},
)
