"""The register of external services: who put in what, what it is opened with, and when it is asked next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from layers.external.addresses import origin
from layers.external.remote import Json
from spatial.database import in_name_of, query
from spatial.database.notify import notify
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place, header_of
from spatial.rights.reader import Reader

ROOM = "layers.external"
KIND = "external"
"""Of the message that wakes the job process."""
MOST_WAITING = 20
"""Services of one account that have not answered yet."""


@dataclass(frozen=True)
class Source:
    """A registered service, as the job process and the door of pictures need it."""

    id: int
    layer: str | None
    name: str | None
    account_id: int | None
    username: str
    context: Json
    protocol: str
    mode: str
    url: str
    remote: str
    options: Json
    every_minutes: int
    secret_kind: str | None
    secret_cipher: bytes | None = field(repr=False)
    plan: Json
    digest: str | None
    state: str
    tries: int
    may: bool

    @property
    def who(self) -> Reader:
        """Whoever registered it, with the standing of then: what is done is on record under this name."""
        return Reader(
            self.account_id,
            self.username,
            self.username,
            str(self.context.get("role", "system")),
            str(self.context.get("reach", "city")),
            organisation_id=self.context.get("organisation_id"),
            address=str(self.context.get("address", "")),
            request=str(self.context.get("request", "")),
        )


@dataclass(frozen=True)
class Secret:
    """What a service is opened with: a user and password, or the name and value of a header or parameter."""

    kind: str
    name: str
    value: str

    def __repr__(self) -> str:
        return f"Secret({self.kind}, ***)"


@dataclass(frozen=True)
class Wanted:
    """What somebody registers."""

    protocol: str
    mode: str
    url: str
    remote: str
    name: str | None
    options: Json
    every_minutes: int
    secret: Secret | None = None


def register(connection: Connection[Any], who: Reader, wanted: Wanted, master: Path) -> int:
    """Put a service into the register and give its number; the job process asks it soon.

    connection: of the platform or the owner, in a transaction. Conflict when too many wait already.
    """
    in_name_of(connection, who)
    waiting = connection.execute(_sql("count_waiting"), {"account_id": who.account_id}).fetchall()[0][0]
    if waiting >= MOST_WAITING:
        raise Conflict(f"{waiting} services wait to be asked already: wait until they have answered")
    context = {
        "role": who.role, "reach": who.reach, "organisation_id": who.organisation_id, "address": who.address,
        "request": who.request,
    }  # fmt: skip
    values = {
        "account_id": who.account_id,
        "username": who.username,
        "context": Jsonb(context),
        "protocol": wanted.protocol,
        "mode": wanted.mode,
        "url": wanted.url,
        "remote": wanted.remote,
        "name": wanted.name,
        "options": Jsonb(wanted.options),
        "every_minutes": wanted.every_minutes,
    }
    number = int(connection.execute(_sql("add"), values).fetchall()[0][0])
    if wanted.secret is not None:
        sealed = _sealed(connection, number, wanted.secret, master)
        connection.execute(_sql("seal"), {"id": number, **sealed})
    notify(connection, KIND)
    return number


def _sealed(connection: Connection[Any], number: int, secret: Secret | None, master: Path) -> Json:
    if secret is None:
        return {"secret_kind": None, "secret_cipher": None}
    text = json.dumps({"name": secret.name, "value": secret.value})
    cipher = open_to_seal(connection, master).encrypt(_place(number), text)
    return {"secret_kind": secret.kind, "secret_cipher": cipher}


def _place(number: int) -> Place:
    return Place("external_source", "secret", number)


def open_secret(connection: Connection[Any], source: Source, master: Path) -> Secret | None:
    """Open what a service is opened with; sealed anew when the data keys have been renewed since.

    connection: of the platform or the owner. NotOpened when the master key is missing or another one.
    """
    if source.secret_cipher is None or source.secret_kind is None:
        return None
    keyring = open_keyring(connection, master)
    sealed = bytes(source.secret_cipher)
    text = keyring.decrypt(_place(source.id), sealed)
    found = json.loads(text)
    if not sealed.startswith(header_of(keyring.newest.id)):
        anew = open_to_seal(connection, master).encrypt(_place(source.id), text)
        connection.execute(_sql("reseal"), {"id": source.id, "was": sealed, "secret_cipher": anew})
    return Secret(source.secret_kind, found["name"], found["value"])


def claim(connection: Connection[Any], mode: str) -> Source | None:
    """Take the source whose turn it is; None when none is due."""
    return _one(connection, "claim", {"mode": mode})


def of_layer(connection: Connection[Any], layer: str) -> Source | None:
    """Find the source of a layer, for the platform itself."""
    return _one(connection, "opened", {"layer": layer})


def _one(connection: Connection[Any], name: str, values: Mapping[str, Any]) -> Source | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_sql(name), values).fetchone()
    return Source(**row) if row is not None else None


def give_back(connection: Connection[Any], mode: str) -> None:
    """Let go of what a process that died was asking."""
    connection.execute(_sql("give_back"), {"mode": mode})


def forget_refused(connection: Connection[Any]) -> None:
    """Delete refusals that nobody will read any more."""
    connection.execute(_sql("forget"))


def finish(connection: Connection[Any], source: Source, layer: str, plan: Json, digest: str | None) -> None:
    """Note that a service has answered as it must."""
    values = {"id": source.id, "layer": layer, "plan": Jsonb(plan), "digest": digest}
    connection.execute(_sql("finish"), values)


def fail(connection: Connection[Any], source: Source, problems: list[dict[str, str]]) -> None:
    """Note that it has not, and why: [{where, reason}]."""
    connection.execute(_sql("fail"), {"id": source.id, "problems": Jsonb(problems[:50])})


@dataclass(frozen=True)
class Health:
    """How a service did when it was asked."""

    state: str
    answer_ms: int | None = None
    error: str | None = None
    read: bool = False
    """Its features were read, and are as of now."""
    changed: bool = False
    features: int | None = None


def note_health(connection: Connection[Any], layer: str, health: Health) -> None:
    """Note how the service of a layer did."""
    connection.execute(_sql("note_health"), {"layer": layer, **vars(health)})


def health_of(connection: Connection[Any]) -> dict[str, dict[str, Any]]:
    """Read how services do, by layer: those that the reader of this connection sees."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_sql("health")).fetchall()
    return {row.pop("layer"): row for row in rows}


