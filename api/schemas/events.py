"""Bodies and parameters of the routes of events."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from api.schemas.accounts import Body, Number
from spatial.events.intake import Person, Report
from spatial.events.intake_report import MOMENTS

Moment = Annotated[AwareDatetime, Field(strict=False)]
# What is in a text is looked at by intake, which names the field and the reason; here only how long it is.
Text = Annotated[str, Field(max_length=10_000)]


class ReporterSent(Body):
    """Who reported it, in clear; it is sealed before it is stored."""

    name: Text | None = None
    phone: Text | None = None
    id_number: Text | None = None
    address: Text | None = None


class ReportSent(Body):
    """One report: a point in `datum`, or an address, or the code of a component."""

    category: Text
    source: Text
    title: Text | None = None
    description: Text | None = None
    lon: float | None = None
    lat: float | None = None
    datum: Text = "wgs84"
    address: Text | None = None
    urgency: Text = "ordinary"
    external_id: Text | None = None
    occurred_at: Moment | None = None
    reported_at: Moment | None = None
    component: Text | None = None
    place_id: Number | None = None
    attributes: dict[str, Any] = {}
    reporter: ReporterSent | None = None
    until: Text = "reported"
    accepted_at: Moment | None = None
    filed_at: Moment | None = None
    dispatched_at: Moment | None = None
    handled_at: Moment | None = None
    verified_at: Moment | None = None
    closed_at: Moment | None = None

    def report(self) -> Report:
        """Make the report of it."""
        given = dict(self)
        moments = {name: at for name in MOMENTS if (at := given.pop(name)) is not None}
        person = Person(**dict(self.reporter)) if self.reporter else None
        return Report(**{**given, "reporter": person}, moments=moments)


class StepSent(Body):
    """A step of an event."""

    verb: Annotated[str, Field(max_length=40)]
    note: Text = ""
    to_organisation: Number | None = None
    to_worker: Number | None = None
    into: Number | None = None


class DuplicateSent(Body):
    """What somebody says of two events that may be one: confirmed, the first is merged into the other."""

    decision: Literal["confirm", "refuse"]
    note: Text = ""


class EventQuery(Body):
    """Which events; all that is given must hold."""

    model_config = {"extra": "ignore", "strict": False}

    state: Annotated[str, Field(max_length=200)] | None = None
    category: Annotated[str, Field(max_length=40)] | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    urgency: Annotated[str, Field(max_length=40)] | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    organisation: Number | None = None
    worker: Number | None = None
    overdue: bool | None = None
    from_: Annotated[AwareDatetime | None, Field(alias="from")] = None
    to: AwareDatetime | None = None
    q: Annotated[str, Field(max_length=100)] | None = None
    cursor: Annotated[str, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class Hours(Body):
    """Working hours of a weekday, 1 Monday … 7 Sunday."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: Annotated[time, Field(strict=False)]
    closes: Annotated[time, Field(strict=False)]


class Day(Body):
    """A day that is not as its weekday is; working null: it is, again."""

    day: Annotated[date, Field(strict=False)]
    working: bool | None
    name: Annotated[str, Field(min_length=1, max_length=60)]


class CalendarSent(Body):
    """What of the working calendar shall be; what is not sent stays."""

    hours: Annotated[list[Hours], Field(max_length=70)] | None = None
    days: Annotated[list[Day], Field(max_length=2000)] = []


class RuleSent(Body):
    """How long a stage may take."""

    category: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    urgency: Literal["ordinary", "urgent", "critical"] | None = None
    stage: Literal["accept", "file", "dispatch", "handle", "verify", "close"]
    minutes: Annotated[int, Field(ge=1, le=5_256_000)]
    clock: Literal["working", "always"] = "working"
    warnings: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(max_length=10)] = [50, 80, 100]


class RulesSent(Body):
    """All deadlines, in place of those that are."""

    rules: Annotated[list[RuleSent], Field(max_length=5000)]
