"""Reference systems as files name them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyproj

from layers.encoders.shapes import datum_of
from spatial.geometry.crs import Crs

_SHIFTED = """ENGCRS["{name} longitude, latitude (shifted; not WGS 84)",
    EDATUM["{name}"],
    CS[Cartesian,2], AXIS["longitude (x)",east,ORDER[1]], AXIS["latitude (y)",north,ORDER[2]],
    LENGTHUNIT["metre",1]]"""
_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def gdal_name(crs: Crs) -> str:
    """Name a system for GDAL, which writes x before y whatever the system says.

    A shifted one becomes a system of its own that nothing is known about: taken for WGS 84, its features
    would lie half a kilometre beside.
    """
    datum = datum_of(crs)
    return f"EPSG:{crs.srid}" if datum is None else _SHIFTED.format(name=_NAMES[datum])


@cache
def projjson(crs: Crs) -> dict[str, Any]:
    """Describe a system as PROJJSON; GeoParquet has x before y, too, whatever it says."""
    name = "OGC:CRS84" if crs.name == "CRS84" else gdal_name(crs)
    described: dict[str, Any] = pyproj.CRS.from_user_input(name).to_json_dict()
    return described
