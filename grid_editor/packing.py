"""Packs a change for the store: JSON, deflated."""

from __future__ import annotations

import zlib

import orjson

from grid_editor.change import Change

QUICK = 1
"""Level of deflation: coordinates as base64 shrink little more at higher ones."""


def pack(change: Change) -> bytes:
    """Write a change as bytes; the same change gives the same bytes."""
    return zlib.compress(orjson.dumps(change.to_json()), QUICK)


def unpack(packed: bytes) -> Change:
    """Read what `pack` wrote."""
    return Change.from_json(orjson.loads(zlib.decompress(packed)))
