"""What is to be written, and the features of it: read once, as they come, in the name of one reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import psycopg
from psycopg import Connection, sql

from layers.catalogue import Field, Layer
from layers.encoders.shapes import Kinds, datum_of, shifted, shifted_text
from layers.features import Selection, statement
from layers.features.systems import digits_of, in_system
from spatial.database import quoted
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, Crs

BATCH_ROWS = 2_000
BATCH_BYTES = 4 * 2**20
"""A batch ends with the first feature beyond either."""
CHUNK_ROWS = 50
"""Rows that the driver holds at once; one of them may be a border of a megabyte."""

Value = Any


@dataclass(frozen=True)
class Mark:
    """The watermark (水印): who took the features when, and its number in the audit log."""

    username: str
    name: str
    at: datetime
    number: int

    @property
    def words(self) -> dict[str, Any]:
        """The same as data."""
        at = self.at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"exported_by": self.username, "name": self.name, "at": at, "export": self.number}

    @property
    def line(self) -> str:
        """The same for people, in one line."""
        text = " · ".join(f"{name}: {value}" for name, value in self.words.items())
        return text.replace("\r", " ").replace("\n", " ")


@dataclass(frozen=True)
class Export:
    """Which features of a layer are written, in which reference system, under which title and watermark."""

    layer: Layer
    selection: Selection
    mark: Mark
    title: str
    crs: Crs = CRS84
    axes_of_crs: bool = False
    """GeoJSON coordinates in the system's own order (OGC API - Features, Part 2), not always x before y."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The attributes that are written, in the layer's order."""
        names = self.selection.attributes
        return tuple(each for each in self.layer.fields if names is None or each.name in set(names))

    @property
    def with_geometry(self) -> bool:
        """Tell whether geometries are written."""
        return self.selection.geometry


@dataclass(frozen=True)
class Batch:
    """Some features, column by column; every sequence has their number.

    shapes: WKB or GeoJSON as asked for, None without geometry. flat: GeoJSON in CRS84, if asked for.
    """

    ids: Sequence[str]
    shapes: Sequence[Any]
    flat: Sequence[str | None]
    columns: Sequence[Sequence[Value]]


class Source:
    """The features of an export. `tick` hears the number of features after each batch, and may raise to stop.

    connection: in a session of whoever asked. Nothing else may be asked of it while `batches` is read.
    """

    def __init__(
        self, connection: Connection[Any], export: Export, tick: Callable[[int], None] = lambda _: None
    ) -> None:
        self.export = export
        self.rows = 0
        self._connection = connection
        self._tick = tick

    @cached_property
    def kinds(self) -> Kinds:
        """Look through all geometries for their kinds; what a file must say before its first feature."""
        if not self.export.with_geometry:
            return Kinds.of(self.export.layer.geometry_type, [])
        columns = sql.SQL("GeometryType({geom}) AS kind, ST_Zmflag({geom}) >= 2 AS high").format(
            geom=_plain(self.export.layer)
        )
        inner, values = statement(self.export.layer, self.export.selection, columns)
        whole = sql.SQL("SELECT kind, high, count(*) FROM ({}) AS shapes GROUP BY 1, 2").format(inner)
        return Kinds.of(self.export.layer.geometry_type, self._connection.execute(whole, values).fetchall())

    def wkb(self, multi: bool = False, high: bool = False) -> Iterator[Batch]:
        """Read with geometries as ISO WKB, x before y; multi: all of them as collections of one kind.

        high: all with heights, 0 where there is none.
        """
        shape = sql.SQL("ST_AsBinary({})").format(self._shape(multi, high))
        shift = datum_of(self.export.crs)
        for batch in self._batches(shape, "columns"):
            yield replace(batch, shapes=shifted(batch.shapes, shift)) if shift else batch

    def geojson(self, axes_of_crs: bool = False, flat: bool = False) -> Iterator[Batch]:
        """Read with geometries, arrays and json values as JSON text; flat: with `Batch.flat`."""
        crs = self.export.crs
        if shift := datum_of(crs):
            for batch in self._batches(sql.SQL("ST_AsBinary({})").format(self._shape()), "text", flat):
                yield replace(batch, shapes=shifted_text(batch.shapes, shift))
            return
        shape = self._shape()
        if axes_of_crs and crs.northing_first:
            shape = sql.SQL("ST_FlipCoordinates({})").format(shape)
        yield from self._batches(_json(shape, digits_of(crs)), "text", flat)

    def _shape(self, multi: bool = False, high: bool = False) -> sql.Composable:
        srid = 4326 if datum_of(self.export.crs) else self.export.crs.srid
        shape = _moved(self.export.layer, srid)
        if multi:
            shape = sql.SQL("ST_Multi({})").format(shape)
        return sql.SQL("ST_Force3DZ({})").format(shape) if high else shape

    def _batches(self, shape: sql.Composable, form: str, flat: bool = False) -> Iterator[Batch]:
        layer = self.export.layer
        flat_shape = _json(_moved(layer, 4326), digits_of(CRS84)) if flat else sql.SQL("NULL::text")
        if not self.export.with_geometry:
            shape = flat_shape = sql.SQL("NULL::text")
        columns = [
            sql.SQL("{}::text").format(quoted(layer.id_column)),
            shape,
            flat_shape,
            *(_READ[form][each.type].format(quoted(each.name)) for each in self.export.fields),
        ]
        for rows in self._read(columns):
            ids, shapes, flats, *values = zip(*rows, strict=True)
            yield Batch(ids, shapes, flats, values)
            self.rows += len(rows)
            self._tick(self.rows)

    def _read(self, columns: Sequence[sql.Composable]) -> Iterator[list[tuple[Any, ...]]]:
        """Read rows as PostgreSQL finds them: it looks for the next ones while we write these."""
        # Names of our own: ORDER BY would take an attribute's cast for the attribute.
        named = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(column, sql.Identifier(f"citygrid_{number}"))
            for number, column in enumerate(columns)
        )
        text, values = statement(self.export.layer, self.export.selection, named)
        wide = [0, 1, 2, *(3 + n for n, each in enumerate(self.export.fields) if each.type in _WIDE)]
        with self._connection.cursor(binary=True) as cursor, _told():
            yield from _cut(cursor.stream(text, values, binary=True, size=CHUNK_ROWS), wide)


def _cut(rows: Iterator[tuple[Any, ...]], wide: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Cut a stream into batches by rows and bytes."""
    batch: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(row[number] or ()) for number in wide)
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def _told() -> Iterator[None]:
    """Turn what PostGIS says of a reference system into words for the caller."""
    try:
        yield
    except psycopg.errors.InternalError_ as error:
        raise InvalidInput.at("crs", "a geometry cannot be expressed in this system") from error


