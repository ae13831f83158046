"""Heat as rasters on Web Mercator: GeoTIFF with the figures, PNG with the colours of the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.errors import InvalidInput
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.legend import COLOURS, Legend

MOST_PIXELS = 16_000_000
_HALF_WORLD_M = 20_037_508.342789244
_LEGEND_HEIGHT, _LEGEND_WIDTH = 44, 480
_ALPHA = 200


@dataclass(frozen=True)
class Picture:
    """Figures of cells (n,) of a level, laid on the smallest window that holds them."""

    level: int
    cells: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    """What was counted: seconds, or events."""
    rates: npt.NDArray[np.float64]
    legend: Legend
    hides_few: bool
    """0 is then never, or too few people to be told of."""

    @property
    def window(self) -> lattice.Window:
        """West, north, east, south; one cell where there is nothing."""
        if not len(self.cells):
            return 0, 0, 0, 0
        column, row = lattice.columns_rows(self.cells)
        return int(column.min()), int(row.min()), int(column.max()), int(row.max())

    def band(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Lay values (n,) on the window: rows from the north."""
        west, north, east, south = self.window
        shape = (south - north + 1, east - west + 1)
        if shape[0] * shape[1] > MOST_PIXELS:
            raise InvalidInput.at("resolution", "is too fine for a picture of an area as large")
        made = np.zeros(shape, values.dtype)
        column, row = lattice.columns_rows(self.cells)
        made[row - north, column - west] = values
        return made

    def place(self, zoom: int) -> Any:
        """Say where the window lies in EPSG:3857, of so many pixels along a cell."""
        from rasterio import Affine

        west, north, *_ = self.window
        side = 2 * _HALF_WORLD_M / 2.0 ** (lattice.ZOOM - self.level)
        step = side / zoom
        return Affine(step, 0.0, west * side - _HALF_WORLD_M, 0.0, -step, _HALF_WORLD_M - north * side)


def geotiff(picture: Picture) -> bytes:
    """Write a GeoTIFF in EPSG:3857 of two bands, float64: what was counted, and the rate of the legend."""
    from rasterio.io import MemoryFile

    bands = [picture.band(each) for each in (picture.values, picture.rates)]
    place = picture.place(1)
    form: dict[str, Any] = {
        "driver": "GTiff", "dtype": "float64", "crs": "EPSG:3857", "transform": place, "count": 2,
        "height": bands[0].shape[0], "width": bands[0].shape[1], "compress": "deflate", "predictor": 3,
    }  # fmt: skip
    with MemoryFile() as file:
        with file.open(**form) as target:
            target.write(np.stack(bands))
            target.descriptions = (f"{picture.legend.name}: sum", picture.legend.unit)
            target.update_tags(zero="never, or too few people to tell of" if picture.hides_few else "never")
        return bytes(file.read())


def png(picture: Picture) -> bytes:
    """Paint the classes, four pixels a cell at least, with the legend below; nothing is clear."""
    from rasterio.io import MemoryFile

    painted = _painted(picture.band(picture.legend.classes(picture.rates)))
    zoom = max(1, -(-_LEGEND_WIDTH // painted.shape[1]) if painted.shape[1] < 120 else 4)
    zoom = min(zoom, max(1, int((MOST_PIXELS / (painted.shape[0] * painted.shape[1])) ** 0.5)))
    painted = painted.repeat(zoom, axis=0).repeat(zoom, axis=1)
    key = _key(picture.legend, max(_LEGEND_WIDTH, painted.shape[1]))
    painted = np.pad(painted, ((0, 0), (0, key.shape[1] - painted.shape[1]), (0, 0)))
    whole = np.concatenate([painted, key])
    form: dict[str, Any] = {
        "driver": "PNG", "dtype": "uint8", "count": 4, "height": whole.shape[0], "width": whole.shape[1],
        "transform": picture.place(zoom),
    }  # fmt: skip
    with MemoryFile() as file:
        with file.open(**form) as target:
            target.write(whole.transpose(2, 0, 1))
        return bytes(file.read())


def _painted(classes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Give (rows, columns, 4) of classes 0 to 6."""
    table = np.zeros((len(COLOURS) + 1, 4), np.uint8)
    table[1:, :3] = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in COLOURS]
    table[1:, 3] = _ALPHA
    return table[classes]


def _key(legend: Legend, width: int) -> npt.NDArray[np.uint8]:
    """Draw the legend: a box for each class with its lower bound, and the unit."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (width, _LEGEND_HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    lower = (0.0, *legend.bounds)
    for number, (bound, colour) in enumerate(zip(lower, COLOURS, strict=True)):
        left = 4 + number * 78
        draw.rectangle((left, 6, left + 18, 20), fill=colour, outline="black")
        draw.text((left + 22, 7), f"> {bound:g}" if not bound else f"{bound:g} +", fill="black")
    draw.text((4, 26), legend.unit, fill="black")
    return np.asarray(image, np.uint8)
