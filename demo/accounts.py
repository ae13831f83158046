"""Accounts of the demo city: one for each kind of reader, so that rights can be tried out."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from psycopg import Connection

from spatial.database import query
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key

TOKEN_LIFE = timedelta(days=365)


class Role(NamedTuple):
    """A demo account: `area` and `organisation` name a column of load_areas.sql."""

    username: str
    display_name: str
    role: str
    area: str | None = None
    organisation: str | None = None
    worker: str | None = None


CAST = (
    Role("commander", "演示指挥员", "commander"),
    Role("analyst", "演示分析员", "analyst"),
    Role("viewer", "演示访客", "viewer"),
    Role("street1", "演示街道管理员一", "street_administrator", "street1", "office1"),
    Role("street2", "演示街道管理员二", "street_administrator", "street2", "office2"),
    Role("community", "演示社区管理员", "street_administrator", "community"),
    Role("worker", "演示网格员", "field_worker", "grid", "employer", "worker"),
    Role("drainage", "演示排水单位", "commander", None, "drainage"),
)
"""Reach follows: an area where one is named, else the organisation, else the whole city."""


def make_accounts(connection: Connection[Any]) -> list[dict[str, str | None]]:
    """Make the accounts with fresh passwords and keys; returns what somebody needs to log in as each."""
    row = connection.execute(query("demo", "load_areas")).fetchone()
    names = (
        "street1",
        "street2",
        "office1",
        "office2",
        "community",
        "grid",
        "employer",
        "worker",
        "drainage",
    )
    known: dict[str | None, Any] = dict(zip(names, row or (), strict=True))
    return [_make(connection, role, known) for role in CAST]


def _make(connection: Connection[Any], role: Role, known: dict[str | None, Any]) -> dict[str, str | None]:
    area, organisation = known.get(role.area), known.get(role.organisation)
    reach = "area" if area else "organisation" if organisation else "city"
    password = secrets.token_urlsafe(12)
    account = create_account(
        connection, role.username, role.display_name, role.role, password, reach, area, organisation,
        known.get(role.worker),
    )  # fmt: skip
    token = issue_key(connection, account, "demo", TOKEN_LIFE).token
    login = {"username": role.username, "password": password, "token": token}
    return {**login, "role": role.role, "reach": reach, "area": area}
