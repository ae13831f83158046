"""What rights cost: items, counts, tiles and locate with and without policies, in one run.

`python -m bench.rights [--events 1000000]` makes a private cluster in a temporary folder, loads the demo
city, multiplies its events, and copies the database; the copy has row security switched off. Both are asked
in turn, by the workers' role. A reader of one street is compared with a view that holds that street's rows,
so that both sides give the same answer; it is checked that they do.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import psycopg

from api.assignments import Assignments
from api.prepare import bring_up_to_date
from demo.load import load
from demo.make import SEED, generate
from layers import catalogue, features
from layers.catalogue import Layer
from layers.features import Selection
from spatial.database import Database, connect, session
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.grids.published import load_published
from spatial.people.duty_lists import read_duty_list
from spatial.rights.reader import Reader
from spatial.rights.rules import RULES
from spatial.types import BBox
from tiles.overview import overview_tile
from tiles.vector import Tile, layer_tile

ROUNDS = 41
LEAST_ROUNDS = 5
BUDGET_S = 10.0
"""Slow questions are asked fewer times."""
CITY = Reader(None, "analyst", "analyst", "analyst")
MORE = """
INSERT INTO event (no, category, source, title, address, state, geom, occurred_at, reported_at, closed_at,
                   unit_code, organisation_id, ruling, version_id, generated)
SELECT e.no || '-' || n, category, source, title, address, state,
       ST_SetSRID(ST_MakePoint(ST_X(geom) + (random() - 0.5) * 0.002,
                               ST_Y(geom) + (random() - 0.5) * 0.002), 4326),
       occurred_at, reported_at, closed_at, unit_code, organisation_id, ruling, version_id, true
FROM event AS e, generate_series(1, %(copies)s) AS n
LIMIT %(missing)s
"""
STREET_VIEW = """
CREATE VIEW street_events AS
SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.state, e.source, e.address,
       e.occurred_at, e.reported_at, e.closed_at, e.unit_code, e.ruling, o.name AS organisation,
       e.generated, e.geom
FROM event AS e
JOIN matter AS m ON m.code = e.category
LEFT JOIN organisation AS o ON o.id = e.organisation_id
WHERE e.unit_code >= '{first}' AND e.unit_code < '{until}' OR e.organisation_id = {organisation}
"""

Ask = Callable[[Any, Layer], Any]


def main() -> None:
    """Make both databases, ask both, print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--demo", type=Path, help="a folder of demo files that is there already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home, throwaway=True)
        try:
            _run(cluster, options.events, options.demo)
        finally:
            cluster.stop()


def _run(cluster: Cluster, events: int, demo: Path | None) -> None:
    with_rights = cluster.ensure()
    street = _fill(cluster, with_rights, events, demo)
    without = _copy_without(cluster, street)
    pools = [Database(app_url(url, cluster.home)) for url in (with_rights, without)]
    for pool in pools:
        pool.open()
    print(f"{events:,} events; street {street.area}; {ROUNDS} rounds, median ms; with / without")
    for name, reader in (("reader of the city", CITY), ("reader of a street", street)):
        for what, ask in QUESTIONS.items():
            _row(f"{what}, {name}", *_compare(pools, reader, ask))
    _locate(with_rights, cluster.home, street)
    for pool in pools:
        pool.close()


