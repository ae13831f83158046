"""Random filters mean in PostgreSQL what an independent evaluator says, NULLs included."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import sql

from layers.filters import compile_filter, parse
from tests.layers.filters import evaluator
from tests.layers.filters.conftest import make_layer

TYPES = {
    "integer": "bigint",
    "number": "double precision",
    "string": "text",
    "boolean": "boolean",
    "date": "date",
    "date-time": "timestamptz",
}
ROWS = evaluator.rows()
LAYER = make_layer("meaning", evaluator.FIELDS)


@pytest.fixture(scope="module")
def answers(desk):
    """Ask PostgreSQL for the value of a filter in every row."""
    columns = ", ".join(f"{name} {TYPES[type_]}" for name, type_ in evaluator.FIELDS.items())
    desk.execute(f"CREATE TABLE meaning (id int PRIMARY KEY, {columns})")
    values = sql.SQL(", ").join(map(sql.Placeholder, ROWS[0]))
    with desk.cursor() as cursor:
        cursor.executemany(sql.SQL("INSERT INTO meaning VALUES ({})").format(values), ROWS)

    def ask(expression):
        condition = compile_filter(expression, LAYER)
        statement = sql.SQL("SELECT id, {} FROM meaning").format(condition.text)
        with desk.transaction():
            return dict(desk.execute(statement, condition.values).fetchall())

    return ask


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=evaluator.condition)
def test_filters_mean_what_the_evaluator_says(answers, tree) -> None:
    expression = parse(json.dumps(tree), "cql2-json")
    assert parse(evaluator.show(tree)) == expression
    assert answers(expression) == {row["id"]: evaluator.evaluate(tree, row) for row in ROWS}
