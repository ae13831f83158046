"""Ask the heat: the time in each cell over any span, of whomever, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple

import numpy as np
import numpy.typing as npt
from psycopg import Connection, sql

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import Forbidden
from spatial.patrols.days import ZONE, day_of, moments
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat import totals
from spatial.patrols.heat.adding import add_up
from spatial.patrols.heat.amounts import Amount, Measured, kept, loads, measured
from spatial.patrols.heat.blocks import BLOCK_DAYS, MONDAY, WEEK, Block, block_of, parts, whole_weeks
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.records import RECORD
from spatial.patrols.heat.shown import MOST_PEOPLE
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of
from spatial.types import BBox

Int = npt.NDArray[np.int64]
Values = dict[str, Any]

_ALL_HOURS = (0, 32)


@dataclass(frozen=True)
class Question:
    """What is asked. The span is widened to whole hours of the city's clock."""

    since: datetime
    until: datetime
    level: int
    box: BBox | None = None
    """Degrees; the cells that it meets. None: wherever anybody was."""
    movers: tuple[int, ...] | None = None
    organisation: int | None = None
    role: str | None = None
    """Of workers, or person, or vehicle."""
    unit: str | None = None
    """Code of a unit of `grids`, of any level: the time in it."""

    @property
    def is_of_somebody(self) -> bool:
        """Tell whether it is about some people and not about all."""
        return any(each is not None for each in (self.movers, self.organisation, self.role))


@dataclass(frozen=True)
class Found:
    """Time by cell: numbers (n,) sorted, milliseconds (n,) positive."""

    level: int
    cells: Int
    ms: Int
    since: datetime
    until: datetime
    """The span that was counted."""
    days: float
    """How many days that are."""
    least_people: int | None
    """None: everything; else only what so many people did together, in whole weeks that were cut."""


class Content(NamedTuple):
    """Records to be added up: the hours and the units of them that count, empty for all; -1 takes away."""

    records: bytes
    hours: tuple[int, int]
    units: npt.NDArray[np.bool_]
    sign: int = 1


def sees_tracks(reader: Reader) -> bool:
    """Tell whether a reader may see where single people went, of those that the reader sees at all."""
    return reader.role in rule_of("heat").may("read")


def ask(connection: Connection[Any], reader: Reader, asked: Question, least: int) -> Found:
    """Answer a question as far as the session's reader may know; `least` people are told of together.

    Forbidden where somebody without the right to tracks asks for anything but all people, or oneself.
    """
    if _asks_for_oneself(connection, reader, asked):
        return _exact(connection, replace(reader, reach="city"), asked)
    if sees_tracks(reader):
        return _exact(connection, reader, asked)
    if asked.is_of_somebody:
        raise Forbidden("of single people, organisations and classes, only those are told who may see tracks")
    return _shown(connection, asked, least)


def _asks_for_oneself(connection: Connection[Any], reader: Reader, asked: Question) -> bool:
    if reader.worker_id is None or asked.movers is None or len(asked.movers) != 1:
        return False
    row = connection.execute(
        "SELECT id FROM mover WHERE worker_id = %(worker)s", {"worker": reader.worker_id}
    ).fetchone()
    return row is not None and row[0] == asked.movers[0]


def _shown(connection: Connection[Any], asked: Question, least: int) -> Found:
    """Add up the parts of whole weeks; parts larger than a cell of the answer are left out."""
    first = day_of(asked.since + timedelta(days=1) - timedelta(microseconds=1))
    weeks = whole_weeks(first, day_of(asked.until))
    # The number of people stands where else the unit does.
    enough = np.arange(MOST_PEOPLE + 1) >= min(least, MOST_PEOPLE)

    def measure(level: int) -> Measured:
        values = {"weeks": weeks, **_unit_range(asked), **_kept_window(asked, level)}
        rows = connection.execute(query(ROOM, "shown_amounts"), values).fetchall()
        return Measured([Amount(*row) for row in rows], [])

    amounts, window = measured(asked.level, asked.box, measure)
    rows = _read_shown(connection, asked, amounts.rows)
    cells, ms = _added_up(asked, window, (Content(each, _ALL_HOURS, enough) for each in rows))
    since = moments(weeks[0])[0] if weeks else asked.since
    until = moments(weeks[-1] + timedelta(days=WEEK))[0] if weeks else asked.since
    return Found(asked.level, cells, ms, since, until, len(weeks) * WEEK, least)


