"""The areas that a library lies in: who names another one means another city."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from spatial.addresses.compile import AREA_KINDS, Row
from spatial.addresses.normal import clean
from spatial.addresses.parts import area_code, parse
from spatial.database import query

_FRONT = 6
"""Letters in which province and city are told: texts that begin the same are taken apart once."""


class AreaNames:
    """Collects provinces, cities and districts of addresses as they go by, and the names of areas."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._met: set[tuple[str | None, ...]] = set()

    def note(self, row: Row) -> Row:
        """Note the areas of an address, and hand it on."""
        if row.kind in AREA_KINDS:
            self.names.add(clean(row.text))
        areas = (row.parts.province, row.parts.city, row.parts.district, row.text[:_FRONT])
        if areas not in self._met:
            self._met.add(areas)
            own = parse(row.text)
            every = (*areas[:3], own.province, own.city, own.district)
            self.names |= {clean(area) for area in every if area}
        return row


def areas_of(rows: Iterable[Row]) -> frozenset[str]:
    """Collect the areas of addresses."""
    found = AreaNames()
    for row in rows:
        found.note(row)
    return frozenset(found.names)


class Units:
    """The districts and streets in force: where an address lies that does not say so."""

    def __init__(self, rows: Iterable[tuple[int, str, bytes]]) -> None:
        """Take (level: 1 district, 2 street; name; polygon as WKB, WGS-84)."""
        every = list(rows)
        self.names = frozenset(clean(name) for _, name, _ in every)
        self._level = np.array([level - 1 for level, *_ in every], np.int64)
        self._code = np.array([area_code(name) for _, name, _ in every], np.int32)
        self._shape = shapely.from_wkb([shape for *_, shape in every])

    def __call__(self, lonlat: Any) -> Any:
        """Give the `area_code` of district and street of points (n, 2), int32 (n, 2); 0 outside."""
        found = np.zeros((len(lonlat), 2), np.int32)
        # The few polygons are asked, prepared, about many points, and not the other way round.
        unit, point = shapely.STRtree(shapely.points(lonlat)).query(self._shape, predicate="covers")
        found[point, self._level[unit]] = self._code[unit]
        return found


def read_units(connection: Connection[Any]) -> Units:
    """Read the districts and streets. connection: of the platform, which sees them all."""
    return Units(connection.execute(query("spatial.addresses", "units")).fetchall())
