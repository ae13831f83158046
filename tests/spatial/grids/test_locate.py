import itertools
import math
import time
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.synthetic import coverage, points
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.arcs import Arcs, build_arcs
from spatial.geometry.crs import geodesic_m
from spatial.geometry.precision import from_nano
from spatial.grids.locate import Ruling, compile_index, load_index
from tests.spatial.coverages import coverages
from tests.spatial.exact_oracle import Oracle, turn


def shuffled_codes(count: int) -> list[str]:
    return [f"{110108001001000 + (i * 7919) % 1009:015d}" for i in range(count)]


def seeded_points(arcs: Arcs, seed: int) -> np.ndarray:
    """Vertices, places on edges, their neighbours in the last bit or a nanometre away, and random points."""
    lonlat = from_nano(arcs.coords)
    first = np.flatnonzero(np.diff(np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))) == 0)
    rng = np.random.default_rng(seed)
    a, b = lonlat[first], lonlat[first + 1]
    on = [lonlat, *(a + t * (b - a) for t in (0.5, 0.25, rng.uniform(0, 1, (len(a), 1))))]
    on = np.concatenate(on)
    on = on[rng.permutation(len(on))[:70]]
    ulp = np.nextafter(on, np.where(rng.random(on.shape) < 0.5, -400.0, 400.0))
    one_way = np.where(rng.random(on.shape) < 0.5, on, ulp)
    nanometre = on + rng.choice([-1e-14, 0.0, 1e-14], on.shape)
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    margin = (high - low) * 0.05
    return np.concatenate([on, ulp, one_way, nanometre, rng.uniform(low - margin, high + margin, (60, 2))])


@given(coverages(), st.integers(0, 2**32), st.sampled_from([64, 1 << 22]))
@settings(max_examples=60, deadline=None)
def test_exactly_as_rational_arithmetic_says(units, seed, max_cells) -> None:
    if not units:
        return
    arcs, codes = build_arcs(units), shuffled_codes(len(units))
    index = compile_index(arcs, codes, 0.0, max_cells)
    oracle = Oracle(units, codes, arcs)
    points = seeded_points(arcs, seed)
    unit, ruling = index.locate(points[:, 0], points[:, 1])
    for (lon, lat), got_unit, got_ruling in zip(points.tolist(), unit.tolist(), ruling.tolist(), strict=True):
        expected = oracle.locate((lon, lat))
        got = None if got_unit < 0 else (got_unit, Ruling(got_ruling).name)
        assert got == expected, (lon, lat)
        assert (got_unit < 0) == (got_ruling == Ruling.unassigned)


@given(coverages(), st.sampled_from([64, 1 << 22]))
@settings(max_examples=40, deadline=None)
def test_a_vertex_exactly_on_the_way_from_the_reference_point(units, max_cells) -> None:
    if not units:
        return
    arcs, codes = build_arcs(units), shuffled_codes(len(units))
    index = compile_index(arcs, codes, 0.0, max_cells)
    oracle = Oracle(units, codes, arcs)
    for vertex in np.unique(from_nano(arcs.coords), axis=0):
        reference = reference_point(index.tables, *vertex)
        for stretch in (1.0, 0.5, 0.25, 2.0):
            lon, lat = point = (vertex + (vertex - reference) * stretch).tolist()
            if turn(reference, vertex, point) == 0:
                unit, ruling = index.answer(lon, lat)[:2]
                assert (None if unit < 0 else (unit, ruling.name)) == oracle.locate(point)


def reference_point(tables, lon: float, lat: float) -> np.ndarray:
    column = min(int((lon - tables.frame[0]) * tables.frame[4]), tables.shape[0] - 1)
    row = min(int((lat - tables.frame[1]) * tables.frame[5]), tables.shape[1] - 1)
    return np.array([tables.ref_x[column], tables.ref_y[row]])


def square(x: float, y: float, size: float = 1.0, holes=()) -> shapely.Polygon:
    return shapely.Polygon([(x, y), (x + size, y), (x + size, y + size), (x, y + size)], holes)


def ask(index, lon: float, lat: float) -> tuple[str | None, str]:
    answer = index.answer(lon, lat)
    unit, ruling = index.locate([lon], [lat])
    assert (answer.unit, answer.ruling) == (unit[0], ruling[0])
    return (index.codes[answer.unit] if answer.unit >= 0 else None), answer.ruling.name


@pytest.fixture(scope="module")
def four():
    """Four squares round a node, with codes that do not follow their order, and an island in the last."""
    island = square(1.25, 1.25, 0.5)
    units = [square(0, 0), square(1, 0), square(0, 1), square(1, 1, holes=[island.exterior.coords]), island]
    return compile_index(build_arcs(units), ["D", "C", "B", "E", "A"], 30.0)


