"""The body of a question to a network."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.drawn import point_in
from api.schemas.accounts import Body
from api.schemas.places import Datum, Lat, Lon
from api.schemas.plans import Storable
from lifeline.traces.asking import Kind, Question, Spot

FeatureCode = Annotated[str, Field(min_length=1, max_length=200), Storable]


class SpotSent(Body):
    """A feature by its code, or a point."""

    feature: FeatureCode | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.feature is None) == (self.lon is None and self.lat is None):
            raise ValueError("say either the code of a feature, or lon and lat")
        return self

    def spot(self, where: str) -> Spot:
        """As it is asked."""
        return Spot(where, self.feature, point_in(self.lon, self.lat, self.datum))


class TraceSent(Body):
    """What is asked of a network."""

    type: Kind
    start: SpotSent | None = None
    starts: Annotated[list[SpotSent], Field(max_length=100)] = []
    """More places to begin at."""
    end: SpotSent | None = None
    barriers: Annotated[list[SpotSent], Field(max_length=100)] = []
    unusable: Annotated[list[FeatureCode], Field(max_length=1000)] = []
    check_valves: Literal["border", "directed", "open"] = "directed"
    geometry: bool = False
    """Whether the pipes and valves are sent as GeoJSON as well."""

    @model_validator(mode="after")
    def _begins(self) -> Self:
        if self.start is None and not self.starts:
            raise ValueError("needs a start")
        return self

    def question(self) -> Question:
        """As it is asked."""
        first = [] if self.start is None else [self.start.spot("start")]
        more = [each.spot(f"starts[{at}]") for at, each in enumerate(self.starts)]
        barriers = [each.spot(f"barriers[{at}]") for at, each in enumerate(self.barriers)]
        end = self.end and self.end.spot("end")
        return Question(self.type, [*first, *more], end, barriers, self.unusable, self.check_valves)
