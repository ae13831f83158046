"""Keeping the library by hand: one address, its other names, and names of terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection, errors, sql
from psycopg.rows import dict_row

from spatial.addresses.normal import clean
from spatial.addresses.parts import COLUMNS as PARTS
from spatial.addresses.parts import parse
from spatial.database import query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.addresses"
WRITABLE = (
    "full_text", "name_en", "kind", "source", "external_id", "generated", "valid_from", "valid_until",
    "lon", "lat", *PARTS,
)  # fmt: skip
MOST_LETTERS = 300

Record = dict[str, Any]


def check_may(reader: Reader, verb: str = "create") -> None:
    """Refuse who may not write addresses, or does not see the whole city that they are for: Forbidden."""
    if reader.role != "system" and reader.role not in rule_of("address").may(verb):
        raise Forbidden(f"a {reader.role} does not keep addresses")
    if not reader.sees_everything:
        raise Forbidden("addresses are kept by readers of the whole city")


def read(connection: Connection[Any], key: int) -> Record:
    """Read an address with its parts and other names; NotFound when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "store_read"), {"id": key}).fetchone()
    if found is None:
        raise NotFound(f"there is no address {key}")
    return found


def create(connection: Connection[Any], given: Mapping[str, Any]) -> int:
    """Add an address; its parts are read from its text unless they are given. Returns its key."""
    row = completed(dict(given))
    columns, values = _columns(row)
    statement = sql.SQL("INSERT INTO address ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(values)
    )
    return int(_written(connection, statement, row)[0][0])


def change(connection: Connection[Any], key: int, given: Mapping[str, Any]) -> None:
    """Change an address; with a new text and no parts, the parts follow the text."""
    read(connection, key)
    row = dict(given)
    if "full_text" in row:
        row = completed(row, overwrite=True)
    if not row:
        return
    columns, values = _columns(row)
    pairs = (sql.SQL("{} = {}").format(sql.Identifier(c), v) for c, v in zip(columns, values, strict=True))
    statement = sql.SQL("UPDATE address SET {} WHERE id = %(id)s RETURNING id").format(
        sql.SQL(", ").join(pairs)
    )
    _written(connection, statement, {**row, "id": key})


def delete(connection: Connection[Any], key: int) -> None:
    """Delete an address for good; one that is no longer in use is better given its last day."""
    if not connection.execute("DELETE FROM address WHERE id = %(id)s", {"id": key}).rowcount:
        raise NotFound(f"there is no address {key}")


def add_alias(connection: Connection[Any], given: Mapping[str, Any]) -> int:
    """Add another name of an address (`address_id`) or of a term (`term`); returns its key."""
    if given.get("address_id") is not None:
        read(connection, given["address_id"])
    try:
        with connection.transaction():
            return int(connection.execute(query(ROOM, "store_alias"), dict(given)).fetchall()[0][0])
    except errors.UniqueViolation:
        raise Conflict(f"'{given['name']}' is a name of it already") from None


def aliases(connection: Connection[Any], term: str | None = None) -> list[Record]:
    """List other names of terms."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "store_terms"), {"term": term}).fetchall()


def delete_alias(connection: Connection[Any], key: int) -> None:
    """Take another name away; NotFound when there is none."""
    if not connection.execute("DELETE FROM address_alias WHERE id = %(id)s", {"id": key}).rowcount:
        raise NotFound(f"there is no alias {key}")


def completed(row: Record, overwrite: bool = False) -> Record:
    """Fill in the parts from the text, or the text from the parts; InvalidInput when neither is there."""
    if not row.get("full_text"):
        row["full_text"] = written(row)
    if not clean(row["full_text"]):
        raise InvalidInput.at("full_text", "says nothing: write an address, or its parts")
    if not any(row.get(name) for name in PARTS):
        found = parse(row["full_text"]).told()
        row |= {name: found.get(name) for name in PARTS} if overwrite else found
    return row


def written(row: Mapping[str, Any]) -> str:
    """Write an address from its parts, as the standard orders them."""
    words = {"number": "号", "building": "号楼", "unit": "单元", "floor": "层", "room": "室"}
    order = (
        "province",
        "city",
        "district",
        "street",
        "community",
        "road",
        "number",
        "name",
        "building",
        "unit",
        "floor",
        "room",
    )
    pieces = (f"{row[name]}{_word(name, str(row[name]), words)}" for name in order if row.get(name))
    return "".join(pieces)


def _word(name: str, value: str, words: Mapping[str, str]) -> str:
    if name == "building" and not value.isdigit():
        return "座"
    return words.get(name, "")


def _columns(row: Record) -> tuple[list[str], list[sql.Composable]]:
    plain = [name for name in WRITABLE if name in row and name not in ("lon", "lat")]
    values: list[sql.Composable] = [sql.Placeholder(name) for name in plain]
    if "lon" in row:
        plain.append("geom")
        values.append(sql.SQL("ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)"))
    return plain, values


def _written(connection: Connection[Any], statement: sql.Composed, row: Record) -> list[Any]:
    try:
        with connection.transaction():
            return connection.execute(statement, row).fetchall()
    except errors.UniqueViolation:
        raise Conflict(f"'{row.get('source')}' has an address '{row.get('external_id')}' already") from None
    except errors.CheckViolation:
        raise InvalidInput.at("valid_until", "must be after valid_from") from None
