"""Organisations: responsible units (责任单位), whose accounts see their own rows in all areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import class_row

from spatial.database import query
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.people.keys import ROOM


@dataclass(frozen=True)
class Organisation:
    """A responsible unit (责任单位)."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str


def list_organisations(connection: Connection[Any]) -> list[Organisation]:
    """List all organisations by code."""
    with connection.cursor(row_factory=class_row(Organisation)) as cursor:
        return cursor.execute(query(ROOM, "organisations")).fetchall()


def organisation_id(connection: Connection[Any], code: str | None) -> int | None:
    """Find an organisation by its code; InvalidInput at `organisation` when there is none."""
    if code is None:
        return None
    row = connection.execute(query(ROOM, "organisation_by_code"), {"code": code}).fetchone()
    if row is None:
        raise InvalidInput.at("organisation", f"there is no organisation '{code[:40]}'")
    return int(row[0])


def create_organisation(connection: Connection[Any], values: Mapping[str, str]) -> Organisation:
    """Make an organisation of code, name, name_en and kind; Conflict when the code is taken."""
    try:
        with connection.transaction(), connection.cursor(row_factory=class_row(Organisation)) as cursor:
            return cursor.execute(query(ROOM, "create_organisation"), values).fetchall()[0]
    except errors.UniqueViolation:
        raise Conflict(f"there is an organisation with the code '{values['code']}' already") from None


def change_organisation(
    connection: Connection[Any], organisation_id: int, changes: Mapping[str, str]
) -> Organisation:
    """Change name, name_en or kind; NotFound."""
    values = {"id": organisation_id, "name": None, "name_en": None, "kind": None, **changes}
    with connection.cursor(row_factory=class_row(Organisation)) as cursor:
        found = cursor.execute(query(ROOM, "change_organisation"), values).fetchone()
    if found is None:
        raise NotFound("there is no such organisation")
    return found
