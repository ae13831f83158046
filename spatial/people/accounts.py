"""Accounts as log-in needs them: made, found by name, and their passwords changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from spatial.database import query
from spatial.people.keys import ROOM, SESSION, TOKEN, revoke_keys
from spatial.people.passwords import hash_password
from spatial.rights.reader import Reader

ONE_TIME_LIFE = timedelta(days=7)
"""How long a password that somebody else made is good for choosing one's own."""


@dataclass(frozen=True)
class StoredAccount:
    """An account that may log in, as it stands in the store."""

    id: int
    username: str
    password_hash: str | None
    password_changed_at: datetime | None
    must_change_password: bool

    @property
    def is_stale(self) -> bool:
        """Tell whether the password was made by somebody else, and too long ago."""
        made_at = self.password_changed_at
        return self.must_change_password and (made_at is None or made_at < datetime.now(UTC) - ONE_TIME_LIFE)


def create_account(
    connection: Connection[Any],
    username: str,
    display_name: str,
    role: str,
    password: str,
    reach: str = "city",
    area: str | None = None,
    organisation_id: int | None = None,
    worker_id: int | None = None,
    must_change_password: bool = False,
) -> int:
    """Make an account, or set everything about the one that has this username. For the command line."""
    values: dict[str, Any] = {"username": username, "display_name": display_name, "role": role}
    values |= {"reach": reach, "area": area, "organisation_id": organisation_id, "worker_id": worker_id}
    values |= {"password_hash": hash_password(password), "must_change_password": must_change_password}
    row = connection.execute(query(ROOM, "create_account"), values).fetchall()[0]
    return int(row[0])


def find_account(connection: Connection[Any], username: str) -> StoredAccount | None:
    """Find an account that may log in, by its name."""
    return _one(connection, "account", {"username": username if storable(username) else ""})


def find_account_by_id(connection: Connection[Any], account_id: int) -> StoredAccount | None:
    """Find an account that may log in, by its number."""
    return _one(connection, "account_by_id", {"id": account_id})


def set_password(
    connection: Connection[Any],
    account_id: int,
    password_hash: str,
    must_change: bool,
    but: int | None = None,
) -> None:
    """Give an account another password, and end its sessions but one; whoever knew the old one is out.

    One that must be changed ends its tokens, too. Device keys go on: no password was ever typed for them.
    """
    values = {"id": account_id, "password_hash": password_hash, "must_change": must_change}
    connection.execute(query(ROOM, "set_password"), values)
    revoke_keys(connection, account_id, (SESSION, TOKEN) if must_change else (SESSION,), but)


def platform_for(reader: Reader) -> Reader:
    """The platform acting for a reader, whose name the records keep; for what concerns keys and passwords."""
    return replace(reader, role="system", reach="city", area=None)


def place_of(connection: Connection[Any], reader: Reader) -> dict[str, Any]:
    """Describe where a reader belongs: area_name, area_name_en, organisation (code, name, name_en; None)."""
    values = {"area": reader.area, "organisation_id": reader.organisation_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "place"), values).fetchall()[0]
    area = {name: found.pop(name) for name in ("area_name", "area_name_en")}
    return {**area, "organisation": found if found["code"] is not None else None}


def storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _one(connection: Connection[Any], name: str, values: dict[str, Any]) -> StoredAccount | None:
    with connection.cursor(row_factory=class_row(StoredAccount)) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchone()
