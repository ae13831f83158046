"""The town with personal data in it: everybody's clear text is known here, and sealed in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from spatial.database import Database, connect
from spatial.rights.audit.triggers import watch
from spatial.rights.data_keys import ensure_keys, open_to_seal
from spatial.rights.personal import CLASSIFIED, seal
from spatial.rights.reader import Reader
from spatial.rights.rules import ROLES
from tests.spatial.rights.people import cast
from tests.spatial.rights.town import build

PLENTY = 10**6


@dataclass(frozen=True)
class Vault:
    """The town: its database as the owner and as the workers reach it, its master key, its people."""

    url: str
    database: Database
    master: Path
    readers: dict[str, Reader]
    clear: dict[tuple[str, int], dict[str, str]]
    """Clear texts by table and key."""
    units: dict[tuple[str, int], tuple[str, int]]
    """Unit and organisation of each of them."""

    def own(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        """Run something as the owner of the tables."""
        with connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def entries(self, action: str) -> list[tuple[Any, ...]]:
        """Read the log's entries of an action: account, table, key, unit, what, reason."""
        return self.own(
            "SELECT account_id, relation, row_key, unit_code, after, reason FROM audit WHERE action = %s"
            " ORDER BY id",
            [action],
        )


@contextmanager
def make_vault(url: str, app_url: str, folder: Path) -> Iterator[Vault]:
    """Build the town in an empty database and seal its people."""
    master = folder / "secrets" / "master"
    with connect(url) as connection:
        build(connection)
        watch(connection)
        connection.execute("DELETE FROM clear_read")
        # The template's keys belong to the run's master key, which tests must not touch.
        connection.execute("DELETE FROM data_key")
        connection.execute("ALTER TABLE data_key ALTER COLUMN id RESTART")
        ensure_keys(connection, master)
        clear = seal_everybody(connection, master)
        readers, units = _with_accounts(connection, cast(connection)), _units(connection)
    database = Database(app_url, pool_size=4)
    database.open()
    yield Vault(url, database, master, readers, clear, units)
    database.close()


def seal_everybody(connection: Connection[Any], master: Path) -> dict[tuple[str, int], dict[str, str]]:
    """Give all people of the town names, phones …, sealed; returns the clear texts by table and key."""
    clear = {("worker", key): text for key, text in _people(connection).items()}
    clear |= {("reporter", key): text for key, text in _reporters(connection).items()}
    store(connection, master, clear)
    return clear


def store(connection: Connection[Any], master: Path, clear: dict[tuple[str, int], dict[str, str]]) -> None:
    """Seal clear texts into rows that are there."""
    keyring = open_to_seal(connection, master)
    for (relation, key), texts in clear.items():
        stored = seal(keyring, relation, [key], {name: [text] for name, text in texts.items()})
        connection.execute(
            sql.SQL("UPDATE {} SET ({}) = ROW ({}) WHERE {} = %(key)s").format(
                sql.Identifier(relation),
                sql.SQL(", ").join(map(sql.Identifier, stored)),
                sql.SQL(", ").join(map(sql.Placeholder, stored)),
                sql.Identifier(CLASSIFIED[relation].key),
            ),
            {"key": key, **{name: values[0] for name, values in stored.items()}},
        )


def _people(connection: Connection[Any]) -> dict[int, dict[str, str]]:
    rows = connection.execute("SELECT id FROM worker ORDER BY id").fetchall()
    return {key: {"name": f"欧阳工{n}", "phone": f"1391000{n:04d}"} for n, (key,) in enumerate(rows)}


def _reporters(connection: Connection[Any]) -> dict[int, dict[str, str]]:
    connection.execute("INSERT INTO reporter (event_id) SELECT id FROM event ON CONFLICT DO NOTHING")
    rows = connection.execute("SELECT id FROM event ORDER BY id").fetchall()
    return {
        key: {
            "name": f"报告人{n}",
            "phone": f"010-6278{n:04d}",
            "id_number": f"11010819900101{n:04d}",
            "address": f"知春路{n + 1}号3单元501",
        }
        for n, (key,) in enumerate(rows)
    }


def _with_accounts(connection: Connection[Any], readers: dict[str, Reader]) -> dict[str, Reader]:
    """Give every reader an account of its own: only somebody who is on record has clear text."""
    for role in ROLES:
        connection.execute(
            "INSERT INTO account (username, display_name, role, reach)"
            " SELECT %s || ' ' || n, 'n', %s, 'city' FROM generate_series(1, 4) AS n",
            [role, role],
        )
    keys = dict(connection.execute("SELECT username, id FROM account").fetchall())
    count: dict[str, int] = dict.fromkeys(ROLES, 0)
    given = {}
    for name, reader in readers.items():
        count[reader.role] += 1
        given[name] = replace(reader, account_id=keys[f"{reader.role} {count[reader.role]}"])
    return given


def _units(connection: Connection[Any]) -> dict[tuple[str, int], tuple[str, int]]:
    rows = connection.execute(
        "SELECT 'worker', id, unit_code, organisation_id FROM worker"
        " UNION ALL SELECT 'reporter', id, unit_code, organisation_id FROM event"
    ).fetchall()
    return {(relation, key): (unit, organisation) for relation, key, unit, organisation in rows}
