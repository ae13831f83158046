"""What others do with the same points and polygons: PostGIS, geopandas, Shapely's STRtree."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psycopg
import shapely

from spatial.database.cluster import Cluster
from spatial.settings import Settings

if TYPE_CHECKING:
    from bench.locate import Case

PLAIN_JOIN = "SELECT p.id, u.id FROM bench_point p JOIN bench_unit u ON ST_Covers(u.geom, p.geom)"
PLACE_OUTER = """
    SELECT p.id, u.id FROM bench_unit u
    CROSS JOIN LATERAL (SELECT id FROM bench_point p WHERE ST_Covers(u.geom, p.geom) OFFSET 0) p
"""


class Peer(NamedTuple):
    """One other way to locate points."""

    name: str
    most_points: int
    locate: Callable[[Case, int], tuple[float, Any]]
    """Answer the first points of a case: seconds, and the unit of each point."""


@contextmanager
def postgis(settings: Settings, throwaway: bool) -> Iterator[str]:
    """Give the URL of a PostGIS: the given one, the platform's own cluster, or one made for this run."""
    if settings.database_url and not throwaway:
        yield settings.database_url.value
    elif not throwaway:
        with Cluster(settings.home) as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as home:
            cluster = Cluster(Path(home), throwaway=True)
            try:
                yield cluster.ensure()
            finally:
                cluster.remove()


def _smallest(point: Any, unit: Any, count: int) -> Any:
    """Make one answer per point of the pairs; the unit with the smallest code if there are several."""
    answers = np.full(count, np.iinfo(np.int32).max)
    np.minimum.at(answers, np.asarray(point, np.int64), np.asarray(unit, np.int64))
    return np.where(answers == np.iinfo(np.int32).max, -1, answers)


def _by_sql(statement: str) -> Callable[[Case, int], tuple[float, Any]]:
    def locate(case: Case, count: int) -> tuple[float, Any]:
        with psycopg.connect(case.postgis_url) as connection:
            _load(connection, case, count)
            began = time.perf_counter()
            connection.execute(f"CREATE TEMP TABLE bench_answer ON COMMIT DROP AS {_named(statement)}")
            seconds = time.perf_counter() - began
            pairs = connection.execute(
                "SELECT array_agg(point), array_agg(unit) FROM bench_answer"
            ).fetchone()
            connection.rollback()
        return seconds, _smallest(*pairs, count)

    return locate


def _named(statement: str) -> str:
    return statement.replace("p.id, u.id", "p.id AS point, u.id AS unit", 1)


def _load(connection: psycopg.Connection[Any], case: Case, count: int) -> None:
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
    connection.execute("CREATE TEMP TABLE bench_unit (id int PRIMARY KEY, geom geometry(MultiPolygon, 4326))")
    connection.execute("CREATE TEMP TABLE bench_point (id int PRIMARY KEY, geom geometry(Point, 4326))")
    units = shapely.to_wkb(shapely.set_srid(np.array(case.polygons), 4326), hex=True, include_srid=True)
    points = shapely.points(case.lon[:count], case.lat[:count])
    points = shapely.to_wkb(shapely.set_srid(points, 4326), hex=True, include_srid=True)
    for table, rows in (("bench_unit", units), ("bench_point", points)):
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            copy.write("".join(f"{number}\t{wkb}\n" for number, wkb in enumerate(rows)))
        connection.execute(f"CREATE INDEX ON {table} USING gist (geom)")
        connection.execute(f"ANALYZE {table}")


def _geopandas(case: Case, count: int) -> tuple[float, Any]:
    import geopandas

    points = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(case.lon[:count], case.lat[:count]), crs=4326
    )
    units = geopandas.GeoDataFrame(geometry=case.polygons, crs=4326)
    began = time.perf_counter()
    joined = geopandas.sjoin(points, units, predicate="within")
    seconds = time.perf_counter() - began
    return seconds, _smallest(joined.index, joined["index_right"], count)


def _strtree(case: Case, count: int) -> tuple[float, Any]:
    points = shapely.points(case.lon[:count], case.lat[:count])
    began = time.perf_counter()
    unit, point = shapely.STRtree(points).query(np.array(case.polygons), "covers")
    return time.perf_counter() - began, _smallest(point, unit, count)


ALL = (
    Peer("PostGIS join as it is written", 100_000, _by_sql(PLAIN_JOIN)),
    Peer("PostGIS, polygons outside (LATERAL OFFSET 0)", 1_000_000, _by_sql(PLACE_OUTER)),
    Peer("geopandas.sjoin(within)", 1_000_000, _geopandas),
    Peer("Shapely STRtree of points, covers", 1_000_000, _strtree),
)
