"""Personal data (个人信息): which columns are classified, how they are sealed, and how a clear text is had.

A classified column holds a mask; `<column>_cipher` and `<column>_digest` beside it are granted to nobody.
Clear text comes one record at a time: the asking is committed to the audit log first, and only then, in
another transaction, is the ciphertext handed out. So no roll-back and no hanging up undoes the record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import Database, query, session
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem, TooMany
from spatial.rights.data_keys import ROOM, open_keyring
from spatial.rights.envelope import Keyring, Place
from spatial.rights.masks import HIDDEN, MASKS
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import RESPONDERS

Columns = dict[str, Any]
Row = dict[str, Any]

MOST_MATCHES = 100


@dataclass(frozen=True)
class Classified:
    """The classified columns of a table; `searched` ones can be looked for by their whole value."""

    key: str
    columns: tuple[str, ...]
    searched: tuple[str, ...]


CLASSIFIED: dict[str, Classified] = {
    "worker": Classified("id", ("name", "phone"), ("name", "phone")),
    "reporter": Classified(
        "event_id", ("name", "phone", "id_number", "address"), ("name", "phone", "id_number")
    ),
}
"""By table. A column's name says what it is, and by that how it is masked and normalised."""


@dataclass(frozen=True)
class Wanted:
    """One clear text that somebody asks for, and why."""

    relation: str
    key: int
    field: str
    reason: str


def normal(field: str, value: str) -> str:
    """Write a value as everybody would: digits of a phone, upper-case identity numbers, names without blanks.

    Two ways to write the same give the same; what says nothing gives an empty text.
    """
    text = unicodedata.normalize("NFKC", value)
    if field == "phone":
        digits = re.sub(r"\D", "", text)
        return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    if field == "id_number":
        return re.sub(r"[^0-9A-Z]", "", text.upper())
    return re.sub(r"[\s·•・‧∙]", "", text).casefold()


def seal(
    keyring: Keyring, relation: str, keys: Sequence[int], columns: Mapping[str, Sequence[str | None]]
) -> Columns:
    """Turn clear columns of new or changed rows into what is stored: masks, ciphers and digests.

    keys: the rows' keys, drawn before. columns: clear texts by name, None where nothing is known. Gives for
    each name the masks, and under name_cipher and name_digest bytes or None. InvalidInput for a text that
    holds a star: it is a mask that somebody read, not a value.
    """
    _refuse_masks(columns)
    stored: Columns = {}
    for name, values in columns.items():
        stored[name] = [None if value is None else MASKS[name](value) for value in values]
        stored[f"{name}_cipher"] = [
            keyring.encrypt(Place(relation, name, key), value) if value else None
            for key, value in zip(keys, values, strict=True)
        ]
        if name in CLASSIFIED[relation].searched:
            stored[f"{name}_digest"] = [_digest(keyring, relation, name, value) for value in values]
    return stored


def reveal(database: Database, reader: Reader, master_path: Path, wanted: Wanted, per_hour: int) -> str:
    """Give one clear text to a reader who may have it, after that was put on record.

    Forbidden for roles and keys that may never; InvalidInput without a good reason; NotFound for a row that
    is not there for this reader or holds nothing; TooMany above `per_hour`; NotOpened when the key is lost
    or the ciphertext was changed.
    """
    check_may_read(reader)
    _check_wanted(wanted)
    values = {"action": "reveal", "key": wanted.key, "reason": wanted.reason.strip()}
    with session(database, reader) as connection:
        read_id = _ask(connection, reader, wanted.relation, wanted.field, values, per_hour)
    with session(database, reader) as connection:
        sealed = connection.execute(query(ROOM, "clear_cipher"), {"id": read_id}).fetchall()[0][0]
    if sealed is None:
        raise NotFound(f"no clear text is kept of this {wanted.field}")
    # The keys after the ciphertext: one that a rotation has just made is among them then.
    with session(database, SYSTEM) as connection:
        keyring = open_keyring(connection, master_path)
    return keyring.decrypt(Place(wanted.relation, wanted.field, wanted.key), bytes(sealed))


