"""Which rows of a layer a tile is made of, and which of their columns it carries."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import sql
from pyproj import Transformer

from layers.catalogue import Layer
from layers.features import Selection, statement
from spatial.database import quoted
from spatial.geometry.tile_matrix import Box
from spatial.types import BBox

if TYPE_CHECKING:
    from layers.filters import Condition

FloatArray = npt.NDArray[np.float64]

WORLD_WIDE = 6.0
"""Boxes wider than this, in degrees, are not expressed in a projected system: it may not reach that far."""
LON_LAT = (4326, 4490)
"""Stored in degrees; CGCS2000 and WGS-84 are taken as equal."""


@dataclass(frozen=True)
class Variant:
    """What a tile is made of beside its address."""

    datum: str = "wgs84"
    """Positions are shifted to it: wgs84 (as cgcs2000), gcj02 or bd09."""
    since: datetime | None = None
    until: datetime | None = None
    where: Condition | None = None
    """Condition of `layers.filters`."""
    fields: tuple[str, ...] | None = None
    """Attributes to carry, of the layer's; None: those that its tiles always have."""

    @property
    def is_whole(self) -> bool:
        """Tell whether no row is left out."""
        return self.since is None and self.until is None and self.where is None

    @property
    def is_shifted(self) -> bool:
        """Tell whether positions are shifted."""
        return self.datum in ("gcj02", "bd09")


PLAIN = Variant()


@dataclass(frozen=True)
class Rows:
    """What stands after FROM and WHERE, with its bound values."""

    relation: sql.Composable
    where: sql.Composable
    values: dict[str, Any] = field(default_factory=dict)


def rows_in(layer: Layer, box: BBox, variant: Variant) -> Rows:
    """Select the rows whose boxes touch a box in degrees (the index decides: somewhat more may come)."""
    if variant.is_whole:
        test, values = _touches(layer, box)
        return Rows(layer.table, sql.SQL("{} AND {}").format(test, layer.only), values)
    columns = {*carried(layer, variant), layer.id_column, layer.geometry_column}
    listed = sql.SQL(", ").join(map(quoted, sorted(columns)))
    more: dict[str, Any] = {} if variant.where is None else {"where": variant.where}
    selection = Selection(
        bbox=None if _is_world(box) else box, since=variant.since, until=variant.until, limit=None, **more
    )
    text, values = statement(layer, selection, listed)
    return Rows(sql.SQL("({}) AS chosen").format(text), sql.SQL("true"), values)


def carried(layer: Layer, variant: Variant) -> tuple[str, ...]:
    """Name the attributes that a tile carries; features without a number bring their identifier."""
    names = layer.tile_fields if variant.fields is None else variant.fields
    known = (layer.id_column, *layer.field_names)
    names = tuple(name for name in names if name in known)
    return names if has_numbers(layer) or layer.id_column in names else (layer.id_column, *names)


def has_numbers(layer: Layer) -> bool:
    """Tell whether features are known by whole numbers: a tile keeps those apart from the attributes."""
    return any(each.name == layer.id_column and each.type == "integer" for each in layer.fields)


def is_unit_layer(layer: Layer) -> bool:
    """Tell whether it shows units of a coverage: they have label points, and none is too small."""
    return layer.by_clock and "city.unit_version" in layer.sources


def _touches(layer: Layer, box: BBox) -> tuple[sql.Composable, dict[str, Any]]:
    stored = stored_box(layer.srid, box)
    if stored is None:
        return sql.SQL("{} IS NOT NULL").format(quoted(layer.geometry_column)), {}
    test = sql.SQL(
        "{} && ST_MakeEnvelope(%(stored_west)s, %(stored_south)s, %(stored_east)s, %(stored_north)s, {})"
    ).format(quoted(layer.geometry_column), sql.Literal(layer.srid))
    return test, {f"stored_{side}": value for side, value in stored._asdict().items()}


def stored_box(srid: int, box: BBox) -> Box | None:
    """Express a box in degrees in the system of a column; None where that cannot be done: take every row.

    The edges are followed, not only the corners: a parallel is no straight line in a projected system.
    """
    if srid in LON_LAT:
        return Box(*box)
    if srid != 3857 and box.east - box.west > WORLD_WIDE:
        return None
    edges = _transformer(srid).transform_bounds(*box, densify_pts=21)
    if not all(map(math.isfinite, edges)) or edges[0] > edges[2] or edges[1] > edges[3]:
        return None
    slack = 1e-4 * max(edges[2] - edges[0], edges[3] - edges[1])
    return Box(edges[0] - slack, edges[1] - slack, edges[2] + slack, edges[3] + slack)


def stored_points(srid: int, lon: FloatArray, lat: FloatArray) -> list[str]:
    """Write small boxes (EWKB, as text) in the system of a column around positions in degrees, (n,)."""
    x, y = (lon, lat) if srid in LON_LAT else _transformer(srid).transform(lon, lat)
    slack = 2e-7 if srid in LON_LAT else 0.1
    boxes = shapely.set_srid(shapely.box(x - slack, y - slack, x + slack, y + slack), srid)
    return [str(each) for each in shapely.to_wkb(boxes, hex=True, include_srid=True)]


def _is_world(box: BBox) -> bool:
    return box.east - box.west >= 360.0


@cache
def _transformer(srid: int) -> Transformer:
    return Transformer.from_crs(4326, srid, always_xy=True)
