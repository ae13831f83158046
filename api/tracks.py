"""Tracks of people and vehicles: where they went, verdicts, what days came to, marks by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.moments import moment
from api.paging import Number
from api.schemas.tracks import DaysQuery, MarkQuery, NewMark, SpanQuery, TrackQuery
from spatial.errors import InvalidInput
from spatial.patrols import marks, track_forms, tracks
from spatial.patrols.archive.catalogue import gone_days
from spatial.patrols.days import touched
from spatial.patrols.tracks import Mover, Span, Track, us_of
from spatial.rights.reader import Reader

router = APIRouter(tags=["tracks"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
MOST_FIXES = 300_000
"""Of one answer, but for Arrow."""
MOST_IN_ARROW = 3_000_000
"""A month at one a second."""
_ARROW = "application/vnd.apache.arrow.stream"
_FORM = {"content": {"application/geo+json": {}, "application/gpx+xml": {}, _ARROW: {}}}


@router.get("/api/workers/{identifier}/track", responses={200: _FORM})
def track_of_worker(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[TrackQuery, Query()]
) -> Any:
    """Show where a field worker went in [from, to): fixes with verdicts, stays, trips, sums."""
    return _track(connection, reader, tracks.find_mover(connection, reader, worker=identifier), asked)


@router.get("/api/movers/{identifier}/track", responses={200: _FORM})
def track(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[TrackQuery, Query()]
) -> Any:
    """Show where a person or vehicle went in [from, to): fixes with verdicts, stays, trips, sums."""
    return _track(connection, reader, tracks.find_mover(connection, reader, mover=identifier), asked)


@router.get("/api/movers/{identifier}/days")
def days(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[DaysQuery, Query()]
) -> Json:
    """Tell for each day how far a mover went, how long it moved and stood, and how good its fixes were."""
    mover = tracks.find_mover(connection, reader, mover=identifier)
    found = tracks.summary(connection, reader, mover, asked.days)
    return {"mover": mover.id, "gait": mover.gait, "days": [track_forms.day(each) for each in found]}


@router.get("/api/movers/{identifier}/stays")
def stays(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[SpanQuery, Query()]
) -> Json:
    """List where a mover stayed (停留) in [from, to)."""
    mover = tracks.find_mover(connection, reader, mover=identifier)
    found = Span(connection, reader, mover, *asked.span).stays
    return {"mover": mover.id, "stays": [track_forms.stay(each) for each in found]}


@router.get("/api/movers/{identifier}/trips")
def trips(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[SpanQuery, Query()]
) -> Json:
    """List the ways of a mover between its stays in [from, to)."""
    mover = tracks.find_mover(connection, reader, mover=identifier)
    found = Span(connection, reader, mover, *asked.span).trips
    return {"mover": mover.id, "trips": [track_forms.trip(each) for each in found]}


@router.get("/api/movers/{identifier}/marks")
def marked(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[SpanQuery, Query()]
) -> Json:
    """List which fixes of [from, to) were marked as bad by hand, by whom, and why."""
    mover = tracks.find_mover(connection, reader, mover=identifier)
    return {"mover": mover.id, "marks": marks.listed(connection, mover, *asked.span)}


@router.post("/api/movers/{identifier}/marks", status_code=201)
def mark(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: NewMark) -> Json:
    """Mark a fix as bad: it stays as it is, and counts nowhere any more."""
    mover = tracks.find_mover(connection, reader, mover=identifier)
    made = marks.add(connection, reader, mover, sent.time, sent.mark, sent.reason)
    return {"mover": mover.id, "time": sent.time, "marks": made, "days": _due(sent.time)}


@router.delete("/api/movers/{identifier}/marks")
def unmark(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[MarkQuery, Query()]
) -> Json:
    """Take a mark back."""
    mover, time = tracks.find_mover(connection, reader, mover=identifier), moment(asked.time, "time")
    removed = marks.remove(connection, reader, mover, time, asked.mark)
    return {"mover": mover.id, "removed": removed, "days": _due(time)}


def _due(time: datetime) -> list[str]:
    """Name the days that are graded anew."""
    return [str(day) for day in touched([us_of(time)])]


def _track(connection: Connection[Any], reader: Reader, mover: Mover, asked: TrackQuery) -> Any:
    span = Span(connection, reader, mover, *asked.span)
    _check_size(span.count(), asked.form)
    found = span.track()
    chosen = track_forms.clean_rows(found) if asked.fixes == "clean" else track_forms.every_row(found)
    archived = [str(day) for day in gone_days(connection, reader, mover.id, *asked.span)]
    told = {"x-archived-days": ",".join(archived)} if archived else None
    if asked.form == "arrow":
        return Response(track_forms.arrow(found, chosen), media_type=_ARROW, headers=told)
    if asked.form == "gpx":
        name = f"mover {mover.id} {asked.span[0].isoformat()}"
        drawn = track_forms.gpx(found, mover.parameters.gap_s, name)
        return Response(drawn, media_type="application/gpx+xml", headers=told)
    return _with_sums(span, mover, found, chosen, asked, archived)


def _check_size(count: int, form: str) -> None:
    """Refuse before anything is read."""
    most = MOST_IN_ARROW if form == "arrow" else MOST_FIXES
    if count > most:
        other = "" if form == "arrow" else ", or for form=arrow"
        raise InvalidInput.at(
            "from", f"there are {count:,} fixes, which is more than {most:,}; ask for less time{other}"
        )


def _with_sums(
    span: Span, mover: Mover, found: Track, chosen: Any, asked: TrackQuery, archived: list[str]
) -> Any:
    """Tell the whole; archived: UTC days whose fixes are not among those told."""
    begin, end = asked.span
    about = {
        "mover": mover.id, "worker": mover.worker_id, "gait": mover.gait, "from": begin, "to": end,
        **track_forms.sums(span.sums()), "verdicts": track_forms.counts(found),
        "trips": [track_forms.trip(each) for each in span.trips], "archived_days": archived,
    }  # fmt: skip
    if asked.form == "geojson":
        drawn = track_forms.geojson(found, span.stays, mover.parameters.gap_s, asked.simplify_m, about)
        return JSONResponse(jsonable_encoder(drawn), media_type="application/geo+json")
    return {
        **about, "stays": [track_forms.stay(each) for each in span.stays],
        "fixes": track_forms.rows(found, chosen),
    }  # fmt: skip
