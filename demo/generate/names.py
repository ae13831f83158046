"""Codes and names of the units: real ones where the evidence holds, plainly generated ones elsewhere.

Sequence inside a parent: west to east within a row, rows from north to south. A row is as high as the root of
the median area of the siblings; a unit belongs to the row of its centroid.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.evidence import Ruling
from demo.generate.plane import to_plane
from demo.generate.units import Cell

DISTRICT = "110108"
EXTENT_NOTE = "只绘出28个街道多边形的并集,约为法定海淀区的一半"
EXTENT_NOTE_EN = "only the union of 28 street polygons is drawn, about half of the legal district"
PINYIN = {"110108010": "Xueyuan Road", "110108014": "Qinghuayuan"}
"""English names of streets that the evidence allows; another accepted street keeps its Chinese name."""

HINT_PATTERN = r"[一-鿿]{3,10}"
HINTS = (
    ("transit", "station", {"subway"}, 0.0),
    ("green_water", "leisure", {"park"}, 15_000.0),
    ("public_services", "amenity", {"university", "college", "school", "hospital", "theatre"}, 10_000.0),
)
"""Layer, column, values and least area in m² of the real places that tell people where they are."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Unit:
    """One row of units.parquet; cell is the index of the grid polygon, None above level 4."""

    level: int
    code: str
    parent_code: str | None
    name: str
    name_en: str
    generated: bool
    evidence: str | None
    cell: int | None = None


def reading_order(shapes: Any) -> Ints:
    """Return the order of plane shapes: rows from north to south, west to east within a row."""
    middle = shapely.centroid(shapes)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    height = float(np.sqrt(np.median(shapely.area(shapes))))
    row = np.floor((y.max() - y) / height)
    return np.lexsort((-y, x, row))


def name_units(
    cells: list[Cell], polygons: Any, streets: Any, rulings: list[Ruling], hints: list[tuple[str, Any]]
) -> list[Unit]:
    """Return all units in the order of their codes; polygons: grids, streets: street polygons (plane)."""
    units = [_district()]
    for street, ruling, code, number in _coded(streets, rulings, cells):
        units.append(_street(ruling, code, number))
        units += _communities(street, code, cells, polygons, hints)
    return sorted(units, key=lambda unit: (unit.level, unit.code))


def _district() -> Unit:
    proof = f"district_name of the source; {EXTENT_NOTE} / {EXTENT_NOTE_EN}"
    return Unit(1, DISTRICT, None, "海淀区", "Haidian District", False, proof)


def _coded(streets: Any, rulings: list[Ruling], cells: list[Cell]) -> list[tuple[int, Ruling, str, int]]:
    """Give every street that has grids a code: the real one, or 110108 + 9NN in reading order."""
    found = []
    number = 0
    shown = {cell.street for cell in cells}
    for street in (int(i) for i in reading_order(streets) if int(i) in shown):
        ruling = rulings[street]
        number += ruling.street is None
        code = ruling.street.code if ruling.street else f"{DISTRICT}9{number:02d}"
        found.append((street, ruling, code, number))
    return found


def _street(ruling: Ruling, code: str, number: int) -> Unit:
    if ruling.street is None:
        name, name_en = f"未命名(演示){number:02d}", f"unnamed (demo) {number:02d}"
        return Unit(2, code, DISTRICT, name, name_en, False, None)
    name_en = f"{PINYIN[code]} Subdistrict" if code in PINYIN else ruling.street.name
    proof = "; ".join(finding.text() for finding in ruling.findings)
    return Unit(2, code, DISTRICT, ruling.street.name, name_en, False, proof)


def _communities(
    street: int, parent: str, cells: list[Cell], polygons: Any, hints: list[tuple[str, Any]]
) -> list[Unit]:
    groups: dict[int, list[int]] = {}
    for index, cell in enumerate(cells):
        if cell.street == street:
            groups.setdefault(cell.community, []).append(index)
    members = list(groups.values())
    shapes = np.array([shapely.coverage_union_all(polygons[m]) for m in members], dtype=object)
    units = []
    for number, place in enumerate(reading_order(shapes), start=1):
        code = f"{parent}{number:03d}"
        units.append(_community(code, number, parent, shapes[place], hints))
        units += _grids(code, number, members[place], polygons)
    return units


def _community(code: str, number: int, parent: str, shape: Any, hints: list[tuple[str, Any]]) -> Unit:
    hint = next((name for name, point in hints if shapely.covers(shape, point)), None)
    name = f"{hint}一带{number:03d}社区(生成)" if hint else f"{number:03d}社区(生成)"
    name_en = f"Community {number:03d} (generated)"
    proof = f"locality hint: {hint}, a real place inside" if hint else None
    return Unit(3, code, parent, name, name_en, True, proof)


def _grids(parent: str, community: int, members: list[int], polygons: Any) -> list[Unit]:
    order = reading_order(polygons[members])
    return [
        Unit(
            4,
            f"{parent}{number:03d}",
            parent,
            f"{community:03d}社区{number:03d}网格(生成)",
            f"Grid {community:03d}-{number:03d} (generated)",
            True,
            None,
            members[place],
        )
        for number, place in enumerate(order, start=1)
    ]


def read_hints(data_dir: Path) -> list[tuple[str, Any]]:
    """Read short Chinese names of real places (station, park, service) with a point each, best first."""
    import geopandas

    found: list[tuple[str, Any]] = []
    for layer, column, values, area_m2 in HINTS:
        table = geopandas.read_file(data_dir / "haidian_osm.gpkg", layer=layer)
        table = table[table[column].isin(values) & table["name"].fillna("").str.fullmatch(HINT_PATTERN)]
        shapes = to_plane(np.asarray(table.geometry.array))
        table, shapes = table[shapely.area(shapes) >= area_m2], shapes[shapely.area(shapes) >= area_m2]
        sizes, points = shapely.area(shapes), shapely.point_on_surface(shapes)
        rows = list(zip(-sizes, table["name"], points, strict=True))
        rows.sort(key=lambda row: (row[0], row[1], row[2].wkt))
        found += [(name, point) for _, name, point in rows]
    return found
