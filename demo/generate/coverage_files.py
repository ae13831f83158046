"""Write units.parquet, roads.parquet and report.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from demo.generate.names import Unit
from demo.generate.plane import to_lonlat
from demo.generate.real_lines import Line


def write_units(path: Path, units: list[Unit], polygons: Any) -> None:
    """Write the units; only grids carry a geometry (lon/lat on the precision grid)."""
    import geopandas

    columns = ("level", "code", "parent_code", "name", "name_en", "generated", "evidence")
    table = {name: [getattr(unit, name) for unit in units] for name in columns}
    shapes = [None if unit.cell is None else polygons[unit.cell] for unit in units]
    geopandas.GeoDataFrame(table, geometry=shapes, crs=4326).to_parquet(path, index=False)


def write_roads(path: Path, lines: list[Line]) -> None:
    """Write the lines that borders follow, in lon/lat on the precision grid."""
    import geopandas

    table = {
        "name": [line.name for line in lines],
        "kind": [line.kind for line in lines],
        "generated": [line.generated for line in lines],
        "class": [line.klass for line in lines],
    }
    shapes = to_lonlat(np.array([line.shape for line in lines], dtype=object))
    geopandas.GeoDataFrame(table, geometry=shapes, crs=4326).to_parquet(path, index=False)


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write the report as readable JSON, keys in the order given."""
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
