"""Responsible units (责任单位): made-up offices and departments that claim to be nobody in particular."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.generate.contents.city import DISTRICT, MARK, City, stem

DEPARTMENTS = (
    ("D01", "区城市管理部门", "District city management department", "department"),
    ("D02", "区市容环卫部门", "District sanitation department", "department"),
    ("D03", "区园林绿化部门", "District gardens department", "department"),
    ("D04", "区交通管理部门", "District traffic department", "department"),
    ("D05", "区住房建设部门", "District housing and construction department", "department"),
    ("D06", "区综合执法部门", "District enforcement department", "department"),
    ("D07", "区水务部门", "District water affairs department", "department"),
    ("D08", "区生态环境部门", "District environment department", "department"),
    ("D09", "区应急管理部门", "District emergency department", "department"),
    ("D10", "区网格治理中心", "District grid governance centre", "department"),
    ("U01", "供水单位", "Water supply utility", "utility"),
    ("U02", "排水单位", "Drainage utility", "utility"),
    ("U03", "供电单位", "Power utility", "utility"),
    ("U04", "燃气单位", "Gas utility", "utility"),
    ("U05", "供热单位", "Heating utility", "utility"),
    ("U06", "通信单位", "Telecommunications utility", "utility"),
    ("U07", "路灯养护单位", "Street lighting contractor", "contractor"),
    ("U08", "公交单位", "Bus operator", "utility"),
    ("U09", "道路养护单位", "Road maintenance contractor", "contractor"),
    ("U10", "环卫作业单位", "Cleansing contractor", "contractor"),
    ("U11", "绿化养护单位", "Gardening contractor", "contractor"),
    ("U12", "停车管理单位", "Parking operator", "contractor"),
)


@dataclass(frozen=True)
class Organisation:
    """One made-up responsible unit; `unit_code` is the unit it belongs to."""

    code: str
    name: str
    name_en: str
    kind: str
    unit_code: str


def make_organisations(city: City) -> list[Organisation]:
    """Make the district's departments and utilities and an office for every street and community."""
    return [*_departments(), *_streets(city), *_communities(city)]


def columns_of(organisations: list[Organisation]) -> dict[str, Any]:
    """Return the columns of the table `organisation`."""
    names = ("code", "name", "name_en", "kind")
    columns: dict[str, Any] = {n: [getattr(o, n) for o in organisations] for n in names}
    return {**columns, "generated": [True] * len(organisations)}


def _departments() -> Iterator[Organisation]:
    for code, name, name_en, kind in DEPARTMENTS:
        yield Organisation(f"DEMO-{code}", name + MARK, f"{name_en} (demo)", kind, DISTRICT)


def _streets(city: City) -> Iterator[Organisation]:
    for unit in city.level(2).itertuples():
        root, root_en = street_root(unit.name, unit.name_en)
        for letter, tail, tail_en, kind in STREET_OFFICES:
            name, name_en = f"{root}{tail}{MARK}", f"{root_en} {tail_en} (demo)"
            yield Organisation(f"DEMO-{letter}{unit.code}", name, name_en, kind, unit.code)


STREET_OFFICES = (
    ("S", "办事处", "office", "street_office"),
    ("E", "综合执法队", "enforcement team", "enforcement_team"),
)


def street_root(name: str, name_en: str) -> tuple[str, str]:
    """Return the root of an office's names: that of the street, or its number when it has no name."""
    if "未命名" in name:
        number = "".join(filter(str.isdigit, name))
        return f"未命名街道{number}", f"Unnamed street {number}"
    return name.removesuffix("办事处"), name_en


def _communities(city: City) -> Iterator[Organisation]:
    for unit in city.level(3).itertuples():
        name, name_en = f"{stem(unit.name)}居委会{MARK}", f"{stem(unit.name_en)} office (demo)"
        yield Organisation(f"DEMO-C{unit.code}", name, name_en, "community_office", unit.code)
