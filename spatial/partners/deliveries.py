"""Messages of webhooks (投递): made of the log, sent in the order of their subject, settled, sent again.

One courier in the city adds, claims and settles. What it was sending when it was killed stands there as
before and is sent once more, under the same name: at least once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Connection
from psycopg.rows import class_row, dict_row

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import InvalidInput, NotFound
from spatial.partners.log import TOPICS, Cursor, Entry
from spatial.partners.webhooks import KIND, check_keeper
from spatial.rights.reader import Reader

ROOM = "spatial.partners"
ANSWER_BYTES = 1024
"""What is kept of an answer."""
GIVE_UP_S = 5 * 86_400
"""A partner that takes nothing for so long is switched off."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """A message whose turn it is."""

    id: int
    webhook_id: int
    topic: int
    row_id: int
    subject: str
    event_id: int | None
    tries: int


@dataclass(frozen=True)
class Tried:
    """How a try went; status None: there was no answer."""

    status: int | None
    ms: int
    answer: str = ""
    error: str = ""


def keep_read(
    connection: Connection[Any], webhook: int, since: Cursor, until: Cursor, entries: Sequence[Entry]
) -> bool:
    """Make messages of what was read of the log, and move the webhook's position: both or neither.

    False, and nothing done, when the position is not `since` any more. connection: of the platform.
    """
    if _position(connection, webhook) != since:
        return False
    if entries:
        rows = [
            {"topic": each.topic, "row_id": each.id, "subject": each.subject, "event_id": each.event_id,
             "at": each.at}
            for each in entries
        ]  # fmt: skip
        values = {"webhook": webhook, "rows": orjson.dumps(rows).decode()}
        connection.execute(query(ROOM, "delivery_add"), values)
        _release(connection, webhook, sorted({each.subject for each in entries}))
    values = {
        "id": webhook,
        "life": until.life,
        "txid": str(until.txid),
        "topic": until.topic,
        "row": until.row,
    }
    connection.execute(query(ROOM, "webhook_move"), values)
    return True


def _position(connection: Connection[Any], webhook: int) -> Cursor | None:
    """Lock a webhook's queue; None when the webhook is gone."""
    rows = connection.execute(query(ROOM, "delivery_pace_lock"), {"webhook": webhook}).fetchall()
    return Cursor(rows[0][0], int(rows[0][1]), rows[0][2], rows[0][3]) if rows else None


def _release(connection: Connection[Any], webhook: int, subjects: Sequence[str] | None) -> None:
    values = {"webhook": webhook, "subjects": None if subjects is None else list(subjects)}
    connection.execute(query(ROOM, "delivery_release"), values)


def release_all(connection: Connection[Any], webhook: int) -> None:
    """See that the first message of each subject may go."""
    _position(connection, webhook)
    _release(connection, webhook, None)


def claim(
    connection: Connection[Any], webhook: int, under_way: Collection[int], limit: int
) -> list[Delivery]:
    """Read messages whose turn it is, beside those that are being sent; connection: of the platform."""
    values = {"webhook": webhook, "under_way": list(under_way), "limit": limit}
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query(ROOM, "delivery_claim"), values).fetchall()


def next_s(connection: Connection[Any], under_way: Collection[int]) -> float | None:
    """Tell in how many seconds there is something to send; None: nothing waits for the clock."""
    rows = connection.execute(query(ROOM, "delivery_next"), {"under_way": list(under_way)}).fetchall()
    return None if rows[0][0] is None else max(0.0, float(rows[0][0]))


def note_taken(connection: Connection[Any], delivery: Delivery, tried: Tried, reference: str | None) -> None:
    """Note that the partner took a message, and what it calls the event; the next of its subject may go."""
    _position(connection, delivery.webhook_id)
    _note(connection, delivery, tried)
    values = {"webhook": delivery.webhook_id, "status": tried.status}
    connection.execute(query(ROOM, "delivery_good"), values)
    if reference is not None and delivery.event_id is not None:
        kept = {"webhook": delivery.webhook_id, "event": delivery.event_id, "reference": reference}
        connection.execute(query(ROOM, "reference_keep"), kept)
    _settle(connection, delivery, "delivered", tried.status)


def note_failed(
    connection: Connection[Any], delivery: Delivery, tried: Tried, wait_s: float | None, rest_s: float | None
) -> bool:
    """Note that it was not taken: it is tried again in `wait_s`, or dead when that is None.

    rest_s: how long the partner is left in peace altogether; None: only this message is at fault. Tells
    whether the partner has taken nothing for so long that it should be switched off.
    """
    _position(connection, delivery.webhook_id)
    _note(connection, delivery, tried)
    values = {
        "webhook": delivery.webhook_id, "status": tried.status, "error": tried.error[:500],
        "rest_s": rest_s or 0.0, "counts": rest_s is not None, "give_up_s": GIVE_UP_S,
    }  # fmt: skip
    rows = connection.execute(query(ROOM, "delivery_bad"), values).fetchall()
    state = "dead" if wait_s is None else "waiting"
    _settle(connection, delivery, state, tried.status, tried.error, wait_s or 0.0)
    return bool(rows and rows[0][1])


