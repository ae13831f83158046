"""What units and matters are called, and shapes of results in degrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyproj import Transformer

from api.ogc.processes.desk import Desk


def matter_names(desk: Desk) -> dict[str, str]:
    """Name the matters by code."""
    with desk.connection() as connection:
        return dict(connection.execute("SELECT code, name FROM matter").fetchall())


def to_degrees(zone: int, x_m: Any, y_m: Any) -> tuple[list[float], list[float]]:
    """Turn metres of a zone into degrees, rounded to a decimetre."""
    lon, lat = Transformer.from_crs(zone, 4326, always_xy=True).transform(x_m, y_m)
    return np.round(lon, 6).tolist(), np.round(lat, 6).tolist()


def point(lon: float, lat: float) -> dict[str, Any]:
    """Make a point of GeoJSON."""
    return {"type": "Point", "coordinates": [lon, lat]}


def circle(zone: int, centre: tuple[float, float], radius_m: float) -> dict[str, Any]:
    """Make the polygon of a circle of metres; at least ten, so that it can be seen."""
    angle = np.linspace(0, 2 * np.pi, 49)
    wide = max(radius_m, 10.0)
    lon, lat = to_degrees(zone, centre[0] + wide * np.cos(angle), centre[1] + wide * np.sin(angle))
    ring = [list(pair) for pair in zip(lon, lat, strict=True)]
    return {"type": "Polygon", "coordinates": [[*ring[:-1], ring[0]]]}


def commonest(names: Sequence[str]) -> str:
    """Give the commonest of some names, the first in order among equals."""
    found, count = np.unique(np.array(names), return_counts=True)
    return str(found[int(np.argmax(count))])
