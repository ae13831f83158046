"""The gazetteer (标准地址): every named real feature and every drawn unit with one point."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from demo.generate.contents.city import City, coordinates, points, stacked
from demo.generate.contents.files import texts
from demo.generate.contents.osm import one_each
from demo.generate.contents.places import kinds_of

LAYER_KIND = {
    "buildings": "building", "commercial": "commercial", "research": "research", "transit": "transit",
    "rail": "rail", "roads_drive": "road", "public_services": "service",
}  # fmt: skip
LEVEL_KIND = {1: "district", 2: "street", 3: "community", 4: "grid"}


def make_addresses(city: City, places: Any) -> dict[str, Any]:
    """Make the columns of `address`: OSM names, invented places, units; none twice at one spot."""
    import pandas

    table = pandas.concat([_real(city), _invented(places), _units(city)], ignore_index=True)
    return {
        "full_text": table["name"].to_list(),
        "name_en": texts(table["name_en"]),
        "kind": table["kind"].to_list(),
        "source": table["source"].to_list(),
        "generated": table["generated"].to_list(),
        "other_names": texts(table["other_names"]),
        "geom": points(stacked(table["xy"])),
    }


COLUMNS = ["name", "name_en", "kind", "source", "generated", "xy", "other_names"]


def _real(city: City) -> Any:
    """Named features in the extent; the pieces of a road or river that carry one name give one address."""
    named = city.features[city.features["name"].notna()]
    named = named.assign(kind=_kinds(named), generated=False)
    single = one_each(named.assign(same="x"), kind="same")
    merged = single[~_is_line(single)]
    table = _with_xy(merged, merged["middle"])
    return _in_extent(city, _joined(table, _long(named[_is_line(named)])))


def _joined(table: Any, lines: Any) -> Any:
    import pandas

    return pandas.concat([table, lines])[COLUMNS]


def _is_line(table: Any) -> Any:
    return np.isin(shapely.get_type_id(table["plane"]), [1, 5])


def _long(lines: Any) -> Any:
    """Give every named road, railway and river the middle of its longest piece."""
    lengths = shapely.length(np.asarray(lines["plane"]))
    longest = lines.assign(length_m=lengths).sort_values(["length_m", "source"], ascending=[False, True])
    longest = longest.drop_duplicates("name").sort_values("source")
    middles = shapely.line_interpolate_point(np.asarray(longest["plane"]), 0.5, normalized=True)
    return _with_xy(longest, middles)


def _with_xy(table: Any, middles: Any) -> Any:
    return table.assign(xy=list(coordinates(np.asarray(middles))))


def _in_extent(city: City, table: Any) -> Any:
    return table[city.is_inside(stacked(table["xy"]))].sort_values(["kind", "source"])


def _kinds(named: Any) -> list[str]:
    """Kind of place where it is one, else what its layer says."""
    found = []
    for kind, row in zip(kinds_of(named), named.itertuples(), strict=True):
        green_water = "water" if row.context_class == "water" else "green"
        found.append(kind or LAYER_KIND.get(row.layer, green_water))
    return found


def _invented(places: Any) -> Any:
    return places[places["generated"]].assign(other_names=None)[COLUMNS]


def _units(city: City) -> Any:
    """Every unit at a point on it; parents take a point on their middle grid."""
    units = city.units.sort_values(["level", "code"])
    codes = np.asarray(city.grids.code, dtype=str)
    spots = coordinates(shapely.point_on_surface(np.asarray(city.grids["plane"])))
    low = np.searchsorted(codes, units.code.to_numpy(dtype=str))
    high = np.searchsorted(codes, [f"{code}~" for code in units.code])
    middle = [_middle(spots[a:b]) for a, b in zip(low, high, strict=True)]
    source = units.code.map("unit:{}".format)
    return units.assign(kind=units.level.map(LEVEL_KIND), source=source, xy=middle, other_names=None)[COLUMNS]


def _middle(spots: Any) -> Any:
    """Choose the spot that is nearest to the mean of all."""
    return spots[np.argmin(np.hypot(*(spots - spots.mean(axis=0)).T))]
