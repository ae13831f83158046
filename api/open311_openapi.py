"""The Open311 door in the OpenAPI document: GeoReport v2 as this platform answers it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_ROW: Json = {"type": "array", "items": {"type": "object"}}
_FORMAT: Json = {
    "name": "format", "in": "path", "required": True, "schema": {"type": "string", "enum": ["xml", "json"]},
}  # fmt: skip
_ERRORS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "description"],
        "properties": {"code": {"type": "integer"}, "description": _TEXT},
    },
}
_FILTERS = (
    "service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size",
    "updated_after",
)  # fmt: skip
_FIELDS = (
    "service_code", "lat", "long", "address_string", "address_id", "description", "media_url", "first_name",
    "last_name", "phone", "email", "device_id", "account_id", "api_key", "jurisdiction_id",
)  # fmt: skip


def open311_paths() -> Json:
    """Describe the paths of the door."""
    base = "/open311/v2"
    return {
        f"{base}/discovery.{{format}}": {"get": _operation("Where the endpoint is", {"type": "object"})},
        f"{base}/services.{{format}}": {"get": _operation("List the services: our matters", _ROW)},
        f"{base}/services/{{code}}.{{format}}": {
            "get": _operation("The attributes of a service", {"type": "object"}, "code")
        },
        f"{base}/requests.{{format}}": {
            "get": _operation("List requests: 90 days, 1,000 of them at most", _ROW, asked=_FILTERS),
            "post": {**_operation("Make a request", _ROW), "requestBody": _form()},
        },
        f"{base}/requests/{{id}}.{{format}}": {"get": _operation("One request", _ROW, "id")},
        f"{base}/tokens/{{token}}.{{format}}": {
            "get": _operation("The number of a request by what its sender calls it", _ROW, "token")
        },
    }


def _operation(summary: str, schema: Json, named: str | None = None, asked: tuple[str, ...] = ()) -> Json:
    names = [{"name": named, "in": "path", "required": True, "schema": _TEXT}] if named else []
    queries = [
        {"name": name, "in": "query", "schema": _TEXT} for name in (*asked, "jurisdiction_id", "api_key")
    ]
    return {
        "tags": ["open311"],
        "summary": summary,
        "parameters": [*names, _FORMAT, *queries],
        "responses": {
            "200": {"description": "As GeoReport v2 has it", "content": _content(schema)},
            "4XX": {"description": "A list of errors; 403 for keys", "content": _content(_ERRORS)},
        },
    }


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}, "text/xml": {"schema": _TEXT}}


def _form() -> Json:
    schema = {"type": "object", "required": ["service_code"], "properties": dict.fromkeys(_FIELDS, _TEXT)}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}
