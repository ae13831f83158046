"""The body of a question to the complaints along a network."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from api.schemas.accounts import Body
from api.schemas.events import Moment
from api.schemas.plans import Storable
from lifeline.complaints.asking import Asked

LONGEST = timedelta(days=366)
LEAST = timedelta(hours=2)
Code = Annotated[str, Field(min_length=2, max_length=40), Storable]


class ComplaintsSent(Body):
    """Which complaints are looked at: those of the last while are held against all."""

    categories: Annotated[list[Code], Field(min_length=1, max_length=100)]
    """Codes of matters, or their beginnings."""
    since: Annotated[Moment, Field(alias="from")]
    until: Annotated[Moment, Field(alias="to")]
    within_m: Annotated[float, Field(gt=0, le=500)] = 30.0
    trials: Annotated[int, Field(ge=99, le=9_999)] = 999
    limit: Annotated[int, Field(ge=1, le=20)] = 5

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if not LEAST <= self.until - self.since <= LONGEST:
            raise ValueError("from and to must be 2 hours to 366 days apart")
        return self

    def asked(self) -> Asked:
        """As it is asked."""
        return Asked(self.categories, self.since, self.until, self.within_m, self.trials, self.limit)
