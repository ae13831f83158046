"""Patrol plans (巡查计划): what is to be patrolled, by whom and when; and how a past day would be judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import shape_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.patrols import NewPlan, PlanChange, PlanCheck, PlansQuery, SentTarget
from api.tags import Match, check_tag, tagged
from spatial.database import as_platform
from spatial.errors import InvalidInput, Problem
from spatial.events.deadlines import read_deadlines
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.targets import Target
from spatial.patrols.days import day_of
from spatial.patrols.plans import checking, dues, store
from spatial.patrols.plans.recurrence import Recurrence
from spatial.rights.reader import Reader

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
_BESIDE = {"targets", "members", "datum"}
_OF_TARGET = {"geometry", "name", "place_id", "component_id"}


@router.get("/api/patrol-plans")
def plans(connection: ConnectionOf, asked: Annotated[PlansQuery, Query()]) -> Json:
    """List plans, newest first, without their targets."""
    wanted = store.Wanted(
        asked.kind, asked.unit, asked.organisation, asked.mover, asked.retired, asked.q, asked.before,
        asked.limit,
    )  # fmt: skip
    return page("plans", store.listed(connection, wanted), asked.limit)


@router.post("/api/patrol-plans", status_code=201)
def create(connection: ConnectionOf, reader: ReaderOf, sent: NewPlan, answer: Response) -> Json:
    """Write a plan; what is due in the next days stands ready at once."""
    number = store.add(connection, reader, _given(sent))
    _remake(connection, reader, number)
    answer.headers["location"] = f"/api/patrol-plans/{number}"
    return _shown(connection, number, answer)


@router.post("/api/patrol-plans/check")
def check(connection: ConnectionOf, reader: ReaderOf, sent: PlanCheck) -> Json:
    """Hold a plan, kept or not, against a day that is over; nothing is kept."""
    if sent.day > day_of(datetime.now(UTC)):
        raise InvalidInput.at("day", "is not over")
    asked = _asked(connection, sent)
    calendar = read_deadlines(connection).calendar
    return {"day": sent.day, "windows": checking.check(connection, reader, asked, sent.day, calendar)}


@router.get("/api/patrol-plans/{identifier}")
def plan(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show a plan with its targets and who does it."""
    return _shown(connection, identifier, answer)


@router.patch("/api/patrol-plans/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: PlanChange, match: Match,
    answer: Response,
) -> Json:  # fmt: skip
    """Change a plan; what has begun stays judged by the plan as it was."""
    check_tag(match, store.lock(connection, identifier)["edition"])
    store.change(connection, identifier, _given(sent))
    _remake(connection, reader, identifier)
    return _shown(connection, identifier, answer)


@router.delete("/api/patrol-plans/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: Match) -> None:
    """Delete a plan that was never due; one that was is retired."""
    check_tag(match, store.lock(connection, identifier)["edition"])
    # Before the plan itself: with the plan they would go in any order, and grading has one.
    with as_platform(connection, reader):
        dues.forget(connection, identifier)
    store.remove(connection, identifier)


def _shown(connection: Connection[Any], identifier: int, answer: Response) -> Json:
    return tagged(answer, store.read(connection, identifier), "edition")


def _remake(connection: Connection[Any], reader: Reader, plan: int) -> None:
    calendar = read_deadlines(connection).calendar
    with as_platform(connection, reader):
        dues.remake(connection, plan, datetime.now(UTC), calendar)


def _given(sent: PlanChange) -> store.Given:
    given = sent.model_dump(exclude_unset=True, exclude=_BESIDE)
    empty = [name for name in ("name", "kind") if name in given and not given[name]]
    if empty:
        raise InvalidInput([Problem(name, "must not be empty") for name in empty])
    # Null means what it says where it can be; elsewhere it was refused by its type.
    members = sent.members
    return store.Given(
        given,
        None if sent.targets is None else _targets(sent.targets, sent.datum),
        None if members is None else [store.Member(**each.model_dump()) for each in members],
    )


def _targets(sent: list[SentTarget], datum: str) -> list[store.GivenTarget]:
    return [_target(each, datum, f"targets[{number}].geometry") for number, each in enumerate(sent)]


def _target(sent: SentTarget, datum: str, where: str) -> store.GivenTarget:
    measures = sent.model_dump(exclude=_OF_TARGET)
    shape = shape_in(sent.geometry, datum, where)
    drawn = None if shape is None else Target(shape, **measures)
    return store.GivenTarget(drawn, sent.name, sent.place_id, sent.component_id, measures)


def _asked(connection: Connection[Any], sent: PlanCheck) -> checking.Asked:
    if sent.plan_id is not None:
        return _asked_of_kept(connection, sent.plan_id, sent.day, sent.movers)
    if sent.kind is None or not sent.targets:
        raise InvalidInput.at("targets", "are required with their kind, or a plan_id")
    given = _targets(sent.targets, sent.datum)
    problems = [
        replace(problem, where=f"targets[{number}].{problem.where}")
        for number, each in enumerate(given)
        for problem in store.target_problems(sent.kind, each)
    ]
    drawn = [each.target for each in given if each.target is not None]
    problems += [Problem("targets", "must be drawn here")] if len(drawn) < len(given) else []
    if problems:
        raise InvalidInput(problems)
    recurrence = Recurrence(sent.day, sent.starts, sent.ends, rounds=sent.rounds)
    return checking.Asked(drawn, recurrence, Rules.of(sent.rules), sent.movers, sent.together)


def _asked_of_kept(connection: Connection[Any], plan: int, day: date, movers: list[int]) -> checking.Asked:
    row = store.read(connection, plan)
    targets = [each.target for each in store.kept_targets(connection, plan, row["edition"])]
    # Also of days before the plan was made.
    recurrence = replace(dues.recurrence_of(row), valid_from=min(row["valid_from"], day))
    return checking.Asked(targets, recurrence, Rules.of(row["rules"]), movers, row["together"])
