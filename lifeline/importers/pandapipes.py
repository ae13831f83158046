"""Read networks of pandapipes (JSON): gas, heat and water, in versions from 0.8 on, whose columns differ.

The file names Python classes to be made of it; nothing of the kind is done here: tables are read as the data
that they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lifeline.importers.found import XY, Evidence, Facts, Found, FoundDevice, FoundLink, FoundNode, Problems
from spatial.errors import InvalidInput

MOST_BYTES = 256 * 2**20
_LINKS: dict[str, tuple[str, str, str]] = {
    "pipe": ("pipe", "from_junction", "to_junction"),
    "pump": ("pump", "from_junction", "to_junction"),
    "compressor": ("compressor", "from_junction", "to_junction"),
    "flow_control": ("regulator", "from_junction", "to_junction"),
    "press_control": ("regulator", "from_junction", "to_junction"),
    "heat_exchanger": ("heat_exchanger", "from_junction", "to_junction"),
    "heat_consumer": ("heat_consumer", "from_junction", "to_junction"),
    "circ_pump_mass": ("pump", "return_junction", "flow_junction"),
    "circ_pump_pressure": ("pump", "return_junction", "flow_junction"),
}
_HEAT = ("heat_exchanger", "heat_consumer", "circ_pump_mass", "circ_pump_pressure")
_BAR_KPA = 100.0
_AT_PIPE, _AT_JUNCTION = "pi", "ju"
Row = dict[str, Any]


@dataclass
class _Net:
    tables: dict[str, dict[Any, Row]]
    """Rows by table and index."""
    is_gas: bool
    fluid: str
    problems: Problems

    def rows(self, table: str) -> Iterator[tuple[str, Any, Row]]:
        """Give the rows of a table: where each is, its index, its cells."""
        for index, row in self.tables.get(table, {}).items():
            yield f"{table} {index}", index, row


def read_pandapipes(content: bytes) -> Found:
    """Read a network; InvalidInput for a file that holds no pipes, or is none of pandapipes."""
    net = _net(content)
    nodes = _nodes(net)
    links = _links(net, nodes)
    if not links:
        raise InvalidInput.at("file", "has no pipe that can be read")
    devices = _valves(net, nodes, links)
    named = [node for node in nodes.values() if node.at is not None]
    if not named:
        net.problems.add("junction_geodata", "is missing or empty: the network has no place on the map")
    if not any(node.kind == "source" for node in nodes.values()) and not net.tables.get("circ_pump_pressure"):
        net.problems.add("ext_grid", "is empty: nothing feeds the network")
    kind, evidence = _kind(net)
    told, more = net.problems.told, net.problems.more
    return Found(
        "pandapipes JSON", kind, list(nodes.values()), list(links.values()), [evidence], told, more, devices
    )


def _net(content: bytes) -> _Net:
    if len(content) > MOST_BYTES:
        raise InvalidInput.at("file", f"is larger than {MOST_BYTES // 2**20} MiB")
    whole = _parsed(content, "file")
    if not isinstance(whole, dict) or "pandapipes" not in str(whole.get("_module")):
        raise InvalidInput.at("file", "is no network of pandapipes")
    body = whole.get("_object")
    body = _parsed(body, "file") if isinstance(body, str) else body
    if not isinstance(body, dict):
        raise InvalidInput.at("file", "is no network of pandapipes")
    problems = Problems()
    tables = {
        name: _table(name, value["_object"], problems)
        for name, value in body.items()
        if isinstance(value, dict) and value.get("_class") == "DataFrame"
    }
    fluid = body.get("fluid")
    inner = fluid.get("_object") if isinstance(fluid, dict) else None
    inner = _parsed(inner, "fluid") if isinstance(inner, str) else inner
    inner = inner if isinstance(inner, dict) else {}
    return _Net(tables, inner.get("is_gas") is True, str(inner.get("name", ""))[:40], problems)


def _parsed(text: bytes | str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput.at(where, "is no JSON") from None


def _table(name: str, content: Any, problems: Problems) -> dict[Any, Row]:
    """Read a table, which stands as a text of JSON in the JSON."""
    try:
        split = json.loads(content) if isinstance(content, str) else content
        columns, index, data = (split[key] for key in ("columns", "index", "data"))
        return {
            at: {name: cell for name, cell in zip(columns, row, strict=True) if _is_plain(name, cell)}
            for at, row in zip(index, data, strict=True)
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        problems.add(name, "is no table that can be read")
        return {}


def _is_plain(name: str, cell: Any) -> bool:
    """Tell whether a cell holds what it may: lists are lines only."""
    return name == "coords" or not isinstance(cell, list | dict)


def _number(row: Row, *names: str) -> float | None:
    """Give the first of the cells that holds a finite number."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _codes(rows: dict[Any, Row], prefix: str) -> dict[Any, str]:
    """Give rows their names as codes where each has one of its own, else their numbers."""
    names = [row.get("name") for row in rows.values()]
    if all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names):
        return {index: str(row["name"]) for index, row in rows.items()}
    return {index: f"{prefix}{index}" for index in rows}


