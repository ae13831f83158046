"""Who asks in the town: readers of every role and reach, and accounts with keys.

What each may see of it is worked out here in Python, by hand, and never asks the policies.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import Connection

from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.reader import Reader
from spatial.rights.rules import ROLES
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS, UNITS


def cast(connection: Connection[Any]) -> dict[str, Reader]:
    """Make a reader of every role and reach: the city, a street, a grid, an organisation."""
    ours = dict(connection.execute("SELECT code, id FROM organisation").fetchall())
    workers = dict(connection.execute("SELECT unit_code, id FROM worker").fetchall())
    accounts = dict(connection.execute("SELECT area, id FROM account").fetchall())
    readers = {}
    for role in ROLES:
        plain = {"account_id": 10**9, "username": role, "display_name": role, "role": role}
        readers[f"{role} of the city"] = Reader(**{**plain, "account_id": accounts[GRIDS[2]]})
        readers[f"{role} of street 1"] = Reader(**plain, reach="area", area=STREETS[0], above=(DISTRICT,))
        readers[f"{role} of a grid, roads"] = Reader(
            **{**plain, "account_id": accounts[GRIDS[7]]}, reach="area", area=GRIDS[7],
            above=(DISTRICT, STREETS[1], COMMUNITIES[3]), organisation_id=ours["roads"],
            worker_id=workers[GRIDS[7]], layers=frozenset({"plans_roads"}),
        )  # fmt: skip
        readers[f"{role} of water"] = Reader(
            **plain, reach="organisation", organisation_id=ours["water"], layers=frozenset({"plans_water"})
        )
    return readers


def in_reach(reader: Reader, unit: str | None, organisation_id: int | None = None) -> bool:
    """Say by hand whether a row of this unit and organisation is one of the reader's."""
    if reader.reach == "city":
        return True
    if organisation_id is not None and organisation_id == reader.organisation_id:
        return True
    return reader.reach == "area" and unit is not None and unit.startswith(reader.area or "-")


STAFF: dict[str, tuple[str, str, str | None, str | None, str | None]] = {
    "administrator of the city": ("district_administrator", "city", None, None, None),
    "viewer of the city": ("viewer", "city", None, None, None),
    "analyst of the city": ("analyst", "city", None, None, None),
    "commander of the city": ("commander", "city", None, None, None),
    "administrator of street 1": ("street_administrator", "area", STREETS[0], None, None),
    "administrator of street 2, roads": ("street_administrator", "area", STREETS[1], "roads", None),
    "viewer of community 2": ("viewer", "area", COMMUNITIES[1], None, None),
    "analyst of street 2": ("analyst", "area", STREETS[1], None, None),
    "field worker of grid 8, roads": ("field_worker", "area", GRIDS[7], "roads", GRIDS[7]),
    "viewer of water": ("viewer", "organisation", None, "water", None),
    "commander of water": ("commander", "organisation", None, "water", None),
}
"""Account → role, reach, area, organisation, and the grid whose worker it is."""


def hire(connection: Connection[Any]) -> dict[str, tuple[Reader, str]]:
    """Make the accounts of STAFF, each with a key; returns by name the reader, as it must be, and the key."""
    ours = dict(connection.execute("SELECT code, id FROM organisation").fetchall())
    workers = dict(connection.execute("SELECT unit_code, id FROM worker").fetchall())
    staff = {}
    for name, (role, reach, area, organisation, grid) in STAFF.items():
        organisation_id = ours[organisation] if organisation else None
        worker_id = workers[grid] if grid else None
        account_id = create_account(
            connection, name, name, role, "an unlikely Passw0rd", reach, area, organisation_id, worker_id
        )
        key = issue_key(connection, account_id, name, timedelta(hours=1))
        above = tuple(unit for unit in UNITS if area and area != unit and area.startswith(unit))
        layers = frozenset({f"plans_{organisation}"}) if organisation else frozenset[str]()
        reader = Reader(
            account_id,
            name,
            name,
            role,
            reach,
            area,
            above,
            organisation_id,
            worker_id,
            layers,
            key_id=key.id,
        )
        staff[name] = (reader, key.token)
    return staff
