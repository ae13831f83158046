"""The condition that a feature touches a box: first by the index, then exactly.

The shape of the condition decides its text, the box itself is bound: the text is written once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely
from psycopg import sql

from layers.catalogue import Layer
from layers.features.facts import Facts
from layers.features.selection import Selection
from layers.features.systems import LON_LAT, in_system
from spatial.database import quoted
from spatial.geometry.boxes import bounds_in, halves, shifted_outline
from spatial.geometry.crs import CRS84, Crs, crs_of_srid
from spatial.types import BBox

_SIDES = ("west", "south", "east", "north")


@dataclass(frozen=True)
class BoxShape:
    """What decides the text of the condition."""

    kind: str
    """stored: in the system of the column; moved: in another; outline: of a shifted datum, as polygons."""
    srid: int
    """Of the exact test."""
    parts: int
    """How many boxes or outlines; 2 across the antimeridian."""
    hulls: int
    """How many boxes the index is asked for when kind is not stored; 0: it cannot help."""


def box_shape(layer: Layer, selection: Selection) -> tuple[BoxShape | None, dict[str, Any]]:
    """Say what the condition looks like, and bind the box; None without a box."""
    box, crs = selection.bbox, selection.bbox_crs
    if box is None:
        return None, {}
    parts = halves(box) if crs.in_degrees else [box]
    if crs.is_shifted:
        return _outlines(layer, parts, crs)
    if crs.srid == layer.srid or (crs.srid in LON_LAT and layer.srid in LON_LAT):
        return BoxShape("stored", layer.srid, len(parts), 0), _bound("box", parts)
    hulls = _hulls(layer, parts, crs)
    shape = BoxShape("moved", crs.srid, len(parts), len(hulls))
    return shape, {**_bound("box", parts), **_bound("hull", hulls)}


def box_condition(layer: Layer, shape: BoxShape, facts: Facts) -> sql.Composable:
    """Write the condition of a shape."""
    geometry = quoted(layer.geometry_column)
    if shape.kind == "stored":
        test = _point_test if facts.is_point(layer.geometry_column) else _shape_test
        return _any(test(geometry, f"box{number}", layer.srid) for number in range(shape.parts))
    hulls = [
        sql.SQL("{} && {}").format(geometry, _envelope(f"hull{n}", layer.srid)) for n in range(shape.hulls)
    ]
    exact = _any(_exact(layer, geometry, shape, number) for number in range(shape.parts))
    return sql.SQL("({} AND {})").format(_any(hulls), exact) if hulls else exact


def _any(tests: Any) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" OR ").join(tests))


def _envelope(name: str, srid: int) -> sql.Composable:
    sides = sql.SQL(", ").join(sql.Placeholder(f"{name}_{side}") for side in _SIDES)
    return sql.SQL("ST_MakeEnvelope({}, {})").format(sides, sql.Literal(srid))


def _shape_test(geometry: sql.Composable, name: str, srid: int) -> sql.Composable:
    """The `&&` lets the index work; ST_Intersects makes it exact (index boxes are float32).

    ST_Envelope turns a box without width or height into the point or line that it is.
    """
    box = _envelope(name, srid)
    return sql.SQL("({geom} && {box} AND ST_Intersects({geom}, ST_Envelope({box})))").format(
        geom=geometry, box=box
    )


def _point_test(geometry: sql.Composable, name: str, srid: int) -> sql.Composable:
    """For single points four comparisons are as exact, at a tenth of the cost; and the planner, which takes
    ST_Intersects for dear, does not start parallel workers for a page."""
    west, south, east, north = (sql.Placeholder(f"{name}_{side}") for side in _SIDES)
    return sql.SQL(
        "({geom} && {box} AND ST_X({geom}) >= {west} AND ST_X({geom}) <= {east}"
        " AND ST_Y({geom}) >= {south} AND ST_Y({geom}) <= {north})"
    ).format(geom=geometry, box=_envelope(name, srid), west=west, south=south, east=east, north=north)


def _exact(layer: Layer, geometry: sql.Composable, shape: BoxShape, number: int) -> sql.Composable:
    moved = in_system(geometry, layer.srid, shape.srid)
    if shape.kind == "moved":
        return sql.SQL("ST_Intersects({}, ST_Envelope({}))").format(
            moved, _envelope(f"box{number}", shape.srid)
        )
    outline = sql.SQL("ST_GeomFromWKB({}, {})").format(
        sql.Placeholder(f"outline{number}"), sql.Literal(shape.srid)
    )
    return sql.SQL("ST_Intersects({}, {})").format(moved, outline)


def _bound(name: str, boxes: list[BBox]) -> dict[str, float]:
    return {
        f"{name}{number}_{side}": float(value)
        for number, box in enumerate(boxes)
        for side, value in zip(_SIDES, box, strict=True)
    }


def _hulls(layer: Layer, parts: list[BBox], crs: Crs) -> list[BBox]:
    """Bound the boxes in the system of the column; nothing when one of them cannot be bounded."""
    own = crs_of_srid(layer.srid)
    found = [bounds_in(part, crs, own) for part in parts]
    return [] if None in found else [box for boxes in found if boxes for box in boxes]


def _outlines(layer: Layer, parts: list[BBox], crs: Crs) -> tuple[BoxShape, dict[str, Any]]:
    outlines = [shifted_outline(part, crs) for part in parts]
    around = [BBox(*outline.bounds) for outline in outlines]
    hulls = around if layer.srid in LON_LAT else _hulls(layer, around, CRS84)
    values = {f"outline{number}": shapely.to_wkb(each) for number, each in enumerate(outlines)}
    return BoxShape("outline", 4326, len(parts), len(hulls)), {**values, **_bound("hull", hulls)}
