"""The working calendar and the deadlines: read by everybody, changed by administrators of the whole city."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import ConnectionOf, ReaderOf
from api.schemas.events import CalendarSent, RulesSent
from spatial.database import query
from spatial.events.deadlines import ROOM, Rule, put_days, put_hours, put_rules, read_deadlines
from spatial.events.holidays import SOURCE, holidays_of
from spatial.people.administration import check_over_everything

router = APIRouter(tags=["events"])

Json = dict[str, Any]


@router.get("/api/working-calendar")
def calendar(connection: ConnectionOf) -> Json:
    """Tell the working hours of the week, and the days that are otherwise."""
    days = connection.execute(query(ROOM, "calendar_named_days")).fetchall()
    hours = read_deadlines(connection).calendar.hours
    return {
        "hours": [dict(zip(("weekday", "opens", "closes"), row, strict=True)) for row in hours],
        "days": [dict(zip(("day", "working", "name"), row, strict=True)) for row in days],
    }


@router.put("/api/working-calendar")
def change_calendar(connection: ConnectionOf, reader: ReaderOf, sent: CalendarSent) -> Json:
    """Change working hours and days; deadlines that were given before stay as they are."""
    check_over_everything(reader)
    if sent.hours is not None:
        put_hours(connection, [(each.weekday, each.opens, each.closes) for each in sent.hours])
    put_days(connection, [(each.day, each.working, each.name) for each in sent.days])
    return calendar(connection)


@router.get("/api/working-calendar/holidays")
def holidays(year: Annotated[int, Query(ge=1, le=9999)]) -> Json:
    """Tell the holidays of a year as `days` that the calendar takes; 404 for a year not announced yet."""
    days = [dict(zip(("day", "working", "name"), row, strict=True)) for row in holidays_of(year)]
    return {"year": year, "source": SOURCE, "days": days}


@router.get("/api/deadline-rules")
def rules(connection: ConnectionOf) -> Json:
    """List how long each stage may take, and the shares of it (percent) that are warned of."""
    return {"rules": [vars(rule) for rule in read_deadlines(connection).rules]}


@router.put("/api/deadline-rules")
def change_rules(connection: ConnectionOf, reader: ReaderOf, sent: RulesSent) -> Json:
    """Put other deadlines in the place of those that are; they hold from the next step on."""
    check_over_everything(reader)
    rows = [each.model_dump() for each in sent.rules]
    put_rules(connection, [Rule(**{**row, "warnings": tuple(row["warnings"])}) for row in rows])
    return rules(connection)
