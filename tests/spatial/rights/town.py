"""A town to know by heart: two streets of two communities of two grids, one of everything in each.

What stands in a grid is in seeds.py; who asks, and what lies in whose reach, in people.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection, sql
from psycopg.rows import dict_row

from grid_editor.change import Change
from grid_editor.packing import pack
from spatial.events.figures.keeping import fold
from spatial.geometry.arcs import build_arcs
from spatial.geometry.rasters import CellGrid, Raster, write_geotiff
from spatial.grids.versions import publish
from spatial.patrols.compliance.seen import united
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.keeping import fold as fold_heat
from spatial.patrols.heat.keeping import keep
from spatial.patrols.heat.records import Contributions, Entries
from spatial.patrols.heat.shown import show
from spatial.patrols.heat.summing import sum_up
from spatial.patrols.partitions import ensure
from tests.spatial.grids.cities import SOUTH, STEP, WEST, draft, squares
from tests.spatial.rights.seeds import MEASURED, SEEDS

DISTRICT = "990101"
STREETS = (f"{DISTRICT}001", f"{DISTRICT}002")
COMMUNITIES = tuple(f"{street}00{n}" for street in STREETS for n in (1, 2))
GRIDS = tuple(f"{community}00{n}" for community in COMMUNITIES for n in (1, 2))
UNITS = (DISTRICT, *STREETS, *COMMUNITIES, *GRIDS)
MATTER, CLASS = "01001", "01001"
ORGANISATIONS = ("water", "roads")


def middle(grid: str) -> tuple[float, float]:
    """Give a point inside a grid: they stand in two columns of four squares."""
    row = GRIDS.index(grid)
    return WEST + (row // 4 + 0.5) * STEP, SOUTH + (row % 4 + 0.5) * STEP


def build(connection: Connection[Any]) -> None:
    """Fill an empty database, as the owner. Things are named by the grid they stand in."""
    _publish(connection)
    run = connection.execute
    for code in ORGANISATIONS:
        run(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES (%s, %s, %s, 'utility')", (code,) * 3
        )
    ensure(connection, date.today() - timedelta(days=1), date.today())
    for number, grid in enumerate(GRIDS):
        _fill(connection, grid, ORGANISATIONS[number % 2])
    for code in ORGANISATIONS:
        _lay(connection, code)
    run(
        "INSERT INTO duty (unit_code, category, organisation_id, rank) SELECT c, NULL, o.id, 3"
        " FROM unnest(%s::text[]) AS c JOIN organisation AS o ON o.code = 'water'",
        ([DISTRICT, *STREETS, *COMMUNITIES],),
    )
    run(
        "INSERT INTO address (full_text, kind, geom, source) VALUES ('1 Test Road', 'road',"
        " ST_SetSRID(ST_MakePoint(%s, %s), 4326), 'test')",
        middle(GRIDS[0]),
    )
    run("INSERT INTO address (full_text, kind, geom, source) SELECT 'gone', kind, geom, source FROM address")
    run("DELETE FROM address WHERE full_text = 'gone'")
    run(
        "INSERT INTO address_alias (term, name, kind, source) VALUES ('Test Road', 'Old Road', 'old', 'test')"
    )
    run(
        "INSERT INTO matter_profile (name, title, title_en, standard, source, prefix)"
        " VALUES ('town', 'town', 'town', 'own', 'test', 'town')"
    )
    run(
        "INSERT INTO matter (code, name, class_code, class_name, standard, profile, list_code, retired)"
        " VALUES ('0town01', 'old matter', '0town', 'town', 'own', 'town', '01', true)"
    )
    run("INSERT INTO matter_mapping VALUES ('0town01', '01001', 1, 'test', true)")
    run("INSERT INTO division VALUES (%s, 1, 'test district')", (DISTRICT,))
    run('INSERT INTO city_note (notes) VALUES (\'{"name": "Town"}\')')
    run(
        "INSERT INTO basemap_feature (theme, geom) VALUES ('water', ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
        middle(GRIDS[0]),
    )
    run(
        "INSERT INTO raster (name, title, title_en, bands, source, content) VALUES"
        " ('population', 't', 't', ARRAY['people', 'households'], 'test', %s)",
        (write_geotiff(raster()),),
    )
    _warm(connection)
    _publish_layers(connection)
    # Some of the figures are added up, the others wait for it.
    fold(connection, 3 * len(GRIDS) // 2)
    connection.execute("UPDATE event SET returned_count = 1 WHERE unit_code = %s", (GRIDS[0],))


def raster() -> Raster:
    """A hundred people in every cell, four cells in every grid."""
    cells = CellGrid(WEST, SOUTH + 4 * STEP, STEP / 2, STEP / 2, 8, 4)
    return Raster(cells, ("people", "households"), np.stack([np.full((8, 4), 100.0), np.full((8, 4), 40.0)]))


def _publish(connection: Connection[Any]) -> None:
    def up(code: str) -> str | None:
        return code[:-3] if len(code) > len(DISTRICT) else None

    levels = {6: 1, 9: 2, 12: 3, 15: 4}
    units = [draft(levels[len(code)], code, up(code), f"unit {code}") for code in reversed(UNITS)]
    base = sorted((unit for unit in units if unit.level == 4), key=lambda unit: GRIDS.index(unit.code))
    others = [unit for unit in units if unit.level < 4]
    publish(
        connection, "grids", [*base, *others], build_arcs(squares(2, 4)), "town",
        datetime.now(UTC) - timedelta(days=30),
    )  # fmt: skip


def _fill(connection: Connection[Any], grid: str, organisation: str) -> None:
    """Put one of everything into a grid; the organisation it belongs to alternates."""
    lon, lat = middle(grid)
    values = {"grid": grid, "lon": lon, "lat": lat, "no": f"E{grid}", "worker": f"W{grid}"}
    values |= {"organisation": organisation, "component": f"{DISTRICT}{CLASS}{GRIDS.index(grid):06d}"}
    values["packed"] = pack(Change())
    # Whoever walks in a test may walk within the window of the patrol that is due here: it can be judged.
    values["part"] = united([], 1).pack()
    for statement in SEEDS:
        connection.execute(statement, values)


def _warm(connection: Connection[Any]) -> None:
    """Let the worker of each grid have stood in it three weeks ago, and cut that week as if one were many."""
    today = date.today()
    for number, grid in enumerate(GRIDS, 1):
        x, y = lattice.spots(*middle(grid))
        place, one = lattice.number([int(x)], [int(y)]), np.ones(1, np.int64)
        heat = Contributions(Entries.of(place, one, 9 * one, number * 60_000 * one), (grid,))
        mover = connection.execute(
            "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id WHERE w.code = %s",
            [f"W{grid}"],
        ).fetchall()[0][0]
        keep(connection, mover, today - timedelta(days=21), heat.packed())
    fold_heat(connection, today)
    while show(connection, today, 1):
        pass
    connection.commit()
    sum_up(connection, today)
    # What changes after that stands beside the totals.
    heat = Contributions(Entries.of(place, one, 10 * one, number * 60_000 * one), (grid,))
    keep(connection, mover, today - timedelta(days=21), heat.packed())


def _lay(connection: Connection[Any], organisation: str) -> None:
    """Give an organisation a network of one pipe."""
    lon, lat = middle(GRIDS[0])
    values = {"organisation": organisation, "lon": lon, "lat": lat}
    for statement in (
        """INSERT INTO network (name, kind, source, organisation_id)
           SELECT 'network ' || code, 'water', 'test', id FROM organisation WHERE code = %(organisation)s""",
        """INSERT INTO network_node (network_id, code, kind, geom)
           SELECT n.id, x::text, 'junction', ST_SetSRID(ST_MakePoint(%(lon)s + x / 1000.0, %(lat)s), 4326)
           FROM network AS n, generate_series(0, 1) AS x WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_link (network_id, code, kind, from_node, to_node, geom)
           SELECT n.id, 'pipe', 'pipe', a.id, b.id, ST_MakeLine(a.geom, b.geom)
           FROM network AS n JOIN network_node AS a ON a.network_id = n.id AND a.code = '0'
           JOIN network_node AS b ON b.network_id = n.id AND b.code = '1'
           WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_device (network_id, code, kind, node_id, geom)
           SELECT a.network_id, 'valve', 'valve', a.id, a.geom
           FROM network AS n JOIN network_node AS a ON a.network_id = n.id AND a.code = '0'
           WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_service (network_id, code, link_id, at_m, geom)
           SELECT l.network_id, 'house', l.id, 1, ST_StartPoint(l.geom)
           FROM network AS n JOIN network_link AS l ON l.network_id = n.id
           WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_customer (network_id, service_id, code)
           SELECT s.network_id, s.id, 'meter'
           FROM network AS n JOIN network_service AS s ON s.network_id = n.id
           WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_problem (network_id, rule, severity, relation, row_id, code, geom, edition)
           SELECT s.network_id, 'unfed', 'error', 'network_service', s.id, s.code, s.geom, 1
           FROM network AS n JOIN network_service AS s ON s.network_id = n.id
           WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_import
               (network_id, name, organisation_id, username, filename, bytes, digest, state)
           SELECT id, name, organisation_id, 'n', 'pipes.inp', 1, '', 'done' FROM network
           WHERE name = 'network ' || %(organisation)s""",
        """INSERT INTO shut_off (network_id, cause, from_at, until_at, question, edition, found, username)
           SELECT id, 'planned', now(), now() + interval '1 day', '{"starts": ["link:pipe"], "barriers": [],
                  "unusable": [], "check_valves": "directed"}', 1, '{"close": [], "closed_already": [],
                  "pinch": [], "stop": [], "cut_off": {"link_codes": [], "node_codes": [], "links": 0,
                  "nodes": 0}, "dry": {"link_codes": [], "node_codes": [], "links": 0, "nodes": 0},
                  "customers": {"services": 0, "customers": 0, "meters": 0, "people": null}}', 'n'
           FROM network WHERE name = 'network ' || %(organisation)s""",
        """INSERT INTO shut_off_valve (shut_off_id, code, kind, needed)
           SELECT s.id, 'valve', 'valve', true FROM shut_off AS s JOIN network AS n ON n.id = s.network_id
           WHERE n.name = 'network ' || %(organisation)s""",
        *MEASURED,
    ):
        connection.execute(statement, values)


def _publish_layers(connection: Connection[Any]) -> None:
    """A layer that is granted to an organisation, beside the built-in ones that are for all."""
    connection.execute(
        """INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                              geometry_type, time_column, fields, tile_fields, min_zoom, position, audience)
           SELECT 'plans_' || o.code, 'p', 'p', 'd', layer.kind, relation, id_column, geometry_column,
                  geometry_type, time_column, fields, tile_fields, min_zoom, 90, 'granted'
           FROM layer, organisation AS o WHERE layer.name = 'places'"""
    )
    connection.execute(
        "INSERT INTO layer_grant (layer, organisation_id) SELECT 'plans_' || code, id FROM organisation"
    )
    connection.execute(
        "UPDATE layer SET published_by = (SELECT id FROM account WHERE area = %s) WHERE name = 'plans_roads'",
        (GRIDS[7],),
    )
    connection.execute("INSERT INTO layer_report (layer, features) SELECT name, 1 FROM layer")
    connection.execute(
        "INSERT INTO external_source"
        " (layer, account_id, username, protocol, mode, url, remote, every_minutes, due_at)"
        " SELECT name, published_by, 'n', 'wfs', 'harvest', 'https://gis.invalid', 'x', 60, NULL"
        " FROM layer WHERE audience = 'granted'"
    )
    connection.execute("INSERT INTO external_health (layer) SELECT layer FROM external_source")
    connection.execute(
        "INSERT INTO published_table"
        " VALUES ('published', 'gone', 'plans_roads', 'id', 'geom', NULL, NULL, true)"
    )


def rows_of(connection: Connection[Any], table: str) -> Iterator[dict[str, Any]]:
    """Read a whole table as its owner, values as text."""
    columns = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        (f"city.{table}",),
    ).fetchall()
    listed = sql.SQL(", ").join(
        sql.SQL("{0}::text AS {0}").format(sql.Identifier(name)) for (name,) in columns
    )
    statement = sql.SQL("SELECT {} FROM {}").format(listed, sql.Identifier(table))
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(statement).fetchall()
