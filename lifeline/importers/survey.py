"""Read tables of underground pipe surveys (地下管线探测成果表): points and lines, by CJJ 61 or like it.

Two tables (JSPoint, JSLine), or one of points that names the points each is joined to. Coordinates stay as
they stand: X is north there, and `frames` finds out whether it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from lifeline.importers.found import XY, Evidence, Facts, Found, FoundLink, FoundNode, Problems
from lifeline.importers.survey_words import COLUMNS, KINDS, kind_of_node, material_of, size_of
from spatial.errors import InvalidInput

Row = Mapping[str, str]
_EMPTY = {"", "-", "—", "/", "null", "none", "无", "空"}
_DEPTHS: tuple[tuple[str, float, float], ...] = (("m", 30.0, 1.0), ("cm", 600.0, 0.01), ("mm", 1e9, 0.001))
"""Unit, the largest that half of all depths can be in it, metres."""
_LOWEST_M, _HIGHEST_M = -500.0, 9_000.0
_BACKWARDS = {"1", "-", "-1", "反向", "逆向", "终点到起点"}
_YEAR = (1850, 2100)


class _Table:
    """Rows whose columns are known by our names."""

    def __init__(self, name: str, rows: Iterable[Row]) -> None:
        self.name = name
        self.rows = list(rows)
        headers = {key for row in self.rows for key in row}
        plain = {"".join(key.lower().replace("（", "(").replace("）", ")").split()): key for key in headers}
        self.columns = {
            ours: plain[theirs[0]]
            for ours, names in COLUMNS.items()
            if (theirs := [name for name in names if name in plain])
        }

    def need(self, *names: str) -> None:
        """Check that columns are there; InvalidInput names those that are not."""
        missing = [COLUMNS[name][0] for name in names if name not in self.columns]
        if missing:
            raise InvalidInput.at(self.name, f"has no column {', '.join(missing)}")

    def text(self, row: Row, name: str) -> str:
        """Give a cell; '' for what is empty, whichever way it says so."""
        value = str(row.get(self.columns.get(name, ""), "") or "").strip()
        return "" if value.lower() in _EMPTY else value

    def number(self, row: Row, name: str) -> float | None:
        """Give a number; None for an empty cell, ValueError for what is none."""
        text = self.text(row, name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or "_" in text:
            raise ValueError(f"{self.columns[name]} '{text[:30]}' is no number")
        return value


def read_survey(points: Iterable[Row], lines: Iterable[Row] | None = None, kind: str | None = None) -> Found:
    """Read the rows of two tables, or of one of points with the points that each is joined to.

    kind: what flows, where a person says it; else the codes of the points do.
    """
    of_points, problems = _Table("points", points), Problems()
    of_points.need("code", "x", "y")
    of_lines = _Table("lines", lines) if lines is not None else of_points
    of_lines.need(*(("tail", "head") if lines is not None else ("head",)))
    nodes = _nodes(of_points, problems)
    scale, evidence = _depth_unit(of_lines)
    found = _links(of_lines, nodes, scale, problems, "tail" if lines is not None else "code")
    if not found:
        raise InvalidInput.at(of_lines.name, "has no line that can be read")
    said = [evidence] if evidence else []
    if kind is None:
        flows = _kind(nodes)
        kind = flows.value
        said.append(flows)
    form = "CJJ 61 point and line tables" if lines is not None else "CJJ 61 point table"
    told, more = problems.told, problems.more
    return Found(form, kind, list(nodes.values()), list(found.values()), said, told, more)


def _nodes(table: _Table, problems: Problems) -> dict[str, FoundNode]:
    found: dict[str, FoundNode] = {}
    for number, row in enumerate(table.rows, 2):
        where = f"{table.name} row {number}"
        try:
            node = _node(table, row)
        except ValueError as error:
            problems.add(where, str(error))
            continue
        if node is None:
            continue
        known = found.get(node.code)
        if known is None:
            found[node.code] = node
        elif known.at != node.at:
            problems.add(where, f"point '{node.code[:40]}' is there twice, in two places")
    return found


def _node(table: _Table, row: Row) -> FoundNode | None:
    code = table.text(row, "code")
    if not code:
        if not any(str(value or "").strip() for value in row.values()):
            return None
        raise ValueError("has no code of a point")
    x, y = table.number(row, "x"), table.number(row, "y")
    if x is None or y is None:
        raise ValueError(f"point '{code[:40]}' has no place")
    ground_m = table.number(row, "ground")
    if ground_m is not None and not _LOWEST_M <= ground_m <= _HIGHEST_M:
        raise ValueError(f"its height {ground_m:g} is nowhere on land")
    facts: Facts = {}
    for name in ("feature", "fitting", "owner"):
        if text := table.text(row, name):
            facts[name] = text
    depth_m = table.number(row, "well_depth")
    if depth_m is not None:
        facts["depth_m"] = depth_m
    kind = kind_of_node(table.text(row, "feature"), table.text(row, "fitting"))
    return FoundNode(code, kind, (x, y), ground_m, facts)


def _depth_unit(table: _Table) -> tuple[float, Evidence | None]:
    """Tell the unit of depths by how deep half of the lines lie: no city has its pipes 30 m down."""
    depths = []
    for row in table.rows:
        for name in ("tail_depth", "head_depth"):
            try:
                value = table.number(row, name)
            except ValueError:
                continue
            if value:
                depths.append(abs(value))
    if not depths:
        return 1.0, None
    middle = median(depths)
    unit, _, scale = next(each for each in _DEPTHS if middle <= each[1])
    because = f"half of the depths are more than {middle:g}"
    return scale, Evidence("unit of depth", unit, because, unit == "m")


def _links(
    table: _Table, nodes: Mapping[str, FoundNode], scale: float, problems: Problems, tail_name: str
) -> dict[str, FoundLink]:
    found: dict[str, FoundLink] = {}
    between: dict[frozenset[str], FoundLink] = {}
    for number, row in enumerate(table.rows, 2):
        where = f"{table.name} row {number}"
        try:
            link = _link(table, row, nodes, scale, tail_name)
        except ValueError as error:
            problems.add(where, str(error))
            continue
        if link is None:
            continue
        ends = frozenset((link.tail, link.head))
        other = between.get(ends)
        if other is not None and not table.text(row, "line_code"):
            # A table of points has each line twice, from either end.
            if other.diameter_mm != link.diameter_mm:
                problems.add(where, f"line {other.code[:60]} has another size from its other end")
            continue
        code = link.code
        while code in found:
            code += "'"
        between.setdefault(ends, link)
        found[code] = replace(link, code=code)
    return found


def _link(
    table: _Table, row: Row, nodes: Mapping[str, FoundNode], scale: float, tail_name: str
) -> FoundLink | None:
    tail, head = table.text(row, tail_name), table.text(row, "head")
    if not head and tail_name == "code":
        return None
    if not tail and not head:
        return None
    for code in (tail, head):
        if code not in nodes:
            raise ValueError(f"there is no point '{code[:40]}'")
    if tail == head:
        raise ValueError("begins and ends at one point")
    ends = nodes[tail], nodes[head]
    a, b = _at(ends[0]), _at(ends[1])
    if a == b:
        raise ValueError(f"points '{tail[:40]}' and '{head[:40]}' lie in one place: it has no length")
    facts = _facts(table, row, ends, scale)
    diameter_mm = facts.pop("diameter_mm", None)
    if table.text(row, "flow") in _BACKWARDS:
        facts = _turned(facts)
        tail, head = head, tail
    code = table.text(row, "line_code") or f"{tail}-{head}"
    return FoundLink(code, "pipe", tail, head, diameter_mm=diameter_mm, facts=facts)


def _at(node: FoundNode) -> XY:
    assert node.at is not None
    return node.at


def _facts(table: _Table, row: Row, ends: tuple[FoundNode, FoundNode], scale: float) -> Facts:
    facts: Facts = {}
    if text := table.text(row, "size"):
        diameter_mm, width_mm, height_mm = size_of(text)
        names = {"diameter_mm": diameter_mm, "width_mm": width_mm, "height_mm": height_mm}
        facts |= {name: value for name, value in names.items() if value is not None}
    if text := table.text(row, "material"):
        facts["material"] = material_of(text) or text
    if text := table.text(row, "year"):
        year = int(text[:4]) if text[:4].isdecimal() else 0
        if not _YEAR[0] <= year <= _YEAR[1]:
            raise ValueError(f"'{text[:30]}' is no year")
        facts["year"] = year
    for name in ("pressure", "embedding", "owner"):
        if text := table.text(row, name):
            facts[name] = text
    for end, node in zip(("tail", "head"), ends, strict=True):
        facts |= _level(table, row, end, node, scale)
    return facts


def _level(table: _Table, row: Row, end: str, node: FoundNode, scale: float) -> Facts:
    """Give depth and level of an end: the level as it stands, or the ground above it less the depth."""
    facts: Facts = {}
    depth = table.number(row, f"{end}_depth")
    if depth is not None:
        facts[f"depth_{end}_m"] = abs(depth) * scale
    level_m = table.number(row, f"{end}_level")
    if level_m is None and depth is not None and node.elevation_m is not None:
        level_m = node.elevation_m - abs(depth) * scale
    if level_m is not None:
        facts[f"level_{end}_m"] = level_m
    return facts


def _turned(facts: Facts) -> Facts:
    """Exchange what is said of either end."""
    names = {"depth_tail_m": "depth_head_m", "level_tail_m": "level_head_m"}
    names |= {value: key for key, value in names.items()}
    return {names.get(key, key): value for key, value in facts.items()}


def _kind(nodes: Mapping[str, FoundNode]) -> Evidence:
    """Tell what flows by the letters that codes begin with."""
    counts: dict[str, int] = {}
    for code in nodes:
        letters = code[:2].upper()
        if letters in KINDS:
            counts[letters] = counts.get(letters, 0) + 1
    if not counts:
        return Evidence(
            "kind", "water", "no code begins with the letters of a kind (JS, YS, WS, RQ …)", False
        )
    letters = max(sorted(counts), key=lambda each: counts[each])
    share = counts[letters] / len(nodes)
    because = f"{share:.0%} of the codes begin with {letters}"
    return Evidence("kind", KINDS[letters], because, share > 0.9 and letters != "PS")


def tables_of(named: Mapping[str, Sequence[Row]]) -> dict[str, tuple[Sequence[Row], Sequence[Row] | None]]:
    """Pair the tables of a file: JSPoint with JSLine, 给水管点 with 给水管线; by what their names begin with.

    A table of points that has no partner stands alone.
    """
    words = (("point", "line"), ("管点", "管线"), ("点表", "线表"), ("点", "线"))
    found: dict[str, tuple[Sequence[Row], Sequence[Row] | None]] = {}
    for name, rows in named.items():
        lower = name.lower()
        for point, line in words:
            if point in lower and line not in lower.replace(point, ""):
                lines = next(
                    (named[each] for each in named if each.lower() == lower.replace(point, line)), None
                )
                found[lower.replace(point, "").strip("_- ") or name] = (rows, lines)
                break
    return found
