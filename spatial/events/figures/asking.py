"""Grouped figures (分组统计): from the cubes that are kept, or counted from the events, always the same.

Whose rows they are is the policies' business: `figure` and `figure_change` keep unit and organisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection, sql

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import InvalidInput, Problem
from spatial.events.figures.cubes import NONE, WIDTHS, Asked, Cube, cube_for
from spatial.events.figures.measures import MEASURES, NAMES
from spatial.events.intake_report import MOST_AHEAD as MOST_AHEAD_OF_REPORTS
from spatial.rights.reader import Reader

CLOCK = ZoneInfo("Asia/Shanghai")
"""China has one time zone; days, weeks and months are those of this clock."""
ROOM = "spatial.events.figures"
MOST_CELLS = 50_000
"""Of one answer."""
MOST_AHEAD = MOST_AHEAD_OF_REPORTS + timedelta(minutes=1)
"""How far the report of an event may be ahead of this moment."""

Values = dict[str, Any]
_COLUMNS = ("unit_code", "organisation_id", "source", "category", "worker_id")


@dataclass(frozen=True)
class Cell:
    """What was counted of one key in one span."""

    starts: date | None
    """First day of the bucket; None where there is but one."""
    key: str | None
    """Code, number or name of what is grouped by; None: has none, or everything."""
    counts: dict[str, int]


@dataclass(frozen=True)
class Figures:
    """The cells of a question, by bucket and key, and what they were counted from."""

    cells: Sequence[Cell]
    cube: int | None
    """None: the events themselves."""


def figures(connection: Connection[Any], asked: Asked, reader: Reader, *, kept: bool = True) -> Figures:
    """Count what the session's reader may see; `reader` is who that is. Not kept: from the events.

    InvalidInput names what to ask less of where there would be more than MOST_CELLS.
    """
    cube = cube_for(asked, reader, last_day(datetime.now(CLOCK))) if kept else None
    rows = connection.execute(*statement(asked, cube)).fetchall()
    check_cells(asked, len(rows))
    cells = [Cell(starts, key, dict(zip(NAMES, counts, strict=True))) for starts, key, *counts in rows]
    return Figures(cells, cube.number if cube else None)


def statement(asked: Asked, cube: Cube | None) -> tuple[sql.Composed, Values]:
    """Write the statement that counts, and its values; without a cube it counts the events."""
    conditions, values = filters(asked)
    values |= {"since": asked.since, "until": asked.until, "basis": asked.basis, "bucket": asked.bucket}
    values |= moments(asked) | {"cube": cube and cube.number, "most": MOST_CELLS + 1}
    text = sql.SQL(query(ROOM, "grouped")).format(
        starts=_starts(asked),
        key=_key(asked),
        sums=_sums(),
        cells=_kept(cube, conditions) if cube else events(asked, conditions),
        any=_any(),
        matter=sql.SQL("JOIN matter AS m ON m.code = c.category" if asked.by == "class" else ""),
    )
    return text, values


def check_cells(asked: Asked, cells: int) -> None:
    """Refuse an answer of too many cells; InvalidInput names the parameters that make it so large."""
    if cells > MOST_CELLS:
        reason = (
            f"more than {MOST_CELLS:,} rows would be the answer: ask for a shorter span or for larger parts"
        )
        large = {"from": True, "bucket": asked.bucket != "all", "by": True, "level": asked.by == "unit"}
        raise InvalidInput([Problem(name, reason) for name, is_so in large.items() if is_so])


def last_day(now: datetime) -> date:
    """Give the last day that an event can be of: a report may be minutes ahead, and of tomorrow then."""
    return (now.astimezone(CLOCK) + MOST_AHEAD).date()


def today() -> date:
    """Give the day by the city's clock."""
    return datetime.now(CLOCK).date()


def moments(asked: Asked) -> Values:
    """Give the moments that the days of a question begin and end at."""
    return {
        "since_at": datetime.combine(asked.since, time(), CLOCK),
        "until_at": datetime.combine(asked.until, time(), CLOCK),
    }


