"""Coverages and their units: what there is at a moment, what became of it, figures restated."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from psycopg import Connection

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.moments import moment
from api.schemas.grids import CrosswalkQuery, StatisticsQuery, UnitQuery, UnitsQuery
from spatial.errors import InvalidInput
from spatial.grids import directory, restated
from spatial.grids.coverages import read_coverage, read_coverages
from spatial.grids.crosswalk import COLUMNS, Share, crosswalk, events_until, read_side
from spatial.grids.stamps import STAMPED_COVERAGE
from spatial.rasters import population_weights

router = APIRouter(tags=["grids"])

Json = dict[str, Any]


@router.get("/api/grids/coverages")
def coverages(connection: ConnectionOf) -> Json:
    """List the coverages (网格体系) of the city with their rules and the version in force."""
    versions = directory.newest(connection)
    found = read_coverages(connection).values()
    return {"coverages": [{**asdict(each), "in_force": versions.get(each.name)} for each in found]}


@router.get("/api/grids/units")
def units(connection: ConnectionOf, asked: Annotated[UnitsQuery, Query()]) -> Json:
    """List the units of a level (the base units, unless told) at a moment, in the order of their codes."""
    level = asked.level or read_coverage(connection, asked.coverage).depth
    found = directory.units(
        connection, asked.coverage, level, asked.moment,
        parent=asked.parent, bbox=asked.box, after=asked.after, limit=asked.limit,
    )  # fmt: skip
    return {"coverage": asked.coverage, "level": level, "at": asked.at, "units": found}


@router.get("/api/grids/units/{code}")
def unit(code: str, connection: ConnectionOf, asked: Annotated[UnitQuery, Query()]) -> Json:
    """Tell everything of the unit that had a code at a moment: people, versions, lineage."""
    return directory.portrait(connection, asked.coverage, code, asked.moment)


@router.get("/api/grids/crosswalk", response_model=None)
def crosswalk_between(connection: ConnectionOf, asked: Annotated[CrosswalkQuery, Query()]) -> Json | Response:
    """Share out units among those of another version or moment, or of another coverage (`other`)."""
    target = asked.other or asked.coverage
    start = _moment_of(connection, asked.coverage, asked.start, "from")
    end = _moment_of(connection, target, asked.end, "to")
    before = read_side(connection, asked.coverage, start, asked.level)
    after = read_side(connection, target, end, asked.level if asked.other is None else None)
    events = events_until(connection, start and end and max(start, end))
    shares = crosswalk(before, after, {**population_weights(connection), "events": events})
    if asked.f == "csv":
        return _csv(shares)
    return {"coverage": asked.coverage, "other": target, "shares": [asdict(share) for share in shares]}


@router.get("/api/grids/statistics")
def statistics(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[StatisticsQuery, Query()]
) -> Json:
    """Count by unit: as counted then, or restated on the units of a moment (`at`, now unless told)."""
    level = _level(connection, asked)
    points = restated.read_points(connection, asked.of, *asked.span)
    if asked.counted == "then":
        return _figures(asked, None, *restated.counted_then(connection, points, level))
    answers = city.assignments(asked.coverage, asked.moment, reader)
    located = answers.locate(points.lon, points.lat)[0]
    figures = restated.counted_on(answers.published.chains, located, level)
    return _figures(asked, answers.published.version, *figures)


def _level(connection: Connection[Any], asked: StatisticsQuery) -> int:
    depth = read_coverage(connection, asked.coverage).depth
    if asked.level is not None and asked.level > depth:
        raise InvalidInput.at("level", f"'{asked.coverage}' has {depth} levels")
    if asked.counted == "then" and asked.coverage != STAMPED_COVERAGE:
        raise InvalidInput.at(
            "counted", f"only '{STAMPED_COVERAGE}' was counted by at the time: use restated"
        )
    if asked.counted == "then" and asked.at is not None:
        raise InvalidInput.at("at", "goes with restated: what was counted then stays as it was")
    return asked.level or depth


def _figures(asked: StatisticsQuery, version: int | None, figures: Sequence[Any], lost: int) -> Json:
    units = [asdict(figure) for figure in figures]
    return {"of": asked.of, "counted": asked.counted, "version": version, "units": units, "unassigned": lost}


def _moment_of(connection: Connection[Any], coverage: str, text: str | None, where: str) -> datetime | None:
    """A version's number stands for the moment it came into force."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return directory.version_moment(connection, coverage, int(text))
    return moment(text, where)


def _csv(shares: Sequence[Share]) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(share.row() for share in shares)
    headers = {"content-disposition": 'attachment; filename="crosswalk.csv"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)
