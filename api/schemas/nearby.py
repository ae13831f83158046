"""Bodies and parameters of the routes of what is near."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body
from api.schemas.places import Datum, Lat, Lon
from layers.nearby import KINDS, MOST_RADIUS_M

_KIND = f"({'|'.join(KINDS)})"
By = Literal["streets", "straight"]
Kinds = Annotated[str, Field(pattern=f"^{_KIND}(,{_KIND})*$", max_length=400)]


class NearbyQuery(BaseModel):
    """What is near a point; several kinds stand between commas."""

    model_config = ConfigDict(extra="forbid")

    lon: Lon
    lat: Lat
    datum: Datum = "wgs84"
    radius_m: Annotated[float, Field(gt=0, le=MOST_RADIUS_M, allow_inf_nan=False)] = 1000.0
    kinds: Kinds | None = None
    on_duty: bool = False
    """Of the workers, those on duty alone."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """Of each kind."""
    by: By = "streets"
    """The order: by streets where they are loaded, or straight."""


class NearbyArea(Body):
    """What lies in a drawn area, and how far from a point; the area's middle when none is given."""

    area: dict[str, Any]
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    kinds: Kinds | None = None
    on_duty: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    by: By = "streets"
