"""Offices and the events in their hands, as they are kept; what goes over the wire is in `handing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.events.lifecycle import parts_of, read_case
from spatial.events.lifecycle_verbs import CENTRE, DISPATCHED
from spatial.partners.open311.handing import check_options
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place
from spatial.rights.reader import Reader
from spatial.rights.rules import DISTRICT

ROOM = "spatial.partners.open311"
KIND = "offices"
"""Of the message that wakes the job process."""
PAUSED_BY_HAND = "paused by hand"
WENT_ON = "the event went on to another organisation"

Json = dict[str, Any]


@dataclass(frozen=True)
class NewOffice:
    """What somebody sets up; see models.Office."""

    name: str
    organisation_id: int
    url: str
    options: Json = field(default_factory=dict)
    poll_minutes: int = 15
    api_key: str | None = None


@dataclass(frozen=True)
class Office:
    """An active office, as the job process needs it."""

    id: int
    name: str
    organisation_id: int
    account_id: int
    url: str
    options: Json
    since: datetime
    poll_minutes: int
    failures: int
    awake: bool
    """It may be asked now."""
    poll_due: bool
    key_cipher: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Handover:
    """An event on its way to an office, or in its hands."""

    id: int
    office_id: int
    event_id: int
    state: str
    tries: int
    first_try_at: datetime | None
    service_request_id: str | None
    token: str | None
    status: str | None = None
    status_notes: str | None = None
    updated_at: datetime | None = None
    made_at: datetime | None = None
    event_state: str | None = None
    organisation_id: int | None = None
    given_at: datetime | None = None
    """When the event was given to the organisation that has it now."""
    earlier: tuple[str, ...] = ()
    """What the office called the same event when it had it before."""

    def gone(self, office: Office) -> str | None:
        """Say why the event is no more the office's; what was handed over by hand stays until it goes on."""
        if self.event_state != DISPATCHED:
            return f"the event is {self.event_state} here"
        if self.organisation_id == office.organisation_id:
            return None
        went_on = self.given_at is not None and self.made_at is not None and self.given_at > self.made_at
        return WENT_ON if went_on else None


def check_keeper(reader: Reader) -> None:
    """See that somebody may keep offices: what they are handed leaves the city's own systems."""
    if reader.role not in DISTRICT or reader.account_id is None:
        raise Forbidden("offices are for district administrators")


def add(connection: Connection[Any], reader: Reader, new: NewOffice, master: Path) -> int:
    """Set an office up in the reader's name; what is dispatched to its organisation from now on goes to it.

    connection: of a session of the reader. Forbidden, InvalidInput naming the field, Conflict for a name that
    is taken.
    """
    check_keeper(reader)
    _check(new.name, new.options)
    values = {**vars(new), "options": Jsonb(new.options), "account_id": reader.account_id}
    try:
        with connection.transaction():
            number = int(connection.execute(query(ROOM, "office_add"), values).fetchall()[0][0])
    except errors.UniqueViolation:
        raise Conflict(f"there is an office '{new.name}' already") from None
    except errors.ForeignKeyViolation:
        raise InvalidInput.at("organisation_id", "is no organisation") from None
    with as_platform(connection, reader):
        _seal(connection, number, new.api_key, master)
        notify(connection, KIND)
    return number


def _check(name: str, options: Json) -> None:
    problems = check_options(options)
    if not name.strip() or not name.isprintable() or "/" in name:
        raise InvalidInput.at("name", "must be a line without slashes")
    if problems:
        raise InvalidInput(problems[:50])


def _seal(connection: Connection[Any], number: int, key: str | None, master: Path) -> None:
    cipher = None if key is None else open_to_seal(connection, master).encrypt(_place(number), key)
    connection.execute(query(ROOM, "office_seal"), {"id": number, "cipher": cipher})


def _place(number: int) -> Place:
    return Place("office", "key", number)


def read(connection: Connection[Any], name: str | None = None) -> list[Json]:
    """Read offices by name, those that the reader of the connection keeps; never a key."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "office_read"), {"name": name}).fetchall()


def one(connection: Connection[Any], name: str) -> Json:
    """Read one; NotFound."""
    found = read(connection, name) if name.isprintable() else []
    if not found:
        raise NotFound(f"there is no office '{name[:60]}'")
    return found[0]


def change(
    connection: Connection[Any], reader: Reader, name: str, given: Mapping[str, Any], master: Path,
    moved: bool,
) -> None:  # fmt: skip
    """Change url, options, poll_minutes, state or api_key; `take_over`: the reader becomes its owner.

    moved: the address is of another server now; it is opened with nothing until a key is sent.
    """
    check_keeper(reader)
    before = one(connection, name)
    after = {key: given.get(key, before[key]) for key in ("url", "options", "poll_minutes", "state")}
    _check(name, after["options"])
    paused = after["state"] == "paused"
    values = {
        **after, "id": before["id"], "options": Jsonb(after["options"]),
        "account_id": reader.account_id if given.get("take_over") else before["account_id"],
        "why": before["why"] or PAUSED_BY_HAND if paused else "",
    }  # fmt: skip
    connection.execute(query(ROOM, "office_change"), values)
    with as_platform(connection, reader):
        if moved or given.get("api_key") is not None:
            _seal(connection, before["id"], given.get("api_key"), master)
        connection.execute(query(ROOM, "office_wake"), {"id": before["id"]})
        notify(connection, KIND)


def delete(connection: Connection[Any], reader: Reader, name: str) -> None:
    """Delete an office; what is in its hands is followed no more. NotFound."""
    check_keeper(reader)
    one(connection, name)
    connection.execute(query(ROOM, "office_delete"), {"name": name})


def handovers(
    connection: Connection[Any], office: int | None = None, event: int | None = None,
    state: str | None = None, after: int | None = None, limit: int = 100,
) -> list[Json]:  # fmt: skip
    """List handovers of an office or of an event, oldest first, as the connection's reader may see them."""
    values = {"office": office, "event": event, "state": state, "after": after, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "handover_list"), values).fetchall()


