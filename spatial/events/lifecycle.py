"""Steps of events on the database: read with the reader's rights, checked by the table of verbs, written.

    step(connection, desk, reader, event_id, Asked("accept"), match=12)

A step changes the event and adds one row to its time line, in one transaction; the number of that row is the
event's tag. Two people who decide at once wait for each other, and the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from psycopg import Connection, errors
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.events.deadlines import read_deadlines
from spatial.events.dispatch import Asked as Dispatched
from spatial.events.dispatch import Decision, Dispatchers, keep, keep_by_hand, rule_by_hand
from spatial.events.dispatch.disputes import raise_returned
from spatial.events.dispatch.hours import holds, minute_of_week, read_hours
from spatial.events.lifecycle_verbs import (
    CENTRE,
    MERGED,
    VERBS,
    Asked,
    Case,
    NotPossible,
    Taken,
    Verb,
    after,
    check,
    parts_of,
    possible,
    replay,
)
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

__all__ = [
    "VERBS", "Asked", "Case", "NotPossible", "Stale", "Stepped", "Taken", "Verb", "check", "parts_of",
    "possible", "read_case", "replay", "step",
]  # fmt: skip

ROOM = "spatial.events"
_COLUMNS = tuple(field.name for field in fields(Case))


class Stale(Conflict):
    """The event has gone on since it was read."""


@dataclass(frozen=True)
class Stepped:
    """A step that was made."""

    step_id: int
    case: Case


def read_case(connection: Connection[Any], event_id: int, locked: bool = False) -> tuple[Case, int]:
    """Read what steps change of an event, and the number of its last step; NotFound.

    locked: nobody else changes it until the transaction ends.
    """
    name = "case_locked" if locked else "case"
    # What is read after its tag is as new as the tag at least: a tag that is too old is told so, at worst.
    tag = _tag(connection, event_id)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, name), {"id": event_id}).fetchone()
    if row is None:
        raise NotFound(f"there is no event '{event_id}'")
    if locked:
        tag = _tag(connection, event_id)
    return Case(**{column: row[column] for column in _COLUMNS}), tag


def _tag(connection: Connection[Any], event_id: int) -> int:
    return int(connection.execute(query(ROOM, "case_tag"), {"id": event_id}).fetchall()[0][0])


def step(
    connection: Connection[Any],
    dispatchers: Dispatchers,
    reader: Reader,
    event_id: int,
    asked: Asked,
    match: int | None = None,
    now: datetime | None = None,
) -> Stepped:
    """Make a step of an event; match: the last step that the reader knows of.

    Raises Forbidden for roles and parts that may not, NotFound, Stale when the event has gone on since,
    NotPossible with the steps that are, InvalidInput naming the field. A step may take the event out of
    what the reader sees.
    """
    if reader.role not in RESPONDERS:
        raise Forbidden("this role reads events, and changes none")
    now = now or datetime.now(UTC)
    if asked.into is not None:
        # In one order: two merges that cross would wait for each other.
        connection.execute(query(ROOM, "case_both"), {"ids": [event_id, asked.into]})
    case, tag = read_case(connection, event_id, locked=True)
    if match is not None and match != tag:
        raise Stale(f"event {event_id} has gone on: its last step is {tag}, not {match}")
    check(case, asked, parts_of(reader, case))
    try:
        asked, decision = _completed(connection, dispatchers, reader, case, asked, now)
        done = after(case, asked, now, read_deadlines(connection))
        # It was checked; where it goes to may lie beyond what the reader's own policies let be written.
        with as_platform(connection, reader):
            return Stepped(_write(connection, reader, case, done, asked, now, decision), done)
    except errors.InsufficientPrivilege:
        raise Forbidden(f"'{asked.verb}' changes what you may not change") from None


def _completed(
    connection: Connection[Any], dispatchers: Dispatchers, reader: Reader, case: Case, asked: Asked,
    now: datetime,
) -> tuple[Asked, Decision | None]:  # fmt: skip
    """Fill in what a step leaves to the platform: whom an event goes to, and what it is merged into."""
    if asked.verb in ("dispatch", "redispatch", "escalate"):
        asked = _with_employer(connection, asked)
    if asked.verb == "escalate":
        return _upward(connection, reader, case, asked, now), None
    if asked.verb == "merge":
        return replace(asked, into=_last_of(connection, reader, case, asked.into or 0)), None
    if asked.verb != "dispatch" or asked.to_organisation is not None:
        return asked, None
    decision = _decide(connection, dispatchers, case, now)
    if decision.organisation_id is None:
        raise InvalidInput.at("to_organisation", "must be given: the duty list names nobody here")
    return replace(asked, to_organisation=decision.organisation_id, to_worker=decision.worker_id), decision


def _decide(connection: Connection[Any], dispatchers: Dispatchers, case: Case, now: datetime) -> Decision:
    lon, lat, occurred_at = connection.execute(query(ROOM, "case_place"), {"id": case.id}).fetchall()[0]
    place = np.array([lon]), np.array([lat])
    asked = Dispatched(*place, [case.category], [occurred_at], [case.urgency], at=now)
    return dispatchers.current().decide(asked)[0]


def _with_employer(connection: Connection[Any], asked: Asked) -> Asked:
    """See that the organisation and the person are there; a person brings the own organisation along."""
    values = {"organisation": asked.to_organisation, "worker": asked.to_worker}
    organisation, worker, employer = connection.execute(query(ROOM, "case_whom"), values).fetchall()[0]
    if asked.to_organisation is not None and organisation is None:
        raise InvalidInput.at("to_organisation", "is no organisation")
    if asked.to_worker is not None and worker is None:
        raise InvalidInput.at("to_worker", "is nobody that you can see")
    if None not in (asked.to_organisation, employer) and asked.to_organisation != employer:
        raise InvalidInput.at("to_worker", "does not work for that organisation")
    return replace(
        asked, to_organisation=employer if asked.to_organisation is None else asked.to_organisation
    )


def _upward(connection: Connection[Any], reader: Reader, case: Case, asked: Asked, now: datetime) -> Asked:
    """Name who is responsible one level up, unless somebody is named; Conflict at the top."""
    values = {"unit": case.unit_code, "level": case.escalated_level + 1, "category": case.category}
    # Lines above are not for everybody to see who may call for the one that they name.
    with as_platform(connection, reader):
        rows = connection.execute(query(ROOM, "case_upward"), values).fetchall()
    if not rows:
        raise NotPossible("there is no unit above the one that this event was taken up to")
    minute = minute_of_week(now)
    on_duty = [row for row in rows if row[3] is None or holds(read_hours(row[3]), minute)]
    code, organisation, worker, _ = on_duty[0] if on_duty else (rows[0][0], None, None, None)
    detail = {**asked.detail, "unit": code}
    if asked.to_organisation is not None:
        return replace(asked, detail=detail)
    return replace(asked, to_organisation=organisation, to_worker=worker, detail=detail)


def _last_of(connection: Connection[Any], reader: Reader, case: Case, into: int) -> int:
    """Follow merged events to the one that stands; locked, so that it does not go away at this moment."""
    seen = {case.id}
    while True:
        try:
            other, _ = read_case(connection, into, locked=True)
        except NotFound:
            raise InvalidInput.at("into", "is no event that you can see") from None
        if other.id in seen:
            raise InvalidInput.at("into", "was merged into this event itself")
        seen.add(other.id)
        if other.state != MERGED:
            break
        into = other.merged_into or 0
    if CENTRE not in parts_of(reader, other):
        raise Forbidden("the event to merge into is not for you to decide about")
    if other.state in ("closed", "rejected", "cancelled"):
        raise InvalidInput.at("into", f"is {other.state}")
    return other.id


def _write(
    connection: Connection[Any],
    reader: Reader,
    case: Case,
    done: Case,
    asked: Asked,
    now: datetime,
    decision: Decision | None,
) -> int:
    connection.execute(query(ROOM, "case_put"), vars(done))
    whom = _whom(case, done)
    values = {
        "event": case.id, "at": now, "verb": asked.verb, "from_state": case.state, "to_state": done.state,
        "account": reader.account_id, "username": reader.username, "note": asked.note.strip(),
        "detail": _detail(asked), **whom,
    }  # fmt: skip
    number = int(connection.execute(query(ROOM, "step_add"), values).fetchall()[0][0])
    if decision is not None:
        keep(connection, [case.id], [decision])
    elif whom["organisation"] is not None and (rule := rule_by_hand(asked.verb, asked.detail)):
        given = whom["organisation"], whom["worker"]
        keep_by_hand(connection, case.id, *given, rule, reader.username, asked.note.strip())
    if asked.verb in ("return", "redispatch"):
        raise_returned(connection, [case.id])
    if asked.verb == "merge":
        _follow(connection, case.id, done.merged_into or 0)
    notify(connection, "events", event=case.id, state=done.state)
    return number


def _whom(case: Case, done: Case) -> Mapping[str, int | None]:
    """Name whom the event went to with this step, if to anybody."""
    moved = (case.organisation_id, case.worker_id) != (done.organisation_id, done.worker_id)
    sent = moved or done.state != case.state == "filed"
    return {
        "organisation": done.organisation_id if sent else None,
        "worker": done.worker_id if sent else None,
    }


def _detail(asked: Asked) -> str:
    detail = dict(asked.detail) | ({"into": asked.into} if asked.into is not None else {})
    return orjson.dumps(detail).decode()


def _follow(connection: Connection[Any], event_id: int, into: int) -> None:
    """Let those that were merged into a merged event follow it, and the pair be settled."""
    connection.execute(query(ROOM, "case_follow"), {"id": event_id, "into": into})
    newer, older = max(event_id, into), min(event_id, into)
    connection.execute(query(ROOM, "link_settle"), {"event": newer, "other": older, "status": "confirmed"})
