"""Publish a table or view that stands in the database already: in place, or through a view of ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from layers.catalogue import layers
from layers.imports import PublishOptions
from layers.imports_load import SCHEMA
from layers.publish import Outcome, add_layer, lock_name, tile_fields
from layers.publish_names import check_layer_name, free_layer_name, safe_layer_name, table_name
from spatial.database import SCHEMA as CITY_SCHEMA
from spatial.database import in_name_of, query
from spatial.errors import Conflict, InvalidInput
from spatial.rights.published import PublishedTable, reach_of
from spatial.rights.reader import Reader

ROOM = "layers"
CLOSED = frozenset({CITY_SCHEMA, SCHEMA, "pg_catalog", "information_schema"})
"""Schemas that nobody publishes from: what stands there is shown by the platform, or to nobody."""
_GEOMETRY = re.compile(r"geometry(?:\((\w+?)Z?M?(?:,(\d+))?\))?")
_FIELD_TYPES = (
    (r"smallint|integer|bigint", "integer"),
    (r"real|double precision|numeric.*", "number"),
    (r"boolean", "boolean"),
    (r"date", "date"),
    (r"timestamp.*", "date-time"),
    (r"text|character.*|uuid|citext|name", "string"),
    (r"(text|character varying)(\(\d+\))?\[\]", "array"),
    (r"jsonb?", "json"),
)
_KINDS = {
    "Point": "point", "LineString": "line", "MultiLineString": "line",
    "Polygon": "polygon", "MultiPolygon": "polygon",
}  # fmt: skip
Row = dict[str, Any]


def publish_relation(
    connection: Connection[Any],
    table: str,
    options: PublishOptions,
    who: Reader,
    schemas: Collection[str] | None = None,
) -> Outcome:
    """Publish a table or view, `schema.relation` or `relation` of public.

    connection: of the owner, in a transaction. schemas: the only ones to publish from; None: all that are not
    closed. Tables of ours get policies in place; what cannot have any is shown through a view that asks the
    same. Raises InvalidInput at the option that is missing or wrong; what may not be published answers as if
    it were not there.
    """
    in_name_of(connection, who)
    schema, _, relation = table.rpartition(".")
    found = _found(connection, schema or "public", relation, schemas)
    geometry = _geometry_of(found, options)
    identifier = _identifier_of(connection, found, options)
    srid, kind = _shape(connection, found, geometry)
    fields = list(_fields(found, identifier))
    _check_columns(options, fields)
    wanted = safe_layer_name(relation) if options.name is None else check_layer_name(options.name)
    lock_name(connection, wanted)
    name = wanted if options.name else free_layer_name(wanted, set(layers(connection)))
    row: Row = {
        "name": name,
        "title": options.title or found["comment"] or relation,
        "title_en": options.title_en or options.title or relation,
        "id_column": identifier,
        "geometry_column": geometry["name"],
        "geometry_type": kind,
        "srid": srid,
        "time_column": options.time_column,
        "fields": Jsonb(fields),
        "tile_fields": Jsonb(tile_fields(fields, identifier)),
        "about": Jsonb({"group": options.group} if options.group else {}),
        **_standing(connection, found, name, fields, geometry["name"], identifier, options),
    }
    add_layer(connection, row, options, who, made=row["schema"] == SCHEMA)
    values = {"action": "publish", "layer": name, "about": Jsonb({"table": f"{found['schema']}.{relation}"})}
    connection.execute(query(ROOM, "publish_record"), values)
    return Outcome(name, -1, [])


def _found(connection: Connection[Any], schema: str, relation: str, schemas: Collection[str] | None) -> Row:
    closed = schema in CLOSED or schema.startswith("pg_") or (schemas is not None and schema not in schemas)
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"schema": schema, "relation": relation}
        row = None if closed else cursor.execute(query(ROOM, "publish_relation"), values).fetchone()
    if row is None or not row["is_readable"] or row["of_extension"] or row["inherits_city"]:
        raise InvalidInput.at("table", f"there is no table '{schema}.{relation}' that can be published")
    row["stands_on"] = connection.execute(query(ROOM, "publish_stands_on"), {"oid": row["oid"]}).fetchall()
    if any(each[0] in CLOSED or each[0].startswith("pg_") for each in row["stands_on"]):
        raise InvalidInput.at("table", f"there is no table '{schema}.{relation}' that can be published")
    if row["has_policies"]:
        raise Conflict(f"{schema}.{relation} has row security of its own: publish a view of it")
    return {**row, **values}


def _geometry_of(found: Row, options: PublishOptions) -> Row:
    geometries = [each for each in found["columns"] if _GEOMETRY.fullmatch(each["type"])]
    if options.geometry_column:
        geometries = [each for each in geometries if each["name"] == options.geometry_column]
    if len(geometries) != 1:
        names = ", ".join(each["name"] for each in geometries) or "none"
        raise InvalidInput.at("geometry_column", f"must name one column of type geometry (there: {names})")
    column: Row = geometries[0]
    return column


def _identifier_of(connection: Connection[Any], found: Row, options: PublishOptions) -> str:
    """A column that is unique by an index, or, of a view, one that is unlike in each row now."""
    keys = found["keys"] or []
    wanted = options.id_column or (keys[0] if keys else None)
    if wanted is None or wanted not in {each["name"] for each in found["columns"]}:
        raise InvalidInput.at("id_column", "name the column that is unlike in each row")
    if wanted not in keys:
        if found["kind"] in ("r", "p"):
            raise InvalidInput.at("id_column", f"'{wanted}' needs a unique index, and may not be null")
        text = sql.SQL("SELECT count(*) <> count(DISTINCT {}) FROM {}").format(
            sql.Identifier(wanted), sql.Identifier(found["schema"], found["relation"])
        )
        if connection.execute(text).fetchall()[0][0]:
            raise InvalidInput.at("id_column", f"'{wanted}' is missing or the same in several rows")
    return wanted


def _shape(connection: Connection[Any], found: Row, geometry: Row) -> tuple[int, str]:
    """Find reference system and type: as declared, else as the first rows have it."""
    match = _GEOMETRY.fullmatch(geometry["type"])
    assert match is not None
    declared, srid = match[1], int(match[2] or 0)
    if not srid:
        text = sql.SQL(
            "SELECT array_agg(DISTINCT ST_SRID(g)) FROM (SELECT {} AS g FROM {} LIMIT 10000) AS f"
        ).format(sql.Identifier(geometry["name"]), sql.Identifier(found["schema"], found["relation"]))
        numbers = [each for each in connection.execute(text).fetchall()[0][0] or [] if each]
        srid = numbers[0] if len(numbers) == 1 else 0
    if not srid:
        raise InvalidInput.at(
            "crs", f"'{geometry['name']}' has no reference system: give it one with ST_SetSRID"
        )
    return srid, _KINDS.get(declared or "", "geometry")


def _fields(found: Row, identifier: str) -> Iterator[Row]:
    for column in found["columns"]:
        kind = next((name for form, name in _FIELD_TYPES if re.fullmatch(form, column["type"])), None)
        if kind is None:
            continue
        field = {"name": column["name"], "type": kind, "title": column["comment"] or column["name"]}
        field["title_en"] = column["name"]
        if column["read_only"] or (column["name"] == identifier and column["made"]):
            field["read_only"] = True
        elif column["not_null"] and not column["made"]:
            field["required"] = True
        yield field


def _check_columns(options: PublishOptions, fields: list[Row]) -> None:
    names = {each["name"] for each in fields}
    for option in ("time_column", "unit_column", "organisation_column"):
        wanted = getattr(options, option)
        if wanted is not None and wanted not in names:
            raise InvalidInput.at(option, f"there is no column '{wanted}' that is published")


def _standing(
    connection: Connection[Any],
    found: Row,
    name: str,
    fields: list[Row],
    geometry: str,
    identifier: str,
    options: PublishOptions,
) -> Row:
    """Where readers find it: in place when it is a table of ours, else in a view of ours."""
    if found["kind"] in ("r", "p") and found["is_ours"]:
        source = f"{found['schema']}.{found['relation']}"
        return {
            "schema": found["schema"],
            "relation": found["relation"],
            "kind": "table",
            "sources": [source],
            "by_clock": False,
        }
    if options.editable:
        raise InvalidInput.at("editable", "only tables that the platform owns can be edited")
    view = table_name(name)
    columns = [*(each["name"] for each in fields), geometry]
    if identifier not in columns:
        raise InvalidInput.at("id_column", f"'{identifier}' is of a type that is not published")
    _make_view(connection, found, name, view, columns, options)
    tables = [each for each in found["stands_on"] if each[2] in ("r", "p")]
    ours = all(each[3] for each in tables) and not any(each[2] in ("f", "m") for each in found["stands_on"])
    return {
        "schema": SCHEMA,
        "relation": view,
        "kind": "view",
        "sources": [f"{schema}.{table}" for schema, table, _, _ in tables] if ours else [],
        # What does not tell of its changes may have changed at any time.
        "by_clock": not ours,
    }


def _make_view(
    connection: Connection[Any],
    found: Row,
    layer: str,
    view: str,
    columns: list[str],
    options: PublishOptions,
) -> None:
    """Make a view that asks, as whoever reads, whether they see the layer; it cannot be looked behind."""
    table = PublishedTable(
        SCHEMA, view, layer, "", "", options.unit_column, options.organisation_column, True, "", "v"
    )
    whole_city = sql.SQL("(SELECT city.my_reach() = 'city')")
    reach = [sql.SQL("({} OR {})").format(whole_city, each) for each in reach_of(table, "read")]
    seen = sql.SQL("(SELECT city.layer_is_seen({}))").format(sql.Literal(layer))
    connection.execute(
        sql.SQL("CREATE VIEW {} WITH (security_barrier) AS SELECT {} FROM {} WHERE {}").format(
            sql.Identifier(SCHEMA, view),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(found["schema"], found["relation"]),
            sql.SQL(" AND ").join([seen, *reach]),
        )
    )
