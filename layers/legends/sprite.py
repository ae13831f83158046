"""The signs of a style as one picture (a sprite of MapLibre): drawn here, from the marks themselves."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from layers.legends.colours import rgb
from layers.legends.legend import Mark

BASE_PX = 24
"""Side of the box that a mark fills in the sprite; styles scale from it."""
ROOM_PX = 4
"""Left for the rim on each side."""
CELL_PX = BASE_PX + 2 * ROOM_PX

Grid = npt.NDArray[np.float64]


def icon_name(mark: Mark) -> str:
    """Name the picture of a mark."""
    return f"{mark.shape}-{mark.colour[1:]}-{mark.rim[1:]}-{_rim_px(mark):g}"


def _rim_px(mark: Mark) -> float:
    """The rim in pixels of the sprite: a sign that is drawn at its largest has the rim asked for."""
    largest = max(size for _, size in mark.size_px)
    return min(float(ROOM_PX), round(mark.rim_px * BASE_PX / max(largest, 1.0), 1))


def sprite(marks: Iterable[Mark], ratio: int) -> tuple[dict[str, Any], bytes]:
    """Draw marks side by side: index of names, and PNG; no marks give one transparent cell.

    ratio: pixels of the picture per CSS pixel, 1 or 2.
    """
    chosen = {icon_name(mark): mark for mark in marks if mark.shape != "circle"}
    names = tuple(sorted(chosen))
    cell = CELL_PX * ratio
    index = {
        name: {"x": number * cell, "y": 0, "width": cell, "height": cell, "pixelRatio": ratio}
        for number, name in enumerate(names)
    }
    looks = tuple(
        (chosen[name].shape, chosen[name].colour, chosen[name].rim, _rim_px(chosen[name])) for name in names
    )
    return index, _picture(looks, ratio)


@lru_cache(64)
def _picture(looks: tuple[tuple[str, str, str, float], ...], ratio: int) -> bytes:
    cells = [_cell(shape, colour, rim, rim_px, ratio) for shape, colour, rim, rim_px in looks]
    side = CELL_PX * ratio
    return png(np.concatenate(cells or [np.zeros((side, side, 4), np.uint8)], axis=1))


def _cell(shape: str, colour: str, rim: str, rim_px: float, ratio: int) -> npt.NDArray[np.uint8]:
    """One mark with its rim, smooth at the edges: coverage falls from 1 to 0 over one pixel."""
    side = CELL_PX * ratio
    axis = (np.arange(side) + 0.5) / ratio - CELL_PX / 2
    x, y = np.meshgrid(axis, axis)
    distance = _polygon(x, y, outline(shape, BASE_PX / 2))
    inner = np.clip(0.5 - distance * ratio, 0, 1)[..., None]
    outer = np.clip(0.5 - (distance - rim_px) * ratio, 0, 1)[..., None]
    colours = np.array(rgb(colour)) * inner + np.array(rgb(rim)) * (1 - inner)
    return np.concatenate([colours, 255 * outer], axis=2).round().astype(np.uint8)


def outline(shape: str, half: float) -> list[tuple[float, float]]:
    """List the corners of a shape other than a circle, in a box of ±half, y downwards."""
    if shape == "diamond":
        return [(0, -half), (half, 0), (0, half), (-half, 0)]
    if shape == "square":
        return [(-half, -half), (half, -half), (half, half), (-half, half)]
    if shape == "triangle":
        return [(0, -half), (half, half), (-half, half)]
    if shape == "cross":
        arm = half / 3
        turned = [(arm, -half), (arm, -arm), (half, -arm)]
        corners = []
        for _ in range(4):
            corners += turned
            turned = [(-y, x) for x, y in turned]
        return corners
    turns = [math.pi * number / 5 for number in range(10)]
    radii = [half if number % 2 == 0 else half * 0.45 for number in range(10)]
    return [(r * math.sin(turn), -r * math.cos(turn)) for r, turn in zip(radii, turns, strict=True)]


def _polygon(x: Grid, y: Grid, corners: list[tuple[float, float]]) -> Grid:
    """Signed distance to a polygon: nearest edge, sign by crossings."""
    nearest = np.full(x.shape, np.inf)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        along = np.clip(
            ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / math.dist((ax, ay), (bx, by)) ** 2, 0, 1
        )
        nearest = np.minimum(nearest, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
        crosses = (ay > y) != (by > y)
        if ay != by:
            inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return np.where(inside, -nearest, nearest)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Write pixels (rows, columns, 4) as PNG."""
    rows, columns, _ = pixels.shape
    raw = b"".join(b"\x00" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
