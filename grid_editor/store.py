"""Plans in the store: rows, steps one by one, the net change, comments and waivers.

Every function takes a connection of the reader; policies decide which plans there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from grid_editor.change import Change
from grid_editor.packing import pack, unpack
from grid_editor.plan import Plan
from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.rights.reader import Reader

ROOM = "grid_editor"
WHOLE = ("rebase", "counter")
"""Steps whose change is the whole net change on a base of their own."""
MOST_STEPS = 5_000

Json = dict[str, Any]


@dataclass(frozen=True)
class NewPlan:
    """What is said of a plan when it is begun."""

    coverage: str
    title: str
    basis: str = ""
    effective_at: datetime | None = None
    origin: str = "editor"
    unit_code: str | None = None
    """The area that it is of; a reader of an area has no other than that."""
    counter_of: int | None = None


@dataclass(frozen=True)
class Step:
    """One step as it is kept."""

    seq: int
    base_version: int
    operation: Json
    title: str
    change: Change


def add(connection: Connection[Any], reader: Reader, new: NewPlan, base_version: int) -> Plan:
    """Begin a plan of the reader's on a version of its coverage."""
    unit_code = new.unit_code if reader.reach == "city" else new.unit_code or reader.area
    values = {**vars(new), "unit_code": unit_code, "base_version": base_version, **_who(reader)}
    number = connection.execute(query(ROOM, "plan_add"), values).fetchall()[0][0]
    notify(connection, "plan", id=int(number))
    return read(connection, int(number))


def read(connection: Connection[Any], number: int) -> Plan:
    """Read a plan; NotFound for one that the reader may not see, as for one that is not there."""
    return _one(connection, "plan_one", number)


def locked(connection: Connection[Any], number: int, etag: int | None = None) -> Plan:
    """Read a plan and keep everybody else from changing it until the transaction ends.

    etag: the state that the caller has seen; Stale when the plan has changed since.
    """
    plan = _one(connection, "plan_locked", number)
    if etag is not None and plan.etag != etag:
        raise Stale(plan)
    return plan


class Stale(Conflict):
    """The plan has changed since it was read."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"plan {plan.no} has changed since it was read: it is at state {plan.etag} now")
        self.etag = plan.etag


def listed(
    connection: Connection[Any],
    status: Sequence[str] | None = None,
    coverage: str | None = None,
    drafter: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Plan]:
    """List plans, newest first; before: only older ones than that number."""
    values = {"status": list(status) if status else None, "coverage": coverage, "drafter": drafter}
    values |= {"before": before, "limit": limit}
    with connection.cursor(row_factory=class_row(Plan)) as cursor:
        return cursor.execute(query(ROOM, "plan_list"), values).fetchall()


def describe(connection: Connection[Any], plan: Plan, changes: Mapping[str, Any]) -> None:
    """Give a plan another title, basis or moment to come into force."""
    values = {"title": plan.title, "basis": plan.basis, "effective_at": plan.effective_at, **changes}
    connection.execute(query(ROOM, "plan_describe"), {**values, "id": plan.id})


def delete(connection: Connection[Any], plan: Plan) -> None:
    """Forget a plan with everything that was said about it."""
    connection.execute(query(ROOM, "plan_delete"), {"id": plan.id})


def packed_net(connection: Connection[Any], plan: Plan) -> bytes:
    """Read the net change as it is packed; of a plan without one that of nothing."""
    row = connection.execute(query(ROOM, "plan_net"), {"id": plan.id}).fetchone()
    return pack(Change()) if row is None else bytes(row[0])


def net(connection: Connection[Any], plan: Plan) -> Change:
    """Read the net change of a plan at its head."""
    return unpack(packed_net(connection, plan))


def append(
    connection: Connection[Any], reader: Reader, plan: Plan, step: Step, net_after: bytes
) -> tuple[int, int]:
    """Add a step behind the head, in place of what was undone; returns its number and the plan's etag."""
    if plan.head >= MOST_STEPS:
        raise InvalidInput.at("plan", f"has {MOST_STEPS} steps: submit it, and go on in another")
    connection.execute(query(ROOM, "plan_drop_undone"), {"id": plan.id, "head": plan.head})
    values = {**_who(reader), "id": plan.id, "seq": plan.head + 1, "base_version": step.base_version}
    values |= {"operation": Jsonb(step.operation), "title": step.title, "change": pack(step.change)}
    connection.execute(query(ROOM, "plan_add_step"), values)
    etag = move(connection, plan, plan.head + 1, step.base_version, net_after)
    return plan.head + 1, etag


def move(connection: Connection[Any], plan: Plan, head: int, base_version: int, net_after: bytes) -> int:
    """Let the plan stand at a step, with the net change of the steps up to it; returns its etag."""
    connection.execute(query(ROOM, "plan_set_net"), {"id": plan.id, "change": net_after})
    values = {"id": plan.id, "head": head, "base_version": base_version}
    return int(connection.execute(query(ROOM, "plan_move_head"), values).fetchall()[0][0])


