"""Counts kept beside the points: exact for every reader after any change, and never in a writer's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection, sql

from layers import catalogue
from spatial.database import Database, connect, session
from spatial.geometry.tile_matrix import TILE_MATRIX_SETS, Tile, tile_at
from spatial.rights.reader import Reader
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, build, middle
from tests.tiles.shapes import decoded
from tiles import counts
from tiles.counts import LEVELS, keep, usable_source
from tiles.overview import overview_tile
from tiles.rows import Variant

TABLES = {"places": "place", "components": "component", "events": "event"}


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture(scope="module")
def staff(town_url: str) -> dict[str, Reader]:
    with connect(town_url) as owner:
        return {name: reader for name, (reader, _) in hire(owner).items()}


@pytest.fixture(scope="module")
def town(town_url: str, as_app: Callable[[str], str], staff: dict[str, Reader]) -> Iterator[Database]:
    pool = Database(as_app(town_url), pool_size=3)
    pool.open()
    yield pool
    pool.close()


def total(connection: Connection[Any], name: str, zoom: int, variant: Variant, matrix: str) -> int:
    layer, found = catalogue.layer(connection, name), TILE_MATRIX_SETS[matrix]
    tiles = {tile_at(*middle(grid), zoom, found) for grid in GRIDS}
    around = {
        Tile(zoom, tile.x + dx, tile.y + dy, found)
        for tile in tiles
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    }
    return sum(
        each["properties"]["count"]
        for tile in around
        if tile.exists
        for each in decoded(overview_tile(connection, layer, tile, variant), name)
    )


@pytest.mark.parametrize("zoom", [1, 8, 13])
@pytest.mark.parametrize("name", TABLES)
def test_everybody_counts_the_rows_that_they_may_read(
    town: Database, staff: dict[str, Reader], name: str, zoom: int
) -> None:
    for reader in staff.values():
        with session(town, reader) as connection:
            rows = connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(TABLES[name]))
            ).fetchone()[0]
            assert usable_source(connection, catalogue.layer(connection, name)) == f"city.{TABLES[name]}"
            for matrix in TILE_MATRIX_SETS:
                variant = Variant("gcj02" if matrix == "CGCS2000Quad" else "wgs84")
                assert total(connection, name, zoom, variant, matrix) == rows, (reader, matrix)


def by_cell(owner: Connection[Any], table: str) -> dict[Any, Any]:
    """What is kept, as one row a cell, unit and organisation."""
    rows = owner.execute(
        "SELECT level, x, y, unit_code, organisation_id, sum(points), sum(lon), sum(lat) FROM layer_count"
        " WHERE source = %s GROUP BY 1, 2, 3, 4, 5 HAVING sum(points) <> 0 OR sum(lon) <> 0 OR sum(lat) <> 0",
        [f"city.{table}"],
    ).fetchall()
    return {row[:5]: row[5:] for row in rows}


def counted_anew(owner: Connection[Any], table: str) -> dict[Any, Any]:
    owner.execute("DELETE FROM layer_count WHERE source = %s", [f"city.{table}"])
    text = owner.execute(
        "SELECT counting(%s, '', %s, 'geom', 'unit_code', 'organisation_id')",
        [f"city.{table}", f"city.{table}"],
    ).fetchone()[0]
    owner.execute(text)
    return by_cell(owner, table)


CHANGES = {
    "moves": "UPDATE place SET geom = ST_Translate(geom, 0.03, -0.02) WHERE id % 2 = 0",
    "changes of no place": "UPDATE place SET name = name || '!'",
    "other units": "UPDATE place SET unit_code = NULL WHERE id % 3 = 0",
    "deletes": "DELETE FROM place WHERE id % 2 = 1",
    "copies": "INSERT INTO place (kind, name, risk_level, geom, unit_code, source, generated)"
    " SELECT kind, name, risk_level, ST_Translate(geom, n * 1e-3, n * 1e-4), unit_code, source, true"
    " FROM place, generate_series(1, 50) AS n",
    "nothing": "DELETE FROM place WHERE false",
    # Histories that hang on it refuse to be emptied; what is asked here is whether the sums follow.
    "a truncation": "ALTER TABLE place_risk DISABLE TRIGGER USER;"
    " ALTER TABLE event_step DISABLE TRIGGER USER; ALTER TABLE explanation DISABLE TRIGGER USER;"
    " TRUNCATE place CASCADE",
}


@pytest.mark.parametrize("change", CHANGES)
def test_counts_follow_every_change(fresh_town: Connection[Any], change: str) -> None:
    fresh_town.execute(CHANGES["copies"])
    fresh_town.execute(CHANGES[change])
    kept = by_cell(fresh_town, "place")
    counts.compact(fresh_town)
    assert by_cell(fresh_town, "place") == kept
    rows = fresh_town.execute("SELECT count(*) FROM place").fetchone()[0]
    assert sum(each[0] for key, each in kept.items() if key[0] == LEVELS[-1]) == rows
    assert counted_anew(fresh_town, "place") == kept


@pytest.fixture
def fresh_town(town_url: str) -> Iterator[Connection[Any]]:
    """The town as its owner; whatever a test changes is undone."""
    with connect(town_url) as owner:
        yield owner
        owner.rollback()


def test_writers_do_not_wait_for_each_other(make_city: Callable[..., Any]) -> None:
    """Both add to the same cells, in opposite order; upserts would stand still here."""
    with make_city(build) as url, connect(url) as one, connect(url) as other:
        for connection, grids in ((one, GRIDS), (other, GRIDS[::-1])):
            connection.execute("SET lock_timeout = '2s'")
            for grid in grids:
                lon, lat = middle(grid)
                connection.execute(
                    "INSERT INTO place (kind, name, risk_level, geom, unit_code, source, generated)"
                    " VALUES ('school', 'x', 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test', true)",
                    [lon, lat, grid],
                )
        counts.compact(one)
        one.commit(), other.commit()
        with connect(url) as third:
            kept = by_cell(third, "place")
            assert counted_anew(third, "place") == kept


def test_who_may_not_change_counts_cannot(town: Database, staff: dict[str, Reader]) -> None:
    from psycopg.errors import InsufficientPrivilege

    for statement in ("DELETE FROM layer_count", "SELECT counting('x', '', 'x', 'x', '', '')"):
        for reader in staff.values():
            with pytest.raises(InsufficientPrivilege), session(town, reader) as connection:
                connection.execute(statement)


def test_keeping_again_changes_nothing(fresh_town: Connection[Any]) -> None:
    before = fresh_town.execute("SELECT max(id) FROM layer_count").fetchone()
    assert keep(fresh_town) == []
    assert fresh_town.execute("SELECT max(id) FROM layer_count").fetchone() == before


def test_a_published_table_is_counted_from_then_on(fresh_town: Connection[Any]) -> None:
    fresh_town.execute(
        'CREATE TABLE published."Wells%" AS SELECT n AS id, ST_Transform(ST_SetSRID('
        'ST_MakePoint(116.3 + n * 1e-4, 39.9), 4326), 4547) AS "Geom" FROM generate_series(1, 500) AS n'
    )
    fresh_town.execute(
        "INSERT INTO layer (name, title, title_en, description, kind, schema, relation, id_column,"
        " geometry_column, geometry_type, srid, fields, tile_fields, position, sources) VALUES"
        " ('wells', 'w', 'w', '', 'table', 'published', 'Wells%', 'id', 'Geom', 'point', 4547, '[]', '[]',"
        " 99, ARRAY['published.Wells%'])"
    )
    layer = catalogue.layer(fresh_town, "wells")
    assert usable_source(fresh_town, layer) is None
    exact = decoded(overview_tile(fresh_town, layer, tile_at(116.32, 39.9, 9)), "wells")
    assert keep(fresh_town) == ["published.Wells%"]
    assert usable_source(fresh_town, layer) == "published.Wells%"
    assert sum(each["properties"]["count"] for each in exact) == 500
    kept = decoded(overview_tile(fresh_town, layer, tile_at(116.32, 39.9, 9)), "wells")
    assert [each["properties"] for each in kept] == [each["properties"] for each in exact]
    fresh_town.execute('DELETE FROM published."Wells%" WHERE id > 10')
    assert (
        sum(
            each["properties"]["count"]
            for each in decoded(overview_tile(fresh_town, layer, Tile(0, 0, 0)), "wells")
        )
        == 10
    )


def test_rows_that_are_somebodys_are_not_counted_for_readers_of_an_area(fresh_town: Connection[Any]) -> None:
    """A published table whose rows are told apart otherwise than ours are is counted row by row for them."""
    fresh_town.execute(
        "CREATE TABLE published.w AS SELECT 1 AS id, ''::text AS unit, ST_Point(1, 1, 4326) AS geom"
    )
    fresh_town.execute(
        "INSERT INTO layer (name, title, title_en, description, kind, schema, relation, id_column,"
        " geometry_column, geometry_type, fields, tile_fields, position, sources, unit_column) VALUES"
        " ('w', 'w', 'w', '', 'table', 'published', 'w', 'id', 'geom', 'point', '[]', '[]', 99,"
        " ARRAY['published.w'], 'unit')"
    )
    keep(fresh_town)
    layer = catalogue.layer(fresh_town, "w")
    assert usable_source(fresh_town, layer) == "published.w"
    fresh_town.execute("SELECT set_config('citygrid.reach', 'area', true)")
    assert usable_source(fresh_town, layer) is None
