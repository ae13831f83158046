"""Webhooks (推送订阅): registered by administrators, told what their owner may see, and how they do.

Secrets are sealed for their row and shown once, when they are made. Two sign for a day after a rotation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.partners import log
from spatial.partners.log import Cursor, Wanted, check_wanted
from spatial.partners.models import STATES
from spatial.partners.push import check_options
from spatial.partners.signing import make_secret
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place
from spatial.rights.reader import Reader
from spatial.rights.rules import DISTRICT

ROOM = "spatial.partners"
KIND = "webhooks"
"""Of the message that wakes the courier."""
MOST = 200
"""Webhooks of a city."""
RETRIES_S = (5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses between tries: three days in all."""
OLD_SECRET_LIFE = timedelta(days=1)
PAUSED_BY_HAND = "paused by hand"

Json = dict[str, Any]


@dataclass(frozen=True)
class Opening:
    """What a partner is opened with: a user and password, or the name and value of a header or parameter."""

    kind: str
    name: str
    value: str

    def __repr__(self) -> str:
        return f"Opening({self.kind}, ***)"


@dataclass(frozen=True)
class NewWebhook:
    """What somebody registers; see models.Webhook."""

    name: str
    url: str
    kind: str = "webhook"
    wanted: Wanted = field(default_factory=Wanted)
    options: Json = field(default_factory=dict)
    timeout_s: int = 15
    parallel: int = 4
    retries_s: tuple[int, ...] = RETRIES_S
    after_dead: str = "hold"
    opening: Opening | None = None
    since: Cursor | None = None
    """Where to begin; None: at what comes from now on."""


@dataclass(frozen=True)
class Webhook:
    """An active webhook, as the courier needs it."""

    id: int
    name: str
    kind: str
    url: str
    account_id: int
    wanted: Wanted
    options: Json
    timeout_s: int
    parallel: int
    retries_s: tuple[int, ...]
    after_dead: str
    cursor: Cursor
    edition: int
    """Grows with every change."""
    failures: int
    awake: bool
    """Its partner may be asked now."""
    sealed: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Secrets:
    """What a webhook signs with, newest first, and what its partner is opened with."""

    signing: tuple[str, ...]
    opening: Opening | None

    def __repr__(self) -> str:
        return "Secrets(***)"


def add(connection: Connection[Any], reader: Reader, new: NewWebhook, master: Path) -> tuple[int, str]:
    """Register a webhook in the reader's name; gives its number and its secret, which is shown this once.

    connection: of a session of the reader. Forbidden, InvalidInput naming the field, Conflict for a name that
    is taken.
    """
    check_keeper(reader)
    _check(new.kind, new.wanted, new.options)
    values = {**_columns(new), "kind": new.kind, "account_id": reader.account_id}
    try:
        with connection.transaction():
            number = int(connection.execute(query(ROOM, "webhook_add"), values).fetchall()[0][0])
    except errors.UniqueViolation:
        raise Conflict(f"there is a webhook '{new.name}' already") from None
    secret = make_secret()
    with as_platform(connection, reader):
        if connection.execute(query(ROOM, "webhook_count")).fetchall()[0][0] > MOST:
            raise Conflict(f"there are {MOST} webhooks already, as many as a city may have")
        end = log.horizon(connection)
        begin = end if new.since is None else new.since
        log.check_given(begin, end, "since")
        connection.execute(query(ROOM, "webhook_pace_add"), {"id": number, **_position(begin)})
        _seal(connection, number, secret, None, master)
        _seal_opening(connection, number, new.opening, master)
        notify(connection, KIND)
    return number, secret


def check_keeper(reader: Reader) -> None:
    """See that somebody may keep webhooks: what they say leaves the city's own systems."""
    if reader.role not in DISTRICT or reader.account_id is None:
        raise Forbidden("webhooks are for district administrators")


def _check(kind: str, wanted: Wanted, options: Json) -> None:
    problems = [*check_wanted(wanted), *check_options(kind, wanted.topics, options)]
    if problems:
        raise InvalidInput(problems)


