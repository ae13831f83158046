"""Where the features of a layer are written to: the table, its columns, and who may write there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Field, Layer
from layers.edits.shapes import Column as GeometryColumn
from spatial.database import SCHEMA, query, quoted
from spatial.errors import NotFound
from spatial.grids.stamps import STAMPED
from spatial.rights.reader import Reader
from spatial.rights.rules import DISTRICT_ADMINISTRATOR, EDITORS, RULES

ROOM = "layers.edits"
VERBS = {"create": "INSERT", "update": "UPDATE", "delete": "DELETE"}
UNIT_COLUMN = "unit_code"


@dataclass(frozen=True)
class Column:
    """A column of the table, as PostgreSQL knows it."""

    name: str
    type: str
    """Name of its type: int4, text, geometry …"""
    spelled: str
    """Its type as SQL writes it, without length."""
    longest: int | None
    """Most characters of a varchar."""
    not_null: bool
    default: str | None
    """What it is when nobody gives it a value, as SQL."""
    generated: bool
    """PostgreSQL writes it by itself, always."""


@dataclass(frozen=True)
class Target:
    """The table behind an editable layer.

    A layer that is a view is written to through the first of its sources: the table that its features are
    the rows of. Columns named like an attribute are written; attributes from elsewhere are read-only.
    """

    layer: Layer
    schema: str
    relation: str
    columns: Mapping[str, Column]
    geometry: GeometryColumn
    unit_column: str | None
    """Column that the platform stamps with the grid a feature lies in."""

    @property
    def table(self) -> sql.Composed:
        """Its name, quoted, for a statement that is executed with values."""
        return sql.SQL("{}.{}").format(quoted(self.schema), quoted(self.relation))

    @property
    def fields(self) -> dict[str, Field]:
        """Every published attribute by name."""
        return {field.name: field for field in self.layer.fields}

    def is_read_only(self, field: Field) -> bool:
        """Tell whether the platform alone writes an attribute."""
        column = self.columns.get(field.name)
        return field.read_only or column is None or column.generated

    @property
    def issues_ids(self) -> bool:
        """Tell whether PostgreSQL makes the identifiers of new features."""
        column, field = self.columns[self.layer.id_column], self.fields.get(self.layer.id_column)
        return column.generated or column.default is not None or field is None or field.read_only


def name_of(layer: Layer) -> tuple[str, str]:
    """Name schema and table that a layer is written to."""
    if layer.kind == "view" and layer.sources:
        schema, _, relation = layer.sources[0].partition(".")
        return schema, relation
    return layer.schema, layer.relation


def target_of(connection: Connection[Any], layer: Layer) -> Target:
    """Read what the table behind a layer is made of; NotFound when it cannot be written to."""
    schema, relation = name_of(layer)
    rows = connection.execute(query(ROOM, "columns"), {"schema": schema, "table": relation}).fetchall()
    columns = {row[0]: Column(*row[:7]) for row in rows}
    forms = {row[0]: row[7:] for row in rows if row[7] is not None}
    if layer.id_column not in columns or layer.geometry_column not in forms:
        raise NotFound(f"layer '{layer.name}' has no table to write to")
    form, has_z, srid = forms[layer.geometry_column]
    geometry = GeometryColumn(layer.geometry_column, layer.geometry_type, form, has_z, srid or layer.srid)
    return Target(layer, schema, relation, columns, geometry, _unit_column(layer, schema, relation, columns))


def _unit_column(layer: Layer, schema: str, relation: str, columns: Mapping[str, Column]) -> str | None:
    """Name the column to stamp: of places, of components, and of a layer where nobody else may write it."""
    if schema == SCHEMA and relation in STAMPED:
        return UNIT_COLUMN
    field = next((each for each in layer.fields if each.name == layer.unit_column), None)
    is_ours = layer.unit_column in columns and (field is None or field.read_only)
    return layer.unit_column if is_ours else None


def _may_published(reader: Reader, layer: Layer) -> bool:
    """Say by the layer's row what spatial.rights.published says in policies."""
    is_ours = layer.organisation_id is not None and layer.organisation_id == reader.organisation_id
    if reader.role not in EDITORS:
        return False
    if not (layer.organisation_id is None or is_ours or reader.role == DISTRICT_ADMINISTRATOR):
        return False
    says_whose = layer.unit_column or layer.organisation_column
    return reader.sees_everything or is_ours or bool(says_whose)


def may(connection: Connection[Any], reader: Reader, layer: Layer, verb: str) -> bool:
    """Tell whether a reader may create, update or delete in a layer at all; which rows, policies decide."""
    if not layer.editable or reader.scope not in ("all",):
        return False
    schema, relation = name_of(layer)
    values = {"schema": schema, "table": relation, "verb": VERBS[verb]}
    row = connection.execute(query(ROOM, "may"), values).fetchone()
    if not row or not row[0]:
        return False
    if schema != SCHEMA:
        return _may_published(reader, layer)
    rule = _RULES.get(relation)
    return rule is None or reader.role in rule.may(verb)


_RULES = {rule.table: rule for rule in RULES}
