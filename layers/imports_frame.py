"""In which reference system a file's coordinates are, and in which they are stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg import Connection
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from layers.imports import PublishOptions
from layers.repairs import Findings, Frame, ToLonLat
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.geometry.datum import check_datum
from spatial.geometry.read_features import FileLayer
from spatial.types import BBox

WGS84 = 4326
_LEAST_CONFIDENCE = 70
"""Of pyproj's, that a WKT without a code is a known system: .prj files of ESRI reach it."""
_CODE = re.compile(r"(EPSG|OGC|ESRI):\w{1,10}", re.I)
_WORLD = BBox(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class StoredIn:
    """The reference system of the geometry column."""

    srid: int


def frame_of(
    connection: Connection[Any],
    layer: FileLayer,
    options: PublishOptions,
    city: BBox | None,
    findings: Findings,
) -> tuple[Frame, StoredIn]:
    """Say how the coordinates of a layer are to be read and stored.

    Raises InvalidInput at `crs` when nobody says which reference system they are in: nothing is guessed.
    """
    crs = _crs(layer, options, findings)
    shifted = check_datum(options.datum) in ("gcj02", "bd09")
    if shifted and not crs.is_geographic:
        raise InvalidInput.at("datum", f"{options.datum} is of degrees, and the file is in {crs.name}")
    srid = WGS84 if shifted else _srid(connection, crs)
    forward = None
    if srid is None:
        findings.add("crs_transformed", detail=f"{crs.name} to EPSG:{WGS84}")
        forward, srid = _transformation(crs), WGS84
    area = crs.area_of_use
    frame = Frame(
        crs.name,
        _as_they_are if crs.is_geographic else _transformation(crs),
        BBox(*area.bounds) if area and not crs.is_geographic and area.west < area.east else _WORLD,
        city,
        options.datum,
        options.swap_axes,
        options.invalid == "refuse",
        forward,
    )
    return frame, StoredIn(srid)


def parse_any_crs(text: str, where: str = "crs") -> CRS:
    """Read a reference system by authority and code; InvalidInput at `where`."""
    code = f"EPSG:{text}" if text.isdecimal() else text
    if _CODE.fullmatch(code):
        try:
            return CRS.from_user_input(code).to_2d()
        except CRSError:
            pass
    raise InvalidInput.at(
        where, f"'{text[:40]}' is not a known reference system: write EPSG:4490, for example"
    )


def _crs(layer: FileLayer, options: PublishOptions, findings: Findings) -> CRS:
    own = _own(layer)
    if options.crs:
        given = parse_any_crs(options.crs)
        if own is not None and not own.equals(given, ignore_axis_order=True):
            findings.add("crs_differs", detail=f"the file says {own.name}; {given.name} was given")
        elif own is None:
            findings.add("crs_given", detail=given.name)
        return given
    if own is None and options.datum in ("gcj02", "bd09"):
        return CRS.from_epsg(WGS84)
    if own is None:
        raise InvalidInput.at(
            "crs",
            f"the layer '{layer.name}' does not say which reference system it is in: send crs=EPSG:4490 for"
            " CGCS2000 degrees, EPSG:4547 to 4549 for local metres, EPSG:4326 for GPS, or datum=gcj02 for a"
            " Chinese web map",
        )
    return own


def _own(layer: FileLayer) -> CRS | None:
    if layer.crs is None:
        return None
    try:
        crs = CRS.from_user_input(layer.crs)
    except CRSError:
        return None
    return None if crs.is_engineering or not (crs.is_geographic or crs.is_projected) else crs.to_2d()


def _srid(connection: Connection[Any], crs: CRS) -> int | None:
    """Find the number that PostGIS knows the system by; None when it does not."""
    if crs.to_authority(min_confidence=_LEAST_CONFIDENCE) == ("OGC", "CRS84"):
        return WGS84
    code = crs.to_epsg(min_confidence=_LEAST_CONFIDENCE)
    rows = connection.execute(query("layers", "imports_srid"), {"srid": code}).fetchall()
    return code if rows else None


def _as_they_are(x: Any, y: Any) -> tuple[Any, Any]:
    return x, y


def _transformation(crs: CRS) -> ToLonLat:
    transformer = Transformer.from_crs(crs, WGS84, always_xy=True)

    def move(x: Any, y: Any) -> tuple[Any, Any]:
        try:
            lon, lat = transformer.transform(x, y)
        except ProjError:
            return np.full(len(x), np.inf), np.full(len(x), np.inf)
        return np.asarray(lon), np.asarray(lat)

    return move
