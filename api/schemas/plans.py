"""Bodies and parameters of the routes of plans."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from grid_editor.plan import STATUSES
from spatial.people.accounts import storable


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a sign that cannot be stored")
    return text


Storable = AfterValidator(_storable)
Title = Annotated[str, Field(min_length=1, max_length=200), Storable]
Basis = Annotated[str, Field(max_length=2000), Storable]
Said = Annotated[str, Field(min_length=1, max_length=5000), Storable]
Name = Annotated[str, Field(min_length=1, max_length=60), Storable]
Code = Annotated[str, Field(min_length=1, max_length=40), Storable]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Seconds = Annotated[float, Field(ge=0, le=30)]
Bbox = Annotated[str, Field(max_length=200)]
Operation = dict[str, Any]
"""`op` and the fields of the operation; the operation itself says what is wrong with them."""


class NewPlan(Body):
    """A plan to be begun."""

    coverage: Name
    title: Title
    basis: Basis = ""
    effective_at: Moment | None = None
    unit_code: Code | None = None
    """The area that it is of; your own unless you have the whole city."""


class PlanChange(Body):
    """What shall be said of a plan; what is not sent stays."""

    title: Title = ""
    basis: Basis = ""
    effective_at: Moment | None = None


class Choices(Body):
    """Which change shall be, by the id of the conflict."""

    choices: Annotated[dict[str, Literal["mine", "theirs"]], Field(max_length=1000)] = {}


class NewComment(Body):
    """Something to say about a plan, perhaps of a place or a unit."""

    text: Said
    lon: Lon | None = None
    lat: Lat | None = None
    unit: Annotated[str, Field(pattern="^[0-9a-fA-F-]{36}$")] | None = None


class NewWaiver(Body):
    """A warning that is accepted, and why."""

    issue: Annotated[str, Field(min_length=1, max_length=200), Storable]
    reason: Annotated[str, Field(min_length=1, max_length=1000), Storable]


class Decision(Body):
    """What is said with a transition."""

    text: Said | None = None


class Publishing(Body):
    """When a plan is to come into force; unless told, as the plan says, or at once."""

    text: Said | None = None
    effective_at: Moment | None = None


class Counter(Body):
    """What the plan that takes another one back shall be called."""

    title: Title | None = None


class PlanQuery(BaseModel):
    """Which plans."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[str, Field(pattern=f"^({'|'.join(STATUSES)})(,({'|'.join(STATUSES)}))*$")] | None = None
    coverage: Annotated[str, Field(max_length=60)] | None = None
    mine: bool = False
    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class TreeQuery(BaseModel):
    """Which units of a plan are listed; nothing: all of them."""

    model_config = ConfigDict(extra="forbid")

    below: Annotated[str, Field(pattern="^(top|[0-9a-fA-F-]{36})$")] | None = None
    above: Annotated[str, Field(pattern="^[0-9a-fA-F-]{36}$")] | None = None
    level: Annotated[int, Field(ge=1, le=9)] | None = None
    find: Annotated[str, Field(min_length=1, max_length=80), Storable] | None = None
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=0, le=2_000)] = 0
    """0: no limit."""
