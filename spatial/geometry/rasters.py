"""Rasters (栅格): figures in cells of degrees, read from GeoTIFF, and summed over areas.

The sum over an area takes a cell that the border crosses by the share of it that lies inside, exactly; so
the units of a coverage together have what the cells below them have, and nobody is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput
from spatial.geometry.precision import FloatArray


@dataclass(frozen=True)
class CellGrid:
    """Where the cells of a raster lie: rows from north to south, columns from west to east, EPSG:4326."""

    west: float
    north: float
    cell_lon: float
    cell_lat: float
    rows: int
    columns: int

    def boxes(self, row: npt.ArrayLike, column: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """Give the cells (n,) as Shapely boxes."""
        west = self.west + np.asarray(column) * self.cell_lon
        north = self.north - np.asarray(row) * self.cell_lat
        found: npt.NDArray[np.object_] = shapely.box(west, north - self.cell_lat, west + self.cell_lon, north)
        return found

    def middles(self) -> tuple[FloatArray, FloatArray]:
        """Give the longitude of every column and the latitude of every row in the middle of its cells."""
        columns, rows = np.arange(self.columns, dtype=np.float64), np.arange(self.rows, dtype=np.float64)
        return self.west + (columns + 0.5) * self.cell_lon, self.north - (rows + 0.5) * self.cell_lat


@dataclass(frozen=True)
class Raster:
    """Figures in cells; what a cell does not know counts as nothing."""

    cells: CellGrid
    bands: tuple[str, ...]
    values: FloatArray
    """(bands, rows, columns)."""


Window = tuple[int, int, int, int]
"""First row, first column, rows, columns."""


def read_geotiff(content: bytes, bands: Sequence[str]) -> Raster:
    """Read a GeoTIFF in EPSG:4326, north up.

    Raises InvalidInput at `raster` when it is none, is in another system or turned, or has not these bands.
    """
    from rasterio.errors import RasterioError
    from rasterio.io import MemoryFile

    if not content:
        raise InvalidInput.at("raster", "is empty")
    try:
        # GDAL would try every driver it has; what a stranger sends meets one.
        with MemoryFile(content) as file, file.open(driver="GTiff") as source:
            values = source.read(masked=True).astype(np.float64).filled(0.0)
            place, epsg = source.transform, source.crs.to_epsg() if source.crs else None
    except RasterioError as error:
        raise InvalidInput.at("raster", f"is not a GeoTIFF that can be read: {error}") from None
    if epsg != 4326 or place.b or place.d or place.a <= 0 or place.e >= 0:
        raise InvalidInput.at("raster", "must be in EPSG:4326, with north up")
    if len(values) != len(bands):
        raise InvalidInput.at("raster", f"has {len(values)} bands, {len(bands)} were named")
    cells = CellGrid(place.c, place.f, place.a, -place.e, values.shape[1], values.shape[2])
    return Raster(cells, tuple(bands), np.nan_to_num(values, nan=0.0))


def write_geotiff(raster: Raster) -> bytes:
    """Write a raster as GeoTIFF (float32, deflated); the same raster gives the same bytes."""
    from rasterio.io import MemoryFile

    cells = raster.cells
    form: dict[str, Any] = {
        "driver": "GTiff", "dtype": "float32", "crs": "EPSG:4326", "transform": _transform(cells),
        "count": len(raster.bands), "height": cells.rows, "width": cells.columns,
        "compress": "deflate", "predictor": 3,
    }  # fmt: skip
    with MemoryFile() as file:
        with file.open(**form) as target:
            target.write(raster.values.astype(np.float32))
            target.descriptions = raster.bands
        return bytes(file.read())


def zonal_sums(raster: Raster, areas: Sequence[Any]) -> FloatArray:
    """Sum each band over each area (Shapely, lon, lat degrees): (areas, bands). Empty areas give 0."""
    sums = np.zeros((len(areas), len(raster.bands)))
    for number, area in enumerate(areas):
        shares, (row, column, rows, columns) = coverage_shares(raster.cells, area)
        under = raster.values[:, row : row + rows, column : column + columns]
        sums[number] = (under * shares).sum(axis=(1, 2))
    return sums


def coverage_shares(cells: CellGrid, area: Any) -> tuple[FloatArray, Window]:
    """Give the share of each cell that lies in an area, 0 to 1, (rows, columns) of the window around it."""
    window = _window(cells, area)
    row, column, rows, columns = window
    if not rows or not columns:
        return np.zeros((rows, columns)), window
    place = CellGrid(
        cells.west + column * cells.cell_lon, cells.north - row * cells.cell_lat,
        cells.cell_lon, cells.cell_lat, rows, columns,
    )  # fmt: skip
    at = np.indices((rows, columns)).reshape(2, -1)
    boxes = place.boxes(*at)
    shapely.prepare(area)
    shares = shapely.contains_properly(area, boxes).astype(np.float64)
    crossed = np.flatnonzero((shares == 0) & shapely.intersects(area, boxes))
    parts = shapely.intersection(boxes[crossed], area)
    shares[crossed] = shapely.area(parts) / (cells.cell_lon * cells.cell_lat)
    return shares.reshape(rows, columns), window


def _window(cells: CellGrid, area: Any) -> Window:
    """Find the cells around an area, none where the raster ends or the area is empty."""
    west, south, east, north = shapely.bounds(area)
    if not np.isfinite(west):
        return 0, 0, 0, 0
    first = np.floor([(cells.north - north) / cells.cell_lat, (west - cells.west) / cells.cell_lon])
    last = np.ceil([(cells.north - south) / cells.cell_lat, (east - cells.west) / cells.cell_lon])
    most = (cells.rows, cells.columns)
    row, column = (int(v) for v in np.clip(first, 0, most))
    end_row, end_column = (int(v) for v in np.clip(last, 0, most))
    return row, column, max(0, end_row - row), max(0, end_column - column)


def quarter_points(raster: Raster) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lay the figures of all cells that have any on the middles of their quarters.

    Returns lon, lat (n,) and figures (bands, n): for sums where exact shares are not needed.
    """
    cells = raster.cells
    row, column = np.nonzero(raster.values.any(axis=0))
    lon, lat = cells.middles()
    east, north = np.array([-0.25, 0.25, -0.25, 0.25]), np.array([-0.25, -0.25, 0.25, 0.25])
    x = (lon[column][:, None] + east * cells.cell_lon).ravel()
    y = (lat[row][:, None] + north * cells.cell_lat).ravel()
    return x, y, np.repeat(raster.values[:, row, column] / 4, 4, axis=1)


def _transform(cells: CellGrid) -> Any:
    from rasterio import Affine

    return Affine(cells.cell_lon, 0.0, cells.west, 0.0, -cells.cell_lat, cells.north)
