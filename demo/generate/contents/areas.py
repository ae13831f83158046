"""The other coverages of the demo: micro-grids and unit grids of a part of the city, and special areas.

All of them are made up: no such borders are public. Special areas are made of whole grids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from demo.generate.contents.city import MARK, City, stacked, stem
from demo.generate.halving import cut_to
from demo.generate.plane import to_lonlat
from spatial.grids.codes import first_codes

MICRO_GRIDS_PER_GRID = 4
UNIT_GRID_M2 = 10_000.0
COMMUNITIES_PER_CLEANING_AREA = 4

Row = dict[str, Any]


def make_parts(city: City) -> dict[str, Any]:
    """Cut the grids of the densest street into micro-grids, and its largest community into unit grids.

    Returns columns: coverage, code, parent_code, name, name_en and geom (degrees).
    """
    street = _densest_street(city)
    grids = city.grids[city.grids.code.str.startswith(street)]
    rows: list[Row] = []
    for code, shape in zip(grids.code, grids["plane"], strict=True):
        parts = cut_to(shape, shape.area / MICRO_GRIDS_PER_GRID)
        rows += _coded(city, "micro_grids", "grid+2", code, parts, ("微网格", "micro-grid"))
    community = grids.parent_code.value_counts().sort_index(kind="stable").idxmax()
    whole = shapely.coverage_union_all(np.asarray(grids["plane"][grids.parent_code == community]))
    parts = cut_to(whole, UNIT_GRID_M2)
    rows += _coded(city, "unit_grids", "12+3", community, parts, ("单元网格", "unit grid"))
    return {name: [row[name] for row in rows] for name in rows[0]}


def _densest_street(city: City) -> str:
    """The street whose grids are the smallest on the whole."""
    area = city.grids["plane"].map(lambda shape: shape.area)
    return str(area.groupby(city.grids.code.str[:9]).median().idxmin())


def _coded(
    city: City, coverage: str, profile: str, parent: str, parts: list[Any], kind: tuple[str, str]
) -> Iterator[Row]:
    shapes = to_lonlat(np.asarray(parts, object))
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    for code, shape in zip(first_codes(profile, parent, middle), shapes, strict=True):
        number = code[len(parent) :]
        yield {
            "coverage": coverage, "code": code, "parent_code": parent, "geom": shape,
            "name": f"{stem(city.names[parent])}{kind[0]}{number}(生成)",
            "name_en": f"{kind[1].capitalize()} {number} (generated)",
        }  # fmt: skip


def make_areas(city: City, places: Any) -> dict[str, Any]:
    """Group grids into the areas of the special coverages.

    Returns columns, one row a grid and coverage: coverage, code and names of the area, grid.
    """
    rows = [*_police(city), *_cleaning(city), *_nearest(city, places, "school", "学区", "School catchment"),
            *_nearest(city, places, "hospital", "医疗服务区", "Hospital service area"),
            *_sampled(city)]  # fmt: skip
    names = ("coverage", "code", "name", "name_en", "grid")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


Area = tuple[str, str, str, str, str]
"""coverage, code, name, name_en, grid."""


def _police(city: City) -> Iterator[Area]:
    """A police station a street."""
    number = {code: row for row, code in enumerate(city.level(2).code, 1)}
    for grid in city.grids.code:
        name = f"{stem(city.names[grid[:9]])}派出所辖区{MARK}"
        yield "police", f"JW{number[grid[:9]]:03d}", name, f"Police area {number[grid[:9]]} (demo)", grid


def _cleaning(city: City) -> Iterator[Area]:
    """Some communities of a street that follow each other in their codes."""
    for grid in city.grids.code:
        part = (int(grid[9:12]) - 1) // COMMUNITIES_PER_CLEANING_AREA + 1
        name = f"{stem(city.names[grid[:9]])}环卫作业区{part:02d}{MARK}"
        yield "sanitation", f"HW{grid[6:9]}-{part:02d}", name, f"Street cleaning area {part} (demo)", grid


def _nearest(city: City, places: Any, kind: str, title: str, title_en: str) -> Iterator[Area]:
    """The grids that lie nearest to each real place of a kind; a place that is nearest to none has none."""
    real = places[(places["kind"] == kind) & ~places["generated"].astype(bool)].reset_index(drop=True)
    real = real.sort_values(["source", "name"], kind="stable").reset_index(drop=True)
    tree = shapely.STRtree(shapely.points(stacked(real["xy"])))
    nearest = tree.nearest(shapely.centroid(np.asarray(city.grids["plane"])))
    prefix = {"school": "XQ", "hospital": "YL"}[kind]
    for grid, row in zip(city.grids.code, nearest.tolist(), strict=True):
        name = f"{real['name'][row]}{title}{MARK}"
        yield kind, f"{prefix}{row + 1:03d}", name, f"{title_en} {row + 1} (demo)", grid


def _sampled(city: City) -> Iterator[Area]:
    """One grid of every street, drawn by the city's seed: a stratified sample."""
    rng = city.rng("evaluation")
    for number, street in enumerate(city.level(2).code, 1):
        grid = str(rng.choice(city.grids.code[city.grids.code.str.startswith(street)].to_numpy()))
        name = f"{stem(city.names[street])}评价网格{MARK}"
        yield "evaluation", f"PJ{number:03d}", name, f"Evaluation grid {number} (demo)", grid
