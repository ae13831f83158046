"""The index that we make is the one that GDAL would: a search by box finds exactly what lies there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyogrio.raw import write_arrow

from layers.encoders.flatgeobuf_index import add_index, hilbert

SCHEMA = pa.schema(
    [("n", pa.int64()), pa.field("g", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})]
)


def indexed(shapes: np.ndarray, folder: Path) -> Path:
    plain, path = folder / "plain.fgb", folder / "indexed.fgb"
    table = pa.table([pa.array(np.arange(len(shapes))), pa.array(shapely.to_wkb(shapes))], schema=SCHEMA)
    options = {"SPATIAL_INDEX": "NO"}
    write_arrow(table, plain, "x", "FlatGeobuf", "g", "Unknown", "EPSG:4326", layer_options=options)
    add_index(plain, path, shapely.bounds(shapes))
    return path


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 256, 257, 5000])
def test_a_search_finds_what_lies_in_the_box(count: int, tmp_path: Path) -> None:
    numbers = np.random.default_rng(count)
    middles = numbers.uniform([100, 20], [120, 50], (count, 2))
    shapes = shapely.buffer(shapely.points(middles), numbers.uniform(0, 0.5, count))
    path = indexed(shapes, tmp_path)
    info = pyogrio.read_info(path)
    assert info["capabilities"]["fast_spatial_filter"], "there is an index"
    assert info["features"] == count
    for west, south in numbers.uniform([99, 19], [121, 51], (20, 2)):
        box = (west, south, west + 2, south + 2)
        _, _, _, (found,) = pyogrio.raw.read(path, bbox=box)
        wanted = np.flatnonzero(shapely.intersects(shapes, shapely.box(*box)))
        assert sorted(found) == wanted.tolist()


def test_debians_gdal_reads_it(tmp_path: Path) -> None:
    path = indexed(shapely.points(np.random.default_rng(1).uniform(0, 10, (1000, 2))), tmp_path)
    words = ["ogrinfo", "-so", "-al", "-spat", "2", "2", "3", "3", str(path)]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    _, _, _, (found,) = pyogrio.raw.read(path, bbox=(2, 2, 3, 3))
    assert f"Feature Count: {len(found)}" in said.stdout
    assert 0 < len(found) < 100


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)), min_size=1, max_size=50))
def test_any_points_have_numbers_on_the_curve(points: list[tuple[float, float]]) -> None:
    at = np.array(points)
    numbers = hilbert(np.hstack([at, at]))
    assert len(numbers) == len(points)
    assert int(numbers.max()) < 2**32


def test_the_curve_visits_every_square_and_jumps_nowhere() -> None:
    """On a grid of 64 × 64 the order of the numbers goes from neighbour to neighbour."""
    x, y = np.meshgrid(np.arange(64.0), np.arange(64.0))
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    # Squares of the curve are 1024 wide here; the middles of our cells are put into the middles of those.
    spread = np.vstack([at * 1024 + 512, [[0, 0], [65535, 65535]]])
    order = np.argsort(hilbert(np.hstack([spread, spread]))[:-2])
    steps = np.abs(np.diff(at[order], axis=0)).sum(axis=1)
    assert (steps == 1).all()
