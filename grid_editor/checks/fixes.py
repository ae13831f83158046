"""Fixes as payloads of operations, ready to be sent."""

from __future__ import annotations

from typing import Any

import shapely

from grid_editor.checks.issues import Fix
from grid_editor.checks.sight import Sight


def merge(sight: Sight, key: str, unit: str, into: str) -> Fix:
    """Let one unit become part of another, which keeps its identity."""
    return Fix(key, {"op": "merge", "units": [unit, into], "into": into}, sight.named(into))


def transfer(sight: Sight, key: str, unit: str, to: str, part: Any, **values: Any) -> Fix:
    """Give a part of a unit's ground to another."""
    payload = {"op": "transfer", "from": unit, "to": to, "polygon": polygon_json(part)}
    return Fix(key, payload, {**sight.named(to), **values})


def absorb(sight: Sight, key: str, to: str, ground: Any) -> Fix:
    """Give ground that belongs to nobody to a unit."""
    payload = {"op": "transfer", "outside": True, "to": to, "polygon": polygon_json(ground)}
    return Fix(key, payload, sight.named(to))


def give_up(unit: str, ground: Any) -> Fix:
    """Let a unit have less ground: what it gives up is another's already, in the coverage that it lies in."""
    reason = "不在上级范围内 / outside of the parent"
    return Fix("cut_back", {"op": "cut", "unit": unit, "polygon": polygon_json(ground), "reason": reason})


def rename(unit: str, name: str, name_en: str) -> Fix:
    """Give a unit another name."""
    return Fix(
        "name_it",
        {"op": "rename", "unit": unit, "name": name, "name_en": name_en},
        {"name": name, "name_en": name_en},
    )


def polygon_json(shape: Any) -> dict[str, Any]:
    """Write a polygonal geometry as GeoJSON; coordinates come back as the same nano-degrees."""
    parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon"]
    rings = [[shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(part)] for part in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
