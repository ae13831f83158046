"""Parameters and bodies of the routes of the archive."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body
from api.schemas.plans import Storable
from spatial.errors import InvalidInput
from spatial.patrols.archive.questions.asked import Asked
from spatial.patrols.heat.amounts import COARSEST
from spatial.types import BBox

Number = Annotated[int, Field(ge=1, lt=2**63)]
Code = Annotated[str, Field(min_length=1, max_length=64), Storable]
Day = Annotated[date, Field(strict=False)]
MOST_MOVERS = 10_000


class DaysQuery(BaseModel):
    """Days of the archive, the latest first."""

    model_config = ConfigDict(extra="forbid")

    before: date | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class NewQuestion(Body):
    """A question about whole days of the city's clock, both included."""

    kind: Literal["heat", "mileage", "compliance"]
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    level: Annotated[int, Field(ge=0, le=COARSEST)] = 2
    """Of heat: 0 for cells of 29 m, each next level twice as long."""
    bbox: Annotated[list[float | int], Field(min_length=4, max_length=4)] | None = None
    movers: Annotated[list[Number], Field(min_length=1, max_length=MOST_MOVERS)] | None = None
    organisation: Number | None = None
    role: Code | None = None
    unit: Code | None = None
    plan: Number | None = None

    @property
    def asked(self) -> Asked:
        """Write the question; InvalidInput names what is wrong."""
        return asked_of(self.model_dump(mode="json", by_alias=True))


def asked_of(kept: dict[str, Any]) -> Asked:
    """Read a question as it was kept."""
    movers = kept["movers"] and tuple(sorted(set(kept["movers"])))
    span = date.fromisoformat(kept["from"]), date.fromisoformat(kept["to"])
    more = {name: kept[name] for name in ("level", "organisation", "role", "unit", "plan")}
    return Asked(kept["kind"], *span, box=_box(kept["bbox"]), movers=movers, **more)


def _box(given: list[float] | None) -> BBox | None:
    if given is None:
        return None
    west, south, east, north = given
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidInput.at("bbox", "must lie within longitude ±180 and latitude ±90, west before east")
    return BBox(west, south, east, north)
