"""Make a network of the lines and points of a GIS file: by the nodes its lines name, or by where they meet.

Coordinates stay in the file's own frame, and so does the tolerance. Columns are known by the names that they
usually have; a person may name others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
import shapely

from lifeline.importers.found import Evidence, Facts, Found, FoundLink, FoundNode, Problems
from lifeline.importers.stitching import Stitched, stitch, touches
from lifeline.importers.survey_words import kind_of_node, material_of
from spatial.errors import InvalidInput

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "name", "编号", "id", "gid", "fid", "objectid"),
    "tail": ("from_node", "from_junction", "node_1", "start_node_name", "start_node", "起点", "起点编号"),
    "head": ("to_node", "to_junction", "node_2", "end_node_name", "end_node", "终点", "终点编号"),
    "diameter": ("diameter_mm", "inner_diameter_mm", "dn", "diameter", "dia", "管径", "口径"),
    "length": ("length_m", "length_km", "length", "长度", "管长"),
    "material": ("material", "matcat_id", "材质", "管材"),
    "year": ("year", "builtdate", "install_year", "建设年代", "埋设年代"),
    "kind": ("kind", "feature_type", "type", "附属物", "类型", "特征"),
    "elevation": ("elevation_m", "elevation", "top_elev", "height_m", "地面高程", "高程"),
    "state": ("state", "status", "initial_status", "状态"),
}
"""What columns are called; the first that is there, and says anything, is taken."""
_MILLIMETRES, _INCHES = 5.0, 25.4
_LEAST_NAMED = 0.5
"""Fewer ends name a node that there is, and the names are not taken for nodes."""
_CLOSED = {"closed", "close", "关", "关闭", "off", "0f"}


@dataclass(frozen=True)
class Feature:
    """A row of a layer."""

    shape: Any
    """A geometry of Shapely."""
    facts: Mapping[str, Any] = field(default_factory=dict)


class _Layer:
    """Rows whose columns are known by our names."""

    def __init__(self, name: str, rows: Iterable[Feature], chosen: Mapping[str, str]) -> None:
        self.name = name
        self.rows = list(rows)
        filled = {key for row in self.rows for key, value in row.facts.items() if not _is_empty(value)}
        plain = {key.lower().strip(): key for key in sorted(filled)}
        self.columns = {
            ours: plain[theirs[0]]
            for ours, names in COLUMNS.items()
            if (theirs := [name for name in names if name in plain])
        }
        for ours, theirs_name in chosen.items():
            if theirs_name in filled:
                self.columns[ours] = theirs_name

    def text(self, row: Feature, name: str) -> str:
        """Give a cell as a text; numbers that are whole have no point, so that 12.0 is the node 12."""
        value = row.facts.get(self.columns.get(name, ""))
        if _is_empty(value):
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    def number(self, row: Feature, name: str) -> float | None:
        """Give a cell as a finite number; None for any other."""
        try:
            value = float(self.text(row, name))
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def codes(self, prefix: str) -> list[str]:
        """Give each row a code: its own, where all have one of their own."""
        own = [self.text(row, "code") for row in self.rows]
        if all(own) and len(set(own)) == len(own):
            return own
        return [f"{prefix}{number}" for number in range(1, len(own) + 1)]


def read_features(
    lines: Iterable[Feature],
    points: Iterable[Feature] = (),
    tolerance: float = 0.0,
    kind: str = "water",
    chosen: Mapping[str, str] | None = None,
) -> Found:
    """Make the network; InvalidInput when there is no line.

    tolerance: in the unit of the coordinates; ends nearer than that are one node. chosen: the file's own
    names of columns, by ours.
    """
    problems = Problems()
    evidence: list[Evidence] = []
    of_points = _Layer("points", points, chosen or {})
    of_lines = _Layer("lines", lines, chosen or {})
    nodes = _nodes(of_points, problems)
    drawn = _drawn(of_lines, problems)
    if not drawn:
        raise InvalidInput.at("lines", "has no line that can be read")
    shapes = np.array([shape for _, _, shape in drawn], dtype=object)
    ends = shapely.get_coordinates(shapely.get_point(np.repeat(shapes, 2), np.tile([0, -1], len(shapes))))
    ends = ends.reshape(-1, 2, 2)
    named = _named(of_lines, drawn, {node.code: at for at, node in enumerate(nodes)}, evidence)
    places = np.array([node.at for node in nodes], np.float64).reshape(-1, 2)
    stitched = _stitched(ends, places, named, tolerance)
    nodes += _made(nodes, stitched)
    diameter = _diameter_unit(of_lines, evidence)
    links = _links(of_lines, drawn, stitched, nodes, diameter, problems)
    _tell(shapes, stitched, drawn, nodes, tolerance, problems)
    return Found("lines and points", kind, nodes, links, evidence, problems.told, problems.more)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _nodes(layer: _Layer, problems: Problems) -> list[FoundNode]:
    found = []
    for row, code in zip(layer.rows, layer.codes("p"), strict=True):
        shape = row.shape
        if shape is None or shape.is_empty or shape.geom_type not in ("Point", "MultiPoint"):
            problems.add(f"points {code}", "has no place")
            continue
        x, y = shapely.get_coordinates(shape)[0].tolist()
        if not (math.isfinite(x) and math.isfinite(y)):
            problems.add(f"points {code}", "has no place")
            continue
        word = layer.text(row, "kind")
        known = kind_of_node("", word)
        found.append(
            FoundNode(code, known, (x, y), layer.number(row, "elevation"), {"feature": word} if word else {})
        )
    return found


_Drawn = tuple[int, str, Any]
"""Number of the row, code, line."""


def _drawn(layer: _Layer, problems: Problems) -> list[_Drawn]:
    """Give the lines; those of several parts that meet are one, others several."""
    found: list[_Drawn] = []
    for number, (row, code) in enumerate(zip(layer.rows, layer.codes("l"), strict=True)):
        shape = row.shape
        if shape is None or shape.is_empty or shape.geom_type not in ("LineString", "MultiLineString"):
            problems.add(f"lines {code}", "is no line")
            continue
        merged = shapely.force_2d(shape if shape.geom_type == "LineString" else shapely.line_merge(shape))
        parts = [merged] if merged.geom_type == "LineString" else list(merged.geoms)
        if not np.isfinite(shapely.get_coordinates(merged)).all():
            problems.add(f"lines {code}", "has a vertex that is no number")
            continue
        if len(parts) > 1:
            problems.add(f"lines {code}", f"is of {len(parts)} parts that do not meet: each is a link")
        for at, part in enumerate(parts, 1):
            if part.length == 0:
                problems.add(f"lines {code}", "has no length")
                continue
            found.append((number, code if len(parts) == 1 else f"{code}/{at}", part))
    return found


def _named(
    layer: _Layer, drawn: Sequence[_Drawn], known: Mapping[str, int], evidence: list[Evidence]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give the node that each end names, (lines, 2); -1: it names none."""
    none = np.full((len(drawn), 2), -1, np.int64)
    if "tail" not in layer.columns or "head" not in layer.columns:
        return none
    found = none.copy()
    for at, (number, code, _) in enumerate(drawn):
        if "/" in code and layer.text(layer.rows[number], "code") != code:
            continue
        for side, name in enumerate(("tail", "head")):
            found[at, side] = known.get(layer.text(layer.rows[number], name), -1)
    found[found[:, 0] == found[:, 1]] = -1
    share = float(np.mean(found >= 0))
    columns = f"{layer.columns['tail']}, {layer.columns['head']}"
    if share < _LEAST_NAMED:
        because = f"only {share:.0%} of what {columns} name are points: lines are joined where they meet"
        evidence.append(Evidence("ends", "by place", because, False))
        return none
    evidence.append(Evidence("ends", columns, f"{share:.1%} of the ends name a point", share > 0.99))
    return found