def note_dropped(connection: Connection[Any], delivery: Delivery, why: str) -> None:
    """Note that a message is not to be sent; the next of its subject may go."""
    _position(connection, delivery.webhook_id)
    _settle(connection, delivery, "dropped", None, why, tries=0)


def note_dead(connection: Connection[Any], delivery: Delivery, why: str) -> None:
    """Note that a message cannot be written: somebody must look at it."""
    _position(connection, delivery.webhook_id)
    _settle(connection, delivery, "dead", None, why, tries=0)


def _note(connection: Connection[Any], delivery: Delivery, tried: Tried) -> None:
    connection.execute(query(ROOM, "delivery_attempt"), {"id": delivery.id, **vars(tried)})


def _settle(
    connection: Connection[Any], delivery: Delivery, state: str, status: int | None, why: str = "",
    wait_s: float = 0.0, tries: int = 1,
) -> None:  # fmt: skip
    values = {"id": delivery.id, "state": state, "status": status, "why": why[:500], "wait_s": wait_s,
              "tries": tries}  # fmt: skip
    connection.execute(query(ROOM, "delivery_settle"), values)
    if state != "waiting":
        _release(connection, delivery.webhook_id, [delivery.subject])


def reference_of(connection: Connection[Any], webhook: int, event: int) -> str | None:
    """Find what the partner calls an event."""
    rows = connection.execute(query(ROOM, "reference_read"), {"webhook": webhook, "event": event}).fetchall()
    return rows[0][0] if rows else None


def references(connection: Connection[Any], event: int) -> list[Json]:
    """List what partners call an event, as far as the reader keeps their webhooks."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "references_of_event"), {"event": event}).fetchall()


def forget_old(connection: Connection[Any]) -> int:
    """Delete what was settled a month ago, dead messages after half a year."""
    return connection.execute(query(ROOM, "delivery_forget")).rowcount


def listed(
    connection: Connection[Any], webhook: int, state: str | None = None, event: int | None = None,
    before: int | None = None, limit: int = 100, number: int | None = None,
) -> list[Json]:  # fmt: skip
    """List messages of a webhook, newest first, as the reader of the connection may see them."""
    values = {
        "webhook": webhook,
        "id": number,
        "state": state,
        "event": event,
        "before": before,
        "limit": limit,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "delivery_listed"), values).fetchall()
    for row in rows:
        topic, row_id = row.pop("topic"), row.pop("row_id")
        row |= {"topic": TOPICS[topic - 1], "message_id": f"{TOPICS[topic - 1]}-{row_id}"}
    return rows


def one(connection: Connection[Any], webhook: int, number: int) -> Json:
    """Read a message with all tries; NotFound."""
    found = listed(connection, webhook, number=number)
    if not found:
        raise NotFound(f"there is no message '{number}'")
    with connection.cursor(row_factory=dict_row) as cursor:
        attempts = cursor.execute(query(ROOM, "delivery_attempts"), {"id": number}).fetchall()
    return {**found[0], "attempts": attempts}


def send_again(connection: Connection[Any], reader: Reader, webhook: int, number: int | None = None) -> int:
    """Send a settled message again, or all dead ones; each keeps its name. Tells how many."""
    return _decided(connection, reader, webhook, number, "delivery_again", "")


def drop(
    connection: Connection[Any], reader: Reader, webhook: int, why: str, number: int | None = None
) -> int:
    """Give a dead or waiting message up for good, or all dead ones; the reason is kept. Tells how many."""
    if not why.strip():
        raise InvalidInput.at("why", "must say why they are dropped")
    return _decided(connection, reader, webhook, number, "delivery_drop", why.strip())


def _decided(
    connection: Connection[Any], reader: Reader, webhook: int, number: int | None, statement: str, why: str
) -> int:
    """Do it as the platform, on record; that the reader keeps the webhook was seen by the caller's `one`."""
    check_keeper(reader)
    with as_platform(connection, reader):
        _position(connection, webhook)
        values = {"webhook": webhook, "id": number, "why": why[:500]}
        found = connection.execute(query(ROOM, statement), values).fetchall()
        if number is not None and not found:
            raise NotFound(f"there is no such message '{number}'")
        _release(connection, webhook, sorted({subject for (subject,) in found}))
        connection.execute(query(ROOM, "webhook_wake"), {"id": webhook})
        record = {
            "action": statement.replace("_", "-"),
            "webhook": webhook,
            "count": len(found),
            "id": number,
        }
        connection.execute(query(ROOM, "delivery_record"), {**record, "why": why or None})
        notify(connection, KIND)
    return len(found)
