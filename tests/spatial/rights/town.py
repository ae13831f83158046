"""A town to know by heart: two streets of two communities of two grids, one of everything in each.

What every account may see of it is worked out here in Python, by hand, and never asks the policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from grid_editor.change import Change
from grid_editor.packing import pack
from spatial.geometry.arcs import build_arcs
from spatial.geometry.rasters import CellGrid, Raster, write_geotiff
from spatial.grids.versions import publish
from spatial.patrols.partitions import ensure
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.reader import Reader
from spatial.rights.rules import ROLES
from tests.spatial.grids.cities import SOUTH, STEP, WEST, draft, squares

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
    _publish_layers(connection)


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
    connection.execute(_SEEDS[0], values)
    for statement in _SEEDS[1:]:
        connection.execute(statement, values)


_SEEDS = (
    """INSERT INTO worker (code, name, phone, role, organisation_id, unit_code, geom)
       SELECT %(worker)s, '张**', '138****0000', 'grid_worker', o.id, %(grid)s,
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO place (kind, name, address, risk_level, geom, unit_code, source)
       VALUES ('school', 'place ' || %(grid)s, 'a', 2, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
               %(grid)s, 'test')""",
    """INSERT INTO component (code, class_code, name, state, geom, unit_code, organisation_id, source)
       SELECT %(component)s, '01001', 'component ' || %(grid)s, 'intact',
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(grid)s, o.id, 'test'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO event (no, category, source, title, state, geom, occurred_at, unit_code, organisation_id,
                          ruling)
       SELECT %(no)s, (SELECT min(code) FROM matter), 'app', 'event ' || %(grid)s, 'dispatched',
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), now(), %(grid)s, o.id, 'inside'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO duty (unit_code, category, organisation_id, worker_id, rank)
       SELECT %(grid)s, NULL, o.id, w.id, 1 FROM organisation AS o, worker AS w
       WHERE o.code = %(organisation)s AND w.code = %(worker)s""",
    """INSERT INTO fix (worker_id, time, lon, lat, datum, source_lon, source_lat)
       SELECT id, now(), %(lon)s, %(lat)s, 'wgs84', %(lon)s, %(lat)s FROM worker WHERE code = %(worker)s""",
    """INSERT INTO account (username, display_name, role, reach, area, organisation_id, worker_id)
       SELECT 'worker ' || %(grid)s, 'n', 'field_worker', 'area', %(grid)s, w.organisation_id, w.id
       FROM worker AS w WHERE w.code = %(worker)s""",
    """INSERT INTO token (digest, account_id, kind, scope, name, expires_at)
       SELECT sha256(convert_to(%(grid)s, 'UTF8')), id, 'device', 'field', %(grid)s, now() + interval '1 day'
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO token_use (token_id, last_used_at, address, agent)
       SELECT id, now(), '127.0.0.1', 'test' FROM token WHERE name = %(grid)s""",
    """INSERT INTO external_identity (issuer, subject, account_id)
       SELECT 'https://sso', username, id FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO login_attempt (name_digest, network, address, good)
       VALUES (sha256(convert_to(%(grid)s, 'UTF8')), 'n', 'a', true)""",
    """INSERT INTO unit_person (unit_id, worker_id, role, version_id, valid)
       SELECT v.unit_id, w.id, 'worker', v.version_id, v.valid FROM unit_version AS v, worker AS w
       WHERE v.code = %(grid)s AND w.code = %(worker)s""",
    """INSERT INTO lineage (version_id, coverage, from_unit, to_unit, kind, area_m2, w_area)
       SELECT version_id, coverage, unit_id, unit_id, 'rename', area_m2, 1 FROM unit_version
       WHERE code = %(grid)s""",
    """INSERT INTO composition (coverage, unit_id, base_unit, valid)
       SELECT 'police', unit_id, unit_id, valid FROM unit_version WHERE code = %(grid)s""",
    "INSERT INTO reporter (event_id, name) SELECT id, '张*' FROM event WHERE no = %(no)s",
    # Who asks is never in the row but in the settings.
    """INSERT INTO clear_read (account_id, action, relation, field, row_key, reason, at, xid)
       SELECT set_config('citygrid.account', a.id::text, true)::bigint, 'reveal', 'worker', 'phone', w.id,
              'test', now(), 0
       FROM account AS a, worker AS w WHERE a.username = 'worker ' || %(grid)s AND w.code = %(worker)s""",
    "SELECT set_config('citygrid.account', '', true)",
    """INSERT INTO export (account_id, layer, format, asked, record)
       SELECT id, 'places', 'gpkg', '{}', 0 FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO process_job (account_id, process, asked, state, media_type, result)
       SELECT id, 'heatmap', '{}', 'successful', 'application/json', '{}'
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO import (account_id, username, action, state)
       SELECT id, username, 'file', 'done' FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO plan (coverage, title, base_version, drafter_id, drafter, unit_code, head)
       SELECT 'grids', 'plan ' || %(grid)s,
              (SELECT max(id) FROM coverage_version WHERE coverage = 'grids'), id, username, %(grid)s, 1
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO plan_step (plan_id, seq, base_version, operation, title, change, username)
       SELECT id, 1, base_version, '{"op": "rename"}', 'rename', %(packed)s, drafter
       FROM plan WHERE unit_code = %(grid)s""",
    "INSERT INTO plan_net (plan_id, change) SELECT id, %(packed)s FROM plan WHERE unit_code = %(grid)s",
    """INSERT INTO plan_comment (plan_id, text, username)
       SELECT id, 'said of ' || %(grid)s, drafter FROM plan WHERE unit_code = %(grid)s""",
    """INSERT INTO plan_waiver (plan_id, issue_id, rule, reason, username)
       SELECT id, 'sliver:' || %(grid)s, 'sliver', 'test', drafter FROM plan WHERE unit_code = %(grid)s""",
    """INSERT INTO spent_sign_on (digest, expires_at)
       VALUES (sha256(convert_to(%(grid)s, 'UTF8')), now() + interval '1 day')""",
)


def _lay(connection: Connection[Any], organisation: str) -> None:
    """Give an organisation a network of one pipe."""
    values = {"organisation": organisation}
    for statement in (
        """INSERT INTO network (name, kind, source, organisation_id)
           SELECT 'network ' || code, 'water', 'test', id FROM organisation WHERE code = %(organisation)s""",
        """INSERT INTO network_node (network_id, code, kind, geom)
           SELECT n.id, x::text, 'junction', ST_SetSRID(ST_MakePoint(116.3 + x / 100.0, 39.9), 4326)
           FROM network AS n, generate_series(0, 1) AS x WHERE n.name = 'network ' || %(organisation)s""",
        """INSERT INTO network_link (network_id, code, kind, from_node, to_node, geom)
           SELECT n.id, 'pipe', 'pipe', a.id, b.id, ST_MakeLine(a.geom, b.geom)
           FROM network AS n JOIN network_node AS a ON a.network_id = n.id AND a.code = '0'
           JOIN network_node AS b ON b.network_id = n.id AND b.code = '1'
           WHERE n.name = 'network ' || %(organisation)s""",
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


def rows_of(connection: Connection[Any], table: str) -> Iterator[dict[str, Any]]:
    """Read a whole table as its owner, values as text."""
    from psycopg import sql
    from psycopg.rows import dict_row

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
