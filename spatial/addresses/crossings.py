"""Where two named roads meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from psycopg import Connection

from spatial.addresses.cells import distances_m
from spatial.addresses.normal import clean
from spatial.database import query

MEET_M = 30.0
"""Roads whose lines come as near as this meet: dual carriageways are drawn apart."""
SAME_M = 100.0
"""Points where lines cross that are one crossing: four for two dual carriageways."""


@dataclass(frozen=True)
class Crossings:
    """The lines of named roads, by name."""

    lines: Mapping[str, Any] = field(default_factory=dict)

    def meet(self, first: str, second: str) -> list[tuple[float, float]]:
        """Give (lon, lat) of each crossing of two roads, [] when they do not meet.

        What lies within SAME_M is one crossing: its middle.
        """
        one, other = self.lines.get(clean(first)), self.lines.get(clean(second))
        if one is None or other is None:
            return []
        shared = shapely.intersection(one, other)
        if not shared.is_empty:
            return _clusters(shapely.get_coordinates(shapely.centroid(shapely.get_parts(shared))))
        a, b = shapely.get_coordinates(shapely.shortest_line(one, other))
        if distances_m(b[None], *a)[0] > MEET_M:
            return []
        return [(float((a[0] + b[0]) / 2), float((a[1] + b[1]) / 2))]


def _clusters(spots: Any) -> list[tuple[float, float]]:
    """Join points (n, 2) that are a chain of steps of at most SAME_M; the middle of each chain, W to E."""
    left = list(range(len(spots)))
    found = []
    while left:
        chain = [left.pop(0)]
        for one in chain:
            near = distances_m(spots[left], *spots[one]) <= SAME_M
            chain += [other for other, is_near in zip(left, near, strict=True) if is_near]
            left = [other for other in left if other not in chain]
        lon, lat = spots[chain].mean(axis=0)
        found.append((float(lon), float(lat)))
    return sorted(found)


def read_crossings(connection: Connection[Any]) -> Crossings:
    """Read the named roads of the base map."""
    rows = connection.execute(query("spatial.addresses", "roads")).fetchall()
    return Crossings({clean(name): shapely.from_wkb(line) for name, line in rows})
