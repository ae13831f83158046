"""Bodies and parameters of the routes of patrol plans, their results, shifts and scores."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from api.schemas.accounts import Body, Number
from api.schemas.figures import SpanQuery
from api.schemas.places import Code, Datum, Day, Lat, Line, Lon, Name, Note, Object, Unit
from api.schemas.plans import Moment, Storable
from spatial.errors import InvalidInput

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Clock = Annotated[time, Field(strict=False)]
Measure = Annotated[float, Field(ge=0, le=2_678_400, allow_inf_nan=False)]
Time = Annotated[str, Field(max_length=40)]
Limit = Annotated[int, Field(ge=1, le=1000)]
Weekday = Annotated[int, Field(ge=1, le=7)]


class SentTarget(Body):
    """A point, line or area, or the place or component that a point is."""

    geometry: Object | None = None
    """GeoJSON, in the plan's `datum`."""
    name: Line = ""
    place_id: Number | None = None
    component_id: Number | None = None
    radius_m: Annotated[Measure, Field(ge=1, le=1000)] = 20.0
    dwell_s: Annotated[Measure, Field(le=86_400)] = 0.0
    buffer_m: Annotated[Measure, Field(ge=1, le=200)] = 15.0
    directed: bool = False
    cell_m: Annotated[Measure, Field(ge=10, le=1000)] = 50.0
    revisit_s: Measure = 0.0
    weight: Annotated[Measure, Field(gt=0, le=1000)] = 1.0


class SentMember(Body):
    """Who patrols: a mover, or everybody of an organisation, of a unit, or of both."""

    mover_id: Number | None = None
    organisation: Code | None = None
    unit_code: Unit | None = None


class PlanChange(Body):
    """What of a plan is to be otherwise; what is not sent stays."""

    name: Name = ""
    unit_code: Unit | None = None
    organisation: Code | None = None
    valid_from: Day = date(2000, 1, 1)
    valid_until: Day | None = None
    starts: Clock = time(0)
    ends: Clock = time(0)
    period: Literal["day", "week", "month"] = "day"
    days: Literal["all", "working", "off"] = "all"
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = [1, 2, 3, 4, 5, 6, 7]
    every: Annotated[int, Field(ge=1, le=366)] = 1
    rounds: Annotated[int, Field(ge=1, le=96)] = 1
    together: bool = False
    rules: Object = {}
    note: Note = ""
    retired: bool = False
    targets: Annotated[list[SentTarget], Field(max_length=500)] | None = None
    members: Annotated[list[SentMember], Field(max_length=1000)] | None = None
    datum: Datum = "wgs84"


class NewPlan(PlanChange):
    """A patrol plan."""

    name: Name
    kind: Literal["points", "lines", "areas"]
    valid_from: Day
    starts: Clock
    ends: Clock
    targets: Annotated[list[SentTarget], Field(min_length=1, max_length=500)]


class PlanCheck(Body):
    """A plan to be held against a day that is over; nothing is kept."""

    day: Day
    movers: Annotated[list[Number], Field(min_length=1, max_length=50)]
    plan_id: Number | None = None
    """A plan there is; the rest is left out then."""
    kind: Literal["points", "lines", "areas"] | None = None
    starts: Clock = time(0)
    ends: Clock = time(0)
    rounds: Annotated[int, Field(ge=1, le=24)] = 1
    together: bool = False
    rules: Object = {}
    targets: Annotated[list[SentTarget], Field(max_length=100)] = []
    datum: Datum = "wgs84"


class NewRecord(Body):
    """What somebody found at a place, a component or a pipe."""

    result: Literal["normal", "abnormal", "no_access"]
    note: Note = ""
    place_id: Number | None = None
    component_id: Number | None = None
    link_id: Number | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    at: Moment | None = None


Kind = Annotated[str, Field(min_length=1, max_length=40), Storable]


class NewShift(Body):
    """A shift of a mover."""

    mover_id: Number
    starts_at: Moment
    ends_at: Moment
    kind: Kind = "day"


class NewShifts(Body):
    """Shifts, written all or none."""

    shifts: Annotated[list[NewShift], Field(min_length=1, max_length=5000)]
    source: Annotated[str, Field(min_length=1, max_length=60), Storable] = "hand"


class ShiftChange(Body):
    """What of a shift is to be otherwise."""

    starts_at: Moment | None = None
    ends_at: Moment | None = None
    kind: Kind | None = None


class ScoreRuleSent(Body):
    """How a score is added up."""

    title: Name
    title_en: Line = ""
    parts: dict[str, Any]
    words: dict[str, Any]


class Span(BaseModel):
    """Between two times; both may be left out."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None

    @property
    def since(self) -> datetime | None:
        """The begin."""
        return None if self.start is None else moment(self.start, "from")

    @property
    def until(self) -> datetime | None:
        """The end."""
        return None if self.end is None else moment(self.end, "to")


class PlansQuery(BaseModel):
    """Which plans."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["points", "lines", "areas"] | None = None
    unit: Unit | None = None
    organisation: Code | None = None
    mover: Number | None = None
    retired: bool = False
    q: Annotated[str, Field(min_length=1, max_length=80), Storable] | None = None
    before: Number | None = None
    limit: Limit = 100


WORD = "(open|done|partly|missed|cannot_tell)"
Words = Annotated[str, Field(pattern=f"^{WORD}(,{WORD})*$")]


class ResultsQuery(Span):
    """Which due patrols; several words between commas."""

    plan: Number | None = None
    mover: Number | None = None
    unit: Unit | None = None
    word: Words | None = None
    before: Number | None = None
    limit: Limit = 100


class MissedQuery(Span):
    """Which missed parts."""

    plan: Number | None = None
    mover: Number | None = None
    word: Words | None = None
    bbox: Annotated[str, Field(max_length=120)] | None = None
    before: Number | None = None
    limit: Limit = 1000


class RecordsQuery(Span):
    """Which records."""

    place: Number | None = None
    component: Number | None = None
    link: Number | None = None
    mover: Number | None = None
    result: Literal["normal", "abnormal", "no_access"] | None = None
    before: Number | None = None
    limit: Limit = 100


class ShiftsQuery(Span):
    """Which shifts."""

    mover: Number | None = None
    unit: Unit | None = None
    organisation: Code | None = None
    before: Number | None = None
    limit: Limit = 100


class PeopleQuery(SpanQuery):
    """Whose days."""

    unit: Unit | None = None
    organisation: Code | None = None
    mover: Number | None = None


class SheetFileQuery(PeopleQuery):
    """What file the shift sheet is to be."""

    f: Literal["csv", "xlsx"] = "xlsx"


class SheetQuery(PeopleQuery):
    """Which rows of the shift sheet."""

    after: Annotated[str, Field(pattern=r"^[0-9]{1,18}\.[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000

    @property
    def behind(self) -> tuple[int, date]:
        """Mover and day that the page begins behind."""
        if self.after is None:
            return 0, date.min
        mover, _, day = self.after.partition(".")
        try:
            return int(mover), date.fromisoformat(day)
        except ValueError:
            raise InvalidInput.at("after", "must be as `next` gave it") from None


class OnDutyQuery(PeopleQuery):
    """By what the people on duty are counted."""

    by: Literal["organisation", "unit"] = "organisation"
    level: Annotated[int, Field(ge=1, le=4)] = 2


class ScoresQuery(PeopleQuery):
    """By which rule."""

    rule: Key = "patrol"
