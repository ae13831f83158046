"""Review of plans: problems, impact, differences, conflicts, comments, waivers, and the way to the public."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.plan_texts import conflicts_json, diff_json, done_json, issues_json, plan_json
from api.plan_ways import found_issues, impact_json, step_along
from api.schemas.plans import Choices, Counter, Decision, NewComment, NewWaiver, Publishing, Seconds
from api.tags import MatchNumber, tagged
from grid_editor import editing, store
from grid_editor.plan import Plan, check_may_edit, is_district
from grid_editor.state import State
from spatial.database import session
from spatial.errors import Conflict, Forbidden, InvalidInput

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
LOOK_S = 0.1


@router.get("/api/plans/{identifier}/problems")
def problems(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Check everything that a plan touches; `blocks` says which issues keep it from going on."""
    plan = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, plan)
    found = issues_json(state, found_issues(connection, reader, plan, state), reader)
    blocking = sum(each["blocks"] for each in found)
    return tagged(answer, {"etag": plan.etag, "issues": found, "blocking": blocking})


@router.get("/api/plans/{identifier}/diff")
def diff(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Show what a plan changes: every unit and arc before and after."""
    plan = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, plan)
    return tagged(answer, {"etag": plan.etag, **diff_json(state, reader, city.bases.codes(state))})


@router.get("/api/plans/{identifier}/impact")
def consequences(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Compare every unit that a plan touches before and after: area, people, events, what changes hands."""
    plan = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, plan)
    return tagged(answer, {"etag": plan.etag, **impact_json(connection, reader, state)})


@router.get("/api/plans/{identifier}/conflicts")
def conflicts(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Show what of a plan touches what was published since: base, mine and published."""
    plan = store.read(connection, identifier)
    newest, _ = store.newest_version(connection, plan.coverage)
    found = editing.compared(connection, city.bases, plan)
    old, new = (State(city.bases.base(plan.coverage, version)) for version in (plan.base_version, newest))
    body = {"etag": plan.etag, "version": newest, **conflicts_json(found, old, new, reader)}
    return tagged(answer, body)


@router.post("/api/plans/{identifier}/rebase")
def rebase(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Choices,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Lay a plan over the newest version, with a choice for each conflict; a step that can be undone."""
    done = editing.rebase_plan(connection, city.bases, reader, identifier, sent.choices, match)
    return tagged(answer, done_json(connection, city, reader, done))


@router.get("/api/plans/{identifier}/comments")
def comments(identifier: Number, connection: ConnectionOf) -> Json:
    """List what was said about a plan, oldest first."""
    return {"comments": store.comments(connection, store.read(connection, identifier))}


@router.post("/api/plans/{identifier}/comments", status_code=201)
def comment(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: NewComment) -> Json:
    """Say something about a plan, perhaps of a place or a unit."""
    if (sent.lon is None) != (sent.lat is None):
        raise InvalidInput.at("lon", "goes with lat")
    said = {"text": sent.text, "lon": sent.lon, "lat": sent.lat, "unit_id": sent.unit}
    return store.comment(connection, reader, store.read(connection, identifier), said)


@router.post("/api/plans/{identifier}/waivers", status_code=201)
def waive(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: NewWaiver,
    match: MatchNumber,
) -> Json:  # fmt: skip
    """Accept a warning, with the reason; an error is put right, not accepted."""
    plan = _waivable(store.locked(connection, identifier, match), reader)
    state = editing.state_of(connection, city.bases, plan)
    found = [each for each in found_issues(connection, reader, plan, state) if each.id == sent.issue]
    if not found or found[0].severity != "warning":
        raise InvalidInput.at("issue", "is no warning of this plan")
    store.waive(connection, reader, plan, sent.issue, found[0].rule, sent.reason)
    return {"etag": store.touch(connection, plan), "waivers": store.waivers(connection, plan)}


@router.delete("/api/plans/{identifier}/waivers/{issue}", status_code=204)
def unwaive(
    identifier: Number, issue: str, connection: ConnectionOf, reader: ReaderOf, match: MatchNumber
) -> None:
    """Accept a warning no longer."""
    plan = _waivable(store.locked(connection, identifier, match), reader)
    store.unwaive(connection, plan, issue)
    store.touch(connection, plan)


@router.post("/api/plans/{identifier}/submit")
def submit(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Decision,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Hand a plan to a reviewer; 400 names the issues that are left."""
    plan = step_along(connection, city, reader, identifier, "submit", sent.text, match)
    return tagged(answer, plan_json(connection, city, reader, plan))


@router.post("/api/plans/{identifier}/approve")
def approve(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Decision,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Approve a plan that was submitted."""
    plan = step_along(connection, city, reader, identifier, "approve", sent.text, match)
    return tagged(answer, plan_json(connection, city, reader, plan))


@router.post("/api/plans/{identifier}/return")
def give_back(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Decision,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Return a plan to its drafter, with the reason."""
    plan = step_along(connection, city, reader, identifier, "return", sent.text, match)
    return tagged(answer, plan_json(connection, city, reader, plan))


@router.post("/api/plans/{identifier}/withdraw")
def withdraw(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Decision,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Give a plan up; it stays to be read."""
    plan = step_along(connection, city, reader, identifier, "withdraw", sent.text, match)
    return tagged(answer, plan_json(connection, city, reader, plan))


@router.post("/api/plans/{identifier}/publish", status_code=202)
def publish(
    identifier: Number, reader: ReaderOf, city: CityOf, sent: Publishing, match: MatchNumber,
    answer: Response, wait: Annotated[Seconds, Query()] = 0,
) -> Json:  # fmt: skip
    """Have an approved plan published by the job process; the plan says what became of it.

    wait: seconds to wait for that; 200 then, with the plan as published or with its `publish_problem`.
    """
    with session(city.database, reader) as connection:
        step_along(
            connection, city, reader, identifier, "publish", sent.text, match, effective_at=sent.effective_at
        )
    answer.headers["location"] = f"/api/plans/{identifier}"
    return tagged(answer, _outcome(city, reader, identifier, wait, answer))


@router.post("/api/plans/{identifier}/counter", status_code=201)
def counter(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: Counter,
    answer: Response,
) -> Json:  # fmt: skip
    """Draft the plan that takes a published one back; it goes the way of every plan."""
    plan = editing.counter(connection, city.bases, reader, identifier, sent.title)
    answer.headers["location"] = f"/api/plans/{plan.id}"
    return tagged(answer, plan_json(connection, city, reader, plan))


def _outcome(city: CityOf, reader: ReaderOf, identifier: int, wait_s: float, answer: Response) -> Json:
    until = time.monotonic() + wait_s
    while True:
        with session(city.database, reader) as connection:
            plan = store.read(connection, identifier)
            if not plan.is_waiting or time.monotonic() >= until:
                answer.status_code = 202 if plan.is_waiting else 200
                return plan_json(connection, city, reader, plan)
        time.sleep(LOOK_S)


def _waivable(plan: Plan, reader: ReaderOf) -> Plan:
    """While it is drafted its drafter accepts warnings, while it is reviewed the reviewer."""
    if plan.status == "submitted":
        if not is_district(reader):
            raise Forbidden("while a plan is reviewed, warnings are accepted by district administrators")
    elif plan.is_open:
        check_may_edit(plan, reader)
    else:
        raise Conflict(f"plan {plan.no} is {plan.status}")
    return plan
