"""What is near among ten thousand people: by streets, straight, as pgRouting finds it, and by a plain scan.

`python -m bench.nearby [--workers 10000] [--blocks 120]` makes a private cluster in a temporary folder, lays
streets (a lattice of bent blocks of 150 m with a tenth of the streets missing), puts people on duty all over
it, each with a last position, and asks for the nearest 20 and 100 within 1 and 3 km of random points, as a
commander of the city and as an administrator of a street, through the workers' role. In the same run
`pgr_drivingDistance` answers over the same streets, and a plain scan measures to everybody. The distances by
streets must be those of pgRouting.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from api.prepare import bring_up_to_date
from layers.nearby import around
from spatial.database import Database, session
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.roles import app_url, mark_leakproof
from spatial.rights.reader import SYSTEM, Reader
from spatial.streets.streets import Roads, read
from spatial.types import LngLat

WEST, SOUTH = 116.20, 39.90
EAST_STEP, NORTH_STEP = 0.00176, 0.00135
"""Degrees: about 150 m."""
CITY = Reader(None, "commander", "commander", "commander")
STREET = replace(CITY, role="street_administrator", reach="area", area="110108005", above=("110108",))
ROUNDS = 40
PEOPLE = """
INSERT INTO organisation (code, name, name_en, kind) SELECT 'o' || n, 'o' || n, 'o' || n, 'utility'
FROM generate_series(1, 20) AS n;
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code, on_duty, geom, seen_at)
SELECT 'w' || n, '\u5f20*', '1**', 'grid_worker', (SELECT min(id) + n %% 20 FROM organisation),
       '110108' || lpad((n %% 29 + 1)::text, 3, '0') || '001001', true,
       ST_SetSRID(ST_MakePoint(%(west)s + random() * %(width)s, %(south)s + random() * %(height)s), 4326),
       now() - random() * interval '10 minutes'
FROM generate_series(1, %(workers)s) AS n;
INSERT INTO last_position (mover_id, time, mark, lon, lat, speed_mps, flags, received_at)
SELECT m.id, w.seen_at, 0, ST_X(w.geom), ST_Y(w.geom), random() * 2, 0, now()
FROM mover AS m JOIN worker AS w ON w.id = m.worker_id;
"""
PEER = """
CREATE TABLE peer_edge AS
SELECT row_number() OVER () AS id, a AS source, b AS target, length_m AS cost, length_m AS reverse_cost
FROM unnest(%(a)s::bigint[], %(b)s::bigint[], %(length_m)s::float8[]) AS e (a, b, length_m);
CREATE INDEX ON peer_edge (source);
CREATE INDEX ON peer_edge (target);
CREATE TABLE peer_worker AS
SELECT * FROM unnest(%(worker)s::bigint[], %(corner)s::bigint[]) AS w (id, corner);
CREATE INDEX ON peer_worker (corner);
ANALYZE peer_edge; ANALYZE peer_worker
"""
PGROUTING = """
SELECT w.id, d.agg_cost
FROM pgr_drivingDistance('SELECT id, source, target, cost, reverse_cost FROM city.peer_edge',
                         %(corner)s, %(far)s, false) AS d
JOIN peer_worker AS w ON w.corner = d.node
ORDER BY d.agg_cost LIMIT 20
"""
SCAN = """
SELECT w.id, ST_Distance(w.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
FROM worker AS w ORDER BY 2 LIMIT 20
"""


def main() -> None:
    """Make, ask, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=10_000)
    parser.add_argument("--blocks", type=int, default=120)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home, throwaway=True)
        cluster.ensure()
        try:
            _run(cluster, wanted.workers, wanted.blocks)
        finally:
            cluster.remove()


def _run(cluster: Cluster, workers: int, blocks: int) -> None:
    url = cluster.url()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        for extension in EXTENSIONS:
            administrator.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')  # type: ignore[arg-type]
        mark_leakproof(administrator)
    bring_up_to_date(url, master=cluster.home / "secrets" / "master")
    _lay(url, workers, blocks)
    database = Database(app_url(url, cluster.home), pool_size=2)
    database.open()
    started = time.perf_counter()
    with session(database, SYSTEM) as connection:
        roads = read(connection)
    assert roads is not None
    print(f"streets read and made a graph: {len(roads.foot.ends):,} pieces, {roads.foot.corners:,} corners, "
          f"{time.perf_counter() - started:.2f} s")  # fmt: skip
    points = _points(blocks)
    _ask(database, points, roads)
    _compare(url, points, roads)
    database.close()


