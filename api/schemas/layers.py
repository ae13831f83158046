"""Bodies and parameters of the routes that publish layers; what is not listed is refused by its name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body

Name = Annotated[str, Field(min_length=1, max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Column = Annotated[str, Field(min_length=1, max_length=63)]
Text = Annotated[str, Field(max_length=10_000)]
Words = Annotated[list[Line], Field(max_length=50)]
Seconds = Annotated[float, Field(ge=0, le=30)]
Code = Annotated[str, Field(min_length=1, max_length=40)]


class _Publishing(BaseModel):
    """What may be said of whatever is published."""

    name: Name | None = None
    title: Line | None = None
    title_en: Line | None = None
    id_column: Column | None = None
    time_column: Column | None = None
    audience: Literal["all", "granted"] = "all"
    organisation: Code | None = None
    editable: bool = False
    unit_column: Column | None = None
    organisation_column: Column | None = None
    group: Line | None = None
    wait: Seconds = 10


class FileQuery(_Publishing):
    """What is said of a file in the address."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[str, Field(max_length=255)] | None = None
    layer: Line | None = None
    crs: Code | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    encoding: Code | None = None
    lon: Column | None = None
    lat: Column | None = None
    invalid: Literal["mend", "refuse"] = "mend"
    mixed: Literal["split", "keep"] = "split"
    swap_axes: bool = False


class NewTable(_Publishing, Body):
    """A table or view of the database."""

    table: Annotated[str, Field(min_length=1, max_length=127)]
    geometry_column: Column | None = None


class Contact(Body):
    """Whom to ask."""

    name: Line
    organisation: Line | None = None
    email: Line | None = None
    phone: Line | None = None


class LayerChange(Body):
    """What shall be different; what is not sent stays, and null takes it away where it may be missing."""

    title: Line = ""
    title_en: Line = ""
    description: Text = ""
    min_zoom: Annotated[int, Field(ge=0, le=22)] = 0
    audience: Literal["all", "granted"] = "all"
    organisation: Code | None = None
    editable: bool = False
    position: Annotated[int, Field(ge=0, le=30_000)] = 0
    tile_fields: Annotated[list[Column], Field(max_length=50)] = []
    fields: dict[Column, dict[Literal["title", "title_en"], Line]] = {}
    """Titles of attributes by name."""
    keywords: Words | None = None
    themes: Words | None = None
    licence: Line | None = None
    attribution: Line | None = None
    review_number: Line | None = None
    """审图号: the number under which the map was reviewed."""
    lineage: Text | None = None
    rights: Text | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Za-z]{2,8})?$")] | None = None
    group: Line | None = None
    contact: Contact | None = None
