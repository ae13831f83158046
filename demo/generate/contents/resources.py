"""Emergency resources (应急资源): real hospitals and stations, and made-up teams, shelters, stores, cameras.

How much each can do is always made up, also at real places.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import shapely

from demo.generate.contents.city import MARK, City, points, points_inside, stacked
from demo.generate.contents.files import json_of
from demo.generate.contents.organisations import street_root
from demo.generate.plane import to_plane

FIELDS = (
    "kind", "name", "name_en", "state", "capacity", "unit_of_measure", "organisation", "phone", "opening",
    "source", "generated", "attributes", "xy", "area", "stock",
)  # fmt: skip

REAL = {
    "hospital": ("hospital", "床", 60, 900),
    "fire_station": ("station", "车", 2, 8),
    "police": ("station", "人", 10, 60),
}
"""Kind of place → kind of resource, what its capacity counts, from, to."""

SHELTERED = ("school", "university", "college")
SHELTERS = 60
SHELTER_M2, PER_PERSON_M2 = 6_000.0, 4.0
"""Least ground of a shelter, and ground for one person; buildings stand on half of it."""
CAMERAS = 120

DISTRICT_TEAMS = (
    ("D09", "综合应急救援队", "rescue team", 60), ("U01", "供水抢修队", "water repair team", 25),
    ("U02", "排水抢险队", "drainage team", 30), ("U03", "电力抢修队", "power repair team", 28),
    ("U04", "燃气抢修队", "gas repair team", 24), ("U05", "供热抢修队", "heating repair team", 26),
    ("U09", "道路抢险队", "road repair team", 30), ("U11", "园林抢险队", "tree team", 20),
)  # fmt: skip
GOODS = (
    ("沙袋", 400, 2000), ("编织袋", 500, 3000), ("雨衣", 80, 400), ("强光手电", 40, 200), ("毛毯", 100, 800),
    ("折叠床", 50, 300), ("瓶装水", 600, 4000), ("方便食品", 400, 3000),
    ("急救包", 40, 200), ("融雪剂(吨)", 5, 60),
)  # fmt: skip
GEAR = (("移动水泵", "pump", "立方米/小时", 200, 1000), ("发电车", "generator", "千瓦", 100, 800))


def make_resources(city: City, places: Any) -> dict[str, Any]:
    """Make all resources as columns; `geom` and `area` are degrees, `stock` is JSON [[thing, amount], …]."""
    rng = city.rng("resources")
    rows = [
        *_real(places, rng),
        *_shelters(places),
        *_of_streets(city, rng),
        *_of_district(city, rng),
        *_cameras(city),
    ]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in FIELDS}
    xy = stacked(columns.pop("xy"))
    parents = np.asarray(city.grids.parent_code)[city.grid_of(xy)]
    columns["address"] = [f"海淀区 {city.names[code[:9]]} {city.names[code]}" for code in parents]
    columns["phone"] = [kept and f"000-{number:08d}" for number, kept in enumerate(columns["phone"], 1)]
    return {**columns, "geom": points(xy)}


def _row(kind: str, name: str, name_en: str | None, xy: Any, source: str, **more: Any) -> dict[str, Any]:
    plain = dict.fromkeys(FIELDS) | {
        "state": "ready", "generated": True, "attributes": json_of(), "stock": json_of(goods=[]),
        "phone": True,
    }  # fmt: skip
    return plain | {"kind": kind, "name": name, "name_en": name_en, "xy": xy, "source": source} | more


def _real(places: Any, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """The hospitals, fire stations and police posts that OSM names."""
    found = places[places["kind"].isin(REAL) & ~places["generated"].astype(bool)]
    for place in found.itertuples():
        kind, unit, low, high = REAL[place.kind]
        yield _row(
            kind, place.name, place.name_en, place.xy, place.source, capacity=float(rng.integers(low, high)),
            unit_of_measure=unit, opening="24/7", generated=False,
            attributes=json_of(capacity_generated=True, place_kind=place.kind),
        )  # fmt: skip


def _shelters(places: Any) -> Iterator[dict[str, Any]]:
    """The largest drawn grounds of schools and universities."""
    found = places[places["kind"].isin(SHELTERED) & places["area"].notna()]
    ground = shapely.area(to_plane(np.asarray(found["area"], dtype=object)))
    order = np.argsort(-ground, kind="stable")[:SHELTERS]
    for row in order[ground[order] >= SHELTER_M2]:
        place = found.iloc[int(row)]
        yield _row(
            "shelter", f"{place['name']}应急避难场所{MARK}", _english(place["name_en"], "emergency shelter"),
            place["xy"], f"generated:shelter/{place['source']}",
            capacity=float(ground[row] / 2 // PER_PERSON_M2), unit_of_measure="人", area=place["area"],
        )  # fmt: skip


def _english(name: Any, what: str) -> str | None:
    return f"{name} {what} (demo)" if isinstance(name, str) else None


def _of_streets(city: City, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Each street has a team, a store, a vehicle and a duty station."""
    streets = city.level(2)
    spots = [_spots(city, list(streets["code"]), city.rng(f"resources {n}")) for n in range(4)]
    for row, unit in enumerate(streets.itertuples()):
        root, root_en = street_root(unit.name, unit.name_en)
        office, team = f"DEMO-S{unit.code}", f"DEMO-E{unit.code}"
        source = f"generated:street/{unit.code}"
        state = "busy" if rng.random() < 0.15 else "ready"
        made = partial(_street_row, root, root_en, source)
        yield made(
            "team", "应急分队", "emergency team", spots[0][row], capacity=float(rng.integers(8, 30)),
            unit_of_measure="人", organisation=team, state=state, opening="24/7",
        )  # fmt: skip
        yield made(
            "supply", "应急物资库", "emergency store", spots[1][row], capacity=float(rng.integers(80, 600)),
            unit_of_measure="立方米", organisation=office, opening="Mo-Fr 08:30-18:00", stock=_goods(rng),
        )  # fmt: skip
        yield made(
            "vehicle", "应急车", "emergency vehicle", spots[2][row], capacity=float(rng.integers(5, 12)),
            unit_of_measure="座", organisation=team,
        )  # fmt: skip
        yield made(
            "station", "应急值守点", "duty station", spots[3][row], capacity=float(rng.integers(4, 12)),
            unit_of_measure="人", organisation=office, opening="24/7",
        )  # fmt: skip


