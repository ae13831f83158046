"""Bodies and answers of the doors that are open to the public."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.schemas.accounts import Body
from api.schemas.places import Datum, Lat, Lon
from api.schemas.plans import Storable
from spatial.events.intake import Person, Report
from spatial.events.public_codes import external_id

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=60), Storable]
Hint = Annotated[str, Field(max_length=200), Storable]
Code = Annotated[str, Field(max_length=60)]


class MatterSent(Body):
    """What the public may report, in plain words."""

    key: Key
    theme: Literal["clean", "road", "facility", "order"]
    title: Title
    title_en: Title
    hint: Hint = ""
    hint_en: Hint = ""
    category: Annotated[str, Field(min_length=1, max_length=40), Storable]


class MattersSent(Body):
    """All of them, in the order in which they are shown."""

    matters: Annotated[list[MatterSent], Field(min_length=1, max_length=100)]


class PublicReport(Body):
    """A report of one of the public. Nobody has to say who they are."""

    ticket: Annotated[str, Field(min_length=1, max_length=100)]
    """Of GET /api/public/start."""
    client_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{22,64}$")]
    """128 bits drawn by lot: sent again under the same name, it is the same report."""
    matter: Key
    text: Annotated[str, Field(max_length=1000)] = ""
    lon: Lon
    lat: Lat
    datum: Datum = "wgs84"
    accuracy_m: Annotated[float, Field(ge=0, le=100_000, strict=False)] | None = None
    where: Annotated[str, Field(max_length=200)] = ""
    """How to find the spot."""
    name: Annotated[str, Field(max_length=40)] = ""
    phone: Annotated[str, Field(pattern=r"^([0-9+() -]{5,20})?$")] = ""
    website: Annotated[str, Field(max_length=200)] = ""
    """Nobody sees this field: what is in it was filled in by a program."""
    language: Literal["zh", "en"] = "zh"

    def report(self, category: str, title: str) -> Report:
        """Make the report of it."""
        person = Person(name=self.name.strip() or None, phone=self.phone.strip() or None)
        more: dict[str, Any] = {"public_matter": self.matter, "language": self.language}
        if self.accuracy_m is not None:
            more["accuracy_m"] = round(self.accuracy_m)
        return Report(
            category=category, source="public", title=title, lon=self.lon, lat=self.lat, datum=self.datum,
            address=self.where.strip() or None, description=self.text.strip() or None,
            external_id=external_id(self.client_id), attributes=more,
            reporter=person if person.name or person.phone else None,
        )  # fmt: skip


class Both(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class PublicKind(BaseModel):
    """A kind of places that is shown to the public."""

    key: str
    title: str
    title_en: str
    icon: str
    colour: str


class PublicMatter(BaseModel):
    """What can be reported."""

    key: str
    theme: str
    title: str
    title_en: str
    hint: str
    hint_en: str


class Start(BaseModel):
    """What the page begins with."""

    bbox: list[float] | None
    """West, south, east and north of the city."""
    name: Both | None
    kinds: list[PublicKind]
    matters: list[PublicMatter]
    ticket: str
    most_photos: int
    most_photo_bytes: int
    attribution: list[str]


class PublicPlace(BaseModel):
    """A place near by."""

    kind: str
    name: str
    name_en: str | None
    address: str | None
    lon: float
    lat: float
    distance_m: int
    opening_hours: str | None
    """As written: in the notation of OpenStreetMap."""
    is_open: bool | None
    """Null: it cannot be told."""
    changes_at: datetime | None
    """When it closes, or opens again."""
    wheelchair: str | None
    fee: str | None
    generated: bool
    hours_generated: bool


class PublicPlaces(BaseModel):
    """Places near by, the nearest first."""

    at: datetime
    """The moment that "open" speaks of."""
    places: list[PublicPlace]


class PublicFound(BaseModel):
    """What a text may mean."""

    title: str
    title_en: str
    kind: str
    lon: float
    lat: float
    generated: bool


class PublicSearch(BaseModel):
    """What a text may mean, best first."""

    results: list[PublicFound]


class Spot(BaseModel):
    """What can be told of a point."""

    inside: bool
    """Whether reports from there are taken."""
    address: str | None
    """The nearest address."""
    distance_m: float | None
    generated: bool


class Taken(BaseModel):
    """What a report became."""

    code: str
    created: bool


class Step(BaseModel):
    """A stage that was reached."""

    stage: str
    says: Both
    at: datetime | None


class Followed(BaseModel):
    """What became of a report."""

    stage: str
    says: Both
    matter: Both
    joined: bool
    """It was reported before; the stage is that of the earlier report."""
    reported_at: datetime
    steps: list[Step]
    photos: int
    can_add_photos: bool


class Photos(BaseModel):
    """How many photos a report has now."""

    photos: int