@pytest.mark.parametrize(
    ("place", "lon", "lat", "code", "ruling"),
    [
        ("in the middle", 0.5, 0.5, "D", "inside"),
        ("in an enclave", 1.5, 1.5, "A", "inside"),
        ("beside the enclave", 1.1, 1.5, "E", "inside"),
        ("node of four units: smallest code", 1.0, 1.0, "B", "border"),
        ("node at the rim", 1.0, 0.0, "C", "border"),
        ("arc going north: its left, the west", 1.0, 0.5, "D", "border"),
        ("arc going east: its left, the north", 0.5, 1.0, "B", "border"),
        ("rim whose left is outside: the unit", 0.0, 0.5, "D", "border"),
        ("rim whose left is inside", 2.0, 0.5, "C", "border"),
        ("corner of one unit only, no node", 0.0, 0.0, "D", "border"),
        ("closed arc belongs to the enclave", 1.25, 1.5, "A", "border"),
        ("start of the closed arc is no node", 1.25, 1.25, "A", "border"),
        ("one bit west of the arc", float(np.nextafter(1.0, 0.0)), 0.5, "D", "inside"),
        ("one bit east of the arc", float(np.nextafter(1.0, 2.0)), 0.5, "C", "inside"),
        ("the smallest number east of the rim", 5e-324, 0.5, "D", "inside"),
        ("just outside", -0.0001, 0.5, "D", "nearest"),
        ("outside, as near to two: smallest code", 1.0, -0.0001, "C", "nearest"),
        ("too far", -0.001, 0.5, None, "unassigned"),
        ("not a number", math.nan, 0.5, None, "unassigned"),
        ("infinite", 0.5, -math.inf, None, "unassigned"),
        ("no coordinate at all", 1e300, 1e300, None, "unassigned"),
    ],
)
def test_rulings(four, place, lon, lat, code, ruling) -> None:
    assert ask(four, lon, lat) == (code, ruling)


def test_codes_may_reverse_every_tie() -> None:
    units = [square(0, 0), square(1, 0), square(0, 1), square(1, 1)]
    index = compile_index(build_arcs(units), ["4", "3", "2", "1"], 30.0)
    assert ask(index, 1.0, 1.0) == ("1", "border")
    assert ask(index, 0.0, 1.0) == ("2", "border")
    assert ask(index, 2.0001, 1.0) == ("1", "nearest")


@given(coverages(), st.integers(0, 2**32), st.sampled_from([0.5, 40.0, 3000.0]))
@settings(max_examples=40, deadline=None)
def test_outside_the_nearest_unit_within_the_tolerance(units, seed, tolerance_m) -> None:
    if not units:
        return
    index = compile_index(build_arcs(units), shuffled_codes(len(units)), tolerance_m)
    low, high = np.array(shapely.union_all(units).bounds).reshape(2, 2)
    margin = (high - low) / 3 + tolerance_m / 60_000
    points = np.random.default_rng(seed).uniform(low - margin, high + margin, (100, 2))
    unit, ruling = index.locate(*points.T)
    distances = np.array([index.border(*points.T, np.full(100, i))[0] for i in range(len(units))])
    outside = ~np.isin(ruling, (Ruling.inside, Ruling.border))
    near = outside & (distances.min(axis=0) <= tolerance_m)
    assert (ruling[near] == Ruling.nearest).all()
    assert (ruling[outside & ~near] == Ruling.unassigned).all()
    assert (distances[unit[near], np.flatnonzero(near)] == distances.min(axis=0)[near]).all()
    assert (unit[outside & ~near] == -1).all()


@given(coverages(), st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_border_is_as_far_as_the_geodesic_says(units, seed) -> None:
    if not units:
        return
    arcs = build_arcs(units)
    index = compile_index(arcs, shuffled_codes(len(units)), 0.0)
    points = seeded_points(arcs, seed)
    unit, _ = index.locate(*points.T)
    border_m, runner_up = index.border(*points.T, unit)
    assert np.isnan(border_m[unit < 0]).all()
    for i in np.flatnonzero(unit >= 0)[::50]:
        edges = list(unit_edges(arcs, unit[i]))
        distances = np.array([geodesic_to_edge_m(points[i], a, b) for a, b, _ in edges])
        assert border_m[i] == pytest.approx(distances.min(), rel=2e-6, abs=1e-7)
        nearly = border_m[i] * (1 + 1e-6) + 2e-7
        assert runner_up[i] in {
            beyond for (_, _, beyond), m in zip(edges, distances, strict=True) if m <= nearly
        }


def unit_edges(arcs: Arcs, unit: int):
    for arc in np.flatnonzero((arcs.left == unit) | (arcs.right == unit)):
        other = int(arcs.left[arc] + arcs.right[arc]) - int(unit)
        yield from ((a, b, other) for a, b in itertools.pairwise(arcs.lonlat(arc)))


def geodesic_to_edge_m(point, a, b) -> float:
    """Search the nearest place of a short edge, straight in degrees, along the ellipsoid."""
    low, high = 0.0, 1.0
    for _ in range(8):
        t = np.linspace(low, high, 41)
        places = a + t[:, None] * (b - a)
        metres = geodesic_m(point[0], point[1], places[:, 0], places[:, 1])
        best = int(np.argmin(metres))
        low, high = t[max(best - 1, 0)], t[min(best + 1, 40)]
    return float(metres.min())


def test_border_and_runner_up(four) -> None:
    answer = four.answer(0.9, 0.5)
    assert four.codes[answer.runner_up] == "C"
    assert answer.border_m == pytest.approx(geodesic_m(0.9, 0.5, 1.0, 0.5)[0], rel=1e-5)
    assert four.answer(0.1, 0.5).runner_up == -1
    on_border = four.answer(1.0, 0.5)
    assert (on_border.border_m, four.codes[on_border.runner_up]) == (0.0, "C")
    assert four.codes[four.answer(1.0, 1.0).runner_up] == "D"
    nearest = four.answer(-0.0001, 0.5)
    assert nearest.border_m == pytest.approx(geodesic_m(-0.0001, 0.5, 0.0, 0.5)[0], rel=1e-6)
    assert nearest.runner_up == -1
    assert math.isnan(four.answer(50.0, 50.0).border_m)


def test_many_points_are_answered_as_one_by_one(four) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-0.001, 2.001, (2, 5000))
    unit, ruling = four.locate(lon, lat)
    border_m, runner_up = four.border(lon, lat, unit)
    for i in range(0, 5000, 50):
        one = four.answer(lon[i], lat[i])
        assert (one.unit, one.ruling, one.runner_up) == (unit[i], ruling[i], runner_up[i])
        assert one.border_m == border_m[i] or math.isnan(border_m[i])


