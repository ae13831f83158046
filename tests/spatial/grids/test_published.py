"""The whole demo city: stored polygons equal the arcs, parents their children, locate equals PostGIS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from spatial.database import connect
from spatial.geometry.arcs import build_polygons
from spatial.grids.locate import Ruling
from spatial.grids.published import load_published
from spatial.grids.versions import read_snapshot


@pytest.fixture(scope="module")
def snapshot(city_url: str):
    with connect(city_url) as connection:
        return read_snapshot(connection, "grids")


@pytest.fixture(scope="module")
def stored(city_url: str) -> dict[int, dict[str, shapely.Geometry]]:
    """All polygons in force, by level and code."""
    found: dict[int, dict[str, shapely.Geometry]] = {}
    with connect(city_url) as connection:
        rows = connection.execute(
            "SELECT level, code, ST_AsBinary(geom) FROM unit_version"
            " WHERE coverage = 'grids' AND upper_inf(sys) AND valid @> now()"
        )
        for level, code, wkb in rows:
            found.setdefault(level, {})[code] = shapely.from_wkb(bytes(wkb))
    return found


def test_the_stored_polygons_are_those_of_the_arcs(snapshot, stored) -> None:
    polygons = build_polygons(snapshot.arcs, snapshot.base_count)
    assert len(polygons) >= 1500
    for unit, polygon in zip(snapshot.units, polygons, strict=False):
        assert shapely.normalize(polygon) == shapely.normalize(stored[4][unit.code])


@pytest.mark.parametrize("level", [1, 2, 3])
def test_parents_are_the_exact_union_of_their_children(snapshot, stored, level: int) -> None:
    parent_of = {unit.code: unit.parent_code for unit in snapshot.units}
    for code, polygon in stored[level].items():
        children = [shape for child, shape in stored[level + 1].items() if parent_of[child] == code]
        union = shapely.coverage_union_all(children)
        assert polygon.equals(union)
        assert shapely.get_coordinates(shapely.symmetric_difference(polygon, union)).size == 0


def test_the_grids_are_a_valid_coverage_without_gaps(stored) -> None:
    grids = list(stored[4].values())
    assert shapely.coverage_is_valid(grids)
    assert all(shapely.is_valid(grid) for grid in grids)
    assert stored[1]["110108"].equals(shapely.coverage_union_all(grids))


def test_all_digits_are_published(city) -> None:
    """What OGC and JSON publish reads back as the very vertices of the arcs."""
    rows = city.execute("SELECT ST_AsGeoJSON(geom, 9), ST_AsBinary(geom) FROM grids LIMIT 200").fetchall()
    for text, wkb in rows:
        assert shapely.from_geojson(text) == shapely.from_wkb(bytes(wkb))


def test_a_broken_index_file_is_made_anew(city_url: str, tmp_path: Path) -> None:
    with connect(city_url) as connection:
        first = load_published(connection, tmp_path, "grids")
        (file,) = (tmp_path / "cache" / "locate").iterdir()
        whole = file.read_bytes()
        for content in (b"", b"not an index", whole[:1000]):
            # Beside it and into place: cutting a file that is mapped kills whoever reads the map.
            other = file.with_suffix(".new")
            other.write_bytes(content)
            other.replace(file)
            again = load_published(connection, tmp_path, "grids")
            assert again.index.answer(116.3325, 39.9905) == first.index.answer(116.3325, 39.9905)


def test_locate_equals_postgis_all_over_the_city(city, city_url: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    points = rng.uniform((116.14, 39.90), (116.39, 40.08), (20_000, 2))
    with connect(city_url) as connection:
        published = load_published(connection, tmp_path, "grids")
    unit, ruling = published.index.locate(points[:, 0], points[:, 1])
    city.execute("CREATE TEMPORARY TABLE asked (n int, geom geometry(Point, 4326)) ON COMMIT DROP")
    with city.cursor().copy("COPY asked FROM STDIN") as copy:
        for n, (lon, lat) in enumerate(points.tolist()):
            copy.write_row((n, f"SRID=4326;POINT({lon!r} {lat!r})"))
    rows = city.execute(
        "SELECT n, code FROM grids, LATERAL"
        " (SELECT n FROM asked WHERE ST_Covers(grids.geom, asked.geom) OFFSET 0) AS covered"
    )
    covering = dict(rows.fetchall())
    codes = published.index.codes
    for n in range(len(points)):
        if ruling[n] == Ruling.inside:
            assert covering[n] == codes[unit[n]]
        elif ruling[n] in (Ruling.nearest, Ruling.unassigned):
            assert n not in covering
    assert (ruling == Ruling.inside).sum() == len(covering)
