"""The functions that filters may call beyond the standard's operators; `/functions` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from layers.filters.limits import wrong
from layers.filters.nodes import Call
from layers.filters.reach import distance, reach
from layers.filters.scope import Piece, Scope, check_count, compose, join
from layers.filters.spatial import bind_geometry

_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("string",),
    "number": ("number", "integer"),
    "datetime": ("date", "date-time"),
    "geometry": ("geometry",),
}
"""Types of arguments as `/functions` names them, and ours."""


@dataclass(frozen=True)
class Argument:
    """One argument of a function."""

    title: str
    type: str
    """string, number, datetime or geometry."""


@dataclass(frozen=True)
class Function:
    """A function that filters may call."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    returns: str
    """string, number, integer or boolean."""
    sql: LiteralString
    """With {} for each argument; times arrive as timestamps in UTC, geometries as geographies."""


def _text(name: str, description: str, returns: str, text: LiteralString) -> Function:
    return Function(name, description, (Argument("text", "string"),), returns, text)


def _number(name: str, description: str, text: LiteralString) -> Function:
    return Function(name, description, (Argument("number", "number"),), "number", text)


def _time(name: str, description: str, text: LiteralString) -> Function:
    return Function(name, description, (Argument("time", "datetime"),), "integer", text)


_A, _B = Argument("geometry", "geometry"), Argument("other geometry", "geometry")

FUNCTIONS: Mapping[str, Function] = {
    function.name.lower(): function
    for function in (
        Function(
            "S_DWITHIN",
            "Whether two geometries are at most so many metres apart, measured on the ellipsoid.",
            (_A, _B, Argument("metres", "number")),
            "boolean",
            "ST_DWithin({}, {}, {})",
        ),
        Function("S_DISTANCE", "Metres between two geometries.", (_A, _B), "number", "ST_Distance({}, {})"),
        Function("S_AREA", "Area of a geometry in square metres.", (_A,), "number", "ST_Area({})"),
        Function("S_LENGTH", "Length of a line in metres.", (_A,), "number", "ST_Length({})"),
        _text("upper", "The text in capital letters.", "string", "upper({})"),
        _text("lower", "The text in small letters.", "string", "lower({})"),
        _text("trim", "The text without blanks at its ends.", "string", "btrim({})"),
        _text("length", "Number of characters.", "integer", "char_length({})"),
        _number("abs", "The number without its sign.", "abs({})"),
        _number("round", "The nearest whole number.", "round({}::numeric)"),
        _number("floor", "The next smaller whole number.", "floor({})"),
        _number("ceil", "The next greater whole number.", "ceil({})"),
        _time("year", "Year in UTC.", "extract(year FROM {})::bigint"),
        _time("month", "Month in UTC, 1 to 12.", "extract(month FROM {})::bigint"),
        _time("day", "Day of the month in UTC.", "extract(day FROM {})::bigint"),
        _time("hour", "Hour in UTC, 0 to 23.", "extract(hour FROM {})::bigint"),
    )
}
"""By name in small letters; names are understood in any case."""


def functions_document() -> dict[str, Any]:
    """Write the document of `/functions` (OGC API - Features - Part 3, get-functions-response-json)."""
    return {"functions": [_entry(function) for function in FUNCTIONS.values()]}


def _entry(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        "description": function.description,
        "arguments": [{"title": argument.title, "type": [argument.type]} for argument in function.arguments],
        "returns": [function.returns],
    }


def call(scope: Scope, call: Call) -> Piece:
    """Compile the call of a function; raises InvalidInput that lists the functions there are."""
    function = FUNCTIONS.get(call.name)
    if function is None:
        names = ", ".join(known.name for known in FUNCTIONS.values())
        raise wrong(f"there is no function or operator '{call.name[:40]}'; functions are {names}")
    check_count(function.name, len(call.arguments), len(function.arguments))
    pieces = [
        scope.of_type(node, _TYPES[argument.type], function.name)
        for node, argument in zip(call.arguments, function.arguments, strict=True)
    ]
    text = compose(function.sql, *(_prepared(scope, piece) for piece in pieces))
    if call.name == "s_dwithin":
        text = _near(scope, call, pieces, text)
    return Piece(text, function.returns)


def _prepared(scope: Scope, piece: Piece) -> sql.Composed:
    if piece.type == "geometry":
        return _geography(scope, piece)
    if piece.type == "date-time":
        return compose("({} AT TIME ZONE 'UTC')", piece.text)
    return piece.text


def _geography(scope: Scope, piece: Piece) -> sql.Composed:
    """Take a geometry to the ellipsoid, where distances are metres."""
    if scope.layer.srid == 0:
        raise wrong("the layer has no reference system, so nothing can be measured in metres")
    if scope.layer.srid == 4326:
        return compose("{}::geography", piece.text)
    return compose("ST_Transform({}, 4326)::geography", piece.text)


def _near(scope: Scope, call: Call, pieces: list[Piece], text: sql.Composed) -> sql.Composed:
    """Add what the index can do: compare with the boxes outside of which nothing is so near."""
    metres = distance(call.arguments[2])
    if metres is None:
        return text
    for node, other in ((call.arguments[0], pieces[1]), (call.arguments[1], pieces[0])):
        boxes = reach(scope, node, metres)
        if boxes:
            tests = [compose("{} && {}", other.text, bind_geometry(scope, box)) for box in boxes]
            return compose("(({}) AND {})", join(" OR ", tests), text)
    return text
