"""Events: reported one by one or many at a time, found, listed, and taken step by step to their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from api.asgi import read_body, takes_files
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.events import EventQuery, ReportSent, StepSent
from api.tags import MatchNumber
from layers import catalogue, features
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem, TooLarge, Unprocessable
from spatial.events import lifecycle, timeline
from spatial.events.intake import MOST_REPORTS, Outcome, Report, take_in
from spatial.events.intake_memory import uncollected
from spatial.events.lifecycle import Asked, parts_of, possible, read_case
from spatial.events.lifecycle_list import Wanted, listed
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

router = APIRouter(tags=["events"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
MOST_BODY = 32 * 1024 * 1024
"""Bytes of a batch."""
_REPORT = TypeAdapter(ReportSent)


@router.post("/api/events", status_code=201)
async def report(reader: ReaderOf, city: CityOf, sent: ReportSent, answer: Response) -> Json:
    """Report an event; sent again under the same source and external id, it is the same one (200)."""
    _check_may_report(reader)
    async with city.slots:
        # One change of threads, where a connection of its own kind took three.
        outcome = await run_in_threadpool(_alone, city, reader, sent)
    if outcome.problems:
        raise Unprocessable(outcome.problems)
    answer.status_code = 201 if outcome.created else 200
    answer.headers["location"] = f"/api/events/{outcome.id}"
    return _taken(outcome)


@router.post("/api/events/batch")
@takes_files
async def batch(request: Request, city: CityOf, reader: ReaderOf) -> Response:
    """Report many at once: {"reports": […]}; answers with one result each, in the order sent."""
    _check_may_report(reader)
    body = await read_body(request.scope, request.receive, MOST_BODY)
    async with city.slots:
        return Response(await run_in_threadpool(_batch, city, reader, body), media_type="application/json")


@router.get("/api/events")
def events(connection: ConnectionOf, asked: Annotated[EventQuery, Query()]) -> Json:
    """List events, newest first; `next` is the `cursor` of the next page."""
    rows, following = listed(connection, _wanted(asked), asked.cursor, asked.limit)
    return {"events": rows, "next": following}


@router.get("/api/events/warnings")
def warnings(
    connection: ConnectionOf,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Json:
    """List warnings that the time of a step is running out; `next` is the `after` of the next page."""
    found = timeline.warnings(connection, after, limit)
    return page("warnings", found, limit)


@router.get("/api/events/{identifier}")
def event(identifier: Number, connection: ConnectionOf, reader: ReaderOf, answer: Response) -> Json:
    """Show an event, what you may do with it, and its files; the ETag is the number of its last step."""
    return _shown(connection, reader, identifier, answer)


@router.get("/api/events/{identifier}/timeline")
def way(identifier: Number, connection: ConnectionOf) -> Json:
    """List all that happened to an event, oldest first."""
    return {"timeline": timeline.timeline(connection, identifier)}


@router.post("/api/events/{identifier}/transitions")
def step(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: StepSent,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Make a step of an event; If-Match says which step was the last that you know of."""
    asked = Asked(**sent.model_dump())
    made = lifecycle.step(connection, city.dispatchers, reader, identifier, asked, match)
    try:
        return _shown(connection, reader, identifier, answer)
    except NotFound:
        # It went to somebody else, out of what this reader sees.
        return {"id": identifier, "state": made.case.state, "parts": [], "possible": []}


def _alone(city: City, reader: Reader, sent: ReportSent) -> Outcome:
    with session(city.database, reader) as connection:
        return take_in(connection, city.desk, reader, [sent.report()])[0]


def _check_may_report(reader: Reader) -> None:
    if reader.role not in RESPONDERS:
        raise Forbidden("this role reads events, and reports none")


def _shown(connection: Any, reader: Reader, identifier: int, answer: Response) -> Json:
    """An event is the layer's feature, flattened, and what is known beside."""
    # The tag is read first: what follows is no older.
    case, tag = read_case(connection, identifier)
    found = features.feature(connection, catalogue.layer(connection, "events"), str(identifier))
    lon, lat = found["geometry"]["coordinates"]
    parts = parts_of(reader, case)
    answer.headers["etag"] = f'"{tag}"'
    return {
        **found["properties"],
        **timeline.described(connection, identifier),
        "lon": lon,
        "lat": lat,
        "etag": tag,
        "parts": sorted(parts),
        "possible": possible(case, parts) if reader.role in RESPONDERS else [],
        "attachments": timeline.attachments(connection, identifier),
    }


def _taken(outcome: Outcome) -> Json:
    return {name: value for name, value in vars(outcome).items() if name != "problems"}


def _wanted(asked: EventQuery) -> Wanted:
    def words(text: str | None) -> list[str] | None:
        return None if text is None else text.split(",")

    return Wanted(
        words(asked.state), words(asked.source), words(asked.urgency), asked.category, asked.unit,
        asked.organisation, asked.worker, asked.overdue, asked.from_, asked.to, asked.q,
    )  # fmt: skip


def _batch(city: City, reader: Reader, body: bytes) -> bytes:
    with uncollected():
        reports, refused = _read(body)
        with session(city.database, reader) as connection:
            outcomes = iter(take_in(connection, city.desk, reader, reports) if reports else ())
        return _answer(refused, outcomes)


def _answer(refused: list[list[Json]], outcomes: Iterator[Outcome]) -> bytes:
    results = [
        {"status": 422, "errors": problems} if problems else _result(next(outcomes)) for problems in refused
    ]
    counts = Counter(each["status"] for each in results)
    said = {name: counts[status] for name, status in (("taken", 201), ("known", 200), ("refused", 422))}
    return orjson.dumps({**said, "results": results})


def _result(outcome: Outcome) -> Json:
    if outcome.problems:
        return {"status": 422, "errors": [asdict(problem) for problem in outcome.problems]}
    return {"status": 201 if outcome.created else 200, **_taken(outcome)}


def _read(body: bytes) -> tuple[list[Report], list[list[Json]]]:
    """Read a batch: the reports that are such, and for each that was sent what is wrong with it."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is no JSON: {error}") from None
    reports = sent.get("reports") if isinstance(sent, dict) else None
    if not isinstance(reports, list):
        raise InvalidInput.at("reports", "must be a list of reports")
    if len(reports) > MOST_REPORTS:
        raise TooLarge.at("reports", f"are {len(reports)}; one batch takes {MOST_REPORTS} at most")
    good: list[Report] = []
    refused = [_one(each, good) for each in reports]
    return good, refused


def _one(sent: Any, good: list[Report]) -> list[Json]:
    try:
        good.append(_REPORT.validate_python(sent).report())
    except ValidationError as error:
        places = [(".".join(map(str, each["loc"])) or "report", each["msg"]) for each in error.errors()]
        return [asdict(Problem(where, reason)) for where, reason in places]
    return []
