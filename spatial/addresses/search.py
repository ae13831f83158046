"""One box for everything: a code, an address or name, or coordinates in a declared datum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.addresses.coordinates import parse_coordinates
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert

MAX_RESULTS = 50

Result = dict[str, Any]


def search(connection: Connection[Any], text: str, datum: str, limit: int) -> tuple[str, list[Result]]:
    """Find what `text` means: ("coordinates" | "code" | "text", results with lon/lat in WGS-84).

    Coordinates are read in `datum`, longitude first unless that is impossible. Raises InvalidInput for an
    empty or overlong text, an unknown datum, or a limit out of range.
    """
    _check(text, limit)
    position = parse_coordinates(text)
    if position is not None:
        return "coordinates", [_position(position.lon, position.lat, position.swapped, datum)]
    kind = "code" if _is_code(text) else "text"
    values = {
        "text": text.strip(),
        "prefix": _escaped(text.strip()) + "%",
        "inside": f"%{_escaped(text.strip())}%",
        "limit": limit,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows: Sequence[Result] = cursor.execute(
            query("spatial.addresses", f"search_{kind}"), values
        ).fetchall()
    return kind, list(rows)


def _check(text: str, limit: int) -> None:
    if not text.strip():
        raise InvalidInput.at("q", "is empty: type a code, an address or coordinates")
    if len(text) > 200 or "\x00" in text:
        raise InvalidInput.at("q", "must be at most 200 characters of text")
    if not 1 <= limit <= MAX_RESULTS:
        raise InvalidInput.at("limit", f"must be between 1 and {MAX_RESULTS}")


def _is_code(text: str) -> bool:
    """Area, component and event codes begin with the six digits of the county."""
    compact = text.strip().replace("-", "")
    return len(compact) >= 6 and compact[:6].isdigit() and compact.isalnum() and compact.isascii()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _position(lon: float, lat: float, swapped: bool, datum: str) -> Result:
    true_lon, true_lat = convert([lon], [lat], datum, "wgs84")
    note = ("（纬度在前，已调换）", " (latitude first, swapped)") if swapped else ("", "")
    return {
        "kind": "coordinates",
        "code": None,
        "title": f"{lon:.6f}, {lat:.6f}",
        "title_en": f"{lon:.6f}, {lat:.6f}",
        "subtitle": f"{datum} 坐标{note[0]}",
        "subtitle_en": f"{datum} coordinates{note[1]}",
        "lon": float(true_lon[0]),
        "lat": float(true_lat[0]),
        "bbox": None,
        "generated": False,
    }