def hand_over(connection: Connection[Any], reader: Reader, event_id: int, name: str) -> int:
    """Hand an event to an office by hand; gives the number of the handover.

    Forbidden unless the reader decides about the event; Conflict unless it is dispatched, or when it is in
    those hands already.
    """
    case, _ = read_case(connection, event_id)
    if CENTRE not in parts_of(reader, case):
        raise Forbidden("whose hands the event goes into is not for you to decide")
    if case.state != DISPATCHED:
        raise Conflict(f"the event is {case.state}: only what is dispatched is handed over")
    with as_platform(connection, reader):
        office = one(connection, name)
        values = {"office": office["id"], "events": [event_id]}
        rows = connection.execute(query(ROOM, "handover_add"), values).fetchall()
        if not rows:
            raise Conflict("it is in the hands of that office already")
        notify(connection, KIND)
    return int(rows[0][0])


def settle(
    connection: Connection[Any], reader: Reader, name: str, again: bool, why: str, ids: Sequence[int] | None
) -> int:
    """Send again what an office refused, or drop it with a reason; tells how many."""
    check_keeper(reader)
    office = one(connection, name)
    if not again and not why.strip():
        raise InvalidInput.at("why", "must say why they are dropped")
    with as_platform(connection, reader):
        values = {"office": office["id"], "ids": ids, "again": again, "why": why.strip()[:500]}
        count = connection.execute(query(ROOM, "handover_settle"), values).rowcount
        record = {"action": f"handover-{'again' if again else 'drop'}", "office": office["id"]}
        connection.execute(
            query(ROOM, "record"), {**record, "count": count, "why": why.strip()[:500] or None}
        )
        connection.execute(query(ROOM, "office_wake"), {"id": office["id"]})
        notify(connection, KIND)
    return count


# What follows is for the job process: connections of the platform, but where another one is named.


def active(connection: Connection[Any], number: int | None = None) -> list[Office]:
    """Read the offices that are worked for."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "office_active"), {"id": number}).fetchall()
    return [Office(**row) for row in rows]


def key_of(connection: Connection[Any], office: Office, master: Path) -> str | None:
    """Open the key that an office gave us."""
    if office.key_cipher is None:
        return None
    return open_keyring(connection, master).decrypt(_place(office.id), bytes(office.key_cipher))


def find_new(connection: Connection[Any], owner: Reader, office: Office) -> int:
    """Make handovers of what was dispatched to an office; connection: of its owner. Tells how many."""
    values = {"office": office.id, "organisation": office.organisation_id, "since": office.since}
    events = [number for (number,) in connection.execute(query(ROOM, "handover_find"), values)]
    if not events:
        return 0
    with as_platform(connection, owner):
        given = {"office": office.id, "events": events}
        return connection.execute(query(ROOM, "handover_add"), given).rowcount


def claim(connection: Connection[Any], office: Office) -> Handover | None:
    """Take the next one to be sent; it is in doubt from now on until its answer is noted."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "handover_due"), {"office": office.id}).fetchone()
    return None if row is None else Handover(**{**row, "earlier": tuple(row["earlier"])})


def in_hands(connection: Connection[Any], office: Office, after: int, limit: int) -> list[Handover]:
    """Read what an office has in its hands."""
    values = {"office": office.id, "after": after, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return [Handover(**row) for row in cursor.execute(query(ROOM, "handover_open"), values)]


def event_of(connection: Connection[Any], event_id: int) -> Json | None:
    """Read what an office is told of an event; connection: of the owner of the office."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "handover_event"), {"id": event_id}).fetchone()


def note(connection: Connection[Any], name: str, **values: Any) -> None:
    """Note something by one of the statements beside."""
    connection.execute(query(ROOM, name), values)


def next_s(connection: Connection[Any]) -> float | None:
    """Say in how many seconds an office is to be asked next."""
    found: float | None = connection.execute(query(ROOM, "office_next")).fetchall()[0][0]
    return found
