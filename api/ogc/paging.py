"""Links between pages: an opaque token says behind or before which feature a page lies.

A token holds the values that the features are sorted by, so it is nobody's secret and needs no signature: a
made-up one is a place in the same answer. It holds a digest of what was asked for, and is good for that only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import orjson

from layers.catalogue import Layer
from layers.features import Selection
from spatial.errors import InvalidInput

_OF_THE_PAGE = frozenset(
    {"limit", "offset", "token", "lang", "f", "crs", "properties", "skipGeometry", "zoom-level"}
)
"""Parameters that may change from page to page: neither which features there are nor their order."""

AFTER, BEFORE = "a", "b"


@dataclass(frozen=True)
class Place:
    """Where a page lies: which way it was reached, and how many features stood before it then."""

    keys: Sequence[str | None]
    way: str
    position: int


def write_token(digest: str, place: Place) -> str:
    """Write a place of an answer; digest: of what was asked for."""
    text = orjson.dumps([digest, place.way, place.position, *place.keys])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def read_token(layer: Layer, parameters: Mapping[str, str], token: str) -> Place:
    """Read a place; InvalidInput at `token` when it is none of this answer."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        raise InvalidInput.at("token", "is not one of ours: follow the links next and prev") from None
    if not _is_token(parts):
        raise InvalidInput.at("token", "is not one of ours: follow the links next and prev")
    digest, way, position, *keys = parts
    if digest != digest_of(layer, parameters):
        raise InvalidInput.at("token", "belongs to another filter, order or collection")
    return Place(keys, way, position)


def _is_token(parts: object) -> bool:
    if not isinstance(parts, list) or len(parts) < 4:
        return False
    _, way, position, *keys = parts
    known = way in (AFTER, BEFORE) and type(position) is int and 0 <= position < 2**53
    return known and all(key is None or (isinstance(key, str) and "\x00" not in key) for key in keys)


def digest_of(layer: Layer, parameters: Mapping[str, str]) -> str:
    """Name what was asked for, whatever the page: tokens are good for nothing else."""
    what = sorted((name, text) for name, text in parameters.items() if name not in _OF_THE_PAGE)
    return blake2b(orjson.dumps([layer.name, what]), digest_size=8).hexdigest()


def placed(selection: Selection, place: Place) -> Selection:
    """Begin the page of a selection where a token says."""
    if place.way == BEFORE:
        return replace(selection, before=place.keys)
    return replace(selection, after=place.keys)
