"""The part of the definition that describes moving features."""

from __future__ import annotations

from collections.abc import Mapping

from api.ogc.components import parameter, reference
from api.ogc.moving_features import asked
from api.ogc.moving_features.answers import GEOJSON, MOVERS
from api.ogc.moving_features.asked import (
    LEAF,
    MOST_DAYS,
    MOST_INSTANTS,
    MOST_LIMIT,
    SUB_TRAJECTORY,
    SUB_VALUE,
)
from api.ogc.moving_features.forms import FEATURE, FEATURES, PROPERTIES, PROPERTY, SEQUENCE
from api.ogc.openapi import Json
from layers.catalogue import Layer
from spatial.patrols.moving.pieces import PROPERTIES as NAMES
from spatial.patrols.moving.pieces import QUERIES

_TEXT: Json = {"type": "string"}
_MOMENTS: Json = {
    "type": "array", "uniqueItems": True, "minItems": 1, "maxItems": MOST_INSTANTS,
    "items": {"type": "string", "format": "date-time"},
}  # fmt: skip
_SPAN = f"an interval of `datetime` with two ends, {MOST_DAYS} days at most"
_OWN = {
    "limit": parameter(
        "limit", "Most on one page",
        {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": 10},
    ),
    LEAF: parameter(LEAF, "Instants in ascending order: where it was, or what the value was, then", _MOMENTS),
    SUB_TRAJECTORY: parameter(SUB_TRAJECTORY, f"Lines cut to {_SPAN}", {"type": "boolean"}),
    SUB_VALUE: parameter(SUB_VALUE, f"Values cut to {_SPAN}", {"type": "boolean"}),
}  # fmt: skip
SUMMARIES = {
    "zh": (
        "移动目标轨迹", "移动目标", "单个移动目标", "轨迹段", "轨迹段查询", "随时间变化的属性", "单个属性",
    ),
    "en": (
        "Tracks of people and vehicles", "Movers", "One mover", "Pieces of its track",
        "Distance, velocity or acceleration along one piece", "What changes along its track",
        "One thing that changes",
    ),
}  # fmt: skip


def paths(_layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of moving features."""
    whole, movers, mover, sequence, query, properties, one = SUMMARIES[language]
    root = f"/collections/{MOVERS}"
    item = f"{root}/items/{{mover}}"
    at = [_part("mover", "Number of a mover")]
    piece = [_part("piece", "`id` of a piece of `tgsequence`"), _part("query", "What is asked", QUERIES)]
    name = [_part("property", "Name of a property", NAMES)]
    return {
        root: _read("describeMovers", whole, [], reference("schemas", "collection")),
        f"{root}/items": _read("getMovers", movers, _named(asked.OF_MOVERS), FEATURES, GEOJSON),
        item: _read("getMover", mover, at, FEATURE, GEOJSON),
        f"{item}/tgsequence": _read("getSequence", sequence, [*at, *_named(asked.OF_SEQUENCE)], SEQUENCE),
        f"{item}/tgsequence/{{piece}}/{{query}}": _read(
            "getCurve", query, [*at, *piece, *_named(asked.OF_QUERY)], PROPERTY
        ),
        f"{item}/tproperties": _read(
            "getProperties", properties, [*at, *_named(asked.OF_PROPERTIES)], PROPERTIES
        ),
        f"{item}/tproperties/{{property}}": _read(
            "getProperty", one, [*at, *name, *_named(asked.OF_PROPERTY)], PROPERTY
        ),
    }


def _part(name: str, description: str, known: Mapping[str, object] | None = None) -> Json:
    schema = _TEXT if known is None else {**_TEXT, "enum": list(known)}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _named(names: tuple[str, ...]) -> list[Json]:
    return [_OWN.get(name) or reference("parameters", name) for name in names]


def _read(
    operation: str, summary: str, parameters: list[Json], ok: Json, form: str = "application/json"
) -> Json:
    common = [reference("parameters", name) for name in ("f", "lang")]
    content: Json = {form: {"schema": ok}, "text/html": {"schema": _TEXT}}
    problems = ("400", "401", "404", "405", "500", "default")
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["Moving features"],
            "parameters": [*parameters, *common],
            "responses": {
                "200": {"description": "OK", "content": content},
                **{status: reference("responses", "Problem") for status in problems},
            },
        }
    }
