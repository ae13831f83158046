"""City components (部件): the real ones that OSM knows, then made-up ones of a census under way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from demo.generate.contents.city import DISTRICT, City, Points, coordinates, points, stem
from demo.generate.contents.files import json_of
from demo.generate.contents.osm import one_each
from demo.generate.contents.roads import Streets, beside

TREE_SHARE = 0.12
"""Share of the sections of the pilot street whose trees have been counted."""

STATES = ("intact", "damaged", "missing", "occupied")
STATE_SHARES = (0.965, 0.02, 0.007, 0.008)


class Rule(NamedTuple):
    """How a class stands along a street: every `spacing_m`, `offset_m` off its axis, on one side or both."""

    code: str
    spacing_m: float
    offset_m: float
    both_sides: bool
    keeper: str


RULES = (
    Rule("01037", 35.0, 6.0, True, "DEMO-U07"), Rule("01001", 70.0, 2.5, False, "DEMO-U01"),
    Rule("01002", 50.0, 1.5, False, "DEMO-U02"), Rule("01003", 50.0, -1.5, False, "DEMO-U02"),
    Rule("01004", 40.0, 4.6, True, "DEMO-U02"), Rule("01005", 90.0, -3.0, False, "DEMO-U03"),
    Rule("01007", 80.0, 3.4, False, "DEMO-U06"), Rule("01011", 120.0, -2.2, False, "DEMO-U04"),
    Rule("01010", 140.0, 2.0, False, "DEMO-U05"), Rule("01013", 120.0, 6.6, True, "DEMO-U01"),
    Rule("01027", 380.0, 7.5, True, "DEMO-U06"), Rule("01048", 600.0, -8.0, False, "DEMO-U03"),
    Rule("01050", 260.0, 6.2, True, "DEMO-D01"), Rule("02010", 130.0, 5.6, True, "DEMO-D04"),
    Rule("02012", 290.0, 6.4, True, "DEMO-D04"), Rule("02025", 300.0, 7.0, True, "DEMO-D04"),
    Rule("02004", 450.0, 6.8, True, "DEMO-U08"), Rule("02017", 220.0, 4.2, True, "DEMO-D04"),
    Rule("03005", 100.0, 6.9, True, "DEMO-U10"), Rule("03008", 520.0, 8.2, True, "DEMO-D01"),
    Rule("04007", 240.0, 7.2, True, "DEMO-D03"), Rule("01075", 400.0, 12.0, True, "DEMO-D01"),
)  # fmt: skip
SPARSE_RULES = (
    Rule("02004", 520.0, 6.8, True, "DEMO-U08"), Rule("01013", 900.0, 6.6, True, "DEMO-U01"),
    Rule("01050", 1_200.0, 6.2, True, "DEMO-D01"), Rule("02010", 800.0, 5.6, True, "DEMO-D04"),
    Rule("03005", 1_300.0, 6.9, True, "DEMO-U10"), Rule("01048", 1_500.0, -8.0, False, "DEMO-U03"),
)  # fmt: skip
"""What the first round of the census has counted on the main roads of all other streets."""


def _few(keeper: str, *codes: str) -> tuple[Rule, ...]:
    """Classes that stand here and there in a street: each at a spacing and on a side of its own."""
    sides = [1 if number % 2 else -1 for number in range(len(codes))]
    return tuple(
        Rule(code, 900.0 + 35.0 * number, side * (6.2 + 0.3 * (number % 9)), False, keeper)
        for number, (code, side) in enumerate(zip(codes, sides, strict=True))
    )


FEW_RULES = (
    *_few("DEMO-U01", "01019", "01024", "01025", "01067"),
    *_few("DEMO-U02", "01018", "01026", "01072", "01073"),
    *_few("DEMO-U03", "01006", "01017", "01028", "01029", "01030", "01047", "01060", "01054"),
    *_few("DEMO-U04", "01021", "01036", "01049"),
    *_few("DEMO-U06", "01008", "01009", "01031", "01041", "01062", "01043"),
    *_few("DEMO-U07", "01038", "01039", "01077"),
    *_few("DEMO-U08", "01020", "01032", "02005"),
    *_few("DEMO-D01", "01012", "01022", "01023", "01033", "01034", "01035", "01040", "01042", "01044",
          "01045", "01046", "01051", "01052", "01053", "01059", "01064", "01065", "01066", "03006",
          "03007", "05003"),
    *_few("DEMO-D04", "01015", "02001", "02003", "02006", "02007", "02011", "02013", "02014", "02015",
          "02016", "02018", "02020", "02021", "02022", "02023", "02024", "02026", "02027", "02033",
          "02034", "02035", "02038", "02041", "02043"),
    *_few("DEMO-U10", "03002", "03003", "03004", "03009", "03010", "03013", "03014", "03016"),
    *_few("DEMO-D03", "01014", "04001", "04003", "04004", "04005", "04006", "04008", "04010", "04011"),
)  # fmt: skip
"""What else the census counts in the pilot street: so that the tree of layers is as large as a city's."""

