"""Duty lists (权责清单): who answers for which unit and category, from grid to district."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from demo.generate.contents.city import DISTRICT, City

CLASS_OFFICE = {
    "01": "DEMO-D01", "02": "DEMO-D04", "03": "DEMO-D02", "04": "DEMO-D03", "05": "DEMO-D05",
    "06": "S", "07": "E", "08": "DEMO-D05", "09": "E", "10": "DEMO-D09",
}  # fmt: skip
"""Matter class to the responsible organisation; S and E are the street's own office and enforcement team."""

UTILITY_MATTERS = {
    "DEMO-U01": ("01001", "01019", "01024", "01025", "01068"),
    "DEMO-U02": ("01002", "01003", "01004", "01018", "01026", "01072", "01073", "06030"),
    "DEMO-U03": ("01005", "01017", "01028", "01029", "01030", "01047", "01048", "10002"),
    "DEMO-U04": ("01011", "01049", "01057", "01021", "01036"),
    "DEMO-U05": ("01010", "01061"),
    "DEMO-U06": ("01007", "01008", "01009", "01027", "01031", "01062"),
    "DEMO-U07": ("01006", "01037", "01038", "01039", "01060"),
    "DEMO-U08": ("01020", "01032", "02004"),
    "DEMO-U09": ("06013", "06016", "06050", "06051"),
    "DEMO-U12": ("02001", "02002", "02003", "09016"),
    "DEMO-D07": ("01067", "01071", "06023", "06025", "06026"),
    "DEMO-D10": ("",),
}
"""District organisation to the matters it answers for everywhere; the empty one is everything else."""


class Duty(NamedTuple):
    """One line of the list; `organisation` and `worker` are codes."""

    unit_code: str
    category: str | None
    organisation: str
    worker: str | None
    rank: int


def make_duties(city: City, people: Any) -> dict[str, Any]:
    """Make the lines of all levels as columns of `duty`, with codes instead of keys."""
    staff = _staff(people)
    lines = [*_grid_lines(city, staff), *_community_lines(city, staff), *_street_lines(city, staff)]
    lines += _district_lines(staff)
    columns = {name: [getattr(line, name) for line in lines] for name in Duty._fields}
    return {**columns, "generated": [True] * len(lines)}


Staff = dict[tuple[str, str, str], list[str]]


def _staff(people: Any) -> Staff:
    """Workers by (unit, role, organisation) in the order of their codes."""
    staff: Staff = {}
    for row in people.itertuples():
        staff.setdefault((row.unit_code, row.role, row.organisation), []).append(row.code)
    return staff


def _grid_lines(city: City, staff: Staff) -> Iterator[Duty]:
    """In a grid the leader is asked first for everything, then the workers."""
    for grid in city.grids.itertuples():
        office = f"DEMO-C{grid.parent_code}"
        yield Duty(grid.code, None, office, staff[grid.code, "grid_leader", office][0], 1)
        for worker in staff[grid.code, "grid_worker", office]:
            yield Duty(grid.code, None, office, worker, 2)


def _community_lines(city: City, staff: Staff) -> Iterator[Duty]:
    for code in city.level(3).code:
        office = f"DEMO-C{code}"
        yield Duty(code, None, office, staff[code, "liaison", office][0], 1)


def _street_lines(city: City, staff: Staff) -> Iterator[Duty]:
    """One line per matter class; the persons take turns through the classes."""
    for code in city.level(2).code:
        supervisors = staff[code, "supervisor", f"DEMO-S{code}"]
        inspectors = staff[code, "inspector", f"DEMO-E{code}"]
        yield Duty(code, None, f"DEMO-S{code}", supervisors[0], 1)
        for number, (category, office) in enumerate(CLASS_OFFICE.items()):
            team = inspectors if office == "E" else supervisors
            organisation = f"DEMO-{office}{code}" if len(office) == 1 else office
            yield Duty(code, category, organisation, team[number % len(team)], 1)
            yield Duty(code, category, organisation, team[(number + 1) % len(team)], 2)


def _district_lines(staff: Staff) -> Iterator[Duty]:
    for organisation, matters in UTILITY_MATTERS.items():
        workers = staff[DISTRICT, "department", organisation]
        for matter in matters:
            for rank, worker in enumerate(workers, 1):
                yield Duty(DISTRICT, matter or None, organisation, worker, rank)
