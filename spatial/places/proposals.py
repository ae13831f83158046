"""Proposals of another risk level: made by results in a row or by a person, decided by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.drawn.refusals import refusals
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.places import store
from spatial.places.kinds import ROOM, kind
from spatial.places.store import LOWEST
from spatial.rights.reader import Reader

Row = dict[str, Any]

HIGHEST = 1
LEAST_REASON, MOST_REASON = 4, 1000
"""Characters of why a level changes."""
LEVELS = {1: "红", 2: "橙", 3: "黄", 4: "蓝"}


def proposals(
    connection: Connection[Any],
    place_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Row]:
    """List proposals, newest first, of one place or of all."""
    values = {"place_id": place_id, "state": state, "before": before, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "proposals"), values).fetchall()


def after_result(
    connection: Connection[Any], reader: Reader, place_id: int, level: int, key: str
) -> int | None:
    """Propose what the results in a row ask for by the rule of the kind `key`; None when nothing.

    One level up (towards red) after so many abnormal ones, one down after so many normal ones. Results from
    before the last change or decision do not count again. A proposal that is open already stays the only one.
    """
    of = kind(connection, key)
    if not of.risk_bearing or of.retired_at is not None:
        return None
    limit = max(of.raise_after, of.lower_after)
    rows = connection.execute(query(ROOM, "results"), {"place_id": place_id, "limit": limit}).fetchall()
    rules = (("abnormal", of.raise_after, level - 1), ("normal", of.lower_after, level + 1))
    for result, wanted, to_level in rules:
        ids = [int(key) for key, found in rows[:wanted] if found == result]
        if wanted and len(ids) == wanted and HIGHEST <= to_level <= LOWEST:
            return _add(connection, reader, (place_id, level, to_level), result, _reason(result, ids), ids)
    return None


def _reason(result: str, ids: Sequence[int]) -> str:
    word = "异常" if result == "abnormal" else "正常"
    return f"连续{len(ids)}次巡查{word}(巡查 {'、'.join(map(str, reversed(ids)))})"


def propose(connection: Connection[Any], reader: Reader, place_id: int, to_level: int, reason: str) -> Row:
    """Propose a level by hand; Conflict while another proposal of the place is open."""
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput.at("reason", f"must have {LEAST_REASON} characters at least")
    found = store.read(connection, place_id, date.max)
    if found["risk_level"] == to_level:
        raise InvalidInput.at("to_level", "is the level that the place has")
    if not kind(connection, found["kind"]).risk_bearing:
        raise InvalidInput.at("to_level", f"places of kind '{found['kind']}' bear no risk")
    levels = (place_id, found["risk_level"], to_level)
    with refusals(connection, "places"):
        made = _add(connection, reader, levels, "person", reason, [])
    if made is None:
        raise Conflict("a proposal for this place is open already: it must be decided first")
    return proposals(connection, place_id, limit=1)[0]


def decide(
    connection: Connection[Any], reader: Reader, place_id: int, number: int, confirm: bool, note: str
) -> Row:
    """Confirm or refuse a proposal, once; confirmed, the level changes for the proposal's reason.

    Forbidden for who may not change the place; Conflict when somebody has decided it, or, of what is to be
    confirmed, when the place has another level than it was made for, or a kind that bears no risk.
    """
    # The place first, as everybody does who changes it: its trigger lets proposals lapse.
    place = store.lock(connection, place_id)
    found = _locked(connection, place_id, number)
    if found["state"] != "open":
        decider = f" by {found['decider']}" if found["decider"] else ""
        raise Conflict(f"this proposal was {found['state']}{decider} already")
    if confirm:
        _check_still_right(connection, place, found)
    state = "confirmed" if confirm else "refused"
    values = {"id": number, "state": state, "note": note, "username": reader.username}
    connection.execute(query(ROOM, "proposal_decide"), values)
    if confirm:
        with refusals(connection, "places"):
            connection.execute(
                query(ROOM, "level"),
                {"id": place.id, "level": found["to_level"], "reason": _why(place, found, note)},
            )
    return next(each for each in proposals(connection, place_id) if each["id"] == number)


def _check_still_right(connection: Connection[Any], place: store.Locked, found: Row) -> None:
    if place.risk_level != found["from_level"]:
        raise Conflict(
            f"the place has level {place.risk_level}, and this was proposed at level {found['from_level']}"
        )
    if not kind(connection, place.kind).risk_bearing and found["to_level"] != LOWEST:
        raise Conflict(f"places of kind '{place.kind}' bear no risk")


def _why(place: store.Locked, found: Row, note: str) -> str:
    """Write the reason of the new level: never the very words of the last one, which would not count."""
    reason: str = (found["reason"] + (f";{note}" if note else ""))[:MOST_REASON]
    if reason != place.risk_reason:
        return reason
    number = f"(提议 {found['id']})"
    return reason[: MOST_REASON - len(number)] + number


def _locked(connection: Connection[Any], place_id: int, number: int) -> Row:
    values = {"id": number, "place_id": place_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "proposal_lock"), values).fetchone()
    if found is None:
        if any(each["id"] == number for each in proposals(connection, place_id)):
            raise Forbidden("you may read this proposal, and not decide it")
        raise NotFound(f"place '{place_id}' has no proposal '{number}'")
    return found


def _add(
    connection: Connection[Any],
    reader: Reader,
    levels: tuple[int, int, int],
    rule: str,
    reason: str,
    ids: Sequence[int],
) -> int | None:
    place_id, from_level, to_level = levels
    values = {"place_id": place_id, "from_level": from_level, "to_level": to_level, "rule": rule}
    values |= {"reason": reason, "inspections": list(ids), "username": reader.username}
    row = connection.execute(query(ROOM, "proposal_add"), values).fetchone()
    return None if row is None else int(row[0])
