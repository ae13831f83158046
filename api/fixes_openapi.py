"""The doors of fixes in the OpenAPI document; those of apps are described by the apps' own makers."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_TIME: Json = {"type": "string", "format": "date-time"}
_DATUM: Json = {"type": "string", "enum": ["wgs84", "cgcs2000", "gcj02", "bd09"]}
_FLAGS = ("moving", "charging", "mock", "backfill", "approximate", "manual", "sos")
_FIX: Json = {
    "type": "object",
    "required": ["time", "lon", "lat"],
    "properties": {
        "time": _TIME,
        "lon": {"type": "number"},
        "lat": {"type": "number"},
        "speed_mps": {"type": "number", "minimum": 0},
        "course_deg": {"type": "number", "minimum": 0, "maximum": 360},
        "accuracy_m": {"type": "number", "minimum": 0},
        "altitude_m": {"type": "number"},
        "battery_pct": {"type": "number", "minimum": 0, "maximum": 100},
        "device": {"type": "string", "maxLength": 200},
        "datum": _DATUM,
        "extra": {"type": "object"},
        **{name: {"type": "boolean"} for name in _FLAGS},
    },
}
_EVENT: Json = {
    "type": "object",
    "required": ["kind", "time"],
    "properties": {
        "kind": {"type": "string", "enum": ["sos", "sign_in", "sign_out", "note"]},
        "time": _TIME,
        "lon": {"type": "number"},
        "lat": {"type": "number"},
    },
}
_SENT: Json = {
    "type": "object",
    "properties": {
        "device": {"type": "string", "maxLength": 200},
        "datum": _DATUM,
        "fixes": {"type": "array", "maxItems": 20_000, "items": _FIX},
        "events": {"type": "array", "maxItems": 100, "items": _EVENT},
    },
    "additionalProperties": False,
}
_COUNTS = ("taken", "new", "known", "events")
_TOLD: Json = {
    "type": "object",
    "required": [*_COUNTS, "refused", "waiting", "problems"],
    "properties": {
        **{name: {"type": "integer", "minimum": 0} for name in _COUNTS},
        "refused": {"type": "object", "additionalProperties": {"type": "integer"}},
        "waiting": {"type": "array", "items": {"type": "string"}},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
_BYTES: Json = {"schema": {"type": "string", "format": "binary"}}


def fixes_paths() -> Json:
    """Describe our own form, and GPX."""
    columns = {"application/vnd.apache.arrow.stream": _BYTES}
    device = {
        "name": "device", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 200},
        "description": "Of which device the file is",
    }  # fmt: skip
    return {
        "/api/fixes": {
            "get": _operation("List the doors of fixes", {"type": "object"}),
            "post": {
                **_operation("Send fixes and events of one device or of many", _TOLD),
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _SENT}, **columns},
                },
            },
        },
        "/api/fixes/gpx": {
            "post": {
                **_operation("Send the tracks of a GPX file", _TOLD),
                "parameters": [device],
                "requestBody": {"required": True, "content": {"application/gpx+xml": _BYTES}},
            },
        },
    }


def _operation(summary: str, answer: Json) -> Json:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "tags": ["fixes"],
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": answer}}},
            "4XX": {"description": "A problem that names the field", "content": problem},
        },
    }
