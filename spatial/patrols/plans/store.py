"""Patrol plans as they are kept: written, changed by editions, listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import shapely
from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.matching import end_of
from spatial.drawn.refusals import refusals
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.targets import POINTS, Target, samples_of
from spatial.people.organisations import organisation_id
from spatial.rights.reader import AREA_STANDPOINT, Reader

ROOM = "spatial.patrols.plans"
MOST_TARGETS = 500
MOST_MEMBERS = 1_000

Row = dict[str, Any]

DEFAULTS: Row = {
    "unit_code": None, "organisation_id": None, "valid_until": None, "period": "day", "days": "all",
    "weekdays": [1, 2, 3, 4, 5, 6, 7], "every": 1, "rounds": 1, "together": False, "note": "",
}  # fmt: skip


@dataclass(frozen=True)
class GivenTarget:
    """A target as somebody sends it: drawn, or what stands at a place or component."""

    target: Target | None
    """None: with the point of the place or component, and `measures`."""
    name: str = ""
    place_id: int | None = None
    component_id: int | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)
    """radius_m, dwell_s …: see Target."""


@dataclass(frozen=True)
class Member:
    """Who patrols: a mover, or everybody of an organisation (a code), of a unit, or of both."""

    mover_id: int | None = None
    organisation: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True)
class Given:
    """What somebody says of a plan; None: as it is."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    targets: Sequence[GivenTarget] | None = None
    members: Sequence[Member] | None = None


@dataclass(frozen=True)
class KeptTarget:
    """A target of a plan, with its number."""

    id: int
    seq: int
    name: str
    place_id: int | None
    component_id: int | None
    target: Target


@dataclass(frozen=True)
class Wanted:
    """Which plans are listed."""

    kind: str | None = None
    unit: str | None = None
    organisation: str | None = None
    mover_id: int | None = None
    retired: bool = False
    text: str | None = None
    before: int | None = None
    limit: int = 100


_MEASURES = ("radius_m", "dwell_s", "buffer_m", "directed", "cell_m", "revisit_s", "weight")


def add(connection: Connection[Any], reader: Reader, given: Given) -> int:
    """Write a plan; InvalidInput for what cannot be one, Forbidden outside of the reader's reach."""
    values = {**DEFAULTS, **_stored(connection, {"rules": {}, **given.columns})}
    values |= {"account_id": reader.account_id, "username": reader.username}
    _check(values["kind"], given, values)
    with refusals(connection, "patrol plans"):
        row = connection.execute(query(ROOM, "plan_add"), values).fetchone()
        assert row is not None
        _write_targets(connection, row[0], 1, given.targets or ())
        _write_members(connection, row[0], given.members or ())
    return int(row[0])


def lock(connection: Connection[Any], plan: int) -> Row:
    """Hold a plan to change it: id, kind, edition …; NotFound, Forbidden for who may only read it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        held = cursor.execute(query(ROOM, "plan_lock"), {"id": plan}).fetchone()
    if held is None:
        read(connection, plan)
        raise Forbidden("you may read this plan, and not change it")
    return held


def change(connection: Connection[Any], plan: int, given: Given) -> int:
    """Change what is given of a plan; gives the new edition.

    What is due already, and what was done, stays judged by the plan as it was.
    """
    held = lock(connection, plan)
    if "kind" in given.columns and given.columns["kind"] != held["kind"]:
        raise InvalidInput.at("kind", "cannot be changed")
    values = _stored(connection, given.columns)
    _check(held["kind"], given, {**held, **values})
    with refusals(connection, "patrol plans"):
        _update(connection, plan, {**values, "edition": held["edition"] + 1, "since": datetime.now(UTC)})
        if given.targets is not None:
            after = {"plan_id": plan, "edition": held["edition"] + 1}
            connection.execute(query(ROOM, "targets_end"), after)
            _write_targets(connection, plan, held["edition"] + 1, given.targets)
        if given.members is not None:
            rows = connection.execute(query(ROOM, "members_clear"), {"plan_id": plan}).fetchall()
            _write_members(connection, plan, given.members, {tuple(who): since for *who, since in rows})
    return int(held["edition"]) + 1


def remove(connection: Connection[Any], plan: int) -> bool:
    """Delete a plan that was never due; one that was is retired. Tells whether it is gone."""
    change(connection, plan, Given({"retired": True}))
    row = connection.execute(query(ROOM, "plan_used"), {"id": plan}).fetchone()
    if row is not None and row[0]:
        return False
    with refusals(connection, "patrol plans"):
        connection.execute(query(ROOM, "plan_delete"), {"id": plan})
    return True


def read(connection: Connection[Any], plan: int) -> Row:
    """Read a plan with its targets (GeoJSON) and members; NotFound."""
    found = _rows(connection, [sql.SQL("p.id = %(id)s")], {"id": plan, "limit": 1})
    if not found:
        raise NotFound(f"there is no patrol plan '{plan}'")
    (row,) = found
    targets = kept_targets(connection, plan, row["edition"])
    with connection.cursor(row_factory=dict_row) as cursor:
        members = cursor.execute(query(ROOM, "members"), {"plan_id": plan}).fetchall()
    return {**row, "targets": [told(each) for each in targets], "members": members}


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List plans, newest first, without their targets."""
    values = {**vars(wanted), "until": wanted.unit and end_of(wanted.unit)}
    found = {
        "p.kind = %(kind)s": wanted.kind,
        "p.unit_code >= %(unit)s AND p.unit_code < %(until)s": wanted.unit,
        "o.code = %(organisation)s": wanted.organisation,
        "EXISTS (SELECT FROM patrol_member AS m WHERE m.plan_id = p.id AND m.mover_id = %(mover_id)s)":
            wanted.mover_id,
        "p.retired_at IS NULL": not wanted.retired,
        "strpos(lower(p.name), lower(%(text)s)) > 0": wanted.text,
        "p.id < %(before)s": wanted.before,
    }  # fmt: skip
    conditions = [sql.SQL(text) for text, on in found.items() if on]
    return _rows(connection, [sql.SQL("true"), *conditions], values)


