"""The columns of a file as columns of PostgreSQL: names, types, and values as text for COPY."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from layers.repairs import Findings
from spatial.geometry.read_features import FID, GEOMETRY

MAX_NAME_BYTES = 63
"""Longest name that PostgreSQL keeps."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Convert = Callable[[Any, Findings], Any]


@dataclass(frozen=True)
class Column:
    """A column of a file that is kept."""

    index: int
    """Its place in a batch."""
    name: str
    type: str
    """PostgreSQL's word for its type."""
    published_as: str
    """The type of a catalogue field: integer, number, string …"""
    convert: Convert


def columns_of(schema: pa.Schema, findings: Findings) -> list[Column]:
    """Choose a name and a type for each column of a batch; what cannot be kept is a finding."""
    taken: set[str] = set()
    kept = []
    for index, one in enumerate(schema):
        if one.name in (GEOMETRY, FID):
            continue
        types = _type(one)
        if types is None:
            findings.add("field_dropped", detail=f"{one.name}: {one.type} is not carried")
            continue
        name = free_name(one.name, taken)
        if name != one.name:
            findings.add(
                "field_renamed", examples=[{"feature": 0, "detail": f"{one.name[:80]} is now {name}"}]
            )
        taken.add(name)
        kept.append(Column(index, name, *types))
    return kept


def free_name(wanted: str, taken: set[str]) -> str:
    """Make a column name out of any text: no control characters, not too long for PostgreSQL, not taken."""
    plain = _CONTROL.sub("_", wanted).strip() or "field"
    name, number = _cut(plain, MAX_NAME_BYTES), 2
    while name in taken:
        name = f"{_cut(plain, MAX_NAME_BYTES - len(str(number)) - 1)}_{number}"
        number += 1
    return name


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")


def _type(one: pa.Field) -> tuple[str, str, Convert] | None:
    kind = one.type
    is_json = (one.metadata or {}).get(b"ARROW:extension:name") == b"arrow.json"
    if is_json or str(kind).startswith("extension<arrow.json"):
        return "jsonb", "json", _plain_text
    return next((made for is_kind, *made in _KINDS if is_kind(kind)), None)  # type: ignore[return-value]


def _as_is(array: Any, _: Findings) -> Any:
    return array


def _number(array: Any, findings: Findings) -> Any:
    """JSON has no NaN and no infinity."""
    array = pc.cast(array, pa.float64())
    usable = pc.is_finite(array)
    findings.add("not_a_number", pc.sum(pc.invert(usable)).as_py() or 0)
    return pc.if_else(usable, array, pa.scalar(None, pa.float64()))


def _plain_text(array: Any, findings: Findings) -> Any:
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if pa.types.is_null(array.type):
        return pc.cast(array, pa.string())
    array = pc.cast(array, pa.large_binary()) if not pa.types.is_large_binary(array.type) else array
    try:
        text = pc.cast(array, pa.large_string())
    except pa.ArrowInvalid:
        text = _decoded(array, findings)
    with_nul = pc.match_substring(text, "\0")
    if found := pc.sum(with_nul).as_py():
        findings.add("text_with_nul", found)
        text = pc.replace_substring(text, "\0", "")
    return text


def _decoded(array: Any, findings: Findings) -> Any:
    """Decode what is not UTF-8 with marks in place of what cannot be read."""
    texts = []
    for value in array.to_pylist():
        text = None if value is None else value.decode("utf-8", "replace")
        if text is not None and text.encode() != value:
            findings.add("text_not_utf8", detail="bytes that are no UTF-8 are now U+FFFD: name the encoding")
        texts.append(text)
    return pa.array(texts, pa.large_string())


def _moment(array: Any, findings: Findings) -> Any:
    if array.type.tz is None:
        findings.add("time_without_zone", len(array) - array.null_count, "read as UTC")
    return pc.cast(pc.cast(array, pa.timestamp("us", array.type.tz), safe=False), pa.timestamp("us"))


def _time(array: Any, _: Findings) -> Any:
    return pc.cast(array, pa.string())


def _list(array: Any, _: Findings) -> Any:
    """Write a list of texts as an array of PostgreSQL, which reads quotes and backslashes as JSON does."""
    return pa.array(
        [None if each is None else _array_text(each) for each in array.to_pylist()], pa.large_string()
    )


def _array_text(values: Sequence[str | None]) -> str:
    quoted = (
        "NULL" if v is None else '"' + re.sub(r'(["\\])', r"\\\1", v.replace("\0", "")) + '"' for v in values
    )
    return "{" + ",".join(quoted) + "}"


def _object(array: Any, _: Findings) -> Any:
    texts = (
        None if each is None else json.dumps(each, default=str, ensure_ascii=False).replace("\\u0000", "")
        for each in array.to_pylist()
    )
    return pa.array(texts, pa.large_string())


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(is_kind(kind) for is_kind in tests)


def _is_texts(kind: pa.DataType) -> bool:
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_text(kind.value_type)


_SMALL = {pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16()}
_KINDS: tuple[tuple[Callable[[pa.DataType], bool], str, str, Convert], ...] = (
    (pa.types.is_boolean, "boolean", "boolean", _as_is),
    (lambda kind: kind in _SMALL, "integer", "integer", _as_is),
    (lambda kind: kind in (pa.int64(), pa.uint32()), "bigint", "integer", _as_is),
    (lambda kind: kind == pa.uint64(), "numeric", "number", _as_is),
    (pa.types.is_floating, "double precision", "number", _number),
    (pa.types.is_decimal, "numeric", "number", _as_is),
    (_is_text, "text", "string", _plain_text),
    (pa.types.is_date, "date", "date", lambda array, _: pc.cast(array, pa.date32())),
    (pa.types.is_timestamp, "timestamp with time zone", "date-time", _moment),
    (pa.types.is_time, "text", "string", _time),
    (_is_texts, "text[]", "array", _list),
    (pa.types.is_nested, "jsonb", "json", _object),
)
"""What a type of Arrow becomes; the first that fits."""


def copy_text(
    batch: pa.RecordBatch, columns: Sequence[Column], findings: Findings, first: list[Any]
) -> bytes:
    """Write a batch as CSV for COPY: `first` columns (identifier, geometry) and then its own.

    Every value is quoted and a null is not, so that an empty text stays an empty text.
    """
    arrays = [*first, *(column.convert(batch.column(column.index), findings) for column in columns)]
    table = pa.Table.from_arrays(arrays, [f"c{number}" for number in range(len(arrays))])
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return sink.getvalue()


def names(columns: Sequence[Column]) -> Iterator[str]:
    """Name the columns in order."""
    return (column.name for column in columns)
