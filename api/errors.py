"""The error policy on one screen: one table from error to status, one JSON shape (RFC 9457).

4xx is quiet. 5xx is logged with its traceback and tells the client nothing of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.asgi import (
    BodyTooLarge,
    Headers,
    HeadTooLarge,
    MethodNotAllowed,
    Misdirected,
    NotRead,
    PreconditionFailed,
    PreconditionRequired,
    Send,
    UrlTooLong,
    respond,
)
from api.quotas import Refusal
from grid_editor.store import Stale
from spatial import errors
from spatial.components.records import Stale as StaleComponent
from spatial.events import lifecycle

log = structlog.get_logger()

PROBLEM_JSON = b"application/problem+json"

STATUS: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidInput: (400, "Invalid input"),
    errors.Unprocessable: (422, "Not possible"),
    errors.TooLarge: (413, "Too large"),
    errors.Unauthenticated: (401, "Not logged in"),
    errors.Forbidden: (403, "Not allowed"),
    errors.PasswordChangeNeeded: (403, "Password change needed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "Conflict"),
    errors.TooMany: (429, "Too many requests"),
    MethodNotAllowed: (405, "Method not allowed"),
    PreconditionFailed: (412, "Precondition failed"),
    Stale: (412, "Precondition failed"),
    lifecycle.Stale: (412, "Precondition failed"),
    StaleComponent: (412, "Precondition failed"),
    BodyTooLarge: (413, "Too large"),
    UrlTooLong: (414, "Address too long"),
    NotRead: (415, "Unsupported media type"),
    Misdirected: (421, "Misdirected"),
    PreconditionRequired: (428, "Precondition required"),
    HeadTooLarge: (431, "Head too large"),
    MemoryError: (413, "Too large"),
    TimeoutError: (408, "Too slow"),
    errors.Unavailable: (503, "Not available now"),
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "reason"],
                "properties": {"where": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
"""The same shape as JSON Schema, for the OpenAPI documents."""

TITLES = {404: "Not found", 405: "Method not allowed", 406: "Not acceptable", 415: "Unsupported media type"}


def status_of(error: Exception) -> int:
    """Return the status that an error is answered with."""
    return next((STATUS[kind][0] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: Exception) -> tuple[int, bytes]:
    """Turn any error into a status and a problem+json body; an unknown one is logged and becomes a 500."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            status, title = STATUS[kind]
            own_type = getattr(error, "problem_type", None)
            return status, _body(status, title, str(error) or title.lower(), _reasons(error), own_type)
    log.error("request failed", exc_info=error)
    return 500, _body(500, "Internal error", "the request failed; the reason is in the server's log", [])


async def respond_problem(send: Send, error: Exception, headers: Headers | None = None) -> None:
    """Answer a raw ASGI request with the problem that an error is."""
    status, body = problem(error)
    lines = [*(headers or [])]
    lines += [(name.encode(), value.encode()) for name, value in _headers(error).items()]
    await respond(send, body, PROBLEM_JSON, status, lines)


def install(app: FastAPI) -> None:
    """Make every error of ordinary routes a problem+json."""
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    for kind in (*STATUS, Exception):
        app.add_exception_handler(kind, _on_error)


def _reasons(error: Exception) -> list[dict[str, str]]:
    if isinstance(error, errors.InvalidInput):
        return [{"where": problem.where, "reason": problem.reason} for problem in error.problems]
    return [{"where": "body", "reason": str(error)}] if isinstance(error, BodyTooLarge) else []


def _body(
    status: int, title: str, detail: str, reasons: Sequence[dict[str, str]], kind: str | None = None
) -> bytes:
    """Write the problem; `kind` is the type that a standard asks for, in place of our own."""
    kind = kind or f"urn:citygrid:problem:{title.lower().replace(' ', '-')}"
    body: dict[str, Any] = {"type": kind, "title": title, "status": status, "detail": detail}
    if reasons:
        body["errors"] = list(reasons)
    return orjson.dumps(body)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    quota = error.headers if isinstance(error, Refusal) else {}
    retry = {"retry-after": str(error.retry_after_s)} if isinstance(error, errors.TooMany) else {}
    return {**quota, **retry}


def _on_error(_: Request, error: Exception) -> Response:
    status, body = problem(error)
    return Response(body, status, _headers(error), PROBLEM_JSON.decode())


def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _on_error(_, errors.InvalidInput([_problem(found) for found in error.errors()]))


def _problem(found: dict[str, Any]) -> errors.Problem:
    head, *path = found["loc"]
    if found["type"] == "json_invalid":
        # Its path is a character of the body, not a field.
        return errors.Problem("body", f"is no JSON: {found['ctx']['error']} at character {path[0]}")
    return errors.Problem(".".join(map(str, path)) or str(head), found["msg"])


def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = TITLES.get(error.status_code, "Request failed")
    body = _body(error.status_code, title, str(error.detail), [])
    return Response(body, error.status_code, error.headers, PROBLEM_JSON.decode())
