"""Special grids of the demo: what happens at a school is the school's, noise is for the police."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import pandas
import psycopg
import pytest

from spatial.events.dispatch.decide import Asked, Decision, Dispatcher

AT = datetime(2026, 11, 18, 2, tzinfo=UTC)


@pytest.fixture
def dispatcher(city: psycopg.Connection[Any]) -> Dispatcher:
    return Dispatcher.read(city)


def decided(dispatcher: Dispatcher, lon: float, lat: float, category: str) -> Decision:
    return dispatcher.decide(Asked([lon], [lat], [category], [AT]))[0]


def lines(city: psycopg.Connection[Any], coverage: str) -> list[tuple[Any, ...]]:
    return city.execute(
        "SELECT d.unit_code, o.kind, o.name, d.organisation_id, ST_X(p), ST_Y(p) FROM duty AS d"
        " JOIN organisation AS o ON o.id = d.organisation_id, ST_PointOnSurface(d.area) AS p"
        " WHERE d.coverage = %s AND d.generated ORDER BY d.unit_code",
        [coverage],
    ).fetchall()


@pytest.mark.parametrize("coverage", ["school", "hospital"])
def test_what_happens_on_its_ground_is_its_own(city: Any, dispatcher: Dispatcher, coverage: str) -> None:
    found = lines(city, coverage)
    assert len(found) > 10
    owners = {organisation for *_, organisation, _, _ in found}
    rows = city.execute("SELECT code FROM unit_version WHERE coverage = %s", [coverage])
    units = {code for (code,) in rows}
    for code, kind, name, organisation, lon, lat in found:
        assert code in units and kind == coverage and name.endswith("(演示)")
        for matter in ("09001", "06010"):
            decision = decided(dispatcher, lon, lat, matter)
            assert decision.rule == "place" and decision.organisation_id in owners
        # Two grounds may overlap: then either of them has it, never the grid around.
        assert decision.organisation_id == organisation or len(dispatcher.rules.places([lon], [lat])[0]) > 1


def test_beside_the_ground_the_grid_has_it(city: Any, dispatcher: Dispatcher) -> None:
    lon, lat = city.execute(
        "SELECT ST_X(p), ST_Y(p) FROM unit_version AS u, ST_PointOnSurface(u.geom) AS p"
        " WHERE u.coverage = 'grids' AND u.level = 4 AND upper_inf(u.sys) AND NOT EXISTS"
        " (SELECT FROM duty AS d WHERE ST_DWithin(d.area, p, 0.001)) ORDER BY u.code LIMIT 1"
    ).fetchone()
    assert decided(dispatcher, lon, lat, "09001").rule in ("grid", "upward", "unavailable")
    noise = decided(dispatcher, lon, lat, "06028")
    station = city.execute(
        "SELECT organisation_id FROM duty WHERE coverage = 'police' AND category = '06028'"
        " AND unit_code = %s",
        [noise.units["police"]],
    ).fetchone()
    assert noise.rule in ("special", "unavailable") and (noise.organisation_id,) == station


def test_the_files_name_offices_that_exist_and_grounds_that_are_drawn(two_streets: Path) -> None:
    special = geopandas.read_parquet(two_streets / "special_duties.parquet")
    areas, offices = (
        pandas.read_parquet(two_streets / f"{name}.parquet") for name in ("areas", "organisations")
    )
    assert set(special["organisation"]) <= set(offices["code"])
    there = set(zip(areas["coverage"], areas["code"], strict=True))
    assert set(zip(special["coverage"], special["unit_code"], strict=True)) <= there
    grounds = special[special["coverage"] != "police"]
    assert {shape.geom_type for shape in grounds["area"]} == {"MultiPolygon"}
    assert special["generated"].all()
