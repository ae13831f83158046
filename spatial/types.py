"""Shapes and constants that every room shares."""

from __future__ import annotations

from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the GRS 80 ellipsoid (2a+b)/3, used by every spherical distance of the platform."""

Metres = float


class LngLat(NamedTuple):
    """A position in degrees, longitude first, WGS-84/CGCS2000 unless a datum says otherwise."""

    lon: float
    lat: float


class BBox(NamedTuple):
    """A box in degrees; west > east means that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float
