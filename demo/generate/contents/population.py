"""The people of the demo city, made up: a raster of people and households (生成人口栅格).

How many live in a grid follows how fine the town is there; within the grid they live in the real buildings,
by floor space and by how much of it people live in, and evenly over the ground where no buildings are drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from demo.generate.contents.city import City
from demo.generate.density import grid_area_at
from demo.generate.plane import METRES_PER_NANO, ORIGIN_NANO
from spatial.geometry.rasters import CellGrid, Raster, coverage_shares

BANDS = ("people", "households")
CELL = 0.0005
"""Degrees: about 43 m by 56 m."""

HOUSEHOLDS_PER_GRID = 400.0
"""What a grid of the size that fits its place has in the middle: between the 300 and 500 of the rules."""
SPREAD = 0.22
"""Standard deviation of the logarithm: some grids come out too large, some too small."""
PEOPLE_PER_HOUSEHOLD = 2.4
"""Haidian in the census of 2020: about 2.4."""

FLOORS = {"apartments": 9, "residential": 6, "dormitory": 6, "house": 2, "bungalow": 1, "yes": 4}
LIVED_IN = {kind: 0.35 if kind == "yes" else 1.0 for kind in FLOORS}
"""Share of the floor space that people live in; other kinds of buildings have none."""
LEAST_FLOORS_M2 = 3_000.0
"""A grid with less of known floor space to live in is one whose buildings are not drawn."""


def make_population(city: City) -> Raster:
    """Make the raster: float values, EPSG:4326, the cells around the shown extent."""
    cells = _cells(city)
    lived_in = _lived_in(city)
    homes = _homes(city, *lived_in)
    people = np.zeros((cells.rows, cells.columns))
    for grid, number in enumerate(_people(city, *lived_in[1:])):
        _settle(people, cells, city.grids["geometry"].iloc[grid], homes.get(grid), number)
    rounded = np.round(people, 1)
    return Raster(cells, BANDS, np.stack([rounded, np.round(people / PEOPLE_PER_HOUSEHOLD, 2)]))


def _cells(city: City) -> CellGrid:
    west, south, east, north = np.asarray(city.grids["geometry"].total_bounds)
    first, last = np.floor([west / CELL, south / CELL]), np.ceil([east / CELL, north / CELL])
    columns, rows = (last - first).astype(int).tolist()
    return CellGrid(float(first[0] * CELL), float(last[1] * CELL), CELL, CELL, rows, columns)


def _people(city: City, grid: Any, space: Any) -> Any:
    """Draw how many live in each grid."""
    shapes = np.asarray(city.grids["plane"])
    middle = shapely.centroid(shapes)
    built = np.minimum(np.bincount(grid, space, len(shapes)) / shapely.area(shapes), 1.0)
    fitting = grid_area_at(shapely.get_x(middle), shapely.get_y(middle), built)
    chance = np.exp(city.rng("population").normal(0.0, SPREAD, len(shapes)))
    return HOUSEHOLDS_PER_GRID * PEOPLE_PER_HOUSEHOLD * shapely.area(shapes) / fitting * chance


def _lived_in(city: City) -> Any:
    """List the real buildings that people live in: their middle (plane), grid and floor space to live in."""
    table = city.features[city.features["layer"] == "buildings"]
    table = table[table["building"].isin(list(LIVED_IN))]
    space = shapely.area(shapely.make_valid(np.asarray(table["plane"])))
    space = space * table["building"].map(FLOORS).to_numpy() * table["building"].map(LIVED_IN).to_numpy()
    middle = shapely.get_coordinates(np.asarray(table["middle"]))
    inside = city.is_inside(middle)
    return middle[inside], city.grid_of(middle[inside]), space[inside]


def _homes(city: City, middle: Any, grid: Any, space: Any) -> dict[int, Any]:
    """Give, for each grid whose buildings are drawn, (lon, lat, share of its people) of every home."""
    degrees = (middle / METRES_PER_NANO + ORIGIN_NANO) * 1e-9
    total = np.bincount(grid, space, len(city.grids))
    known = total[grid] >= LEAST_FLOORS_M2
    rows = np.column_stack([degrees, space / np.maximum(total[grid], 1.0)])[known]
    return {int(number): rows[grid[known] == number] for number in np.unique(grid[known])}


def _settle(people: Any, cells: CellGrid, shape: Any, homes: Any, number: float) -> None:
    """Give the people of one grid to the cells of their homes, else to all cells by their share in it."""
    if homes is None:
        shares, (row, column, rows, columns) = coverage_shares(cells, shape)
        people[row : row + rows, column : column + columns] += number * shares / shares.sum()
        return
    column = ((homes[:, 0] - cells.west) / cells.cell_lon).astype(int)
    row = ((cells.north - homes[:, 1]) / cells.cell_lat).astype(int)
    np.add.at(people, (row, column), number * homes[:, 2])
