"""The data keys of a database: made, opened, renewed (rotation) and wrapped anew (another master key).

Reading takes no lock. Sealing holds a shared lock until its transaction ends and rotation takes it alone
before it brings in a new key, so that nothing is written with a key that is being retired.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.rights.audit.keys import keep_chain_key
from spatial.rights.envelope import (
    KEY_BYTES,
    Keyring,
    NotOpened,
    is_wrapped_by,
    make_master,
    master_file,
    read_master,
    sync_folder,
    unwrap,
    wrap,
)
from spatial.settings import Settings

ROOM = "spatial.rights"
PERSONAL = "personal"
"""What the data keys of fields are for."""

NO_KEYS = "the database has no data keys yet: run `citygrid migrate`"

GRACE_SECONDS = 2.0
"""Whoever hashed a value to search for it, a moment before a new key came, has found it by then."""


def open_keyring(connection: Connection[Any], master_path: Path) -> Keyring:
    """Open the keys to read with; connection: of the owner or the platform's standpoint.

    NotOpened when the master key is missing or another one, or when the database has no keys yet.
    """
    rows = connection.execute(query(ROOM, "data_keys"), {"purpose": PERSONAL}).fetchall()
    wrapped = {int(key_id): bytes(key) for key_id, key, _ in rows}
    active = tuple(int(key_id) for key_id, _, retired in rows if not retired)
    if not active:
        raise NotOpened(NO_KEYS)
    return Keyring(find_master(master_path, wrapped[active[-1]]), PERSONAL, wrapped, active)


def open_to_seal(connection: Connection[Any], master_path: Path) -> Keyring:
    """Open the keys to write with, in the transaction that writes; no new key comes in before it ends."""
    connection.execute(query(ROOM, "data_keys_share"))
    return open_keyring(connection, master_path)


def ensure_keys(connection: Connection[Any], master_path: Path) -> Keyring:
    """Make the first data key, and the master key if there is none; otherwise see that they fit.

    connection: of the owner, in a transaction. Once there are data keys a missing master key is an error
    (NotOpened): a new one would only hide that everything encrypted is lost.
    """
    connection.execute(query(ROOM, "data_keys_lock"))
    if not connection.execute(query(ROOM, "data_keys"), {"purpose": PERSONAL}).fetchall():
        master = read_master(master_path) if master_path.exists() else make_master(master_path)
        add_key(connection, master)
    return open_keyring(connection, master_path)


def add_key(connection: Connection[Any], master: bytes) -> int:
    """Bring in a new data key, which encrypts from now on; returns its id."""
    row = connection.execute(query(ROOM, "data_key_id")).fetchall()[0]
    key_id = int(row[0])
    wrapped = wrap(master, key_id, PERSONAL, secrets.token_bytes(KEY_BYTES))
    values = {"id": key_id, "purpose": PERSONAL, "wrapped": wrapped}
    connection.execute(query(ROOM, "data_key_add"), values)
    return key_id


def find_master(path: Path, wrapped: bytes) -> bytes:
    """Read the master key that a data key was wrapped by: the one in force, or one that is coming.

    Between the commit of a re-wrapping and the renaming of its file, and after a crash just there, the
    right key is still called `<path>.new`. With neither fitting, the one in force is given, to be refused.
    """
    with suppress(NotOpened):
        coming = read_master(coming_file(path))
        if is_wrapped_by(coming, wrapped):
            return coming
    return read_master(path)


def coming_file(path: Path) -> Path:
    """Name the file of a master key that is not in force yet."""
    return path.with_name(f"{path.name}.new")


def rewrap(connection: Connection[Any], settings: Settings) -> Path:
    """Make a new master key and wrap all data keys by it; the old file is kept aside, and its path returned.

    connection: of the owner, outside of a transaction. At any moment, also after a crash, the files hold the
    key that the database asks for. No field is encrypted anew: that is what `rotate` does.
    """
    master_path = master_file(settings)
    with connection.transaction():
        connection.execute(query(ROOM, "data_keys_lock"))
        rows = connection.execute(query(ROOM, "data_keys_all")).fetchall()
        if not rows:
            raise NotOpened(NO_KEYS)
        settle(master_path, rows)
        old, new = read_master(master_path), _coming_master(master_path)
        keep_chain_key(settings, old)
        for key_id, purpose, wrapped in rows:
            key = unwrap(old, key_id, purpose, bytes(wrapped))
            values = {"id": key_id, "wrapped": wrap(new, key_id, purpose, key)}
            connection.execute(query(ROOM, "data_key_rewrap"), values)
        connection.execute(query(ROOM, "data_keys_record"), {"action": "rewrap", "keys": len(rows)})
    return _put_in_force(master_path)


def settle(master_path: Path, rows: list[tuple[int, str, bytes]]) -> None:
    """Finish a re-wrapping that was cut off between its commit and the renaming of its file."""
    if rows and not _fits(master_path, rows) and _fits(coming_file(master_path), rows):
        _put_in_force(master_path)


def _fits(path: Path, rows: list[tuple[int, str, bytes]]) -> bool:
    with suppress(NotOpened):
        return is_wrapped_by(read_master(path), bytes(rows[0][2]))
    return False


def _coming_master(master_path: Path) -> bytes:
    """Make the next master key; one that was left by an attempt without a commit is nobody's."""
    coming_file(master_path).unlink(missing_ok=True)
    return make_master(coming_file(master_path))


def _put_in_force(master_path: Path) -> Path:
    """Put the coming key in force and the old one aside, under the moment it was put there."""
    aside = master_path.with_name(f"{master_path.name}.until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z")
    with suppress(FileNotFoundError):
        os.link(master_path, aside)
    # One step: there is no moment without a key in force.
    coming_file(master_path).replace(master_path)
    sync_folder(master_path)
    return aside


def begin_rotation(connection: Connection[Any], master_path: Path) -> Keyring:
    """Bring in a new data key, unless a rotation is under way already; gives the keys to go on with."""
    with connection.transaction():
        connection.execute(query(ROOM, "data_keys_lock"))
        keyring = open_keyring(connection, master_path)
        if len(keyring.active) > 1:
            return keyring
        rows = connection.execute(query(ROOM, "data_keys_all")).fetchall()
        settle(master_path, rows)
        add_key(connection, read_master(master_path))
        keyring = open_keyring(connection, master_path)
    time.sleep(GRACE_SECONDS)
    return keyring


def end_rotation(connection: Connection[Any], keyring: Keyring) -> None:
    """Retire every key but the newest; connection: in a transaction that holds the keys alone."""
    connection.execute(query(ROOM, "data_keys_retire"), {"newest": keyring.newest.id, "purpose": PERSONAL})
