"""Sealing what lies in clear since before there was sealing, and rotation: everything under a new data key.

Both go through the tables in batches, each in a transaction of its own: cut off anywhere, the next run goes
on. The audit log's trigger rests meanwhile, for sealing would write the clear text into the log for good, and
a new ciphertext of an old value changes no data; one entry a batch says instead what was done.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.errors import Diagnostic

from spatial.database import query
from spatial.errors import Unavailable
from spatial.rights.data_keys import ROOM, begin_rotation, end_rotation, open_to_seal
from spatial.rights.envelope import Keyring, NotOpened, Place, header_of
from spatial.rights.personal import CLASSIFIED, seal

BATCH = 1_000
PATIENCE_S = 300
"""How long sealing waits for snapshots of others to end."""

Say = Callable[[str, int], None]
"""Is told the table and how many of its rows are done."""


def _silent(_relation: str, _rows: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: rows by table, what does not open, and whether the old keys could be retired."""

    rows: dict[str, int]
    unreadable: tuple[str, ...]
    retired: bool


def seal_existing(connection: Connection[Any], master_path: Path, say: Say = _silent) -> dict[str, int]:
    """Seal the rows that hold clear text; returns rows by table, those tables only that had to be looked at.

    connection: of the owner, with autocommit. Afterwards the database itself holds every row to its mask, and
    a second run has nothing to do.
    """
    rows = connection.execute(query(ROOM, "unsealed_tables")).fetchall()
    done = {relation: 0 for (relation,) in rows if relation in CLASSIFIED}
    for relation in done:
        while count := _seal_batch(connection, master_path, relation):
            done[relation] += count
            say(relation, done[relation])
        connection.execute(
            _for_table("ALTER TABLE {} VALIDATE CONSTRAINT {}", relation, f"ck_{relation}_masked")
        )
        # Updated rows leave their old selves, clear text and all, in the file: it is written anew.
        _rewrite(connection, relation)
    return done


def _rewrite(connection: Connection[Any], relation: str) -> None:
    """Write a table's file anew without old rows; Unavailable when somebody's snapshot keeps them too long.

    PostgreSQL carries over what an older snapshot (autovacuum, a report, a starting backend) might still look
    at, so it is asked how much that was, and once more until it was nothing.
    """
    left: list[int] = []
    deadline = time.monotonic() + PATIENCE_S

    def note(said: Diagnostic) -> None:
        # The detail begins with the number of dead rows that were kept, in every language.
        found = re.match(r"\D*(\d+)", said.message_detail or "")
        left.extend([int(found[1])] if found else [])

    connection.add_notice_handler(note)
    try:
        while not left or any(left):
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"an old snapshot keeps clear rows of {relation}: end it, and run this again"
                )
            time.sleep(0.2 if left else 0)
            left.clear()
            connection.execute(_for_table("VACUUM (FULL, VERBOSE) {}", relation))
    finally:
        connection.remove_notice_handler(note)


def rotate(connection: Connection[Any], master_path: Path, say: Say = _silent) -> Rotated:
    """Bring in a new data key, encrypt and hash everything with it, and retire the old one.

    connection: of the owner, with autocommit. People go on reading and writing meanwhile; a run that was cut
    off is gone on with. What does not open stays as it is, and then so does the old key.
    """
    keyring = begin_rotation(connection, master_path)
    rows, unreadable = dict.fromkeys(CLASSIFIED, 0), list[str]()
    for relation in CLASSIFIED:
        last: int | None = -(2**63)
        while last is not None:
            count, last = _rotate_batch(connection, keyring, relation, last, unreadable)
            rows[relation] += count
            say(relation, rows[relation])
    return Rotated(rows, tuple(unreadable), _retire(connection, keyring))


def _seal_batch(connection: Connection[Any], master_path: Path, relation: str) -> int:
    with connection.transaction():
        keyring = open_to_seal(connection, master_path)
        with _unwatched(connection, relation):
            found = connection.execute(_clear_rows(relation), {"most": BATCH}).fetchall()
            _write(connection, relation, found, keyring, masks=True)
            _record(connection, "seal", relation, found)
    return len(found)


def _rotate_batch(
    connection: Connection[Any], keyring: Keyring, relation: str, after: int, unreadable: list[str]
) -> tuple[int, int | None]:
    """Encrypt the next rows anew; returns how many, and the last key (None: there are no more)."""

    def opened(row: Sequence[Any]) -> list[Any]:
        key, columns = row[0], CLASSIFIED[relation].columns
        places = [Place(relation, name, key) for name in columns]
        return [key, *(_open(keyring, p, c, unreadable) for p, c in zip(places, row[1:], strict=True))]

    with connection.transaction(), _unwatched(connection, relation):
        values = {"after": after, "header": header_of(keyring.newest.id), "most": BATCH}
        found = [opened(row) for row in connection.execute(_stale_rows(relation), values).fetchall()]
        _write(connection, relation, found, keyring, masks=False)
        _record(connection, "rotate", relation, found)
    return len(found), found[-1][0] if len(found) == BATCH else None


