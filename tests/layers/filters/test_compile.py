"""What filters say of types and names, how texts are folded, what functions give."""

from __future__ import annotations

import json

import pytest
from psycopg import sql

from layers.filters import FUNCTIONS, compile_filter, functions_document, parse, queryables
from layers.filters.nodes import Call, Literal, Property
from spatial.errors import InvalidInput
from tests.layers.filters.conftest import make_layer

FIELDS = {
    "id": "integer",
    "name": "string",
    "size": "number",
    "ok": "boolean",
    "day": "date",
    "at": "date-time",
    "tags": "array",
    "about": "json",
}
LAYER = make_layer("things", FIELDS)

REASONS = {
    "name = 5": "'name' is a text and 5 is a number: they cannot be compared",
    "id = 'a'": "'id' is a number and the text 'a' is a text: they cannot be compared",
    "id IN (1, 'a')": "'id' is a number and the text 'a' is a text: they cannot be compared",
    "id BETWEEN 1 AND DATE('2026-01-01')": "'id' is a number and 2026-01-01 is a date: they cannot",
    "ok = 1": "'ok' is a truth value and 1 is a number: they cannot be compared",
    "at = 'yesterday'": "'at' is a timestamp and the text 'yesterday' is a text: they cannot be compared;"
    " a time is written DATE('2026-01-31') or TIMESTAMP('2026-01-31T08:00:00Z')",
    "at = '2026-01-31T08:00:00'": "a time is written DATE",
    "about = 'a'": "the property 'about' is an object and cannot be compared",
    "geometry = 1": "the property 'geometry' is a geometry and cannot be compared; use the functions S_…",
    "tags = 'a'": "the property 'tags' is a list and cannot be compared; use the functions A_…",
    "INTERVAL(day, at) = at": "the interval is an interval and cannot be compared; use the functions T_…",
    "nam = 'a'": "there is no property 'nam'; there are geometry, id, name, size, ok, day, at, tags, about",
    "name": "a filter takes a truth value, and 'name' is a text",
    "id + 1": "a filter takes a truth value, and + is a number",
    "ok AND id": "AND takes a truth value, and 'id' is a number",
    "NOT name": "NOT takes a truth value, and 'name' is a text",
    "id + name > 1": "+ takes a number, and 'name' is a text",
    "id LIKE 'a'": "LIKE takes a text, and 'id' is a number",
    "name LIKE name": "the pattern of LIKE must be a text, not 'name'",
    "CASEI(id) = 'a'": "CASEI takes a text, and 'id' is a number",
    "S_WITHIN(name, POINT(1 2))": "S_WITHIN takes a geometry, and 'name' is a text",
    "S_WITHIN(geometry)": "S_WITHIN takes 2 arguments, and 1 are given",
    "T_AFTER(name, DATE('2026-01-01'))": "takes dates, timestamps and intervals, and 'name' is a text",
    "T_DURING(at, INTERVAL('2026-01-01', '..'))": "T_DURING takes two intervals, and 'at' is a timestamp",
    "T_AFTER(INTERVAL(name, '..'), at)": "INTERVAL takes a date or a timestamp, and 'name' is a text",
    "A_CONTAINS(tags, name)": "A_CONTAINS takes a list, and 'name' is a text",
    "A_CONTAINS(name, ('a'))": "A_CONTAINS takes a list, and 'name' is a text",
    "A_CONTAINS(tags, (1, 2))": "a list that is compared with a property takes a text, and 1 is a number",
    "name = ('a', 'b')": "a list stands in IN and in the functions A_… only",
    "foo(name) = 1": "there is no function or operator 'foo'; functions are S_DWITHIN, S_DISTANCE, S_AREA",
    "upper(id) = 'A'": "upper takes a text, and 'id' is a number",
    "year(name) = 1": "year takes a date or a timestamp, and 'name' is a text",
    "S_DWITHIN(geometry, POINT(1 2), -1)": "S_DWITHIN takes 0 to 20,040,000 metres",
    "name = NULL": "has a NULL, which nothing equals: test with IS NULL",
    "name == 'a'": "cannot be read at line 1, column 7: '= 'a''",
    "name = 'a'\nAND (id = 1\n  AND id ! 2)": "cannot be read at line 3, column 10: '! 2)'",
    "id >": "ends too early",
}


@pytest.mark.parametrize("text", REASONS)
def test_what_is_wrong_is_said_in_words(text) -> None:
    with pytest.raises(InvalidInput) as caught:
        compile_filter(parse(text), LAYER)
    (problem,) = caught.value.problems
    assert problem.where == "filter"
    assert REASONS[text] in problem.reason


def test_an_unknown_language_is_named_at_its_parameter() -> None:
    with pytest.raises(InvalidInput, match="cql2-text, cql2-json, cql-text") as caught:
        parse("ok", "ecql")
    assert caught.value.problems[0].where == "filter-lang"


