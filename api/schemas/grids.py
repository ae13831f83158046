"""Parameters of the routes of coverages and units; what is not listed is refused by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from spatial.errors import InvalidInput
from spatial.types import BBox

Name = Annotated[str, Field(min_length=1, max_length=63)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Level = Annotated[int, Field(ge=1, le=9)]
Time = Annotated[str, Field(max_length=40)]

MOST_UNITS = 10_000
"""Units of one page."""


class UnitQuery(BaseModel):
    """One coverage at one moment."""

    model_config = ConfigDict(extra="forbid")

    coverage: Name = "grids"
    at: Time | None = None

    @property
    def moment(self) -> datetime | None:
        """None: now."""
        return _moment(self.at, "at")


class UnitsQuery(UnitQuery):
    """Which units of a coverage."""

    level: Level | None = None
    parent: Code | None = None
    bbox: Annotated[str, Field(max_length=120)] | None = None
    after: Annotated[str, Field(max_length=40)] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1000

    @property
    def box(self) -> BBox | None:
        """West, south, east, north in degrees."""
        if self.bbox is None:
            return None
        try:
            west, south, east, north = map(float, self.bbox.split(","))
        except ValueError:
            raise InvalidInput.at("bbox", "must be west,south,east,north in degrees") from None
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise InvalidInput.at("bbox", "must lie within longitude ±180 and latitude ±90, west before east")
        return BBox(west, south, east, north)


class CrosswalkQuery(BaseModel):
    """From where to where; a side is a version's number or a moment, and now unless told."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    coverage: Name = "grids"
    start: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None
    other: Name | None = None
    level: Level | None = None
    f: Literal["json", "csv"] = "json"


class StatisticsQuery(UnitQuery):
    """What is counted, when, and by which units."""

    of: Literal["events", "places", "components"]
    level: Level | None = None
    since: Time | None = None
    until: Time | None = None
    counted: Literal["then", "restated"] = "then"

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """Half-open; None is an open end."""
        return _moment(self.since, "since"), _moment(self.until, "until")


def _moment(text: str | None, where: str) -> datetime | None:
    return None if text is None else moment(text, where)
