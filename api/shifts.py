"""Shifts (排班), the shift sheet (考勤表), who is on duty by day, and scores (考核)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.patrols import (
    Key,
    NewShifts,
    OnDutyQuery,
    PeopleQuery,
    ScoreRuleSent,
    ScoresQuery,
    SheetFileQuery,
    SheetQuery,
    ShiftChange,
    ShiftsQuery,
)
from spatial.patrols.sheets import attendance, files, scores, shifts
from spatial.people.organisations import organisation_id

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
RuleName = Annotated[Key, Path()]
_TITLE = "考勤表"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/api/shifts")
def listed(connection: ConnectionOf, asked: Annotated[ShiftsQuery, Query()]) -> Json:
    """List shifts, newest first."""
    organisation = organisation_id(connection, asked.organisation)
    wanted = shifts.Wanted(
        asked.mover, asked.unit, organisation, asked.since, asked.until, asked.before, asked.limit
    )
    return page("shifts", shifts.listed(connection, wanted), asked.limit)


@router.post("/api/shifts", status_code=201)
def add(connection: ConnectionOf, reader: ReaderOf, sent: NewShifts) -> Json:
    """Write shifts, all or none; those of one mover must not overlap."""
    given = [shifts.NewShift(**each.model_dump()) for each in sent.shifts]
    return {"ids": shifts.add(connection, reader, given, sent.source)}


@router.get("/api/shifts/{identifier}")
def shift(identifier: Number, connection: ConnectionOf) -> Json:
    """Show one shift."""
    return shifts.read(connection, identifier)


@router.patch("/api/shifts/{identifier}")
def change(identifier: Number, connection: ConnectionOf, sent: ShiftChange) -> Json:
    """Change when a shift is, or its kind."""
    shifts.change(connection, identifier, sent.model_dump(exclude_unset=True))
    return shifts.read(connection, identifier)


@router.delete("/api/shifts/{identifier}", status_code=204)
def remove(identifier: Number, connection: ConnectionOf) -> None:
    """Take a shift away."""
    shifts.remove(connection, identifier)


@router.get("/api/shift-sheet")
def sheet(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[SheetQuery, Query()]) -> Json:
    """Say of each mover and day who was to be on duty, who came, how far and how long."""
    wanted = replace(_wanted(connection, asked), after=asked.behind, limit=asked.limit)
    found = attendance.sheet(connection, reader, wanted, datetime.now(UTC))
    full = len(found) == asked.limit
    behind = f"{found[-1]['mover_id']}.{found[-1]['day']}" if full else None
    return {"rows": found, "next": behind}


@router.get("/api/shift-sheet/file", response_class=Response)
def sheet_file(
    connection: ConnectionOf, reader: ReaderOf, asked: Annotated[SheetFileQuery, Query()]
) -> Response:
    """Give the whole sheet as CSV or XLSX, times by the city's clock."""
    wanted = _wanted(connection, asked)
    return _file(attendance.whole_sheet(connection, reader, wanted, datetime.now(UTC)), asked.f)


@router.get("/api/on-duty")
def on_duty(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[OnDutyQuery, Query()]) -> Json:
    """Count who was to be on duty and who came, by day and by organisation or unit."""
    found = attendance.on_duty(connection, reader, _wanted(connection, asked), asked.by, asked.level)
    return {"by": asked.by, "rows": found}


@router.get("/api/scores")
def scored(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[ScoresQuery, Query()]) -> Json:
    """Score everybody on the shift sheet of these days by a rule, best first, part by part."""
    rule = scores.rule_named(connection, asked.rule)
    wanted = _wanted(connection, asked)
    rows = attendance.whole_sheet(connection, reader, wanted, datetime.now(UTC))
    return {"rule": rule.name, "scores": scores.scores(connection, rule, rows, wanted.first, wanted.last)}


@router.get("/api/score-rules")
def rules(connection: ConnectionOf) -> Json:
    """List the rules that scores are added up by."""
    return {"rules": scores.rules(connection)}


@router.put("/api/score-rules/{name}")
def put_rule(name: RuleName, connection: ConnectionOf, sent: ScoreRuleSent) -> Json:
    """Write a rule, in the place of the one of its name."""
    scores.put_rule(connection, scores.Rule(name, sent.title, sent.parts, sent.words, sent.title_en))
    return vars(scores.rule_named(connection, name))


@router.delete("/api/score-rules/{name}", status_code=204)
def remove_rule(name: RuleName, connection: ConnectionOf) -> None:
    """Take a rule away."""
    scores.remove_rule(connection, name)


def _wanted(connection: Connection[Any], asked: PeopleQuery) -> attendance.Wanted:
    since, until = asked.days
    organisation = organisation_id(connection, asked.organisation)
    return attendance.Wanted(since, until - timedelta(days=1), asked.unit, organisation, asked.mover)


def _file(rows: list[Json], form: str) -> Response:
    heads = [title for _, title in attendance.COLUMNS]
    cells = attendance.cells(rows)
    content = files.as_csv(heads, cells) if form == "csv" else files.as_xlsx(_TITLE, heads, cells)
    headers = {"content-disposition": f'attachment; filename="shift-sheet.{form}"'}
    return Response(content, media_type="text/csv" if form == "csv" else _XLSX, headers=headers)
