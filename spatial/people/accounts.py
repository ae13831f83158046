"""Accounts and their keys: passwords by argon2id, tokens as SHA-256 of 256 random bits."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from psycopg import Connection

from spatial.database import query
from spatial.errors import Unauthenticated
from spatial.rights.reader import Reader

_HASHER = PasswordHasher()


_HASHING = BoundedSemaphore(2)
"""Passwords checked at once in this process: more would take its cores and memory from everybody else."""


@dataclass(frozen=True)
class StoredAccount:
    """An account as it stands in the store."""

    reader: Reader
    password_hash: str


@dataclass(frozen=True)
class Key:
    """A good key: who it stands for, and until when."""

    reader: Reader
    expires_at: datetime


def create_account(
    connection: Connection[Any], username: str, display_name: str, role: str, password: str
) -> int:
    """Make an account, or set name, role and password of the one that has this username."""
    values = {"username": username, "display_name": display_name, "role": role}
    values["password_hash"] = _HASHER.hash(password)
    row = connection.execute(query("spatial.people", "create_account"), values).fetchall()[0]
    return int(row[0])


def find_account(connection: Connection[Any], username: str) -> StoredAccount | None:
    """Find an account that may log in, by its name."""
    name = "" if "\0" in username else username
    row = connection.execute(query("spatial.people", "account"), {"username": name}).fetchone()
    return None if row is None else StoredAccount(Reader(*row[:4]), row[4])


def check_password(account: StoredAccount | None, password: str) -> Reader:
    """Give the reader of an account whose password this is.

    Unauthenticated for any mismatch, also for no account, in the same time and without saying which. It
    takes a tenth of a second and 64 MiB on purpose, so no connection should be held meanwhile.
    """
    with _HASHING:
        good = _verify(account.password_hash if account else _nobody(), password)
    if account is None or not good:
        raise Unauthenticated("the name or the password is wrong")
    return account.reader


def issue_token(connection: Connection[Any], account_id: int, name: str, life: timedelta) -> str:
    """Make a new key for an account and return it; it cannot be shown again."""
    token = secrets.token_urlsafe(32)
    values = {
        "digest": digest(token),
        "account_id": account_id,
        "name": name,
        "expires_at": datetime.now(UTC) + life,
    }
    connection.execute(query("spatial.people", "issue_token"), values)
    return token


def find_key(connection: Connection[Any], token_digest: bytes) -> Key | None:
    """Find what a key's digest stands for; None when it is unknown, expired or its account disabled."""
    row = connection.execute(query("spatial.people", "find_key"), {"digest": token_digest}).fetchone()
    return None if row is None else Key(Reader(*row[:4]), row[4])


def digest(token: str) -> bytes:
    """Hash a token to what is stored: a fast hash is right for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


@cache
def _nobody() -> str:
    """A hash to check when the name is unknown: the answer's time must not tell whether an account exists."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
