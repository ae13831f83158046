"""Rows a second and memory of every export format, on a table of points, against ogr2ogr.

`python -m bench.exports [--rows 1000000]` makes a private cluster in a temporary folder. Every format is
written by a process of its own, whose memory is read from VmHWM before and after. ogr2ogr (Debian's GDAL)
reads the same table directly, as its owner, without policies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from api.prepare import bring_up_to_date
from layers.catalogue import Field, Layer
from layers.encoders.formats import FORMATS
from layers.encoders.source import Export, Mark, Source
from layers.features import Selection
from spatial.database import Database, connect, session
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.geometry.crs import SHIFTED, parse_crs
from spatial.rights.reader import Reader

TABLE = """
CREATE TABLE bench_points AS
SELECT n AS id, 'E' || lpad(n::text, 9, '0') AS no, 'title of number ' || n AS title,
       (ARRAY['new', 'open', 'closed'])[1 + n % 3] AS state, n % 100 AS level, n / 7.0::float8 AS score,
       n % 2 = 0 AS listed, timestamptz '2026-01-01' + n * interval '1 second' AS occurred_at,
       date '2026-01-01' + n % 365 AS day, ARRAY['a', 'b' || n % 9] AS tags,
       jsonb_build_object('n', n) AS facts,
       ST_SetSRID(ST_MakePoint(116 + random(), 39.5 + random()), 4326)::geometry(Point, 4326) AS geom
FROM generate_series(1, {rows}) AS n;
ALTER TABLE bench_points ADD PRIMARY KEY (id);
CREATE INDEX ON bench_points USING gist (geom);
ALTER TABLE bench_points ENABLE ROW LEVEL SECURITY;
CREATE POLICY city_read ON bench_points FOR SELECT TO citygrid_city USING (true);
GRANT SELECT ON bench_points TO citygrid_city;
"""
FIELDS = {
    "no": "string", "title": "string", "state": "string", "level": "integer", "score": "number",
    "listed": "boolean", "occurred_at": "date-time", "day": "date", "tags": "array", "facts": "json",
}  # fmt: skip
LAYER = Layer(
    "bench_points", "点", "Points", "", "bench_points", "id", "geom", "point", "occurred_at",
    tuple(Field(name, kind, name, name) for name, kind in FIELDS.items()), (), 0,
)  # fmt: skip
READER = Reader(None, "bench", "bench", "analyst")
CASES = [*((form, "CRS84") for form in FORMATS), ("flatgeobuf", "EPSG:4547"), ("geoparquet", "gcj02")]
OGR = {"FlatGeobuf": ".fgb", "GPKG": ".gpkg"}


def main() -> None:
    """Make the table, write it in every format, print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", help="formats; all unless told")
    parser.add_argument("--one", nargs=4, help="url, format, crs, file: what a process of its own does")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(write(*options.one)))
        return
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home, throwaway=True)
        try:
            _run(cluster, cluster.ensure(), options.rows, options.only)
        finally:
            cluster.stop()


def write(url: str, form: str, crs: str, file: str) -> dict[str, float]:
    """Write one file; returns seconds, rows, bytes and kilobytes of memory before and at most."""
    mark = Mark("bench", "bench", datetime.now(UTC), 0)
    export = Export(LAYER, Selection(limit=None), mark, "points", SHIFTED.get(crs) or parse_crs(crs))
    database = Database(url)
    database.open()
    before = high_water_kb()
    started = time.perf_counter()
    with session(database, READER) as connection:
        source = Source(connection, export)
        FORMATS[form].write(source, Path(file))
    seconds = time.perf_counter() - started
    database.close()
    size = Path(file).stat().st_size
    after = high_water_kb()
    return {"seconds": seconds, "rows": source.rows, "bytes": size, "before_kb": before, "after_kb": after}


def high_water_kb() -> int:
    """Read the most memory that this process has had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _run(cluster: Cluster, url: str, rows: int, only: list[str] | None) -> None:
    bring_up_to_date(url)
    with connect(url) as connection:
        connection.execute(TABLE.format(rows=rows).encode())
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE bench_points")
    app = app_url(url, cluster.home)
    for form, crs in CASES:
        if only is not None and form not in only:
            continue
        file = cluster.home / f"file{FORMATS[form].extension}"
        words = [sys.executable, "-m", "bench.exports", "--one", app, form, crs, str(file)]
        done = subprocess.run(words, capture_output=True, text=True)
        file.unlink(missing_ok=True)
        if done.returncode:
            print(f"{form:12} {crs:9} failed: {done.stderr[-500:]}", flush=True)
            continue
        found = json.loads(done.stdout)
        print(
            f"{form:12} {crs:9} {found['rows'] / found['seconds']:9,.0f} rows/s  {found['seconds']:5.1f} s "
            f"{found['bytes'] / 2**20:6.0f} MiB  memory {found['before_kb'] / 1024:4.0f} MiB"
            f" + {(found['after_kb'] - found['before_kb']) / 1024:4.0f}",
            flush=True,
        )
    for driver, extension in OGR.items():
        _ogr2ogr(url, driver, cluster.home / f"ogr{extension}", rows)


def _ogr2ogr(url: str, driver: str, file: Path, rows: int) -> None:
    words = ["ogr2ogr", "-f", driver, str(file), f"PG:{url}", "-sql", "SELECT * FROM city.bench_points"]
    words = ["/usr/bin/time", "-f", "%M", *words] if Path("/usr/bin/time").exists() else words
    started = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        print(f"ogr2ogr {driver} failed: {done.stderr[-300:]}")
        return
    memory = done.stderr.strip().splitlines()[-1:] or ["?"]
    print(
        f"ogr2ogr {driver:14} {rows / seconds:9,.0f} rows/s  {seconds:5.1f} s  {memory[0][:200]}", flush=True
    )


if __name__ == "__main__":
    main()
