"""The drawn city as the contents see it: units, roads and the real features, in the drawing plane."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.contents.files import texts
from demo.generate.contents.osm import read_features
from demo.generate.plane import lonlat_of_units, to_plane, units_of_plane

Points = NDArray[np.float64]
"""Plane metres (n, 2): east, north."""

MARK = "(演示)"
"""The label that every made-up name carries."""

MARKS = (MARK, "(生成)", "(demo)", "(generated)")
"""All labels of made-up names, those of the coverage included."""

DISTRICT = "110108"


@dataclass(frozen=True)
class City:
    """What is already drawn. Tables are pandas; the column `plane` holds the geometry in plane metres."""

    units: Any
    roads: Any
    features: Any
    codes: Any
    divisions: Any
    seed: int

    def rng(self, topic: str) -> np.random.Generator:
        """Make the random source of one topic, so that a change in one table leaves the others alone."""
        return np.random.default_rng([self.seed, zlib.crc32(topic.encode())])

    def level(self, level: int) -> Any:
        """Return the units of one level in the order of their codes."""
        return self.units[self.units.level == level].sort_values("code").reset_index(drop=True)

    @cached_property
    def grids(self) -> Any:
        """The base units (level 4), with `plane`."""
        return self.level(4)

    @cached_property
    def extent(self) -> Any:
        """The shown extent: the union of all grids (plane)."""
        return shapely.union_all(np.asarray(self.grids["plane"]))

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every unit by its code."""
        return dict(zip(self.units.code, self.units["name"], strict=True))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(np.asarray(self.grids["plane"]))

    def grid_of(self, xy: Points) -> NDArray[np.int64]:
        """Find the nearest grid (row of `grids`) of every point; a point inside is at distance 0."""
        return np.asarray(self._tree.nearest(shapely.points(xy)), dtype=np.int64)

    def is_inside(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points lie in the interior of the shown extent."""
        shapely.prepare(self.extent)
        return np.asarray(shapely.contains_xy(self.extent, xy[:, 0], xy[:, 1]))


def read_city(data_dir: Path, out_dir: Path, seed: int) -> City:
    """Read the drawn coverage of `out_dir` and the real features of `data_dir`; reads, changes nothing."""
    import geopandas
    import pandas

    units = geopandas.read_parquet(out_dir / "units.parquet")
    roads = geopandas.read_parquet(out_dir / "roads.parquet")
    codes = pandas.read_csv(data_dir / "gbt47678_5_2026_codes.csv", dtype=str)
    divisions = pandas.read_csv(data_dir / "division_codes.csv", dtype=str)
    units["parent_code"] = texts(units["parent_code"])
    return City(_planed(units), _planed(roads), read_features(data_dir), codes, divisions, seed)


def _planed(table: Any) -> Any:
    """Add the column `plane`; rows without geometry keep None."""
    return table.assign(plane=to_plane(np.asarray(table.geometry.array)))


def stacked(xy: Any) -> Points:
    """Stack single points into (n, 2); none give (0, 2)."""
    return np.asarray(list(xy), dtype=float).reshape(-1, 2)


def stem(name: str) -> str:
    """Return a name without the mark that says it is made up."""
    for mark in MARKS:
        name = name.replace(mark, "")
    return name.strip()


def lonlat(xy: Points) -> Points:
    """Convert plane metres (n, 2) to degrees on the precision grid, lon first."""
    return lonlat_of_units(units_of_plane(np.asarray(xy, dtype=float).reshape(-1, 2)))


def points(xy: Points) -> Any:
    """Make Shapely points in degrees of plane metres (n, 2)."""
    return shapely.points(lonlat(xy))


def coordinates(shapes: Any) -> Points:
    """Return the plane coordinates (n, 2) of n points."""
    return np.asarray(shapely.get_coordinates(shapes), dtype=float)


def points_inside(polygons: Any, rng: np.random.Generator, tries: int = 24) -> Points:
    """Draw one point inside each plane polygon; one that is missed `tries` times gives its label point."""
    polygons = np.asarray(polygons)
    bounds = shapely.bounds(polygons)
    size = bounds[:, 2:] - bounds[:, :2]
    found = coordinates(shapely.point_on_surface(polygons))
    for _ in range(tries):
        xy = bounds[:, :2] + rng.random((len(polygons), 2)) * size
        hit = shapely.contains_xy(polygons, xy[:, 0], xy[:, 1])
        found[hit] = xy[hit]
    return found
