"""Reference systems that layers are offered in, and what a column is in another one, in SQL."""

from __future__ import annotations

from functools import cache
from typing import Final

from psycopg import sql

from layers.catalogue import Layer
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS_TABLE, SHIFTED, Crs, crs_of_srid, parse_crs

COORDINATE_DIGITS: Final = 9
"""All digits of the precision grid are published."""
METRE_DIGITS: Final = 4
"""Tenths of a millimetre."""

LON_LAT: Final = (4326, 4490)
"""Systems of PostGIS whose x is a longitude; the platform takes them as equal."""

COMMON = tuple(
    CRS_TABLE[name]
    for name in ("CRS84", "EPSG:4326", "EPSG:3857", "EPSG:4490", "EPSG:4547", "EPSG:4548", "EPSG:4549")
)
"""What every layer is offered in, besides the system that it is stored in."""


def offered(layer: Layer) -> tuple[Crs, ...]:
    """List the systems of a layer, CRS84 first, the shifted datums last."""
    return _offered(layer.srid)


@cache
def _offered(srid: int) -> tuple[Crs, ...]:
    return tuple(dict.fromkeys([*COMMON, crs_of_srid(srid), *SHIFTED.values()]))


def read_system(text: str, layer: Layer, where: str) -> Crs:
    """Read the address (with or without angle brackets) or URN of a system that the layer is offered in.

    Raises InvalidInput at `where` for any other.
    """
    given = text.strip().removeprefix("<").removesuffix(">")
    for crs in offered(layer):
        if given == crs.uri:
            return crs
    known = _spelled(given, layer)
    if known not in offered(layer):
        raise InvalidInput.at(where, f"must be one of {', '.join(crs.uri for crs in offered(layer))}")
    return known


def _spelled(text: str, layer: Layer) -> Crs | None:
    """Understand https, other versions of the register, and URNs; not bare numbers, they are no address."""
    if "/" not in text and not text.lower().startswith("urn:ogc:"):
        return None
    code = text.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    own = crs_of_srid(layer.srid)
    try:
        return parse_crs(text)
    except InvalidInput:
        return own if own.name == f"EPSG:{code}" and "EPSG" in text.upper() else None


def digits_of(crs: Crs) -> int:
    """Tell how many digits behind the point coordinates have in text."""
    return COORDINATE_DIGITS if crs.in_degrees else METRE_DIGITS


def in_system(geometry: sql.Composable, stored: int, srid: int) -> sql.Composable:
    """Write a geometry stored in one system in another, x before y."""
    if stored == srid:
        return geometry
    if stored in LON_LAT and srid in LON_LAT:
        return sql.SQL("ST_SetSRID({}, {})").format(geometry, sql.Literal(srid))
    return sql.SQL("ST_Transform({}, {})").format(geometry, sql.Literal(srid))


def is_plain(layer: Layer, crs: Crs) -> bool:
    """Tell whether coordinates come out as they are stored."""
    stored_alike = layer.srid == crs.srid or (layer.srid in LON_LAT and crs.srid in LON_LAT)
    return stored_alike and not crs.northing_first and not crs.is_shifted
