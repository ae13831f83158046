"""Dates, timestamps and intervals.

A date is a whole day: a timestamp is compared with it by the day that it falls on in UTC, written as a range
of the timestamp so that its index works. Intervals include both ends, as CQL2 and ISO 8601 have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from layers.filters.limits import wrong
from layers.filters.nodes import Call, Interval, Literal, Node, Open
from layers.filters.reading import read_instant
from layers.filters.scope import COMPARISONS, TIMES, Piece, Scope, check_count, compose, join, saying

_MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_BY_DAY: Mapping[str, LiteralString] = {
    "=": "({a} >= {day} AND {a} < {next})",
    "<>": "({a} < {day} OR {a} >= {next})",
    "<": "({a} < {day})",
    ">": "({a} >= {next})",
    "<=": "({a} < {next})",
    ">=": "({a} >= {day})",
}
"""A timestamp a against the day that begins at `day` and ends before `next`."""
_DAY: LiteralString = "({}::timestamp AT TIME ZONE 'UTC')"
_NEXT: LiteralString = "(({} + 1)::timestamp AT TIME ZONE 'UTC')"
_ENDLESS: Mapping[str, LiteralString] = {
    "date-": "'-infinity'::date",
    "date+": "'infinity'::date",
    "date-time-": "'-infinity'::timestamptz",
    "date-time+": "'infinity'::timestamptz",
}

_START, _END = 0, 1
Condition = tuple[int, str, int]
"""An end of the first interval, a comparison, an end of the second."""
RELATIONS: Mapping[str, tuple[Condition, ...]] = {
    "t_after": ((_START, ">", _END),),
    "t_before": ((_END, "<", _START),),
    "t_contains": ((_START, "<", _START), (_END, ">", _END)),
    "t_disjoint": ((_END, "<", _START), (_START, ">", _END)),
    "t_during": ((_START, ">", _START), (_END, "<", _END)),
    "t_equals": ((_START, "=", _START), (_END, "=", _END)),
    "t_finishedby": ((_START, "<", _START), (_END, "=", _END)),
    "t_finishes": ((_START, ">", _START), (_END, "=", _END)),
    "t_intersects": ((_START, "<=", _END), (_END, ">=", _START)),
    "t_meets": ((_END, "=", _START),),
    "t_metby": ((_START, "=", _END),),
    "t_overlappedby": ((_START, ">", _START), (_START, "<", _END), (_END, ">", _END)),
    "t_overlaps": ((_START, "<", _START), (_END, ">", _START), (_END, "<", _END)),
    "t_startedby": ((_START, "=", _START), (_END, ">", _END)),
    "t_starts": ((_START, "=", _START), (_END, "<", _END)),
}
"""The temporal functions (OWL-Time); all conditions must hold, of T_DISJOINT one."""
_ALSO_INSTANTS = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})


def compare(op: str, left: Piece, right: Piece) -> Piece:
    """Compare two instants, dates, timestamps or open ends."""
    if {left.type, right.type} == {"date", "date-time"}:
        if left.type == "date":
            left, right, op = right, left, _MIRRORED[op]
        day, following = compose(_DAY, right.text), compose(_NEXT, right.text)
        return Piece(compose(_BY_DAY[op], a=left.text, day=day, next=following), "boolean")
    left, right = _closed(left, right), _closed(right, left)
    return Piece(compose(COMPARISONS[op], a=left.text, b=right.text), "boolean")


def _closed(end: Piece, other: Piece) -> Piece:
    """Write an open end as infinity of the other's type."""
    if end.type != "open":
        return end
    type_ = other.type if other.type in TIMES else "date-time"
    sign = end.text.as_string(None)
    return Piece(compose(_ENDLESS[type_ + sign]), type_)


def as_time(scope: Scope, node: Node) -> Piece | None:
    """Read a text that stands where a time is wanted, as GDAL sends it; None if it is none."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        instant = read_instant(node.value)
        return scope.piece(instant) if instant else None
    return None


def interval(scope: Scope, node: Interval) -> Piece:
    """Compile an interval: its ends."""
    ends = tuple(_end(scope, end) for end in (node.start, node.end))
    return Piece(compose(""), "interval", ends=ends)


def _end(scope: Scope, node: Node) -> Piece:
    if isinstance(node, Open):
        return Piece(compose("-" if node.at_start else "+"), "open")
    return scope.of_type(node, ("date", "date-time"), "INTERVAL")


def relate(scope: Scope, call: Call) -> Piece:
    """Compile one of the temporal functions."""
    check_count(call.name, len(call.arguments), 2)
    first, second = (_ends(scope, call.name, node) for node in call.arguments)
    parts = [compare(op, first[mine], second[theirs]).text for mine, op, theirs in RELATIONS[call.name]]
    joined = join(" OR " if call.name == "t_disjoint" else " AND ", parts)
    return Piece(compose("({})", joined), "boolean")


def _ends(scope: Scope, name: str, node: Node) -> tuple[Piece, ...]:
    piece = as_time(scope, node) or scope.piece(node)
    if piece.type == "interval":
        return piece.ends
    if piece.type not in TIMES:
        raise wrong(f"{name.upper()} takes dates, timestamps and intervals, and {saying(node, piece)}")
    if name not in _ALSO_INSTANTS:
        raise wrong(f"{name.upper()} takes two intervals, and {saying(node, piece)}")
    return piece, piece
