"""Page headers are read as Parquet writes them, and agree with honest footers."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet
import pytest

from spatial.geometry.parquet_pages import unpacked_bytes

TABLE = pa.table(
    {
        "lon": [116.0 + row / 1000 for row in range(5000)],
        "name": [f"name {row % 100}" for row in range(5000)],
        "none": pa.nulls(5000, pa.float64()),
    }
)


@pytest.mark.parametrize("compression", ["none", "zstd", "snappy"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_it_agrees_with_an_honest_footer(compression: str, version: str, dictionary: bool) -> None:
    sink = io.BytesIO()
    pa.parquet.write_table(
        TABLE,
        sink,
        compression=compression,
        data_page_version=version,
        use_dictionary=dictionary,
        row_group_size=1500,
        data_page_size=4096,
    )
    about = pa.parquet.read_metadata(sink)
    columns = [about.row_group(g).column(c) for g in range(about.num_row_groups) for c in range(3)]
    # The footer's figure counts the headers too.
    said, found = (
        sum(column.total_uncompressed_size for column in columns),
        unpacked_bytes(sink.getvalue()),
    )
    assert 0.8 * said <= found <= said


def test_texts_stored_as_differences_are_refused() -> None:
    sink = io.BytesIO()
    pa.parquet.write_table(TABLE, sink, use_dictionary=False, column_encoding={"name": "DELTA_BYTE_ARRAY"})
    with pytest.raises(ValueError, match="differences"):
        unpacked_bytes(sink.getvalue())
