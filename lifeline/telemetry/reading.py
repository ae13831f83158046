"""Answers what is asked of telemetry: a page of entities, one, or a property of one, as bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import orjson
from psycopg import Connection, sql

from lifeline.telemetry.options import Options
from lifeline.telemetry.pages import MOST_COUNTED, Page, Pages, next_query
from lifeline.telemetry.paths import Target, resolve
from spatial.errors import InvalidInput, NotFound

COMPONENTS = ("id", "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters")


@dataclass(frozen=True)
class Answer:
    """The bytes, and whether they are the bare text of a property ($value)."""

    body: bytes
    is_text: bool = False


def read(connection: Connection[Any], base: str, path: str, options: Options) -> Answer:
    """Read what is at a path below `base`; NotFound when there is none for this reader."""
    pages = Pages(base)
    target = resolve(path, pages.names)
    if target.property is not None:
        return _property(connection, pages, target)
    if target.refs:
        options = replace(options, select=("@iot.selfLink",), expand=(), data_array=False)
    if target.is_one:
        return Answer(_one(connection, pages, target, options))
    return Answer(_many(connection, pages, target, options, path))


def _one(connection: Connection[Any], pages: Pages, target: Target, options: Options) -> bytes:
    for name in ("$filter", "$orderby", "$top", "$skip", "$count", "$resultFormat", "$skiptoken"):
        if name in options.given:
            raise InvalidInput.at(name, "is for sets of entities; this is one")
    page = pages.page(target.set, replace(options, top=1), target.condition, target.alias)
    row = connection.execute(page.statement).fetchone()
    if row is None:
        raise NotFound("there is no such entity")
    return str(row[0]).encode()


def _property(connection: Connection[Any], pages: Pages, target: Target) -> Answer:
    name = str(target.property)
    bare = replace(Options(given={}), select=(name,))
    shown = orjson.loads(_one(connection, pages, target, bare))
    key = "@iot.id" if name == "id" else name
    if key not in shown:
        raise NotFound(f"{name} is null")
    value = shown[key]
    if not target.raw:
        return Answer(orjson.dumps({name: value}))
    return Answer(value.encode() if isinstance(value, str) else orjson.dumps(value), is_text=True)


def _many(connection: Connection[Any], pages: Pages, target: Target, options: Options, path: str) -> bytes:
    if target.parent is not None and connection.execute(target.parent).fetchone() is None:
        raise NotFound("there is no such entity")
    if options.data_array:
        return _data_array(connection, pages, target, options, path)
    rows, head = _page(connection, pages, target, options, path)
    return b'{%b"value":[%b]}' % (head, ",".join(row[0] for row in rows).encode())


def _page(
    connection: Connection[Any], pages: Pages, target: Target, options: Options, path: str
) -> tuple[list[Any], bytes]:
    """Read the rows of a page, and write what stands before them: their count, and where the next page is."""
    page = pages.page(target.set, options, target.condition, target.alias)
    rows = connection.execute(page.statement).fetchall()
    head = b""
    if options.count:
        head += b'"@iot.count":%d,' % count(connection, page)
    if len(rows) > options.top:
        rows = rows[: options.top]
        if rows:
            link = f"{pages.base}/{path.strip('/')}?{next_query(options, rows[-1][1:])}"
            head += b'"@iot.nextLink":%b,' % orjson.dumps(link)
    return rows, head


def count(connection: Connection[Any], page: Page) -> int:
    """Count all that the pages hold together: exact up to MOST_COUNTED, then what the planner expects."""
    statement = sql.SQL("SELECT count(*) FROM ({}) AS counted").format(page.counted)
    row = connection.execute(statement).fetchone()
    assert row is not None
    if row[0] <= MOST_COUNTED:
        return int(row[0])
    plan = connection.execute(sql.SQL("EXPLAIN (FORMAT JSON) {}").format(page.unbounded)).fetchone()
    assert plan is not None
    return max(int(row[0]), int(plan[0][0]["Plan"]["Plan Rows"]))


def _data_array(
    connection: Connection[Any], pages: Pages, target: Target, options: Options, path: str
) -> bytes:
    """Write observations as rows under the names of their columns, by datastream."""
    if target.set.name != "Observations" or options.expand:
        raise InvalidInput.at("$resultFormat", "dataArray is for Observations, without $expand")
    chosen = tuple(name for name in COMPONENTS if not options.select or name in options.select)
    rows, head = _page(connection, pages, target, replace(options, select=()), path)
    shown = [orjson.loads(row[0]) for row in rows]
    value = []
    for stream, group in groupby(shown, key=lambda each: str(each["@iot.id"]).partition("-")[0]):
        data = [[each.get("@iot.id" if name == "id" else name) for name in chosen] for each in group]
        value.append(
            {
                "Datastream@iot.navigationLink": f"{pages.base}/Datastreams({stream})",
                "components": chosen,
                "dataArray@iot.count": len(data),
                "dataArray": data,
            }
        )
    return b'{%b"value":%b}' % (head, orjson.dumps(value))
