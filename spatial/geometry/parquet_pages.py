"""What the pages of a Parquet file say that they unpack to: exactly what Arrow will allocate for them.

The sizes in the footer are the sender's word and nobody checks them; the header before each page is what
the reader obeys. Format: Apache Parquet's parquet.thrift (PageHeader) in Thrift's compact protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_PAGES = 100_000
"""A city's file has hundreds; counting millions of tiny ones would hold the process up."""

_DELTA_BYTE_ARRAY = 7
_UNPACKED_SIZE, _PACKED_SIZE, _DATA_PAGE, _DATA_PAGE_V2 = 2, 3, 5, 8
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 1, 2, 3, 7, 8, 12
_INTEGERS = (4, 5, 6)
_MAX_DEPTH = 5

Fields = dict[int, Any]


def unpacked_bytes(body: bytes, about: Any) -> int:
    """Add up what all pages unpack to; `about` is the file's metadata as pyarrow reads it.

    Raises ValueError or IndexError for headers that cannot be read, for too many pages, and for texts that
    are stored as differences of each other (they grow without a size anywhere).
    """
    total = 0
    for number, header in enumerate(_all_headers(body, about)):
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


def _all_headers(body: bytes, about: Any) -> Iterator[Fields]:
    for group in range(about.num_row_groups):
        for column in range(about.num_columns):
            yield from _headers(body, about.row_group(group).column(column))


def _headers(body: bytes, chunk: Any) -> Iterator[Fields]:
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
        at = chunk.dictionary_page_offset
    end = min(at + chunk.total_compressed_size, len(body))
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
    raise ValueError("a page has a header of unknown form")


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