def search(
    database: Database,
    reader: Reader,
    master_path: Path,
    relation: str,
    field: str,
    value: str,
    per_hour: int,
) -> list[Row]:
    """Find the rows that hold exactly this value, masked, as far as the reader sees them.

    At most MOST_MATCHES. Looking is on record too, and counts as a clear read: with it one could guess what a
    mask hides.
    """
    check_may_read(reader)
    _check_searched(relation, field)
    text = normal(field, value)
    if not text or HIDDEN in value:
        raise InvalidInput.at("value", f"is no whole {field}")
    with session(database, SYSTEM) as connection:
        digests = open_keyring(connection, master_path).digests(relation, field, text)
    values = {"action": "search", "key": None, "reason": None}
    with session(database, reader) as connection:
        read_id = _ask(connection, reader, relation, field, values, per_hour)
    with session(database, reader) as connection:
        found = connection.execute(query(ROOM, "find_sealed"), {"id": read_id, "digests": digests}).fetchall()
        return masked_rows(connection, relation, [key for (key,) in found])


def masked_rows(connection: Connection[Any], relation: str, keys: Sequence[int]) -> list[Row]:
    """Read rows as everybody who sees them may, by key; those that the reader does not see are left out."""
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"keys": list(keys), "most": MOST_MATCHES}
        return cursor.execute(query(ROOM, f"masked_{relation}"), values).fetchall()


def masked_row(connection: Connection[Any], relation: str, key: int) -> Row:
    """Read one row masked; NotFound when it is not there for this reader."""
    rows = masked_rows(connection, relation, [key])
    if not rows:
        raise NotFound(_MISSING[relation].format(key))
    return rows[0]


def check_may_read(reader: Reader) -> None:
    """Refuse clear text to roles that never have it, and to keys that were made for reading maps."""
    if reader.role not in RESPONDERS or reader.account_id is None:
        raise Forbidden("this role does not see personal data in clear")
    if reader.scope != "all":
        raise Forbidden("this key is not for personal data; log in to see it in clear")


_MISSING = {"worker": "there is no worker '{}'", "reporter": "there is no reporter of event '{}'"}


def _ask(
    connection: Connection[Any], reader: Reader, relation: str, field: str, values: Row, per_hour: int
) -> int:
    """Put a reveal or a search on record, as one of at most `per_hour`; returns the record's id."""
    connection.execute(query(ROOM, "clear_read_lock"), {"account": reader.account_id})
    wait_s = connection.execute(query(ROOM, "clear_read_wait"), {"per_hour": per_hour}).fetchone()
    if wait_s is not None:
        raise TooMany(f"more than {per_hour} clear reads within an hour", max(1, int(wait_s[0])))
    try:
        row = connection.execute(
            query(ROOM, "clear_read_ask"), {**values, "relation": relation, "field": field}
        )
        return int(row.fetchall()[0][0])
    except psycopg.errors.InsufficientPrivilege:
        # A foreign row and one that does not exist are refused alike.
        raise NotFound(_MISSING[relation].format(values["key"])) from None


def _check_wanted(wanted: Wanted) -> None:
    problems = []
    if wanted.field not in CLASSIFIED[wanted.relation].columns:
        problems.append(Problem("field", f"is not one of {', '.join(CLASSIFIED[wanted.relation].columns)}"))
    if not 4 <= len(wanted.reason.strip()) <= 500:
        problems.append(
            Problem("reason", "must say in 4 to 500 characters what the clear text is needed for")
        )
    if problems:
        raise InvalidInput(problems)


def _check_searched(relation: str, field: str) -> None:
    if relation not in CLASSIFIED:
        raise InvalidInput.at("relation", f"is not one of {', '.join(CLASSIFIED)}")
    if field not in CLASSIFIED[relation].searched:
        raise InvalidInput.at("field", f"is not one of {', '.join(CLASSIFIED[relation].searched)}")


def _refuse_masks(columns: Mapping[str, Sequence[str | None]]) -> None:
    problems = [
        Problem(f"{name}[{row}]", "holds a star, so it is a mask and no value")
        for name, values in columns.items()
        for row, value in enumerate(values)
        if value and HIDDEN in value
    ]
    if problems:
        raise InvalidInput(problems[:20])


def _digest(keyring: Keyring, relation: str, name: str, value: str | None) -> bytes | None:
    text = normal(name, value or "")
    return keyring.digest(relation, name, text) if text else None
