"""The rasters of the city, read once per process and state."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.geometry.rasters import Raster, quarter_points, read_geotiff
from spatial.grids.weights import PointWeights

POPULATION = "population"
"""People and households by cell."""

_TOPICS = {"people": "population", "households": "households"}
"""Band → what lineage calls it."""

_KEPT: dict[tuple[str, datetime], Raster] = {}
_MOST_KEPT = 8
_LOCK = Lock()


def load_raster(connection: Connection[Any], name: str) -> Raster | None:
    """Read a raster; None where the city has none of that name. The same for every reader."""
    found = connection.execute(query("spatial", "raster_stamp"), {"name": name}).fetchone()
    if found is None:
        return None
    bands, changed_at = found
    key = (name, changed_at)
    with _LOCK:
        if key in _KEPT:
            return _KEPT[key]
    row = connection.execute(query("spatial", "raster_content"), {"name": name}).fetchall()[0]
    raster = read_geotiff(bytes(row[0]), bands)
    with _LOCK:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = raster
    return raster


def population_weights(connection: Connection[Any]) -> dict[str, PointWeights]:
    """Give the weights of lineage by people and households; nothing where the city has no such raster."""
    raster = load_raster(connection, POPULATION)
    if raster is None:
        return {}
    lon, lat, figures = quarter_points(raster)
    bands = zip(raster.bands, figures, strict=True)
    return {_TOPICS[band]: PointWeights(lon, lat, figure) for band, figure in bands if band in _TOPICS}