def _nodes(net: _Net) -> dict[Any, FoundNode]:
    rows = net.tables.get("junction", {})
    codes = _codes(rows, "j")
    found: dict[Any, FoundNode] = {}
    for index, row in rows.items():
        facts: Facts = {} if row.get("in_service", True) else {"state": "out_of_service"}
        pressure = _number(row, "pn_bar")
        if pressure is not None:
            facts["pressure_nominal_kpa"] = pressure * _BAR_KPA
        at = _place(net, index)
        found[index] = FoundNode(codes[index], "junction", at, _number(row, "height_m"), facts)
    _feed(net, found)
    return found


def _place(net: _Net, index: Any) -> XY | None:
    row = net.tables.get("junction_geodata", {}).get(index, {})
    x, y = _number(row, "x"), _number(row, "y")
    return None if x is None or y is None else (x, y)


def _feed(net: _Net, nodes: dict[Any, FoundNode]) -> None:
    """Say at junctions what is fed in and taken out there; one that holds the pressure is a source."""
    signs = {"ext_grid": 0.0, "source": 1.0, "sink": -1.0, "mass_storage": 0.0}
    for table, sign in signs.items():
        for where, _, row in net.rows(table):
            node = nodes.get(row.get("junction"))
            if node is None:
                net.problems.add(where, f"there is no junction {str(row.get('junction'))[:20]}")
                continue
            if not row.get("in_service", True):
                continue
            nodes[row["junction"]] = _fed(node, table, row, sign)


def _fed(node: FoundNode, table: str, row: Row, sign: float) -> FoundNode:
    facts = dict(node.facts)
    if table == "mass_storage":
        return replace(node, kind="storage")
    if table == "ext_grid":
        pressure = _number(row, "p_bar")
        if pressure is not None:
            facts["pressure_kpa"] = pressure * _BAR_KPA
        return replace(node, kind="source", facts=facts)
    flow = _number(row, "mdot_kg_per_s")
    scaling = _number(row, "scaling")
    if flow is not None:
        taken = -sign * flow * (1.0 if scaling is None else scaling)
        facts["demand_kg_s"] = facts.get("demand_kg_s", 0.0) + taken
    facts["customers"] = facts.get("customers", 0) + (1 if table == "sink" else 0)
    return replace(node, facts=facts)


def _links(net: _Net, nodes: dict[Any, FoundNode]) -> dict[tuple[str, Any], FoundLink]:
    found: dict[tuple[str, Any], FoundLink] = {}
    taken: set[str] = set()
    for table, (kind, tail, head) in _LINKS.items():
        codes = _codes(net.tables.get(table, {}), f"{table}_")
        for where, index, row in net.rows(table):
            try:
                link = _link(net, (table, index), row, nodes, (row.get(tail), row.get(head)))
            except ValueError as error:
                net.problems.add(where, str(error))
                continue
            code = codes[index] if codes[index] not in taken else f"{table}_{index}"
            taken.add(code)
            found[table, index] = replace(link, code=code, kind=kind)
    return found


