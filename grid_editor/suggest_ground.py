"""What suggestions go by: lines that a border may follow, and what is carried where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from grid_editor.blocks import Loads, Street
from grid_editor.facts import FIGURES, box_of_areas, live_points, read_facts
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.grids.units import Coverage
from spatial.rights.reader import Reader

MAIN = frozenset({"motorway", "trunk", "primary", "secondary", "river", "canal", "rail"})
"""What everybody takes for a border."""
PRICES = {"tertiary": 0.2, "unclassified": 0.4, "residential": 0.5, "living_street": 0.6}
OTHERS_PRICE = 0.8


def ground_below(
    connection: Connection[Any], reader: Reader, about: Coverage, areas: Sequence[Any], by: str
) -> tuple[list[Street], Loads]:
    """Read the lines in and around areas (degrees), and a figure of FIGURES as points with loads.

    Everything under the rights of the reader whose session this is. Raises InvalidInput at `by` for a figure
    that there is none of, or that the reader may not know.
    """
    if by not in FIGURES:
        raise InvalidInput.at("by", f"'{by}' is not one of {', '.join(FIGURES)}")
    box = box_of_areas(areas)
    kinds, columns = live_points(read_facts(connection, reader, about, box), box)
    if by not in kinds:
        raise InvalidInput.at("by", f"nothing is known of '{by}' here")
    own = columns["kind"] == kinds.index(by)
    loads = Loads(columns["lon"][own], columns["lat"][own], columns["weight"][own].astype(np.float64))
    rows = connection.execute(query("grid_editor", "suggest_streets"), box._asdict()).fetchall()
    lines = [(kind, shapely.from_wkb(bytes(wkb))) for kind, wkb in rows]
    return [Street(line, _price(kind)) for kind, line in lines], loads


def _price(kind: str) -> float:
    return 0.0 if kind in MAIN else PRICES.get(kind, OTHERS_PRICE)
