"""Edits of single units as a desktop GIS sends them, as operations of a plan.

A desktop draws one polygon at a time and knows no neighbours: what a unit leaves goes to the neighbour that
has most of that border, what it takes is taken from whoever has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import shapely
from shapely.geometry import mapping

from grid_editor.change import UnitValue
from grid_editor.reach import ROUNDING, sees
from grid_editor.state import State
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.precision import snap
from spatial.rights.reader import Reader

Json = dict[str, Any]
NAMES = ("name", "name_en")


def unit_called(state: State, code: str, reader: Reader) -> UnitValue:
    """Find the unit that a feature is; NotFound, as for one that the reader may not know."""
    found = state.unit_by_code(code) or state.find(code)
    if found is None or not sees(state, found.id, reader):
        raise NotFound(f"there is no feature '{code[:100]}'")
    return found


def drawn(properties: Mapping[str, Any], shape: Any) -> Iterator[Json]:
    """Make a new unit: name and, unless all it is taken from has one parent, parent_code."""
    name = properties.get("name")
    if not name:
        raise InvalidInput.at("properties.name", "must be given")
    found = {"op": "draw", "polygon": mapping(shape), "name": name, "name_en": properties.get("name_en")}
    parent = properties.get("parent_code")
    yield {key: value for key, value in {**found, "parent": parent}.items() if value is not None}


def valued(state: State, unit: UnitValue, properties: Mapping[str, Any]) -> Iterator[Json]:
    """Change what is said of a unit: names, parent_code, code; what stays the same is no operation."""
    names = {
        key: properties[key] for key in NAMES if key in properties and properties[key] != getattr(unit, key)
    }
    if names:
        yield {"op": "rename", "unit": unit.id, **names}
    above = state.find(unit.parent) if unit.parent else None
    parent = properties.get("parent_code")
    if parent is not None and parent != (above.code if above else unit.parent):
        yield {"op": "migrate", "units": [unit.id], "parent": parent}
    code = properties.get("code")
    if code is not None and code != unit.code:
        yield {"op": "recode", "unit": unit.id, "code": code}


def left_behind(state: State, unit: UnitValue, shape: Any) -> Iterator[Json]:
    """Give away what a unit no longer has, each part to the neighbour with the longest border there."""
    before = state.polygon(unit.id)
    for part in _parts(shapely.difference(before, shape), before):
        to = longest_neighbour(state, unit, part)
        yield {"op": "transfer", "from": unit.id, "to": to.id, "polygon": mapping(part)}


def taken(state: State, unit: UnitValue, shape: Any) -> Iterator[Json]:
    """Take what a unit has got besides; nothing when it only left something behind."""
    before = state.polygon(unit.id)
    if _parts(shapely.difference(shape, before), before):
        yield {"op": "replace", "units": [{"unit": unit.id, "polygon": mapping(shape)}]}


def retired(state: State, unit: UnitValue) -> Iterator[Json]:
    """End a unit; its area goes to the neighbour with the longest border."""
    yield {"op": "retire", "unit": unit.id, "to": longest_neighbour(state, unit, state.polygon(unit.id)).id}


def longest_neighbour(state: State, unit: UnitValue, part: Any) -> UnitValue:
    """Find the neighbour of a unit that has most of the border of a part of it; InvalidInput for none.

    Neighbours below the same parent come first, so that no unit leaves its parent by accident.
    """
    lengths = {
        other: shapely.length(
            shapely.intersection(shapely.boundary(part), shapely.boundary(state.polygon(other)))
        )
        for other in state.neighbours(unit.id)
    }
    found = [state.unit(other) for other, length in lengths.items() if length > 0]
    if not found:
        raise InvalidInput.at("geometry", f"nobody has a border with what '{unit.name}' would leave")
    return max(found, key=lambda other: (other.parent == unit.parent, lengths[other.id], other.id))


def area_of(geometry: Any) -> Any:
    """Read a GeoJSON area on the precision grid; InvalidInput."""
    try:
        found = shapely.geometry.shape(geometry)
    except Exception:
        raise InvalidInput.at("geometry", "must be a GeoJSON Polygon or MultiPolygon") from None
    if found.geom_type not in ("Polygon", "MultiPolygon") or found.is_empty:
        raise InvalidInput.at("geometry", "must be a GeoJSON Polygon or MultiPolygon")
    found = snap(shapely.force_2d(found))
    if not found.is_valid:
        raise InvalidInput.at("geometry", shapely.is_valid_reason(found))
    return found


def _parts(difference: Any, before: Any) -> list[Any]:
    """List the parts that are more than rounding of the border."""
    found = shapely.get_parts(difference)
    least = ROUNDING * shapely.length(before)
    return [part for part in found if part.geom_type == "Polygon" and part.area > least]
