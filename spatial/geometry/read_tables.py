"""Tables out of files that strangers send: Arrow streams, CSV and Parquet, within a budget of memory.

What a file announces is checked before anything is unpacked, and what was unpacked is validated before
anything reads it: a crafted file must neither crash the process, nor fill its memory, nor show it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spatial.errors import InvalidInput
from spatial.geometry.parquet_pages import unpacked_bytes

MAX_UNPACKED_BYTES = 512 * 2**20
MAX_COLUMNS = 1_000
MAX_CELLS = 50_000_000
_CSV_BLOCK_BYTES = 8 * 2**20
_PARQUET_ROWS = 16_384
_BROKEN = (
    pa.ArrowException,
    OSError,
    EOFError,
    MemoryError,
    OverflowError,
    ValueError,
    IndexError,
    RecursionError,
)


def read_arrow(body: bytes, columns: tuple[str, ...], max_rows: int) -> pa.Table:
    """Read the named columns of an Arrow IPC stream; columns that it lacks are simply not there.

    Raises InvalidInput for a stream that is broken, cut off or larger than it may be.
    """
    try:
        _check_announced(body, max_rows)
        return _read_stream(body, columns, max_rows)
    except _BROKEN as error:
        raise InvalidInput.at("body", f"is not a whole Arrow IPC stream: {_brief(error)}") from None


def read_csv(body: bytes, max_rows: int) -> pa.Table:
    """Read a CSV in UTF-8 with every column as the text it is: nothing of the sender's is reinterpreted.

    Raises InvalidInput for another encoding, rows of unequal length, or too many rows.
    """
    from pyarrow import csv

    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", f"is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    header = body[: 64 * MAX_COLUMNS].lstrip().split(b"\n", 1)[0]
    _check_size(header.count(b","), 0, max_rows)
    lines = max(body.count(b"\n"), body.count(b"\r"))
    if lines > 2 * max_rows + 1:
        raise InvalidInput.at("body", f"has {lines} lines; one request may carry {max_rows} rows")
    read = csv.ReadOptions(block_size=_CSV_BLOCK_BYTES)
    try:
        names = csv.open_csv(io.BytesIO(body), read_options=read).schema.names
        _check_size(len(names), 0, max_rows)
        as_text = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
        )
        table = csv.read_csv(io.BytesIO(body), read_options=read, convert_options=as_text)
    except _BROKEN as error:
        raise InvalidInput.at("body", f"is not a CSV table: {_brief(error)}") from None
    _check_size(table.num_columns, table.num_rows, max_rows)
    return table


def read_parquet(body: bytes, max_rows: int) -> pa.Table:
    """Read a Parquet file; texts stay dictionaries, so that one long text is not unpacked a million times.

    Raises InvalidInput for a file that is broken or announces more than it may hold.
    """
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(pa.BufferReader(body))
        _check_size(about.num_columns, about.num_rows, max_rows)
        _check_bytes(unpacked_bytes(body))
        schema = parquet.read_schema(pa.BufferReader(body))
        _check_kinds(schema, about.num_rows)
        texts = _variable_columns(schema)
        file = parquet.ParquetFile(pa.BufferReader(body), read_dictionary=texts, pre_buffer=False)
        table = pa.Table.from_batches(_unpacked(file), file.schema_arrow)
        table.validate(full=True)
        _check_size(table.num_columns, table.num_rows, max_rows)
    except _BROKEN as error:
        raise InvalidInput.at("body", f"is not a Parquet file: {_brief(error)}") from None
    return table


def _unpacked(file: Any) -> list[pa.RecordBatch]:
    """Read in pieces and stop at the budget: dictionaries repeat what the pages hold once."""
    batches: list[pa.RecordBatch] = []
    unpacked = 0
    for batch in file.iter_batches(batch_size=_PARQUET_ROWS, use_threads=False):
        unpacked += batch.nbytes
        _check_bytes(unpacked)
        batches.append(batch)
    return batches


def unpack(column: Any) -> Any:
    """Give a dictionary column its values, if they fit into the budget."""
    if not pa.types.is_dictionary(column.type):
        return column
    lengths = pc.binary_length(column.dictionary)
    _check_bytes((pc.max(lengths).as_py() or 0) * len(column))
    return column.dictionary_decode()


def _read_stream(body: bytes, columns: tuple[str, ...], max_rows: int) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(body)) as whole:
        wanted = [index for index, name in enumerate(whole.schema.names) if name in columns]
        _check_size(len(whole.schema.names), 0, max_rows)
    options = pa.ipc.IpcReadOptions(included_fields=wanted or [0])
    with pa.ipc.open_stream(pa.py_buffer(body), options=options) as reader:
        return pa.Table.from_batches(list(_validated(reader)), reader.schema)


def _validated(reader: Any) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        batch.validate(full=True)
        yield batch


def _check_announced(body: bytes, max_rows: int) -> None:
    """Add up the rows and the unpacked bytes that the messages of a stream announce."""
    rows = unpacked = 0
    messages = pa.ipc.MessageReader.open_stream(pa.py_buffer(body))
    while True:
        try:
            message = messages.read_next_message()
        except StopIteration:
            break
        if message.type in ("record batch", "dictionary"):
            announced = _announced(message.metadata.to_pybytes(), message.body)
            rows += announced[0] if message.type == "record batch" else 0
            unpacked += announced[1]
    if not body.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00"):
        raise InvalidInput.at("body", "the Arrow stream ends before its end-of-stream mark: it was cut off")
    _check_size(0, rows, max_rows)
    _check_bytes(unpacked)


def _announced(metadata: bytes, body: Any) -> tuple[int, int]:
    """Read rows and unpacked bytes out of a message's flatbuffer.

    Arrow's Message.fbs: Message.header is slot 2, RecordBatch has length 0, buffers 2, compression 3,
    DictionaryBatch has data 1. A compressed buffer begins with its unpacked size, -1 for 'as it is'.
    """
    flat = _Flat(metadata)
    header = flat.table(flat.u32(0), 2)
    if flat.u8(flat.slot(flat.u32(0), 1)) == 2:
        header = flat.table(header, 1)
    rows = flat.i64(flat.slot(header, 0)) if flat.slot(header, 0) else 0
    if not flat.slot(header, 3):
        return rows, body.size if body is not None else 0
    buffers = flat.slot(header, 2) + flat.u32(flat.slot(header, 2))
    sizes = (
        _unpacked_size(body, *struct.unpack_from("<qq", metadata, buffers + 4 + 16 * number))
        for number in range(flat.u32(buffers))
    )
    return rows, sum(sizes)


def _unpacked_size(body: Any, offset: int, length: int) -> int:
    if length < 8:
        return 0
    if offset < 0 or offset + length > body.size:
        raise ValueError("a buffer lies outside its message")
    (size,) = struct.unpack("<q", body.slice(offset, 8).to_pybytes())
    return length if size < 0 else int(size)


class _Flat:
    """Just enough of the flatbuffer format to follow tables; every read is checked against the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def u8(self, at: int) -> int:
        return self._data[at] if at else 0

    def u32(self, at: int) -> int:
        return self._read("<I", at)

    def i64(self, at: int) -> int:
        return self._read("<q", at)

    def slot(self, table: int, number: int) -> int:
        """Find where a field of a table stands; 0 when it is absent."""
        vtable = table - self._read("<i", table)
        here = 4 + 2 * number
        offset = self._read("<H", vtable + here) if here < self._read("<H", vtable) else 0
        return table + offset if offset else 0

    def table(self, table: int, number: int) -> int:
        """Follow a field that is a table itself."""
        at = self.slot(table, number)
        if not at:
            raise ValueError("a message lacks its header")
        return at + self.u32(at)

    def _read(self, form: str, at: int) -> int:
        if at < 0 or at + struct.calcsize(form) > len(self._data):
            raise ValueError("a message points outside itself")
        return int(struct.unpack_from(form, self._data, at)[0])


