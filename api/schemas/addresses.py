"""Bodies and parameters of the routes of addresses; what is not listed is refused by its name."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spatial.errors import InvalidInput
from spatial.people.accounts import storable

Text = Annotated[str, Field(min_length=1, max_length=300)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Limit = Annotated[int, Field(ge=1, le=50)]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Datum = Annotated[str, Field(max_length=20)]

MOST_TEXTS = 2_000
"""Addresses of one request; more are a file."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _texts_can_be_stored(self) -> _Strict:
        for name, value in self:
            if isinstance(value, str) and not storable(value):
                raise ValueError(f"{name} holds characters that no text has")
        return self


class GeocodeQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=200)]
    near: Annotated[str, Field(max_length=60)] | None = None
    """lon,lat: of equally good answers the nearest comes first."""
    limit: Limit = 5
    datum: Datum = "wgs84"
    """Of `near` and of the answers."""


class ReverseQuery(BaseModel):
    """Where to look."""

    model_config = ConfigDict(extra="forbid")

    lon: Degrees
    lat: Degrees
    limit: Limit = 1
    within_m: Annotated[float, Field(gt=0, le=5000)] = 500.0
    datum: Datum = "wgs84"


class ManyPoints(_Strict):
    """Where to look, many times."""

    points: Annotated[list[tuple[Degrees, Degrees]], Field(max_length=MOST_TEXTS)]
    """lon, lat."""
    limit: Annotated[int, Field(ge=1, le=10)] = 1
    within_m: Annotated[float, Field(gt=0, le=5000)] = 500.0
    datum: Datum = "wgs84"


class ManyTexts(_Strict):
    """Addresses to find."""

    addresses: Annotated[list[Annotated[str, Field(max_length=10_000)]], Field(max_length=MOST_TEXTS)]
    limit: Annotated[int, Field(ge=1, le=10)] = 3
    datum: Datum = "wgs84"


class FileQuery(BaseModel):
    """What is said of a file of addresses to import."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, Field(min_length=1, max_length=60)]
    filename: Annotated[str, Field(max_length=200)] = "addresses.csv"
    datum: Datum = "wgs84"
    kind: Word = "door"
    generated: bool = False
    encoding: Annotated[str, Field(max_length=30)] | None = None


class GeocodeFileQuery(BaseModel):
    """What is said of a file of addresses to find."""

    model_config = ConfigDict(extra="forbid")

    column: Word = "address"
    filename: Annotated[str, Field(max_length=200)] = "addresses.csv"
    datum: Datum = "wgs84"


class _Parts(_Strict):
    full_text: Text | None = None
    name_en: Text | None = None
    kind: Word = "door"
    source: Annotated[str, Field(min_length=1, max_length=60)] = "by hand"
    external_id: Word | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    province: Word | None = None
    city: Word | None = None
    district: Word | None = None
    street: Word | None = None
    community: Word | None = None
    road: Word | None = None
    number: Word | None = None
    building: Word | None = None
    unit: Word | None = None
    floor: Word | None = None
    room: Word | None = None
    name: Word | None = None
    datum: Datum = "wgs84"


class NewAddress(_Parts):
    """An address to add: a text, or its parts."""

    lon: Degrees
    lat: Degrees


class AddressChange(_Parts):
    """What of an address is to be other."""

    lon: Degrees | None = None
    lat: Degrees | None = None


class NewAlias(_Strict):
    """Another name: of an address, or of a term wherever it stands."""

    address_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    term: Word | None = None
    name: Word
    kind: Literal["alias", "old", "short"] = "alias"
    valid_from: date | None = None
    valid_until: date | None = None
    note: Text | None = None
    source: Annotated[str, Field(min_length=1, max_length=60)] = "by hand"

    def checked(self) -> dict[str, Any]:
        """Give what is to be stored; InvalidInput unless it is of an address or of a term."""
        if (self.address_id is None) == (self.term is None):
            raise InvalidInput.at("term", "say either address_id or term")
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise InvalidInput.at("valid_until", "must be after valid_from")
        return self.model_dump()
