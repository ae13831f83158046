"""Bodies and parameters of the routes of shut-offs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.accounts import Body, Number
from api.schemas.plans import Moment, Name, Storable
from api.schemas.traces import FeatureCode, SpotSent
from lifeline.shutoffs.acting import Planned, Turned
from lifeline.traces.asking import Question

Title = Annotated[str, Field(max_length=200), Storable]


class NewShutOff(Body):
    """What is cut off, why and when; the question is that of an isolation trace."""

    network: Name
    cause: Literal["accidental", "planned"]
    title: Title = ""
    from_at: Moment | None = None
    """Default: now."""
    until_at: Moment | None = None
    start: SpotSent | None = None
    starts: Annotated[list[SpotSent], Field(max_length=100)] = []
    """More places to cut off."""
    barriers: Annotated[list[SpotSent], Field(max_length=100)] = []
    unusable: Annotated[list[FeatureCode], Field(max_length=1000)] = []
    check_valves: Literal["border", "directed", "open"] = "directed"

    @model_validator(mode="after")
    def _begins(self) -> Self:
        if self.start is None and not self.starts:
            raise ValueError("needs a start")
        return self

    def question(self) -> Question:
        """As the network is asked."""
        first = [] if self.start is None else [self.start.spot("start")]
        more = [each.spot(f"starts[{at}]") for at, each in enumerate(self.starts)]
        barriers = [each.spot(f"barriers[{at}]") for at, each in enumerate(self.barriers)]
        return Question("isolation", [*first, *more], None, barriers, self.unusable, self.check_valves)

    def planned(self) -> Planned:
        """As it is written down."""
        return Planned(self.cause, self.title, self.from_at, self.until_at)


class ShutOffConfirmed(Body):
    """Which proposal is taken over."""

    edition: Number


class ValveTurned(Body):
    """What was done with a valve, or found: exactly one of the two."""

    closed: bool | None = None
    """True: it was closed; false: opened again."""
    stuck: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.closed is None) == (self.stuck is None):
            raise ValueError("say either closed (true or false) or stuck (true)")
        return self

    def turned(self) -> Turned:
        """In one word."""
        if self.stuck:
            return "stuck"
        return "closed" if self.closed else "opened"


class ShutOffDone(Body):
    """What became of the valves that were closed for it."""

    valves: Literal["opened", "left"] | None = None


class ShutOffsQuery(BaseModel):
    """Which shut-offs are listed."""

    model_config = ConfigDict(extra="forbid")

    network: Name | None = None
    state: Literal["planned", "announced", "running", "done", "cancelled"] | None = None
    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class ConflictsQuery(BaseModel):
    """Of which network."""

    model_config = ConfigDict(extra="forbid")

    network: Name
