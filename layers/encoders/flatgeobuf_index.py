"""The index of a FlatGeobuf: a packed Hilbert R-tree, made of arrays.

GDAL keeps an object for each feature while it sorts: 200 MB for a million points, where arrays take a
third. So GDAL writes the features as they come, and here they are put into the order of the Hilbert curve,
behind the tree (FlatGeobuf 3: magic, header, tree, features).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

MAGIC_BYTES = 8
NODE_SIZE = 16
"""Children of a node, as everybody has it."""
NODE = np.dtype([("box", "<f8", 4), ("offset", "<u8")])
SIDE = 2**16 - 1
INDEX_NODE_SIZE = 4 + 2 * 9
"""Where the header's table of fields says where its tenth one is, index_node_size (header.fbs)."""
BUFFER = 2**20
PART = NODE_SIZE * 2**12
"""Features that are worked on at once: whole nodes."""

Boxes = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.uint32]
Whole = npt.NDArray[np.int64]


def add_index(plain: Path, indexed: Path, boxes: Boxes) -> None:
    """Write a FlatGeobuf without index anew with one.

    plain: as GDAL writes it with SPATIAL_INDEX=NO. boxes: of its features (n, 4) as west, south, east, north,
    all finite, n > 0.
    """
    with plain.open("rb", BUFFER) as source, indexed.open("wb", BUFFER) as target:
        head = _head(source)
        offsets = _offsets(source, len(head), len(boxes))
        order = np.argsort(hilbert(boxes), kind="stable")
        target.write(head)
        _write_tree(target, boxes, order, np.diff(offsets)[order])
        _copy(source, target, offsets, order)


def hilbert(boxes: Boxes) -> Numbers:
    """Number the middles of boxes (n, 4) along the Hilbert curve of order 16 over their whole extent."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    numbers = np.empty(len(boxes), np.uint32)
    for part in _parts(len(boxes)):
        middles = (boxes[part, :2] + boxes[part, 2:]) / 2
        numbers[part] = _along(*(SIDE * (middles - low) / span).astype(np.uint32).T)
    return numbers


def _along(x: Numbers, y: Numbers) -> Numbers:
    numbers = np.zeros(len(x), np.uint32)
    for bit in reversed(range(16)):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        numbers = (numbers << 2 | ((3 * right) ^ up)).astype(np.uint32)
        # A quarter below is turned, so that the curve leaves it where the next one begins.
        turned = (up == 0) & (right == 1)
        x, y = (np.where(turned, SIDE - each, each).astype(np.uint32) for each in (x, y))
        x, y = np.where(up == 0, y, x), np.where(up == 0, x, y)
    return numbers


def _parts(count: int) -> Iterator[slice]:
    """Cut a range into parts whose copies are small."""
    return (slice(start, min(start + PART, count)) for start in range(0, count, PART))


def _head(source: BinaryIO) -> bytes:
    """Read magic and header, and say in the header that there is an index."""
    head = bytearray(source.read(MAGIC_BYTES + 4))
    (size,) = struct.unpack_from("<I", head, MAGIC_BYTES)
    head += source.read(size)
    table = MAGIC_BYTES + 4 + struct.unpack_from("<I", head, MAGIC_BYTES + 4)[0]
    places = table - struct.unpack_from("<i", head, table)[0]
    (field,) = struct.unpack_from("<H", head, places + INDEX_NODE_SIZE)
    struct.pack_into("<H", head, table + field, NODE_SIZE)
    return bytes(head)


def _offsets(source: BinaryIO, start: int, count: int) -> Whole:
    """Find where each feature begins, and the end of the last: each begins with its length."""
    offsets = np.empty(count + 1, np.int64)
    place = offsets[0] = start
    for number in range(count):
        source.seek(place)
        place += 4 + struct.unpack("<I", source.read(4))[0]
        offsets[number + 1] = place
    return offsets


def _write_tree(target: BinaryIO, boxes: Boxes, order: Whole, lengths: Whole) -> None:
    """Write the nodes, root first: leaves know where features begin, others their first child."""
    # Even a single leaf has a root above it.
    levels = [np.concatenate([_parents(boxes[order[part]]) for part in _parts(len(order))])]
    while len(levels[-1]) > 1:
        levels.append(_parents(levels[-1]))
    first = 0
    for level in reversed(levels):
        first += len(level)
        _write_nodes(target, level, first + NODE_SIZE * np.arange(len(level)))
    starts = np.cumsum(lengths) - lengths
    for part in _parts(len(order)):
        _write_nodes(target, boxes[order[part]], starts[part])


def _write_nodes(target: BinaryIO, boxes: Boxes, offsets: Whole) -> None:
    nodes = np.empty(len(boxes), NODE)
    nodes["box"], nodes["offset"] = boxes, offsets
    target.write(nodes.tobytes())


def _parents(boxes: Boxes) -> Boxes:
    starts = np.arange(0, len(boxes), NODE_SIZE)
    low = np.minimum.reduceat(boxes[:, :2], starts)
    return np.hstack([low, np.maximum.reduceat(boxes[:, 2:], starts)])


def _copy(source: BinaryIO, target: BinaryIO, offsets: Whole, order: Whole) -> None:
    handle = source.fileno()
    for part in _parts(len(order)):
        begins, ends = offsets[order[part]], offsets[order[part] + 1]
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            target.write(os.pread(handle, end - begin, begin))