def _variable_columns(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if _is_text(field.type)]


def _check_kinds(schema: pa.Schema, rows: int) -> None:
    """Carry only kinds of columns whose unpacked size is known beforehand; texts are, as dictionaries."""
    for field in schema:
        leaves = [part.type for part in field.type] if pa.types.is_struct(field.type) else [field.type]
        if not all(_is_fixed(leaf) or (leaf is field.type and _is_text(leaf)) for leaf in leaves):
            reason = f"columns of {str(field.type)[:60]} are not carried: leave it out"
            raise InvalidInput.at(field.name[:60], reason)
        _check_bytes(rows * sum(leaf.bit_width // 8 for leaf in leaves if _is_fixed(leaf)))


def _is_fixed(kind: pa.DataType) -> bool:
    tests = (pa.types.is_primitive, pa.types.is_decimal, pa.types.is_fixed_size_binary)
    return any(is_kind(kind) for is_kind in tests)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type) or _is_fixed(kind.value_type)
    tests = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary)
    return pa.types.is_null(kind) or any(is_kind(kind) for is_kind in tests)


def _check_size(columns: int, rows: int, max_rows: int) -> None:
    if rows > max_rows:
        raise InvalidInput.at("body", f"has {rows} rows; one request may carry {max_rows}")
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise InvalidInput.at("body", f"has {columns} columns and {rows} rows: too many to answer at once")


def _check_bytes(unpacked: int) -> None:
    if not 0 <= unpacked <= MAX_UNPACKED_BYTES:
        raise InvalidInput.at("body", f"unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB")


def _brief(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
