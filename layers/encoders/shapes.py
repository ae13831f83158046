"""Geometries on their way into a file: their kinds, their digits, and the shift of Chinese map services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from layers.features import COORDINATE_DIGITS
from spatial.geometry.crs import Crs
from spatial.geometry.datum import convert

_NAMES = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}  # fmt: skip
_OF_LAYER = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}


@dataclass(frozen=True)
class Kinds:
    """What the geometries of an export are."""

    name: str
    """The one kind they are, or can be made by `multi`: Point, MultiPolygon …, or Unknown."""
    multi: bool = False
    """Some are of the single and some of the multiple kind."""
    high: bool = False
    """Some have heights."""
    gaps: bool = False
    """Some features have none."""
    count: int = 0
    """How many features there are."""

    @classmethod
    def of(cls, geometry_type: str, found: Iterable[Sequence[Any]]) -> Kinds:
        """Judge rows of (GeometryType, has heights, number); without any the layer's type decides."""
        rows = list(found)
        names = {_NAMES.get(kind, "Unknown") for kind, *_ in rows if kind is not None}
        count = sum(number for *_, number in rows)
        gaps, high = any(kind is None for kind, *_ in rows), any(high for _, high, _ in rows)
        if not names:
            return cls(_OF_LAYER.get(geometry_type, "Unknown"), gaps=gaps, count=count)
        bases = {name.removeprefix("Multi") for name in names}
        if len(names) == 1:
            return cls(names.pop(), False, high, gaps, count)
        if len(bases) == 1:
            return cls(f"Multi{bases.pop()}", True, high, gaps, count)
        return cls("Unknown", False, high, gaps, count)


def datum_of(crs: Crs) -> str | None:
    """Name the shifted datum that a system stands on; None for one that PostGIS knows."""
    datum: str | None = getattr(crs, "datum", None)
    return datum if datum in ("gcj02", "bd09") else None


def shifted(wkb: Sequence[bytes | None], datum: str) -> list[bytes | None]:
    """Shift geometries in WKB from WGS-84 to a datum."""
    return list(shapely.to_wkb(_shift(wkb, datum), flavor="iso"))


def shifted_text(wkb: Sequence[bytes | None], datum: str) -> list[str | None]:
    """Shift geometries in WKB from WGS-84 to a datum, as GeoJSON."""
    return list(shapely.to_geojson(_shift(wkb, datum)))


def _shift(wkb: Sequence[bytes | None], datum: str) -> npt.NDArray[Any]:
    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        moved = points.copy()
        moved[:, 0], moved[:, 1] = convert(points[:, 0], points[:, 1], "wgs84", datum)
        return moved.round(COORDINATE_DIGITS)

    shapes = shapely.from_wkb(np.array(wkb, object))
    flat = shapely.transform(shapes, move, include_z=True) if shapely.has_z(shapes).any() else None
    # Shapely gives every geometry heights when asked for any.
    whole = shapely.transform(shapes, move)
    chosen: npt.NDArray[Any] = whole if flat is None else np.where(shapely.has_z(shapes), flat, whole)
    return chosen