def test_queryables_are_the_published_fields_and_the_geometry() -> None:
    known = queryables(LAYER)
    assert list(known) == ["geometry", *FIELDS]
    assert (known["geometry"].type, known["geometry"].column) == ("geometry", "geom")
    for name in ("geometry", "geom"):
        assert '"geom" IS NULL' in compile_filter(parse(f"{name} IS NULL"), LAYER).text.as_string(None)


def test_an_attribute_called_geometry_keeps_its_name() -> None:
    odd = make_layer("odd", {"geometry": "string"})
    assert '"geometry"::text = ' in compile_filter(parse("geometry = 'a'"), odd).text.as_string(None)
    assert '"geom" IS NULL' in compile_filter(parse("geom IS NULL"), odd).text.as_string(None)


READ_AS = {
    "name ILIKE '%a''b_'": "CASEI(name) LIKE CASEI('%a''b_')",
    "name NOT ILIKE 'a'": "NOT (CASEI(name) LIKE CASEI('a'))",
    "((((ok)) AND (id=1)) AND (name='a')) AND at IS NULL": "ok AND id=1 AND name='a' AND at IS NULL",
    "size > .5": "size > 0.5",
    "size > -.5": "size > -0.5",
    "id = - 5": "id = -5",
    "id=(((5)))": "id = 5",
    'id != 5 AND "ok"': "id <> 5 AND ok",
    "_id=1 AND :x=1": '"_id"=1 AND ":x"=1',
    "S_WITHIN(geometry, POINT(+1e1 -.5))": "S_WITHIN(geometry, POINT(10 -0.5))",
}


@pytest.mark.parametrize("text", READ_AS)
def test_what_the_parser_lacks_is_read_all_the_same(text) -> None:
    assert parse(text) == parse(READ_AS[text])
    assert parse(text, "cql-text") == parse(text)


@pytest.mark.parametrize("number", [9_007_199_254_740_993, -9_223_372_036_854_775_807, 10**30, 5])
def test_whole_numbers_stay_exact(number) -> None:
    expected = Call("=", (Property("id"), Literal(number)))
    assert parse(f"id = {number}").root == expected
    assert parse(json.dumps({"op": "=", "args": [{"property": "id"}, number]}), "cql2-json").root == expected


@pytest.fixture(scope="module")
def true(desk):
    """Ask whether a filter holds in a row with known values."""
    desk.execute(
        "CREATE TABLE things AS SELECT 9007199254740993 AS id, 'Straße'::varchar AS name,"
        " 2.5::float8 AS size, TRUE AS ok, '2026-03-31'::date AS day,"
        " '2026-03-31T20:30:00Z'::timestamptz AS at,"
        " '{a,b,\"c,d\"}'::text[] AS tags, '{}'::jsonb AS about,"
        " ST_GeomFromText('LINESTRING(116 40, 116 41)', 4326) AS geom"
    )

    def ask(text: str) -> bool | None:
        condition = compile_filter(parse(text), LAYER)
        statement = sql.SQL("SELECT {} FROM things").format(condition.text)
        with desk.transaction():
            return desk.execute(statement, condition.values).fetchone()[0]

    return ask