def _stitched(ends: Any, places: Any, named: Any, tolerance: float) -> Stitched:
    """Join the ends that name no node, with those that do as known places."""
    moved = ends.copy()
    has = named >= 0
    moved[has] = places[named[has]]
    stitched = stitch(moved, places, tolerance)
    tail = np.where(has[:, 0], named[:, 0], stitched.tail)
    head = np.where(has[:, 1], named[:, 1], stitched.head)
    at = stitched.at
    off = np.hypot(*np.moveaxis(ends - at[np.column_stack([tail, head])], -1, 0))
    return Stitched(tail, head, at, off)


def _made(nodes: Sequence[FoundNode], stitched: Stitched) -> list[FoundNode]:
    """Make the nodes that no point stands at."""
    taken = {node.code for node in nodes}
    made = []
    for number, (x, y) in enumerate(stitched.at[len(nodes) :].tolist(), 1):
        code = f"n{number}"
        while code in taken:
            code += "'"
        made.append(FoundNode(code, "junction", (x, y)))
    return made


def _diameter_unit(layer: _Layer, evidence: list[Evidence]) -> float:
    """Tell in which unit diameters are: the column says it, or how large they are does."""
    column = layer.columns.get("diameter", "")
    if not column or column.lower().endswith("_mm") or column.lower() == "dn":
        return 1.0
    values = [value for row in layer.rows if (value := layer.number(row, "diameter"))]
    if not values:
        return 1.0
    middle = median(values)
    unit, scale = ("m", 1000.0) if middle < _MILLIMETRES else ("mm", 1.0)
    because = f"half of {column} are more than {middle:g}"
    evidence.append(Evidence("unit of diameter", unit, because, unit == "mm" and middle >= 2 * _INCHES))
    return scale


