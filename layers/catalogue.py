"""The catalogue: which layers there are and where their features stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import SCHEMA, query, quoted
from spatial.errors import NotFound


@dataclass(frozen=True)
class Field:
    """One published attribute.

    `type` is integer, number, string, boolean, date, date-time, array (of strings) or json.
    """

    name: str
    type: str
    title: str
    title_en: str
    read_only: bool = False
    """Written by the platform alone."""
    required: bool = False
    """May not be left out of a new feature."""
    values: tuple[str | int, ...] = ()
    """All values that it may have; empty: any of its type."""


@dataclass(frozen=True)
class Part:
    """Which rows of a relation a layer shows: those whose column has one of the values, or begins so."""

    column: str
    values: tuple[str, ...] = ()
    prefix: str | None = None

    @property
    def condition(self) -> sql.Composable:
        """Write it for a statement that is executed with values. Both operators are leakproof: the index of
        the column answers before a policy is asked."""
        if self.prefix is not None:
            return sql.SQL("{} ^@ {}").format(quoted(self.column), _literal(self.prefix))
        return sql.SQL("{} IN ({})").format(
            quoted(self.column), sql.SQL(", ").join(map(_literal, self.values))
        )


def _literal(text: str) -> sql.Composable:
    return sql.Literal(text.replace("%", "%%"))


EVERY_ROW = sql.SQL("true")


@dataclass(frozen=True)
class Layer:
    """A published layer (图层)."""

    name: str
    title: str
    title_en: str
    description: str
    relation: str
    id_column: str
    geometry_column: str
    geometry_type: str
    """point, line, polygon, or geometry for a mixture."""
    time_column: str | None
    fields: tuple[Field, ...]
    tile_fields: tuple[str, ...]
    min_zoom: int
    kind: str = "table"
    """table, view, file, external (features of another platform) or raster (its pictures)."""
    schema: str = SCHEMA
    srid: int = 4326
    """Reference system that the geometry is stored in; x before y, as always in PostGIS."""
    editable: bool = False
    sources: tuple[str, ...] = ()
    """The tables, as schema.table, whose rows it shows."""
    by_clock: bool = False
    """Changes as time goes by, too: units come into force."""
    about: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Keywords, licence, attribution, lineage, contact …"""
    audience: str = "all"
    organisation_id: int | None = None
    created_at: datetime | None = None
    published_at: datetime | None = None
    """When its row or its file last changed."""
    published_by: int | None = None
    unit_column: str | None = None
    """Column with the code of the unit that a row lies in: readers of an area see theirs."""
    organisation_column: str | None = None
    """Column with the code of the organisation that a row belongs to."""
    part: Part | None = None
    """Only these rows of its relation; whoever reads the table of a layer asks `only`, too."""

    def __hash__(self) -> int:
        """Hash what tells layers apart as a rule: texts of statements are looked up by them all the time."""
        return hash((self.name, self.published_at))

    @property
    def table(self) -> sql.Composed:
        """Its relation, quoted, for a statement that is executed with values."""
        return sql.SQL("{}.{}").format(quoted(self.schema), quoted(self.relation))

    @property
    def only(self) -> sql.Composable:
        """The condition that a row of its relation is one of its features, for a WHERE."""
        return EVERY_ROW if self.part is None else self.part.condition

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the published attributes, in order."""
        return tuple(each.name for each in self.fields)


RASTER = "raster"
"""Kind of the layers that are pictures of another platform: without a table, columns or features."""


def layers(connection: Connection[Any]) -> dict[str, Layer]:
    """Read the layers that have features, in the order of the catalogue, by name."""
    return _read(connection, rasters=False)


def everything(connection: Connection[Any]) -> dict[str, Layer]:
    """Read the whole catalogue in its order, layers of pictures included: their relation is empty."""
    return _read(connection, rasters=True)


def _read(connection: Connection[Any], rasters: bool) -> dict[str, Layer]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("layers", "catalogue"), {"rasters": rasters}).fetchall()
    return {row["name"]: _layer(row) for row in rows}


def layer(connection: Connection[Any], name: str) -> Layer:
    """Read one layer with features; NotFound when the catalogue has none of that name."""
    found = layers(connection).get(name)
    if found is None:
        raise NotFound(f"there is no layer '{name}'")
    return found


def layer_or_raster(connection: Connection[Any], name: str) -> Layer:
    """Read one layer of whatever kind; NotFound when the catalogue has none of that name."""
    found = everything(connection).get(name)
    if found is None:
        raise NotFound(f"there is no layer '{name}'")
    return found


def credit(about: Mapping[str, Any]) -> str:
    """Write what must stand beside a map of the layer: whose it is, and its review number (审图号)."""
    number = about.get("review_number")
    return " · ".join(filter(None, [about.get("attribution"), number and f"审图号 {number}"]))


def _layer(row: dict[str, Any]) -> Layer:
    row = dict(row)
    row["fields"] = tuple(
        Field(**{**each, "values": tuple(each.get("values", ()))}) for each in row["fields"]
    )
    row["tile_fields"] = tuple(row["tile_fields"])
    row["sources"] = tuple(row["sources"])
    if row["part"] is not None:
        row["part"] = Part(**{**row["part"], "values": tuple(row["part"].get("values", ()))})
    return Layer(**row)