MAIN_ROADS = ("primary", "secondary", "tertiary")
TREES = Rule("04002", 8.0, 5.2, True, "DEMO-U11")

REAL = (
    ("amenity", ("toilets",), "03001", "DEMO-U10"),
    ("railway", ("subway_entrance",), "02032", "DEMO-D04"),
    ("highway", ("elevator",), "01076", "DEMO-D04"),
    ("historic", ("monument",), "05009", "DEMO-D01"),
    ("waterway", ("weir", "lock_gate", "dam"), "01069", "DEMO-D07"),
    ("leisure", ("park",), "04013", "DEMO-D03"),
    ("landuse", ("grass", "village_green", "recreation_ground"), "04013", "DEMO-U11"),
    ("landuse", ("forest",), "04014", "DEMO-D03"),
)
"""OSM tag, its values, component class and keeper; the first that fits wins."""

LEAST_GREEN_M2 = 600.0


class Component(NamedTuple):
    """One component before it has its code; x, y in plane metres."""

    class_code: str
    label: str
    x: float
    y: float
    keeper: str
    source: str
    generated: bool


def make_components(city: City, streets: Streets) -> Any:
    """Make all components as a pandas table, real ones first, with `xy` (plane) for the other topics.

    The 17-digit code is county, class and kind, and a sequence inside the kind in the order of the table.
    """
    import pandas

    found = [*real_components(city), *made_components(city, streets)]
    table = pandas.DataFrame(found, columns=Component._fields)
    inside = city.is_inside(table[["x", "y"]].to_numpy())
    table = table[inside].reset_index(drop=True)
    sequence = table.groupby("class_code").cumcount() + 1
    table["code"] = DISTRICT + table["class_code"] + sequence.map("{:06d}".format)
    kinds = _kind_names(city)
    table["name"] = table["label"] + table["class_code"].map(kinds) + _numbers(table)
    table["xy"] = list(table[["x", "y"]].to_numpy())
    return table


def columns_of(city: City, table: Any, organisations: dict[str, str]) -> dict[str, Any]:
    """Return the columns of `component`; organisations: name by code."""
    rng = city.rng("component states")
    keeper = table["keeper"].map(organisations).to_list()
    days = rng.integers(0, 6_900, len(table))
    real = json_of(state_generated=True, keeper_generated=True)
    return {
        **{name: table[name].to_list() for name in ("code", "class_code", "name", "source", "generated")},
        "state": rng.choice(STATES, len(table), p=STATE_SHARES).tolist(),
        "owner": keeper,
        "upkeep": keeper,
        "installed_on": _dates(days, table["generated"].to_numpy()),
        "attributes": ["{}" if made else real for made in table["generated"]],
        "geom": points(table[["x", "y"]].to_numpy()),
    }


def _dates(days: Any, made: Any) -> list[Any]:
    """Give made-up components a day between 2006 and 2024; of the real ones nobody knows it."""
    dates = (np.datetime64("2006-01-15") + days).tolist()
    return [day if invented else None for day, invented in zip(dates, made, strict=True)]


def _kind_names(city: City) -> dict[str, str]:
    rows = city.codes[city.codes["kind"] == "部件"]
    return dict(zip(rows["code"], rows["name"], strict=True))


def _numbers(table: Any) -> Any:
    """Number the components of one kind and label; a name of its own needs no number."""
    group = table.groupby(["class_code", "label"])["code"]
    number, size = group.cumcount() + 1, group.transform("size")
    return number.map("{:03d}".format).where(size > 1, "")


