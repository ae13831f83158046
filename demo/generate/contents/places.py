"""Sensitive places (重点场所): the named real services of the corridor, and made-up ones elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from demo.generate.contents.amenities import make_amenities, with_hours
from demo.generate.contents.city import MARK, City, coordinates, points, points_inside, stacked, stem
from demo.generate.contents.files import json_of, texts
from demo.generate.contents.osm import one_each

KINDS = (
    ("amenity", "kindergarten", "kindergarten"), ("amenity", "school", "school"),
    ("amenity", "university", "university"), ("amenity", "college", "college"),
    ("amenity", "hospital", "hospital"), ("amenity", "clinic", "clinic"), ("amenity", "police", "police"),
    ("amenity", "fire_station", "fire_station"), ("amenity", "place_of_worship", "place_of_worship"),
    ("landuse", "religious", "place_of_worship"), ("amenity", "library", "library"),
    ("amenity", "theatre", "theatre"), ("amenity", "cinema", "cinema"), ("amenity", "arts_centre", "theatre"),
    ("amenity", "community_centre", "community_centre"), ("amenity", "marketplace", "market"),
    ("amenity", "social_facility", "social_facility"), ("amenity", "townhall", "townhall"),
    ("shop", "mall", "mall"), ("shop", "department_store", "mall"),
    ("shop", "supermarket", "supermarket"), ("railway", "station", "station"),
    ("amenity", "bus_station", "station"), ("historic", "monument", "heritage"),
    ("tourism", "hotel", "hotel"), ("amenity", "pharmacy", "pharmacy"),
    ("amenity", "post_office", "post_office"),
)  # fmt: skip
"""OSM tag and value to kind of place; the first that fits wins."""

RISK_SHARES = {
    "market": (0.1, 0.3, 0.4, 0.2), "mall": (0.08, 0.27, 0.4, 0.25), "station": (0.1, 0.3, 0.4, 0.2),
    "hospital": (0.06, 0.24, 0.4, 0.3), "cinema": (0.06, 0.24, 0.4, 0.3), "theatre": (0.05, 0.2, 0.4, 0.35),
}  # fmt: skip
OTHER_RISK_SHARES = (0.02, 0.1, 0.33, 0.55)
"""Shares of red, orange, yellow and blue; risk levels are always made up, also at real places."""

INVENTED = (
    ("community_centre", "服务站", "service station", 1.0),
    ("kindergarten", "幼儿园", "kindergarten", 0.35),
    ("school", "小学", "primary school", 0.15),
    ("clinic", "卫生站", "clinic", 0.25),
    ("market", "便民市场", "market", 0.12),
)
"""Kind, tail of the name in both languages, and how likely a community without real places has one."""

NEAR_REAL_M = 400.0


def make_places(city: City) -> Any:
    """Make all places as a pandas table with the columns of `place` and `xy` (plane) for the other topics."""
    import pandas

    sites = pandas.concat([real_places(city), invented_places(city)], ignore_index=True)
    sites["risk_level"] = _risk_levels(sites["kind"], city.rng("risk"))
    table = pandas.concat([sites, make_amenities(city).assign(risk_level=4)], ignore_index=True)
    table["attributes"] = with_hours(city, table)
    table["address"] = _addresses(city, table["xy"])
    return table


def columns_of(table: Any) -> dict[str, Any]:
    """Return the columns of `place`; `geom` and `area` are degrees."""
    kept = ("kind", "name", "name_en", "address", "risk_level", "source", "generated", "attributes")
    columns: dict[str, Any] = {name: table[name].to_list() for name in kept}
    return {**columns, "geom": points(stacked(table["xy"])), "area": table["area"].to_list()}


def kinds_of(features: Any) -> list[str | None]:
    """Classify features by their tags; None for what is no sensitive place."""
    kinds = np.full(len(features), None, dtype=object)
    for tag, value, kind in reversed(KINDS):
        kinds[np.asarray(features[tag] == value)] = kind
    kinds[np.asarray(features["layer"].isin(["buildings", "green_water", "roads_drive"]))] = None
    kinds[np.asarray((features["railway"] == "station") & features["name"].isna())] = None
    return list(kinds)


def real_places(city: City) -> Any:
    """Take every named public service of OSM that lies in the shown extent, each once."""
    named = city.features[city.features["name"].notna()]
    named = named.assign(kind=kinds_of(named))
    named = named[named["kind"].notna() & city.is_inside(coordinates(named["middle"]))]
    named = one_each(named).sort_values("source")
    return named.assign(
        xy=list(coordinates(named["middle"])),
        area=[_area(shape) for shape in named["geometry"]],
        name_en=texts(named["name_en"]),
        generated=False,
        attributes=json_of(risk_level_generated=True),
    )[["kind", "name", "name_en", "source", "generated", "attributes", "xy", "area"]]


def _area(shape: Any) -> Any:
    """Return the drawn area as a MultiPolygon, or None for a point or line."""
    polygons = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons) if polygons else None


def invented_places(city: City) -> Any:
    """Invent the everyday services of communities that have no real ones near; names say (演示)."""
    import pandas

    bare = _communities_without(city, stacked(real_places(city)["xy"]))
    chance = city.rng("places").random((len(bare), len(INVENTED)))
    rows = []
    for (code, name, name_en), lucky in zip(bare, chance, strict=True):
        wanted = [what for what, draw in zip(INVENTED, lucky, strict=True) if draw < what[3]]
        for (kind, tail, tail_en, _), xy in zip(wanted, _spots(city, code, len(wanted)), strict=True):
            title = f"{stem(name)}{tail}{MARK}"
            title_en = f"{stem(name_en)} {tail_en} (demo)"
            rows.append((kind, title, title_en, f"generated:{code}/{kind}", xy))
    table = pandas.DataFrame(rows, columns=["kind", "name", "name_en", "source", "xy"])
    return table.assign(generated=True, attributes=json_of(risk_level_generated=True), area=None)


def _communities_without(city: City, real: Any) -> list[tuple[str, str, str]]:
    """List (code, name, name_en) of communities whose middle has no real place within reach."""
    tree = shapely.STRtree(shapely.points(real))
    found = []
    for unit in city.level(3).itertuples():
        middle = shapely.points(np.mean(_spots(city, unit.code, 3), axis=0))
        if not len(tree.query(middle, predicate="dwithin", distance=NEAR_REAL_M)):
            found.append((unit.code, unit.name, unit.name_en))
    return found


def _spots(city: City, community: str, count: int) -> Any:
    """Draw points (plane) inside the grids of a community, the same for the same seed."""
    codes = np.asarray(city.grids.code, dtype=str)
    low, high = np.searchsorted(codes, [community, community + "~"])
    chosen = low + np.arange(count) % max(1, high - low)
    return points_inside(np.asarray(city.grids["plane"])[chosen], city.rng(f"spots {community}"))


def _risk_levels(kinds: Any, rng: np.random.Generator) -> list[int]:
    return [int(rng.choice(4, p=RISK_SHARES.get(kind, OTHER_RISK_SHARES))) + 1 for kind in kinds]


def _addresses(city: City, xy: Any) -> list[str]:
    """Say in which street and community a place lies, by the drawn units."""
    parents = np.asarray(city.grids.parent_code)[city.grid_of(stacked(xy))]
    return [f"海淀区 {city.names[code[:9]]} {city.names[code]}" for code in parents]
