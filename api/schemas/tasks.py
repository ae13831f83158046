"""Bodies and parameters of the routes of tasks and messages to people in the field."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.accounts import Body, Number
from api.schemas.nearby import By
from api.schemas.places import Code, Datum, Lat, Lon, Note, Unit
from api.schemas.plans import Moment, Storable
from layers.nearby import MOST_RADIUS_M
from spatial.tasks.people import MOST

Numbers = Annotated[list[Number], Field(max_length=MOST)]
Key = Annotated[int, Field(strict=False, ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(strict=False, ge=1, le=500)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class NearSent(Body):
    """Those whom a scan of the surroundings finds, as `GET|POST /api/nearby` does."""

    lon: Lon | None = None
    lat: Lat | None = None
    area: dict[str, Any] | None = None
    datum: Datum = "wgs84"
    radius_m: Annotated[float, Field(gt=0, le=MOST_RADIUS_M, allow_inf_nan=False, strict=False)] = 1000.0
    kinds: Annotated[list[Literal["worker", "vehicle"]], Field(min_length=1, max_length=2)] = ["worker"]
    on_duty: bool = True
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    """Of each kind, the nearest."""
    by: By = "streets"


class ToSent(Body):
    """Whom a task is for: those named, those whom a scan finds, and those of a group."""

    movers: Numbers = []
    workers: Numbers = []
    vehicles: Numbers = []
    unit: Unit | None = None
    organisation: Code | None = None
    on_duty: bool | None = None
    nearby: NearSent | None = None


class TaskSent(Body):
    """A task, or a message; about an event, a place or a component, at a point, or neither."""

    kind: Literal["task", "message"] = "task"
    title: Annotated[str, Field(min_length=1, max_length=100), Storable]
    text: Annotated[str, Field(max_length=2000), Storable] = ""
    to: ToSent
    event_id: Number | None = None
    place_id: Number | None = None
    component_id: Number | None = None
    point: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    geometry: dict[str, Any] | None = None
    datum: Datum = "wgs84"
    due_at: Moment | None = None
    confirm_by: Moment | None = None
    remind_every_min: Minutes = 10
    client_id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] | None = None

    @property
    def remind_every(self) -> timedelta:
        """Say how often whoever has not confirmed is reminded."""
        return timedelta(minutes=self.remind_every_min)


class ReceiptSent(Body):
    """What somebody says of a task; `mover_id`: in whose name, by whoever keeps the task."""

    state: Literal["delivered", "read", "accepted", "declined", "done"]
    at: Moment | None = None
    reason: Annotated[str, Field(max_length=500), Storable] = ""
    note: Note = ""
    attachment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of a photo, in hexadecimal digits."""
    mover_id: Number | None = None


class CancelSent(Body):
    """Why a task is cancelled."""

    reason: Annotated[str, Field(min_length=2, max_length=500), Storable]


class TaskQuery(Body):
    """Which tasks are listed."""

    kind: Literal["task", "message"] | None = None
    state: Literal["open", "cancelled"] | None = None
    mine: Annotated[bool, Field(strict=False)] = False
    """Those that the reader sent."""
    event: Key | None = None
    place: Key | None = None
    component: Key | None = None
    mover: Key | None = None
    before: Key | None = None
    limit: Limit = 100


class MineQuery(Body):
    """Which of the own tasks are listed."""

    open: Annotated[bool, Field(strict=False)] | None = None
    """Those that wait for something, or those that do not."""
    before: Key | None = None
    limit: Limit = 100


class StepsQuery(Body):
    """Which steps of a task are listed."""

    after: Annotated[int, Field(strict=False, ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(strict=False, ge=1, le=1000)] = 500
