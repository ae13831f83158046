"""Bodies and parameters of the routes of components."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.schemas.accounts import Body, Number
from api.schemas.plans import Bbox, Code, Lat, Lon, Name, Storable
from spatial.errors import InvalidInput, Problem

Line = Annotated[str, Field(min_length=1, max_length=200), Storable]
Note = Annotated[str, Field(max_length=1000), Storable]
Credit = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]
"""统一社会信用代码."""
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]
ClassText = Annotated[str, Field(min_length=1, max_length=60), Storable]
"""A code or name of a class, in any profile."""
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Day = Annotated[date, Field(strict=False)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Level = Literal["district", "street", "community", "grid"]


class _Common(Body):
    name: Line | None = None
    state: Name | None = None
    owner: Line | None = None
    owner_code: Credit | None = None
    upkeep: Line | None = None
    upkeep_code: Credit | None = None
    manager: Line | None = None
    manager_code: Credit | None = None
    organisation: Code | None = None
    """Code of the upkeep organisation, where it is one of ours."""
    installed_on: Day | None = None
    note: Note | None = None
    attributes: dict[str, Any] | None = None
    code: Digits | None = None
    profile: Name | None = None
    datum: Datum = "wgs84"


class NewComponent(_Common):
    """A component to be written; without a code the next one is issued."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    kind: Annotated[ClassText, Field(alias="class")]
    lon: Lon
    lat: Lat
    source: Name | None = None


class ComponentChange(_Common):
    """What shall be said of a component; what is not sent stays."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    kind: Annotated[ClassText | None, Field(alias="class")] = None
    lon: Lon | None = None
    lat: Lat | None = None


class Retirement(BaseModel):
    """Why a component is taken away."""

    model_config = ConfigDict(extra="forbid")

    reason: Note | None = None


class NewRepair(Body):
    """A repair that was done."""

    repaired_at: Moment
    what: Note
    by_whom: Line | None = None
    cost_yuan: Annotated[float, Field(ge=0, le=1e11)] | None = None
    event_id: Number | None = None
    state: Name | None = None
    """What the component is in now."""


class ComponentQuery(BaseModel):
    """Which components are listed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Annotated[ClassText | None, Field(alias="class")] = None
    state: Name | None = None
    unit: Digits | None = None
    owner: Line | None = None
    upkeep: Line | None = None
    q: Line | None = None
    code: Digits | None = None
    bbox: Bbox | None = None
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class NearestQuery(BaseModel):
    """What is asked around a point or an event."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    event: Number | None = None
    """In place of a point: where an event is; its category says which classes."""
    category: Digits | None = None
    kind: Annotated[str | None, Field(alias="class", max_length=600)] = None
    """Classes between commas, by code or name; two digits are all classes of one group."""
    radius_m: Annotated[float, Field(gt=0, le=5000)] = 100.0
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class StatisticsQuery(BaseModel):
    """What is counted."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    level: Level = "street"
    kind: Annotated[ClassText | None, Field(alias="class")] = None
    unit: Digits | None = None
    at: AwareDatetime | None = None


class FieldsChange(Body):
    """The extra fields of a class."""

    fields: dict[str, Any]


class SurveyOptions(Body):
    """What is said of a survey."""

    dry_run: bool = True
    profile: Name | None = None
    layer: Line | None = None
    crs: Line | None = None
    datum: Datum | None = None
    encoding: Name | None = None
    lon: Line | None = None
    lat: Line | None = None
    columns: Annotated[dict[str, Line], Field(max_length=100)] = {}
    """Our field, or attributes.NAME → column of the file."""
    area: dict[str, Any] | None = None
    """GeoJSON polygon in WGS-84 that was surveyed."""
    classes: Annotated[list[ClassText], Field(max_length=200)] = []
    match_m: Annotated[float, Field(ge=0, le=50)] = 2.0
    missing: Literal["report", "mark", "retire"] = "report"
    codes: Literal["keep", "renew"] = "keep"
    source: Name = "survey"

    @classmethod
    def read(cls, text: str | None) -> SurveyOptions:
        """Read options that stand in the address as JSON; InvalidInput names the field."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            where = [".".join(str(part) for part in each["loc"]) for each in found]
            raise InvalidInput(
                [
                    Problem(f"options.{place}" if place else "options", str(each["msg"]))
                    for place, each in zip(where, found, strict=True)
                ]
            ) from None


class SurveyQuery(BaseModel):
    """What stands in the address of a survey that is sent."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[str | None, Field(max_length=200)] = None
    options: Annotated[str | None, Field(max_length=60_000)] = None
    """JSON of SurveyOptions."""
    wait: Annotated[float, Field(ge=0, le=30)] = 10.0
