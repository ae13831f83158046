"""Heat by the hexagons of H3: each square counts whole for the hexagon that its middle lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spatial.errors import InvalidInput
from spatial.geometry.hexagons import Hexagons
from spatial.patrols.heat import cells as lattice

LEVELS = {7: 3, 8: 2, 9: 1, 10: 0, 11: 0}
"""Resolution of H3 → level of the squares that it is added up from: their sides are a sixth of its width, at
11 a half: there single hexagons are rough."""
MOST_SQUARES = 500_000


@dataclass(frozen=True)
class Hexes:
    """Figures by hexagon (n,)."""

    keys: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]
    areas_m2: npt.NDArray[np.float64]
    """Of the hexagons themselves."""


def hexes(resolution: int, level: int, cells: npt.NDArray[np.int64], sums: npt.NDArray[np.int64]) -> Hexes:
    """Add up squares (n,) of a level by hexagon; InvalidInput where there are too many."""
    if len(cells) > MOST_SQUARES:
        raise InvalidInput.at(
            "resolution", "is too fine for an area as large: ask for a box, or larger hexagons"
        )
    grid = Hexagons(resolution)
    keys, which = np.unique(grid.of(*lattice.middles(level, cells)), return_inverse=True)
    found = np.zeros(len(keys), np.int64)
    np.add.at(found, which, sums)
    return Hexes(keys, found, grid.areas_m2(keys))
