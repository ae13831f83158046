"""Delivery receipts (回执): kept as they come, and put to the short messages that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from spatial.database import query
from spatial.partners.messages.gateways import Receipt
from spatial.partners.messages.people import ROOM

log = structlog.get_logger()


def one_at_a_time(connection: Connection[Any]) -> None:
    """Wait for others who keep receipts or note what gateways took, until the end of the transaction.

    A receipt and the answer that names what it is of may arrive together: whoever comes second must see what
    the first has written. Called before the first statement on parts, receipts or what they come to.
    """
    connection.execute(query(ROOM, "one_at_a_time"))


def take(connection: Connection[Any], receipts: Sequence[Receipt]) -> int:
    """Keep receipts; returns of how many people that decides what became of their message.

    connection: of the platform. A receipt of what is not known yet waits for three days: it may come before
    the answer that names it. One that cannot be stored is left out, and said in the log: it would be brought
    again for ever, and hold the others up.
    """
    if not receipts:
        return 0
    one_at_a_time(connection)
    try:
        with connection.transaction():
            return _taken(connection, receipts)
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, UnicodeError) as error:
        if len(receipts) == 1:
            log.error("a receipt cannot be stored", reason=type(error).__name__)
            return 0
    return sum(take(connection, [each]) for each in receipts)


def _taken(connection: Connection[Any], receipts: Sequence[Receipt]) -> int:
    values = {
        "ids": [each.gateway_id for each in receipts],
        "states": [each.state for each in receipts],
        "reasons": [each.reason for each in receipts],
    }
    connection.execute(query(ROOM, "receipts_keep"), values)
    return settle(connection, [each.gateway_id for each in receipts])


def settle(connection: Connection[Any], gateway_ids: Sequence[str]) -> int:
    """Put what waits to the parts that it is of; returns how many people that decides about."""
    rows = connection.execute(query(ROOM, "receipts_settle"), {"ids": list(gateway_ids)}).fetchall()
    return conclude(connection, [number for (number,) in rows])


def conclude(connection: Connection[Any], recipients: Sequence[int]) -> int:
    """Say of people whose parts were all sent what their receipts come to."""
    if not recipients:
        return 0
    return connection.execute(query(ROOM, "conclude"), {"ids": list(recipients)}).rowcount