def step(connection: Connection[Any], plan: Plan, seq: int) -> Step | None:
    """Read one step; None when there is none of that number."""
    row = connection.execute(query(ROOM, "plan_step"), {"id": plan.id, "seq": seq}).fetchone()
    return None if row is None else Step(row[0], row[1], row[2], row[3], unpack(bytes(row[4])))


def composed_net(connection: Connection[Any], plan: Plan, head: int) -> tuple[int | None, Change]:
    """Compose the steps up to `head`: the version that they stand on (None without steps), and their net."""
    rows = connection.execute(query(ROOM, "plan_changes"), {"id": plan.id, "head": head}).fetchall()
    found = Change()
    for _, _, _, packed in rows:
        found = found.then(unpack(bytes(packed)))
    return (int(rows[-1][1]) if rows else None), found


def steps(connection: Connection[Any], plan: Plan, after: int = 0, limit: int = 1000) -> list[Json]:
    """List the steps without their changes: seq, op, title, username, at, counts (not undone)."""
    return _dicts(connection, "plan_steps", {"id": plan.id, "after": after, "limit": limit})


def authors(connection: Connection[Any], plan: Plan) -> set[int]:
    """Name the accounts that added steps."""
    rows = connection.execute(query(ROOM, "plan_authors"), {"id": plan.id}).fetchall()
    return {account for (account,) in rows}


def comment(connection: Connection[Any], reader: Reader, plan: Plan, said: Mapping[str, Any]) -> Json:
    """Add a comment: text, and perhaps kind, lon and lat, unit_id."""
    values = {"kind": "comment", "lon": None, "lat": None, "unit_id": None, **said, **_who(reader)}
    return _dicts(connection, "plan_comment", {**values, "id": plan.id})[0]


def comments(connection: Connection[Any], plan: Plan) -> list[Json]:
    """List what was said about a plan, oldest first."""
    return _dicts(connection, "plan_comments", {"id": plan.id})


def waive(
    connection: Connection[Any], reader: Reader, plan: Plan, issue_id: str, rule: str, reason: str
) -> None:
    """Accept a warning, with the reason; a second time gives another reason."""
    values = {"id": plan.id, "issue_id": issue_id, "rule": rule, "reason": reason, **_who(reader)}
    connection.execute(query(ROOM, "plan_waive"), values)


def unwaive(connection: Connection[Any], plan: Plan, issue_id: str) -> None:
    """Take an acceptance back; NotFound when there is none."""
    values = {"id": plan.id, "issue_id": issue_id}
    if connection.execute(query(ROOM, "plan_unwaive"), values).rowcount == 0:
        raise NotFound("that warning is not waived")


def waivers(connection: Connection[Any], plan: Plan) -> list[Json]:
    """List the accepted warnings: issue_id, rule, reason, username, at."""
    return _dicts(connection, "plan_waivers", {"id": plan.id})


def touch(connection: Connection[Any], plan: Plan) -> int:
    """Let the plan be another state than before for whoever compares etags."""
    return int(connection.execute(query(ROOM, "plan_touch"), {"id": plan.id}).fetchall()[0][0])


def to_submitted(connection: Connection[Any], plan: Plan) -> None:
    """Note that it waits for a reviewer."""
    connection.execute(query(ROOM, "plan_to_submitted"), {"id": plan.id})


def to_decided(connection: Connection[Any], reader: Reader, plan: Plan, status: str) -> None:
    """Note what a reviewer decided: approved or returned."""
    values = {"id": plan.id, "status": status, "username": reader.username}
    connection.execute(query(ROOM, "plan_to_decided"), values)


def to_withdrawn(connection: Connection[Any], plan: Plan) -> None:
    """Note that nobody wants it any more."""
    connection.execute(query(ROOM, "plan_to_withdrawn"), {"id": plan.id})


def ask_publish(
    connection: Connection[Any], reader: Reader, plan: Plan, effective_at: datetime | None
) -> None:
    """Put it in the queue of the job process."""
    values = {"id": plan.id, "account_id": reader.account_id, "effective_at": effective_at}
    connection.execute(query(ROOM, "plan_ask_publish"), values)


def newest_version(connection: Connection[Any], coverage: str) -> tuple[int, datetime]:
    """Name the version that a new one follows, in force already or not; NotFound without any."""
    values = {"coverage": coverage}
    row = connection.execute(query(ROOM, "plan_newest_version"), values).fetchone()
    if row is None:
        raise NotFound(f"coverage '{coverage}' has no version to change")
    return int(row[0]), row[1]


def _one(connection: Connection[Any], name: str, number: int) -> Plan:
    with connection.cursor(row_factory=class_row(Plan)) as cursor:
        found = cursor.execute(query(ROOM, name), {"id": number}).fetchone()
    if found is None:
        raise NotFound(f"there is no plan '{number}'")
    return found


def _dicts(connection: Connection[Any], name: str, values: Mapping[str, Any]) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()


def _who(reader: Reader) -> Json:
    account, name = reader.account_id, reader.username
    return {"account_id": account, "username": name, "drafter_id": account, "drafter": name}
