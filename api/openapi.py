"""Describes the raw doors in the OpenAPI document, which FastAPI writes for ordinary routes alone."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import PROBLEM_SCHEMA
from api.fixes_openapi import fixes_paths
from api.open311_openapi import open311_paths

Json = dict[str, Any]


def describe_doors(app: FastAPI) -> None:
    """Add the raw doors, the problem schema and the ways to log in to the application's document."""
    ordinary = app.openapi

    def whole() -> Json:
        if app.openapi_schema is None:
            document = ordinary()
            document["paths"].update(_PATHS | open311_paths() | fixes_paths())
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update(_SCHEMAS)
            parts["securitySchemes"] = _SECURITY
            document["security"] = [{"bearer": []}, {"basic": []}, {"cookie": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _parameter(name: str, where: str, schema: Json, description: str, required: bool = False) -> Json:
    return {"name": name, "in": where, "schema": schema, "description": description, "required": required}


def _answer(description: str, media_type: str, schema: Json) -> Json:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {"description": description, "content": {media_type: {"schema": schema}}},
        "4XX": {"description": "A problem that names the field and the row", "content": problem},
    }


_DATUM = {"type": "string", "enum": ["wgs84", "cgcs2000", "gcj02", "bd09"], "default": "wgs84"}
_OPTIONS = [
    _parameter("datum", "query", _DATUM, "Datum of the coordinates"),
    _parameter("at", "query", {"type": "string", "format": "date-time"}, "As of this moment (default: now)"),
    _parameter("coverage", "query", {"type": "string", "default": "grids"}, "Coverage to locate in"),
    _parameter("category", "query", {"type": "string"}, "Matter code that the duty person is for"),
]
_LON = {"type": "number", "minimum": -180, "maximum": 180}
_LAT = {"type": "number", "minimum": -90, "maximum": 90}
_BINARY = {"schema": {"type": "string", "format": "binary"}}

_PATHS: Json = {
    "/api/live": {
        "get": {
            "tags": ["tracks"],
            "summary": "Live positions: a WebSocket, whose frames are described in docs/36-live.md",
            "parameters": [
                _parameter("Upgrade", "header", {"type": "string", "const": "websocket"}, "As in RFC 6455"),
            ],
            "responses": {
                "101": {"description": "The line is open"},
                "4XX": _answer("", "", {})["4XX"],
            },
        },
    },
    "/api/grids/locate": {
        "get": {
            "tags": ["grids"],
            "summary": "Locate one point",
            "parameters": [
                _parameter("lon", "query", _LON, "Degrees east", True),
                _parameter("lat", "query", _LAT, "Degrees north", True),
                *_OPTIONS,
            ],
            "responses": _answer(
                "The assignment", "application/json", {"$ref": "#/components/schemas/Located"}
            ),
        },
        "post": {
            "tags": ["grids"],
            "summary": "Locate many points, answered in the form they came in",
            "parameters": [
                *_OPTIONS,
                _parameter(
                    "detail", "query", {"type": "string", "enum": ["0", "1"]}, "Add border_m, runner_up"
                ),
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Points"}},
                    "application/vnd.apache.arrow.stream": _BINARY,
                    "application/vnd.apache.parquet": _BINARY,
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            "responses": _answer(
                "The assignments in the order sent",
                "application/json",
                {"$ref": "#/components/schemas/Located"},
            ),
        },
    },
    "/tiles/{layer}/{z}/{x}/{y}.mvt": {
        "get": {
            "tags": ["tiles"],
            "summary": "One vector tile of a layer, or of `basemap`",
            "parameters": [
                _parameter("layer", "path", {"type": "string"}, "Name of the layer", True),
                *(
                    _parameter(n, "path", {"type": "integer"}, f"Tile {n}, WebMercatorQuad", True)
                    for n in "zxy"
                ),
            ],
            "responses": {
                **_answer("The tile", "application/vnd.mapbox-vector-tile", _BINARY["schema"]),
                "204": {"description": "Nothing in this tile"},
            },
        }
    },
}

_SCHEMAS: Json = {
    "Problem": PROBLEM_SCHEMA,
    "Points": {
        "type": "object",
        "required": ["points"],
        "properties": {
            "points": {
                "type": "array",
                "maxItems": 100000,
                "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            },
            "datum": _DATUM,
            "at": {"type": ["string", "null"], "format": "date-time"},
            "coverage": {"type": "string", "default": "grids"},
            "category": {"type": ["string", "null"]},
        },
    },
    "Located": {
        "type": "object",
        "required": ["coverage", "version", "assignments"],
        "properties": {
            "coverage": {"type": "string"},
            "version": {"type": "integer"},
            "assignments": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "code": {"type": ["string", "null"]},
                        "ruling": {"enum": ["inside", "border", "nearest", "unassigned"]},
                        "ruling_text": {"type": "object"},
                        "chain": {"type": "array", "items": {"type": "object"}},
                        "border_m": {"type": ["number", "null"]},
                        "runner_up": {"type": ["object", "null"]},
                        "duty": {"type": ["object", "null"]},
                    },
                },
            },
        },
    },
}

_SECURITY: Json = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "Any name, and a token as password"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "citygrid_session",
        "description": "A browser's session (over https __Host-…); changes need X-CSRF-Token",
    },
}
