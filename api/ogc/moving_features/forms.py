"""Schemas of what is answered, after MF-JSON Prism (OGC 19-045r3) and 22-003r3: as much of them as we write.

A single fix that nothing connects to others is a piece of one moment, `Discrete`; the standard's schema asks
for two moments, and its own `leaf` answers with one.
"""

from __future__ import annotations

from typing import Any

from api.ogc.components import reference

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_MOMENTS: Json = {"type": "array", "uniqueItems": True, "minItems": 1, "items": _MOMENT}
_WAYS: Json = {**_TEXT, "enum": ["Discrete", "Step", "Linear"]}
_LINKS: Json = {"type": "array", "items": reference("schemas", "link")}


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_SYSTEM = _object("type properties", type={**_TEXT, "enum": ["Name"]}, properties=_object("name", name=_TEXT))
_ARCHIVED: Json = {"type": "array", "items": {"type": "string", "format": "date"}}
"""UTC days in the time whose fixes lie in the archive."""
_PAGED: Json = {
    "links": _LINKS, "archived_days": _ARCHIVED, "timeStamp": _MOMENT,
    "numberMatched": _COUNT, "numberReturned": _COUNT,
}  # fmt: skip

PRIMITIVE = _object(
    "type datetimes coordinates interpolation",
    id=_TEXT,
    type={**_TEXT, "enum": ["MovingPoint"]},
    datetimes=_MOMENTS,
    coordinates={
        "type": "array", "minItems": 1,
        "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
    },
    interpolation=_WAYS,
    crs=_SYSTEM,
    trs=_SYSTEM,
)  # fmt: skip
COMPLEX = _object(
    "type prisms",
    type={**_TEXT, "enum": ["MovingGeometryCollection"]},
    prisms=_list(PRIMITIVE),
    crs=_SYSTEM,
    trs=_SYSTEM,
)
FEATURE = _object(
    "type id geometry properties",
    type={**_TEXT, "enum": ["Feature"]},
    id=_TEXT,
    geometry=reference("schemas", "geometry"),
    properties={"type": "object"},
    temporalGeometry={"oneOf": [PRIMITIVE, COMPLEX]},
    time={"type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": True, "items": _MOMENT},
    bbox={"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
    crs=_SYSTEM,
    trs=_SYSTEM,
    links=_LINKS,
)
FEATURES = _object(
    "type features links numberReturned timeStamp",
    type={**_TEXT, "enum": ["FeatureCollection"]},
    features=_list(FEATURE),
    crs=_SYSTEM,
    trs=_SYSTEM,
    **_PAGED,
)
SEQUENCE = _object(
    "type geometrySequence links numberReturned timeStamp",
    type={**_TEXT, "enum": ["TemporalGeometrySequence"]},
    geometrySequence=_list(PRIMITIVE),
    **_PAGED,
)
_VALUE = _object(
    "datetimes values interpolation",
    datetimes=_MOMENTS,
    values=_list({"oneOf": [{"type": "number"}, _TEXT]}),
    interpolation=_WAYS,
)
PROPERTY = _object(
    "name type",
    name=_TEXT,
    type={**_TEXT, "enum": ["TText", "TReal"]},
    form=_TEXT,
    description=_TEXT,
    valueSequence=_list(_VALUE),
    archived_days=_ARCHIVED,
    links=_LINKS,
)
PARAMETRIC: Json = {
    "type": "object",
    "required": ["datetimes"],
    "properties": {"datetimes": _MOMENTS},
    "additionalProperties": _object(
        "type values",
        type={**_TEXT, "enum": ["Measure", "Text"]},
        form=_TEXT,
        values=_list({"oneOf": [{"type": "number"}, _TEXT]}),
        interpolation=_WAYS,
    ),
}
"""What was said along one piece, with subTemporalValue."""
PROPERTIES = _object(
    "temporalProperties links numberReturned timeStamp",
    temporalProperties=_list({"oneOf": [PROPERTY, PARAMETRIC]}),
    **_PAGED,
)