def _open(keyring: Keyring, place: Place, cipher: bytes | None, unreadable: list[str]) -> str | None:
    if cipher is None:
        return None
    try:
        return keyring.decrypt(place, bytes(cipher))
    except NotOpened as error:
        unreadable.append(str(error))
        return None


def _retire(connection: Connection[Any], keyring: Keyring) -> bool:
    """Retire the older keys unless a row still needs one."""
    with connection.transaction():
        connection.execute(query(ROOM, "data_keys_lock"))
        values = {"after": -(2**63), "header": header_of(keyring.newest.id), "most": 1}
        if any(connection.execute(_stale_rows(name), values).fetchone() for name in CLASSIFIED):
            return False
        end_rotation(connection, keyring)
    return True


def _write(
    connection: Connection[Any],
    relation: str,
    rows: Sequence[Sequence[Any]],
    keyring: Keyring,
    *,
    masks: bool,
) -> None:
    """Seal rows (key, then a clear text or None for each classified column); what is None stays as it is."""
    if not rows:
        return
    keys, *texts = zip(*rows, strict=True)
    stored = seal(keyring, relation, keys, dict(zip(CLASSIFIED[relation].columns, texts, strict=True)))
    if not masks:
        stored = {name: values for name, values in stored.items() if name not in CLASSIFIED[relation].columns}
    connection.execute(_update(relation, stored), {"key": list(keys), **stored})


def _record(connection: Connection[Any], action: str, relation: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        values = {"action": action, "relation": relation, "rows": len(rows)}
        values |= {"first": rows[0][0], "last": rows[-1][0]}
        connection.execute(query(ROOM, "resealing_record"), values)


@contextmanager
def _unwatched(connection: Connection[Any], relation: str) -> Iterator[None]:
    """Let the log's trigger on a table rest during the block; nobody else writes there meanwhile."""
    watched = connection.execute(query(ROOM, "is_watched"), {"relation": relation}).fetchone()
    if watched:
        connection.execute(_for_table("ALTER TABLE {} DISABLE TRIGGER audit_update", relation))
    yield
    if watched:
        connection.execute(_for_table("ALTER TABLE {} ENABLE ALWAYS TRIGGER audit_update", relation))


def _for_table(statement: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def _clear_rows(relation: str) -> sql.Composed:
    """Select rows with a text that is no mask; columns that hold one are given as null."""
    is_clear = sql.SQL("({0} <> '' AND {0} NOT LIKE '%%*%%')")
    columns = [sql.Identifier(name) for name in CLASSIFIED[relation].columns]
    shown = [sql.SQL("CASE WHEN {} THEN {} END").format(is_clear.format(c), c) for c in columns]
    return sql.SQL(
        "SELECT {key}, {shown} FROM {table} WHERE {clear} ORDER BY {key} LIMIT %(most)s FOR UPDATE"
    ).format(
        key=sql.Identifier(CLASSIFIED[relation].key),
        shown=sql.SQL(", ").join(shown),
        table=sql.Identifier(relation),
        clear=sql.SQL(" OR ").join(is_clear.format(column) for column in columns),
    )


def _stale_rows(relation: str) -> sql.Composed:
    """Select ciphertexts of rows of which one was not made with the key that the header names."""
    ciphers = [sql.Identifier(f"{name}_cipher") for name in CLASSIFIED[relation].columns]
    is_stale = sql.SQL("substring({} FOR 5) <> %(header)s")
    return sql.SQL(
        "SELECT {key}, {ciphers} FROM {table} WHERE {key} > %(after)s AND ({stale})"
        " ORDER BY {key} LIMIT %(most)s FOR UPDATE"
    ).format(
        key=sql.Identifier(CLASSIFIED[relation].key),
        ciphers=sql.SQL(", ").join(ciphers),
        table=sql.Identifier(relation),
        stale=sql.SQL(" OR ").join(is_stale.format(cipher) for cipher in ciphers),
    )


def _update(relation: str, stored: Mapping[str, Any]) -> sql.Composed:
    """Update rows from arrays, one a column, named as the columns are; nulls change nothing."""
    names = [sql.Identifier(name) for name in stored]
    is_text = [name in CLASSIFIED[relation].columns for name in stored]
    arrays = [
        sql.SQL("{}::{}[]").format(sql.Placeholder(name), sql.SQL("text" if text else "bytea"))
        for name, text in zip(stored, is_text, strict=True)
    ]
    return sql.SQL(
        "UPDATE {table} AS t SET {values} FROM unnest(%(key)s::bigint[], {arrays}) AS n (key, {names})"
        " WHERE t.{key} = n.key"
    ).format(
        table=sql.Identifier(relation),
        values=sql.SQL(", ").join(sql.SQL("{0} = coalesce(n.{0}, t.{0})").format(name) for name in names),
        arrays=sql.SQL(", ").join(arrays),
        names=sql.SQL(", ").join(names),
        key=sql.Identifier(CLASSIFIED[relation].key),
    )