def _exact(connection: Connection[Any], reader: Reader, asked: Question) -> Found:
    asked = _in_hours(asked)
    blocks = list(_rows(connection, asked))

    def measure(level: int) -> Measured:
        return _measure(connection, reader, asked, blocks, level)

    amounts, window = measured(asked.level, asked.box, measure)
    cells, ms = _added_up(asked, window, _contents(connection, reader, asked, blocks, amounts))
    days = (asked.until - asked.since) / timedelta(days=1)
    return Found(asked.level, cells, ms, asked.since, asked.until, days, None)


def _measure(
    connection: Connection[Any], reader: Reader, asked: Question, blocks: list[tuple[int, Block]], level: int
) -> Measured:
    """Measure totals where there are some that the reader may have, and rows of the rest of the span."""
    places = {place: block for place, (part, block) in enumerate(blocks) if part == 0}
    found, summed = list[Amount](), set[int]()
    if places and _of_everybody(reader, asked):
        found, summed = totals.sizes(connection, _of_totals(asked, level), places)
    rest = [place for place in range(len(blocks)) if place not in summed]
    rows = _sizes(connection, reader, asked, blocks, level, rest)
    return Measured(rows, found, frozenset(summed))


def _of_everybody(reader: Reader, asked: Question) -> bool:
    """Tell whether the answer has everybody's rows: only then are totals read."""
    return reader.sees_everything and sees_tracks(reader) and not asked.is_of_somebody


def _of_totals(asked: Question, level: int) -> Values:
    return {"by_unit": asked.unit is not None, **_kept_window(asked, level)}


def _contents(
    connection: Connection[Any],
    reader: Reader,
    asked: Question,
    blocks: list[tuple[int, Block]],
    amounts: Measured,
) -> Iterator[Content]:
    """Read everything that the answer adds up."""
    units = _units(connection, reader, asked)
    # Of the own organisation everything, of others what lies in the own area.
    every = units if asked.unit is not None else np.zeros(0, np.bool_)
    summed = {place: blocks[place][1] for place in sorted(amounts.summed)}
    for each in totals.read(connection, _of_totals(asked, asked.level), summed):
        if isinstance(each, int):
            del summed[each]
        else:
            yield Content(each.records, _ALL_HOURS, every, each.sign)
    # Totals that have gone since they were measured are not missed.
    gone = _sizes(connection, reader, asked, blocks, asked.level, list(summed)) if summed else []
    hours = {0: _ALL_HOURS, **{number: span for number, (_, span) in enumerate(_edges(asked), 1)}}
    for part, ours, records in _read(connection, reader, asked, blocks, [*amounts.rows, *gone]):
        yield Content(records, hours[part], every if ours else units)


def _added_up(asked: Question, window: lattice.Window, contents: Iterable[Content]) -> tuple[Int, Int]:
    """Add up by the cells of a window."""
    height, width = window[3] - window[1] + 1, window[2] - window[0] + 1
    sums = np.zeros((max(0, height), max(0, width)), np.int64)
    for content, hours, units, sign in contents:
        records = np.frombuffer(content, RECORD)
        add_up(records, sums, sign, window[0], window[1], asked.level - kept(asked.level), *hours, units)
    row, column = np.nonzero(sums)
    return lattice.number(column + window[0], row + window[1]), sums[row, column]


def _in_hours(asked: Question) -> Question:
    hour = timedelta(hours=1)
    since = asked.since.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    until = (asked.until.astimezone(ZONE) + hour - timedelta(microseconds=1)).replace(
        minute=0, second=0, microsecond=0
    )
    return replace(asked, since=since, until=max(until, since + hour))


def _edges(asked: Question) -> list[tuple[Block, tuple[int, int]]]:
    """List the days of which only some hours are asked for."""
    first, last = asked.since.date(), asked.until.date()
    if first == last:
        return [(Block(1, first), (asked.since.hour, asked.until.hour))]
    found = [(Block(1, first), (asked.since.hour, 24))] if asked.since.hour else []
    return [*found, (Block(1, last), (0, asked.until.hour))] if asked.until.hour else found


