"""Bodies and parameters of the routes of fences and of visits to them."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.patrols import Clock, Limit, Span, Weekday
from api.schemas.places import Code, Datum, Name, Note, Object, Unit
from api.schemas.plans import Storable
from spatial.patrols.fences.areas import MOST_RADIUS_M
from spatial.patrols.fences.visits import LONGEST_S

Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]
Radius = Annotated[float, Field(ge=5, le=MOST_RADIUS_M, allow_inf_nan=False)]
Accuracy = Annotated[float, Field(ge=5, le=500, allow_inf_nan=False)]


class FenceChange(Body):
    """What of a fence is to be otherwise; what is not sent stays."""

    name: Name = ""
    geometry: Object | None = None
    """GeoJSON Point, Polygon or MultiPolygon, in `datum`."""
    radius_m: Radius | None = None
    place_id: Number | None = None
    unit_code: Unit | None = None
    organisation: Code | None = None
    movers: Annotated[list[Number], Field(max_length=1000)] = []
    starts: Clock = time(0)
    ends: Clock = time(0)
    days: Literal["all", "working", "off"] = "all"
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = [1, 2, 3, 4, 5, 6, 7]
    min_dwell_s: Seconds = 0.0
    join_s: Seconds = 120.0
    worst_accuracy_m: Accuracy = 50.0
    notices: bool = True
    note: Note = ""
    retired: bool = False
    datum: Datum = "wgs84"


class NewFence(FenceChange):
    """A fence."""

    name: Name


class FencesQuery(BaseModel):
    """Which fences."""

    model_config = ConfigDict(extra="forbid")

    unit: Unit | None = None
    organisation: Code | None = None
    mover: Number | None = None
    place: Number | None = None
    retired: bool = False
    q: Annotated[str, Field(min_length=1, max_length=80), Storable] | None = None
    before: Number | None = None
    limit: Limit = 100


class VisitsOfQuery(Span):
    """Which visits to one fence."""

    mover: Number | None = None
    before: Annotated[str, Field(pattern=r"^-?[0-9]{1,17}\.[0-9]{1,18}\.[0-9]{1,18}$")] | None = None
    limit: Limit = 100


class VisitsQuery(VisitsOfQuery):
    """Which visits."""

    fence: Number | None = None
