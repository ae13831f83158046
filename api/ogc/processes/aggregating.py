"""The process `aggregate-by-grid`: counts, sums and means of a layer's features per unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.layer_inputs import FEATURES, LEVEL, read
from api.ogc.processes.written import FORMS, GEOJSON, rounded, write
from layers.processing.points import Points
from layers.processing.units import LEVELS, Units, places_of, read_units, sums


def in_units(desk: Desk, points: Points, level: int, own: bool = False) -> tuple[Units, Any]:
    """Find the unit of each point by the rules of locate, as far as the reader may know; -1: none.

    own: without the units that the reader's own lie in, of which there is more than the reader sees.
    """
    answers = desk.assignments()
    with desk.connection() as connection:
        units = read_units(connection, level)
    if own and desk.reader.area is not None:
        units = units.chosen(desk.reader.holds)
    desk.tick(0.4, "locating")
    base, _ = answers.locate(points.lon, points.lat)
    return units, places_of(answers.published.chains, level, units.codes)[base]


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    points = read(desk, given, given.get("attribute"))
    units, place = in_units(desk, points, LEVELS.index(given["level"]) + 1)
    figures = sums(place, points.value, len(units.codes))
    desk.tick(0.8, "writing")
    shown = np.flatnonzero(figures.count) if not given["empty"] else np.arange(len(units.codes))
    columns: dict[str, Any] = {
        "code": [units.codes[index] for index in shown],
        "name": [units.names[index] for index in shown],
        "name_en": [units.names_en[index] for index in shown],
        "count": figures.count[shown],
    }
    if "attribute" in given:
        columns |= {"sum": rounded(figures.sum[shown], 6), "mean": rounded(figures.mean[shown], 6)}
    facts = {
        "counted": int(figures.count.sum()),
        "in_no_unit": int((place < 0).sum()),
        "without_place": points.without_place,
    }
    shapes = shapely.to_geojson(units.shapes[shown]).tolist() if form == GEOJSON else [None] * len(shown)
    return write(form, columns, shapes, facts)


AGGREGATE = Process(
    "aggregate-by-grid",
    ("按网格汇总", "Aggregate by grid"),
    (
        "统计每个网格（或社区、街道、区县）内的要素数，以及某数值字段的合计与均值；线、面以其上一点归属。",
        "Counts features per grid, community, street or district, and adds up a numeric attribute; lines and "
        "areas are counted where a point on them lies. Points are assigned by the rules of locate.",
    ),
    {
        **FEATURES,
        "level": LEVEL,
        "attribute": Input(
            ("字段", "Attribute"),
            {"type": "string", "minLength": 1, "maxLength": 200},
            ("求合计与均值的数值字段", "An attribute with numbers, to be added up and averaged"),
        ),
        "empty": Input(
            ("含空网格", "With empty units"), {"type": "boolean", "default": True}
        ),
    },
    Output("units", ("各网格统计", "Figures per unit"), FORMS),
    _run,
    ("统计", "statistics", "grid"),
    {"layer": "events", "level": "street", "datetime": "2026-01-01/.."},
)  # fmt: skip
