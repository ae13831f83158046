"""Bodies and parameters of the routes of emergency resources."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.accounts import Body
from api.schemas.places import Box, Code, Limit, Line, Name, Shape, Text, Unit
from api.schemas.plans import Storable
from spatial.resources.models import KINDS, STATES

Kind = Literal["team", "shelter", "supply", "station", "camera", "hospital", "vehicle", "equipment"]
State = Literal["ready", "busy", "closed"]
assert set(KINDS) == set(Kind.__args__) and set(STATES) == set(State.__args__)  # type: ignore[attr-defined]


def _in_thousandths(value: float) -> float:
    if round(value, 3) == 0:
        raise ValueError("must be other than zero, in thousandths")
    return value


Quantity = Annotated[
    float, Field(ge=-1e9, le=1e9, strict=False, allow_inf_nan=False), AfterValidator(_in_thousandths)
]
Item = Annotated[str, Field(min_length=1, max_length=100), Storable]


class ResourceChange(Shape):
    """What of a resource is to be otherwise; what is not sent stays."""

    kind: Kind = "team"
    name: Name = ""
    name_en: Line | None = None
    state: State = "ready"
    capacity: Annotated[float, Field(ge=0, le=1e12, strict=False, allow_inf_nan=False)] | None = None
    unit_of_measure: Annotated[str, Field(max_length=40), Storable] | None = None
    organisation: Code | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+ ()-]{3,30}$")] | None = None
    """The duty line of an office."""
    opening: Line | None = None
    address: Line | None = None
    attributes: dict[str, Any] = {}


class NewResource(ResourceChange):
    """An emergency resource."""

    kind: Kind
    name: Name


class Movement(Body):
    """What comes into a store or goes out of it (below zero), all or none."""

    deltas: Annotated[dict[Item, Quantity], Field(min_length=1, max_length=100)]
    """Thing → how many more."""
    reason: Annotated[str, Field(min_length=2, max_length=500), Storable]


class ResourceQuery(BaseModel):
    """Which resources; several kinds stand between commas."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=200), Storable] | None = None
    state: State | None = None
    unit: Unit | None = None
    organisation: Code | None = None
    capacity: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    bbox: Box | None = None
    q: Text | None = None
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Limit = 100


class MovementQuery(BaseModel):
    """Which movements of a store."""

    model_config = ConfigDict(extra="forbid")

    item: Item | None = None
    limit: Limit = 100
