"""The tickets behind a number (案件下钻): the very events that a figure counted, in pages."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.events.figures.asking import ROOM, filters, moments, span_of
from spatial.events.figures.cubes import Asked
from spatial.events.figures.measures import MEASURES

Json = dict[str, Any]
_BY_REPORT = "reported_at"


def tickets(
    connection: Connection[Any],
    asked: Asked,
    measure: str,
    *,
    limit: int,
    before: int | None = None,
    among: list[int] | None = None,
) -> Json:
    """List the events that `measure` counts under the filters of a question, newest number first.

    before: only those of a smaller number. among: only these numbers. `count` is of all pages, and is the
    figure itself; for times (returns, redispatches) the figure is `times`.
    """  # fmt: skip
    conditions, values = filters(asked)
    values |= moments(asked) | {"limit": limit, "before": before, "among": among}
    parts = {
        "holds": sql.SQL(_holds(measure)),
        "at": sql.SQL(_at(measure, asked.basis)),
        "filters": conditions,
    }
    parts |= {"times": sql.SQL(MEASURES[measure].times or "1"), "within": _span(asked, [measure])}
    total = connection.execute(sql.SQL(query(ROOM, "tickets_count")).format(**parts), values).fetchone()
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql.SQL(query(ROOM, "tickets")).format(**parts), values).fetchall()
    assert total is not None
    following = rows[-1]["id"] if len(rows) == limit else None
    return {"measure": measure, "count": total[0], "times": total[1], "tickets": rows, "before": following}


def points(
    connection: Connection[Any], asked: Asked, measures: list[str], most: int
) -> list[tuple[Any, ...]]:
    """Read id, longitude, latitude, key, and of each measure how often it counts and on which day.

    The key is what the question groups by; None where that is the unit, which is yet to be located.
    """
    conditions, values = filters(asked)
    columns = sql.SQL(", ").join(
        sql.SQL("CASE WHEN {holds} AND {at} >= %(since_at)s AND {at} < %(until_at)s THEN {times} ELSE 0 END,"
                " figure_day({at})").format(
            holds=sql.SQL(_holds(name)), at=sql.SQL(_at(name, asked.basis)),
            times=sql.SQL(MEASURES[name].times or "1"),
        )
        for name in measures
    )  # fmt: skip
    parts = {"key": sql.SQL(_KEYS[asked.by]), "within": _span(asked, measures)}
    statement = sql.SQL(query(ROOM, "points")).format(columns=columns, filters=conditions, **parts)
    return connection.execute(statement, values | moments(asked) | {"most": most}, binary=True).fetchall()


_KEYS: dict[str, LiteralString] = {
    "unit": "NULL::text",
    "all": "NULL::text",
    "organisation": "organisation_id::text",
    "person": "worker_id::text",
    "source": "source",
    "category": "category",
    "class": "(SELECT m.class_code FROM matter AS m WHERE m.code = event.category)",
}


def _span(asked: Asked, measures: list[str]) -> sql.Composable:
    return span_of(["reported"] if asked.basis == 0 else measures)


def _holds(measure: str) -> Any:
    return f"({MEASURES[measure].holds})"


def _at(measure: str, basis: int) -> Any:
    if basis == 0:
        return _BY_REPORT
    at = MEASURES[measure].at
    if at is None:
        raise InvalidInput.at("measure", f"'{measure}' is counted by the day of the report only")
    return at
