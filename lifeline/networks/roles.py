"""What the tables of a GIS export are to a network: pipes, nodes, valves, sources, services, customers.

They are known by the last word of their names, as utilities and their programs call them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lifeline.importers.features import Feature, read_features
from lifeline.importers.found import (
    Facts,
    Found,
    FoundCustomer,
    FoundDevice,
    FoundLink,
    FoundNode,
    FoundService,
    Problems,
)
from lifeline.networks.sheets import Sheet
from spatial.errors import InvalidInput

LINES = {
    "arc",
    "arcs",
    "pipe",
    "pipes",
    "line",
    "lines",
    "main",
    "mains",
    "conduit",
    "conduits",
    "管线",
    "管段",
}
POINTS = {"node", "nodes", "junction", "junctions", "point", "points", "manhole", "manholes", "管点", "节点"}
SOURCES = {"source": "source", "sources": "source", "reservoirs": "reservoir", "tanks": "tank",
           "grid": "source", "outfall": "outfall"}  # fmt: skip
DEVICES = {"valve": "valve", "valves": "valve", "pump": "pump", "pumps": "pump", "control": "pump",
           "hydrant": "hydrant", "hydrants": "hydrant", "阀门": "valve"}  # fmt: skip
SERVICES = {"connec", "service", "services", "connection", "connections", "sink", "sinks", "接入点"}
CUSTOMERS = {"hydrometer", "hydrometers", "customer", "customers", "meter", "meters", "用户"}
VALVES = {"shutoff": "valve", "check": "check_valve", "pressure_reducing": "regulator"}
"""What classes of valves are to us; any other keeps its own word, with `_valve` behind."""
_LIVES = {"0": "out_of_service", "1": "in_service", "2": "planned"}
_TRUE = {"1", "true", "t", "yes", "y", "是"}


@dataclass(frozen=True)
class Table:
    """A sheet whose cells are texts, and whose columns have several usual names."""

    sheet: Sheet

    def text(self, row: Feature, *names: str) -> str:
        """Give the first of some columns that says anything; whole numbers without a point."""
        for name in names:
            value = row.facts.get(name)
            if value is None or value == "" or value != value:
                continue
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        return ""

    def says(self, row: Feature, name: str, otherwise: bool) -> bool:
        """Give a yes or no."""
        text = self.text(row, name).lower()
        return text in _TRUE if text else otherwise

    def number(self, row: Feature, name: str) -> float | None:
        """Give a number; None for what is none."""
        try:
            return float(self.text(row, name))
        except ValueError:
            return None

    def code(self, row: Feature) -> str:
        """Give the row's own code."""
        return self.text(row, self._key or "code", "code", "id", "name")

    @property
    def _key(self) -> str | None:
        """`pipe_id` of pipes, `arc_id` of arcs."""
        word = self.sheet.word
        names = (f"{word}_id", f"{word.removesuffix('s')}_id")
        return next((name for name in names if name in self.sheet.columns), None)


_CODE = "code of the row"
"""The column under which the rows of several tables have their codes."""


def found_in(sheets: Sequence[Sheet], kind: str, tolerance: float) -> Found:
    """Make a network of tables; InvalidInput at `file` when none of them is of lines."""
    lines = _lines(sheets)
    points = [each for each in sheets if each.word in POINTS and each.shape == "point" and _is_own(each)]
    feeding = [each for each in sheets if each.word in SOURCES]
    places = [each for each in feeding if each.shape == "point" and not each.columns & set(_AT_NODE)]
    found = read_features(_merged(lines), _merged([*points, *places]), tolerance, kind, {"code": _CODE})
    problems = Problems()
    nodes = _fed(_with_lives(found.nodes, [*points, *places]), feeding)
    links = _with_lives(found.links, lines)
    known = _Known({each.code for each in nodes}, {each.code for each in links}, problems)
    devices = _devices(sheets, known)
    services = _services(sheets, known)
    customers = _customers(sheets, services, problems)
    told = [*found.problems, *problems.told]
    return replace(
        found, nodes=nodes, links=links, devices=list(devices.values()), services=list(services.values()),
        customers=list(customers.values()), problems=told, more_problems=found.more_problems + problems.more,
    )  # fmt: skip


@dataclass(frozen=True)
class _Known:
    nodes: set[str]
    links: set[str]
    problems: Problems


_AT_NODE = ("node_id", "junction", "node", "node_code")
_AT_LINK = ("arc_id", "link_id", "pipe_id", "link", "pipe", "link_code")
Some = TypeVar("Some", FoundNode, FoundLink)


def _lines(sheets: Sequence[Sheet]) -> list[Sheet]:
    drawn = [each for each in sheets if each.shape == "line"]
    named = [each for each in drawn if each.word in LINES]
    if named or len(drawn) == 1:
        return named or drawn
    names = ", ".join(each.name for each in drawn[:20]) or "none"
    raise InvalidInput.at(
        "file", f"has no layer of lines that is called pipes, arcs …; of lines are: {names}"
    )


def _is_own(sheet: Sheet) -> bool:
    """Points that name a node of another table are no nodes themselves, but what stands there."""
    return not sheet.word.startswith("point") or not sheet.columns & set(_AT_NODE)


def _rows(sheets: Iterable[Sheet]) -> Iterator[tuple[Table, Feature]]:
    return ((Table(each), row) for each in sheets for row in each.rows)


def _merged(sheets: Sequence[Sheet]) -> list[Feature]:
    """Give the rows of several tables, each with its own code under one name."""
    return [
        Feature(row.shape, {**row.facts, _CODE: table.code(row), "kind": _kind(table, row)})
        for table, row in _rows(sheets)
    ]