def _links(
    layer: _Layer, drawn: Sequence[_Drawn], stitched: Stitched, nodes: Sequence[FoundNode], diameter: float,
    problems: Problems,
) -> list[FoundLink]:  # fmt: skip
    found = []
    for at, (number, code, shape) in enumerate(drawn):
        row = layer.rows[number]
        tail, head = nodes[stitched.tail[at]].code, nodes[stitched.head[at]].code
        if tail == head:
            problems.add(f"lines {code}", f"begins and ends at node '{tail[:40]}'")
            continue
        via = tuple((float(x), float(y)) for x, y in shapely.get_coordinates(shape)[1:-1])
        size = layer.number(row, "diameter")
        whole = "/" not in code
        diameter_mm = size * diameter if size and size > 0 else None
        facts = _facts(layer, row)
        length_m = _length_m(layer, row) if whole else None
        found.append(FoundLink(code, "pipe", tail, head, via, length_m, diameter_mm, facts))
    return found


def _facts(layer: _Layer, row: Feature) -> Facts:
    facts: Facts = {}
    if text := layer.text(row, "material"):
        facts["material"] = material_of(text) or text
    year = layer.text(row, "year")[:4]
    if year.isdecimal() and 1800 < int(year) < 2200:
        facts["year"] = int(year)
    if layer.text(row, "state").lower() in _CLOSED:
        facts["state"] = "closed"
    return facts


def _length_m(layer: _Layer, row: Feature) -> float | None:
    length = layer.number(row, "length")
    if length is None or length <= 0:
        return None
    return length * 1000 if layer.columns["length"].lower().endswith("_km") else length


def _tell(
    shapes: Any, stitched: Stitched, drawn: Sequence[_Drawn], nodes: Sequence[FoundNode], tolerance: float,
    problems: Problems,
) -> None:  # fmt: skip
    """Tell what a person should look at: ends far from the node they name, and nodes on the way of a line."""
    for line, side in np.argwhere(stitched.moved > tolerance).tolist():
        node = nodes[(stitched.tail, stitched.head)[side][line]].code
        off = stitched.moved[line, side]
        problems.add(f"lines {drawn[line][1]}", f"ends {off:.3g} from the node '{node[:40]}' that it names")
    for touch in touches(shapes, stitched, tolerance):
        node, line_code = nodes[touch.node].code, drawn[touch.line][1]
        problems.add(
            f"lines {line_code}",
            f"passes the node '{node[:40]}' within {touch.off:.3g}, {touch.along:.6g} from its beginning, and"
            " has no node there",
        )
