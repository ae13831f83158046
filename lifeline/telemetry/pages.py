"""Writes the SQL of one page of entities as SensorThings shows them: bytes made by PostgreSQL.

A page is cut by key: what comes after the last row of the page before it. So page 10,000 costs what
page 1 does.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import quote, urlencode

import orjson
from psycopg import sql

from lifeline.telemetry.conditions import Conditions, Names, Sql
from lifeline.telemetry.entities import SETS, EntitySet
from lifeline.telemetry.expressions import Path
from lifeline.telemetry.options import Options
from spatial.errors import InvalidInput

MOST_COUNTED = 1_000_000
"""Counts are exact up to here; above it stands what the planner expects."""
_CASTS: dict[str, LiteralString] = {
    "number": "float8", "text": "text", "time": "timestamptz", "bool": "boolean", "json": "jsonb",
    "{t}.id": "bigint", "{t}.datastream_id": "bigint", "{t}.phenomenon_time": "timestamptz",
}  # fmt: skip
_MANY: LiteralString = (
    "(SELECT ',' || {label} || ':[' || coalesce(string_agg({shown}, ',' ORDER BY {row}.place)"
    " FILTER (WHERE {row}.place <= {last}), '') || ']' || CASE WHEN {more} THEN"
    " ',' || {next} || ':' || to_json({link} || {address})::text ELSE '' END FROM ({rows}) AS {row})"
)
_NEWEST = ((Path(("phenomenonTime",)), True),)


@dataclass(frozen=True)
class _Key:
    """What rows are put in order by; certain: never null, so that an index may be entered by it."""

    sql: Sql
    cast: LiteralString
    down: bool
    certain: bool


@dataclass(frozen=True)
class Page:
    """The statement of a page: rows of (text of the entity, keys as text …), one more than `top` when
    there are; and those that count them, with and without an end."""

    statement: sql.Composed
    counted: sql.Composed
    unbounded: sql.Composed


class Pages:
    """Writes pages for one request; `base` is the address of the service without a slash at its end."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.names = Names()

    def page(self, here: EntitySet, options: Options, condition: Sql | None, alias: sql.Identifier) -> Page:
        """Write the page of the rows that stand under `alias` where the condition holds."""
        keys = self._keys(here, options, alias)
        rows = self._rows(here, options, condition, alias, keys)
        shown = self.entity(here, options, alias)
        texts = [sql.SQL("{}.{}::text").format(alias, sql.Identifier(f"key{n}")) for n in range(len(keys))]
        statement = sql.SQL("SELECT {} FROM ({}) AS {} ORDER BY {}.place").format(
            sql.SQL(", ").join([shown, *texts]), rows, alias, alias
        )
        all_rows = sql.SQL("SELECT FROM {} AS {} WHERE {}").format(
            sql.Identifier(here.table), alias, self._where(here, options, condition, alias)
        )
        counted = sql.SQL("{} LIMIT {}").format(all_rows, sql.Literal(MOST_COUNTED + 1))
        return Page(statement, counted, all_rows)

    def _rows(
        self, here: EntitySet, options: Options, condition: Sql | None, alias: sql.Identifier,
        keys: Sequence[_Key], table: LiteralString | None = None,
    ) -> sql.Composed:  # fmt: skip
        """Write the rows of a page with their keys and their place in it."""
        wanted = [self._where(here, options, condition, alias)]
        if options.token is not None:
            wanted.append(after(keys, options.token))
        order = sql.SQL(", ").join(sql.SQL("{} DESC" if key.down else "{}").format(key.sql) for key in keys)
        named = [sql.SQL("{} AS {}").format(key.sql, sql.Identifier(f"key{n}")) for n, key in enumerate(keys)]
        return sql.SQL(
            "SELECT {alias}.*, {named}, row_number() OVER (ORDER BY {order}) AS place FROM {table} AS {alias}"
            " WHERE {wanted} ORDER BY {order} LIMIT {most} OFFSET {skip}"
        ).format(
            alias=alias, named=sql.SQL(", ").join(named), order=order,
            table=sql.Identifier(table or here.table), wanted=sql.SQL(" AND ").join(wanted),
            most=sql.Literal(options.top + 1), skip=sql.Literal(0 if options.token else options.skip),
        )  # fmt: skip

    def _where(self, here: EntitySet, options: Options, condition: Sql | None, alias: sql.Identifier) -> Sql:
        wanted: list[Sql] = [condition] if condition is not None else []
        if options.condition is not None:
            wanted.append(Conditions(self.names).of(options.condition, here, alias))
        return sql.SQL(" AND ").join(wanted) if wanted else sql.SQL("true")

    def _keys(self, here: EntitySet, options: Options, alias: sql.Identifier) -> list[_Key]:
        conditions = Conditions(self.names, "$orderby")
        keys, direct = [], set[str]()
        for node, down in options.orders:
            found = here.properties.get(node.parts[0]) if isinstance(node, Path) else None
            certain = found is not None and found.sql in here.keys
            if isinstance(node, Path) and node.parts in (("id",), ("@iot.id",)):
                keys += [self._own(each, alias, down) for each in here.keys if each not in direct]
                direct |= set(here.keys)
                continue
            value = conditions.order(node, here, alias)
            if certain and found is not None:
                direct.add(found.sql)
            keys.append(_Key(value.sql, _CASTS[value.kind], down, certain))
        return keys + [self._own(each, alias, False) for each in here.keys if each not in direct]

    def _own(self, key: LiteralString, alias: sql.Identifier, down: bool) -> _Key:
        return _Key(sql.SQL(key).format(t=alias), _CASTS[key], down, True)

    def entity(self, here: EntitySet, options: Options, alias: sql.Identifier) -> sql.Composed:
        """Write the text of one entity as JSON: what is null is left out."""
        link = self.link(here, alias)
        chosen = self._chosen(here, options)
        parts: list[Sql] = []
        if not options.select or {"id", "@iot.id"} & set(options.select):
            parts.append(
                _member("@iot.id", sql.SQL("to_json({})").format(sql.SQL(here.id_json).format(t=alias)))
            )
        if not options.select or "@iot.selfLink" in options.select:
            parts.append(_member("@iot.selfLink", sql.SQL("to_json({})").format(link)))
        for name in chosen:
            found = here.properties[name]
            shown = sql.SQL(found.shown or "to_json(" + found.sql + ")").format(t=alias)
            parts.append(_member(name, shown))
        parts += self._neighbours(here, options, alias, link)
        whole = sql.SQL("concat({})").format(sql.SQL(", ").join(parts)) if parts else sql.SQL("''")
        return sql.SQL("('{{' || substr({}, 2) || '}}')").format(whole)

    def _chosen(self, here: EntitySet, options: Options) -> list[str]:
        known = {"id", "@iot.id", "@iot.selfLink", *here.properties, *here.links}
        for name in options.select:
            if name not in known:
                raise InvalidInput.at("$select", f"{here.name} have no {name[:40]}; there are {_list(known)}")
        return [name for name in here.properties if not options.select or name in options.select]

    def _neighbours(self, here: EntitySet, options: Options, alias: sql.Identifier, link: Sql) -> list[Sql]:
        expand = dict(options.expand)
        for name in expand:
            if name not in here.links:
                raise InvalidInput.at(
                    "$expand", f"{here.name} have no {name[:40]}; there are {_list(here.links)}"
                )
        parts: list[Sql] = []
        for name in here.links:
            if name in expand:
                parts.append(self._expanded(here, name, expand[name], alias, link))
            elif not options.select or name in options.select:
                there = sql.SQL("to_json({} || {})").format(link, sql.Literal(f"/{name}"))
                parts.append(_member(f"{name}@iot.navigationLink", there))
        return parts

    def _expanded(
        self, here: EntitySet, name: str, options: Options, alias: sql.Identifier, link: Sql
    ) -> sql.Composed:
        way, there = here.links[name], self.names.new()
        target = SETS[way.target]
        joins = sql.SQL(way.joins).format(here=alias, there=there)
        if not way.many:
            one = sql.SQL("(SELECT {} FROM {} AS {} WHERE {})").format(
                self.entity(target, options, there), sql.Identifier(target.table), there, joins
            )
            return _member(name, one)
        newest = here.name == "Datastreams" and name == "Observations" and is_newest(options)
        keys = self._keys(target, options, there)
        rows = self._rows(target, options, joins, there, keys, "latest_observation" if newest else None)
        # A page of none has no next one: there would be no end of them.
        more: LiteralString = "count(*) > {top}" if options.top else "false"
        if newest:
            more = "bool_or({row}.first_time < {row}.phenomenon_time)"
        many = sql.SQL(_MANY).format(
            more=sql.SQL(more).format(row=there, top=sql.Literal(options.top)),
            label=_label(name), shown=self.entity(target, options, there), row=there, rows=rows, link=link,
            last=sql.Literal(options.top + options.skip),
            next=_label(f"{name}@iot.nextLink"), address=sql.Literal(f"/{name}?{_rest(options)}"),
        )  # fmt: skip
        if not options.count:
            return many
        where = self._where(target, options, joins, there)
        count = sql.SQL("(SELECT to_json(count(*)) FROM {} AS {} WHERE {})").format(
            sql.Identifier(target.table), there, where
        )
        return sql.SQL("{}, {}").format(_member(f"{name}@iot.count", count), many)

    def link(self, here: EntitySet, alias: sql.Identifier) -> sql.Composed:
        """Write the address of one entity."""
        begin = sql.Literal(f"{self.base}/{here.name}(")
        return sql.SQL("({} || {} || ')')").format(begin, sql.SQL(here.id_text).format(t=alias))


