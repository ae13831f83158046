"""Read the features of any layer: by box, time, attribute, order and page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import quoted
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.types import BBox

COORDINATE_DIGITS = 9
"""All digits of the precision grid are published."""

MAX_LIMIT = 10_000
"""Most features one page may hold."""


@dataclass(frozen=True)
class Selection:
    """Which features of a layer are asked for, and how they are ordered and paged."""

    bbox: BBox | None = None
    since: datetime | None = None
    until: datetime | None = None
    equals: Mapping[str, str] = field(default_factory=dict)
    """Attribute equals value; the text is read as the attribute's type."""
    sort: Sequence[tuple[str, bool]] = ()
    """(attribute, descending) pairs; the identifier always breaks ties."""
    limit: int | None = 10
    """None: all of them, for what is streamed."""
    offset: int = 0
    attributes: Sequence[str] | None = None
    """Published attributes to return; None is all of them."""
    geometry: bool = True


Feature = dict[str, Any]
"""A GeoJSON feature: geometry in lon/lat WGS-84."""


def features(connection: Connection[Any], layer: Layer, selection: Selection) -> list[Feature]:
    """Read one page of features as GeoJSON dictionaries.

    Raises InvalidInput that names the attribute, box or page that is wrong.
    """
    rows = _read(connection, *statement(layer, selection, _columns(layer, selection)))
    names = _names(layer, selection)
    return [_feature(row, names) for row in rows]


def statement(
    layer: Layer, selection: Selection, columns: sql.Composable
) -> tuple[sql.Composed, dict[str, Any]]:
    """Write the statement that reads `columns` of the features selected, in order, with its bound values.

    Without a limit (None) every feature is read. Raises InvalidInput that names what is wrong.
    """
    _check(layer, selection)
    where, values = _where(layer, selection)
    text = sql.SQL("SELECT {columns} FROM {table} WHERE {where} ORDER BY {order}").format(
        columns=columns, table=layer.table, where=where, order=_order(layer, selection)
    )
    if selection.limit is not None:
        text += sql.SQL(" LIMIT %(limit)s")
        values["limit"] = selection.limit
    if selection.offset:
        text += sql.SQL(" OFFSET %(offset)s")
        values["offset"] = selection.offset
    return text, values


def count(connection: Connection[Any], layer: Layer, selection: Selection) -> int:
    """Count exactly the features that match, whatever the page."""
    _check(layer, selection)
    where, values = _where(layer, selection)
    text = sql.SQL("SELECT count(*) FROM {relation} WHERE {where}").format(relation=layer.table, where=where)
    return int(_read(connection, text, values)[0][0])


def feature(connection: Connection[Any], layer: Layer, identifier: str) -> Feature:
    """Read one feature by its identifier; NotFound when there is none, or it cannot be one."""
    selection = Selection()
    text = sql.SQL("SELECT {columns} FROM {relation} WHERE {id} = %(id)s").format(
        columns=_columns(layer, selection),
        relation=layer.table,
        id=quoted(layer.id_column),
    )
    row = _first(connection, text, {"id": identifier})
    if row is None:
        raise NotFound(f"layer '{layer.name}' has no feature '{identifier}'")
    return _feature(row, layer.field_names)


def extent(connection: Connection[Any], layer: Layer) -> BBox | None:
    """Measure the box around all features; None for an empty layer."""
    statement = sql.SQL(
        "SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)"
        " FROM (SELECT ST_Extent({geom}) AS box FROM {relation}) AS whole"
    ).format(geom=quoted(layer.geometry_column), relation=layer.table)
    row = connection.execute(statement, {}).fetchone()
    return None if row is None or row[0] is None else BBox(*row)


def interval(connection: Connection[Any], layer: Layer) -> tuple[datetime, datetime] | None:
    """Measure the time from the first to the last feature; None without a time column or a time."""
    if layer.time_column is None:
        return None
    statement = sql.SQL("SELECT min({time}), max({time}) FROM {relation}").format(
        time=quoted(layer.time_column), relation=layer.table
    )
    row = connection.execute(statement, {}).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])


def _read(connection: Connection[Any], statement: sql.Composed, values: dict[str, Any]) -> list[Any]:
    try:
        return connection.execute(statement, values).fetchall()
    except psycopg.DataError:
        raise InvalidInput.at("filter", "a value cannot be read as its attribute's type") from None


def _first(connection: Connection[Any], statement: sql.Composed, values: dict[str, Any]) -> Any:
    """Read one row; a value that the column's type cannot be (text for a number) finds none."""
    try:
        return connection.execute(statement, values).fetchone()
    except psycopg.DataError:
        return None


def _names(layer: Layer, selection: Selection) -> tuple[str, ...]:
    if selection.attributes is None:
        return layer.field_names
    return tuple(name for name in layer.field_names if name in set(selection.attributes))


