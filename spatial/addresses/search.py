"""One box for everything: a code, an address or name, or coordinates in a declared datum."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.addresses.compile import AREA_KINDS
from spatial.addresses.coordinates import parse_coordinates
from spatial.addresses.geocode import Found, Gazetteer
from spatial.database import query
from spatial.database.matching import anywhere
from spatial.errors import InvalidInput
from spatial.geometry.datum import check_datum, convert

MAX_RESULTS = 50

Result = dict[str, Any]


def search(
    connection: Connection[Any],
    text: str,
    datum: str,
    limit: int,
    library: Callable[[], Gazetteer] | None = None,
) -> tuple[str, list[Result]]:
    """Find what `text` means: ("coordinates" | "code" | "text", results with lon/lat in WGS-84).

    library: asked for addresses in place of the table: what is written wrongly, in pinyin or short is
    found as well, and a million are no slower than a thousand. Coordinates are read in `datum`, longitude
    first unless that is impossible. Raises InvalidInput for an empty or overlong text, an unknown datum, or a
    limit out of range.
    """
    _check(text, limit)
    check_datum(datum)
    position = parse_coordinates(text)
    if position is not None:
        return "coordinates", [_position(position.lon, position.lat, position.swapped, datum)]
    kind = "code" if _is_code(text) else "text"
    values = {
        "text": text.strip(),
        "prefix": text.strip(),
        "inside": anywhere(text.strip()),
        "limit": limit,
        "addresses": library is None,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows: Sequence[Result] = cursor.execute(
            query("spatial.addresses", f"search_{kind}"), values
        ).fetchall()
    if kind == "code" or library is None:
        return kind, list(rows)
    return kind, _with_addresses(list(rows), library(), text, limit)


def _with_addresses(rows: list[Result], library: Gazetteer, text: str, limit: int) -> list[Result]:
    """Put addresses behind units and places that hold the text; those that are there already once.

    What is called exactly so stands in front.
    """
    there = {(row["title"], round(row["lon"], 4), round(row["lat"], 4)) for row in rows}
    found = [
        _address(each)
        for each in library.find(text, limit)
        if each.kind not in AREA_KINDS and (each.text, round(each.lon, 4), round(each.lat, 4)) not in there
    ]
    every = [*rows, *found]
    same = [row for row in every if row["title"] == text.strip()]
    return [*same, *(row for row in every if row not in same)][:limit]


def _address(found: Found) -> Result:
    return {
        "kind": "address", "id": None, "code": None, "title": found.text, "title_en": found.text,
        "subtitle": found.kind, "subtitle_en": found.kind, "lon": found.lon, "lat": found.lat, "bbox": None,
        "generated": found.generated,
    }  # fmt: skip


def _check(text: str, limit: int) -> None:
    if not text.strip():
        raise InvalidInput.at("q", "is empty: type a code, an address or coordinates")
    if len(text) > 200 or not _is_storable(text):
        raise InvalidInput.at("q", "must be at most 200 characters of text")
    if not 1 <= limit <= MAX_RESULTS:
        raise InvalidInput.at("limit", f"must be between 1 and {MAX_RESULTS}")


def _is_storable(text: str) -> bool:
    """PostgreSQL knows neither NUL nor half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_code(text: str) -> bool:
    """Codes of areas, components and events are mostly digits, six or more, perhaps after some letters."""
    return re.fullmatch(r"[A-Za-z]{0,8}[0-9]{6,30}[A-Za-z0-9-]{0,10}", text.strip()) is not None


def _position(lon: float, lat: float, swapped: bool, datum: str) -> Result:
    true_lon, true_lat = convert([lon], [lat], datum, "wgs84")
    note = ("（纬度在前，已调换）", " (latitude first, swapped)") if swapped else ("", "")
    return {
        "kind": "coordinates",
        "id": None,
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