def is_newest(options: Options) -> bool:
    """Tell whether just the newest value is asked for, which stands ready in a table of its own."""
    plain = options.condition is None and not options.skip and not options.count and options.token is None
    return plain and options.top == 1 and options.orders == _NEWEST


def after(keys: Sequence[_Key], token: str) -> sql.Composed:
    """Write the condition of what comes after a row, which the token holds; nulls are last going up."""
    values = _values(token, len(keys))
    given = [
        sql.SQL("{}::" + key.cast).format(sql.Literal(value)) for key, value in zip(keys, values, strict=True)
    ]
    if all(key.certain and not key.down for key in keys):
        # As one comparison of rows an index on both is entered at the very place.
        return sql.SQL("({}) > ({})").format(
            sql.SQL(", ").join(k.sql for k in keys), sql.SQL(", ").join(given)
        )
    ways = []
    for number, key in enumerate(keys):
        same = [sql.SQL("{} IS NOT DISTINCT FROM {}").format(keys[n].sql, given[n]) for n in range(number)]
        ways.append(sql.SQL(" AND ").join([*same, _beyond(key, given[number], values[number] is None)]))
    whole = sql.SQL("({})").format(sql.SQL(" OR ").join(ways))
    if keys[0].certain:
        bound: LiteralString = "({} <= {} AND {})" if keys[0].down else "({} >= {} AND {})"
        return sql.SQL(bound).format(keys[0].sql, given[0], whole)
    return whole