def _lay(url: str, workers: int, blocks: int) -> None:
    rng = np.random.default_rng(7)
    lines = []
    for x in range(blocks):
        for y in range(blocks):
            here = np.array([WEST + x * EAST_STEP, SOUTH + y * NORTH_STEP])
            for step in ([EAST_STEP, 0], [0, NORTH_STEP]):
                if rng.random() < 0.9:
                    bend = here + np.array(step) / 2 + rng.normal(0, 2e-4, 2)
                    lines.append(np.round([here, bend, here + step], 7))
    texts = [(shapely.to_wkb(shapely.LineString(line), hex=True),) for line in lines]
    sides = {"west": WEST, "south": SOUTH, "width": blocks * EAST_STEP, "height": blocks * NORTH_STEP}
    # Parameters go with single statements only.
    with psycopg.connect(url, autocommit=True, options="-c search_path=city,public",
                         cursor_factory=psycopg.ClientCursor) as owner:  # fmt: skip
        owner.cursor().executemany(
            "INSERT INTO basemap_feature (theme, kind, geom)"
            " VALUES ('road', 'residential', ST_SetSRID(%s::geometry, 4326))", texts,
        )  # fmt: skip
        owner.execute(PEOPLE, {**sides, "workers": workers})
        owner.execute("VACUUM ANALYZE")


def _points(blocks: int) -> list[LngLat]:
    rng = np.random.default_rng(11)
    middle = rng.uniform(0.2, 0.8, (ROUNDS, 2)) * blocks * np.array([EAST_STEP, NORTH_STEP])
    return [LngLat(float(x), float(y)) for x, y in middle + np.array([WEST, SOUTH])]


def _ask(database: Database, points: list[LngLat], roads: Roads) -> None:
    for name, reader in (("city", CITY), ("street", STREET)):
        for radius_m, limit in ((1000.0, 20), (3000.0, 100)):
            for by, given in (("straight", None), ("streets", roads)):

                def one(
                    point: LngLat, radius_m: float = radius_m, limit: int = limit, reader: Reader = reader,
                    given: Roads | None = given,
                ) -> None:  # fmt: skip
                    with session(database, reader) as connection:
                        around(connection, point, radius_m, ["worker"], limit, roads=given)

                _timed(f"{name}, {radius_m:.0f} m, nearest {limit}, {by}", points, one)


def _timed(name: str, points: list[LngLat], one: Callable[[LngLat], object]) -> None:
    for point in points[:5]:
        one(point)
    took = []
    for point in points:
        started = time.perf_counter()
        one(point)
        took.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(took, [50, 95])
    print(f"{name:44} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  most {max(took):6.1f} ms")


def _compare(url: str, points: list[LngLat], roads: Roads) -> None:
    """Let pgRouting answer over the same graph, from the corner nearest to each point and worker."""
    graph = roads.foot
    corners = _corners(graph)
    tree = shapely.STRtree(shapely.points(corners))
    with psycopg.connect(url, autocommit=True, options="-c search_path=city,public",
                         cursor_factory=psycopg.ClientCursor) as owner:  # fmt: skip
        rows = owner.execute("SELECT id, ST_X(geom), ST_Y(geom) FROM worker").fetchall()
        at = np.array(rows, float)
        nearest = tree.nearest(shapely.points(at[:, 1:]))
        values = {"a": graph.ends[:, 0].tolist(), "b": graph.ends[:, 1].tolist()}
        values |= {"length_m": graph.length_m.tolist(), "worker": at[:, 0].astype(int).tolist()}
        owner.execute(PEER, {**values, "corner": nearest.tolist()})
        begins = dict(zip(points, tree.nearest(shapely.points(points)).tolist(), strict=True))

        def peer(point: LngLat) -> list[Any]:
            return owner.execute(PGROUTING, {"corner": begins[point], "far": 1500.0}).fetchall()

        _timed("pgr_drivingDistance, 1500 m, nearest 20", points, peer)
        _timed(
            "plain scan of everybody, straight", points, lambda p: owner.execute(SCAN, p._asdict()).fetchall()
        )
        _same(
            points[:10],
            roads,
            corners,
            begins,
            peer,
            dict(zip(at[:, 0].astype(int).tolist(), nearest, strict=True)),
        )


def _corners(graph: Any) -> Any:
    """Find where corners are: at the ends of the pieces, in degrees."""
    places = np.zeros((graph.corners, 2))
    for end, position in ((0, 0), (1, -1)):
        places[graph.ends[:, end]] = shapely.get_coordinates(shapely.get_point(graph.lines, position))
    unit = shapely.get_coordinates(graph.plane([1.0], [1.0]))[0]
    return places / unit


def _same(points: Any, roads: Roads, corners: Any, begins: Any, peer: Any, corner_of: Any) -> None:
    worst = 0.0
    for point in points:
        rows = peer(point)
        spots = corners[[corner_of[key] for key, _ in rows]]
        ours = roads.distances(LngLat(*corners[begins[point]]), *spots.T, np.zeros(len(rows), bool))
        worst = max(worst, float(np.abs(ours - [cost for _, cost in rows]).max()))
    print(f"from corner to corner, ours and pgRouting's differ by {worst:.3f} m at most")
    assert worst < 0.2


if __name__ == "__main__":
    main()
