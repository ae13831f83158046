"""How far a task got with somebody: only forwards, and the same whatever order receipts come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from spatial.errors import Conflict, InvalidInput

RANKS = {"sent": 0, "delivered": 1, "read": 2, "accepted": 3, "declined": 3, "done": 4}
SAID = ("delivered", "read", "accepted", "declined", "done")
"""What a receipt may say."""
OF_MESSAGE = ("delivered", "read")
"""What may be said of a message: there is nothing to do."""
UNCONFIRMED = {"task": ("sent", "delivered", "read"), "message": ("sent", "delivered")}
"""In which states somebody has not confirmed yet, by kind."""


@dataclass(frozen=True)
class Receipt:
    """What somebody says of a task, and when that was."""

    said: str
    at: datetime
    reason: str = ""
    note: str = ""
    attachment: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far it got with one of those whom it is for."""

    state: str = "sent"
    reason: str = ""
    note: str = ""
    attachment: str | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    answered_at: datetime | None = None
    done_at: datetime | None = None


def check(kind: str, receipt: Receipt) -> None:
    """Refuse what cannot be said; InvalidInput names the field."""
    if kind == "message" and receipt.said not in OF_MESSAGE:
        raise InvalidInput.at("state", "of a message there is nothing to accept or to do")
    if receipt.said == "declined" and not receipt.reason.strip():
        raise InvalidInput.at("reason", "is required when a task is declined")


def heard(standing: Standing, receipt: Receipt) -> Standing:
    """Say what follows when a receipt is heard. What was said before changes nothing.

    Conflict for somebody who declines what they accepted, or the other way round: the first one counts.
    Whoever says more has said the less too: times are the earliest that tell of it.
    """
    if standing.state == "declined" and receipt.said in ("accepted", "done"):
        raise Conflict("the task was declined before")
    if standing.state in ("accepted", "done") and receipt.said == "declined":
        raise Conflict(f"the task is {standing.state} already")
    rank = RANKS[receipt.said]
    times = {
        name: _earlier(getattr(standing, name), receipt.at) for name, least in _TIMES.items() if rank >= least
    }
    state = receipt.said if rank > RANKS[standing.state] else standing.state
    kept = {name: getattr(standing, name) or getattr(receipt, name) for name in _KEPT.get(receipt.said, ())}
    changes: dict[str, Any] = {**times, **kept}
    return replace(standing, state=state, **changes)


_KEPT = {"declined": ("reason",), "done": ("note", "attachment")}
"""What of a receipt stands with the recipient; what else is said stands in the time line."""
_TIMES = {"delivered_at": 1, "read_at": 2, "answered_at": 3, "done_at": 4}


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def moment(said: datetime | None, sent_at: datetime, now: datetime) -> datetime:
    """Give when something was, by the clock of a phone, which may be wrong: after it was sent, and by now."""
    return now if said is None else max(sent_at, min(said, now))


def next_reminder(now: datetime, every: timedelta, reminders: int, most: int) -> datetime | None:
    """Say when to remind again after so many reminders; None: often enough."""
    return None if reminders >= most else now + every