def _columns(layer: Layer, selection: Selection) -> sql.Composable:
    geometry: sql.Composable = sql.SQL("NULL::json")
    if selection.geometry:
        geometry = sql.SQL("ST_AsGeoJSON({geom}, {digits})::json").format(
            geom=quoted(layer.geometry_column), digits=sql.Literal(COORDINATE_DIGITS)
        )
    columns = [
        sql.SQL("{}::text AS feature_id").format(quoted(layer.id_column)),
        sql.SQL("{} AS feature_geometry").format(geometry),
    ]
    return sql.SQL(", ").join([*columns, *map(quoted, _names(layer, selection))])


def _order(layer: Layer, selection: Selection) -> sql.Composable:
    parts = [
        sql.SQL("{} DESC" if descending else "{} ASC").format(quoted(name))
        for name, descending in selection.sort
    ]
    return sql.SQL(", ").join([*parts, quoted(layer.id_column)])


def _where(layer: Layer, selection: Selection) -> tuple[sql.Composable, dict[str, Any]]:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    values: dict[str, Any] = {}
    for condition, bound in (_in_box(layer, selection), _in_time(layer, selection), _equal(selection)):
        conditions.extend(condition)
        values.update(bound)
    return sql.SQL(" AND ").join(conditions), values


Clause = tuple[list[sql.Composable], dict[str, Any]]


def _in_box(layer: Layer, selection: Selection) -> Clause:
    """The `&&` lets the index work; ST_Intersects makes it exact (index boxes are float32).

    ST_Envelope turns a box without width or height into the point or line that it is.
    """
    if selection.bbox is None:
        return [], {}
    tests, values = [], {}
    for number, box in enumerate(_halves(selection.bbox)):
        names = {side: f"box{number}_{side}" for side in box._fields}
        envelope = sql.SQL("ST_Envelope(ST_MakeEnvelope({}, 4326))").format(
            sql.SQL(", ").join(sql.Placeholder(name) for name in names.values())
        )
        tests.append(
            sql.SQL("({geom} && {box} AND ST_Intersects({geom}, {box}))").format(
                geom=quoted(layer.geometry_column), box=envelope
            )
        )
        values.update({names[side]: value for side, value in box._asdict().items()})
    return [sql.SQL("({})").format(sql.SQL(" OR ").join(tests))], values


def _halves(bbox: BBox) -> list[BBox]:
    """Cut a box at the antimeridian when it crosses it."""
    if bbox.west <= bbox.east:
        return [bbox]
    return [bbox._replace(east=180.0), bbox._replace(west=-180.0)]


def _in_time(layer: Layer, selection: Selection) -> Clause:
    if layer.time_column is None:
        return [], {}
    column = quoted(layer.time_column)
    conditions: list[sql.Composable] = []
    if selection.since is not None:
        conditions.append(sql.SQL("{} >= %(since)s").format(column))
    if selection.until is not None:
        conditions.append(sql.SQL("{} <= %(until)s").format(column))
    return conditions, {"since": selection.since, "until": selection.until}


def _equal(selection: Selection) -> Clause:
    conditions: list[sql.Composable] = [
        sql.SQL("{} = {}").format(quoted(name), sql.Placeholder(f"equals_{number}"))
        for number, name in enumerate(selection.equals)
    ]
    return conditions, {f"equals_{number}": text for number, text in enumerate(selection.equals.values())}


def _feature(row: Sequence[Any], names: Sequence[str]) -> Feature:
    identifier, geometry, *attributes = row
    return {
        "type": "Feature",
        "id": identifier,
        "geometry": geometry,
        "properties": dict(zip(names, attributes, strict=True)),
    }


def _check(layer: Layer, selection: Selection) -> None:
    problems = [*_unknown(layer, selection), *_bad_page(selection), *_bad_box(selection.bbox)]
    if problems:
        raise InvalidInput(problems)


def _unknown(layer: Layer, selection: Selection) -> Iterator[Problem]:
    asked = [
        *((name, name) for name in selection.equals),
        *(("sortby", name) for name, _ in selection.sort),
        *(("properties", name) for name in selection.attributes or ()),
    ]
    for where, name in asked:
        if name not in layer.field_names:
            yield Problem(where, f"layer '{layer.name}' has no attribute '{name}'")


def _bad_page(selection: Selection) -> Iterator[Problem]:
    if selection.limit is not None and not 1 <= selection.limit <= MAX_LIMIT:
        yield Problem("limit", f"must be between 1 and {MAX_LIMIT}")
    if not 0 <= selection.offset < 2**31:
        yield Problem("offset", "must be 0 or more")


def _bad_box(bbox: BBox | None) -> Iterator[Problem]:
    if bbox is None:
        return
    if not all(map(math.isfinite, bbox)):
        yield Problem("bbox", "must be four finite numbers")
    elif bbox.south > bbox.north:
        yield Problem("bbox", "south is north of north")
    elif max(abs(bbox.west), abs(bbox.east)) > 180 or max(abs(bbox.south), abs(bbox.north)) > 90:
        yield Problem("bbox", "is outside longitude ±180, latitude ±90")
