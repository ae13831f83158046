"""Which way streets run here: directions of real lines, street borders and building walls, smoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

CELL_M = 100.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Orientation:
    """A field of directions modulo 90 degrees, as the doubled-doubled angle vector (cos 4a, sin 4a)."""

    west: float
    south: float
    field: NDArray[np.complex128]

    def at(self, x: float, y: float) -> complex:
        """Return the field at a plane point; its size tells how sure the direction is."""
        row = int(np.clip((y - self.south) / CELL_M, 0, self.field.shape[0] - 1))
        column = int(np.clip((x - self.west) / CELL_M, 0, self.field.shape[1] - 1))
        return complex(self.field[row, column])


def shape_vector(ring: Floats) -> complex:
    """Return the direction vector of a closed ring (n, 2): its edges, weighted by length, size 0..1."""
    edges = ring[1:, 0] - ring[:-1, 0] + 1j * (ring[1:, 1] - ring[:-1, 1])
    sizes = np.abs(edges)
    angles = np.angle(edges, deg=False)
    return complex((np.exp(4j * angles) * sizes).sum() / max(sizes.sum(), 1e-9))


def read_orientation(extent: Any, lines: list[Any], borders: Any, buildings: Any) -> Orientation:
    """Sum up the directions of all segments (plane) on a 100 m raster and smooth them at two scales."""
    from scipy.ndimage import gaussian_filter

    west, south, east, north = np.asarray(extent.bounds) + np.array([-500.0, -500.0, 500.0, 500.0])
    field = np.zeros((int((north - south) / CELL_M) + 1, int((east - west) / CELL_M) + 1), dtype=complex)
    walls = shapely.boundary(buildings)
    for shapes, weight in ((lines, 1.0), (shapely.get_parts(borders), 0.7), (walls, 0.3)):
        _add(field, np.asarray(shapes, dtype=object), weight, west, south)
    near = _blur(gaussian_filter, field, 3.0)
    far = _blur(gaussian_filter, field, 12.0)
    return Orientation(float(west), float(south), near + 2.0 * far)


def _blur(gaussian: Any, field: NDArray[np.complex128], sigma: float) -> NDArray[np.complex128]:
    smooth = gaussian(field.real, sigma) + 1j * gaussian(field.imag, sigma)
    return smooth / (np.abs(smooth).max() * 0.02 + np.abs(smooth))


def _add(field: NDArray[np.complex128], shapes: Any, weight: float, west: float, south: float) -> None:
    for shape in shapely.get_parts(shapes):
        xy = shapely.get_coordinates(shapely.segmentize(shape, 80.0))
        step = xy[1:] - xy[:-1]
        middle = (xy[1:] + xy[:-1]) / 2.0
        rows = ((middle[:, 1] - south) / CELL_M).astype(int).clip(0, field.shape[0] - 1)
        columns = ((middle[:, 0] - west) / CELL_M).astype(int).clip(0, field.shape[1] - 1)
        edge = step[:, 0] + 1j * step[:, 1]
        np.add.at(field, (rows, columns), np.exp(4j * np.angle(edge)) * np.abs(edge) * weight)