def _columns(new: NewWebhook) -> Json:
    return {
        "name": new.name, "url": new.url, "topics": list(new.wanted.topics),
        "categories": list(new.wanted.categories), "units": list(new.wanted.units),
        "sources": list(new.wanted.sources), "options": Jsonb(new.options), "timeout_s": new.timeout_s,
        "parallel": new.parallel, "retries_s": list(new.retries_s), "after_dead": new.after_dead,
    }  # fmt: skip


def _position(cursor: Cursor) -> Json:
    return {"life": cursor.life, "txid": str(cursor.txid), "topic": cursor.topic, "row": cursor.row}


def shown(connection: Connection[Any], number: int | None = None) -> list[Json]:
    """Read webhooks by name, those that the reader of the connection keeps; never a secret."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "webhook_shown"), {"id": number}).fetchall()
    for row in rows:
        place = (row.pop("life"), int(row.pop("txid")), row.pop("topic"), row.pop("row_id"))
        row["cursor"] = str(Cursor(*place))
    return rows


def one(connection: Connection[Any], number: int) -> Json:
    """Read one; NotFound."""
    found = shown(connection, number)
    if not found:
        raise NotFound(f"there is no webhook '{number}'")
    return found[0]


def locked(connection: Connection[Any], number: int) -> Json:
    """Read what is registered of one, which nobody else changes until the transaction ends; NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "webhook_lock"), {"id": number}).fetchone()
    if found is None:
        raise NotFound(f"there is no webhook '{number}'")
    return found


def change(
    connection: Connection[Any],
    reader: Reader,
    number: int,
    given: Json,
    opening: Opening | None,
    master: Path,
) -> None:
    """Change fields of a webhook: those of `NewWebhook`, `wanted` by its parts, and `state` active or paused.

    `take_over`: the reader becomes its owner. `opening` replaces what the partner is opened with.
    """
    check_keeper(reader)
    row = locked(connection, number)
    before = one(connection, number)
    after = {
        **{name: before[name] for name in _CHANGING},
        **{k: v for k, v in given.items() if k in _CHANGING},
    }
    wanted = Wanted(*(tuple(after[name]) for name in ("topics", "categories", "units", "sources")))
    _check(row["kind"], wanted, after["options"])
    after["why"] = _why(before, given)
    try:
        with connection.transaction():
            values = {**after, "options": Jsonb(after["options"]), "id": number}
            connection.execute(query(ROOM, "webhook_change"), values)
    except errors.UniqueViolation:
        raise Conflict(f"there is a webhook '{after['name']}' already") from None
    if given.get("take_over"):
        connection.execute(query(ROOM, "webhook_own"), {"id": number, "account_id": reader.account_id})
    with as_platform(connection, reader):
        _settle_change(connection, number, given, opening, master)


_CHANGING = (
    "name", "url", "topics", "categories", "units", "sources", "options", "timeout_s", "parallel",
    "retries_s", "after_dead", "state",
)  # fmt: skip


def _why(before: Json, given: Json) -> str:
    state = given.get("state", before["state"])
    if state == "paused" and before["state"] != "paused":
        return PAUSED_BY_HAND
    return "" if state == "active" else str(before["why"])


def _settle_change(
    connection: Connection[Any], number: int, given: Json, opening: Opening | None, master: Path
) -> None:
    if opening is not None:
        _seal_opening(connection, number, opening, master)
    if given.get("since") is not None:
        log.check_given(given["since"], log.horizon(connection), "since")
        connection.execute(query(ROOM, "webhook_move"), {"id": number, **_position(given["since"])})
    connection.execute(query(ROOM, "webhook_wake"), {"id": number})
    connection.execute(query(ROOM, "delivery_release"), {"webhook": number, "subjects": None})
    notify(connection, KIND)


def rotate(connection: Connection[Any], reader: Reader, number: int, master: Path) -> str:
    """Make another secret, shown this once; the one before signs as well for a day."""
    check_keeper(reader)
    locked(connection, number)
    secret = make_secret()
    with as_platform(connection, reader):
        sealed = connection.execute(query(ROOM, "webhook_sealed"), {"id": number}).fetchall()[0][0]
        old = open_keyring(connection, master).decrypt(_place("secret", number), bytes(sealed))
        _seal(connection, number, secret, old, master)
    return secret


