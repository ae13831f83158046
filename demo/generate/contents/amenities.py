"""What the public looks for (便民设施): real toilets and parks where there are any, made-up ones, and hours.

Hours are OpenStreetMap's where it has them; all others are made up, and say so (`opening_hours_generated`).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely

from demo.generate.contents.city import MARK, City, coordinates, points_inside, stem
from demo.generate.contents.osm import one_each

KINDS = (("amenity", "toilets", "toilet"), ("leisure", "park", "park"), ("amenity", "parking", "parking"))
"""OSM tag and value to kind of place."""

UNNAMED = {"toilet": ("公共厕所", "Public toilet"), "parking": ("停车场", "Car park")}
"""What a real one without a name is called; a park without a name is left out."""

INVENTED = (
    ("toilet", "公共厕所", "public toilet", 1.0),
    ("parking", "停车场", "car park", 0.6),
    ("park", "口袋公园", "pocket park", 0.3),
)
"""Kind, tail of the name in both languages, and how likely a community that has none of it has one."""

HOURS = {
    "toilet": ("24/7", "Mo-Su 06:00-22:00"),
    "park": ("Mo-Su 06:00-21:00", "24/7"),
    "parking": ("24/7",),
    "community_centre": ("Mo-Fr 09:00-17:00; PH off", "Mo-Fr 09:00-12:00,13:30-17:30; PH off"),
    "library": ("Tu-Su 09:00-20:00; PH off",),
    "pharmacy": ("Mo-Su 08:30-21:00", "24/7"),
    "hospital": ("24/7",),
    "post_office": ("Mo-Su 09:00-17:30",),
    "police": ("24/7",),
}
"""Hours that are made up where OpenStreetMap has none, by kind."""

COLUMNS = ["kind", "name", "name_en", "source", "generated", "attributes", "xy", "area"]


def make_amenities(city: City) -> Any:
    """Make real and invented amenities as a table with COLUMNS; no risk is borne by any of them."""
    import pandas

    real = _real(city)
    table = pandas.concat([real, _invented(city, real)], ignore_index=True)
    return table.assign(attributes=json.dumps({"risk_level_generated": True}))[COLUMNS]


def with_hours(city: City, table: Any) -> list[str]:
    """Write the attributes of places anew with their hours, and what else the public wants to know."""
    known = city.features.set_index("source")[["opening_hours", "wheelchair"]].to_dict("index")
    draw = city.rng("hours").random(len(table))
    rows = zip(table["kind"], table["source"], table["attributes"], draw, strict=True)
    return [_attributes(kind, known.get(source, {}), text, lot) for kind, source, text, lot in rows]


def _attributes(kind: str, known: dict[str, Any], text: str, lot: float) -> str:
    values = json.loads(text)
    if known.get("opening_hours"):
        values["opening_hours"] = known["opening_hours"]
    elif kind in HOURS:
        values |= {"opening_hours": HOURS[kind][int(lot * len(HOURS[kind]))], "opening_hours_generated": True}
    if kind in HOURS and known.get("wheelchair"):
        values["wheelchair"] = known["wheelchair"]
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _real(city: City) -> Any:
    """Take those of OSM that lie in the shown extent and that anybody may enter."""
    features = city.features
    kinds = np.full(len(features), None, dtype=object)
    for tag, value, kind in KINDS:
        kinds[np.asarray(features[tag] == value)] = kind
    found = features.assign(kind=kinds)
    found = found[found["kind"].notna() & ~found["access"].isin(["private", "no", "customers"])]
    found = found[found["name"].notna() | found["kind"].isin(list(UNNAMED))]
    found = found[city.is_inside(coordinates(found["middle"]))]
    named = found["name"].notna()
    found = one_each(found.assign(name=found["name"].where(named, found["source"]))).sort_values("source")
    titles = [_title(*row) for row in zip(found["kind"], found["name"], found["name_en"], strict=True)]
    return found.assign(
        name=[zh for zh, _ in titles], name_en=[en for _, en in titles], generated=False,
        xy=list(coordinates(found["middle"])), area=[_area(shape) for shape in found["geometry"]],
    )  # fmt: skip


def _title(kind: str, name: str, name_en: str | None) -> tuple[str, str | None]:
    return UNNAMED[kind] if name.startswith("osm:") else (name, name_en)


def _area(shape: Any) -> Any:
    polygons = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons) if polygons else None


def _invented(city: City, real: Any) -> Any:
    """Invent some for communities that have no real one of the kind; names say (演示)."""
    import pandas

    at = np.asarray(city.grids.parent_code)[city.grid_of(np.stack(list(real["xy"])))]
    there = set(zip(real["kind"], at, strict=True))
    rng, rows = city.rng("amenities"), []
    for unit in city.level(3).itertuples():
        chance = rng.random(len(INVENTED))
        for (kind, tail, tail_en, share), draw, xy in zip(
            INVENTED, chance, _spots(city, unit.code), strict=True
        ):
            if draw < share and (kind, unit.code) not in there:
                names = f"{stem(unit.name)}{tail}{MARK}", f"{stem(unit.name_en)} {tail_en} (demo)"
                rows.append((kind, *names, f"generated:{unit.code}/{kind}", xy))
    table = pandas.DataFrame(rows, columns=["kind", "name", "name_en", "source", "xy"])
    return table.assign(generated=True, area=None)


def _spots(city: City, community: str) -> Any:
    """Draw a point (plane) in grids of a community for each of INVENTED, the same for the same seed."""
    codes = np.asarray(city.grids.code, dtype=str)
    low, high = np.searchsorted(codes, [community, community + "~"])
    chosen = low + np.arange(len(INVENTED)) % max(1, high - low)
    return points_inside(np.asarray(city.grids["plane"])[chosen], city.rng(f"amenities {community}"))
