"""Bodies and parameters of the routes of devices, movers and the gate of the roster."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body
from api.schemas.places import Code, Limit, Line, Text, Unit
from api.schemas.plans import Moment, Storable
from spatial.patrols.devices import PROTOCOLS

Protocol = Literal["own", "osmand", "owntracks", "overland", "gpslogger", "ulogger", "gpx", "jt808", "gt06"]
State = Literal["waiting", "active", "blocked"]
Identity = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"), Storable]
After = Annotated[int, Field(ge=0, le=2**63 - 1)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
assert set(PROTOCOLS) == set(Protocol.__args__)  # type: ignore[attr-defined]


class NewDevice(Body):
    """A device that is to come."""

    protocol: Protocol
    identity: Identity
    name: Line = ""


class DeviceChange(Body):
    """What of a device is to be otherwise; what is not sent stays."""

    name: Line = ""
    state: Literal["active", "blocked"] = "active"
    profile: Annotated[dict[str, Any], Field(max_length=10)] = {}
    passphrase: Annotated[str, Field(min_length=1, max_length=200), Storable] | None = None
    """What its messages are encrypted with; null: they are not."""

    def given(self) -> dict[str, Any]:
        """Give what stands in the row."""
        return self.model_dump(include=self.model_fields_set - {"passphrase"})


class Hand(Body):
    """Who carries a device from a moment on; null: nobody."""

    mover: Id | None
    since: Moment | None = None


class DeviceQuery(BaseModel):
    """Which devices."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    q: Text | None = None
    mover: Id | None = None
    after: After = 0
    limit: Limit = 100


class MoverQuery(BaseModel):
    """Which movers."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["person", "vehicle"] | None = None
    unit: Unit | None = None
    organisation: Code | None = None
    seen_within_s: Annotated[int, Field(ge=1, le=31_536_000)] | None = None
    q: Text | None = None
    after: After = 0
    limit: Limit = 100


class MoverChange(Body):
    """How a mover gets about."""

    gait: Literal["foot", "ebike", "car"]


class RosterPolicy(Body):
    """What becomes of fixes off duty; without an organisation: the city's."""

    organisation: Code | None = None
    mode: Literal["all", "refuse", "mask"]
    margin_min: Annotated[int, Field(ge=0, le=240)] = 15
    duty_by: Literal["shift", "sign_in"] = "shift"
