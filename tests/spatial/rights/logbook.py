"""What the tests of the audit log share: changes to make, and the log to read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query, standpoint_values
from spatial.rights.audit.findings import Finding
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.roots import Root, RootFile
from spatial.rights.audit.sealer import seal
from spatial.rights.audit.verify import Report, verify
from spatial.rights.reader import Reader

KEYS = ChainKeys.of(b"the tests' own key, 32 bytes ...")

PLACE = (
    "INSERT INTO place (kind, name, risk_level, geom, source, unit_code)"
    " VALUES ('school', %s, 4, ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), 'test', '110108001')"
)

REHASHED = """
UPDATE audit AS a SET hash = audit_hash(
    'citygrid.audit.1,' || audit_text((extract(epoch FROM at) * 1000000)::bigint::text) || ','
    || audit_text(xid::text) || ',' || audit_text(cluster::text) || ',' || audit_text(account_id::text)
    || ',' || audit_text(username) || ',' || audit_text(role) || ',' || audit_text(database_user) || ','
    || audit_text(address) || ',' || audit_text(request),
    id, action, relation, row_key, unit_code, before::text, after::text, reason)
"""
"""Give rows a hash that is right for what they hold now."""

EDITOR = Reader(
    7, "zhang", "张三", "district_administrator", address="192.0.2.7", request="request-1", reach="city"
)
"""Whoever changes things in the tests: an administrator of the whole city, by a request."""

PATIENCE_S = 120
"""Writers in other databases of the run's server hold back what is finished, too."""


def add_place(connection: Connection[Any], name: str) -> int:
    """Add a place; returns its id."""
    return int(connection.execute(PLACE + " RETURNING id", [name]).fetchall()[0][0])


def account(connection: Connection[Any], username: str = "li") -> int:
    """Add an account; returns its id."""
    return connection.execute(
        "INSERT INTO account (username, display_name, role, reach, password_hash)"
        " VALUES (%s, 'Li', 'viewer', 'city', '$argon2id$secret') RETURNING id",
        [username],
    ).fetchall()[0][0]


def entries(connection: Connection[Any], where: str = "true", *values: Any) -> list[dict[str, Any]]:
    """Read the log in its order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        statement = f"SELECT * FROM audit WHERE {where} ORDER BY id"  # noqa: S608
        return cursor.execute(statement, values).fetchall()


def be(connection: Connection[Any], reader: Reader) -> None:
    """Stand where a reader stands, for the rest of the transaction."""
    connection.execute(query("spatial.database", "session"), standpoint_values(reader))


def file_in(folder: Path) -> RootFile:
    return RootFile(folder / "audit" / "roots.log")


def seal_all(connection: Connection[Any], file: RootFile, keys: ChainKeys = KEYS) -> list[Root]:
    """Seal until nothing of this server waits; connection: the owner's, in autocommit."""
    roots, until = [], time.monotonic() + PATIENCE_S
    while True:
        roots += seal(connection, keys, file)
        if not waiting(connection):
            return roots
        assert time.monotonic() < until, "a transaction on this server does not end"
        time.sleep(0.05)


def waiting(connection: Connection[Any]) -> int:
    """Count the rows that no root covers."""
    rows = connection.execute(
        "SELECT count(*) FROM audit AS a WHERE NOT EXISTS (SELECT FROM audit_root AS r WHERE r.kind = 'seal'"
        " AND r.cluster = a.cluster AND r.from_xid <= a.xid AND a.xid < r.until_xid)"
    )
    return int(rows.fetchall()[0][0])


def found(
    connection: Connection[Any], file: RootFile, keys: ChainKeys = KEYS, report: Report | None = None
) -> list[Finding]:
    """Verify the whole log; connection: the owner's, in autocommit."""
    return list(verify(connection, keys, file, report or Report()))
