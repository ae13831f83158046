"""The leak matrix: every readable route × accounts of different areas and organisations × every form.

The routes come from the ASGI tree; one without a probe here fails. Each account must see its own rows, all
of them, and no foreign one, and a foreign row must answer exactly like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from psycopg import sql
from starlette.testclient import TestClient

from api.app import Doors, create_app
from spatial.database import connect
from spatial.rights import apply
from spatial.rights.rules import RULES
from spatial.settings import Settings
from tests.api.leaks.eyes import Eyes, routes
from tests.api.leaks.harmless import NOTHING_TO_LEAK
from tests.api.leaks.probes import PROBES
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import rows_of


@pytest.fixture(scope="module")
def client(
    town_url: str, as_app: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    app = create_app(settings, as_app(town_url))
    with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def everybody(town_url: str, client: TestClient) -> list[Eyes]:
    with connect(town_url) as owner:
        staff = hire(owner)
    with connect(town_url) as owner:
        rows = {rule.table: list(rows_of(owner, rule.table)) for rule in RULES}
    return [Eyes(name, reader, client, token, rows) for name, (reader, token) in staff.items()]


def test_every_route_is_looked_through(client: TestClient) -> None:
    assert routes(client.app) == {*PROBES, *NOTHING_TO_LEAK}


@pytest.mark.parametrize("route", PROBES)
def test_everybody_sees_the_own_rows_and_no_foreign_one(everybody: list[Eyes], route: str) -> None:
    assert look(everybody, [route]) == []


def look(everybody: list[Eyes], asked: Iterable[str]) -> list[str]:
    """Let everybody look through some routes; returns what is too much or missing."""
    for eyes in everybody:
        eyes.problems.clear()
        for route in asked:
            try:
                PROBES[route](eyes)
            except (KeyError, DecodeError) as error:
                eyes.problems.append(f"{eyes.name}: {route} answered something else: {error!r}")
    return [problem for eyes in everybody for problem in eyes.problems]


PUBLISHED = {
    "unit_version": "GET /api/city",
    "place": "/ogc/collections/{collection}/items",
    "component": "GET /api/components/{identifier}",
    "resource": "GET /api/resources",
    "place_risk_proposal": "GET /api/place-proposals",
    "event": "/tiles/",
    "layer_count": "/tiles/",
    "figure": "GET /api/figures/events",
    "figure_change": "GET /api/figures/events",
    "layer": "/ogc/collections",
}
"""Table → one route that shows its rows."""


@pytest.mark.slow
@pytest.mark.parametrize("table", PUBLISHED)
@pytest.mark.parametrize("standpoint", ["city", "area"])
def test_dropping_a_policy_turns_its_routes_red(
    everybody: list[Eyes], town_url: str, table: str, standpoint: str
) -> None:
    """And switching row security off for the table, which shows everything to everybody, does too."""
    two = [eyes for eyes in everybody if eyes.name in ("viewer of the city", "administrator of street 1")]
    with connect(town_url, autocommit=True) as owner:
        for harm in ("DROP POLICY {policy} ON {table}", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"):
            names = {"policy": sql.Identifier(f"{standpoint}_read"), "table": sql.Identifier(table)}
            owner.execute(sql.SQL(harm).format(**names))
            _forget(two[0].client)
            try:
                assert look(two, [PUBLISHED[table]]) != []
            finally:
                for statement in list(apply.statements(owner)):
                    owner.execute(statement)
                _forget(two[0].client)
    assert look(two, [PUBLISHED[table]]) == []


def _forget(client: TestClient) -> None:
    """Tiles are kept until they change, and extents for a minute; that a policy goes, nobody tells."""
    app: Any = client.app
    while not isinstance(app, Doors):
        app = app.app
    app.under["/tiles/"]._maker._cache.clear()
    app.under["/ogc/"]._publisher._held.clear()
