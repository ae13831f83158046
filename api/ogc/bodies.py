"""Read the body of a change: its type, its reference system, its JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from api.asgi import NotRead
from api.json_size import check_json
from api.ogc.call import Call
from layers.catalogue import Layer
from layers.features import read_system
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, Crs

FEATURE_TYPES = ("application/geo+json", "application/json")
PATCH_TYPES = ("application/merge-patch+json", *FEATURE_TYPES)
_CHARSET = re.compile(r'charset\s*=\s*"?([^"\s;]*)', re.I)
MOST_VALUES = 3_000_000
"""Values in one body: a million positions."""


def read_json(call: Call, types: Sequence[str]) -> Any:
    """Read a body of one of the media types; InvalidInput, or NotRead for another type."""
    _check_type(call.ask.headers.get("content-type"), types)
    check_json(call.body, MOST_VALUES)
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is not JSON: {error}") from None


def _check_type(header: str | None, types: Sequence[str]) -> None:
    """Part 4 wants a missing type to be the client's mistake, not an unknown type."""
    if header is None:
        raise InvalidInput.at("Content-Type", f"is missing; send {types[0]}")
    name, _, rest = header.partition(";")
    if name.strip().lower() not in types:
        raise NotRead(f"the body must be {' or '.join(types)}")
    charset = _CHARSET.search(rest)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise NotRead("the body must be in UTF-8")


def content_crs(call: Call, layer: Layer, body: Any = None) -> Crs:
    """Read Content-Crs, with angle brackets and without them; CRS84 unless told. InvalidInput.

    A body that names another system than the request is not believed.
    """
    given = call.ask.headers.get("content-crs")
    crs = CRS84 if given is None else read_system(given, layer, "Content-Crs")
    named = body.get("crs") if isinstance(body, dict) else None
    if isinstance(named, dict) and isinstance(named.get("properties"), dict):
        named = named["properties"].get("name")
    if named is not None and (not isinstance(named, str) or read_system(named, layer, "crs") != crs):
        raise InvalidInput.at(
            "crs", "differs from the header Content-Crs, which alone says it (CRS84 unless told)"
        )
    return crs