def _rows(connection: Connection[Any], asked: Question) -> Iterator[tuple[int, Block]]:
    """Give the rows of the span: 0 with whole days, from 1 on the days of which some hours count."""
    edges = _edges(asked)
    yield from ((number, block) for number, (block, _) in enumerate(edges, 1))
    first = asked.since.date() + timedelta(days=bool(asked.since.hour))
    values = {"since": block_of(first, BLOCK_DAYS[-1]).first, "until": asked.until.date()}
    added = {Block(*row) for row in connection.execute(query(ROOM, "added_blocks"), values).fetchall()}
    yield from ((0, block) for block in parts(first, asked.until.date(), added))


def _sizes(
    connection: Connection[Any],
    reader: Reader,
    asked: Question,
    blocks: list[tuple[int, Block]],
    level: int,
    places: Collection[int],
) -> list[Amount]:
    """Tell how much lies in the rows of the blocks at some places."""
    if not places:
        return []
    values = _whom(reader, asked) | _kept_window(asked, level) | _days([blocks[each][1] for each in places])
    values["places"] = list(places)
    rows = connection.execute(_text("sizes", reader, asked), values).fetchall()
    return [Amount(*row) for row in rows]


def _read(
    connection: Connection[Any],
    reader: Reader,
    asked: Question,
    blocks: list[tuple[int, Block]],
    amounts: list[Amount],
) -> Iterator[Any]:
    """Read the entries: part of the span, whether they are of the own organisation, records."""
    text = _text("read", reader, asked)
    values = _whom(reader, asked) | _kept_window(asked, asked.level)
    for load in loads(amounts):
        values |= _days([blocks[place][1] for place in load.places])
        values |= {"slices": load.slices, "slice": load.slice}
        values["parts"] = [blocks[place][0] for place in load.places]
        yield from connection.execute(text, values, binary=True).fetchall()


def _read_shown(connection: Connection[Any], asked: Question, amounts: list[Amount]) -> Iterator[bytes]:
    values = {**_unit_range(asked), **_kept_window(asked, asked.level)}
    for load in loads(amounts):
        if load.slice == 0:
            values["weeks"] = [MONDAY + timedelta(days=place) for place in load.places]
            rows = connection.execute(query(ROOM, "shown_read"), values, binary=True).fetchall()
            yield from (content for (content,) in rows)


def _text(name: LiteralString, reader: Reader, asked: Question) -> sql.Composed:
    """Compose a statement about the rows that are asked for; people are joined only where they matter."""
    ours = "coalesce(coalesce(k.organisation_id, r.organisation_id) = %(ours)s::bigint, false)"
    by_people = asked.is_of_somebody or not reader.sees_everything
    return sql.SQL(query(ROOM, name)).format(
        ours=sql.SQL(ours if by_people else "true"),
        people=sql.SQL(query(ROOM, "read_people") if by_people else ""),
        which=sql.SQL(query(ROOM, "read_which") if asked.is_of_somebody else ""),
    )


def _whom(reader: Reader, asked: Question) -> Values:
    movers = asked.movers and list(asked.movers)
    found = {"movers": movers, "organisation": asked.organisation, "role": asked.role}
    return {**found, "ours": reader.organisation_id}


def _days(blocks: list[Block]) -> Values:
    return {"days": [block.days for block in blocks], "firsts": [block.first for block in blocks]}


def _kept_window(asked: Question, level: int) -> Values:
    """Give the level to read for one of the answer, and the cells of it that the question is about.

    Of a coarser answer those are all in the cells that the box meets, and not only those that it meets.
    """
    window, finer = lattice.window(level, asked.box), level - kept(level)
    if asked.box is not None:
        west, north, east, south = window
        window = west << finer, north << finer, ((east + 1) << finer) - 1, ((south + 1) << finer) - 1
    return {"level": kept(level), **dict(zip(("west", "north", "east", "south"), window, strict=True))}


def _units(connection: Connection[Any], reader: Reader, asked: Question) -> npt.NDArray[np.bool_]:
    """Tell which units count, by their numbers; empty for all.

    The policy lets a reader of an area have the numbers of the own units alone.
    """
    if reader.sees_everything and asked.unit is None:
        return np.zeros(0, np.bool_)
    rows = connection.execute(query(ROOM, "read_units"), _unit_range(asked)).fetchall()
    allowed = np.zeros(max([0, *(number for (number,) in rows)]) + 1, np.bool_)
    allowed[[number for (number,) in rows]] = True
    return allowed


def _unit_range(asked: Question) -> Values:
    return {"unit": asked.unit, "unit_until": None if asked.unit is None else end_of(asked.unit)}
