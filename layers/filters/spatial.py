"""Spatial functions: the constant is brought into the layer's system, so that the layer's index works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import shapely
from psycopg import sql

from layers.filters.nodes import Box, Call, Shape
from layers.filters.scope import Piece, Scope, check_count, compose, join
from layers.filters.shapes import place_box, place_shape

RELATIONS: Mapping[str, LiteralString] = {
    "s_contains": "({hull} AND ST_Contains({a}, {b}))",
    "s_crosses": "({hull} AND ST_Crosses({a}, {b}))",
    "s_disjoint": "(NOT ({hull} AND ST_Intersects({a}, {b})))",
    "s_equals": "({hull} AND ST_Equals({a}, {b}))",
    "s_intersects": "({hull} AND ST_Intersects({a}, {b}))",
    "s_overlaps": "({hull} AND ST_Overlaps({a}, {b}))",
    "s_touches": "({hull} AND ST_Touches({a}, {b}))",
    "s_within": "({hull} AND ST_Within({a}, {b}))",
}
"""The `&&` is written out: only it is leakproof, so only it reaches the index below row-level security."""


def shape(scope: Scope, node: Shape) -> Piece:
    """Bind a geometry in the layer's system."""
    text = bind_geometry(scope, place_shape(node, scope.crs, scope.layer.srid))
    return Piece(text, "geometry", hulls=(text,))


def box(scope: Scope, node: Box) -> Piece:
    """Bind a bounding box in the layer's system, two halves as one geometry."""
    halves = place_box(node, scope.crs, scope.layer.srid)
    if len(halves) == 1:
        text = bind_geometry(scope, halves[0])
        return Piece(text, "geometry", hulls=(text,))
    text = bind_geometry(scope, shapely.union_all(halves))
    return Piece(text, "geometry", hulls=tuple(bind_geometry(scope, half) for half in halves))


def bind_geometry(scope: Scope, geometry: Any) -> sql.Composed:
    """Bind a Shapely geometry that is in the layer's system."""
    return compose(
        "ST_SetSRID(ST_GeomFromWKB({}), {})",
        scope.bind(shapely.to_wkb(geometry)),
        sql.Literal(scope.layer.srid),
    )


def relate(scope: Scope, call: Call) -> Piece:
    """Compile one of the spatial functions."""
    check_count(call.name, len(call.arguments), 2)
    a, b = (scope.of_type(node, ("geometry",), call.name.upper()) for node in call.arguments)
    text = compose(RELATIONS[call.name], hull=overlap(a, b), a=a.text, b=b.text)
    return Piece(text, "boolean")


def overlap(a: Piece, b: Piece) -> sql.Composed:
    """Compare boxes, which is what the index can do."""
    tests = [
        compose("{} && {}", mine, theirs)
        for mine in (a.hulls or (a.text,))
        for theirs in (b.hulls or (b.text,))
    ]
    return tests[0] if len(tests) == 1 else compose("({})", join(" OR ", tests))