def _street_row(
    root: str, root_en: str, source: str, kind: str, tail: str, tail_en: str, xy: Any, **more: Any
) -> dict[str, Any]:
    name, name_en = f"{root}{tail}{MARK}", f"{root_en} {tail_en} (demo)"
    return _row(kind, name, name_en, xy, f"{source}/{kind}", **more)


def _spots(city: City, streets: list[str], rng: np.random.Generator) -> Any:
    """Draw a point (plane) in some grid of each street."""
    codes = np.asarray(city.grids.code, dtype=str)
    low = np.searchsorted(codes, streets)
    high = np.searchsorted(codes, [f"{code}~" for code in streets])
    chosen = low + (rng.random(len(streets)) * (high - low)).astype(int)
    return points_inside(np.asarray(city.grids["plane"])[chosen], rng)


def _of_district(city: City, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Teams and gear of the district's departments and utilities, each in some street."""
    streets = np.asarray(city.level(2)["code"])
    chosen = streets[rng.choice(len(streets), 2 * len(DISTRICT_TEAMS) + 12)]
    spots = iter(_spots(city, list(chosen), rng))
    for code, name, name_en, people in DISTRICT_TEAMS:
        for number in (1, 2):
            yield _row(
                "team", f"{name}{number}{MARK}", f"{name_en} {number} (demo)", next(spots),
                f"generated:team/{code}/{number}", capacity=float(people), unit_of_measure="人",
                organisation=f"DEMO-{code}", opening="24/7",
            )  # fmt: skip
    for number in range(12):
        name, name_en, unit, low, high = GEAR[number % 2]
        yield _row(
            "equipment", f"{name}{number // 2 + 1}{MARK}", f"{name_en} {number // 2 + 1} (demo)", next(spots),
            f"generated:equipment/{number}", capacity=float(rng.integers(low, high)), unit_of_measure=unit,
            organisation=("DEMO-U02", "DEMO-U03")[number % 2],
        )  # fmt: skip


def _cameras(city: City) -> Iterator[dict[str, Any]]:
    """Cameras in the middle of roads, all over the city."""
    roads = np.asarray(city.roads["plane"], dtype=object)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(roads, 0.5, normalized=True))
    inside = middle[city.is_inside(middle)]
    rng = city.rng("cameras")
    for number, row in enumerate(np.sort(rng.choice(len(inside), CAMERAS, replace=False)), 1):
        state = "closed" if rng.random() < 0.05 else "ready"
        yield _row(
            "camera", f"视频点位{number:03d}{MARK}", f"Camera {number:03d} (demo)", inside[row],
            f"generated:camera/{number}", organisation="DEMO-D10", state=state, phone=None,
        )  # fmt: skip


def _goods(rng: np.random.Generator) -> str:
    kinds = rng.choice(len(GOODS), 6, replace=False)
    return json_of(goods=[[GOODS[kind][0], int(rng.integers(*GOODS[kind][1:]))] for kind in np.sort(kinds)])
