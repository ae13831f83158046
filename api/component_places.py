"""What the routes of components are asked about: classes by code or name, a point or an event."""

from __future__ import annotations

import re
from typing import Any

from psycopg import Connection

from api.schemas.components import NearestQuery
from layers import catalogue, features
from spatial.components.book import read_book
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert

_GROUP = re.compile(r"[0-9]{2}")
MOST = 30


def classes_asked(connection: Connection[Any], text: str | None) -> list[str] | None:
    """Read classes between commas, by code or name in any profile, or two digits for a group of classes."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not 0 < len(words) <= MOST:
        raise InvalidInput.at("class", f"must be 1 to {MOST} classes between commas")
    book = read_book(connection)
    return [word if _GROUP.fullmatch(word) else book.our_class(word) for word in words]


def place_asked(connection: Connection[Any], asked: NearestQuery) -> tuple[float, float, str | None]:
    """Say where, in WGS-84, and of which category: those of an event unless a point is given."""
    if asked.event is not None:
        found = features.feature(connection, catalogue.layer(connection, "events"), str(asked.event))
        lon, lat = found["geometry"]["coordinates"]
        return lon, lat, asked.category or found["properties"]["category"]
    for name in ("lon", "lat"):
        if getattr(asked, name) is None:
            raise InvalidInput.at(name, "is required, or `event`")
    (x,), (y,) = convert([asked.lon], [asked.lat], asked.datum, "wgs84")
    return float(x), float(y), asked.category
