"""Bodies and parameters of the routes of those who sign in and out, and of roll calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from api.schemas.accounts import Body, Number
from api.schemas.patrols import Clock, Limit, Span
from api.schemas.places import Code, Datum, Day, Lat, Lon, Name, Unit
from api.schemas.plans import Moment, Storable
from spatial.errors import InvalidInput

Accuracy = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False, strict=False)]
ClientId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class SignSent(Body):
    """Somebody signs in or out; `at` null: now."""

    kind: Literal["in", "out"]
    at: Moment | None = None
    client_id: ClientId | None = None


class OwnSignSent(SignSent):
    """Somebody signs for themselves, and says where they stand."""

    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    accuracy_m: Accuracy | None = None


class ForeignSignSent(SignSent):
    """A supervisor signs for somebody else, for a reason."""

    mover_id: Number
    reason: Annotated[str, Field(min_length=2, max_length=500), Storable]


class MySignsQuery(Span):
    """Which of the own signs."""

    before: Number | None = None
    limit: Limit = 100


class SignsQuery(MySignsQuery):
    """Which signs."""

    mover: Number | None = None
    unit: Unit | None = None
    organisation: Code | None = None


class RollCallChange(Body):
    """What of a roll call is to be otherwise; what is not sent stays."""

    name: Name = ""
    unit_code: Unit | None = None
    organisation: Code | None = None
    times: Annotated[list[Clock], Field(min_length=1, max_length=24)] = []
    days: Literal["all", "working", "off"] = "all"
    grace_min: Annotated[int, Field(ge=1, le=120)] = 10
    counts: Literal["own_grid", "any_fix", "sign_in"] = "own_grid"
    retired: bool = False


class NewRollCall(RollCallChange):
    """Of whom a roll is called, when, and what counts as being there."""

    name: Name
    times: Annotated[list[Clock], Field(min_length=1, max_length=24)]


class RollCallsQuery(Body):
    """Which roll calls are listed."""

    before: Annotated[Number | None, Field(strict=False)] = None
    limit: Annotated[int, Field(strict=False, ge=1, le=1000)] = 100


class ResultsQuery(BaseModel):
    """Which results of a roll call are listed."""

    model_config = ConfigDict(extra="forbid")

    day: Day
    state: Literal["present", "absent", "excused", "unknown_phone"] | None = None
    after: Annotated[str, Field(max_length=60)] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000

    @property
    def behind(self) -> tuple[datetime, int]:
        """Moment and mover that the page begins behind."""
        if self.after is None:
            return datetime.min.replace(tzinfo=UTC), 0
        at, _, mover = self.after.rpartition(".")
        if not mover.isdecimal() or len(mover) > 18:
            raise InvalidInput.at("after", "must be as `next` gave it")
        return moment(at, "after"), int(mover)
