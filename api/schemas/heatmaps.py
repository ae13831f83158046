"""Parameters of the heat maps; what is not listed is refused by its name."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.moments import moment
from api.schemas.figures import Code, Time
from spatial.errors import InvalidInput, Problem
from spatial.patrols.days import ZONE, day_of, moments
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.amounts import COARSEST
from spatial.patrols.heat.asking import Question
from spatial.patrols.heat.figures import EventQuestion
from spatial.patrols.heat.hexagons import LEVELS as HEXAGON_LEVELS
from spatial.types import BBox

DEFAULT_DAYS = 30
MOST_DAYS = 366 * 3
DEFAULT_LEVEL = 2
_ACROSS = 128
"""Cells across a box when no resolution is asked for."""
_USUAL_LATITUDE = 35.0
_EARLIEST = datetime(1970, 1, 12, tzinfo=ZONE)

Number = Annotated[int, Field(ge=1, lt=2**63)]
Form = Literal["json", "geojson", "h3", "tiff", "png"]


class _Asked(BaseModel):
    """The span and where."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None
    unit: Code | None = None
    organisation: Number | None = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """[since, until): a day stands for the midnight it begins with; the last thirty days unless told."""
        tomorrow = moments(day_of(datetime.now(ZONE)))[1]
        until = tomorrow if self.end is None else _moment(self.end, "to")
        since = until - timedelta(days=DEFAULT_DAYS) if self.start is None else _moment(self.start, "from")
        return _checked(since, until, "from", "to")


class PatrolTileQuery(_Asked):
    """Whose time is drawn."""

    mover: Annotated[str | None, Field(max_length=2000, pattern=r"^[0-9]{1,18}(,[0-9]{1,18})*$")] = None
    role: Annotated[Code | None, Field(alias="class")] = None
    datum: Annotated[str, Field(max_length=12)] = "wgs84"

    def question(self, level: int, box: BBox | None) -> Question:
        """Write the question; InvalidInput names the parameter."""
        movers = None if self.mover is None else tuple(sorted({int(each) for each in self.mover.split(",")}))
        return Question(*self.span, level, box, movers, self.organisation, self.role, self.unit)


class EventTileQuery(_Asked):
    """Which events are drawn."""

    category: Code | None = None
    datum: Annotated[str, Field(max_length=12)] = "wgs84"

    def question(self, level: int, box: BBox | None) -> EventQuestion:
        """Write the question; InvalidInput names the parameter."""
        return EventQuestion(*self.span, level, box, self.unit, self.organisation, self.category)


class _Map(BaseModel):
    """In what form, where and how fine."""

    bbox: Annotated[str | None, Field(max_length=120)] = None
    resolution: Annotated[float | None, Field(ge=1, le=500_000)] = None
    """Metres along a cell; of hexagons (form=h3) their resolution, 7 to 11."""
    form: Form = "json"

    @property
    def box(self) -> BBox | None:
        """The box in degrees."""
        if self.bbox is None:
            return None
        try:
            west, south, east, north = map(float, self.bbox.split(","))
        except ValueError:
            raise InvalidInput.at("bbox", "must be west,south,east,north in degrees") from None
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise InvalidInput.at("bbox", "must lie within longitude ±180 and latitude ±90, west before east")
        return BBox(west, south, east, north)

    @property
    def hexagons(self) -> int | None:
        """The resolution of H3 that is asked for."""
        if self.form != "h3":
            return None
        asked = 9 if self.resolution is None else self.resolution
        if asked not in HEXAGON_LEVELS:
            raise InvalidInput.at(
                "resolution", f"of hexagons is one of {', '.join(map(str, HEXAGON_LEVELS))}"
            )
        return int(asked)

    @property
    def level(self) -> int:
        """The level of cells to count on: of all the one whose side is nearest to what is asked for."""
        if (hexagons := self.hexagons) is not None:
            return HEXAGON_LEVELS[hexagons]
        box = self.box
        if self.resolution is None and box is None:
            return DEFAULT_LEVEL
        latitude = _USUAL_LATITUDE if box is None else (box.south + box.north) / 2
        side_m = lattice.side_m(0, max(-85.0, min(85.0, latitude)))
        wanted = self.resolution or (box.east - box.west) / 360 * 2**lattice.ZOOM * side_m / _ACROSS  # type: ignore[union-attr]
        return min(max(round(math.log2(wanted / side_m)), 0), COARSEST)


class PatrolHeatQuery(_Map, PatrolTileQuery):
    """The heat of patrols, and what it is compared with."""

    against_from: Time | None = None
    against_to: Time | None = None

    @property
    def against(self) -> tuple[datetime, datetime] | None:
        """The span whose daily time is what is expected."""
        if self.against_from is None and self.against_to is None:
            return None
        if self.against_from is None or self.against_to is None:
            raise InvalidInput.at("against_to", "goes with 'against_from'")
        since, until = (_moment(self.against_from, "against_from"), _moment(self.against_to, "against_to"))
        return _checked(since, until, "against_from", "against_to")


class EventHeatQuery(_Map, EventTileQuery):
    """The heat of events."""


def parsed(model: type[BaseModel], given: dict[str, str]) -> Any:
    """Read the parameters of a raw door; InvalidInput names those that do not fit."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(
            [Problem(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        ) from None


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZONE)
    except ValueError:
        return moment(text, where)


def _checked(since: datetime, until: datetime, first: str, second: str) -> tuple[datetime, datetime]:
    if not _EARLIEST <= since < until:
        raise InvalidInput.at(second, f"must be after '{first}', and that after {_EARLIEST.date()}")
    if until - since > timedelta(days=MOST_DAYS):
        raise InvalidInput.at(first, f"must be at most {MOST_DAYS:,} days before '{second}'")
    return since, until
