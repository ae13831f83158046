"""Shift whole GeoJSON documents from one datum to another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.geometry.read_files import check_lonlat

Json = Any
DIGITS = 9
"""Of degrees: 0.1 mm."""
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def shift_geojson(document: Json, source: str, target: str, where: str = "geojson") -> Json:
    """Shift every position of a GeoJSON document in place; heights stay, `bbox` goes: it is true no more.

    Returns the document. InvalidInput names the place of what is no GeoJSON, or no position.
    """
    positions = list(_positions(document, where))
    shift_positions([position for position, _ in positions], source, target, [at for _, at in positions])
    return document


def shift_positions(positions: list[Any], source: str, target: str, places: list[str]) -> None:
    """Shift [lon, lat, …] lists in place; places: what each is called in an error."""
    for position, at in zip(positions, places, strict=True):
        if not _is_position(position):
            raise InvalidInput.at(at, "must be a position: two or more numbers, longitude first")
    lonlat = np.array([position[:2] for position in positions], np.float64).reshape(-1, 2)
    try:
        check_lonlat(lonlat[:, 0], lonlat[:, 1], "position")
    except InvalidInput as error:
        row = int(error.problems[0].where.removeprefix("position[").removesuffix("]"))
        raise InvalidInput.at(places[row], error.problems[0].reason) from None
    lon, lat = convert(lonlat[:, 0], lonlat[:, 1], source, target)
    pairs = zip(np.round(lon, DIGITS).tolist(), np.round(lat, DIGITS).tolist(), strict=True)
    for position, pair in zip(positions, pairs, strict=True):
        position[:2] = pair


def _is_position(position: Any) -> bool:
    return (
        type(position) is list
        and len(position) >= 2
        and all(type(number) in (int, float) and math.isfinite(number) for number in position)
    )


def _positions(document: Json, where: str) -> Iterator[tuple[Any, str]]:
    """Find every position with its place; drop every bbox on the way."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind is None:
        raise InvalidInput.at(where, "must be a GeoJSON object with a 'type'")
    document.pop("bbox", None)
    if kind == "Feature":
        if document.get("geometry") is not None:
            yield from _positions(document["geometry"], f"{where}.geometry")
    elif kind in ("FeatureCollection", "GeometryCollection"):
        name = "features" if kind == "FeatureCollection" else "geometries"
        for number, each in enumerate(_list(document.get(name), f"{where}.{name}")):
            yield from _positions(each, f"{where}.{name}[{number}]")
    elif kind in _GEOMETRIES:
        yield from _in_depth(document.get("coordinates"), _depth(kind), f"{where}.coordinates")
    else:
        raise InvalidInput.at(f"{where}.type", f"'{str(kind)[:50]}' is no type of GeoJSON")


def _depth(kind: str) -> int:
    return kind.startswith("Multi") + {"Point": 0, "LineString": 1, "Polygon": 2}[kind.removeprefix("Multi")]


def _in_depth(coordinates: Any, depth: int, where: str) -> Iterator[tuple[Any, str]]:
    if depth == 0:
        yield coordinates, where
        return
    for number, each in enumerate(_list(coordinates, where)):
        yield from _in_depth(each, depth - 1, f"{where}[{number}]")


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput.at(where, "must be a list")
    return value
