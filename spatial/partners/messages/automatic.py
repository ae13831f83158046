"""Messages that are sent by themselves: of steps and warnings that triggers have noted, by the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.partners.messages.people import ROOM
from spatial.partners.messages.rules import Rule, read_rules
from spatial.partners.messages.store import one_line
from spatial.partners.messages.texts import Split, clean, fill, split

MOST = 100
"""Steps and warnings that are looked at in one transaction."""
MOST_PER_HOUR = 30
"""Messages by themselves to one person within an hour; further ones are kept, and not sent."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """A step or warning, and the event as it is now."""

    id: int
    occasion: str
    event_id: int
    step_id: int | None
    warning_id: int | None
    holds: bool
    """It is still so: nobody has gone on with the event since."""
    category: str
    urgency: str
    no: str
    title: str
    address: str
    category_name: str
    due: str
    share: int | None


def make(connection: Connection[Any], now: datetime | None = None) -> int:
    """Write the messages that are due by the rules; returns how many. connection: of the platform.

    Each step and warning makes one for each occasion at most, whoever looks at it and how often.
    """
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        found = cursor.execute(query(ROOM, "due_take"), {"most": MOST}).fetchall()
    if not found:
        return 0
    rules = {rule.occasion: rule for rule in read_rules(connection)}
    return sum(_kept(connection, rules[each.occasion], each, now or datetime.now(UTC)) for each in found)


def _kept(connection: Connection[Any], rule: Rule, due: Due, now: datetime) -> bool:
    """One that cannot be written does not hold the others up."""
    try:
        with connection.transaction():
            return _one(connection, rule, due, now)
    except psycopg.Error as error:
        log.error("a rule's message could not be written", occasion=due.occasion, exc_info=error)
        return False


def _one(connection: Connection[Any], rule: Rule, due: Due, now: datetime) -> bool:
    if not due.holds or not rule.holds_for(due.category, due.urgency):
        return False
    try:
        text = text_of(rule, due)
    except InvalidInput as error:
        log.error("a rule makes no message", occasion=due.occasion, reason=error.detail)
        return False
    starts = rule.not_before(now, due.urgency)
    values = {
        "occasion": due.occasion, "event": due.event_id, "step": due.step_id, "warning": due.warning_id,
        "text": text.text, "alphabet": text.alphabet, "parts": len(text.parts),
        "not_before": starts if starts > now else None,
        "starts": starts, "valid": timedelta(minutes=rule.valid_minutes), "whom": rule.recipients,
        "most": MOST_PER_HOUR,
    }  # fmt: skip
    return connection.execute(query(ROOM, "automatic_add"), values).rowcount > 0


def text_of(rule: Rule, due: Due) -> Split:
    """Write what a rule says of an event: pure. InvalidInput for a template that cannot be filled."""
    values = {
        "no": due.no, "title": one_line(due.title), "address": one_line(due.address),
        "category": one_line(due.category_name), "due": due.due,
        "share": "" if due.share is None else str(due.share),
    }  # fmt: skip
    return split(clean(fill(rule.template, values)))