def sources(
    connection: Connection[Any], layer: str | None = None, number: int | None = None
) -> list[dict[str, Any]]:
    """Read what is registered, without secrets: what the reader of this connection registered, or all."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_sql("source"), {"layer": layer, "id": number}).fetchall()


def source(connection: Connection[Any], number: int) -> dict[str, Any]:
    """Read one; NotFound for somebody else's."""
    found = sources(connection, number=number)
    if not found:
        raise NotFound(f"there is no external service '{number}'")
    return found[0]


@dataclass(frozen=True)
class Change:
    """What shall be different; None: it stays."""

    url: str | None = None
    every_minutes: int | None = None
    secret: Secret | None = None
    forget_secret: bool = False


def change(connection: Connection[Any], who: Reader, layer: str, given: Change, master: Path) -> None:
    """Change how a service is asked; it is asked soon. NotFound when the layer comes from none.

    connection: of the platform or the owner; whether `who` may is asked before. What it is opened with never
    goes along to another origin: whoever may change the address must not learn it.
    """
    in_name_of(connection, who)
    found = of_layer(connection, layer)
    if found is None:
        raise NotFound(f"layer '{layer}' comes from no external service")
    moved = given.url is not None and origin(given.url) != origin(found.url)
    if moved and found.secret_kind and not given.secret and not given.forget_secret:
        raise InvalidInput.at("url", "is of another host: send again what the service is opened with")
    values = {
        "layer": layer, "url": given.url, "every_minutes": given.every_minutes,
        "secret_given": given.secret is not None or given.forget_secret,
        **_sealed(connection, found.id, given.secret, master),
    }  # fmt: skip
    connection.execute(_sql("change"), values)
    notify(connection, KIND)


def refresh(connection: Connection[Any], layer: str) -> None:
    """Ask a service soon; NotFound when the layer comes from none. connection: as for `change`."""
    if not connection.execute(_sql("refresh"), {"layer": layer}).fetchall():
        raise NotFound(f"layer '{layer}' comes from no external service")
    notify(connection, KIND)


def _sql(name: str) -> Any:
    return query(ROOM, name)