def kept_targets(connection: Connection[Any], plan: int, edition: int) -> list[KeptTarget]:
    """Read the targets of an edition of a plan, in their order."""
    values = {"plan_id": plan, "edition": edition}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "targets"), values).fetchall()
    return [_kept(row) for row in rows]


def told(kept: KeptTarget) -> Row:
    """Write a target as JSON has it."""
    about = {"id": kept.id, "seq": kept.seq, "name": kept.name}
    about |= {"place_id": kept.place_id, "component_id": kept.component_id}
    measures = {name: getattr(kept.target, name) for name in _MEASURES}
    return {**about, **measures, "geometry": shapely.geometry.mapping(kept.target.geometry)}


def _kept(row: Row) -> KeptTarget:
    target = Target(shapely.from_wkb(bytes(row["geom"])), **{name: row[name] for name in _MEASURES})
    return KeptTarget(row["id"], row["seq"], row["name"], row["place_id"], row["component_id"], target)


def _rows(connection: Connection[Any], conditions: Sequence[sql.Composable], values: Row) -> list[Row]:
    statement = sql.SQL(query(ROOM, "plans")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def _stored(connection: Connection[Any], columns: Mapping[str, Any]) -> Row:
    values = dict(columns)
    if "organisation" in values:
        values["organisation_id"] = organisation_id(connection, values.pop("organisation"))
    if "rules" in values:
        Rules.of(values["rules"])
        values["rules"] = Jsonb(values["rules"])
    if "weekdays" in values:
        values["weekdays"] = sorted(set(values["weekdays"]))
    if "retired" in values:
        values["retired_at"] = datetime.now(UTC) if values.pop("retired") else None
    return values


def _check(kind: str, given: Given, values: Row) -> None:
    first, last = values["valid_from"], values["valid_until"]
    if last is not None and last < first:
        raise InvalidInput.at("valid_until", "must not be before valid_from")
    if given.targets is None:
        return
    if not 1 <= len(given.targets) <= MOST_TARGETS:
        raise InvalidInput.at("targets", f"must be 1 to {MOST_TARGETS}")
    problems = [
        Problem(f"targets[{number}].{problem.where}", problem.reason)
        for number, each in enumerate(given.targets)
        for problem in target_problems(kind, each)
    ]
    if problems:
        raise InvalidInput(problems[:20])


def target_problems(kind: str, given: GivenTarget) -> Sequence[Problem]:
    """Say what is wrong with a target of a plan of points, lines or areas."""
    if given.target is None:
        thing = given.place_id or given.component_id
        if kind == POINTS and thing:
            return []
        return [Problem("geometry", "is required, or the place or component of a point")]
    try:
        if given.target.kind != kind:
            return [Problem("geometry", f"must be of {kind}, as the plan is")]
        samples_of(given.target, Rules().step_m)
    except InvalidInput as error:
        return error.problems
    return []


def _update(connection: Connection[Any], plan: int, values: Row) -> None:
    parts = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    statement = sql.SQL("UPDATE patrol_plan SET {} WHERE id = %(id)s").format(sql.SQL(", ").join(parts))
    connection.execute(statement, {**values, "id": plan})


def _write_targets(
    connection: Connection[Any], plan: int, edition: int, targets: Sequence[GivenTarget]
) -> None:
    for number, given in enumerate(targets):
        shape = given.target or replace(Target(shapely.Point()), **given.measures)
        geom = None if given.target is None else shapely.to_wkb(shapely.force_2d(shape.geometry))
        values = {name: getattr(shape, name) for name in _MEASURES}
        values |= {"plan_id": plan, "seq": number + 1, "name": given.name, "geom": geom, "edition": edition}
        values |= {"place_id": given.place_id, "component_id": given.component_id}
        if not connection.execute(query(ROOM, "target_add"), values).rowcount:
            where = "place_id" if given.place_id else "component_id"
            raise InvalidInput.at(f"targets[{number}].{where}", "names nothing that is there for you")


def _write_members(
    connection: Connection[Any], plan: int, members: Sequence[Member],
    before: Mapping[tuple[Any, ...], datetime] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Write who does it; before: since when those do who were members already."""
    if len(members) > MOST_MEMBERS:
        raise InvalidInput.at("members", f"must be {MOST_MEMBERS} at most")
    for number, member in enumerate(members):
        group = member.organisation or member.unit_code
        if (member.mover_id is None) == (group is None):
            raise InvalidInput.at(f"members[{number}]", "must name a mover, or an organisation or unit")
        organisation = member.organisation and organisation_id(connection, member.organisation)
        who = (member.mover_id, organisation, member.unit_code)
        values: Row = dict(zip(("mover_id", "organisation_id", "unit_code"), who, strict=True))
        values |= {"plan_id": plan, "since": before.get(who), "area": AREA_STANDPOINT}
        if not connection.execute(query(ROOM, "member_add"), values).rowcount:
            raise InvalidInput.at(f"members[{number}].{_field(member)}", "names nobody who is there for you")


def _field(member: Member) -> str:
    if member.mover_id is not None:
        return "mover_id"
    return "organisation" if member.unit_code is None else "unit_code"
