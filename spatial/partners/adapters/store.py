"""Adapters as they are kept: made and changed by administrators, used by whoever sends."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from spatial.events.models import SOURCES
from spatial.partners.adapters.reports import NAMED, refused_target
from spatial.partners.adapters.signatures import STANDARD, check_secret, check_signature
from spatial.partners.mapping import Mapping
from spatial.partners.open311.pull import check_options
from spatial.partners.signing import make_secret
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place
from spatial.rights.reader import Reader
from spatial.rights.rules import DISTRICT

ROOM = "spatial.partners.adapters"
KIND = "adapters"
"""Of the message that wakes the job process."""
MESSAGES, OPEN311 = "messages", "open311"
MOST = 200
"""Adapters of a city."""
OLD_SECRET_LIFE = timedelta(days=1)
PAUSED_BY_HAND = "paused by hand"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_KEPT = frozenset({"check", "inspection", "sources"})
"""Names that would be taken for something else."""

Json = dict[str, Any]


@dataclass(frozen=True)
class NewAdapter:
    """What somebody makes; see models.Adapter."""

    name: str
    source: str
    mapping: Json
    kind: str = MESSAGES
    title: str = ""
    options: Json = field(default_factory=dict)
    sample: str | None = None
    secret: str | None = None
    """The sender's own, or the key that the other city gave; None: one is made where one is needed."""


@dataclass(frozen=True)
class Adapter:
    """An adapter in use."""

    id: int
    name: str
    kind: str
    source: str
    account_id: int
    spec: Json
    options: Json
    state: str = "active"
    why: str = ""
    changed_at: datetime | None = None

    @cached_property
    def mapping(self) -> Mapping:
        """The mapping, compiled."""
        return Mapping.parse(self.spec, refused=refused_target)

    @property
    def signature(self) -> Json | None:
        """How messages are signed; None: they are not."""
        found: Json | None = self.options.get("signature")
        return found

    @property
    def lists(self) -> list[str]:
        """Names of XML elements that are lists."""
        return list(self.options.get("lists", ()))


def check_keeper(reader: Reader) -> None:
    """See that somebody may keep adapters: what they take in is taken in with rights of the owner."""
    if reader.role not in DISTRICT or reader.account_id is None:
        raise Forbidden("adapters are for district administrators")


def check(name: str, kind: str, source: str, mapping: object, options: Json) -> None:
    """Check what an adapter shall be; InvalidInput with all that is wrong."""
    problems = []
    if not _NAME.fullmatch(name) or name in _KEPT:
        problems.append(Problem("name", "must be small letters, digits, - and _, 40 at most, a letter first"))
    if source not in SOURCES:
        problems.append(Problem("source", f"is not one of {', '.join(SOURCES)}"))
    problems += mapping_problems(mapping)
    problems += _option_problems(kind, options)
    if problems:
        raise InvalidInput(problems[:50])


def mapping_problems(mapping: object) -> list[Problem]:
    """Say what is wrong with a mapping of reports."""
    try:
        compiled = Mapping.parse(mapping, refused=refused_target)
    except InvalidInput as error:
        return list(error.problems)
    if NAMED not in compiled.rules:
        reason = "must be given: sent again under its own name, a message is the same report"
        return [Problem(f"mapping.fields.{NAMED}", reason)]
    return []


def _option_problems(kind: str, options: Json) -> list[Problem]:
    if kind == OPEN311:
        return check_options(options)
    problems = [
        Problem(f"options.{name[:60]}", "is not known here")
        for name in options
        if name not in ("signature", "lists")
    ]
    lists = options.get("lists", [])
    if not isinstance(lists, list) or len(lists) > 50 or not all(isinstance(each, str) for each in lists):
        problems.append(Problem("options.lists", "must be up to 50 names of XML elements"))
    if options.get("signature") is not None:
        problems += check_signature(options["signature"])
    return problems


def add(connection: Connection[Any], reader: Reader, new: NewAdapter, master: Path) -> tuple[int, str | None]:
    """Make an adapter in the reader's name; gives its number, and the secret that was made for it.

    connection: of a session of the reader. Forbidden, InvalidInput naming the field, Conflict for a name that
    is taken.
    """
    check_keeper(reader)
    check(new.name, new.kind, new.source, new.mapping, new.options)
    secret, made = _secret(new.kind, new.options, new.secret)
    with as_platform(connection, reader):
        # Of all, also those that the reader does not see.
        count = connection.execute(query(ROOM, "adapter_count")).fetchall()[0][0]
    if count >= MOST:
        raise Conflict(f"there are {MOST} adapters already, which is the most")
    values = {
        "name": new.name, "title": new.title, "kind": new.kind, "source": new.source, "sample": new.sample,
        "account_id": reader.account_id, "mapping": Jsonb(new.mapping), "options": Jsonb(new.options),
    }  # fmt: skip
    try:
        with connection.transaction():
            number = int(connection.execute(query(ROOM, "adapter_add"), values).fetchall()[0][0])
    except errors.UniqueViolation:
        raise Conflict(f"there is an adapter '{new.name}' already") from None
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "pace_add"), {"id": number})
        if secret is not None:
            _seal(connection, number, secret, None, master)
        notify(connection, KIND)
    return number, secret if made else None


def _secret(kind: str, options: Json, given: str | None) -> tuple[str | None, bool]:
    """Settle what an adapter signs or opens with, and tell whether it was made here."""
    if kind == OPEN311:
        return given, False
    signature = options.get("signature")
    if signature is None:
        if given is not None:
            raise InvalidInput.at("secret", "is for messages that are signed: give options.signature")
        return None, False
    if given is not None:
        check_secret(signature["scheme"], given)
        return given, False
    made = make_secret()
    return (made if signature["scheme"] == STANDARD else made.removeprefix("whsec_")), True