def _plain(layer: Layer) -> sql.Composable:
    """Curves as lines, measures left out: what every format can hold. NULL for an empty geometry."""
    return sql.SQL(
        "CASE WHEN ST_IsEmpty({geom}) THEN NULL"
        " WHEN ST_HasArc({geom}) THEN ST_Force2D(ST_CurveToLine({geom}))"
        " ELSE CASE ST_Zmflag({geom}) WHEN 1 THEN ST_Force2D({geom}) WHEN 3 THEN ST_Force3DZ({geom})"
        " ELSE {geom} END END"
    ).format(geom=quoted(layer.geometry_column))


def _moved(layer: Layer, srid: int) -> sql.Composable:
    return in_system(_plain(layer), layer.srid, srid)


def _json(shape: sql.Composable, digits: int) -> sql.Composable:
    # The options leave out `crs`, which ST_AsGeoJSON adds for all systems but one.
    return sql.SQL("ST_AsGeoJSON({}, {}, 0)").format(shape, sql.Literal(digits))


_DATE = sql.SQL("CASE WHEN {0} >= '0001-01-01' AND {0} < '10000-01-01' THEN {0}::date END")
# Times that are infinite, or before Christ, have no form in most formats.
_TIME = sql.SQL("CASE WHEN {0} >= '0001-01-02' AND {0} < '9999-12-31' THEN {0}::timestamptz END")
_BOTH: dict[str, sql.SQL] = {
    "integer": sql.SQL("{}::bigint"),
    "number": sql.SQL("{}::float8"),
    "string": sql.SQL("{}::text"),
    "boolean": sql.SQL("{}::boolean"),
    "date": _DATE,
    "date-time": _TIME,
    "json": sql.SQL("{}::text"),
}
_READ: dict[str, dict[str, sql.SQL]] = {
    "columns": {**_BOTH, "array": sql.SQL("{}::text[]")},
    "text": {**_BOTH, "array": sql.SQL("to_json({})::text")},
}
"""Form of the values → type of an attribute → how it is read."""
_WIDE = frozenset({"string", "json", "array"})
