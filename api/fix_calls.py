"""What the doors of fixes share: a request read within its limits, parameters, forms, keys, answers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request

from api.asgi import JSON, BodyTooLarge, Headers, Receive, Scope, header, read_body
from api.json_size import check_json
from api.sessions import check_same_site
from spatial.errors import InvalidInput
from spatial.patrols.senders import check_sender
from spatial.rights.reader import Reader

MOST_BODY = 2 * 2**20
"""Bytes of one request of an app; a thousand points of Overland take 600 kB."""
MOST_PHOTO = 16 * 2**20
"""The same with a photo."""
MOST_FORM = 64 * 1024
"""Bytes of a form that is read before anybody knows who sends it."""
MOST_FIELDS = 200
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_COOKIE = re.compile(r"(?:^|;\s*)ulogger=([\w-]{20,100})(?:;|$)")

Parameters = dict[str, list[str]]


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes
    content_type: bytes = JSON
    status: int = 200
    headers: Headers = field(default_factory=list)


def now_us() -> int:
    """Tell the time of receipt, in POSIX microseconds."""
    return time.time_ns() // 1000


def media_type(scope: Scope) -> str:
    """Name the kind of a body, without what follows."""
    return (header(scope, b"content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()


def query_of(scope: Scope) -> Parameters:
    """Read the parameters of the address."""
    return pairs(scope["query_string"])


def pairs(text: bytes) -> Parameters:
    """Read name=value pairs; InvalidInput when there are too many."""
    try:
        return parse_qs(text.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InvalidInput.at("parameters", f"there are more than {MOST_FIELDS}") from None


def first(given: Parameters) -> dict[str, str]:
    """Give each parameter's first value."""
    return {name: values[0] for name, values in given.items()}


def loaded(body: bytes, most_values: int = 100_000) -> Any:
    """Read JSON of an unknown sender; InvalidInput."""
    check_json(body, most_values)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is not JSON: {error}") from None


def as_object(given: Any) -> dict[str, Any]:
    """Refuse what is no object; InvalidInput."""
    if not isinstance(given, dict):
        raise InvalidInput.at("body", "must be an object")
    return given


async def form_of(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read a plain form."""
    return first(pairs(await read_body(scope, receive, MOST_FORM)))


async def photo_form_of(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read a form of somebody who is known; the photo that comes along is not kept."""
    body = await read_body(scope, receive, MOST_PHOTO)

    async def replay() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(dict(scope), replay).form(max_files=2, max_fields=MOST_FIELDS) as form:
            return {name: value for name, value in form.multi_items() if isinstance(value, str)}
    except BodyTooLarge:
        raise
    except Exception as error:
        raise InvalidInput.at("body", f"is not a form: {str(error)[:100]}") from None


async def reader_of(scope: Scope, token: str | None = None) -> Reader:
    """Find whose key came, in the place where the app puts it or in the Authorization header, to send fixes.

    Unauthenticated, Forbidden. A page must not make a browser send what it was once told for another page.
    """
    if (header(scope, b"authorization") or b"")[:5].lower() == b"basic":
        check_same_site(scope)
    reader: Reader = await scope["find_reader"](token)
    # As the routes have it: what is kept of a request says who made it.
    scope["reader"] = reader
    check_sender(reader)
    return reader


def cookie_of(scope: Scope) -> str | None:
    """Read the key out of the cookie that a log-in of μLogger left."""
    found = _COOKIE.search((header(scope, b"cookie") or b"").decode("latin-1"))
    return found and found[1]
