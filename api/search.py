"""Routes that find things."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import ConnectionOf
from layers import catalogue, features
from spatial.addresses.search import search as find

router = APIRouter(tags=["find"])


@router.get("/api/search")
def search(connection: ConnectionOf, q: str, datum: str = "wgs84", limit: int = 10) -> dict[str, Any]:
    """Find a code, an address or name, or coordinates in `datum`; positions in the answer are WGS-84."""
    kind, results = find(connection, q, datum, limit)
    return {"query_kind": kind, "datum": datum, "results": results}


@router.get("/api/events/{identifier}")
def event(identifier: int, connection: ConnectionOf) -> dict[str, Any]:
    """Show one event."""
    return _record(connection, "events", identifier)


@router.get("/api/places/{identifier}")
def place(identifier: int, connection: ConnectionOf) -> dict[str, Any]:
    """Show one sensitive place."""
    return _record(connection, "places", identifier)


@router.get("/api/components/{identifier}")
def component(identifier: int, connection: ConnectionOf) -> dict[str, Any]:
    """Show one city component."""
    return _record(connection, "components", identifier)


def _record(connection: Any, layer: str, identifier: int) -> dict[str, Any]:
    """A record is the layer's feature, flattened: the same query serves the map and the analysts."""
    found = features.feature(connection, catalogue.layer(connection, layer), str(identifier))
    lon, lat = found["geometry"]["coordinates"]
    return {**found["properties"], "lon": lon, "lat": lat}
