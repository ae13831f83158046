"""Routes that find things."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from spatial.addresses.search import search as find

router = APIRouter(tags=["find"])


@router.get("/api/search")
def search(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, q: str, datum: str = "wgs84", limit: int = 10
) -> dict[str, Any]:
    """Find a code, an address or name, or coordinates in `datum`; positions in the answer are WGS-84."""
    kind, results = find(connection, q, datum, limit, partial(city.addresses.current, reader, connection))
    return {"query_kind": kind, "datum": datum, "results": results}
