"""Keys of an account: 256 random bits, of which only the SHA-256 is kept.

A session is what a log-in gives, a token is for a program (QGIS, another system), a device key for a field
app. A key opens at most what its account may, and less when its scope says so.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from spatial.database import query
from spatial.errors import NotFound
from spatial.rights.reader import Reader

ROOM = "spatial.people"
SESSION, TOKEN, DEVICE = "session", "token", "device"
KINDS = (SESSION, TOKEN, DEVICE)
SCOPES = ("all", "read", "field")
TOKEN_LENGTH = 43
"""Characters of 256 bits in base64; anything else is no key of ours and need not be looked up."""
AGENT_LENGTH = 200


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: address, and what the client calls itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Key:
    """A good key: who it stands for, and until when."""

    id: int
    reader: Reader
    kind: str
    expires_at: datetime
    quota_per_minute: int | None


@dataclass(frozen=True)
class Issued:
    """A new key; its token cannot be shown again."""

    id: int
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class ListedKey:
    """A key as its owner sees it."""

    id: int
    kind: str
    name: str
    scope: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    address: str | None
    """Where it was last used, or made."""
    agent: str | None
    quota_per_minute: int | None


def issue_key(
    connection: Connection[Any],
    account_id: int,
    name: str,
    life: timedelta,
    kind: str = TOKEN,
    scope: str = "all",
    origin: Origin | None = None,
    created_by: int | None = None,
    quota_per_minute: int | None = None,
) -> Issued:
    """Make a new key for an account."""
    token = secrets.token_urlsafe(32)
    origin = origin or Origin()
    values: dict[str, Any] = {
        "digest": digest(token),
        "account_id": account_id,
        "kind": kind,
        "scope": scope,
        "name": name,
        "expires_at": datetime.now(UTC) + life,
        "address": origin.address,
        "agent": origin.agent[:AGENT_LENGTH],
        "created_by": created_by,
        "quota_per_minute": quota_per_minute,
    }
    row = connection.execute(query(ROOM, "issue_key"), values).fetchall()[0]
    return Issued(row[0], token, values["expires_at"])


def issue_token(connection: Connection[Any], account_id: int, name: str, life: timedelta) -> str:
    """Make a new key for a program and return it; it cannot be shown again."""
    return issue_key(connection, account_id, name, life).token


def find_key(connection: Connection[Any], token_digest: bytes) -> Key | None:
    """Find what a key's digest stands for; None when it is unknown, ended or its account disabled."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "find_key"), {"digest": token_digest}).fetchone()
    if row is None:
        return None
    kind, expires_at, quota = (row.pop(name) for name in ("kind", "expires_at", "quota_per_minute"))
    row |= {"above": tuple(row["above"]), "layers": frozenset(row["layers"])}
    return Key(row["key_id"], Reader(**row), kind, expires_at, quota)


def note_use(connection: Connection[Any], key_id: int, origin: Origin) -> None:
    """Remember that a key is in use; writes at most once a minute."""
    values = {"token_id": key_id, "address": origin.address, "agent": origin.agent[:AGENT_LENGTH]}
    connection.execute(query(ROOM, "note_use"), values)


def list_keys(connection: Connection[Any], account_id: int, kinds: Sequence[str] = KINDS) -> list[ListedKey]:
    """List the good keys of an account, newest first."""
    values = {"account_id": account_id, "kinds": list(kinds)}
    with connection.cursor(row_factory=class_row(ListedKey)) as cursor:
        return cursor.execute(query(ROOM, "list_keys"), values).fetchall()


def revoke_key(
    connection: Connection[Any], account_id: int, key_id: int, kinds: Sequence[str] = KINDS
) -> None:
    """End a key of an account at once, on every process; NotFound when the account has no such key."""
    values = {"account_id": account_id, "id": key_id, "kinds": list(kinds)}
    if connection.execute(query(ROOM, "revoke_key"), values).rowcount == 0:
        raise NotFound("there is no such key")


def revoke_keys(
    connection: Connection[Any], account_id: int, kinds: Sequence[str] = KINDS, but: int | None = None
) -> None:
    """End all keys of an account that are of these kinds, but one."""
    values = {"account_id": account_id, "kinds": list(kinds), "but": but}
    connection.execute(query(ROOM, "revoke_keys"), values)


def delete_old_keys(connection: Connection[Any]) -> None:
    """Delete keys a day after their end, and tries to log in after half a year (access logs: 180 days)."""
    connection.execute(query(ROOM, "delete_old_keys"))
    connection.execute(query(ROOM, "delete_old_attempts"))


def digest(token: str) -> bytes:
    """Hash a token to what is stored: a fast hash is right for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
