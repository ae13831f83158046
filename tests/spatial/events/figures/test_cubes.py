"""Which cells of which cube are read, and how the steps of some days are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from psycopg import Connection, sql

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.events.figures.asking import MOST_CELLS, ROOM, check_cells, figures, moments, span_of, statement
from spatial.events.figures.cubes import CUBES, Asked, cube_for
from spatial.events.figures.measures import MEASURES, NAMES
from spatial.rights.reader import Reader
from tests.spatial.events.figures.test_figures import SYSTEM_OF_CITY
from tests.spatial.rights.town import GRIDS, STREETS


def test_the_cube_of_fewest_cells_answers() -> None:
    today, city = date(2026, 6, 15), SYSTEM_OF_CITY
    whole, part = (date(2026, 1, 1), date(2026, 7, 1)), (date(2026, 1, 1), date(2026, 6, 10))

    def chosen(reader: Reader = city, **asked: Any) -> int | None:
        cube = cube_for(Asked(*asked.pop("span", whole), **asked), reader, today)
        return cube and cube.number

    assert chosen(by="unit", level=4, bucket="month") == 2
    assert chosen(by="unit", level=4, bucket="month", span=part) is None
    assert chosen(by="unit", level=4, bucket="month", span=(part[0], date(2026, 6, 16))) == 2
    assert chosen(by="unit", level=3, bucket="day") == 1
    assert chosen(by="organisation", bucket="week") == 6
    street = replace(city, reach="area", area=STREETS[0])
    assert chosen(street, by="organisation", bucket="month") == 7
    assert chosen(street, by="organisation", bucket="day") is None
    assert chosen(street, by="category", bucket="all") == 5
    assert chosen(replace(street, area=GRIDS[0]), by="source") is None
    assert chosen(replace(street, organisation_id=1), by="source") is None
    assert chosen(replace(street, organisation_id=1), by="organisation") == 7
    assert (
        chosen(replace(city, reach="organisation", organisation_id=1), by="organisation", bucket="day") == 6
    )
    assert chosen(by="unit", level=1, coverage="police") is None


def test_only_the_cells_of_the_cube_and_the_days_are_read(fresh_town: Connection[Any]) -> None:
    zeros = ", ".join(["0"] * len(NAMES))
    fresh_town.execute(
        f"INSERT INTO figure (cube, basis, day, unit_code, {', '.join(NAMES)})"  # noqa: S608
        f" SELECT c, b, date '2020-01-01' + d, 'x', {zeros} FROM generate_series(1, 8) AS c,"
        " generate_series(0, 1) AS b, generate_series(1, 2000) AS d"
    )
    fresh_town.execute("ANALYZE figure")
    asked = Asked(date(2026, 1, 1), date(2026, 2, 1), "unit", "day", level=3)
    text, values = statement(asked, CUBES[0])
    plan = "\n".join(row[0] for row in fresh_town.execute(sql.SQL("EXPLAIN ") + text, values).fetchall())
    assert "uq_figure_cell" in plan
    assert "Seq Scan on figure " not in plan


def test_steps_of_some_days_are_found_by_indexes(fresh_town: Connection[Any]) -> None:
    fresh_town.execute("SET LOCAL enable_seqscan = off")
    conditions, values = sql.SQL(""), moments(Asked(date(2026, 2, 1), date(2026, 2, 2), basis=1))
    for measure in ("valid", "handled", "closed"):
        asked = Asked(date(2026, 2, 1), date(2026, 2, 2), basis=1)
        text, given = statement(asked, None)
        plan = "\n".join(row[0] for row in fresh_town.execute(sql.SQL("EXPLAIN ") + text, given).fetchall())
        assert "ix_event_steps" in plan
        assert "ix_event_reported_at_id" in plan
        assert "Seq Scan on event" not in plan
        parts = {"within": span_of([measure]), "filters": conditions, "times": sql.SQL("1")}
        parts |= {"holds": sql.SQL(MEASURES[measure].holds), "at": sql.SQL(MEASURES[measure].at or "")}
        counting = sql.SQL("EXPLAIN " + query(ROOM, "tickets_count")).format(**parts)
        rows = fresh_town.execute(counting, values | {"among": None}).fetchall()
        plan = "\n".join(row[0] for row in rows)
        assert "ix_event_steps" in plan
        assert "Seq Scan on event" not in plan


def test_an_answer_of_too_many_cells_is_refused_by_what_makes_it_large(
    fresh_town: Connection[Any],
) -> None:
    ones = ", ".join(["1"] * len(NAMES))
    fresh_town.execute(
        f"INSERT INTO figure (cube, basis, day, unit_code, {', '.join(NAMES)})"  # noqa: S608
        f" SELECT 1, 1, date '2007-01-01' + d, 'u' || u, {ones}"
        " FROM generate_series(1, 5001) AS d, generate_series(1, 10) AS u"
    )
    asked = Asked(date(2007, 1, 1), date(2027, 1, 1), "unit", "day", 1, level=3)
    with pytest.raises(InvalidInput) as refused:
        figures(fresh_town, asked, SYSTEM_OF_CITY)
    assert {each.where for each in refused.value.problems} == {"from", "bucket", "by", "level"}
    with pytest.raises(InvalidInput) as refused:
        check_cells(replace(asked, by="category", bucket="all"), MOST_CELLS + 1)
    assert {each.where for each in refused.value.problems} == {"from", "by"}
    found = figures(fresh_town, replace(asked, since=date(2012, 1, 1)), SYSTEM_OF_CITY)
    assert 0 < len(found.cells) <= MOST_CELLS
