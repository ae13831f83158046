"""The body of a request for an export: the parameters of `items` as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, field_validator

from api.schemas.accounts import Body
from layers.encoders.formats import FORMATS

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Number = float | int


class NewExport(Body):
    """Which features of which layer, in which format; whatever is left out is not limited."""

    layer: Name
    format: Name
    crs: Name | None = None
    """An address of the collection's `crs`; CRS84 unless told."""
    bbox: Annotated[list[Number], Field(min_length=4, max_length=6)] | None = None
    bbox_crs: Name | None = Field(None, alias="bbox-crs")
    datetime: Name | None = None
    filter: Text | dict[str, Any] | None = None
    """CQL2 text, or CQL2 JSON as it is."""
    filter_lang: Literal["cql2-text", "cql2-json"] | None = Field(None, alias="filter-lang")
    filter_crs: Name | None = Field(None, alias="filter-crs")
    q: Name | None = None
    properties: Annotated[list[Name], Field(max_length=1000)] | None = None
    sortby: Annotated[list[Name], Field(max_length=20)] | None = None
    skip_geometry: bool = Field(False, alias="skipGeometry")
    where: dict[str, str | bool | int | float] = Field({}, max_length=50)
    """Attribute equals value."""

    @field_validator("format")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FORMATS:
            raise ValueError(f"is none of {', '.join(FORMATS)}")
        return value

    def query(self) -> list[tuple[str, str]]:
        """Write it as the parameters of `items`."""
        given = self.model_dump(
            by_alias=True, exclude_none=True, exclude_defaults=True, exclude={"layer", "format", "where"}
        )
        if isinstance(self.filter, dict):
            given |= {"filter-lang": "cql2-json"}
        return [(name, _plain(value)) for name, value in {**given, **self.where}.items()]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
