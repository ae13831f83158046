"""Messages on the database: written for people, listed, shown with what became of them, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from spatial.partners.messages.people import ROOM, People, To, find
from spatial.partners.messages.texts import Split, clean, fill, holes, split
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, COMMANDER

SENDERS = ADMINISTRATORS | {COMMANDER}
MOST_TEMPLATE = 1000
AGAIN = ("failed", "expired", "uncertain")
"""States that a person may have tried again."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A message that somebody wants to send: a text, or a template with values."""

    to: To
    text: str | None = None
    template: str | None = None
    values: dict[str, str] | None = None
    event_id: int | None = None
    client_id: str | None = None
    valid_minutes: int = 720


@dataclass(frozen=True)
class Prepared:
    """What would be sent, and to whom."""

    split: Split
    people: People

    @property
    def cost(self) -> int:
        """Count the short messages that it takes in all."""
        return len(self.split.parts) * len(self.people.reached)


def check_may_send(reader: Reader) -> None:
    """Refuse roles that send no messages; Forbidden."""
    if reader.role not in SENDERS:
        raise Forbidden("messages are for administrators and commanders to send")


def prepare(connection: Connection[Any], reader: Reader, asked: Asked) -> Prepared:
    """Work out what a message would be; stores nothing.

    Forbidden for roles that may not; InvalidInput that names the field; NotFound for an event that is not
    there for this reader.
    """
    check_may_send(reader)
    values = dict(asked.values or {})
    if asked.event_id is not None:
        values = event_values(connection, asked.event_id) | values
    return Prepared(split(_text(asked, values)), find(connection, asked.to))


def _text(asked: Asked, values: dict[str, str]) -> str:
    if (asked.text is None) == (asked.template is None):
        raise InvalidInput.at("text", "give a text, or a template")
    if asked.text is not None:
        return clean(asked.text)
    template = asked.template or ""
    if len(template) > MOST_TEMPLATE:
        raise InvalidInput.at("template", f"has more than {MOST_TEMPLATE} characters")
    if more := (asked.values or {}).keys() - holes(template):
        raise InvalidInput.at(f"values.{min(more)[:40]}", "has no place in the template")
    return clean(fill(template, values), "template")


def event_values(connection: Connection[Any], event_id: int) -> dict[str, str]:
    """Name what a template may say of an event: no, title, address, category, due; NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "event_values"), {"id": event_id}).fetchone()
    if row is None:
        raise NotFound(f"there is no event '{event_id}'")
    return {name: one_line(value) for name, value in row.items()}


def one_line(value: str | None) -> str:
    """Give a text of somebody else's as part of a message: one line of 100 characters, without controls."""
    line = " ".join((value or "").split())
    return "".join(each for each in line if each.isprintable())[:100]


def send(connection: Connection[Any], reader: Reader, asked: Asked, per_hour: int) -> tuple[int, bool]:
    """Write a message, to be sent by the job process; returns its id, and whether it is a new one.

    As `prepare`; InvalidInput too when nobody has a phone, TooMany above `per_hour` short messages of the
    account. The same client_id of an account is the same message.
    """
    check_may_send(reader)
    connection.execute(query(ROOM, "lock_account"), {"account": reader.account_id})
    if known := _known(connection, reader, asked.client_id):
        return known, False
    made = prepare(connection, reader, asked)
    if not made.people.reached:
        raise InvalidInput.at("to", "nobody of them has a phone")
    _check_rate(connection, reader, made.cost, per_hour)
    values = {
        "account": reader.account_id, "username": reader.username, "client_id": asked.client_id,
        "event": asked.event_id, "text": made.split.text, "alphabet": made.split.alphabet,
        "parts": len(made.split.parts), "valid": timedelta(minutes=asked.valid_minutes),
    }  # fmt: skip
    number = int(connection.execute(query(ROOM, "add"), values).fetchall()[0][0])
    workers = [each["worker_id"] for each in made.people.reached]
    connection.execute(query(ROOM, "add_recipients"), {"message": number, "workers": workers})
    with as_platform(connection, reader):
        _add_round(connection, reader, number, made.cost)
    notify(connection, "messages", message=number)
    return number, True


def _known(connection: Connection[Any], reader: Reader, client_id: str | None) -> int | None:
    if client_id is None:
        return None
    values = {"account": reader.account_id, "client_id": client_id}
    row = connection.execute(query(ROOM, "known"), values).fetchone()
    return row and int(row[0])


def _add_round(connection: Connection[Any], reader: Reader, number: int, cost: int) -> None:
    """Put on record what is handed over now: the quota of the hour counts it."""
    values = {"message": number, "account": reader.account_id, "cost": cost}
    connection.execute(query(ROOM, "add_round"), values)


def _check_rate(connection: Connection[Any], reader: Reader, cost: int, per_hour: int) -> None:
    if not per_hour:
        return
    if cost > per_hour:
        raise InvalidInput.at("to", f"takes {cost} short messages; {per_hour} an hour is the most")
    values = {"account": reader.account_id, "room": per_hour - cost}
    with as_platform(connection, reader):
        row = connection.execute(query(ROOM, "rate"), values).fetchone()
    if row is not None:
        raise TooMany(f"more than {per_hour} short messages within an hour", max(1, int(row[0])))


def listed(
    connection: Connection[Any], event: int | None, state: str | None, before: int | None, limit: int
) -> list[Json]:
    """List messages, newest first, with how many people are in which state."""
    values = {"event": event, "state": state, "before": before, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "listed"), values).fetchall()


def read(connection: Connection[Any], number: int) -> Json:
    """Show a message with its recipients, names masked as far as they are seen; NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "read"), {"id": number}).fetchone()
        if row is None:
            raise NotFound(f"there is no message '{number}'")
        recipients = cursor.execute(query(ROOM, "recipients"), {"id": number}).fetchall()
    return {**row, "recipients": recipients}


def again(
    connection: Connection[Any], reader: Reader, number: int, workers: Sequence[int] | None, per_hour: int
) -> int:
    """Have a message tried again for those whom it did not reach, or for some of them; returns how many.

    Of those in doubt it may arrive twice: that is for a person to decide. As when it is sent, only people
    whom the reader sees are tried, and it counts for the hour: TooMany. NotFound; Conflict when there is
    nobody to try it for.
    """
    check_may_send(reader)
    connection.execute(query(ROOM, "lock_account"), {"account": reader.account_id})
    found = read(connection, number)
    wanted = [
        each["worker_id"]
        for each in found["recipients"]
        if each["seen"] and each["state"] in AGAIN and (workers is None or each["worker_id"] in workers)
    ]
    if not wanted:
        raise Conflict("there is nobody whom it failed, expired or is uncertain for")
    cost = found["parts"] * len(wanted)
    _check_rate(connection, reader, cost, per_hour)
    with as_platform(connection, reader):
        _add_round(connection, reader, number, cost)
        connection.execute(query(ROOM, "again"), {"message": number, "workers": wanted})
    notify(connection, "messages", message=number)
    return len(wanted)
