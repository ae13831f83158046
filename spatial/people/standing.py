"""What an account stands for, and who may give it: nobody gives more than they have. Pure rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from spatial.errors import Problem
from spatial.rights.reader import Reader
from spatial.rights.rules import (
    DISTRICT_ADMINISTRATOR,
    FIELD_WORKER,
    ROLES,
    STREET_ADMINISTRATOR,
    VIEWER,
    Roles,
)

GIVEN_BY: Mapping[str, Roles] = {
    STREET_ADMINISTRATOR: frozenset({VIEWER, FIELD_WORKER, STREET_ADMINISTRATOR}),
    DISTRICT_ADMINISTRATOR: frozenset(ROLES),
}
"""The roles that an administrator may give; nobody else gives any."""
REACHES = ("city", "area", "organisation")

NAME_SIGNS = "._@-"
"""What may stand in a user name beside letters and digits."""
NAME_LENGTHS = range(2, 65)
RESERVED = frozenset({"system", "citygrid", "anonymous", "public", "unknown", "postgres"})
"""Names that a record would be misread by."""


@dataclass(frozen=True)
class Standing:
    """Everything that decides what an account may see and do."""

    role: str
    reach: str
    area: str | None = None
    organisation_id: int | None = None
    worker_id: int | None = None
    layers: frozenset[str] = frozenset()
    """Layers that were granted to this very account."""


def is_over_everything(role: str, reach: str) -> bool:
    """Tell whether this is an administrator of the whole city, of whom there must always be one."""
    return role == DISTRICT_ADMINISTRATOR and reach == "city"


def may_administer(reader: Reader) -> bool:
    """Tell whether a reader has anything to do with other people's accounts."""
    return reader.role in GIVEN_BY


def beyond(reader: Reader, wanted: Standing) -> list[str]:
    """Name the fields in which a standing goes beyond what the reader may give.

    An administrator of the whole city gives everything; another one gives the roles of GIVEN_BY inside the
    own area, with no organisation but the own: an organisation's rows lie in all areas.
    """
    if not may_administer(reader):
        return ["role"]
    if is_over_everything(reader.role, reader.reach):
        return [] if wanted.role in ROLES else ["role"]
    checks = {
        "role": wanted.role in GIVEN_BY[reader.role],
        "reach": wanted.reach == reader.reach == "area",
        "area": reader.reach == "area" and reader.holds(wanted.area),
        "organisation_id": wanted.organisation_id in (None, reader.organisation_id),
        "layers": wanted.layers <= reader.layers,
    }
    return [name for name, good in checks.items() if not good]


def shape_problems(wanted: Standing) -> list[Problem]:
    """List what does not fit together in a standing."""
    needs_area, needs_organisation = wanted.reach == "area", wanted.reach == "organisation"
    checks = [
        ("role", wanted.role not in ROLES, f"is none of {', '.join(ROLES)}"),
        ("reach", wanted.reach not in REACHES, f"is none of {', '.join(REACHES)}"),
        ("area", needs_area and not wanted.area, "is needed for the reach 'area'"),
        ("area", not needs_area and wanted.area is not None, "goes with the reach 'area' only"),
        (
            "organisation_id",
            needs_organisation and wanted.organisation_id is None,
            "is needed for the reach 'organisation'",
        ),
    ]
    return [Problem(where, reason) for where, wrong, reason in checks if wrong]


def name_problems(username: str) -> list[Problem]:
    """List what is wrong with a new user name: letters of any script in one form, digits and a few signs.

    One form: small letters, no ligatures or full-width letters, so that no two names look the same for that.
    """
    checks = [
        (len(username) not in NAME_LENGTHS, "must have 2 to 64 characters"),
        (
            not all(sign.isalnum() or sign in NAME_SIGNS for sign in username),
            f"may hold letters, digits and {' '.join(NAME_SIGNS)} only",
        ),
        (
            username != unicodedata.normalize("NFKC", username).casefold(),
            "must be in small letters of ordinary width",
        ),
        (username in RESERVED, "cannot be used"),
    ]
    return [Problem("username", reason) for wrong, reason in checks if wrong]
