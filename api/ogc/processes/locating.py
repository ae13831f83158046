"""The process `locate`: which grid each point lies in, and who is responsible there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.locate import MAX_JSON_POINTS, located
from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from spatial.geometry.datum import DATUMS

JSON = "application/json"


def _run(desk: Desk, given: Mapping[str, Any], _: str) -> bytes:
    def assignments(coverage: str, at: Any, __: Any) -> Any:
        return desk.assignments(coverage, at)

    return located(assignments, desk.reader, dict(given))


LOCATE = Process(
    "locate",
    ("点位归属网格", "Locate points in grids"),
    (
        "回答每个点位于哪个网格、依据何种规则、由谁负责；与 POST /api/grids/locate 的回答相同。",
        "Says of each point which grid it lies in, by which rule, and who is responsible there; the same "
        "answers as POST /api/grids/locate.",
    ),
    {
        "points": Input(
            ("点", "Points"),
            {
                "type": "array",
                "maxItems": MAX_JSON_POINTS,
                "items": {
                    "type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"},
                },
            },
            ("[经度, 纬度] 的列表", "A list of [longitude, latitude]"),
            required=True,
            is_long=True,
        ),
        "datum": Input(
            ("坐标基准", "Datum of the points"),
            {"type": "string", "enum": list(DATUMS), "default": "wgs84"},
        ),
        "at": Input(
            ("时刻", "Moment"),
            {"type": "string", "format": "date-time"},
            ("以该时刻有效的网格回答；缺省为现在", "Answer by the grids in force then; now unless told"),
        ),
        "coverage": Input(
            ("覆盖", "Coverage"), {"type": "string", "maxLength": 63, "default": "grids"}
        ),
        "category": Input(
            ("事项代码", "Matter"),
            {"type": "string", "maxLength": 11, "pattern": "^[0-9]+$"},
            ("按此类事项确定责任人", "Name who is responsible for matters of this code"),
        ),
    },
    Output(
        "assignments",
        ("归属", "Assignments"),
        {
            JSON: {
                "type": "object",
                "required": ["coverage", "version", "assignments"],
                "properties": {
                    "coverage": {"type": "string"},
                    "version": {"type": "integer"},
                    "assignments": {"type": "array", "items": {"type": "object"}},
                },
            }
        },
    ),
    _run,
    ("网格", "grid", "locate"),
    {"points": [[116.310316, 39.976437]], "datum": "wgs84"},
)  # fmt: skip
