"""Where things happen again and again: stations, markets, shops, schools, bars, homes, building sites, banks.

Real ones come from OSM. Where the data has none, every street gets made-up centres of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.contents.city import City, Points, coordinates, points_inside, stacked
from demo.generate.contents.roads import Streets

SPREAD_M = {
    "station": 70.0, "market": 55.0, "shop": 60.0, "school": 60.0, "campus": 110.0, "hospital": 80.0,
    "night": 45.0, "home": 70.0, "site": 60.0, "park": 120.0, "water": 25.0,
}  # fmt: skip
"""How far (one standard deviation each way) events of a spot spread."""

KIND_OF_PLACE = {
    "station": "station", "market": "market", "mall": "shop", "supermarket": "shop", "school": "school",
    "kindergarten": "school", "university": "campus", "college": "campus", "hospital": "hospital",
    "cinema": "night", "theatre": "night",
}  # fmt: skip
PULL = {"station": 3.0, "mall": 2.5, "market": 2.0, "hospital": 1.8, "university": 1.5}
"""How much stronger a kind of place draws than others of its kind of spot."""

SPOTS_PER_100_GRIDS = {
    "station": 3, "market": 3, "shop": 6, "school": 5, "campus": 1, "hospital": 1, "night": 5, "home": 60,
    "site": 5, "park": 3, "water": 1,
}  # fmt: skip
"""Made-up spots in a street of 100 grids, at least one of each kind; the real ones come on top."""

MOST = 4.5
"""No spot is stronger than this many middling ones."""

INVENTED_STRENGTH = 0.45
REAL_STRENGTH = {"night": 0.5, "shop": 0.5, "park": 0.5, "home": 0.12, "water": 0.3}
"""Homes are many because OSM has houses in the corridor only; each counts little."""


@dataclass(frozen=True)
class HotSpots:
    """Spots with their place (plane), kind and strength."""

    xy: Points
    kind: NDArray[np.str_]
    strength: NDArray[np.float64]

    def draw(self, kind: str, count: int, rng: np.random.Generator) -> Points:
        """Draw `count` points round spots of one kind, or of any."""
        rows = np.flatnonzero((self.kind == kind) | (kind == "any"))
        weight = self.strength[rows]
        chosen = rng.choice(rows, count, p=weight / weight.sum())
        spread = np.array([SPREAD_M[k] for k in self.kind[chosen]])
        return self.xy[chosen] + rng.normal(0.0, 1.0, (count, 2)) * spread[:, None]


def find_hotspots(city: City, places: Any, streets: Streets) -> HotSpots:
    """Collect real and made-up spots; strengths follow a heavy tail, so that few spots draw much."""
    rng = city.rng("hot spots")
    parts = [_at_places(places), _real_others(city), _made_up(city, streets, rng)]
    xy = np.vstack([part[0] for part in parts])
    kind = np.concatenate([part[1] for part in parts])
    base = np.concatenate([part[2] for part in parts])
    return HotSpots(xy, kind, base * np.minimum(rng.lognormal(0.0, 0.85, len(base)), MOST))


Spots = tuple[Points, Any, Any]


def _at_places(places: Any) -> Spots:
    """Places draw; made-up ones less."""
    used = places[places["kind"].isin(list(KIND_OF_PLACE))]
    kind = used["kind"].map(KIND_OF_PLACE).to_numpy(dtype=str)
    strength = used["kind"].map(PULL).fillna(1.0).to_numpy(dtype=float)
    return stacked(used["xy"]), kind, strength * np.where(used["generated"], INVENTED_STRENGTH, 1.0)


def _real_others(city: City) -> Spots:
    """Bars and eating places, shops, parks, homes and banks of the water, from OSM."""
    found = [
        _of(city, "night", city.features["amenity"].isin(["cafe", "fast_food", "food_court"])),
        _of(city, "shop", city.features["shop"].notna()),
        _of(city, "park", city.features["leisure"] == "park"),
        _of(city, "home", city.features["building"].isin(["apartments", "residential", "dormitory"])),
        _of(city, "water", city.features["waterway"].isin(["river", "canal", "stream"])),
    ]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # type: ignore[return-value]


def _of(city: City, kind: str, chosen: Any) -> Spots:
    xy = coordinates(city.features.loc[chosen, "middle"])
    xy = xy[city.is_inside(xy)]
    return xy, np.full(len(xy), kind, dtype="<U10"), np.full(len(xy), REAL_STRENGTH[kind])


def _made_up(city: City, streets: Streets, rng: np.random.Generator) -> Spots:
    """Give every street spots of its own by its number of grids."""
    corners = coordinates(shapely.get_point(streets.lines, 0))
    owner = np.asarray([code[:9] for code in city.grids.parent_code])
    corner_owner = owner[city.grid_of(corners)]
    grids = np.asarray(city.grids["plane"])
    found = [
        _in_street(grids[owner == code], corners[corner_owner == code], rng) for code in city.level(2).code
    ]
    xy, kinds = np.vstack([spots[0] for spots in found]), np.concatenate([spots[1] for spots in found])
    return xy, kinds, np.full(len(kinds), INVENTED_STRENGTH)


def _in_street(grids: Any, corners: Points, rng: np.random.Generator) -> tuple[Points, Any]:
    """Put homes inside grids and the rest at street corners."""
    counts = [max(1, round(n * len(grids) / 100)) for n in SPOTS_PER_100_GRIDS.values()]
    kinds = np.repeat(list(SPOTS_PER_100_GRIDS), counts)
    inside = points_inside(rng.choice(grids, len(kinds)), rng)
    at_corner = rng.choice(corners if len(corners) else inside, len(kinds))
    return np.where((kinds == "home")[:, None], inside, at_corner), kinds
