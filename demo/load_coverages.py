"""Publish the demo's coverages beside `grids`: those that lie within it, and those composed of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from psycopg import Connection

BASE = "grids"
NOTE = "demo city"

Read = Callable[[str], dict[str, Any]]
"""Reads a file of the demo as one list per column."""


def publish_others(connection: Connection[Any], read: Read, valid_from: datetime) -> int:
    """Publish them; returns how many there are. `grids` has been published from that moment on."""
    from spatial.grids.versions import read_snapshot

    parts, areas = read("parts"), read("areas")
    for coverage in sorted(set(parts["coverage"])):
        _publish_parts(connection, coverage, parts, valid_from)
    base = read_snapshot(connection, BASE, valid_from)
    for coverage in sorted(set(areas["coverage"])):
        _publish_areas(connection, coverage, areas, base, valid_from)
    return len(set(parts["coverage"])) + len(set(areas["coverage"]))


def _publish_parts(
    connection: Connection[Any], coverage: str, parts: dict[str, Any], valid_from: datetime
) -> None:
    import shapely

    from spatial.geometry.arcs import build_arcs
    from spatial.grids.versions import UnitDraft, publish

    names = ("code", "parent_code", "name", "name_en", "geom", "coverage")
    rows = sorted(row for row in zip(*(parts[name] for name in names), strict=True) if row[-1] == coverage)
    units = [UnitDraft(1, code, parent, name, name_en, True) for code, parent, name, name_en, *_ in rows]
    arcs = build_arcs(shapely.from_wkb([row[4] for row in rows]))
    publish(connection, coverage, units, arcs, NOTE, valid_from)


def _publish_areas(
    connection: Connection[Any], coverage: str, areas: dict[str, Any], base: Any, valid_from: datetime
) -> None:
    from spatial.grids.versions import UnitDraft, publish_composed

    names = ("code", "name", "name_en", "grid", "coverage")
    rows = [row for row in zip(*(areas[name] for name in names), strict=True) if row[-1] == coverage]
    called = {code: UnitDraft(1, code, None, name, name_en, True) for code, name, name_en, *_ in rows}
    ids = {unit.code: unit.unit_id for unit in base.units}
    area_of = {ids[grid]: code for code, _, _, grid, _ in rows}
    units = [called[code] for code in sorted(called)]
    publish_composed(connection, coverage, units, area_of, base, NOTE, valid_from)
