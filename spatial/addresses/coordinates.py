"""Coordinates as people type them."""

from __future__ import annotations

import re
from typing import NamedTuple

from spatial.errors import InvalidInput

_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_PAIR = re.compile(rf"\s*[(\[]?\s*({_NUMBER})\s*°?\s*(?:[,，;；/]\s*|\s+)({_NUMBER})\s*°?\s*[)\]]?\s*")
_DMS = re.compile(
    r"""(?:(?P<before>[NSEWnsew北南东西])\s*)?(?P<d>\d{1,3})\s*[°度d:]\s*(?P<m>\d{1,2}(?:\.\d+)?)\s*(?:['′分m:]\s*
        (?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:["″秒]|'')?)?)?(?(before)|\s*(?P<after>[NSEWnsew北南东西])?)""",
    re.VERBOSE,
)
_NEGATIVE = set("SsWw南西")
_LATITUDE = set("NnSs北南")


class Position(NamedTuple):
    """A position in degrees, in the datum its sender means."""

    lon: float
    lat: float
    swapped: bool
    """True when latitude stood first."""


def parse_coordinates(text: str) -> Position | None:
    """Read "116.31, 39.98", "39.98 116.31" or degrees, minutes and seconds; None for anything else.

    Longitude is taken to stand first unless its number cannot be one in China's longitudes while the
    other can; N/S/E/W letters decide where they stand. Raises
    InvalidInput for coordinates of no place on Earth.
    """
    pair = _PAIR.fullmatch(text)
    if pair:
        return _ordered(float(pair[1]), float(pair[2]))
    angles = list(_DMS.finditer(text))
    if len(angles) != 2 or _DMS.sub("", text).strip(" ,，;；"):
        return None
    return _from_angles(angles)


def _ordered(first: float, second: float) -> Position:
    as_given = abs(first) <= 180 and abs(second) <= 90
    turned = abs(second) <= 180 and abs(first) <= 90
    # 39.98, 116.31 fits only turned; 39.98, 89.5 fits both, and in China a longitude is above 73.
    if turned and (not as_given or (first < 60 <= second)):
        return Position(second, first, True)
    if not as_given:
        raise InvalidInput.at("q", f"({first:g}, {second:g}) is beyond longitude ±180, latitude ±90")
    return Position(first, second, False)


def _from_angles(angles: list[re.Match[str]]) -> Position | None:
    letters = [(angle["before"] or angle["after"] or "") for angle in angles]
    if any(float(angle[part] or 0) >= 60 for angle in angles for part in "ms"):
        raise InvalidInput.at("q", "minutes and seconds must be below 60")
    degrees = [_degrees(angle, letter) for angle, letter in zip(angles, letters, strict=True)]
    if not all(letters):
        return _ordered(*degrees)
    latitude_first = letters[0] in _LATITUDE
    if latitude_first == (letters[1] in _LATITUDE):
        return None
    lat, lon = degrees if latitude_first else degrees[::-1]
    if abs(lon) > 180 or abs(lat) > 90:
        raise InvalidInput.at("q", f"({lon:g}, {lat:g}) is beyond longitude ±180, latitude ±90")
    return Position(lon, lat, latitude_first)


def _degrees(angle: re.Match[str], letter: str) -> float:
    size = float(angle["d"]) + float(angle["m"]) / 60 + float(angle["s"] or 0) / 3600
    return -size if letter in _NEGATIVE else size
