"""The body of the question what an alarm means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.accounts import Body
from api.schemas.plans import Storable
from api.schemas.traces import FeatureCode, SpotSent
from lifeline.assessing.assess import Wish


class AssessSent(Body):
    """What is known beyond the alarm: where the break is, valves that do not turn."""

    network: Annotated[str, Field(min_length=1, max_length=200), Storable] | None = None
    start: SpotSent | None = None
    unusable: Annotated[list[FeatureCode], Field(max_length=1000)] = []
    check_valves: Literal["border", "directed", "open"] = "directed"
    radius_m: Annotated[float, Field(gt=0, le=20_000)] = 3_000.0
    limit: Annotated[int, Field(ge=1, le=50)] = 5
    by: Literal["streets", "straight"] = "streets"
    geometry: bool = False
    """Whether the pipes and valves are sent as GeoJSON as well."""

    def wish(self) -> Wish:
        """As it is asked."""
        start = None if self.start is None else self.start.spot("start")
        return Wish(
            self.network, start, self.unusable, self.check_valves, self.radius_m, self.limit, self.geometry
        )
