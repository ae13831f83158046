"""What people do to alarms: each deed is the machine's word, on record with who and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.alarms.kept.conditions import ROOM, Condition, held, write
from lifeline.alarms.kept.moments import ms_of
from lifeline.alarms.states import Command, Event
from spatial.database import as_platform, query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.reader import Reader
from spatial.rights.rules.rule import COMMANDER, DISTRICT

ACTORS = DISTRICT | {COMMANDER}


@dataclass(frozen=True)
class Deed:
    """What somebody does. until: of Event.SHELVED, within what the rule allows from now."""

    event: Event
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Held:
    """An alarm that is held, with its condition, until the end of the transaction."""

    id: int
    edition: int
    state: str
    acknowledged_by: str | None
    condition: Condition


def hold(connection: Connection[Any], reader: Reader, number: int) -> Held:
    """Hold an alarm to do something to it. connection: of a session of the reader.

    NotFound; Forbidden for roles that may only look; Conflict for one that is over and done with.
    """
    seen = _row(connection, number)
    if reader.role not in ACTORS:
        raise Forbidden("seeing to alarms is for district administrators and commanders")
    with as_platform(connection, reader):
        state = seen["state_id"]
        conditions = {} if state is None else held(connection, [state], datetime.now(UTC))
        condition = conditions.get(state)
        seen = _row(connection, number)
    if condition is None:
        raise Conflict("nothing watches what this alarm was of any more")
    latest = condition.tale.latest
    if latest is None or latest.id != number:
        raise Conflict(f"alarm '{latest.id if latest else '?'}' of the same condition came after it")
    return Held(number, seen["edition"], seen["state"], seen["acknowledged_by"], condition)


def is_free(reader: Reader, alarm: Held, deed: Deed) -> bool:
    """Tell whether a deed is still to be done; False: this reader did it. Conflict says who was first."""
    if deed.event is not Event.ACKNOWLEDGED or alarm.state != "acknowledged":
        return True
    if alarm.acknowledged_by != reader.username:
        raise Conflict(f"'{alarm.acknowledged_by}' has acknowledged it already")
    return False


def act(connection: Connection[Any], reader: Reader, alarm: Held, deed: Deed) -> None:
    """Do something to an alarm that is held; Conflict where it may not be, InvalidInput at a field."""
    condition, now = alarm.condition, datetime.now(UTC)
    rule = condition.rule
    if deed.event is Event.SHELVED:
        _check_shelf(rule.shelf_max_ms, now, deed.until)
        # The machine's moment lies behind by what values take to come: the shelf is as long for people.
        condition.rule = replace(
            rule, shelf_max_ms=rule.shelf_max_ms + condition.transport_ms + rule.lateness_ms
        )
    # Not now: values that are under way would be too late then, for no other reason than that somebody spoke.
    at_ms = max(condition.state.clock_ms, ms_of(now) - condition.transport_ms)
    until_ms = None if deed.until is None else ms_of(deed.until)
    refused = condition.say(Command(deed.event, at_ms, reader.username, deed.reason, until_ms), now)
    condition.rule = rule
    if refused is not None:
        raise _refusal(refused.reason)
    with as_platform(connection, reader):
        write(connection, [condition])


def _check_shelf(most_ms: int, now: datetime, until: datetime | None) -> None:
    if until is None:
        raise InvalidInput.at("until", "is missing: nothing is shelved for ever")
    if not now < until <= now + timedelta(milliseconds=most_ms):
        raise InvalidInput.at("until", f"must be later than now, and within {most_ms / 60_000:g} minutes")


def _refusal(reason: str) -> Conflict | InvalidInput:
    where, _, why = reason.partition(": ")
    fields = {"reason": "reason", "until_ms": "until"}
    return InvalidInput.at(fields[where], why) if where in fields else Conflict(f"{where}: {why}")


def _row(connection: Connection[Any], number: int) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "alarm_of"), {"id": number}).fetchone()
    if found is None:
        raise NotFound(f"there is no alarm '{number}'")
    return found
