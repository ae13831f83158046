"""Real layers with gaps and overlaps along most borders, brought in through HTTP and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from psycopg import Connection

from grid_editor.cleaning import Tolerances, clean
from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.grids.coverages import define
from spatial.grids.units import Coverage, UnitDraft
from spatial.grids.versions import publish
from tests.api.plan_files import brought
from tests.api.planning import Json, Office
from tests.spatial.rights.town import build

ROOT = Path(__file__).parents[2]
STREETS, PRECINCTS = ROOT / "demo/data/beijing_townships.gpkg", ROOT / "tests/data/providence.gpkg"
BEFORE = datetime.now(UTC) - timedelta(days=9)


def fill(connection: Connection[Any]) -> None:
    """The town; beside it one unit where Haidian is to be, and the districts of Providence."""
    build(connection)
    for name, levels in (("haidian", ("street",)), ("providence", ("district", "precinct"))):
        about = Coverage(name, name, name, "special", levels, "local", 50.0, complete=False)
        define(connection, about)
    whole = UnitDraft(1, "all", None, "all", "all", False)
    publish(connection, "haidian", [whole], build_arcs([shapely.box(116.1, 39.9, 116.4, 40.1)]), "x", BEFORE)
    found = gpd.read_file(PRECINCTS, layer="districts").to_crs(4326)
    shapes = build_polygons(clean(found.geometry.to_numpy(), Tolerances()).arcs, len(found))
    codes = [f"D{number:.0f}" for number in found["id"]]
    units = [UnitDraft(2, f"{code}-0", code, code, code, False) for code in codes]
    units += [UnitDraft(1, code, None, code, code, False) for code in codes]
    publish(connection, "providence", units, build_arcs(list(shapes)), "x", BEFORE)


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(fill) as url:
        yield url


def drafted(office: Office, home: Path, coverage: str, file: Path, **fields: Any) -> tuple[int, Json]:
    plan = int(office["deputy"].post("/api/plans", {"coverage": coverage, "title": coverage})["id"])
    found = brought(office, home, "deputy", plan, file.read_bytes(), whole="true", **fields)
    assert found["state"] == "done", found["problems"]
    return plan, found


def published(office: Office, plan: int, coverage: str, level: int) -> gpd.GeoDataFrame:
    office.publish(plan)
    rows = office.rows(
        "SELECT code, parent_code, name, ST_AsBinary(geom), area_m2 FROM unit_version"
        " WHERE coverage = %s AND level = %s AND upper_inf(sys) AND upper_inf(valid)",
        coverage, level,
    )  # fmt: skip
    shapes = shapely.from_wkb([bytes(row[3]) for row in rows])
    facts = {
        "code": [row[0] for row in rows],
        "parent": [row[1] for row in rows],
        "m2": [row[4] for row in rows],
    }
    return gpd.GeoDataFrame(facts, geometry=shapes, crs=4326)


def test_the_streets_of_haidian(office: Office, home: Path) -> None:
    plan, found = drafted(office, home, "haidian", STREETS, layer="townships", code="township_id")
    summary, report = found["summary"], found["report"]
    assert (summary["features"], summary["new"], summary["lost"], summary["retired"]) == (28, 28, 0, 1)
    assert (summary["gaps"], summary["moved"]) == (1, 52)
    assert sum(place["area_m2"] for place in report["moved"]) == pytest.approx(92.7, abs=1)
    for row in report["units"]:
        balance = row["area_before_m2"] + row["gained_m2"] - row["lost_m2"]
        assert row["area_after_m2"] == pytest.approx(balance, rel=1e-7)
        assert row["gained_m2"] + row["lost_m2"] < 50
    now = published(office, plan, "haidian", 1)
    assert shapely.coverage_is_valid(np.asarray(now.geometry))
    assert now["m2"].sum() == pytest.approx(sum(row["area_after_m2"] for row in report["units"]), rel=2e-6)


def test_the_precincts_of_providence_in_their_districts(office: Office, home: Path) -> None:
    """Every precinct lies in one district to the last digit, and what that costs is in the report."""
    plan, found = drafted(office, home, "providence", PRECINCTS, layer="precincts", name="NAME")
    summary, report = found["summary"], found["report"]
    assert (summary["features"], summary["new"] + summary["lost"], summary["retired"]) == (59, 59, 15)
    area = sum(row["area_before_m2"] for row in report["units"])
    assert 0 < sum(place["area_m2"] for place in report["moved"]) < 0.001 * area
    kinds = {place["kind"] for place in report["moved"]}
    assert "left_parent" in kinds
    districts = {row["code"]: row.geometry for _, row in published(office, plan, "providence", 1).iterrows()}
    now = published_again(office)
    assert shapely.coverage_is_valid(np.asarray(now.geometry))
    for _, unit in now.iterrows():
        assert districts[unit["parent"]].covers(unit.geometry)


def published_again(office: Office) -> gpd.GeoDataFrame:
    rows = office.rows(
        "SELECT parent_code, ST_AsBinary(geom) FROM unit_version"
        " WHERE coverage = 'providence' AND level = 2 AND upper_inf(sys) AND upper_inf(valid)"
    )
    shapes = shapely.from_wkb([bytes(row[1]) for row in rows])
    return gpd.GeoDataFrame({"parent": [row[0] for row in rows]}, geometry=shapes, crs=4326)
