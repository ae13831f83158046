"""What became of due patrols (巡查结果), what was missed (漏巡), and what was found on the way (巡检记录)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import point_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.patrols import MissedQuery, NewRecord, RecordsQuery, ResultsQuery
from api.schemas.places import box_of
from spatial.database import as_platform
from spatial.patrols.plans import dues, judging, missed, records

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
_GEOJSON = "application/geo+json"


@router.get("/api/patrol-results")
def results(connection: ConnectionOf, asked: Annotated[ResultsQuery, Query()]) -> Json:
    """List due patrols with what became of them, newest first; a result is null for who may not know."""
    wanted = dues.Wanted(
        asked.plan, asked.mover, asked.unit, _words(asked.word), asked.since, asked.until, asked.before,
        asked.limit,
    )  # fmt: skip
    return page("results", dues.listed(connection, wanted), asked.limit)


@router.get("/api/patrol-results/{identifier}")
def result(identifier: Number, connection: ConnectionOf) -> Json:
    """Show one due patrol with what became of each target."""
    return dues.read(connection, identifier)


@router.get("/api/patrol-results/{identifier}/missed")
def missed_of(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Give what is missing of one due patrol as GeoJSON, a feature for each target."""
    dues.read(connection, identifier)
    answer.headers["content-type"] = _GEOJSON
    found = missed.features(connection, missed.Wanted(due_id=identifier))
    return {"type": "FeatureCollection", "features": found}


@router.get("/api/patrol-missed")
def all_missed(connection: ConnectionOf, asked: Annotated[MissedQuery, Query()], answer: Response) -> Json:
    """Give missed parts as GeoJSON, newest first; `next` is the `before` of the next page."""
    wanted = missed.Wanted(
        None, asked.plan, asked.mover, _words(asked.word), asked.since, asked.until, box_of(asked.bbox),
        asked.before, asked.limit,
    )  # fmt: skip
    answer.headers["content-type"] = _GEOJSON
    found = missed.features(connection, wanted)
    return {"type": "FeatureCollection", **page("features", found, asked.limit)}


@router.get("/api/patrol-records")
def all_records(connection: ConnectionOf, asked: Annotated[RecordsQuery, Query()]) -> Json:
    """List what was found on patrol, newest first."""
    wanted = records.Wanted(
        asked.place, asked.component, asked.link, asked.mover, asked.result, asked.since, asked.until,
        asked.before, asked.limit,
    )  # fmt: skip
    return page("records", records.listed(connection, wanted), asked.limit)


@router.post("/api/patrol-records", status_code=201)
def record(connection: ConnectionOf, reader: ReaderOf, sent: NewRecord, answer: Response) -> Json:
    """Write what was found at a place, a component or a pipe; it counts for patrols that are due there."""
    given = sent.model_dump(exclude={"lon", "lat", "datum"})
    found = records.Found(**given, stood=point_in(sent.lon, sent.lat, sent.datum))
    number = records.add(connection, reader, found)
    made = records.read(connection, number)
    with as_platform(connection, reader):
        for due in records.dues_of(connection, made):
            judging.judge_by_id(connection, due)
    answer.headers["location"] = f"/api/patrol-records/{number}"
    return made


@router.get("/api/patrol-records/{identifier}")
def one_record(identifier: Number, connection: ConnectionOf) -> Json:
    """Show one record."""
    return records.read(connection, identifier)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