def real_components(city: City) -> list[Component]:
    """Take the components that OSM holds: toilets, station entrances, lifts, weirs, green areas."""
    found = []
    for row in _classified(city).itertuples():
        label = row.name if isinstance(row.name, str) else ""
        found.append(
            Component(row.class_code, label, row.middle.x, row.middle.y, row.keeper, row.source, False)
        )
    return found


def _classified(city: City) -> Any:
    """Return OSM features that are components, with class_code and keeper, sorted by class and source."""
    table = city.features.assign(class_code=None, keeper=None)
    for tag, values, code, keeper in reversed(REAL):
        table.loc[table[tag].isin(values), ["class_code", "keeper"]] = [code, keeper]
    table = table[table["class_code"].notna()]
    area_m2 = shapely.area(np.asarray(table["plane"]))
    small = table["class_code"].isin(["04013", "04014"]) & (area_m2 < LEAST_GREEN_M2)
    table = table[~small].sort_values(["class_code", "source"])
    named = one_each(table[table["name"].notna()], kind="class_code")
    return table[table["name"].isna() | table["source"].isin(named["source"])]


def made_components(city: City, streets: Streets) -> list[Component]:
    """Invent components: all of them in the pilot street at the spacing of a real one, few elsewhere."""
    rng = city.rng("components")
    pilot = pilot_sections(city, streets)
    others = np.setdiff1d(np.flatnonzero(np.isin(streets.klass, MAIN_ROADS)), pilot)
    with_trees = pilot[rng.random(len(pilot)) < TREE_SHARE]
    labels = _labels(city, streets)
    found = []
    parts = ((pilot, RULES), (with_trees, (TREES,)), (others, SPARSE_RULES), (pilot, FEW_RULES))
    for sections, rules in parts:
        for rule in rules:
            found += _placed(streets, sections, rule, labels, rng)
    return found


def pilot_sections(city: City, streets: Streets) -> Any:
    """Return the rows of all sections in the street with the most named real features."""
    named = city.features[city.features["name"].notna()]
    xy = coordinates(named["middle"])
    counts = np.unique(_street_of(city, xy[city.is_inside(xy)]), return_counts=True)
    pilot = counts[0][np.argmax(counts[1])] if len(counts[0]) else city.level(2).code[0]
    return np.flatnonzero(_street_of(city, _middles(streets)) == pilot)


def _street_of(city: City, xy: Points) -> Any:
    codes = np.asarray([code[:9] for code in city.grids.parent_code])
    return codes[city.grid_of(xy)]


def _middles(streets: Streets) -> Points:
    return coordinates(shapely.line_interpolate_point(streets.lines, 0.5, normalized=True))


def _labels(city: City, streets: Streets) -> list[str]:
    """Name a section: its street, else the community it lies in."""
    parents = np.asarray(city.grids.parent_code)[city.grid_of(_middles(streets))]
    return [name or stem(city.names[parent]) for name, parent in zip(streets.names, parents, strict=True)]


def _placed(
    streets: Streets, sections: Any, rule: Rule, labels: list[str], rng: np.random.Generator
) -> list[Component]:
    rows, distances_m, sides = _stations(streets, sections, rule, rng)
    offsets_m = rule.offset_m * sides + rng.normal(0, 0.3, len(rows))
    xy: Points = beside(streets.lines[rows], distances_m, offsets_m)
    return [
        Component(rule.code, labels[row], x, y, rule.keeper, "generated:street", True)
        for row, (x, y) in zip(rows, xy, strict=True)
    ]


def _stations(streets: Streets, sections: Any, rule: Rule, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Spread a rule over sections: rows, distances along them and side (in turns when it uses both)."""
    starts = rng.random(len(sections)) * rule.spacing_m
    room = streets.lengths_m[sections] - starts
    counts = np.maximum(np.floor(room / rule.spacing_m).astype(int) + 1, 0) * (room > 0)
    rows = np.repeat(sections, counts)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    wobble = rng.normal(0, rule.spacing_m * 0.04, len(rows))
    distances_m = np.repeat(starts, counts) + number * rule.spacing_m + wobble
    sides = np.where(number % 2 == 0, 1.0, -1.0) if rule.both_sides else np.ones(len(rows))
    return rows, np.clip(distances_m, 0.0, streets.lengths_m[rows]), sides
