"""Bodies and parameters of the routes of cries for help."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.accounts import Body, Number
from api.schemas.attendance import Accuracy, ClientId
from api.schemas.patrols import Limit, Span
from api.schemas.places import Datum, Lat, Lon, Note
from api.schemas.plans import Moment
from spatial.patrols.cries.acting import Raised
from spatial.types import LngLat


class OwnCry(Body):
    """Somebody cries for help with their own app; `at` null: now."""

    at: Moment | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    accuracy_m: Accuracy | None = None
    note: Note = ""
    client_id: ClientId | None = None

    def raised(self, place: LngLat | None) -> Raised:
        """Say it with its place, in WGS-84."""
        accuracy_m = None if place is None else self.accuracy_m
        return Raised(self.at, place, accuracy_m, self.note, self.client_id)


class CryFor(OwnCry):
    """Somebody has called for help by telephone or radio."""

    mover_id: Number


class CryClosed(Body):
    """What a cry was."""

    word: Literal["real", "false_alarm", "test"]
    remark: Note = ""


class CryReopened(Body):
    """Why a cry is opened again."""

    remark: Annotated[Note, Field(min_length=2)]


class CriesQuery(Span):
    """Which cries are listed."""

    state: Literal["open", "acknowledged", "closed"] | None = None
    mover: Number | None = None
    before: Number | None = None
    limit: Limit = 100
