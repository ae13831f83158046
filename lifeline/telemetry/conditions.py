"""Turns what `expressions` has read into SQL over the tables of telemetry; values become literals of libpq.

Everything a client writes ends as sql.Literal, or is looked up in `entities` and FUNCTIONS by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import LiteralString

import shapely
from psycopg import sql

from lifeline.telemetry.entities import SETS, EntitySet
from lifeline.telemetry.expressions import COMPARISONS, FUNCTIONS, Call, Literal, Node, Path
from spatial.errors import InvalidInput

Sql = sql.Composable

_OPERATORS: dict[str, LiteralString] = {
    "eq": "({} = {})", "ne": "({} <> {})", "gt": "({} > {})", "ge": "({} >= {})", "lt": "({} < {})",
    "le": "({} <= {})",
}  # fmt: skip
_SUMS: dict[str, LiteralString] = {
    "add": "({}::float8 + {}::float8)",
    "sub": "({}::float8 - {}::float8)",
    "mul": "({}::float8 * {}::float8)",
    "div": "({}::float8 / nullif({}::float8, 0))",
    "mod": "mod({}::numeric, nullif({}::numeric, 0))::float8",
}
_CALLS: dict[str, LiteralString] = {
    "contains": "(strpos({0}, {1}) > 0)",
    "substringof": "(strpos({1}, {0}) > 0)",
    "startswith": "starts_with({0}, {1})",
    "endswith": "(right({0}, length({1})) = {1})",
    "length": "length({0})",
    "indexof": "(strpos({0}, {1}) - 1)",
    "tolower": "lower({0})",
    "toupper": "upper({0})",
    "trim": "btrim({0})",
    "concat": "({0} || {1})",
    "year": "extract(year FROM {0})",
    "month": "extract(month FROM {0})",
    "day": "extract(day FROM {0})",
    "hour": "extract(hour FROM {0})",
    "minute": "extract(minute FROM {0})",
    "second": "floor(extract(second FROM {0}))",
    "fractionalseconds": "(extract(second FROM {0}) %% 1)",
    "now": "now()",
    "round": "round(({0})::numeric)::float8",
    "floor": "floor({0})",
    "ceiling": "ceil({0})",
    "geo.distance": "ST_Distance({0}::geography, {1}::geography)",
    "geo.length": "ST_Length({0}::geography)",
    "geo.intersects": "({0} && {1} AND ST_Intersects({0}, {1}))",
    "st_intersects": "({0} && {1} AND ST_Intersects({0}, {1}))",
    "st_within": "({0} && {1} AND ST_Within({0}, {1}))",
    "st_contains": "({0} && {1} AND ST_Contains({0}, {1}))",
    "st_equals": "({0} && {1} AND ST_Equals({0}, {1}))",
    "st_touches": "({0} && {1} AND ST_Touches({0}, {1}))",
    "st_overlaps": "({0} && {1} AND ST_Overlaps({0}, {1}))",
    "st_crosses": "({0} && {1} AND ST_Crosses({0}, {1}))",
    "st_disjoint": "ST_Disjoint({0}, {1})",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """A piece of SQL and what it is: number, text, bool, time, geometry, null, json, any (of `result`)."""

    kind: str
    sql: Sql


@dataclass
class Names:
    """Gives out aliases: t1, t2 …"""

    given: int = 0

    def new(self) -> sql.Identifier:
        """Give the next."""
        self.given += 1
        return sql.Identifier(f"t{self.given}")


@dataclass
class _Joins:
    """The neighbours that one comparison looks at, by the way to them."""

    names: Names
    where: str
    one_each: bool
    found: dict[tuple[str, ...], tuple[EntitySet, sql.Identifier]] = field(default_factory=dict)
    tables: list[Sql] = field(default_factory=list)
    conditions: list[Sql] = field(default_factory=list)

    def reach(self, path: tuple[str, ...], here: EntitySet, alias: sql.Identifier, link: str) -> None:
        way = here.links[link]
        if way.many and self.one_each:
            raise InvalidInput.at(self.where, f"{link} are many: nothing can be put in order by them")
        there = self.names.new()
        target = SETS[way.target]
        self.found[path] = target, there
        self.tables.append(sql.SQL("{} AS {}").format(sql.Identifier(target.table), there))
        self.conditions.append(sql.SQL(way.joins).format(here=alias, there=there))


class Conditions:
    """Writes conditions and orders over one row of a set, which stands under `alias`."""

    def __init__(self, names: Names, where: str = "$filter") -> None:
        self.names = names
        self.where = where

    def of(self, node: Node, here: EntitySet, alias: sql.Identifier) -> Sql:
        """Write a condition; InvalidInput names what there is not, or what does not go together."""
        if isinstance(node, Call) and node.name in ("and", "or"):
            sides = [self.of(each, here, alias) for each in node.arguments]
            return sql.SQL("({} AND {})" if node.name == "and" else "({} OR {})").format(*sides)
        if isinstance(node, Call) and node.name == "not":
            return sql.SQL("(NOT {})").format(self.of(node.arguments[0], here, alias))
        joins = _Joins(self.names, self.where, one_each=False)
        said = self.as_kind(self.value(node, here, alias, joins), "bool")
        if not joins.tables:
            return said
        return sql.SQL("EXISTS (SELECT FROM {} WHERE {})").format(
            sql.SQL(", ").join(joins.tables), sql.SQL(" AND ").join([*joins.conditions, said])
        )

    def order(self, node: Node, here: EntitySet, alias: sql.Identifier) -> Value:
        """Write what rows are put in order by."""
        joins = _Joins(self.names, self.where, one_each=True)
        value = self.value(node, here, alias, joins)
        if value.kind == "any":
            value = Value("number", value.sql)
        if value.kind not in ("number", "text", "time", "bool", "json"):
            raise InvalidInput.at(self.where, f"nothing can be put in order by a {value.kind}")
        if not joins.tables:
            return value
        found = sql.SQL("(SELECT {} FROM {} WHERE {})").format(
            value.sql, sql.SQL(", ").join(joins.tables), sql.SQL(" AND ").join(joins.conditions)
        )
        return Value(value.kind, found)

    def value(self, node: Node, here: EntitySet, alias: sql.Identifier, joins: _Joins) -> Value:
        """Write anything that has a value."""
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, Path):
            return self._path(node, here, alias, joins)
        values = [self.value(each, here, alias, joins) for each in node.arguments]
        if node.name in COMPARISONS:
            return self._compared(node.name, *values)
        if node.name in _SUMS:
            return Value("number", sql.SQL(_SUMS[node.name]).format(*self._each(values, "number")))
        if node.name == "negate":
            return Value("number", sql.SQL("(- {})").format(self.as_kind(values[0], "number")))
        if node.name in ("and", "or"):
            both = sql.SQL("({} AND {})" if node.name == "and" else "({} OR {})")
            return Value("bool", both.format(*self._each(values, "bool")))
        if node.name == "not":
            return Value("bool", sql.SQL("(NOT {})").format(self.as_kind(values[0], "bool")))
        return self._called(node.name, values)

    def _called(self, name: str, values: list[Value]) -> Value:
        wanted, given = FUNCTIONS[name]
        if name == "substring":
            text, *numbers = values
            said = [self.as_kind(text, "text"), *(self.as_kind(each, "number") for each in numbers)]
            form: LiteralString = "substr({}, ({})::int + 1)"
            if len(numbers) == 2:
                form = "substr({}, ({})::int + 1, greatest(({})::int, 0))"
            return Value("text", sql.SQL(form).format(*said))
        said = [self.as_kind(value, kind) for value, kind in zip(values, wanted, strict=True)]
        return Value(given, sql.SQL(_CALLS[name].replace("%%", "%")).format(*said))

    def _each(self, values: list[Value], kind: str) -> list[Sql]:
        return [self.as_kind(each, kind) for each in values]

    def _compared(self, name: str, left: Value, right: Value) -> Value:
        if "null" in (left.kind, right.kind):
            if name not in ("eq", "ne"):
                raise InvalidInput.at(self.where, f"nothing is {name} null; there are eq and ne")
            other = right if left.kind == "null" else left
            known = self.as_kind(other, "json") if other.kind == "any" else other.sql
            form: LiteralString = "({} IS NULL)" if name == "eq" else "({} IS NOT NULL)"
            return Value("bool", sql.SQL(form).format(known))
        kind = next((each.kind for each in (left, right) if each.kind not in ("json", "any")), "")
        kind = kind or ("number" if "any" in (left.kind, right.kind) else "json")
        if kind == "geometry":
            raise InvalidInput.at(self.where, f"shapes are not compared by {name}; there is st_equals")
        said = self._each([left, right], kind)
        return Value("bool", sql.SQL(_OPERATORS[name]).format(*said))

    def as_kind(self, value: Value, kind: str) -> Sql:
        """Take a value for a kind; what lies in JSON is null where it is of another."""
        if value.kind == kind:
            return value.sql
        if value.kind == "null":
            return sql.SQL("NULL")
        turn = _FROM_JSON.get(kind) if value.kind in ("json", "any") else None
        if turn is None:
            raise InvalidInput.at(self.where, f"a {value.kind} stands where a {kind} should be")
        if value.kind == "any" and kind == "number":
            return value.sql
        return turn(value.sql if value.kind == "json" else self._any(value))

    def _any(self, value: Value) -> Sql:
        assert isinstance(value, _Result)
        return value.whole

    def _literal(self, node: Literal) -> Value:
        if node.kind == "geometry":
            return Value(
                "geometry", sql.SQL("ST_GeomFromText({}, 4326)").format(self._shape(str(node.value)))
            )
        number = node.value
        if (
            node.kind == "number"
            and isinstance(number, float)
            and number.is_integer()
            and abs(number) < 2**53
        ):
            return Value("number", sql.Literal(int(number)))
        return Value(node.kind, sql.Literal(node.value))

    def _shape(self, text: str) -> sql.Literal:
        try:
            shape = shapely.from_wkt(text.upper().removeprefix("SRID=4326;"))
        except shapely.errors.GEOSException:
            shape = None
        if shape is None or shape.is_empty or not bool(shapely.get_coordinates(shape).size):
            raise InvalidInput.at(self.where, f"{text[:40]} is no shape in WKT")
        return sql.Literal(shapely.to_wkt(shape, rounding_precision=-1))

    def _path(self, node: Path, here: EntitySet, alias: sql.Identifier, joins: _Joins) -> Value:
        at, way = 0, (here, alias)
        parts = node.parts
        while at < len(parts) and parts[at] in way[0].links:
            if parts[: at + 1] not in joins.found:
                joins.reach(parts[: at + 1], way[0], way[1], parts[at])
            way = joins.found[parts[: at + 1]]
            at += 1
        if at == len(parts):
            raise InvalidInput.at(self.where, f"{'/'.join(parts)} is no property, but entities")
        return self._property(way[0], way[1], parts[at], parts[at + 1 :])

    def _property(self, here: EntitySet, alias: sql.Identifier, name: str, inside: tuple[str, ...]) -> Value:
        if name in ("id", "@iot.id") and not inside:
            kind = "number" if len(here.keys) == 1 else "text"
            return Value(kind, sql.SQL("({})").format(sql.SQL(here.id_json).format(t=alias)))
        found = here.properties.get(name)
        if found is None:
            known = ", ".join(["id", *here.properties, *here.links])
            raise InvalidInput.at(self.where, f"{here.name} have no {name[:40]}; there are {known}")
        written = sql.SQL(found.sql).format(t=alias)
        if found.kind == "any" and not inside:
            return _Result("any", written, sql.SQL(_WHOLE).format(t=alias))
        if inside and found.kind not in ("json", "any"):
            raise InvalidInput.at(self.where, f"{name} has nothing inside")
        if inside:
            whole = sql.SQL(_WHOLE).format(t=alias) if found.kind == "any" else written
            steps = sql.Literal(list(inside))
            return Value("json", sql.SQL("({} #> {}::text[])").format(whole, steps))
        return Value(found.kind, written)


@dataclass(frozen=True)
class _Result(Value):
    """The result of an observation: `sql` as a number, `whole` as JSON."""

    whole: Sql


_WHOLE: LiteralString = "coalesce({t}.result_other, to_jsonb({t}.result))"


def _within(kind: LiteralString, form: LiteralString) -> Callable[[Sql], Sql]:
    text: LiteralString = "(CASE WHEN jsonb_typeof({x}) = '" + kind + "' THEN " + form + " END)"
    return lambda value: sql.SQL(text).format(x=value)


_FROM_JSON: dict[str, Callable[[Sql], Sql]] = {
    "number": _within("number", "({x} #>> '{{}}')::float8"),
    "text": _within("string", "({x} #>> '{{}}')"),
    "bool": _within("boolean", "({x} #>> '{{}}')::boolean"),
    "json": lambda value: value,
}
