"""Point to unit: ours against PostGIS, geopandas and Shapely, in one run, on the same points and coverage.

    python -m bench.locate [--points N] [--synthetic] [--url http://127.0.0.1:8000]

Half of the points lie within 2 m of a border, half are uniform over the extent. The coverage is that of the
running city (settings from the environment), or with --synthetic a generated one. With --url the doors of a
running server are measured too: Arrow by POST, and single GETs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import http_doors, peers, synthetic
from spatial.geometry.arcs import Arcs, build_arcs, build_polygons
from spatial.grids.locate import LocateIndex, Ruling, compile_index
from spatial.settings import Settings

TOLERANCE_M = 30.0
SINGLE_CALLS = 20_000
_RUNS = 5


class Row(NamedTuple):
    """One measured way of answering."""

    name: str
    points: int
    seconds: float
    answers: Any = None
    """Unit of each point, -1 outside every unit; None when only the time counts."""


class Case(NamedTuple):
    """What all rows are asked."""

    arcs: Arcs
    codes: list[str]
    polygons: list[Any]
    lon: Any
    lat: Any
    postgis_url: str


def main() -> None:
    """Measure and print one table."""
    options = _options()
    settings = Settings.from_env()
    with peers.postgis(settings, throwaway=options.synthetic) as url:
        case = _case(options, url)
        index = compile_index(case.arcs, case.codes, TOLERANCE_M)
        console = Console(width=120)
        console.print(_describe(case, index))
        unit, ruling = index.locate(case.lon, case.lat)
        expected = np.where(ruling == Ruling.nearest, -1, unit)
        rows = []
        for row in _rows(case, index, options, settings):
            console.print(f"{row.name}: {row.seconds:.3f} s", style="dim")
            rows.append(row)
        console.print(_table(rows, expected))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.locate", description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--synthetic", action="store_true", help="a generated coverage of about 1,600 units")
    parser.add_argument("--url", help="a running server whose doors are measured too")
    return parser.parse_args()


def _case(options: argparse.Namespace, url: str) -> Case:
    arcs, codes = _synthetic() if options.synthetic else _published(url)
    lon, lat = synthetic.points(arcs, options.points)
    return Case(arcs, codes, build_polygons(arcs, len(codes)), lon, lat, url)


def _synthetic() -> tuple[Arcs, list[str]]:
    polygons = synthetic.coverage()
    return build_arcs(polygons), [f"110108901{number:06d}" for number in range(len(polygons))]


def _published(url: str) -> tuple[Arcs, list[str]]:
    from spatial.database import connect
    from spatial.grids.versions import read_snapshot

    with connect(url) as connection:
        snapshot = read_snapshot(connection, "grids")
    return snapshot.arcs, [unit.code for unit in snapshot.units[: snapshot.base_count]]


def _describe(case: Case, index: LocateIndex) -> str:
    columns, rows = index.tables.shape
    seconds = best(lambda: compile_index(case.arcs, case.codes, TOLERANCE_M), 3)
    return (
        f"{len(case.codes)} units, {len(case.arcs)} arcs, {len(case.arcs.coords)} vertices; "
        f"index {len(index.buffer) / 2**20:.1f} MiB, {columns} x {rows} cells, compiled in {seconds:.2f} s; "
        f"{len(case.lon)} points, half within 2 m of a border; load {os.getloadavg()[0]:.1f}"
    )


def best(action: Callable[[], Any], runs: int = _RUNS) -> float:
    """Give the shortest wall time of some runs."""
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _rows(case: Case, index: LocateIndex, options: argparse.Namespace, settings: Settings) -> Iterator[Row]:
    yield from _ours(case, index)
    for peer in peers.ALL:
        count = min(peer.most_points, len(case.lon))
        seconds, answers = peer.locate(case, count)
        yield Row(peer.name, count, seconds, answers)
    if options.url:
        yield from (Row(*row) for row in http_doors.measure(options.url, settings.home, case.lon, case.lat))


def _ours(case: Case, index: LocateIndex) -> Iterator[Row]:
    count = len(case.lon)
    unit, ruling = index.locate(case.lon, case.lat)
    answers = np.where(ruling == Ruling.nearest, -1, unit)
    yield Row("citygrid, 1 thread", count, best(lambda: index.locate(case.lon, case.lat)), answers)
    yield Row("citygrid, 2 threads", count, best(lambda: _two_threads(index, case.lon, case.lat)), answers)
    yield Row(
        "citygrid, distance to the border", count, best(lambda: index.border(case.lon, case.lat, unit), 3)
    )
    singles = list(zip(case.lon[:SINGLE_CALLS].tolist(), case.lat[:SINGLE_CALLS].tolist(), strict=True))
    yield Row(
        "citygrid, one point a call, with distance",
        len(singles),
        best(lambda: _one_by_one(index, singles), 3),
    )


def _two_threads(index: LocateIndex, lon: Any, lat: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(index.locate, np.array_split(lon, 2), np.array_split(lat, 2)))


def _one_by_one(index: LocateIndex, points: list[tuple[float, float]]) -> None:
    for lon, lat in points:
        index.answer(lon, lat)


def _table(rows: list[Row], expected: Any) -> Table:
    table = Table("method", "points", "seconds", "M points/s", "ours is faster by", "other answers")
    for column in table.columns[1:]:
        column.justify = "right"
    ours = rows[0].points / rows[0].seconds
    for row in rows:
        rate = row.points / row.seconds
        differ = "" if row.answers is None else f"{int((row.answers != expected[: row.points]).sum())}"
        table.add_row(
            row.name,
            f"{row.points:,}",
            f"{row.seconds:.3f}",
            f"{rate / 1e6:.4g}",
            f"{ours / rate:.3g}x",
            differ,
        )
    return table


if __name__ == "__main__":
    main()
