"""The roles of PostgreSQL: who owns the tables, who connects, and the standpoints that rows are read from.

The platform's workers connect as APP, which owns nothing and has no rights of its own; within a transaction
`session` lets it take one of three standpoints, and the policies of spatial.rights are written for those.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from spatial.database import query
from spatial.errors import Unavailable
from spatial.settings import Settings

OWNER = "citygrid"
"""Owns the private cluster's tables; an external database may name its owner as it likes."""
APP = "citygrid_app"
ROOM = "spatial.database"


def app_url(owner_url: str, home: Path) -> str:
    """Return how the workers reach the database of `owner_url`: as APP, with the password in `home`."""
    parts = conninfo_to_dict(owner_url)
    return make_conninfo(**{**parts, "user": APP, "password": app_password(home)})  # type: ignore[arg-type]


def app_url_of(settings: Settings) -> str:
    """Return the address the workers connect to; Unavailable when no database is set."""
    if settings.app_database_url is not None:
        return settings.app_database_url.value
    if settings.database_url is None:
        raise Unavailable("CITYGRID_APP_DATABASE_URL: a worker needs the address of the database")
    return app_url(settings.database_url.value, settings.home)


def app_password(home: Path) -> str:
    """Return APP's password, made at the first call and kept in <home>/secrets."""
    return kept_secret(home, "app")


def kept_secret(home: Path, name: str) -> str:
    """Return the secret <home>/secrets/`name`: 192 random bits, made at the first call, private."""
    path = home / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written whole under another name first: a process beside us must never read half a secret.
        half = path.with_name(f".{name}.{os.getpid()}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        with suppress(FileExistsError):
            os.link(half, path)
        half.unlink()
    return path.read_text().strip()


def ensure_roles(connection: Connection[Any], password: str | None) -> None:
    """Make the roles that are missing, and set APP's password unless it is None.

    Needs CREATEROLE; Unavailable, with the statements for an administrator, when this role may not.
    """
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "ensure_roles"))
            if password is not None and not _can_log_in(connection, password):
                set_password(connection, APP, password)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unavailable(
            "this role may not make the roles the platform works with: let an administrator run"
            f" spatial/database/ensure_roles.sql, give {APP} a password, and set CITYGRID_APP_DATABASE_URL"
        ) from error


def set_password(connection: Connection[Any], role: str, password: str) -> None:
    """Set a role's password as a SCRAM verifier, which logs may show."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    alter = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(alter.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def mark_leakproof(connection: Connection[Any]) -> bool:
    """Mark PostGIS's `&&` as leakproof, so that policies do not keep the spatial index from being used.

    Only a superuser may; returns whether it is so now. `&&` compares boxes and cannot tell what it saw.
    """
    if not is_leakproof(connection):
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(query(ROOM, "mark_leakproof"))
    return is_leakproof(connection)


def is_leakproof(connection: Connection[Any]) -> bool:
    """Tell whether the planner may use a spatial index in front of a policy."""
    return bool(connection.execute(query(ROOM, "is_leakproof")).fetchall()[0][0])


def too_powerful(connection: Connection[Any], role: str = APP) -> str | None:
    """Say why a role must not serve requests: it could pass by the policies, or is not there; else None."""
    row = connection.execute(query(ROOM, "role_power"), {"role": role}).fetchone()
    if row is None:
        return f"there is no role {role}: run 'citygrid migrate'"
    wrong = [words for words, is_so in zip(POWERS, row, strict=True) if is_so]
    return f"{role} {' and '.join(wrong)}: policies would not hold it" if wrong else None


POWERS = ("is a superuser", "may bypass row security", "owns tables", "inherits the standpoints' rights")
"""What the columns of role_power.sql say."""


def _can_log_in(connection: Connection[Any], password: str) -> bool:
    parts: dict[str, Any] = {"user": APP, "password": password, "dbname": connection.info.dbname}
    try:
        with psycopg.connect(connection.info.dsn, **parts, connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False
