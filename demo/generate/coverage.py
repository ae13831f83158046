"""The demo coverage from beginning to end: repair, lines, blocks, communities, grids, proofs, files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from demo.generate import coverage_files, evidence, names, statistics
from demo.generate.blocks import lay_out
from demo.generate.border_roads import border_roads
from demo.generate.cutting import Site
from demo.generate.faces import Blocks, read_blocks
from demo.generate.obstacles import Obstacles, read_obstacles
from demo.generate.orientation import read_orientation
from demo.generate.plane import to_lonlat
from demo.generate.proofs import prove
from demo.generate.real_lines import Line, accept, read_lines
from demo.generate.streets import Streets, project, repair_streets
from demo.generate.units import Cell, group, polygons_of

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Town:
    """The streets that are drawn, all lines, and the noded edges of the blocks (plane)."""

    streets: Streets
    shown: Any
    edges: Any
    lines: list[Line]
    obstacles: Obstacles


def generate_coverage(
    data_dir: Path, out_dir: Path, seed: int, progress: Progress, only: Collection[int] | None = None
) -> dict[str, Any]:
    """Write units.parquet, roads.parquet and report.json into out_dir; returns the report.

    data_dir: the folder demo/data. The same seed gives the same bytes of geometry. `only` restricts the work
    to some source polygons (their ids), for tests. Raises InvalidInput when a proof of the result fails.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    progress("repair the 28 street polygons", 0.0)
    streets = repair_streets(data_dir)
    town = build_town(data_dir, streets, seed, progress, only)
    progress("group blocks into communities and grids", 0.75)
    blocks = read_blocks(town.lines, town.edges, town.shown, town.obstacles)
    cells = group(blocks, len(town.shown), seed)
    polygons = polygons_of(blocks, cells)
    progress("prove and name the coverage", 0.85)
    lonlat = to_lonlat(polygons)
    proofs = prove(lonlat, *_parents(cells))
    rulings = evidence.rule(data_dir, town.shown, evidence.read_official(data_dir))
    units = names.name_units(cells, polygons, town.shown, rulings, names.read_hints(data_dir))
    progress("write the coverage", 0.95)
    report = _report(town, blocks, cells, polygons, rulings, proofs, seed)
    report["counts"] = _counts(units)
    coverage_files.write_units(out_dir / "units.parquet", units, lonlat)
    coverage_files.write_roads(out_dir / "roads.parquet", town.lines)
    coverage_files.write_report(out_dir / "report.json", report)
    progress("coverage done", 1.0)
    return report


def build_town(
    data_dir: Path, streets: Streets, seed: int, progress: Progress, only: Collection[int] | None
) -> Town:
    """Collect the real lines and lay out the generated streets."""
    chosen = [i for i, source in enumerate(streets.source_ids) if only is None or source in only]
    shown = np.array([streets.polygons[i] for i in chosen], dtype=object)
    borders = shapely.line_merge(shapely.union_all(shapely.boundary(shown)))
    extent = shapely.coverage_union_all(shown)
    progress("read roads, rails, water and buildings", 0.05)
    found = read_lines(data_dir)
    real = accept(found, borders, extent)
    open_air = [line.shape for line in found if line.kind != "edge" and line.klass != "tunnel"]
    obstacles = read_obstacles(data_dir, extent, open_air)
    orientation = read_orientation(extent, [line.shape for line in real], borders, obstacles.buildings)
    progress("lay out streets between the real ones", 0.15)
    site = Site(obstacles, orientation)
    ids = [streets.source_ids[i] for i in chosen]
    layout = lay_out(real, borders, shown, site, lambda i: np.random.default_rng([seed, ids[i]]))
    lines = layout.lines + border_roads(shown, found, obstacles.buildings)
    return Town(
        Streets(ids, list(shown), streets.repairs, streets.holes), shown, layout.edges, lines, obstacles
    )


def _parents(cells: list[Cell]) -> tuple[Any, Any]:
    return np.array([c.street for c in cells]), np.array([c.community for c in cells])


def _counts(units: list[names.Unit]) -> dict[str, int]:
    titles = {1: "districts", 2: "streets", 3: "communities", 4: "grids"}
    return {title: sum(unit.level == level for unit in units) for level, title in titles.items()}


def _report(
    town: Town,
    blocks: Blocks,
    cells: list[Cell],
    polygons: Any,
    rulings: list[evidence.Ruling],
    proofs: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    weight = np.array([blocks.weight[cell.blocks].sum() for cell in cells])
    area = shapely.area(project(polygons))
    community = np.bincount(_parents(cells)[1], weights=area)
    return {
        "seed": seed,
        "extent_note": names.EXTENT_NOTE,
        "extent_note_en": names.EXTENT_NOTE_EN,
        "area_m2": round(float(area.sum()), 1),
        "proofs": proofs,
        "grids": statistics.balance(polygons, area, weight, town.obstacles),
        "communities": {"area_m2": statistics.spread(community)},
        "buildings": statistics.cuts(polygons, town.shown, town.obstacles),
        "border_km": statistics.followed(polygons, town.lines, town.shown),
        "repairs": [asdict(repair) for repair in town.streets.repairs],
        "holes_left_open": town.streets.holes,
        "evidence": [_ruling(i, r) for i, r in zip(town.streets.source_ids, rulings, strict=True)],
    }


def _ruling(source_id: int, ruling: evidence.Ruling) -> dict[str, Any]:
    street = ruling.street
    return {
        "source_id": source_id,
        "code": street.code if street else None,
        "name": street.name if street else None,
        "reason": ruling.reason,
        "findings": [finding.text() for finding in ruling.findings],
    }
