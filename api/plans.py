"""Plans: begin one, operate, undo, redo; what it is now in a box, and its steps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.plan_texts import done_json, plan_json
from api.schemas.plans import Bbox, NewPlan, Operation, PlanChange, PlanQuery
from api.tags import MatchNumber, tagged
from grid_editor import editing, features, store
from grid_editor.editing import Done
from grid_editor.plan import DRAFT, check_may_edit
from spatial.errors import Conflict, InvalidInput
from spatial.people.accounts import storable
from spatial.types import BBox

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.post("/api/plans", status_code=201)
def begin(connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: NewPlan, answer: Response) -> Json:
    """Begin a plan on the newest version of a coverage."""
    plan = editing.begin(connection, reader, store.NewPlan(**sent.model_dump()))
    answer.headers["location"] = f"/api/plans/{plan.id}"
    return tagged(answer, plan_json(connection, city, reader, plan))


@router.get("/api/plans")
def plans(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[PlanQuery, Query()]) -> Json:
    """List plans, newest first; `next` is the `before` of the next page."""
    status = asked.status.split(",") if asked.status else None
    drafter = reader.account_id if asked.mine else None
    found = store.listed(connection, status, asked.coverage, drafter, asked.before, asked.limit)
    more = found[-1].id if len(found) == asked.limit else None
    return {"plans": [{"no": plan.no, **_listed(plan)} for plan in found], "next": more}


@router.get("/api/plans/{identifier}")
def plan(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Describe a plan: what it is, what you may do with it, what was said and waived."""
    found = store.read(connection, identifier)
    said = {"comments": store.comments(connection, found), "waivers": store.waivers(connection, found)}
    return tagged(answer, {**plan_json(connection, city, reader, found), **said})


@router.patch("/api/plans/{identifier}")
def describe(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: PlanChange,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Give a plan another title, basis or moment to come into force."""
    found = store.locked(connection, identifier, match)
    check_may_edit(found, reader)
    store.describe(connection, found, sent.model_dump(exclude_unset=True))
    return tagged(answer, plan_json(connection, city, reader, store.read(connection, identifier)))


@router.delete("/api/plans/{identifier}", status_code=204)
def forget(identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: MatchNumber) -> None:
    """Forget a draft that was never submitted; any other plan is withdrawn and stays to be read."""
    found = store.locked(connection, identifier, match)
    check_may_edit(found, reader)
    if found.status != DRAFT or found.submitted_at is not None:
        raise Conflict(f"plan {found.no} was submitted once: withdraw it")
    store.delete(connection, found)


@router.post("/api/plans/{identifier}/operations")
def operate(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf,
    sent: Annotated[Operation, Body()], match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Do an operation; answers with what to redraw and what the checks find there."""
    _check_texts(sent)
    done = editing.operate(connection, city.bases, reader, identifier, sent, match)
    return tagged(answer, done_json(connection, city, reader, done))


@router.post("/api/plans/{identifier}/undo")
def undo(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, match: MatchNumber,
    answer: Response,
) -> Json:  # fmt: skip
    """Take the last step away."""
    done = editing.undo(connection, city.bases, reader, identifier, match)
    return tagged(answer, done_json(connection, city, reader, done))


@router.post("/api/plans/{identifier}/redo")
def redo(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, match: MatchNumber,
    answer: Response,
) -> Json:  # fmt: skip
    """Do again what was undone last."""
    done: Done = editing.redo(connection, city.bases, reader, identifier, match)
    return tagged(answer, done_json(connection, city, reader, done))


@router.get("/api/plans/{identifier}/steps")
def steps(
    identifier: Number,
    connection: ConnectionOf,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Json:
    """List the steps, a thousand at a time; those that were undone do not count."""
    found = store.steps(connection, store.read(connection, identifier), after)
    return page("steps", found, 1000, "seq")


@router.get("/api/plans/{identifier}/units")
def units(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, bbox: Bbox, answer: Response
) -> Json:
    """Give the units that meet a box as the plan has them, the units above them, and their arcs."""
    found = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, found)
    seen = features.neighbourhood(state, box(bbox), reader, city.bases.codes(state))
    return tagged(answer, {"etag": found.etag, "version": state.base.version, **seen})


def box(text: str) -> BBox:
    """Read west,south,east,north in degrees; InvalidInput."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput.at("bbox", "must be west,south,east,north in degrees") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput.at("bbox", "must be west,south,east,north in degrees, in this order")
    return BBox(west, south, east, north)


def _check_texts(sent: Operation) -> None:
    wrong = [name for name in sent if not storable(name)]
    if wrong:
        raise InvalidInput.at("body", "holds a name that cannot be stored")


def _listed(plan: store.Plan) -> Json:
    left_out = ("drafter_id", "publish_asked_by")
    return {name: value for name, value in vars(plan).items() if name not in left_out}