def filters(asked: Asked) -> tuple[sql.Composable, Values]:
    """Write the filters over the columns that events and cubes have alike, each beginning with AND."""
    parts = [*_of_unit(asked)]
    values: Values = {"coverage": asked.coverage, "unit": asked.unit, "class_code": asked.class_code}
    if asked.unit not in (None, NONE):
        assert asked.unit is not None
        values["unit_until"] = end_of(asked.unit)
    for name, given in (("organisation_id", asked.organisation), ("worker_id", asked.person)):
        if given == NONE:
            parts.append(sql.SQL("AND {} IS NULL").format(sql.Identifier(name)))
        elif given is not None:
            parts.append(sql.SQL("AND {} = {}").format(sql.Identifier(name), sql.Placeholder(name)))
            values[name] = int(given)
    for name, text in (("source", asked.source), ("category", asked.category)):
        if text is not None:
            parts.append(sql.SQL("AND {} = {}").format(sql.Identifier(name), sql.Placeholder(name)))
            values[name] = text
    if asked.class_code is not None:
        parts.append(sql.SQL("AND category IN (SELECT code FROM matter WHERE class_code = %(class_code)s)"))
    return sql.SQL(" ").join(parts), values


def _of_unit(asked: Asked) -> Iterator[sql.Composable]:
    if asked.unit is None:
        return
    if asked.coverage != "grids":
        same = "IS NULL" if asked.unit == NONE else "= %(unit)s"
        yield sql.SQL("AND units ->> %(coverage)s {}").format(sql.SQL(same))
    elif asked.unit == NONE:
        yield sql.SQL("AND unit_code IS NULL")
    else:
        yield sql.SQL("AND unit_code >= %(unit)s AND unit_code < %(unit_until)s")


def _kept(cube: Cube, conditions: sql.Composable) -> sql.Composable:
    """Read the cells of a cube, and the changes that are not added up yet."""
    columns = sql.SQL(", ").join(
        sql.Identifier(name) if name in cube.columns else sql.SQL("NULL AS {}").format(sql.Identifier(name))
        for name in _COLUMNS
    )
    sums = sql.SQL(", ").join(map(sql.Identifier, NAMES))
    return sql.SQL(query(ROOM, "kept")).format(columns=columns, sums=sums, filters=conditions)


def events(asked: Asked, conditions: sql.Composable) -> sql.Composable:
    """Read the events as cells of one event each, or of one step each where steps count on their own days."""
    counts = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_count(name, asked.basis), sql.Identifier(name)) for name in NAMES
    )
    if asked.basis == 0:
        return sql.SQL(query(ROOM, "by_report")).format(counts=counts, filters=conditions)
    within = span_of(name for name, each in MEASURES.items() if each.at is not None)
    steps = sql.SQL(", ").join(
        sql.SQL("({}, {}, {})").format(sql.Literal(name), sql.SQL(each.holds), sql.SQL(each.at))
        for name, each in MEASURES.items()
        if each.at is not None
    )
    return sql.SQL(query(ROOM, "by_step")).format(
        counts=counts, steps=steps, within=within, filters=conditions
    )


def span_of(measures: Iterable[str]) -> sql.Composable:
    """Write that some moment of these measures lies in the span: over plain columns, for the indexes."""
    columns = sorted({column for name in measures for column in MEASURES[name].moments})
    return sql.SQL(" OR ").join(
        sql.SQL("{0} >= %(since_at)s AND {0} < %(until_at)s").format(sql.Identifier(each)) for each in columns
    )


def _count(name: str, basis: int) -> sql.Composable:
    if basis == 1:
        return sql.SQL("(step = {})::int").format(sql.Literal(name))
    each = MEASURES[name]
    return sql.SQL(each.times) if each.times else sql.SQL("({})::int").format(sql.SQL(each.holds))


def _starts(asked: Asked) -> sql.Composable:
    if asked.bucket == "all":
        return sql.SQL("NULL::date")
    return sql.SQL("date_trunc(%(bucket)s, day::timestamp)::date")


def _key(asked: Asked) -> sql.Composable:
    if asked.by == "unit" and asked.coverage != "grids":
        return sql.SQL("c.units ->> %(coverage)s")
    if asked.by == "unit":
        return sql.SQL("left(c.unit_code, {})").format(sql.Literal(WIDTHS[asked.level - 1]))
    if asked.by == "all":
        return sql.SQL("NULL::text")
    return sql.SQL("{}::text").format(sql.Identifier(*_GROUPED_BY[asked.by]))


_GROUPED_BY = {
    "organisation": ("c", "organisation_id"),
    "person": ("c", "worker_id"),
    "source": ("c", "source"),
    "category": ("c", "category"),
    "class": ("m", "class_code"),
}


def _sums() -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("sum({})::bigint").format(sql.Identifier(name)) for name in NAMES)


def _any() -> sql.Composable:
    return sql.SQL(" OR ").join(sql.SQL("sum({}) <> 0").format(sql.Identifier(name)) for name in NAMES)