def _fill(cluster: Cluster, url: str, events: int, demo: Path | None) -> Reader:
    """Load the demo city, multiply its events; returns the reader of the street with most of them."""
    folder = demo or cluster.home / "demo"
    if demo is None:
        generate(folder, SEED, lambda *_: None)
    master = cluster.home / "secrets" / "master"
    bring_up_to_date(url, master=master)
    with connect(url) as connection:
        load(connection, folder, datetime.now(UTC), master=master)
        (have,) = connection.execute("SELECT count(*) FROM event").fetchone() or (0,)
        missing = max(0, events - have)
        connection.execute("SELECT setseed(0.5)")
        connection.execute("ALTER TABLE event DISABLE TRIGGER USER")
        connection.execute(MORE, {"copies": missing // max(1, have) + 1, "missing": missing})
        connection.execute("ALTER TABLE event ENABLE TRIGGER USER")
        row = connection.execute(
            "SELECT left(unit_code, 9) FROM event WHERE unit_code IS NOT NULL"
            " GROUP BY 1 ORDER BY count(*) DESC"
        ).fetchone()
        (office,) = connection.execute(
            "SELECT id FROM organisation WHERE code = 'DEMO-S' || %s", (row[0],)
        ).fetchone() or (0,)
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    street = row[0] if row else ""
    return Reader(
        None, "street", "street", "street_administrator", reach="area", area=street, above=(street[:6],),
        organisation_id=office,
    )  # fmt: skip


def _copy_without(cluster: Cluster, street: Reader) -> str:
    """Copy the database, switch row security off in the copy, and give it a view of the street's events."""
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE without TEMPLATE citygrid OWNER citygrid")
    url = cluster.url(database="without")
    first, until = street.area_range
    with connect(url) as connection:
        for rule in RULES:
            connection.execute(f"ALTER TABLE {rule.table} DISABLE ROW LEVEL SECURITY")
        connection.execute(STREET_VIEW.format(first=first, until=until, organisation=street.organisation_id))
        connection.execute("GRANT SELECT ON street_events TO citygrid_area")
    with connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return url


def _items(connection: Any, layer: Layer) -> Any:
    return [each["id"] for each in features.features(connection, layer, Selection(limit=100))]


def _items_in_box(connection: Any, layer: Layer) -> Any:
    box = BBox(116.30, 39.97, 116.32, 39.99)
    return [each["id"] for each in features.features(connection, layer, Selection(bbox=box, limit=1000))]


def _matched(connection: Any, layer: Layer) -> Any:
    return features.count(connection, layer, Selection(bbox=BBox(116.30, 39.97, 116.32, 39.99)))


def _count(connection: Any, layer: Layer) -> Any:
    return features.count(connection, layer, Selection())


def _tile(zoom: int) -> Ask:
    x = int((116.31 + 180) / 360 * 2**zoom)
    y = int((1 - np.arcsinh(np.tan(np.radians(39.98))) / np.pi) / 2 * 2**zoom)
    make = layer_tile if zoom >= 14 else overview_tile
    return lambda connection, layer: make(connection, layer, Tile(zoom, x, y))


QUESTIONS: dict[str, Ask] = {
    "items, limit 100": _items,
    "items in a box, limit 1000": _items_in_box,
    "numberMatched in a box": _matched,
    "numberMatched of all": _count,
    "tile z16": _tile(16),
    "tile z14": _tile(14),
    "tile z11 (counted)": _tile(11),
}


def _compare(pools: list[Database], reader: Reader, ask: Ask) -> tuple[float, float]:
    """Ask both in turn; returns the median seconds of each. Refuses answers that differ."""
    with session(pools[0], CITY) as connection:
        layer = catalogue.layer(connection, "events")
    layers = [layer, layer if reader is CITY else replace(layer, relation="street_events")]
    seconds: list[list[float]] = [[], []]
    answers: list[Any] = [None, None]
    started = time.perf_counter()
    for turn in range(ROUNDS):
        if turn >= LEAST_ROUNDS and time.perf_counter() - started > BUDGET_S:
            break
        for side in (0, 1) if turn % 2 else (1, 0):
            began = time.perf_counter()
            with session(pools[side], reader) as connection:
                answers[side] = ask(connection, layers[side])
            seconds[side].append(time.perf_counter() - began)
    plain = [_plain(answer) for answer in answers]
    if plain[0] != plain[1]:
        raise RuntimeError(f"the answers differ: {str(plain[0])[:80]} and {str(plain[1])[:80]}")
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def _plain(answer: Any) -> Any:
    """Make answers comparable: features come in any order, and a tile's bytes depend on it."""
    if isinstance(answer, bytes):
        layers = mapbox_vector_tile.decode(answer)
        features = [each["properties"] for part in layers.values() for each in part["features"]]
        return sorted(str(each.get("id") or each) for each in features)
    return sorted(answer) if isinstance(answer, list) else answer


def _locate(url: str, home: Path, street: Reader) -> None:
    """Locate in memory: the whole city, and through the eyes of a street."""
    with connect(url) as connection:
        whole = Assignments(load_published(connection, home, "grids"), read_duty_list(connection))
    seen = whole.for_reader(street)
    with connect(url) as connection:
        (x, y) = connection.execute(
            "SELECT ST_X(geom), ST_Y(geom) FROM event WHERE unit_code >= %s AND unit_code < %s LIMIT 1",
            street.area_range,
        ).fetchone() or (0.0, 0.0)
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(116.25, 116.38, 1_000_000), rng.uniform(39.92, 40.03, 1_000_000)
    for what, run in (
        ("locate, 1 M points", lambda answers: answers.locate(lon, lat)),
        ("locate, 1,000 times one point", lambda answers: [answers.one(x, y, None) for _ in range(1000)]),
    ):
        sides: list[list[float]] = [[], []]
        for _ in range(15):
            for side, answers in enumerate((seen, whole)):
                began = time.perf_counter()
                run(answers)
                sides[side].append(time.perf_counter() - began)
        _row(f"{what}, reader of a street", *map(statistics.median, sides))


def _row(what: str, with_rights: float, without: float) -> None:
    slower = (with_rights / without - 1) * 100
    print(f"{what:55} {with_rights * 1000:10.2f} {without * 1000:10.2f}  {slower:+6.1f} %")


if __name__ == "__main__":
    main()