def read(connection: Connection[Any], name: str | None = None) -> list[Json]:
    """Read adapters by name, those that the reader of the connection keeps; never a secret."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "adapter_read"), {"name": name}).fetchall()


def one(connection: Connection[Any], name: str) -> Json:
    """Read one; NotFound."""
    found = read(connection, name) if name.isprintable() else []
    if not found:
        raise NotFound(f"there is no adapter '{name[:60]}'")
    return found[0]


def used(connection: Connection[Any], name: str) -> Adapter:
    """Find an adapter by its name, to take messages in; connection: of the platform. NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "adapter_used"), {"name": name}).fetchone() if _is(name) else None
    if row is None:
        raise NotFound(f"there is no adapter '{name[:60]}'")
    return Adapter(spec=row.pop("mapping"), **row)


def _is(name: str) -> bool:
    return bool(_NAME.fullmatch(name))


_CHANGING = ("title", "source", "mapping", "options", "sample", "state", "account_id")


def change(
    connection: Connection[Any], reader: Reader, name: str, given: Map[str, Any], master: Path
) -> None:
    """Change fields of an adapter: those of `NewAdapter` but name, kind and secret, and `state`.

    `take_over`: the reader becomes its owner. InvalidInput naming the field, also for a scheme of signatures
    that the kept secret cannot be of.
    """
    check_keeper(reader)
    before = one(connection, name)
    after = {key: given.get(key, before[key]) for key in _CHANGING}
    if given.get("take_over"):
        after["account_id"] = reader.account_id
    check(name, before["kind"], after["source"], after["mapping"], after["options"])
    _check_kept(connection, reader, before, after["options"], master)
    paused = after["state"] == "paused"
    after["why"] = before["why"] or PAUSED_BY_HAND if paused else ""
    values = {**after, "mapping": Jsonb(after["mapping"]), "options": Jsonb(after["options"])}
    connection.execute(query(ROOM, "adapter_change"), {**values, "id": before["id"]})
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "pace_now"), {"id": before["id"]})
        notify(connection, KIND)


def _check_kept(
    connection: Connection[Any], reader: Reader, before: Json, options: Json, master: Path
) -> None:
    """See that the secret goes with another scheme of signatures."""
    old, new = before["options"].get("signature"), options.get("signature")
    if not old or not new or old["scheme"] == new["scheme"]:
        return
    with as_platform(connection, reader):
        secrets = secrets_of(connection, before["id"], master)
    try:
        for secret in secrets[:1]:
            check_secret(new["scheme"], secret)
    except InvalidInput as error:
        reason = f"needs another secret, which {error.problems[0].reason}: give it that one first"
        raise InvalidInput.at("options.signature.scheme", reason) from None


def set_secret(
    connection: Connection[Any], reader: Reader, name: str, given: str | None, master: Path
) -> str | None:
    """Give an adapter another secret; what signed before is good for a day more. Gives a secret made here."""
    check_keeper(reader)
    row = one(connection, name)
    secret, made = _secret(row["kind"], row["options"], given)
    if secret is None:
        raise InvalidInput.at("secret", "is of no use: the messages of this adapter are not signed")
    with as_platform(connection, reader):
        before = secrets_of(connection, row["id"], master)
        _seal(connection, row["id"], secret, before[0] if before else None, master)
        notify(connection, KIND)
    return secret if made else None


def forget_secret(connection: Connection[Any], reader: Reader, name: str) -> None:
    """Open another city's server with nothing from now on."""
    check_keeper(reader)
    values = {"id": one(connection, name)["id"], "secret": None, "old": None, "until": None}
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "adapter_seal"), values)


def secrets_of(connection: Connection[Any], number: int, master: Path) -> list[str]:
    """Open the secrets that are good, newest first; connection: of the platform."""
    rows = connection.execute(query(ROOM, "adapter_sealed"), {"id": number}).fetchall()
    sealed = [
        (column, cipher)
        for column, cipher in zip(("secret", "old_secret"), rows[0], strict=True)
        if cipher is not None
    ]
    if not sealed:
        return []
    keyring = open_keyring(connection, master)
    return [keyring.decrypt(Place("adapter", column, number), bytes(cipher)) for column, cipher in sealed]


def _seal(connection: Connection[Any], number: int, secret: str, old: str | None, master: Path) -> None:
    keyring = open_to_seal(connection, master)
    values = {
        "id": number,
        "secret": keyring.encrypt(Place("adapter", "secret", number), secret),
        "old": None if old is None else keyring.encrypt(Place("adapter", "old_secret", number), old),
        "until": None if old is None else datetime.now(UTC) + OLD_SECRET_LIFE,
    }
    connection.execute(query(ROOM, "adapter_seal"), values)


def delete(connection: Connection[Any], reader: Reader, name: str) -> None:
    """Delete an adapter with the messages that it refused; its events stay. NotFound."""
    check_keeper(reader)
    one(connection, name)
    connection.execute(query(ROOM, "adapter_delete"), {"name": name})


def pause(connection: Connection[Any], number: int, why: str) -> None:
    """Pause an adapter and say why; connection: of the platform."""
    connection.execute(query(ROOM, "adapter_pause"), {"id": number, "why": why[:500]})


def ask_now(connection: Connection[Any], reader: Reader, name: str) -> None:
    """Let the server behind an adapter be asked at once; Conflict for one that is sent to."""
    check_keeper(reader)
    row = one(connection, name)
    if row["kind"] != OPEN311:
        raise Conflict("this adapter is sent messages; it asks nobody")
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "pace_now"), {"id": row["id"]})
        notify(connection, KIND)
