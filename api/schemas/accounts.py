"""Bodies of the routes about keys, accounts, organisations and grants.

A field that is not listed is refused by its name: nobody is made more by a field that slipped through.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Line = Annotated[str, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Password = Annotated[str, Field(max_length=1000)]
Days = Annotated[int, Field(ge=1, le=730)]
Role = Literal[
    "viewer", "field_worker", "street_administrator", "district_administrator", "analyst", "commander"
]
Reach = Literal["city", "area", "organisation"]


class Body(BaseModel):
    """Exactly the fields of the class, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PasswordChange(Body):
    """The password that is and the one that shall be."""

    old: Password
    new: Password


class NewToken(Body):
    """A key for a program."""

    name: Line
    days: Days = 90
    scope: Literal["all", "read", "field"] = "read"


class NewDevice(Body):
    """A key for a field app."""

    name: Line
    days: Days = 365
    quota_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class NewAccount(Body):
    """An account to be made; its password is made here and told once."""

    username: Annotated[str, Field(max_length=200)]
    display_name: Line
    role: Role
    reach: Reach
    area: Code | None = None
    organisation_id: Number | None = None
    worker_id: Number | None = None


class AccountChange(Body):
    """What shall be different; fields that are not sent stay."""

    display_name: Line = ""
    role: Role = "viewer"
    reach: Reach = "area"
    area: Code | None = None
    organisation_id: Number | None = None
    worker_id: Number | None = None
    disabled: bool = False


class NewOrganisation(Body):
    """A responsible unit (责任单位)."""

    code: Code
    name: Line
    name_en: Line
    kind: Code


class OrganisationChange(Body):
    """What shall be different; fields that are not sent stay."""

    name: Line = ""
    name_en: Line = ""
    kind: Code = ""


class Grants(Body):
    """Who may read a layer: everybody who is logged in, or these alone."""

    audience: Literal["all", "granted"]
    accounts: Annotated[list[Number], Field(max_length=1000)] = []
    organisations: Annotated[list[Number], Field(max_length=1000)] = []
