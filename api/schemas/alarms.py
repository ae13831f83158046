"""Bodies and parameters of the routes of alarms and their rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.patrols import Limit
from api.schemas.places import Code, Level, Name, Note
from api.schemas.plans import Moment, Storable
from lifeline.alarms.kept.ruling import MOST_CHANNELS, Draft

Finite = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Delay = Annotated[int, Field(ge=0, le=31 * 86_400_000)]
Basis = Annotated[str, Field(min_length=2, max_length=500, pattern=r"\S"), Storable]
Why = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S"), Storable]
Place = Annotated[int, Field(ge=0, le=99)]


class SentInput(Body):
    """One quantity of a channel with a threshold for each rung; `each`: of the channel of the alarm."""

    sensor: Annotated[str, Field(min_length=1, max_length=20)] = "each"
    unit: Annotated[str, Field(min_length=1, max_length=20), Storable]
    thresholds: Annotated[list[Finite], Field(min_length=1, max_length=4)]
    measure: Literal["value", "rate", "silence", "sameness", "outside"] = "value"
    is_high: bool = True
    deadband: Finite = 0.0
    low: Finite | None = None
    high: Finite | None = None
    window_ms: Annotated[int, Field(ge=1, le=86_400_000)] = 60_000
    least_samples: Annotated[int, Field(ge=2, le=512)] = 2


class SentRung(Body):
    """One level of the ladder, 1 (red) to 4 (blue), how long it must hold and how long be gone."""

    level: Level
    on_delay_ms: Delay = 0
    off_delay_ms: Delay = 0


class SentConditions(Body):
    """When there is an alarm: any of the groups of inputs, all inputs of a group; from mild to grave."""

    inputs: Annotated[list[SentInput], Field(min_length=1, max_length=8)]
    ladder: Annotated[list[SentRung], Field(min_length=1, max_length=4)]
    any_of: Annotated[
        list[Annotated[list[Place], Field(max_length=8)]], Field(min_length=1, max_length=64)
    ] = [[0]]
    is_latched: bool = False
    shelf_max_ms: Annotated[int, Field(ge=0, le=31 * 86_400_000)] = 8 * 3_600_000
    lateness_ms: Annotated[int, Field(ge=0, le=86_400_000)] = 0
    future_ms: Annotated[int, Field(ge=0, le=600_000)] = 60_000

    @property
    def row(self) -> dict[str, Any]:
        """As a row of a rule."""
        return self.model_dump()


class SentRule(Body):
    """A rule: when, of which channels, and on whose authority."""

    name: Name
    legal_basis: Basis
    rule: SentConditions
    datastreams: Annotated[list[Number], Field(max_length=MOST_CHANNELS)] = []
    observed_property: Annotated[str, Field(min_length=1, max_length=500), Storable] | None = None
    network: Name | None = None
    transport_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 60.0
    enabled: bool = True

    @property
    def draft(self) -> Draft:
        """As the room of alarms takes it."""
        return Draft(
            self.name, self.legal_basis, self.rule.row, self.datastreams, self.observed_property,
            self.network, self.transport_s, self.enabled,
        )  # fmt: skip


class NewRule(SentRule):
    """A rule of an organisation; default: the sender's."""

    organisation: Code | None = None


class RulesQuery(BaseModel):
    """Which page of rules."""

    model_config = ConfigDict(extra="forbid")

    after: Number | None = None
    limit: Limit = 100


class Replayed(BaseModel):
    """Over which time, of which channel, and with which conditions in place of the rule's own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    begins: Annotated[Moment, Field(alias="from")]
    ends: Annotated[Moment, Field(alias="to")]
    datastream: Number | None = None
    rule: SentConditions | None = None


class AlarmsQuery(BaseModel):
    """Which alarms are listed; level: this one and the graver ones."""

    model_config = ConfigDict(extra="forbid")

    open: bool = True
    state: (
        Literal[
            "normal", "unacknowledged", "acknowledged", "returned", "latched", "shelved", "suppressed",
            "out_of_service",
        ]
        | None
    ) = None  # fmt: skip
    level: Level | None = None
    technical: bool | None = None
    thing: Number | None = None
    rule: Number | None = None
    network: Name | None = None
    since: Moment | None = None
    after: Annotated[str, Field(max_length=60)] | None = None
    limit: Limit = 100


class GroupsQuery(BaseModel):
    """How many groups."""

    model_config = ConfigDict(extra="forbid")

    most: Annotated[int, Field(ge=1, le=100)] = 10


class Noted(Body):
    """What somebody says to what they do."""

    reason: Note = ""


class Because(Body):
    """Why something is hidden."""

    reason: Why


class Shelved(Because):
    """Why, and until when."""

    until: Moment
