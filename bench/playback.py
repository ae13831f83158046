"""A shift of a thousand people: until the first slice, the whole, and bytes a fix; beside it JSON by device.

`python -m bench.playback [--movers 1000] [--hours 8]` makes a private cluster, durable, in a temporary
folder, puts a fix each 10 s there in the order of time, as they come, keeps each day as the grader would
(every 40th fix is a jump), and plays it through `play`, which is all of the route but HTTP. Beside it,
for some of the movers, one after the other: the route of one device as Traccar answers it, and
GeoJSON with times.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psycopg

from api.prepare import bring_up_to_date
from spatial.database import Database, connect, session
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.roles import app_url, mark_leakproof
from spatial.patrols import track_forms, tracks
from spatial.patrols.days import moments
from spatial.patrols.grading import EDITION, parameters_of
from spatial.patrols.partitions import ensure
from spatial.patrols.playback.planning import Wanted, plan
from spatial.patrols.playback.playing import play
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import us_of
from spatial.rights.reader import Reader

DAY = date(2026, 5, 6)
CHIEF = Reader(None, "chief", "chief", "district_administrator")
STREET = Reader(None, "street", "street", "street_administrator", "area", "110108001")
PEOPLE = """
INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'utility');
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)
SELECT 'w' || n, '张*', '1**', 'grid_worker', (SELECT min(id) FROM organisation), '110108001001001'
FROM generate_series(1, {movers}) AS n;
"""
FIXES = """
INSERT INTO fix (mover_id, time, mark, lon, lat, accuracy_m, gate, received_at)
SELECT m.id, %(at)s::timestamptz + n * interval '10 seconds' + m.id * interval '7 milliseconds', n,
       116.3 + (m.id %% 40) * 0.002 + n * 1e-5, 39.9 + (m.id / 40) * 0.002 + n * 1e-6, 6, 0,
       now() - interval '1 day'
FROM generate_series(%(first)s::int, %(last)s::int) AS n CROSS JOIN mover AS m
"""
DAYS = """
INSERT INTO track_day (mover_id, day, edition, parameters, fixes, good, verdicts, first_at, last_at)
SELECT id, %s, %s, %s, %s, %s, %s, %s, %s FROM mover
"""


def main() -> None:
    """Fill a city, play it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movers", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder))
        cluster.ensure()
        try:
            run(cluster, asked.movers, round(asked.hours * 360))
        finally:
            cluster.remove()


def run(cluster: Cluster, movers: int, count: int) -> None:
    """Measure movers with so many fixes each."""
    url = cluster.url()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        for extension in EXTENSIONS:
            administrator.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')  # type: ignore[arg-type]
        mark_leakproof(administrator)
    bring_up_to_date(url, master=cluster.home / "secrets" / "master")
    began = time.perf_counter()
    fill(url, movers, count)
    print(f"{movers * count:,} fixes in {time.perf_counter() - began:.0f} s", flush=True)
    database = Database(app_url(url, cluster.home), 4)
    database.open()
    try:
        for reader in (CHIEF, STREET):
            for clean in (True, False, True):
                played(database, reader, count, clean)
        beside(database, count, min(movers, 20), movers)
    finally:
        database.close()


def fill(url: str, movers: int, count: int) -> None:
    """Put fixes in the order in which they come."""
    begin = moments(DAY)[0].replace(hour=23)
    verdicts = np.where(np.arange(count) % 40 == 39, 21, 0).astype(np.int8)
    with connect(url) as owner:
        owner.execute(PEOPLE.format(movers=movers))  # type: ignore[arg-type]
        ensure(owner, moments(DAY)[0].date(), DAY)
    for first in range(0, count, 60):
        with connect(url) as owner:
            owner.execute(FIXES, {"at": begin, "first": first, "last": min(first + 60, count) - 1})
    ends = moment(us_of(begin) + count * 10_000_000)
    good = int((verdicts == 0).sum())
    with connect(url) as owner:
        digest = parameters_of("foot").digest
        owner.execute(DAYS, [DAY, EDITION, digest, count, good, verdicts.tobytes(), begin, ends])
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def played(database: Database, reader: Reader, count: int, clean: bool) -> None:
    """Play all, and print what it took."""
    lend = partial(session, database, reader)
    began = time.perf_counter()
    with lend() as connection:
        found = plan(connection, reader, Wanted(*moments(DAY), clean=clean))
    planned = time.perf_counter() - began
    sizes, first = [], 0.0
    for number, piece in enumerate(play(found, reader, lend)):
        first = time.perf_counter() - began if number == 1 else first
        sizes.append(len(piece))
    took = time.perf_counter() - began
    told = found.fixes - (count // 40) * len(found.movers) * clean
    kind = "clean" if clean else "all"
    print(
        f"{reader.username} {kind}: {told:,} fixes, plan {planned:.2f} s, first frame {first:.2f} s, whole"
        f" {took:.1f} s ({told / took / 1e6:.2f} M/s), {sum(sizes) / told:.2f} bytes a fix,"
        f" largest piece {max(sizes) / 1e6:.2f} MB",
        flush=True,
    )


def beside(database: Database, count: int, some: int, movers: int) -> None:
    """Answer the route of each device in JSON, for some; print what all would take."""
    lend: Any = partial(session, database, CHIEF)
    for name, written in (("Traccar's JSON", traccar), ("GeoJSON", geojson)):
        began, octets = time.perf_counter(), 0
        for number in numbers(lend)[:some]:
            with lend() as connection:
                mover = tracks.find_mover(connection, CHIEF, mover=number)
                octets += len(written(tracks.read_track(connection, CHIEF, mover, *moments(DAY)), number))
        took = (time.perf_counter() - began) / some
        print(
            f"{name}: {octets / some / count:.0f} bytes a fix, {took * movers:.1f} s for {movers} devices",
            flush=True,
        )


def numbers(lend: Any) -> list[int]:
    """List the movers."""
    given: AbstractContextManager[Any] = lend()
    with given as connection:
        return [row[0] for row in connection.execute("SELECT id FROM mover ORDER BY id").fetchall()]


def traccar(track: tracks.Track, device: int) -> bytes:
    """Write what `GET /api/reports/route` of Traccar gives."""
    rows = track_forms.rows(track, track_forms.clean_rows(track))
    return orjson.dumps([
        {
            "id": number, "deviceId": device,
            "attributes": {"batteryLevel": 80, "distance": 12.3, "totalDistance": 123.4, "motion": True},
            "protocol": "osmand", "serverTime": row["time"], "deviceTime": row["time"],
            "fixTime": row["time"], "outdated": False, "valid": True, "latitude": row["lat"],
            "longitude": row["lon"], "altitude": 0.0, "speed": 1.2, "course": 0.0, "address": None,
            "accuracy": row["accuracy_m"], "network": None, "geofenceIds": None,
        }
        for number, row in enumerate(rows)
    ])  # fmt: skip


def geojson(track: tracks.Track, device: int) -> bytes:
    """Write a line with the time of each fix."""
    return json.dumps(track_forms.geojson(track, [], 900, 0.0, {"mover": device})).encode()


if __name__ == "__main__":
    main()
