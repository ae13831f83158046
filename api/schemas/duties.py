"""Bodies and parameters of the routes of the duty list."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.plans import Code, Moment, Name, Storable
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.people.duty_values import as_multipolygon

Category = Annotated[str, Field(min_length=1, max_length=20, pattern="^[0-9A-Za-z]+$")]
Skills = Annotated[list[Annotated[str, Field(min_length=1, max_length=40), Storable]], Field(max_length=20)]
Hours = Annotated[str, Field(min_length=1, max_length=200), Storable]
Basis = Annotated[str, Field(max_length=500), Storable]
DraftName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.\- ]+$")]
DraftNamed = Annotated[str, Field(min_length=1, max_length=101, pattern=r"^[\w.\- ]+(@[0-9A-Za-z]*)?$")]
"""NAME, or NAME@UNIT where several units have a draft of that name."""
Json = dict[str, Any]


class LineBody(Body):
    """What a line of the duty list says; what is not sent stays, or is what a new line begins with."""

    coverage: Name = "grids"
    unit_code: Code = ""
    category: Category | None = None
    organisation_id: Number | None = None
    worker_id: Number | None = None
    rank: Annotated[int, Field(ge=1, le=99)] = 1
    anybody: bool = False
    skills: Skills = []
    hours: Hours | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    area: Json | None = None
    """GeoJSON, a Polygon or MultiPolygon in `datum`."""
    basis: Basis | None = None
    datum: str = "wgs84"

    def values(self) -> Json:
        """Give what was sent as fields of a line."""
        given = self.model_dump(exclude_unset=True, exclude={"datum"})
        if given.get("area") is not None:
            given["area"] = polygon_of(given["area"], self.datum)
        return given


def polygon_of(given: Json, datum: str, where: str = "area") -> Any:
    """Read a GeoJSON polygon in a datum as a MultiPolygon in WGS-84; InvalidInput."""
    try:
        shape = shapely.geometry.shape(given)
    except (shapely.GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise InvalidInput.at(where, "is no GeoJSON of a polygon") from None
    shape = as_multipolygon(shape)
    if shape.geom_type != "MultiPolygon" or shape.is_empty:
        raise InvalidInput.at(where, "must be a Polygon or MultiPolygon")
    coordinates = shapely.get_coordinates(shape)
    if not (np.abs(coordinates) <= (180, 90)).all():
        raise InvalidInput.at(where, "must lie between -180 and 180, -90 and 90 degrees")
    return shapely.transform(shape, lambda xy: np.stack(convert(xy[:, 0], xy[:, 1], datum, "wgs84"), axis=1))


class DutyQuery(BaseModel):
    """Which lines."""

    model_config = ConfigDict(extra="forbid")

    below: Annotated[str, Field(max_length=40)] | None = None
    coverage: Annotated[str, Field(max_length=60)] | None = None
    unit_code: Annotated[str, Field(max_length=40)] | None = None
    category: Category | None = None
    organisation_id: Number | None = None
    worker_id: Number | None = None
    at: Moment | None = None
    after: Number | None = None
    limit: Annotated[int, Field(ge=1, le=5_000)] = 500


class GapQuery(BaseModel):
    """Where and for what gaps are looked for."""

    model_config = ConfigDict(extra="forbid")

    unit_code: Annotated[str, Field(max_length=40)] = ""
    category: Category | None = None
    at: Moment | None = None
    kind: Literal["nobody", "nobody_on_duty", "organisation_only"] | None = None
    limit: Annotated[int, Field(ge=1, le=50_000)] = 1_000


class NewDraft(Body):
    """A draft to be begun."""

    name: DraftName
    title: Annotated[str, Field(max_length=200), Storable] = ""
    unit_code: Code | None = None


class DraftChange(Body):
    """One change of a draft."""

    verb: Literal["add", "change", "remove"]
    duty_id: Number | None = None
    line: LineBody | None = None


class DraftChanges(Body):
    """All changes of a draft."""

    changes: Annotated[list[DraftChange], Field(max_length=10_000)]

    def values(self) -> list[Json]:
        """Give the changes as values; InvalidInput names the change."""
        return [_change(n, each) for n, each in enumerate(self.changes)]


def _change(n: int, each: DraftChange) -> Json:
    try:
        line = None if each.line is None else each.line.values()
    except InvalidInput as error:
        raise InvalidInput.at(f"changes[{n}].line.area", error.problems[0].reason) from None
    return {"verb": each.verb, "duty_id": each.duty_id, "line": line}