HOLDS = [
    "id = 9007199254740993",
    "id + 0 = 9007199254740993",
    "id IN (1, 9007199254740993)",
    "id IN (9007199254740993, 99999999999999999999999)",
    "NOT id = 9007199254740992",
    "id < 99999999999999999999999",
    "CASEI(name) = CASEI('STRASSE') AND CASEI(name) = 'strasse' AND CASEI('ΟΔΟΣ') = CASEI('Οδος')",
    "CASEI(name) LIKE CASEI('sTRAß_') AND CASEI('\u212a') = CASEI('k')",
    "ACCENTI('Kø%\u0301é') = ACCENTI('Ko%e') AND ACCENTI('e\u0301') = ACCENTI('é') AND ACCENTI('桥') = '桥'",
    "NOT ACCENTI('100a') LIKE ACCENTI('100\uff05') AND ACCENTI('100\uff05') LIKE ACCENTI('100\\%')",
    "ACCENTI('a\\b') LIKE ACCENTI('a\\\\b') AND NOT ACCENTI('a＿') LIKE ACCENTI('a\uff3c_x')",
    "name LIKE 'Str%' AND name NOT LIKE 'str%' AND '' LIKE '' AND CASEI('') LIKE CASEI('%')"
    " AND 'a%b' LIKE 'a\\%b'",
    "at = DATE('2026-03-31') AND day = TIMESTAMP('2026-03-31T23:00:00Z') AND at < '2026-04-01'"
    " AND '2026-04-01' > at",
    "at BETWEEN DATE('2026-03-31') AND DATE('2026-03-31') AND '2026-03-31' BETWEEN day AND at"
    " AND at IN ('2026-03-31')",
    "at = TIMESTAMP('2026-04-01T04:30:00+08:00') AND at IN (DATE('2026-03-01'), DATE('2026-03-31'))",
    "T_DURING(INTERVAL(day, at), INTERVAL('..', '2026-04-01')) AND T_AFTER('9999-12-31', at)",
    "T_EQUALS(INTERVAL('..', '..'), INTERVAL('..', '..'))"
    " AND T_STARTS(INTERVAL(day, at), INTERVAL('2026-03-31', '..'))",
    "T_INTERSECTS(at, INTERVAL('2026-03-31', '2026-03-31')) AND T_DISJOINT(at, DATE('9999-12-31'))",
    "A_CONTAINS(tags, ('a', 'c,d')) AND A_CONTAINEDBY(tags, ('c,d', 'a', 'b', 'e'))"
    " AND A_OVERLAPS(('x', 'a'), tags)",
    "A_CONTAINS(tags, ('a')) AND A_CONTAINS(tags, 'a') AND A_CONTAINS(tags, ((('a'))))",
    "A_CONTAINEDBY(('b'), tags) AND NOT A_EQUALS(tags, ('a'))",
    "A_EQUALS(tags, ('b', 'a', 'c,d', 'a')) AND NOT A_EQUALS(tags, ('a', 'b'))"
    " AND NOT A_OVERLAPS(tags, ('c', 'd'))",
    "A_EQUALS((1, 'a', TRUE), (TRUE, 1.0, 'a', 1)) AND NOT A_CONTAINS((1, 2), (TRUE))"
    " AND A_OVERLAPS((name, 'a'), tags)",
    "A_CONTAINS((DATE('2026-01-01'), (1, 2)), ((2, 1), DATE('2026-01-01'))) AND NOT A_OVERLAPS((1), (2))",
    "size / 0 IS NULL AND 5 % 0 IS NULL AND 5 div 0 IS NULL AND 0 ^ -1 IS NULL AND (0 - 8) ^ 0.5 IS NULL",
    "10 ^ 400 IS NULL AND 10 ^ -400 = 0 AND 2 ^ 3 ^ 2 = 64 AND 7 div 2 = 3 AND -7 % 2 = -1 AND 7 / 2 = 3.5",
    "1 ^ 1e308 = 1 AND 0 ^ 0 = 1 AND 0 ^ 5 = 0 AND (-2) ^ 3 = -8 AND 0.1 + 0.2 = 0.3"
    " AND 1e300 ^ 1e300 IS NULL",
    "upper(name) LIKE 'STRA%' AND lower('AB') = 'ab' AND length(name) = 6 AND trim(' a ') = 'a'",
    "abs(-2.5) = 2.5 AND round(size) = 3 AND floor(size) = 2 AND ceil(size) = 3 AND Round(-2.5) = -3",
    "year(at) = 2026 AND month(at) = 3 AND day(day) = 31 AND hour(at) = 20",
    "S_LENGTH(geometry) BETWEEN 111000 AND 111100 AND S_AREA(geometry) = 0"
    " AND S_DISTANCE(geometry, POINT(116 40.5)) = 0",
    "S_DWITHIN(geometry, POINT(116.001 40.5), 86) AND NOT S_DWITHIN(POINT(116.001 40.5), geometry, 84)",
    "S_DWITHIN(geometry, POINT(116.001 40.5), size * 40) AND S_DWITHIN(POINT(0 0), POINT(0 1), 110600)",
    "S_EQUALS(geometry, LINESTRING(116 41, 116 40)) AND S_CONTAINS(BBOX(115,39,117,42), geometry)",
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(115 40.5, 117 40.5)))",
    "S_WITHIN(POINT(1 1), BBOX(0,0,2,2)) AND S_TOUCHES(POINT(0 0), BBOX(0,0,2,2))"
    " AND S_DISJOINT(POINT(5 5), POINT(6 6))",
    "ok = TRUE AND (id = 1) = FALSE AND (id = 1) IN (FALSE) AND FALSE < ok AND 1 = 1 AND 'b' > 'a'",
    "about IS NOT NULL AND geometry IS NOT NULL AND tags IS NOT NULL AND NOT (id = 1) IS NULL",
]


@pytest.mark.parametrize("text", HOLDS)
def test_each_part_of_these_holds(true, text) -> None:
    assert true(text) is True


def test_the_document_of_functions_names_them_all() -> None:
    document = functions_document()
    assert [entry["name"] for entry in document["functions"]] == [each.name for each in FUNCTIONS.values()]
    near = document["functions"][0]
    assert near["name"] == "S_DWITHIN"
    assert [argument["type"] for argument in near["arguments"]] == [["geometry"], ["geometry"], ["number"]]
    assert near["returns"] == ["boolean"]
    assert json.loads(json.dumps(document)) == document


def test_truth_is_not_one() -> None:
    """Conditions may be kept by their expression."""
    assert parse("ok = TRUE") != parse("ok = 1")
    assert len({parse("ok = TRUE"), parse("ok = 1"), parse("ok = (TRUE)")}) == 2


def test_values_are_named_in_order_and_conditions_do_not_change() -> None:
    condition = compile_filter(parse("id = 1 OR id = 2"), LAYER)
    assert condition.values == {"f_0": 1, "f_1": 2}
    assert condition.text.as_string(None) == '((("id" = %(f_0)s::bigint) OR ("id" = %(f_1)s::bigint)))'
    with pytest.raises(AttributeError):
        condition.text = None  # type: ignore[misc]
