"""Inputs by reference: a `data:` address, or an address of this very door, read with the asker's rights.

No other address is followed: whoever may ask for a calculation could else have the server call machines
that only the server can reach, and read what they answer.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from api.json_size import check_json
from api.ogc.call import Call, Document, Reply
from api.ogc.request import Ask
from spatial.errors import InvalidInput

MOST_BYTES = 16 * 2**20
MOST_VALUES = 3_000_000


def fetch(call: Call, href: Any, where: str) -> Any:
    """Read the JSON that an address stands for; InvalidInput at `where`."""
    if not isinstance(href, str):
        raise InvalidInput.at(where, "must be an address")
    if href.startswith("data:"):
        return _parsed(_inline(href, where), where)
    if href == call.base_url or href.startswith((f"{call.base_url}/", f"{call.base_url}?")):
        return _own(call, href, where)
    raise InvalidInput.at(where, f"must begin with data: or {call.base_url}/ — others are not followed")


def _inline(href: str, where: str) -> bytes:
    head, comma, text = href.partition(",")
    if not comma:
        raise InvalidInput.at(where, "is no data: address (RFC 2397)")
    body = unquote_to_bytes(text)
    if not head.endswith(";base64"):
        return body
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise InvalidInput.at(where, "is not base64") from None


def _own(call: Call, href: str, where: str) -> Any:
    """Ask this door itself, in the name of who asks; only for what it answers as JSON."""
    from api.ogc.resources import answer  # which lists this part of the door, too

    path, _, query = href.removeprefix(call.base_url).partition("#")[0].partition("?")
    scope = call.ask.scope
    raw = f"{scope.get('root_path', '')}{call.ask.base_path}{path}".encode()
    headers = [
        (name, text) for name, text in scope["headers"] if name.lower() in (b"host", b"accept-language")
    ]
    asked = {
        **scope, "method": "GET", "raw_path": raw, "query_string": query.encode(),
        "headers": [*headers, (b"accept", b"application/json")],
    }  # fmt: skip
    ask = Ask(asked, call.ask.base_path, call.ask.trusted_proxy)
    found = answer(replace(call, ask=ask, body=b""))
    if isinstance(found, Document):
        return found.body
    if isinstance(found, Reply) and found.status == 200 and b"json" in found.content_type:
        return _parsed(found.body, where)
    raise InvalidInput.at(where, "does not answer as JSON")


def _parsed(body: bytes, where: str) -> Any:
    if len(body) > MOST_BYTES:
        raise InvalidInput.at(where, f"holds more than {MOST_BYTES // 2**20} MiB")
    check_json(body, MOST_VALUES)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at(where, f"is not JSON: {error}") from None