def test_no_points_no_answers(four) -> None:
    assert [len(column) for column in four.locate([], [])] == [0, 0]
    assert [len(column) for column in four.border([], [], [])] == [0, 0]


def test_columns_of_different_length_are_refused(four) -> None:
    with pytest.raises(InvalidInput):
        four.locate([1.0, 2.0], [1.0])
    with pytest.raises(InvalidInput):
        four.border([1.0], [1.0], [1, 2])


def test_a_unit_that_does_not_exist_has_no_border(four) -> None:
    border_m, runner_up = four.border([0.5, 0.5], [0.5, math.nan], [99, 0])
    assert np.isnan(border_m).all()
    assert (runner_up == -1).all()


def test_an_empty_coverage_assigns_nothing(tmp_path) -> None:
    index = compile_index(build_arcs([]), [], 50.0)
    index.save(tmp_path / "empty")
    assert load_index(tmp_path / "empty").answer(116.3, 39.96)[:2] == (-1, Ruling.unassigned)


def test_a_saved_index_answers_the_same(four, tmp_path) -> None:
    path = tmp_path / "versions" / "17.locate"
    four.save(path)
    loaded = load_index(path)
    lon, lat = np.random.default_rng(4).uniform(-0.1, 2.1, (2, 20_000))
    assert loaded.codes == four.codes
    assert loaded.tolerance_m == four.tolerance_m
    assert all((a == b).all() for a, b in zip(loaded.locate(lon, lat), four.locate(lon, lat), strict=True))
    assert [file.name for file in path.parent.iterdir()] == ["17.locate"]


def test_a_missing_or_cut_file_is_told_apart(four, tmp_path) -> None:
    with pytest.raises(NotFound):
        load_index(tmp_path / "none")
    four.save(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for size in (0, 10, 4000, len(whole) - 100):
        (tmp_path / "cut").write_bytes(whole[:size])
        with pytest.raises(InvalidInput):
            load_index(tmp_path / "cut")


def test_a_loaded_version_survives_its_replacement(four, tmp_path) -> None:
    path = tmp_path / "index"
    four.save(path)
    old = load_index(path)
    compile_index(build_arcs([square(0, 0)]), ["X"], 0.0).save(path)
    assert ask(old, 1.5, 1.5) == ("A", "inside")
    assert load_index(path).codes == ("X",)


def test_arcs_that_contradict_the_codes_are_refused() -> None:
    arcs = build_arcs([square(0, 0), square(1, 0)])
    with pytest.raises(InvalidInput, match="no code"):
        compile_index(arcs, ["only"], 0.0)
    with pytest.raises(InvalidInput, match="tolerance"):
        compile_index(arcs, ["a", "b"], math.nan)
    open_arcs = replace(arcs, left=np.where(arcs.left == 1, -1, arcs.left).astype(np.int32))
    with pytest.raises(InvalidInput):
        compile_index(open_arcs, ["a", "b"], 0.0)


def test_a_district_compiles_within_a_second_and_agrees_with_shapely() -> None:
    units = coverage()
    arcs = build_arcs(units)
    codes = shuffled_codes(len(units))
    compile_index(arcs, codes, 20.0)
    began = time.thread_time()
    index = compile_index(arcs, codes, 20.0)
    assert time.thread_time() - began < 1.0
    lon, lat = points(arcs, 20_000)
    unit, ruling = index.locate(lon, lat)
    of_point, of_unit = shapely.STRtree(units).query(shapely.points(lon, lat), "intersects")
    expected = np.full(len(lon), -1)
    expected[of_point] = of_unit
    expected[ruling == Ruling.nearest] = unit[ruling == Ruling.nearest]
    assert (unit == expected).all()
