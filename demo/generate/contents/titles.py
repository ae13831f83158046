"""Words for places: the title and the address of an event, from the nearest named feature, street or unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from demo.generate.contents.basemap import named_pois
from demo.generate.contents.city import City, Points, stem
from demo.generate.contents.roads import Streets

AT_M = 25.0
NEAR_M = 140.0
ON_STREET_M = 25.0


@dataclass(frozen=True)
class Gazetteer:
    """What is needed to describe a place in words; geometries in the plane."""

    poi_tree: shapely.STRtree
    poi_names: list[str]
    streets: Streets
    named_rows: Any
    street_tree: shapely.STRtree
    city: City
    matters: dict[str, str]

    def describe(self, xy: Points, codes: Any) -> tuple[list[str], list[str]]:
        """Return titles and addresses (Chinese) for points (plane) and the matters that happened there."""
        spots = shapely.points(xy)
        poi, poi_m = self._nearest(self.poi_tree, spots)
        road, road_m = self._nearest(self.street_tree, spots)
        grids = self.city.grid_of(xy)
        titles, addresses = [], []
        for row, code in enumerate(codes):
            unit = self.city.grids.parent_code.iloc[grids[row]]
            where = self._words(poi[row], poi_m[row], road[row], road_m[row], unit)
            titles.append(where + self.matters[code])
            addresses.append(self._address(unit, road[row], road_m[row], where))
        return titles, addresses

    def _nearest(self, tree: shapely.STRtree, spots: Any) -> tuple[Any, Any]:
        rows = tree.nearest(spots)
        return rows, shapely.distance(tree.geometries[rows], spots)

    def _words(self, poi: int, poi_m: float, road: int, road_m: float, unit: str) -> str:
        if poi_m <= AT_M:
            return self.poi_names[poi]
        if poi_m <= NEAR_M:
            return f"{self.poi_names[poi]}附近"
        if road_m <= ON_STREET_M:
            return f"{self._street(road)}沿线"
        return f"{stem(self.city.names[unit])}内"

    def _street(self, road: int) -> str:
        return str(self.streets.names[self.named_rows[road]])

    def _address(self, unit: str, road: int, road_m: float, where: str) -> str:
        """Name street, community and road; the place itself in brackets when it says more."""
        words = ["海淀区", self.city.names[unit[:9]], self.city.names[unit]]
        if road_m <= ON_STREET_M:
            words.append(self._street(road))
        if not where.startswith((words[-1], stem(words[2]))):
            words.append(f"（{where}）")
        return " ".join(words)


def make_gazetteer(city: City, streets: Streets) -> Gazetteer:
    """Index the named features and streets, and read the names of the matters."""
    pois = named_pois(city)
    pois = pois[pois["name"].str.contains(r"[\u4e00-\u9fff]")]
    named = np.flatnonzero([name is not None for name in streets.names])
    matters = city.codes[city.codes["kind"] == "事项"]
    return Gazetteer(
        shapely.STRtree(np.asarray(pois["plane"])),
        pois["name"].to_list(),
        streets,
        named,
        shapely.STRtree(streets.lines[named]),
        city,
        dict(zip(matters["code"], matters["name"], strict=True)),
    )