def _kind(table: Table, row: Feature) -> str:
    return SOURCES.get(table.sheet.word) or table.text(row, "kind", "type", "附属物", "类型", "特征")


def _with_lives(found: Sequence[Some], sheets: Sequence[Sheet]) -> list[Some]:
    """Note what is out of service or planned, where a table numbers it as Giswater does (0, 1, 2)."""
    lives = {
        table.code(row): life
        for table, row in _rows(sheets)
        if (life := _LIVES.get(table.text(row, "state"))) and life != "in_service"
    }
    return [
        replace(each, facts={**each.facts, "life": lives[each.code]}) if each.code in lives else each
        for each in found
    ]


def _fed(nodes: Sequence[FoundNode], sheets: Iterable[Sheet]) -> list[FoundNode]:
    """Take from tables of sources what feeds the network, and how full tanks may be."""
    found = {each.code: each for each in nodes}
    for table, row in _rows(sheets):
        code = table.text(row, *_AT_NODE) or table.code(row)
        if code not in found:
            continue
        facts: Facts = {
            ours: value for theirs, ours in _TANK.items() if (value := table.number(row, theirs)) is not None
        }
        kind = table.text(row, "kind") or SOURCES[table.sheet.word]
        node = found[code]
        facts["is_source"] = table.text(row, "state") != "0"
        found[code] = replace(node, kind=kind, facts={**node.facts, **facts})
    return list(found.values())


_TANK = {"init_level": "level_m", "min_level": "level_min_m", "max_level": "level_max_m",
         "diameter": "diameter_m", "min_vol": "volume_min_m3", "p_bar": "pressure_bar"}  # fmt: skip


def _devices(sheets: Iterable[Sheet], known: _Known) -> dict[str, FoundDevice]:
    """Take valves and the like; of one that stands in two tables the later says which way it lets."""
    found: dict[str, FoundDevice] = {}
    for table, row in _rows(each for each in sheets if each.word in DEVICES and each.shape != "line"):
        node, link = table.text(row, *_AT_NODE), table.text(row, *_AT_LINK)
        code = table.code(row) or node or link
        node, link = (node if node in known.nodes else ""), (link if link in known.links else "")
        if not node and not link:
            known.problems.add(f"{table.sheet.name} {code}", "stands in no node and on no line that there is")
            continue
        facts: Facts = {
            "is_open": not table.says(row, "closed", False),
            "is_operable": not table.says(row, "broken", False) and table.says(row, "operable", True),
            "is_accessible": table.says(row, "accessible", True),
        }
        kind, before = _device_kind(table, row), found.get(code)
        if before is not None:
            facts, kind = before.facts, kind if kind == "check_valve" else before.kind
        into = table.text(row, "to_arc", "into") if kind == "check_valve" else ""
        found[code] = FoundDevice(code, kind, node, link, facts, into if into in known.links else "")
    return found


def _device_kind(table: Table, row: Feature) -> str:
    if table.sheet.name.lower().startswith("check"):
        return "check_valve"
    word = table.text(row, "valve_class")
    if word:
        return VALVES.get(word, f"{word}_valve")
    return table.text(row, "kind") or DEVICES[table.sheet.word]


def _services(sheets: Iterable[Sheet], known: _Known) -> dict[str, FoundService]:
    """Take connections, from tables with places first and then from those without, which say more of some."""
    found: dict[str, FoundService] = {}
    named = [each for each in sheets if each.word in SERVICES]
    for table, row in _rows(sorted(named, key=lambda each: not each.shape)):
        code = table.text(row, "service_id") or table.code(row)
        link, node = table.text(row, *_AT_LINK), table.text(row, *_AT_NODE)
        link = link if link in known.links else ""
        node = node if node in known.nodes and not link else ""
        if code in found:
            facts = {**found[code].facts, **_service_facts(table, row)}
            found[code] = replace(found[code], facts=facts)
            continue
        if not code or not (link or node):
            known.problems.add(f"{table.sheet.name} {code}", "hangs on no line and no node that there is")
            continue
        point = row.shape if row.shape is not None and row.shape.geom_type == "Point" else None
        at = None if point is None or point.is_empty else (point.x, point.y)
        found[code] = FoundService(code, node, link, at, _service_facts(table, row))
    return found


def _service_facts(table: Table, row: Feature) -> Facts:
    names = ("customer_code", "demand_m3_per_a", "mdot_kg_per_s")
    facts = {name: text for name in names if (text := table.text(row, name))}
    life = _LIVES.get(table.text(row, "state"))
    return facts | ({"life": life} if life and life != "in_service" else {})


def _customers(
    sheets: Sequence[Sheet], services: dict[str, FoundService], problems: Problems
) -> dict[str, FoundCustomer]:
    """Take meters by the service that they name; sinks of a model are customers of their own."""
    found: dict[str, FoundCustomer] = {}
    for table, row in _rows(each for each in sheets if each.word in CUSTOMERS and not each.shape):
        code, service = table.code(row), table.text(row, "service_id", "service", "connec_id")
        if not code or service not in services:
            problems.add(f"{table.sheet.name} {code}", f"has no service '{service[:40]}' that there is")
            continue
        meters, people = table.number(row, "meters"), table.number(row, "people")
        size = table.text(row, "meter_size")
        found[code] = FoundCustomer(
            code, service, table.text(row, "category"), table.text(row, "priority"),
            1 if meters is None else int(meters), None if people is None else int(people),
            {"meter_size": size} if size else {},
        )  # fmt: skip
    for each in sheets:
        if each.word in ("sink", "sinks"):
            codes = (Table(each).code(row) for row in each.rows)
            found |= {code: FoundCustomer(code, code) for code in codes if code in services}
    return found