def _beyond(key: _Key, value: Sql, is_null: bool) -> sql.Composed:
    if is_null:
        return sql.SQL("{} IS NOT NULL" if key.down else "({} IS NULL AND false)").format(key.sql)
    if key.down:
        return sql.SQL("{} < {}").format(key.sql, value)
    if key.certain:
        return sql.SQL("{} > {}").format(key.sql, value)
    return sql.SQL("({0} > {1} OR {0} IS NULL)").format(key.sql, value)


def token_of(keys: Sequence[str | None]) -> str:
    """Write the place after a row as `$skiptoken`."""
    return base64.urlsafe_b64encode(orjson.dumps(list(keys))).decode().rstrip("=")


def _values(token: str, wanted: int) -> list[str | None]:
    try:
        found = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, UnicodeError):
        found = None
    good = isinstance(found, list) and len(found) == wanted
    if not good or not all(each is None or (isinstance(each, str) and "\0" not in each) for each in found):
        raise InvalidInput.at("$skiptoken", "is none of this service's, or was given for another order")
    return list(found)


def next_query(options: Options, keys: Sequence[str | None]) -> str:
    """Write the query of the page after a row."""
    kept = {name: value for name, value in options.given.items() if name not in ("$skip", "$skiptoken")}
    return urlencode(kept | {"$skiptoken": token_of(keys)}, quote_via=quote, safe="$,;()=/'")


def _rest(options: Options) -> str:
    kept = {name: value for name, value in options.given.items() if name != "$skip"}
    rest = {"$skip": str(options.skip + options.top)}
    return urlencode(kept | rest, quote_via=quote, safe="$,;()=/'")


def _label(name: str) -> sql.Literal:
    return sql.Literal(f'"{name}"')


def _member(name: str, value: Sql) -> sql.Composed:
    return sql.SQL("{} || ({})::text").format(sql.Literal(f',"{name}":'), value)


def _list(names: object) -> str:
    assert isinstance(names, (set, dict))
    return ", ".join(sorted(names))
