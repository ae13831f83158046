"""The parts that need no database: ranks, marks, and rows as COPY has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.patrols import batches
from spatial.patrols.copying import HEADER, TRAILER, Packed, pack

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=20)


def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


@given(PAIRS, PAIRS)
def test_ranks_count_the_pairs_before(known: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    found = batches.ranks(*columns(known), *columns(asked))
    assert found.tolist() == [sum(pair <= question for pair in known) for question in asked]


ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([-(2**61), 0, 5, 7, 2**61]), st.integers(0, 2)), max_size=12
)


@given(ROWS)
def test_a_batch_is_in_the_order_of_the_key_and_has_each_key_once(rows: list[tuple[int, int, int]]) -> None:
    mover, time_us, mark = np.array(rows, np.int64).reshape(-1, 3).T
    found = batches.in_order({"mover": mover, "time_us": time_us, "mark": mark.astype(np.int32)})
    names = ("mover", "time_us", "mark")
    assert [*zip(*(found[name].tolist() for name in names), strict=True)] == sorted(set(rows))


def test_a_mark_tells_device_and_place_apart_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    device = rng.integers(0, 1000, 200_000)
    lon, lat = rng.uniform(-180, 180, (2, 200_000)).round(6)
    marks = batches.marks(device, lon, lat)
    shuffled = rng.permutation(200_000)
    again = batches.marks(device[shuffled], lon[shuffled], lat[shuffled])
    assert (marks[shuffled] == again).all()
    # Of 2^32 marks two hundred thousand meet five times by chance.
    assert len(np.unique(marks)) > 199_970
    seven, places = np.array([7]), ((1, 2), (2, 1), (-1, 2))
    assert len({int(batches.marks(seven, np.array([x]), np.array([y]))[0]) for x, y in places}) == 3
    odd = [np.nan, np.inf, -np.inf, 1e300]
    assert batches.marks(np.zeros(4, np.int64), np.array(odd), np.array(odd)).shape == (4,)


def test_a_mark_is_the_same_for_ever() -> None:
    """It is a part of the key: another one would let every fix in again."""
    marks = batches.marks(np.array([0, 5]), np.array([116.3, np.nan]), np.array([39.9, 0.0]))
    assert marks.tolist() == GOLDEN


GOLDEN = [-10696402, 1209021709]

KINDS = {
    "bool": np.array([True, False, True]),
    "int2": np.array([-5, 0, 32767], np.int16),
    "int4": np.array([-(2**31), 1, 2**31 - 1], np.int32),
    "int8": np.array([-(2**63), 7, 2**63 - 1], np.int64),
    "float4": np.array([1.5, np.nan, -np.inf], np.float32),
    "float8": np.array([116.3, 1e-300, np.nan]),
    "text": np.array([b"", b"a", b"110108001002003"]),
}


@pytest.mark.parametrize("nulls", [None, [False, False, False], [True, False, True], [True, True, True]])
def test_packed_rows_come_back_from_postgresql(postgis, nulls: list[bool] | None) -> None:
    null = None if nulls is None else np.array(nulls)
    packed = {
        kind: Packed(kind, values, null, np.char.str_len(values).astype(np.int64) if kind == "text" else None)
        for kind, values in KINDS.items()
    }
    postgis.execute(
        "CREATE TEMPORARY TABLE copied"
        " (a bool, b int2, c int4, d int8, e float4, f float8, g text, nr serial)"
    )
    with postgis.cursor().copy("COPY copied (a, b, c, d, e, f, g) FROM STDIN (FORMAT binary)") as copy:
        copy.write(HEADER + pack(packed, 3) + TRAILER)
    rows = postgis.execute("SELECT a, b, c, d, e, f, g FROM copied ORDER BY nr").fetchall()
    for place, row in enumerate(rows):
        wanted = [values[place] for values in KINDS.values()]
        wanted[-1] = wanted[-1].decode()
        if nulls is not None and nulls[place]:
            wanted = [None] * len(wanted)
        assert [repr(value) for value in row] == [
            repr(value.item() if isinstance(value, np.generic) else value) for value in wanted
        ]


def test_no_rows_are_no_bytes() -> None:
    assert pack({"a": Packed("int4", np.empty(0, np.int32), np.empty(0, bool))}, 0) == b""
