"""Kinds of sensitive places (场所类型), which the users of a city define."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.extras import check_schema
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.places"

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of sensitive place, with its own fields, checklist and how often it is inspected."""

    key: str
    title: str
    title_en: str
    icon: str
    colour: str
    risk_bearing: bool
    extras: Json
    checklist: Json
    every_days: list[int]
    """Days between inspections at red, orange, yellow and blue."""
    lead_days: int
    raise_after: int
    lower_after: int
    responsible_role: str
    event_category: str | None
    public_rank: int | None
    """Where it stands on the public page; None: not there."""
    retired_at: datetime | None
    etag: int
    created_at: datetime


CHANGED = tuple(each.name for each in fields(Kind) if each.name not in ("etag", "created_at"))


def kinds(connection: Connection[Any]) -> list[Kind]:
    """List all kinds by key, those that were retired last."""
    with connection.cursor(row_factory=class_row(Kind)) as cursor:
        return cursor.execute(query(ROOM, "kinds"), {"key": None}).fetchall()


def kind(connection: Connection[Any], key: str, where: str | None = None) -> Kind:
    """Read a kind. When there is none: InvalidInput at `where` if that is given, else NotFound."""
    with connection.cursor(row_factory=class_row(Kind)) as cursor:
        found = cursor.execute(query(ROOM, "kinds"), {"key": key}).fetchone()
    if found is None:
        raise InvalidInput.at(where, f"there is no kind '{key}'") if where else _missing(key)
    return found


def usable(connection: Connection[Any], key: str, where: str = "kind") -> Kind:
    """Read a kind that new places may have; InvalidInput at `where` when it is unknown or retired."""
    found = kind(connection, key, where)
    if found.retired_at is not None:
        raise InvalidInput.at(where, f"'{key}' is used no longer")
    return found


def add(connection: Connection[Any], reader: Reader, values: Mapping[str, Any]) -> Kind:
    """Define a kind; Conflict when the key is taken, InvalidInput for a schema that cannot be used."""
    _require(reader, "create")
    _check(values)
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "kind_add"), _stored(values))
    except errors.UniqueViolation:
        raise Conflict(f"there is a kind '{values['key']}' already") from None
    except errors.ForeignKeyViolation:
        raise _no_matter(values) from None
    return kind(connection, values["key"])


def change(connection: Connection[Any], reader: Reader, found: Kind, changes: Mapping[str, Any]) -> Kind:
    """Change what is sent of a kind that is locked; `retired` true or false retires it or takes it back."""
    _require(reader, "update")
    values = {name: getattr(found, name) for name in CHANGED} | dict(changes)
    retired = values.pop("retired", found.retired_at is not None)
    values["retired_at"] = (found.retired_at or datetime.now(UTC)) if retired else None
    _check(values)
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "kind_change"), _stored(values))
    except errors.ForeignKeyViolation:
        raise _no_matter(values) from None
    return kind(connection, found.key)


def locked(connection: Connection[Any], reader: Reader, key: str) -> Kind:
    """Read a kind and keep others from changing it; NotFound, Forbidden."""
    with connection.cursor(row_factory=class_row(Kind)) as cursor:
        found = cursor.execute(query(ROOM, "kind_lock"), {"key": key}).fetchone()
    if found is None:
        kind(connection, key)
        _require(reader, "update")
        raise _missing(key)
    return found


def remove(connection: Connection[Any], reader: Reader, found: Kind) -> Kind | None:
    """Delete a kind that no place has, and retire one that some do; gives the retired kind, or None."""
    _require(reader, "delete")
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "kind_delete"), {"key": found.key})
    except errors.ForeignKeyViolation:
        return change(connection, reader, found, {"retired": True})
    return None


def _require(reader: Reader, verb: str) -> None:
    if reader.role not in rule_of("place_kind").may(verb) or not reader.sees_everything:
        raise Forbidden(f"who may {verb} kinds of places are district administrators of the whole city")


def _check(values: Mapping[str, Any]) -> None:
    check_schema(values["extras"], "extras")
    check_schema(values["checklist"], "checklist")


def _stored(values: Mapping[str, Any]) -> Json:
    return {**values, "extras": Jsonb(values["extras"]), "checklist": Jsonb(values["checklist"])}


def _no_matter(values: Mapping[str, Any]) -> InvalidInput:
    return InvalidInput.at("event_category", f"there is no matter '{values['event_category']}'")


def _missing(key: str) -> NotFound:
    return NotFound(f"there is no kind of places '{key}'")
