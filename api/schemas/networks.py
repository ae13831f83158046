"""What is said of a file of a network, in its form, in the address, or when it is confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.layers import Seconds
from api.schemas.places import Code, Line
from api.schemas.plans import Name
from lifeline.networks.wish import Wish

Kind = Literal[
    "water", "storm", "sewer", "combined", "gas", "heat_supply", "heat_return", "power", "telecom",
    "industrial",
]  # fmt: skip
Unit = Literal["m", "ft", "cm", "mm", "km"]
Gone = Literal["keep", "out_of_service"]
At = Annotated[str, Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,12})?,-?[0-9]{1,2}(\.[0-9]{1,12})?$")]
Tolerance = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False, strict=False)]


class NetworkChoices(Body):
    """What of a file is confirmed, or said of it from the beginning."""

    kind: Kind | None = None
    crs: Code | None = None
    unit: Unit | None = None
    swap_axes: bool | None = Field(default=None, strict=False)
    at: At | None = None
    """Where the middle of a drawing without a place (crs=local) is put: lon,lat."""
    vertical_datum: Line | None = None
    tolerance: Tolerance | None = None
    encoding: Code | None = None
    gone: Gone | None = None
    data_at: Annotated[datetime, Field(strict=False)] | None = None

    @property
    def wish(self) -> Wish:
        """As the job process takes it."""
        known = set(Wish.__dataclass_fields__)
        given = {name: each for name, each in self.model_dump(exclude_none=True).items() if name in known}
        if self.at is not None:
            given["at"] = [float(each) for each in self.at.split(",")]
        if self.data_at is not None:
            given["data_at"] = self.data_at.isoformat()
        return Wish.of(given)


class NetworkConfirmed(NetworkChoices):
    """What is confirmed, and how long to wait for what becomes of it."""

    wait: Seconds = 10


class NetworkFields(NetworkChoices):
    """What is said of a file when it is sent."""

    name: Name | None = None
    organisation: Code | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    wait: Annotated[Seconds, Field(strict=False)] = 10


class NetworksQuery(BaseModel):
    """Which networks, or imports."""

    model_config = ConfigDict(extra="forbid")

    after: Number | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class ImportsQuery(BaseModel):
    """Which imports."""

    model_config = ConfigDict(extra="forbid")

    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
