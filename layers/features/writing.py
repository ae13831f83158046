"""Features as GeoJSON, written by PostgreSQL: the text that is sent, never read again on its way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from layers.catalogue import Field, Layer
from layers.features.facts import Facts
from layers.features.selection import Selection, names_of
from layers.features.systems import digits_of, in_system
from spatial.database import quoted
from spatial.geometry.crs import Crs

_CURVED = {"", "Geometry", "GeometryCollection", "CompoundCurve", "CircularString", "CurvePolygon",
           "MultiCurve", "MultiSurface"}  # fmt: skip
"""Geometry columns that may hold arcs, which GeoJSON has no word for."""
WHOLE = ("int2", "int4", "int8", "bool")
PLAIN = ("timestamptz", "date", "uuid", "_text", "_varchar", "_int4", "_int8", "_float8")
FRACTIONS = ("float4", "float8", "numeric")
_MOST_ARGUMENTS = 90
_HEAD = (sql.SQL("""'{"type":"Feature","id":'"""), sql.SQL("to_json(i::text)"), sql.SQL("""',"geometry":'"""))


@dataclass(frozen=True)
class FormShape:
    """What decides how features are written."""

    names: tuple[str, ...]
    geometry: bool
    crs: Crs
    simplified: bool


def form_shape(layer: Layer, selection: Selection) -> FormShape:
    """Say how the features of a selection are written."""
    simplified = selection.zoom is not None and layer.geometry_type != "point"
    return FormShape(names_of(layer, selection), selection.geometry, selection.crs, simplified)


def tolerance(zoom: float) -> float:
    """Give the size of a pixel of WebMercatorQuad (256 pixels a tile) at a zoom, in degrees."""
    return float(360.0 / 256.0 / 2.0**zoom)


def columns(layer: Layer, form: FormShape) -> sql.Composable:
    """List the columns that a feature is written from, under names that clash with nothing."""
    names = [layer.id_column, *form.names, *([layer.geometry_column] if form.geometry else [])]
    aliases = ["i", *(f"c{number}" for number in range(len(form.names))), "g"]
    return sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(quoted(name), sql.Identifier(alias))
        for name, alias in zip(names, aliases, strict=False)
    )


def feature_text(layer: Layer, form: FormShape, facts: Facts) -> sql.Composable:
    """Write a feature over `columns`."""
    geometry = geometry_text(layer, form, facts) if form.geometry else sql.SQL("'null'")
    return _joined([*_HEAD, geometry, *_properties(layer, form, facts)])


def feature_tail(layer: Layer, form: FormShape, facts: Facts) -> tuple[sql.Composable, sql.Composable]:
    """Write a feature over `columns` in two texts, before and behind its geometry."""
    return _joined(_HEAD), _joined(_properties(layer, form, facts))


def _joined(parts: Sequence[sql.Composable]) -> sql.Composable:
    """Join texts; a function of PostgreSQL takes a hundred arguments at most."""
    if len(parts) <= _MOST_ARGUMENTS:
        return sql.SQL("concat({})").format(sql.SQL(", ").join(parts))
    groups = [parts[start : start + _MOST_ARGUMENTS] for start in range(0, len(parts), _MOST_ARGUMENTS)]
    return _joined([_joined(group) for group in groups])


def shape_wkb(layer: Layer, form: FormShape) -> sql.Composable:
    """Write the geometry over `columns` as WKB in longitude and latitude."""
    return sql.SQL("ST_AsBinary({})").format(_wound(_lon_lat(layer, form), layer))


def geometry_text(layer: Layer, form: FormShape, facts: Facts) -> sql.Composable:
    """Write the geometry over `columns` as GeoJSON in the system asked for, by that system's axis order."""
    shape: sql.Composable = sql.SQL("g")
    stored = layer.srid
    if facts.types.get(layer.geometry_column, "") in _CURVED:
        shape = sql.SQL("ST_CurveToLine(g)")
    if form.simplified:
        shape, stored = _lon_lat(layer, form), 4326
    shape = _wound(in_system(shape, stored, form.crs.srid), layer)
    if form.crs.northing_first:
        shape = sql.SQL("ST_FlipCoordinates({})").format(shape)
    # 0: no member `crs`, which PostGIS adds for every system but 4326.
    return sql.SQL("coalesce(ST_AsGeoJSON({}, {}, 0), 'null')").format(
        shape, sql.Literal(digits_of(form.crs))
    )


def _wound(shape: sql.Composable, layer: Layer) -> sql.Composable:
    """Wind outer rings counter-clockwise, as RFC 7946 (3.1.6) wants; only areas have any.

    ST_ForcePolygonCCW turns lines round as well, and the direction of a pipe is not ours to change.
    """
    if layer.geometry_type == "polygon":
        return sql.SQL("ST_ForcePolygonCCW({})").format(shape)
    if layer.geometry_type != "geometry":
        return shape
    is_area = sql.SQL("GeometryType({}) IN ('POLYGON', 'MULTIPOLYGON')").format(shape)
    return sql.SQL("CASE WHEN {is_area} THEN ST_ForcePolygonCCW({shape}) ELSE {shape} END").format(
        is_area=is_area, shape=shape
    )


def _lon_lat(layer: Layer, form: FormShape) -> sql.Composable:
    shape = in_system(sql.SQL("ST_CurveToLine(g)"), layer.srid, 4326)
    return (
        sql.SQL("ST_SimplifyPreserveTopology({}, %(tolerance)s)").format(shape) if form.simplified else shape
    )


def _properties(layer: Layer, form: FormShape, facts: Facts) -> list[sql.Composable]:
    fields = {each.name: each for each in layer.fields}
    parts: list[sql.Composable] = []
    between = ',"properties":{'
    for number, name in enumerate(form.names):
        written = f"{between}{json.dumps(name, ensure_ascii=False)}:"
        # psycopg takes a single percent sign for a placeholder.
        parts.append(sql.Literal(written.replace("%", "%%")))
        parts.append(_value(sql.Identifier(f"c{number}"), fields[name], facts.types.get(name, "")))
        between = ","
    return [*parts, sql.Literal("}}" if parts else f"{between}}}}}")]


def _value(column: sql.Composable, field: Field, kind: str) -> sql.Composable:
    """NaN and the infinities have no form in JSON; they are published as null, like NULL."""
    if field.type == "string":
        form = "to_json({0})::text" if kind in ("text", "varchar") else "to_json({0}::text)::text"
    elif kind in WHOLE or kind == "jsonb":
        form = "{0}::text"
    elif kind in FRACTIONS:
        form = "(CASE WHEN {0} < 'Infinity' AND {0} > '-Infinity' THEN {0} END)::text"
    elif kind == "timestamp":
        form = "to_json({0}::timestamptz)::text"
    elif kind == "" and field.type == "number":
        form = "CASE WHEN {0}::text NOT IN ('NaN', 'Infinity', '-Infinity') THEN to_json({0})::text END"
    elif kind in PLAIN:
        form = "to_json({0})::text"
    else:
        # The type json keeps what was written, bare line feeds too; here those stand between features only.
        form = "translate(to_json({0})::text, E'\\r\\n', '  ')"
    return sql.SQL(f"coalesce({form}, 'null')").format(column)
