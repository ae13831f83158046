"""A plan's state as GeoJSON, as much of it as a reader may know.

A border with a unit that the reader may not know is a border with nothing, as at the edge of the city.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import shapely
from shapely.geometry import mapping

from grid_editor.change import OUTSIDE, Change, Piece, UnitValue
from grid_editor.pieces import Box, lines_of
from grid_editor.reach import is_own, sees
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.crs import area_m2
from spatial.geometry.precision import from_nano, to_nano
from spatial.rights.reader import Reader
from spatial.types import BBox

Json = dict[str, Any]
MOST_UNITS = 2_000
"""Most base units that are given at once: an editor holds a neighbourhood, not a city."""
MOST_TOUCHED = 300
"""Most units whose shapes an operation answers with; above, the editor reads its box anew."""


def nano_box(box: BBox) -> Box:
    """Give a box of degrees in nano-degrees."""
    west, south, east, north = to_nano([box.west, box.south, box.east, box.north]).tolist()
    return west, south, east, north


def neighbourhood(state: State, box: BBox, reader: Reader, codes: Mapping[str, str]) -> Json:
    """Give the base units whose boxes meet a box, the units above them, and their arcs.

    codes: what units without a code are likely to get. InvalidInput when there are too many units.
    """
    found = {
        unit
        for unit in state.units_in(nano_box(box))
        if reader.sees_everything or is_own(state, unit, reader)
    }
    if len(found) > MOST_UNITS:
        raise InvalidInput.at("bbox", f"holds {len(found)} units: ask for a box with {MOST_UNITS} at most")
    pieces = sorted({piece for unit in found for piece in state.pieces_of(unit)})
    above = _above(state, found, reader)
    return {
        "units": collection(unit_feature(state, unit, codes) for unit in sorted(found)),
        "parents": [unit_json(state, unit, codes) for unit in sorted(above)],
        "arcs": collection(arc_features(state, pieces, reader)),
    }


def touched(before: State, after: State, change: Change, reader: Reader, codes: Mapping[str, str]) -> Json:
    """Give what an editor must redraw after a change: units, units that are gone, arcs that go and come."""
    there = [unit for unit in sorted(change.units) if after.find(unit) and sees(after, unit, reader)]
    base = [unit for unit in there if after.unit(unit).level == after.base.depth]
    above = [unit for unit in there if after.unit(unit).level < after.base.depth]
    many = len(base) > MOST_TOUCHED
    return {
        "features": collection([] if many else (unit_feature(after, unit, codes) for unit in base)),
        "parents": [unit_json(after, unit, codes) for unit in above],
        "retired": sorted(unit for unit in change.retired if sees(before, unit, reader)),
        "arcs": collection([] if many else arc_features(after, change.added, reader)),
        "arcs_gone": []
        if many
        else sorted(arc_id(piece) for piece in _shown(before, change.removed, reader)),
        "reload": many,
    }


def unit_feature(state: State, unit: str, codes: Mapping[str, str]) -> Json:
    """Give a unit of any level with its shape as a GeoJSON feature."""
    shape = state.polygon(unit)
    values = unit_json(state, unit, codes)
    middle = shapely.point_on_surface(shape) if not shape.is_empty else None
    values |= {
        "area_m2": round(area_m2(shape), 2),
        "label": None if middle is None else [middle.x, middle.y],
    }
    return {"type": "Feature", "id": unit, "geometry": mapping(shape), "properties": values}


def unit_json(state: State, unit: str, codes: Mapping[str, str]) -> Json:
    """Describe a unit without its shape; `status` says what the plan does to it."""
    value = state.unit(unit)
    return {**value_json(value), "proposed_code": codes.get(unit), "status": _status(state, unit)}


def value_json(value: UnitValue) -> Json:
    """Write the values of a unit."""
    people = [{"worker_id": worker, "role": role} for worker, role in value.people]
    return {
        "id": value.id, "code": value.code, "level": value.level, "parent": value.parent, "name": value.name,
        "name_en": value.name_en, "generated": value.generated, "people": people,
    }  # fmt: skip


def _status(state: State, unit: str) -> str:
    if unit in state.change.born:
        return "new"
    return "changed" if unit in state.change.units else "same"


def arc_features(state: State, pieces: Iterable[Piece], reader: Reader) -> list[Json]:
    """Give arcs that border on a unit which the reader may know, sides beyond that as null."""
    shown = _shown(state, pieces, reader)
    return [
        {
            "type": "Feature",
            "id": arc_id(piece),
            "geometry": {"type": "LineString", "coordinates": from_nano(piece.points).tolist()},
            "properties": dict(zip(("left", "right"), _sides(state, piece, reader), strict=True)),
        }
        for piece in shown
    ]


def arc_id(piece: Piece) -> str:
    """Name an arc by what it is: course and sides."""
    digest = blake2b(piece.coords, digest_size=8)
    digest.update(f"{piece.left}|{piece.right}".encode())
    return digest.hexdigest()


def collection(features: Iterable[Json]) -> Json:
    """Make a GeoJSON collection of features."""
    return {"type": "FeatureCollection", "features": list(features)}


def lines_json(pieces: Iterable[Piece]) -> Json:
    """Give pieces as one GeoJSON multi-line."""
    found = sorted(pieces)
    return dict(mapping(shapely.multilinestrings(lines_of(found) if found else [])))


def _shown(state: State, pieces: Iterable[Piece], reader: Reader) -> list[Piece]:
    if reader.sees_everything:
        return list(pieces)
    return [piece for piece in pieces if any(_sides(state, piece, reader))]


def _sides(state: State, piece: Piece, reader: Reader) -> list[str | None]:
    return [side if side != OUTSIDE and sees(state, side, reader) else None for side in piece.sides]


def _above(state: State, units: Iterable[str], reader: Reader) -> set[str]:
    found: set[str] = set()
    for unit in units:
        parent = state.unit(unit).parent
        while parent is not None and parent not in found and state.find(parent) is not None:
            if sees(state, parent, reader):
                found.add(parent)
            parent = state.unit(parent).parent
    return found
