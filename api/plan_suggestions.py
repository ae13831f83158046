"""Suggestions for a plan: how to split a unit or to even out several, as operations that can be sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import ONE_OF_FEW, not_kept
from api.paging import Number
from api.tags import tagged
from grid_editor import editing, store
from grid_editor.reach import is_own
from grid_editor.state import State
from grid_editor.suggest import MOST_PARTS, TOLERANCE, Part, Suggestion, suggest_rebalance, suggest_split
from grid_editor.suggest_ground import ground_below
from spatial.errors import InvalidInput
from spatial.rights.reader import Reader

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Share = Annotated[float, Field(gt=0, le=0.5)]
REASONS = {
    "deviation": (
        "最大偏差 {worst:.1%}（允许 {tolerance:.0%}）",
        "worst deviation {worst:.1%} (allowed {tolerance:.0%})",
    ),
    "along_streets": (
        "新边界 {border_m:.0f} 米，其中 {share:.0%} 沿道路",
        "{border_m:.0f} m of new border, {share:.0%} along streets",
    ),
    "moved": ("{load:.0f} 换了网格", "{load:.0f} get another unit"),
    "heavy_block": (
        "有一处集中了 {load:.0f}（目标 {target:.0f}），不能再分",
        "one place holds {load:.0f} (target {target:.0f}) and cannot be cut",
    ),
    "in_pieces": ("{parts} 个部分不连通", "{parts} parts are not in one piece"),
}
"""Words of the reasons, Chinese and English."""


class SuggestionQuery(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["split", "rebalance"]
    units: Annotated[str, Field(min_length=1, max_length=10_000)]
    """Ids or codes, with commas: one to split, two or more to even out."""
    by: Annotated[str, Field(max_length=40)] = "households"
    parts: Annotated[int, Field(ge=0, le=MOST_PARTS)] = 0
    most: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    tolerance: Share = TOLERANCE


@router.get("/api/plans/{identifier}/suggestions", dependencies=[ONE_OF_FEW])
def suggestions(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf,
    asked: Annotated[SuggestionQuery, Query()], answer: Response,
) -> Json:  # fmt: skip
    """Suggest a split (`parts`, or `most` that one may carry), or an evening out; nothing is changed."""
    plan = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, plan)
    found = _suggest(connection, reader, state, asked)
    return tagged(answer, {"etag": plan.etag, **_told(state, found)})


def _suggest(connection: Connection[Any], reader: Reader, state: State, asked: SuggestionQuery) -> Suggestion:
    ids = _own_units(state, reader, asked.units)
    shapes = {unit: state.polygon(unit) for unit in ids}
    if asked.kind == "split" and len(ids) > 1:
        raise InvalidInput.at("units", "name one unit to split")
    if len(ids) > MOST_PARTS:
        raise InvalidInput.at("units", f"name {MOST_PARTS} units at most")
    streets, loads = ground_below(connection, reader, state.base.about, list(shapes.values()), asked.by)
    if asked.kind == "rebalance":
        return suggest_rebalance(shapes, streets, loads, asked.tolerance)
    unit = ids[0]
    return suggest_split(unit, shapes[unit], streets, loads, asked.parts, asked.most, asked.tolerance)


def _own_units(state: State, reader: Reader, units: str) -> list[str]:
    """Find base units by id or code; what the reader may not change is refused as if it were not there."""
    found: dict[str, None] = {}
    for given in filter(None, map(str.strip, units.split(","))):
        unit = state.find(given) or state.unit_by_code(given)
        may = unit is not None and (reader.sees_everything or is_own(state, unit.id, reader))
        if unit is None or not may or unit.level != state.base.depth:
            raise InvalidInput.at(
                "units", f"'{given}' is no unit with borders that you may change in this plan"
            )
        found[unit.id] = None
    if not found:
        raise InvalidInput.at("units", "name a unit")
    return list(found)


def _told(state: State, found: Suggestion) -> Json:
    return {
        "kind": found.kind,
        "target": found.target,
        "tolerance": found.tolerance,
        "balanced": found.is_balanced,
        "moved": found.moved_load,
        "border_m": found.border_m,
        "off_streets_m": found.off_streets_m,
        "reasons": [
            {"key": reason.key, "values": dict(reason.values), **_words(reason.key, dict(reason.values))}
            for reason in found.reasons
        ],
        "parts": [_part(state, part) for part in found.parts],
        "operations": list(found.operations),
    }


def _words(key: str, values: Json) -> Json:
    zh, en = REASONS[key]
    return {"text": zh.format(**values), "text_en": en.format(**values)}


def _part(state: State, part: Part) -> Json:
    unit = None if part.unit is None else state.unit(part.unit)
    return {
        "unit": part.unit,
        "code": unit and unit.code,
        "name": unit and unit.name,
        "geometry": shapely.geometry.mapping(part.shape),
        "area_m2": part.area_m2,
        "load_before": part.load_before,
        "load": part.load,
        "deviation": part.deviation,
    }