def _link(
    net: _Net, key: tuple[str, Any], row: Row, nodes: dict[Any, FoundNode], ends: tuple[Any, Any]
) -> FoundLink:
    for end in ends:
        if end not in nodes:
            raise ValueError(f"there is no junction {str(end)[:20]}")
    if ends[0] == ends[1]:
        raise ValueError("begins and ends at one junction")
    table, index = key
    tail, head = (nodes[end] for end in ends)
    facts: Facts = {"state": "open" if row.get("in_service", True) else "out_of_service"}
    for name in ("std_type", "material"):
        if isinstance(row.get(name), str):
            facts[name] = row[name]
    roughness = _number(row, "k_mm")
    if roughness is not None:
        facts["roughness_mm"] = roughness
    length_km = _number(row, "length_km")
    if table == "pipe" and (length_km is None or length_km <= 0):
        # It is kept: networks of heat hang together by them.
        net.problems.add(f"pipe {index}", f"its length is {length_km}: it is taken without one")
        length_km = None
    length_m = None if length_km is None else length_km * 1000
    via = _bends(net, index, tail, head) if table == "pipe" else ()
    return FoundLink("", table, tail.code, head.code, via, length_m, _diameter_mm(row), facts)


def _diameter_mm(row: Row) -> float | None:
    """Since 0.12 it stands in millimetres, before in metres."""
    inner = _number(row, "inner_diameter_mm")
    if inner is not None:
        return inner
    metres = _number(row, "diameter_m")
    return None if metres is None else metres * 1000


def _bends(net: _Net, index: Any, tail: FoundNode, head: FoundNode) -> tuple[XY, ...]:
    """Give what lies between the ends; files have the ends there as well, or have not."""
    coords = net.tables.get("pipe_geodata", {}).get(index, {}).get("coords")
    if not isinstance(coords, list):
        return ()
    try:
        points = [(float(x), float(y)) for x, y in coords]
    except (TypeError, ValueError):
        net.problems.add(f"pipe_geodata {index}", "is no line")
        return ()
    if points and points[0] == tail.at:
        points = points[1:]
    if points and points[-1] == head.at:
        points = points[:-1]
    return tuple(points) if all(map(math.isfinite, (v for point in points for v in point))) else ()


def _valves(
    net: _Net, nodes: dict[Any, FoundNode], links: dict[tuple[str, Any], FoundLink]
) -> list[FoundDevice]:
    """Read valves: between two junctions they are links, at a pipe they are devices of its end."""
    devices = []
    codes = _codes(net.tables.get("valve", {}), "valve_")
    taken = {link.code for link in links.values()}
    for where, index, row in net.rows("valve"):
        code = codes[index] if codes[index] not in taken else f"valve_{index}"
        taken.add(code)
        state = "open" if row.get("opened", True) else "closed"
        if row.get("in_service") is False:
            state = "out_of_service"
        if row.get("et", _AT_JUNCTION) == _AT_PIPE:
            node, pipe = nodes.get(row.get("junction")), links.get(("pipe", row.get("element")))
            if node is None or pipe is None or node.code not in (pipe.tail, pipe.head):
                net.problems.add(where, "is at no end of a pipe")
                continue
            devices.append(FoundDevice(code, "valve", node.code, pipe.code, {"state": state}))
            continue
        ends = row.get("junction", row.get("from_junction")), row.get("element", row.get("to_junction"))
        try:
            link = _link(net, ("valve", index), row, nodes, ends)
        except ValueError as error:
            net.problems.add(where, str(error))
            continue
        links["valve", index] = replace(link, code=code, facts=link.facts | {"state": state})
    return devices


def _kind(net: _Net) -> tuple[str, Evidence]:
    if net.is_gas:
        return "gas", Evidence("kind", "gas", f"its fluid '{net.fluid}' is a gas", True)
    parts = [name for name in _HEAT if net.tables.get(name)]
    if parts:
        return "heat_supply", Evidence("kind", "heat_supply", f"it has {', '.join(parts)}", True)
    return "water", Evidence(
        "kind", "water", f"its fluid '{net.fluid}' is no gas and nothing is heated", False
    )
