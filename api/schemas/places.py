"""Bodies and parameters of the routes of places, their kinds, inspections and proposals."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.plans import Moment, Storable
from spatial.errors import InvalidInput
from spatial.geometry.datum import DATUMS
from spatial.types import BBox

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=100), Storable]
Name = Annotated[str, Field(min_length=1, max_length=200), Storable]
Line = Annotated[str, Field(max_length=200), Storable]
Note = Annotated[str, Field(max_length=2000), Storable]
Reason = Annotated[str, Field(min_length=4, max_length=1000), Storable]
Code = Annotated[str, Field(min_length=1, max_length=40), Storable]
Lon = Annotated[float, Field(ge=-180, le=180, strict=False)]
Lat = Annotated[float, Field(ge=-90, le=90, strict=False)]
Level = Annotated[int, Field(ge=1, le=4)]
Days = Annotated[int, Field(ge=1, le=3660)]
Day = Annotated[date, Field(strict=False)]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Object = dict[str, Any]
assert set(DATUMS) == {"wgs84", "cgcs2000", "gcj02", "bd09"}


class KindChange(Body):
    """What of a kind is to be otherwise; what is not sent stays."""

    title: Title = ""
    title_en: Annotated[str, Field(max_length=100), Storable] = ""
    icon: Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_-]*$")] = ""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = "#5b6b7b"
    risk_bearing: bool = True
    extras: Object = {}
    """JSON schema of the fields that such places have beside the common ones."""
    checklist: Object = {}
    """JSON schema of what inspections find."""
    every_days: Annotated[list[Days], Field(min_length=4, max_length=4)] = [7, 30, 90, 180]
    """Days between inspections at red, orange, yellow and blue."""
    lead_days: Annotated[int, Field(ge=0, le=365)] = 3
    raise_after: Annotated[int, Field(ge=0, le=20)] = 2
    lower_after: Annotated[int, Field(ge=0, le=20)] = 4
    responsible_role: Annotated[str, Field(min_length=1, max_length=40), Storable] = "grid_leader"
    event_category: Code | None = None
    public_rank: Annotated[int, Field(ge=1, le=99)] | None = None
    """Where the kind stands on the public page; null: not there."""
    retired: bool = False


class NewKind(KindChange):
    """A kind of places."""

    key: Key
    title: Title


class Person(Body):
    """Somebody who answers for a place."""

    worker_id: Number
    role: Annotated[str, Field(min_length=1, max_length=40), Storable]


class Shape(Body):
    """Where something is: a point, an area, or both, in one datum."""

    lon: Lon | None = None
    lat: Lat | None = None
    area: Object | None = None
    """GeoJSON Polygon or MultiPolygon; null takes it away."""
    datum: Datum = "wgs84"


class PlaceChange(Shape):
    """What of a place is to be otherwise; what is not sent stays."""

    kind: Code = ""
    name: Name = ""
    name_en: Line | None = None
    address: Line | None = None
    risk_level: Level = 4
    risk_reason: Reason | None = None
    """Required with another level, and goes into the place's history."""
    organisation: Code | None = None
    attributes: Object = {}
    people: Annotated[list[Person], Field(max_length=50)] = []


class NewPlace(PlaceChange):
    """A sensitive place."""

    kind: Code
    name: Name
    risk_level: Level


class Decision(Body):
    """What becomes of a proposal."""

    decision: Literal["confirm", "refuse"]
    note: Note = ""


class NewProposal(Body):
    """Another level that a person asks for."""

    to_level: Level
    reason: Reason


class NewInspection(Body):
    """An inspection out of turn."""

    due_on: Day
    worker_id: Number | None = None


class InspectionResult(Body):
    """What was found at a place, and where the inspector stood."""

    result: Literal["normal", "abnormal", "no_access"]
    findings: Object = {}
    note: Note = ""
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    at: Moment | None = None


class Cancelled(Body):
    """Why an inspection is called off."""

    note: Annotated[str, Field(min_length=2, max_length=2000), Storable]


Text = Annotated[str, Field(min_length=1, max_length=80), Storable]
Limit = Annotated[int, Field(ge=1, le=1000)]
Box = Annotated[str, Field(max_length=120)]
Unit = Annotated[str, Field(pattern="^[0-9A-Za-z]{1,40}$")]


class PlaceQuery(BaseModel):
    """Which places; several kinds or levels stand between commas."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=1000), Storable] | None = None
    level: Annotated[str, Field(pattern="^[1-4](,[1-4])*$")] | None = None
    unit: Unit | None = None
    organisation: Code | None = None
    overdue: bool | None = None
    bbox: Box | None = None
    q: Text | None = None
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Limit = 100


class InspectionQuery(BaseModel):
    """Which inspections; several states stand between commas."""

    model_config = ConfigDict(extra="forbid")

    place: Number | None = None
    state: (
        Annotated[str, Field(pattern="^(open|done|missed|cancelled)(,(open|done|missed|cancelled))*$")] | None
    ) = None
    result: Literal["normal", "abnormal", "no_access"] | None = None
    worker: Number | None = None
    mine: bool = False
    unit: Unit | None = None
    overdue: bool = False
    due_from: date | None = None
    due_until: date | None = None
    before: Number | None = None
    limit: Limit = 100


class ProposalQuery(BaseModel):
    """Which proposals."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "confirmed", "refused", "lapsed"] | None = None
    before: Number | None = None
    limit: Limit = 100


def box_of(text: str | None) -> BBox | None:
    """Read west,south,east,north in degrees; InvalidInput at `bbox`."""
    if text is None:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidInput.at("bbox", "must be west,south,east,north in degrees") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput.at("bbox", "must lie within longitude ±180 and latitude ±90, west before east")
    return BBox(west, south, east, north)
