"""What the pages of a Parquet file say that they unpack to: exactly what Arrow will allocate for them.

The sizes in the footer are the sender's word and nobody checks them; the header before each page is what
the reader obeys. Where the pages stand is read from the footer here, because asking Arrow for a broken
column of it ends the process. Format: Apache Parquet's parquet.thrift (FileMetaData, PageHeader) in Thrift's
compact protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_PAGES = 100_000
"""A city's file has hundreds; counting millions of tiny ones would hold the process up."""

_DELTA_BYTE_ARRAY = 7
MAX_FOOTER_BYTES = 4 * 2**20
"""Of a table of a hundred columns in a hundred groups it is one."""

_ROW_GROUPS, _COLUMNS, _CHUNK = 4, 1, 3
"""Fields of FileMetaData, RowGroup and ColumnChunk."""
_PACKED_BYTES, _DATA_PAGE_AT, _DICTIONARY_PAGE_AT = 7, 9, 11
"""Fields of ColumnMetaData."""
_UNPACKED_SIZE, _PACKED_SIZE, _DATA_PAGE, _DATA_PAGE_V2 = 2, 3, 5, 8
"""Fields of PageHeader."""
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
_MAX_DEPTH = 12
_MAGIC = 8
"""Bytes at the end: the footer's length and PAR1."""

Fields = dict[int, Any]


def unpacked_bytes(body: bytes) -> int:
    """Add up what all pages unpack to; body: a Parquet file.

    Raises ValueError or IndexError for headers that cannot be read, for too many pages, and for texts that
    are stored as differences of each other (they grow without a size anywhere).
    """
    total = 0
    for number, header in enumerate(_all_headers(body)):
        if number >= MAX_PAGES:
            raise ValueError(f"the file has more than {MAX_PAGES} pages")
        if _DELTA_BYTE_ARRAY in (_inside(header, _DATA_PAGE, 2), _inside(header, _DATA_PAGE_V2, 4)):
            raise ValueError("texts stored as differences are not read")
        total += _size(header, _UNPACKED_SIZE)
    return total


def _inside(header: Fields, number: int, field: int) -> Any:
    part = header.get(number)
    return part.get(field) if isinstance(part, dict) else None


def _size(header: Fields, number: int) -> int:
    size = header.get(number, 0)
    if not isinstance(size, int) or size < 0:
        raise ValueError("a page has a size that is none")
    return size


def _all_headers(body: bytes) -> Iterator[Fields]:
    for group in _listed(_footer(body), _ROW_GROUPS):
        for column in _listed(group, _COLUMNS):
            chunk = column.get(_CHUNK) if isinstance(column, dict) else None
            if isinstance(chunk, dict):
                yield from _headers(body, chunk)


def _footer(body: bytes) -> Fields:
    length = int.from_bytes(body[-_MAGIC:-4], "little")
    if not 0 < length <= min(len(body) - _MAGIC, MAX_FOOTER_BYTES):
        raise ValueError("its footer has a size that is none, or is too large")
    return _struct(body[-_MAGIC - length : -_MAGIC], 0, 0)[0]


def _listed(part: Any, field: int) -> list[Any]:
    found = part.get(field, []) if isinstance(part, dict) else []
    return found if isinstance(found, list) else []


def _number(part: Fields, field: int) -> int:
    found = part.get(field, 0)
    return found if isinstance(found, int) else 0


def _headers(body: bytes, chunk: Fields) -> Iterator[Fields]:
    at = _number(chunk, _DATA_PAGE_AT)
    if 0 < _number(chunk, _DICTIONARY_PAGE_AT) < at:
        at = _number(chunk, _DICTIONARY_PAGE_AT)
    end = min(at + _number(chunk, _PACKED_BYTES), len(body))
    while 0 <= at < end:
        header, at = _struct(body, at, 0)
        yield header
        at += _size(header, _PACKED_SIZE)


def _struct(data: bytes, at: int, depth: int) -> tuple[Fields, int]:
    fields: Fields = {}
    number = 0
    while data[at]:
        kind, step = data[at] & 15, data[at] >> 4
        at += 1
        if step:
            number += step
        else:
            number, at = _integer(data, at)
        fields[number], at = _value(data, at, kind, depth)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _INTEGERS:
        return _integer(data, at)
    if kind == _STRUCT and depth < _MAX_DEPTH:
        return _struct(data, at, depth + 1)
    if kind == _BINARY:
        length, at = _varint(data, at)
        return None, at + length
    if kind in (_BYTE, _DOUBLE):
        return None, at + (1 if kind == _BYTE else 8)
    if kind in (_LIST, _SET) and depth < _MAX_DEPTH:
        return _list(data, at, depth + 1)
    raise ValueError("a part of the file's own description has an unknown form")


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    kind, length = data[at] & 15, data[at] >> 4
    at += 1
    if length == 15:
        length, at = _varint(data, at)
    values = []
    for _ in range(length):
        # A truth value takes a byte of its own here, and none in a structure.
        value, at = (None, at + 1) if kind in (_TRUE, _FALSE) else _value(data, at, kind, depth)
        values.append(value)
        if at > len(data):
            raise ValueError("a list is longer than the file")
    return values, at


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag number."""
    number, at = _varint(data, at)
    return (number >> 1) ^ -(number & 1), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number has no end")
