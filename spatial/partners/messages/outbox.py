"""The queue of messages that are to be sent: claimed, handed to a gateway, noted.

Three transactions for each person: the claim, which puts on record whose number is opened; the number itself;
and what the gateway said. Who dies between the second and the third leaves somebody in doubt (`uncertain`):
nobody knows whether the gateway took it, so it is not sent again unless the gateway tells doubles apart, or a
person decides so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import query
from spatial.partners.messages import receipts
from spatial.partners.messages.gateways import Order, Outcome, dialled
from spatial.partners.messages.people import ROOM
from spatial.partners.messages.texts import split
from spatial.rights.data_keys import open_keyring
from spatial.rights.envelope import NotOpened, Place

LONGEST_WAIT_S = 900
"""Pause before somebody is tried again, at most."""
DIED = "the platform was stopped while it was being sent"


@dataclass(frozen=True)
class Claimed:
    """Somebody whom a message is being sent to."""

    recipient_id: int
    message_id: int
    text: str
    parts: int
    sent_parts: list[int]
    """Numbers of the parts that the gateway has taken before."""
    expires_at: datetime
    tries: int
    round: int

    @property
    def reference(self) -> str:
        """Name it to a gateway: the same for every try, until a person has it tried again."""
        return f"{self.message_id}-{self.recipient_id}-{self.round}"


@dataclass(frozen=True)
class Ended:
    """What became of somebody in this try."""

    recipient_id: int
    state: str
    reason: str = ""
    wait_s: float = 0.0


def give_back(connection: Connection[Any], repeats: bool, whole: bool = False) -> int:
    """Say of those who were being sent to when a process died: uncertain, or queued where doubles do no harm.

    Those of whom every part was noted are sent. connection: of the platform, as everywhere here. repeats: the
    gateway tells doubles apart; whole: it takes a text in one piece. Returns of how many it is not known.
    """
    values = {
        "state": "queued" if repeats else "uncertain",
        "reason": "" if repeats else DIED,
        "whole": whole,
    }
    receipts.one_at_a_time(connection)
    rows = connection.execute(query(ROOM, "give_back"), values).fetchall()
    sent = [number for number, state in rows if state == "sent"]
    receipts.conclude(connection, sent)
    return len(rows) - len(sent)


def claim(connection: Connection[Any], most: int, gateway: str) -> list[Claimed]:
    """Take those whose turn it is; what has waited too long expires. Committed, it is on record."""
    connection.execute(query(ROOM, "expire"))
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "claim"), {"most": most, "gateway": gateway}).fetchall()


def numbers(connection: Connection[Any], master_path: Path, ids: Sequence[int]) -> dict[int, str]:
    """Open the numbers of those who were claimed, in a later transaction; those without one are left out.

    NotOpened when the master key is lost.
    """
    rows = connection.execute(query(ROOM, "ciphers"), {"ids": list(ids)}).fetchall()
    keyring = open_keyring(connection, master_path)
    found = {}
    for recipient_id, worker_id, sealed in rows:
        if sealed is not None:
            try:
                found[recipient_id] = keyring.decrypt(Place("worker", "phone", worker_id), bytes(sealed))
            except NotOpened:
                continue
    return found


def orders(claimed: Claimed, number: str, whole: bool, country: str) -> list[Order]:
    """Write what is to be handed over for somebody: the parts that are left, or the whole text in one.

    None at all when no message can go to that number.
    """
    there = dialled(number, country)
    if there is None:
        return []
    made = split(claimed.text)
    valid_s = max(1, int((claimed.expires_at - datetime.now(UTC)).total_seconds()))
    octets = [b"".join(made.parts)] if whole else list(made.parts)
    return [
        Order(
            claimed.recipient_id, there, claimed.text, each, made.alphabet, nr, len(octets), valid_s,
            claimed.reference,
        )
        for nr, each in enumerate(octets, 1)
        if nr not in claimed.sent_parts
    ]  # fmt: skip


def note_taken(connection: Connection[Any], outcome: Outcome) -> None:
    """Note that a gateway has taken a part, and what it calls it; a receipt may have come before."""
    values = {
        "recipient": outcome.order.recipient_id,
        "nr": outcome.order.part,
        "gateway_id": outcome.gateway_id,
    }
    receipts.one_at_a_time(connection)
    connection.execute(query(ROOM, "note_part"), values)
    if outcome.gateway_id is not None:
        receipts.settle(connection, [outcome.gateway_id])


def ended(claimed: Claimed, outcomes: Iterable[Outcome], wanted: int, repeats: bool) -> Ended:
    """Say what a try comes to for somebody: pure. wanted: how many orders there were."""
    by_verdict: dict[str, Outcome] = {}
    taken = 0
    for each in outcomes:
        by_verdict.setdefault(each.verdict, each)
        taken += each.verdict == "taken"
    if found := by_verdict.get("refused"):
        return Ended(claimed.recipient_id, "failed", found.reason)
    if found := by_verdict.get("uncertain"):
        if repeats:
            return Ended(claimed.recipient_id, "queued", found.reason, _pause_s(claimed))
        return Ended(claimed.recipient_id, "uncertain", found.reason)
    if found := by_verdict.get("later"):
        return Ended(claimed.recipient_id, "queued", found.reason, found.wait_s or _pause_s(claimed))
    if taken < wanted:
        return Ended(claimed.recipient_id, "queued", "not sent yet", _pause_s(claimed))
    return Ended(claimed.recipient_id, "sent")


def _pause_s(claimed: Claimed) -> float:
    return float(min(5 * 2 ** min(claimed.tries, 10), LONGEST_WAIT_S))


def note_ended(connection: Connection[Any], ends: Sequence[Ended]) -> None:
    """Note what a try came to."""
    values = {
        "ids": [each.recipient_id for each in ends],
        "states": [each.state for each in ends],
        "reasons": [each.reason[:200] for each in ends],
        "waits": [timedelta(seconds=each.wait_s) for each in ends],
    }
    receipts.one_at_a_time(connection)
    connection.execute(query(ROOM, "note_ended"), values)
    receipts.conclude(connection, [each.recipient_id for each in ends if each.state == "sent"])


def tidy(connection: Connection[Any]) -> None:
    """Forget receipts of nothing of ours, and steps that nobody looked at in time."""
    connection.execute(query(ROOM, "tidy_receipts"))
    connection.execute(query(ROOM, "tidy_due"))


def without_number(claimed: Iterable[Claimed]) -> Iterator[Ended]:
    """Say of people that no number is kept of them that a message could go to."""
    reason = "no number is kept that a message can go to"
    return (Ended(each.recipient_id, "failed", reason) for each in claimed)
