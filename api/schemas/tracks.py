"""Parameters and bodies of the routes of tracks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from api.schemas.accounts import Body
from api.schemas.plans import Moment, Storable
from spatial.errors import InvalidInput
from spatial.patrols.days import ZONE, moments
from spatial.patrols.tracks import today

Time = Annotated[str, Field(max_length=40)]
MOST_DAYS = 31
"""Of fixes that are asked for at once."""
MOST_SUMMED = 366
"""Of days that are told at once."""
Reason = Annotated[str, Field(min_length=2, max_length=500, pattern=r"\S.*\S"), Storable]
Mark = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class SpanQuery(BaseModel):
    """A span of time [from, to): today unless told. A day stands for its midnight, in the city."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Give begin and end; InvalidInput when there is nothing, or too much, between them."""
        end = moments(today())[1] if self.end is None else _moment(self.end, "to")
        begin = min(moments(today())[0], end - timedelta(days=1)) if self.start is None else None
        begin = begin or _moment(self.start or "", "from")
        if not begin < end:
            raise InvalidInput.at("to", "must be after 'from'")
        if end - begin > timedelta(days=MOST_DAYS):
            raise InvalidInput.at("from", f"must be at most {MOST_DAYS} days before 'to'")
        return begin, end


class TrackQuery(SpanQuery):
    """Which fixes, and in what form."""

    form: Literal["json", "geojson", "arrow", "gpx"] = "json"
    fixes: Literal["all", "clean"] = "all"
    """All with their verdicts, or those that the clean track goes through."""
    simplify_m: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Of GeoJSON: how far the line may be off at any time."""


class DaysQuery(BaseModel):
    """Days of the city's clock, `from` to `to`, both included; the last seven unless told."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None

    @property
    def days(self) -> list[date]:
        """List the days."""
        end = self.end or today()
        start = self.start or end - timedelta(days=6)
        if start > end:
            raise InvalidInput.at("to", "must not be before 'from'")
        if (end - start).days >= MOST_SUMMED:
            raise InvalidInput.at("from", f"must be at most {MOST_SUMMED} days before 'to'")
        return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


class NewMark(Body):
    """A fix that is not so, and why."""

    time: Moment
    mark: Mark | None = None
    """Which of the fixes of that time; all of them unless told."""
    reason: Reason


class MarkQuery(BaseModel):
    """A mark that is taken back."""

    model_config = ConfigDict(extra="forbid")

    time: Time
    mark: Mark | None = None


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), ZONE)
    except ValueError:
        return moment(text, where)
