"""Every published attribute of every layer that we bring can be filtered by, in its real column's type."""

from __future__ import annotations

from psycopg import sql

from layers.catalogue import layers
from layers.filters import compile_filter, parse, queryables

BY_TYPE = {
    "integer": [
        "{} = 1",
        "{} IN (1, 2)",
        "{} + 1 > 2.5",
        "{} BETWEEN 1 AND 2",
        "{} % 2 = 0",
        "{} ^ 2 / 3 < 1e3",
    ],
    "number": ["{} = 1.5", "{} IN (1, 2.5)", "{} - 1 > 2", "round({}) = 1", "{} div 2 = 1"],
    "string": ["{} = 'a'", "{} IN ('a', 'b')", "{} LIKE 'a%'", "CASEI({}) LIKE CASEI('A%')", "{} > 'a'"],
    "boolean": ["{}", "{} = TRUE", "NOT {}"],
    "date": ["{} = DATE('2026-01-01')", "{} > TIMESTAMP('2026-01-01T00:00:00Z')", "year({}) = 2026"],
    "date-time": [
        "{} > '2026-01-01'",
        "{} < TIMESTAMP('2026-01-01T00:00:00Z')",
        "T_AFTER({}, DATE('2026-01-01'))",
    ],
    "array": ["A_CONTAINS({}, ('a', 'b'))", "A_EQUALS(('a'), {})", "A_OVERLAPS({}, {})"],
    "json": [],
    "geometry": [
        "S_INTERSECTS({}, BBOX(116,39,117,40))",
        "S_DWITHIN({}, POINT(116 40), 50)",
        "S_AREA({}) > 1",
    ],
}


def test_every_attribute_of_every_layer_can_be_filtered_by(desk) -> None:
    known = layers(desk)
    assert len(known) >= 7
    for layer in known.values():
        for name, queryable in queryables(layer).items():
            for form in [*BY_TYPE[queryable.type], "{} IS NULL"]:
                quoted_name = '"' + name.replace('"', '""') + '"'
                condition = compile_filter(parse(form.replace("{}", quoted_name)), layer)
                statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(layer.table, condition.text)
                with desk.transaction():
                    assert desk.execute(statement, condition.values).fetchone(), (layer.name, form)
