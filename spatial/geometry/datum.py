"""Datums of coordinates (坐标基准): WGS-84, CGCS2000, and the shifted GCJ-02 (火星坐标) and BD-09 (百度坐标).

The declared datum decides, and nothing is guessed. The shift applies inside the outline of
`shift_outline.geojson` (its note says what it is and how fine): the GCJ-02 position decides, in both
directions. A position outside it, declared gcj02 or bd09, is returned unshifted. So everything declared
inside the outline comes back exactly after a round trip; in a strip as wide as the shift (under 1 km) along
the outline two true positions share one declared position, and only the shifted one comes back.

The public formulas are inverted to well below 1 mm; that they hit the ground to 1 mm is not promised, for
the original transformation is not public. CGCS2000 and WGS-84 differ by centimetres: their coordinates are
taken as equal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
"""The names that every door with coordinates takes."""

FloatArray = npt.NDArray[np.float64]
_Pair = tuple[FloatArray, FloatArray]

# Krasovsky 1940, as the public formula has it (github.com/googollee/eviltransform).
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
# Errors after 2, 3, 4 rounds: 8 mm, 0.02 mm, 0.07 µm.
_ROUNDS = 4
# Stays in the cache of one core.
_CHUNK = 8192


def check_datum(name: str, where: str = "datum") -> str:
    """Return the name of a datum; raises InvalidInput at `where` with the valid names if it is none."""
    if name not in DATUMS:
        raise InvalidInput.at(where, f"'{name}' is not one of {', '.join(DATUMS)}")
    return name


def convert(lon: npt.ArrayLike, lat: npt.ArrayLike, source: str, target: str) -> _Pair:
    """Convert degrees from one datum to another; lon and lat of any one shape, new arrays of that shape.

    Coordinates that are not finite, or out of range, come back as they are; empty arrays come back empty.
    Raises InvalidInput naming `datum` when source or target is unknown.
    """
    check_datum(source), check_datum(target)
    x, y = np.array(lon, np.float64), np.array(lat, np.float64)
    if x.shape != y.shape:
        raise InvalidInput.at("lat", "lon and lat must have the same shape")
    if _frame(source) != _frame(target):
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)
        for start in range(0, x.size, _CHUNK):
            piece = slice(start, start + _CHUNK)
            flat_x[piece], flat_y[piece] = _convert(
                flat_x[piece], flat_y[piece], _frame(source), _frame(target)
            )
    return x, y


def in_shift_outline(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which GCJ-02 positions lie where the shift applies; false for NaN."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    outline = _outline()
    if x.size > 1:
        with np.errstate(invalid="ignore"):
            box = x.min(), y.min(), x.max(), y.max()
        # A city lies wholly inside or wholly outside: one test then answers for all its points.
        if np.isfinite(box).all() and outline.covers(shapely.box(*box)):
            return np.ones(x.shape, bool)
    return np.asarray(shapely.contains_xy(outline, x, y), bool)


@cache
def _outline() -> Any:
    text = files(__package__).joinpath("shift_outline.geojson").read_text(encoding="utf-8")
    outline = shapely.from_geojson(json.dumps(json.loads(text)["geometry"]))
    shapely.prepare(outline)
    return outline


def _frame(datum: str) -> str:
    return "wgs84" if datum == "cgcs2000" else datum


def _convert(x: FloatArray, y: FloatArray, source: str, target: str) -> _Pair:
    usable = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    lon, lat = np.where(usable, x, 0.0), np.where(usable, y, 0.0)
    gcj = _TO_GCJ[source](lon, lat)
    inside = usable & in_shift_outline(*gcj)
    if not inside.any():
        return x, y
    new_x, new_y = _FROM_GCJ[target](*gcj)
    return np.where(inside, new_x, x), np.where(inside, new_y, y)


def _wgs_to_gcj(lon: FloatArray, lat: FloatArray) -> _Pair:
    x, y = lon - 105.0, lat - 35.0
    xy, root = x * y, np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root
        + (wave + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y * (np.pi / 3.0))
           + 160.0 * np.sin(y * (np.pi / 12.0)) + 320.0 * np.sin(y * (np.pi / 30.0))) * (2.0 / 3.0)
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root
        + (wave + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x * (np.pi / 3.0))
           + 150.0 * np.sin(x * (np.pi / 12.0)) + 300.0 * np.sin(x * (np.pi / 30.0))) * (2.0 / 3.0)
    )  # fmt: skip
    radians = lat * (np.pi / 180.0)
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    prime_m = _AXIS_M / np.sqrt(magic) * (np.pi / 180.0)
    cosine = np.maximum(np.cos(radians), 1e-9)
    return lon + east / (prime_m * cosine), lat + north / (prime_m * (1.0 - _ECCENTRICITY_2) / magic)


def _gcj_to_bd(lon: FloatArray, lat: FloatArray) -> _Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(forward: Callable[[FloatArray, FloatArray], _Pair], lon: FloatArray, lat: FloatArray) -> _Pair:
    """Solve forward(p) = (lon, lat) by fixed-point rounds: the shift hardly changes over its own length."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        there_x, there_y = forward(x, y)
        x, y = x - (there_x - lon), y - (there_y - lat)
    return x, y


_TO_GCJ: dict[str, Callable[[FloatArray, FloatArray], _Pair]] = {
    "wgs84": _wgs_to_gcj,
    "gcj02": lambda lon, lat: (lon, lat),
    "bd09": lambda lon, lat: _invert(_gcj_to_bd, lon, lat),
}
_FROM_GCJ: dict[str, Callable[[FloatArray, FloatArray], _Pair]] = {
    "wgs84": lambda lon, lat: _invert(_wgs_to_gcj, lon, lat),
    "gcj02": lambda lon, lat: (lon, lat),
    "bd09": _gcj_to_bd,
}
