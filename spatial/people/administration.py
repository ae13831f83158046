"""Administration of accounts. A reader's policies are the wall behind the rules that are checked here.

An account that the reader may not give is not there for the reader: NotFound, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import dict_row

from spatial.database import Database, query, session
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from spatial.people.accounts import platform_for, storable
from spatial.people.keys import ROOM
from spatial.people.standing import (
    Standing,
    beyond,
    is_over_everything,
    may_administer,
    name_problems,
    shape_problems,
)
from spatial.rights.reader import Reader

STANDING = ("role", "reach", "area", "organisation_id", "worker_id")
OWN_CHANGES = frozenset({"display_name"})
"""What an administrator may change of the own account: nobody makes themselves more, or disappears."""


@dataclass(frozen=True)
class AdministeredAccount:
    """An account as its administrator sees it."""

    id: int
    username: str
    display_name: str
    role: str
    reach: str
    area: str | None
    organisation_id: int | None
    worker_id: int | None
    disabled: bool
    must_change_password: bool
    created_at: datetime
    created_by: int | None
    last_login_at: datetime | None
    layers: frozenset[str]

    @property
    def standing(self) -> Standing:
        """What the account stands for."""
        return Standing(**{field.name: getattr(self, field.name) for field in fields(Standing)})

    @property
    def is_over_everything(self) -> bool:
        """Tell whether this account can log in and administer the whole city."""
        return not self.disabled and is_over_everything(self.role, self.reach)


def list_accounts(
    connection: Connection[Any], reader: Reader, after: int, limit: int
) -> tuple[list[AdministeredAccount], int | None]:
    """List accounts with a number above `after` that the reader administers, and where to go on.

    A page may hold fewer than `limit` although more follow.
    """
    check_administrator(reader)
    rows = _read(connection, "administered_accounts", {"after": after, "limit": limit})
    following = rows[-1].id if len(rows) == limit else None
    return [account for account in rows if _is_seen(reader, account)], following


def administered(connection: Connection[Any], reader: Reader, account_id: int) -> AdministeredAccount:
    """Read an account that the reader administers, or the own; NotFound for any other."""
    check_administrator(reader)
    found = _read(connection, "administered_account", {"id": account_id})
    if not found or not _is_seen(reader, found[0]):
        raise NotFound("there is no such account")
    return found[0]


def create_administered(
    connection: Connection[Any], reader: Reader, values: Mapping[str, Any], password_hash: str
) -> AdministeredAccount:
    """Make an account with a password to be changed. values: username, display_name and those of STANDING."""
    check_administrator(reader)
    wanted = Standing(**{name: values[name] for name in STANDING})
    if problems := [*name_problems(values["username"]), *_text_problems(values)]:
        raise InvalidInput(problems)
    _check_standing(connection, reader, wanted)
    row = {**values, "password_hash": password_hash, "created_by": reader.account_id}
    try:
        with connection.transaction():
            number = connection.execute(query(ROOM, "create_administered"), row).fetchall()[0][0]
    except errors.UniqueViolation:
        raise Conflict("this user name cannot be used") from None
    return administered(connection, reader, number)


def change_account(
    connection: Connection[Any], reader: Reader, account_id: int, changes: Mapping[str, Any]
) -> AdministeredAccount:
    """Change display_name, disabled or fields of STANDING.

    Forbidden for the own standing; Conflict when no administrator of the whole city would be left.
    """
    connection.execute(query(ROOM, "lock_accounts"))
    account = administered(connection, reader, account_id)
    if account_id == reader.account_id and not changes.keys() <= OWN_CHANGES:
        raise Forbidden("nobody changes their own role, reach or state: ask another administrator")
    if problems := _text_problems(changes):
        raise InvalidInput(problems)
    wanted = replace(account, **changes)
    if wanted.standing != account.standing:
        _check_standing(connection, reader, wanted.standing)
    if account.is_over_everything and not wanted.is_over_everything:
        check_another_is_left(connection, account_id)
    values = {name: getattr(wanted, name) for name in ("id", "display_name", "disabled", *STANDING)}
    connection.execute(query(ROOM, "change_account"), values)
    return administered(connection, reader, account_id)


@contextmanager
def for_account(
    database: Database, reader: Reader, account_id: int
) -> Iterator[tuple[Connection[Any], AdministeredAccount]]:
    """Lend the platform's connection for the keys and the password of an account that the reader administers.

    Checked twice: with the reader's own rights, so that the policies have their say, and in the transaction.
    """
    with session(database, reader) as connection:
        administered(connection, reader, account_id)
    with session(database, platform_for(reader)) as connection:
        connection.execute(query(ROOM, "lock_accounts"))
        yield connection, administered(connection, reader, account_id)


def number_of(connection: Connection[Any], username: str) -> int:
    """Find an account by its name, disabled or not; NotFound. For the command line."""
    values = {"username": username if storable(username) else ""}
    row = connection.execute(query(ROOM, "account_number"), values).fetchone()
    if row is None:
        raise NotFound(f"there is no account '{username}'")
    return int(row[0])


def numbers_by_code(
    connection: Connection[Any], organisation: str | None, worker: str | None
) -> dict[str, int | None]:
    """Find organisation_id and worker_id by their codes; NotFound names the missing one."""
    values = {"organisation": organisation, "worker": worker}
    row = connection.execute(query(ROOM, "numbers_by_code"), values).fetchall()[0]
    for kind, number in zip(values, row, strict=True):
        if values[kind] is not None and number is None:
            raise NotFound(f"there is no {kind} with the code '{values[kind]}'")
    return dict(zip(("organisation_id", "worker_id"), row, strict=True))


def check_administrator(reader: Reader) -> None:
    """Refuse whoever administers nobody; Forbidden."""
    if not may_administer(reader):
        raise Forbidden("this is for street and district administrators")


def check_over_everything(reader: Reader) -> None:
    """Refuse whoever does not administer the whole city; Forbidden."""
    if not is_over_everything(reader.role, reader.reach):
        raise Forbidden("this is for district administrators of the whole city")


def check_another_is_left(connection: Connection[Any], account_id: int) -> None:
    """Refuse to take the last administrator of the whole city away; Conflict. Call after `lock_accounts`."""
    row = connection.execute(query(ROOM, "another_is_left"), {"id": account_id}).fetchall()[0]
    if not row[0]:
        raise Conflict("this is the last active administrator of the whole city")


def _read(connection: Connection[Any], name: str, values: Mapping[str, Any]) -> list[AdministeredAccount]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, name), values).fetchall()
    return [AdministeredAccount(**{**row, "layers": frozenset(row["layers"])}) for row in rows]


def _is_seen(reader: Reader, account: AdministeredAccount) -> bool:
    return account.id == reader.account_id or not beyond(reader, account.standing)


def _check_standing(connection: Connection[Any], reader: Reader, wanted: Standing) -> None:
    """Refuse what does not fit together or is not there (InvalidInput), and what is too much (Forbidden)."""
    if problems := shape_problems(wanted):
        raise InvalidInput(problems)
    if too_much := beyond(reader, wanted):
        raise Forbidden(f"you cannot give more than you have: {', '.join(too_much)}")
    values = {"area": wanted.area, "organisation_id": wanted.organisation_id, "worker_id": wanted.worker_id}
    row = connection.execute(query(ROOM, "standing_exists"), values).fetchall()[0]
    has_area, has_organisation, has_worker, worker_unit = row
    is_in_reach = wanted.worker_id is None or reader.holds(worker_unit)
    checks = [
        ("area", has_area, "there is no such unit of the coverage 'grids'"),
        ("organisation_id", has_organisation, "there is no such organisation"),
        ("worker_id", has_worker and is_in_reach, "there is no such worker"),
    ]
    if problems := [Problem(where, reason) for where, good, reason in checks if not good]:
        raise InvalidInput(problems)


def _text_problems(values: Mapping[str, Any]) -> list[Problem]:
    name = values.get("display_name", "-")
    is_line = bool(name.strip()) and name.isprintable() and storable(name)
    checks = [
        (not is_line, "must be a line of printable text"),
        (len(name) > 100, "has more than 100 characters"),
    ]
    return [Problem("display_name", reason) for wrong, reason in checks if wrong]
