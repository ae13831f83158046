"""Files that were made to do harm: read, or refused with a place; never a crash, never gigabytes."""

from __future__ import annotations

import random
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from spatial.errors import InvalidInput
from spatial.geometry import read_tables
from spatial.geometry.read_files import ARROW, CSV, PARQUET, read_points
from tests.spatial.table_files import parquet, stream

MOST = 5_000_000
ROWS = 50
LONG = b"\0" * 1_000_000
POINTS = {"lon": np.full(ROWS, 116.3), "lat": np.full(ROWS, 40.0)}


def assert_read_or_refused(body: bytes, form: str) -> None:
    try:
        found = read_points(body, form, MOST)
    except InvalidInput as error:
        assert error.problems
        assert len(str(error)) < 5000
    else:
        assert len(found.lon) == len(found.lat) <= MOST


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombs of fifty megabytes tell as much as those of fifty gigabytes."""
    monkeypatch.setattr(read_tables, "MAX_UNPACKED_BYTES", 8 * 2**20)


def texts(kind: str) -> pa.Array:
    """One long value, again and again, in a kind of column that can hide it."""
    plain = pa.array([LONG] * ROWS, pa.binary())
    return {
        "plain": lambda: plain,
        "list": lambda: pa.array([[LONG]] * ROWS, pa.list_(pa.binary())),
        "struct": lambda: pa.array([{"s": LONG}] * ROWS, pa.struct({"s": pa.binary()})),
        "fixed": lambda: pa.array([LONG] * ROWS, pa.binary(len(LONG))),
        "view": lambda: plain.cast(pa.binary_view()),
        "json": lambda: pa.ExtensionArray.from_storage(pa.json_(), pa.array(["1" * len(LONG)] * ROWS)),
        "opaque": lambda: pa.ExtensionArray.from_storage(pa.opaque(pa.binary(), "a", "b"), plain),
    }[kind]()


@pytest.mark.usefixtures("small_budget")
@pytest.mark.parametrize("kind", ["plain", "list", "struct", "fixed", "view", "json", "opaque"])
def test_a_kilobyte_of_parquet_does_not_become_a_gigabyte(kind: str) -> None:
    body = parquet(pa.table({**POINTS, "x": texts(kind)}), compression="zstd")
    assert len(body) < 3000
    try:
        assert read_points(body, PARQUET, MOST).table.nbytes < 8 * 2**20
    except InvalidInput as error:
        assert error.problems[0].where in ("x", "body")


@pytest.mark.usefixtures("small_budget")
def test_a_footer_that_lies_about_its_size_does_not_fill_the_memory() -> None:
    """What a row group unpacks to stands in the footer, and the footer is the sender's.

    A text that repeats becomes one entry of a dictionary; texts that differ run into the budget.
    """
    table = pa.table({**POINTS, "x": [LONG + b"%d" % row for row in range(ROWS)]})
    body = parquet(table, compression="zstd", use_dictionary=False, store_schema=False)
    group = pa.parquet.read_metadata(pa.BufferReader(body)).row_group(0)
    for size in (group.total_byte_size, group.column(2).total_uncompressed_size):
        honest = varint(size)
        assert honest in body
        body = body.replace(honest, varint(1000, len(honest)))
    assert pa.parquet.read_metadata(pa.BufferReader(body)).row_group(0).total_byte_size == 1000
    with pytest.raises(InvalidInput):
        read_points(body, PARQUET, MOST)


@pytest.mark.usefixtures("small_budget")
def test_texts_written_as_differences_do_not_grow_without_end() -> None:
    distinct = pa.array([LONG + bytes([row]) for row in range(ROWS)], pa.binary())
    options = {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}, "compression": "zstd"}
    body = parquet(pa.table({**POINTS, "x": distinct}), **options)
    assert len(body) < 3000
    with pytest.raises(InvalidInput):
        read_points(body, PARQUET, MOST)


def varint(number: int, length: int = 1) -> bytes:
    """Write a number as Parquet's footer does (zigzag, 7 bits a byte), padded to a length."""
    number, written = number << 1, bytearray()
    while number or len(written) < length:
        written.append(number & 127 | 128)
        number >>= 7
    written[-1] &= 127
    return bytes(written)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    table = pa.table(
        {"lon": [116.3] * 500, "lat": [40.0] * 500, "t": pa.array(["a", "b"] * 250).dictionary_encode()}
    )
    sources = [
        (stream(table), ARROW),
        (stream(table, compression="lz4"), ARROW),
        (parquet(table), PARQUET),
        (b"lon,lat,t\n" + b'116.3,40.0,"a"\n' * 100, CSV),
    ]
    for _ in range(150):
        source, form = rng.choice(sources)
        body = bytearray(source)
        reach = rng.choice([len(body), min(len(body), 700)])
        for _ in range(rng.choice([1, 1, 2, 5, 30])):
            body[rng.randrange(reach)] = rng.randrange(256)
        assert_read_or_refused(bytes(body[: rng.choice([len(body), rng.randrange(len(body))])]), form)


@pytest.mark.parametrize("lie", [0, 8, 2**40, 2**62, -8])
def test_buffers_that_are_not_where_they_say_are_refused(lie: int) -> None:
    honest = stream(pa.table({"lon": np.full(12345, 116.3), "lat": np.full(12345, 40.0)}))
    body = honest.replace(struct.pack("<q", 12345 * 8), struct.pack("<q", lie))
    assert body != honest
    with pytest.raises(InvalidInput):
        read_points(body, ARROW, MOST)


def test_a_header_of_a_hundred_thousand_names_is_refused() -> None:
    names = b",".join(b"c%d" % number for number in range(100_000)) + b",lon,lat"
    values = b",".join([b"1"] * 100_002)
    for before, end in ((b"", b"\n"), (b"\n", b"\n"), (b'"\n",', b"\n"), (b"", b"\r")):
        with pytest.raises(InvalidInput):
            read_points(before + names + end + values + end, CSV, MOST)
