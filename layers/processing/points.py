"""The features of a layer as points in memory: what densities, sums and hot spots are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import Connection, sql

from layers.catalogue import Layer
from layers.features import Selection, statement
from spatial.database import quoted
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84

FloatArray = npt.NDArray[np.float64]

_AT_ONCE = 20_000
NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class Points:
    """Positions (n,) in degrees of WGS-84, and a value of each, NaN where there is none."""

    lon: FloatArray
    lat: FloatArray
    value: FloatArray
    without_place: int = 0
    """Features that have no geometry."""


def read_points(
    connection: Connection[Any],
    layer: Layer,
    selection: Selection,
    attribute: str | None,
    most: int,
    tick: Callable[[int], None],
) -> Points:
    """Read one point for each feature that the session's reader may see: of lines and areas, one on them.

    attribute: what `value` is. `tick` is told how many have been read. InvalidInput when there are more
    than `most`, or the attribute is no number.
    """
    columns = sql.SQL("ST_X({point}), ST_Y({point}), {value}").format(
        point=_point(layer), value=_value(layer, attribute)
    )
    text, values = statement(layer, selection, columns)
    blocks, count = [np.empty((0, 3))], 0
    try:
        with connection.cursor(name="points", binary=True) as cursor:
            cursor.execute(text, values)
            while rows := cursor.fetchmany(_AT_ONCE):
                count += len(rows)
                if count > most:
                    raise InvalidInput.at("layer", _too_many(most))
                blocks.append(np.array(rows, np.float64))
                tick(count)
    except psycopg.DataError:
        raise InvalidInput.at("filter", "a value cannot be read as its attribute's type") from None
    return _points(np.concatenate(blocks))


def _points(table: FloatArray) -> Points:
    here = np.isfinite(table[:, :2]).all(axis=1)
    lon, lat, value = np.ascontiguousarray(table[here].T)
    return Points(lon, lat, value, int((~here).sum()))


def _too_many(most: int) -> str:
    return (
        f"more than {most:,} features match: narrow it by bbox, datetime or filter, "
        "or ask with 'Prefer: respond-async', which may take more"
    )


def _point(layer: Layer) -> sql.Composable:
    geometry = quoted(layer.geometry_column)
    point = geometry if layer.geometry_type == "point" else sql.SQL("ST_PointOnSurface({})").format(geometry)
    if layer.geometry_type == "point":
        # A layer of points may hold multipoints.
        point = sql.SQL("ST_GeometryN({}, 1)").format(point)
    if layer.srid == CRS84.srid:
        return point
    return sql.SQL("ST_Transform({}, 4326)").format(point)


def _value(layer: Layer, attribute: str | None) -> sql.Composable:
    if attribute is None:
        return sql.SQL("NULL::float8")
    types = {field.name: field.type for field in layer.fields}
    if types.get(attribute) not in NUMERIC:
        known = ", ".join(name for name, kind in types.items() if kind in NUMERIC) or "none"
        raise InvalidInput.at("attribute", f"must be an attribute with numbers; this layer has {known}")
    return sql.SQL("{}::float8").format(quoted(attribute))