def delete(connection: Connection[Any], reader: Reader, number: int) -> None:
    """Delete a webhook with its messages; NotFound."""
    check_keeper(reader)
    if connection.execute(query(ROOM, "webhook_delete"), {"id": number}).rowcount == 0:
        raise NotFound(f"there is no webhook '{number}'")


def _place(column: str, number: int) -> Place:
    return Place("webhook", column, number)


def _seal(connection: Connection[Any], number: int, secret: str, old: str | None, master: Path) -> None:
    keyring = open_to_seal(connection, master)
    values = {
        "id": number,
        "secret": keyring.encrypt(_place("secret", number), secret),
        "old": None if old is None else keyring.encrypt(_place("old_secret", number), old),
        "until": None if old is None else datetime.now(UTC) + OLD_SECRET_LIFE,
    }
    connection.execute(query(ROOM, "webhook_seal"), values)


def _seal_opening(connection: Connection[Any], number: int, opening: Opening | None, master: Path) -> None:
    if opening is None:
        return
    text = json.dumps({"name": opening.name, "value": opening.value})
    cipher = open_to_seal(connection, master).encrypt(_place("opener", number), text)
    connection.execute(
        query(ROOM, "webhook_seal_opener"), {"id": number, "kind": opening.kind, "cipher": cipher}
    )


def forget_opening(connection: Connection[Any], number: int) -> None:
    """Open the partner with nothing from now on."""
    connection.execute(query(ROOM, "webhook_seal_opener"), {"id": number, "kind": None, "cipher": None})


def active(connection: Connection[Any], number: int | None = None) -> list[Webhook]:
    """Read what the courier works for; connection: of the platform."""
    return _read(connection, number, ["active"])


def registered(connection: Connection[Any], number: int) -> Webhook:
    """Read one, whatever its state; connection: of the platform. NotFound."""
    found = _read(connection, number, list(STATES))
    if not found:
        raise NotFound(f"there is no webhook '{number}'")
    return found[0]


def _read(connection: Connection[Any], number: int | None, states: list[str]) -> list[Webhook]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "webhook_active"), {"id": number, "states": states}).fetchall()
    return [_webhook(row) for row in rows]


def _webhook(row: Json) -> Webhook:
    wanted = Wanted(*(tuple(row[name]) for name in ("topics", "categories", "units", "sources")))
    sealed = ("secret_cipher", "old_secret_cipher", "opener_kind", "opener_cipher")
    plain = ("id", "name", "kind", "url", "account_id", "options", "timeout_s", "parallel", "after_dead",
             "edition", "failures", "awake")  # fmt: skip
    return Webhook(
        **{name: row[name] for name in plain},
        wanted=wanted,
        retries_s=tuple(row["retries_s"]),
        cursor=Cursor(row["life"], int(row["txid"]), row["topic"], row["row_id"]),
        sealed={name: row[name] for name in sealed},
    )


def open_secrets(connection: Connection[Any], webhook: Webhook, master: Path) -> Secrets:
    """Open what a webhook signs with; connection: of the platform. NotOpened without the master key."""
    keyring = open_keyring(connection, master)
    sealed = webhook.sealed
    found = [
        keyring.decrypt(_place(name.removesuffix("_cipher"), webhook.id), bytes(sealed[name]))
        for name in ("secret_cipher", "old_secret_cipher")
        if sealed[name] is not None
    ]
    opening = None
    if sealed["opener_cipher"] is not None:
        opened = keyring.decrypt(_place("opener", webhook.id), bytes(sealed["opener_cipher"]))
        opening = Opening(sealed["opener_kind"], **json.loads(opened))
    return Secrets(tuple(found), opening)


def switch(connection: Connection[Any], number: int, state: str, why: str) -> None:
    """Pause an active webhook or switch it off, and say why; connection: of the platform."""
    connection.execute(query(ROOM, "webhook_switch"), {"id": number, "state": state, "why": why[:500]})
