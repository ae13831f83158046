"""The process `forecast`: how many events the next days bring by unit or place, and how wrong it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.event_inputs import EVENTS, read_events, which
from api.ogc.processes.written import FORMS, write
from layers.processing.units import LEVELS, read_units
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.events.figures.cubes import WIDTHS
from spatial.events.forecast import LEAST_DAYS, Forecast, Tested, back_tested, forecast, pooled
from spatial.events.occurrences import CLOCK, Occurrences, midnight, numbered

PLACE = "place"
MOST_SERIES = 3000


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    asked = which({"to": datetime.now(CLOCK).date().isoformat(), **given})
    # Whole days, the last of which is over.
    until = midnight(asked.until.astimezone(CLOCK).date())
    asked = replace(asked, until=until, since=midnight(asked.since.astimezone(CLOCK).date()))
    if asked.days < LEAST_DAYS:
        raise InvalidInput.at("from", f"a forecast needs {LEAST_DAYS} days")
    events = read_events(desk, asked)
    keys, key = _keys(desk, given, events)
    if len(keys) > MOST_SERIES:
        raise InvalidInput.at(
            "level", f"there would be more than {MOST_SERIES:,} series: choose a coarser level"
        )
    names = _names(desk, given["by"])
    counts = np.zeros((len(keys), asked.days))
    np.add.at(counts, (key[key >= 0], events.day[key >= 0]), 1)
    if given["by"] == PLACE:
        busy = np.flatnonzero(counts.sum(axis=1) >= given["least"])
        keys, counts = [keys[at] for at in busy.tolist()], counts[busy]
    weekday, horizon = asked.since.astimezone(CLOCK).weekday(), given["days"]
    rows, tests = [], []
    for at, series in enumerate(counts):
        desk.tick(0.3 + 0.6 * at / len(counts), "forecasting")
        rows += _days(str(keys[at]), names.get(keys[at], ""), until, forecast(series, horizon, weekday))
        tests.append(back_tested(series, horizon, weekday))
    columns = {name: [row[at] for row in rows] for at, name in enumerate(_COLUMNS)}
    facts = {
        "from": asked.since.isoformat(),
        "to": until.isoformat(),
        "error": _error(pooled(tests)),
        "errors": {str(key): _error(test) for key, test in zip(keys, tests, strict=True)},
    }
    return write(form, columns, [None] * len(rows), facts)


_COLUMNS = ("id", "key", "name", "day", "mean", "low", "high")


def _days(key: str, name: str, until: datetime, found: Forecast) -> list[tuple[Any, ...]]:
    """Write a series as one row a day."""
    days = [(until + timedelta(days=day)).date().isoformat() for day in range(len(found.mean))]
    numbers = zip(found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return [
        (f"{key}:{day}", key, name, day, round(mean, 3), int(low), int(high))
        for day, (mean, low, high) in zip(days, numbers, strict=True)
    ]


def _error(test: Tested | None) -> dict[str, Any] | None:
    """Say how wrong earlier forecasts were; None: the series is too short to tell."""
    if test is None:
        return None
    return {
        "mase": None if test.mase is None else round(test.mase, 4),
        "mae": round(test.mae, 4),
        "naive_mae": round(test.naive_mae, 4),
        "coverage": round(test.coverage, 4),
        "days": test.days,
    }


def _keys(desk: Desk, given: Mapping[str, Any], events: Occurrences) -> tuple[list[Any], Any]:
    """Number the series of each event; -1: of none, or of a unit that the reader does not see whole."""
    if given["by"] == PLACE:
        keys, key = numbered(events.place.tolist())
        first = 1 if keys[:1] == [-1] else 0
        return keys[first:], key - first
    width = WIDTHS[LEVELS.index(given["by"])]
    codes = [(code or "")[:width] for code in events.unit]
    if desk.reader.area is not None:
        codes = [code if desk.reader.holds(code) else "" for code in codes]
    keys, key = numbered(codes)
    first = 1 if keys[:1] == [""] else 0
    return keys[first:], key - first


def _names(desk: Desk, by: str) -> dict[Any, str]:
    with desk.connection() as connection:
        if by == PLACE:
            rows = connection.execute(query("spatial.events", "named_places"), {"most": 10**6}).fetchall()
            return {row[0]: row[1] for row in rows}
        units = read_units(connection, LEVELS.index(by) + 1)
        return dict(zip(units.codes, units.names, strict=True))


FORECAST = Process(
    "forecast",
    ("预测", "Forecast"),
    (
        "按网格或场所预测未来每日件数（泊松回归，周内效应），给出区间，"
        "并以滚动回测的误差（MASE、覆盖率、朴素法误差）示人。",
        "Daily counts of the coming days by unit or place (Poisson regression with days of the week), with "
        "intervals and the error of earlier forecasts: MASE, coverage, and that of the naive forecast.",
    ),
    {
        **EVENTS,
        "by": Input(
            ("序列", "Series"),
            {"type": "string", "enum": [*LEVELS, PLACE], "default": LEVELS[1]},
            ("网格层级，或场所", "A level of units, or the place that events are linked to"),
        ),
        "days": Input(("天数", "Days ahead"), {"type": "integer", "minimum": 1, "maximum": 28, "default": 7}),
        "least": Input(
            ("场所最少件数", "Events of a place at least"),
            {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10},
        ),
    },
    Output("days", ("每日预测", "Days"), FORMS),
    _run,
    ("预测", "Poisson", "MASE"),
    {"by": "street", "days": 7},
)
