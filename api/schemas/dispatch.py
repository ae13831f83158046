"""Bodies and parameters of the routes of dispatch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.duties import Category, DraftNamed
from api.schemas.plans import Moment, Said, Storable

Json = dict[str, Any]
Degrees = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=2, max_length=2)]


class DryRun(Body):
    """Points, or one address, and a matter: whose would it be?"""

    points: Annotated[list[Degrees], Field(max_length=10_000)] | None = None
    """[[lon, lat], …] in `datum`."""
    address: Annotated[str, Field(min_length=2, max_length=300), Storable] | None = None
    category: Category
    at: Moment | None = None
    datum: str = "wgs84"


class NewDispute(Body):
    """Why whose an event is, is in doubt."""

    reason: Said


class DisputeQuery(BaseModel):
    """Which disputes."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "ruled", "withdrawn"] | None = None
    event_id: Number | None = None
    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class NewRuling(Body):
    """Who is responsible, why, and for what else this holds from now on."""

    organisation_id: Number
    worker_id: Number | None = None
    reason: Said
    scope: Literal["event", "place", "unit"] = "event"
    category: Category | None = None
    """For which matters, with the scopes place and unit; those of the event's own unless told."""
    unit_code: Annotated[str, Field(max_length=40)] | None = None
    """With the scope unit: the event's grid or a unit above it."""
    radius_m: Annotated[float, Field(gt=0, le=20_000)] | None = None
    area: Json | None = None
    """With the scope place: a GeoJSON polygon in `datum`, or a radius around the event."""
    datum: str = "wgs84"


class DisputeRules(Body):
    """When a responsibility counts as disputed by itself."""

    class Rule(Body):
        """For a class of matters (null: all others): so many returns, so near a border."""

        category: Category | None = None
        returns: Annotated[int, Field(ge=1, le=100)] | None = None
        border_m: Annotated[float, Field(ge=0, le=1000)] | None = None

    rules: Annotated[list[Rule], Field(max_length=500)]


class NewReplay(Body):
    """Which events are decided once more, and by what."""

    since: Moment
    until: Moment | None = None
    draft: DraftNamed | None = None
    plan: Number | None = None
    people: Literal["all", "now"] = "all"
