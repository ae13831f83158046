"""Geometries on the shifted datums of Chinese map services, which PostGIS does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from layers.features.systems import COORDINATE_DIGITS
from spatial.geometry.datum import convert


def shifted_text(wkb: Sequence[bytes | None], datum: str) -> list[str]:
    """Shift geometries in WKB (longitude, latitude, WGS-84) to a datum, as GeoJSON; null for none."""
    given = shapely.from_wkb(np.array(wkb, object))
    high = shapely.has_z(given)
    moved = np.empty(len(given), object)
    for with_heights in (False, True):
        chosen = high == with_heights
        moved[chosen] = shapely.transform(given[chosen], _mover(datum), include_z=with_heights)
    return [text or "null" for text in shapely.to_geojson(moved)]


def _mover(datum: str) -> Any:
    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        moved = points.copy()
        moved[:, 0], moved[:, 1] = convert(points[:, 0], points[:, 1], "wgs84", datum)
        return moved.round(COORDINATE_DIGITS)

    return move
