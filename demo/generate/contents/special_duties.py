"""Lines of the duty list for special grids (专属网格): police areas, the grounds of schools and hospitals.

What happens on the ground of a school is the school's, whatever it is, and not that of the grid around it;
so it is with hospitals. Noise, begging and blocked escape routes are for the police area. All of it is made
up but for the grounds and the names of schools and hospitals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import shapely

from demo.generate.contents.city import MARK, City, stem
from demo.generate.contents.organisations import Organisation, street_root
from demo.generate.plane import to_lonlat

POLICE_MATTERS = ("06028", "09003", "09012")
"""Noise, begging, blocked escape routes."""
GROUNDS = {"school": ("XQ", "安全保卫处", "safety office"), "hospital": ("YL", "安全保卫处", "safety office")}
"""Coverage (and kind of place) to the letters of its units and what its office is called."""
WITHOUT_GROUND_M = 60.0
"""Around a school or hospital whose ground nobody has drawn."""


class Line(NamedTuple):
    """One line with the organisation that it names."""

    coverage: str
    unit_code: str
    category: str | None
    area: Any
    """MultiPolygon in degrees; None: all of the unit."""
    office: Organisation


def make_special_lines(city: City, places: Any, areas: dict[str, Any]) -> list[Line]:
    """Make the lines of all special grids. areas: of `make_areas`."""
    there = set(zip(areas["coverage"], areas["code"], strict=True))
    return [*_police(city), *(line for kind in GROUNDS for line in _grounds(places, kind, there))]


def offices_of(lines: list[Line]) -> list[Organisation]:
    """List the organisations of the lines, each once."""
    return list({line.office.code: line.office for line in lines}.values())


def columns_of(lines: list[Line]) -> dict[str, Any]:
    """Return columns of `duty`, with codes of organisations in place of keys; no line names a person."""
    names = ("coverage", "unit_code", "category", "area")
    columns: dict[str, Any] = {name: [getattr(line, name) for line in lines] for name in names}
    return {**columns, "organisation": [line.office.code for line in lines], "generated": [True] * len(lines)}


def _police(city: City) -> Iterator[Line]:
    for number, unit in enumerate(city.level(2).itertuples(), 1):
        code = f"JW{number:03d}"
        root, root_en = street_root(unit.name, unit.name_en)
        name, name_en = f"{stem(root)}派出所{MARK}", f"{root_en} police station (demo)"
        office = Organisation(f"DEMO-P{code}", name, name_en, "police", unit.code)
        for matter in POLICE_MATTERS:
            yield Line("police", code, matter, None, office)


def _grounds(places: Any, kind: str, there: set[tuple[str, str]]) -> Iterator[Line]:
    """A line for each real place that has a unit, in the order that `areas` numbers them in."""
    letters, title, title_en = GROUNDS[kind]
    real = places[(places["kind"] == kind) & ~places["generated"].astype(bool)]
    real = real.sort_values(["source", "name"], kind="stable").reset_index(drop=True)
    for number, place in enumerate(real.itertuples(), 1):
        code = f"{letters}{number:03d}"
        if (kind, code) in there:
            name, name_en = f"{place.name}{title}{MARK}", f"{kind.capitalize()} {number} {title_en} (demo)"
            office = Organisation(f"DEMO-{code}", name, name_en, kind, code)
            yield Line(kind, code, None, _ground(place), office)


def _ground(place: Any) -> Any:
    if place.area is not None:
        return place.area
    return shapely.multipolygons([to_lonlat(shapely.Point(place.xy).buffer(WITHOUT_GROUND_M, quad_segs=4))])
