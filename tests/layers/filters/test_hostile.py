"""Filters of strangers: whatever comes, the answer is a reason, in good time; nothing of it becomes SQL."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from psycopg import sql

from layers.filters import compile_filter, parse
from layers.filters.limits import MAX_DEPTH
from spatial.errors import InvalidInput
from tests.layers.filters.conftest import DATA, make_layer

LAYER = make_layer(
    "hostile",
    {"n": "integer", "s": "string", "ok": "boolean", "at": "date-time", "tags": "array", 'x "y" %': "string"},
)


def refusal(text: str, language: str = "cql2-text") -> str:
    with pytest.raises(InvalidInput) as caught:
        compile_filter(parse(text, language), LAYER)
    assert {problem.where for problem in caught.value.problems} == {"filter"}
    return caught.value.problems[0].reason


N = 100_000
TEXTS = {
    "100,000 NOTs": ("NOT " * N + "ok", "more than 100 operators or calls"),
    "NOTs in parentheses": ("NOT (" * N + "ok" + ")" * N, "longer than 500,000"),
    "minus": ("n=" + "- " * N + "1", "more than 100 operators or calls"),
    "sum": ("n=" + "+".join(["1"] * N), "more than 100 operators or calls"),
    "chain of =": ("ok" + "=ok" * N, "more than 100 operators or calls"),
    "chain of LIKE": ("s" + " like s" * 20_000, "more than 100 operators or calls"),
    "calls": ("f(" * N, "more than 100 operators or calls"),
    "calls and signs": (("f(" + "-" * 50) * 5_000, "more than 100 operators or calls"),
    "calls of sums": (("f(" + "1+" * 50) * 3_000, "more than 100 operators or calls"),
    "CASEI": ("casei(" * 60 + "s" + ")" * 60 + "='a'", f"more than {MAX_DEPTH} levels"),
    "ANDs": (" AND ".join(["ok"] * 50_000), "more than 1,000 operators"),
    "parentheses": ("(" * N + "ok" + ")" * N, "more than 1,000 parentheses"),
    "open parentheses": ("(" * 40, "a parenthesis is not closed that was opened at line 1, column 40"),
    "an error in parentheses": ("(" * 40 + "n=1;" + ")" * 40, "line 1, column 44"),
    "polygons in polygons": ("polygon((" * 40 + ";", "this is no geometry"),
    "polygons, closed": ("polygon((" * 40 + "))" * 40, "this is no geometry"),
    "rings": ("s_within(geometry,POLYGON" + "(" * N, "this is no geometry"),
    "collections": ("GEOMETRYCOLLECTION(" * 20_000, "this is no geometry"),
    "lists of two": (
        "a_equals(tags," + "(" * 60 + "'a'" + ",'b')" * 60 + ")",
        f"more than {MAX_DEPTH} levels",
    ),
    "a megabyte": ("s='" + "x" * 1_000_000 + "'", "longer than 500,000 characters"),
    "a huge list": (f"n IN ({','.join(['1'] * 30_000)})", "more than"),
    "a huge polygon": (
        f"S_WITHIN(geometry,LINESTRING({','.join(f'{i % 7} {i % 5}' for i in range(25_000))}))",
        "more than 20,000 points",
    ),
    "many digits": ("n=" + "9" * 10_000, "more than 400 digits"),
    "a huge exponent": ("n=1.123456789123456789e999999999999999999999", "out of range"),
    "beyond doubles": ("n=1e400", "out of range"),
    "NUL": ("s='a\x00b'", "may not contain U+0000 (line 1, column 5)"),
    "half a character": ("s='\ud800'", "may not contain U+D800"),
    "our placeholders": ('"\U000e1000"=1', "may not contain U+E1000"),
    "NaN": ("S_WITHIN(geometry,POINT(nan nan))", "cannot be read"),
    "infinite": ("S_WITHIN(geometry,POINT(1e999 1))", "out of range"),
    "far away": ("S_WITHIN(geometry,POINT(1e300 1))", "out of range"),
    "empty": ("S_WITHIN(geometry,POINT EMPTY)", "cannot be read"),
    "a bow tie": ("S_WITHIN(geometry,POLYGON((0 0,2 2,2 0,0 2,0 0)))", "self-intersection at 1 1"),
    "an open ring": ("S_WITHIN(geometry,POLYGON((0 0,2 2,2 0)))", "ring is not closed"),
    "a flat ring": ("S_WITHIN(geometry,POLYGON((0 0,2 2,0 0)))", "ring is not closed"),
    "a single point": ("S_WITHIN(geometry,LINESTRING(0 0))", "single point"),
    "a long pattern": ("s LIKE '" + "%a" * 600 + "'", "pattern of LIKE is longer"),
    "a broken pattern": ("s LIKE 'a\\'", "escape character"),
    "nothing": ("", "is empty"),
    "blanks": (" \n\t", "is empty"),
    "an open text": ("s='a", "no second '"),
    "an open name": ('"s=1', 'no second "'),
    "commas": ("ok" + "," * N, "more than 50,000"),
    "a closed parenthesis": ("ok)", "never opened at line 1, column 3"),
    "a second statement": ("ok; DROP TABLE hostile", "line 1, column 3"),
    "a function of the database": ("pg_sleep(10)=1", "no function or operator 'pg_sleep'"),
    "a column of the system": ("xmin=1", "no property 'xmin'"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_hostile_texts_are_refused_with_a_reason(what) -> None:
    text, reason = TEXTS[what]
    assert reason.lower() in refusal(text).lower()


def nested(depth: int) -> str:
    return '{"op":"not","args":[' * depth + "true" + "]}" * depth


def located(coordinates: object, kind: str = "Point") -> str:
    shape = {"type": kind, "coordinates": coordinates}
    return json.dumps({"op": "s_within", "args": [{"property": "geometry"}, shape]})


JSONS = {
    "deep": (nested(20_000), f"more than {MAX_DEPTH} levels"),
    "too deep for us": (nested(MAX_DEPTH + 1), f"more than {MAX_DEPTH} levels"),
    "deep lists": ("[" * N, f"more than {MAX_DEPTH} levels"),
    "a string": ('"a"', "a filter takes a truth value"),
    "no JSON": ('{"op":', "line 1, column 7"),
    "text": ("ok = TRUE", "is no JSON"),
    "null": ("null", "IS NULL"),
    "NaN": (located([float("nan"), 1]), "NaN is no number"),
    "Infinity": ('{"op":"=","args":[{"property":"n"},Infinity]}', "no number"),
    "digits": ('{"op":"=","args":[{"property":"n"},' + "9" * 5000 + "]}", "out of range"),
    "exponent": ('{"op":"=","args":[{"property":"n"},1e9999999999999999999]}', "out of range"),
    "NUL": (r'{"op":"=","args":[{"property":"s"},"\u0000"]}', "U+0000"),
    "half a character": (r'{"op":"=","args":[{"property":"s"},"\ud800"]}', "half a character"),
    "coordinates that are texts": (located(["1", "2"]), "no number"),
    "coordinates that are true": (located([True, 2]), "no number"),
    "one coordinate": (located([1]), "two or three numbers"),
    "deep coordinates": (located([[[[[1, 2]]]]], "Polygon"), "two or three numbers"),
    "no coordinates": (located([], "Polygon"), "missing or empty"),
    "an unknown shape": (located([1, 2], "Circle"), "unknown type 'Circle'"),
    "a list as op": ('{"op":["="],"args":[]}', "without the name 'op'"),
    "no args": ('{"op":"="}', "without the name 'op' or the list 'args'"),
    "too few": ('{"op":"=","args":[1]}', "= takes 2 arguments, and 1 are given"),
    "too many": ('{"op":"not","args":[true,true]}', "NOT takes 1 argument, and 2 are given"),
    "a lonely AND": ('{"op":"and","args":[true]}', "AND takes two conditions"),
    "an empty IN": ('{"op":"in","args":[{"property":"n"},[]]}', "at least one value"),
    "an unknown object": ('{"hello":"world"}', "nothing of CQL2"),
    "a bbox of three": ('{"op":"s_within","args":[{"property":"geom"},{"bbox":[1,2,3]}]}', "4 or 6 numbers"),
    "a bbox upside down": ('{"op":"s_within","args":[{"property":"geom"},{"bbox":[1,2,3,1]}]}', "lower edge"),
    "a day that is none": ('{"op":"=","args":[{"property":"at"},{"date":"2026-02-30"}]}', "2026-02-30"),
    "no offset": (
        '{"op":"=","args":[{"property":"at"},{"timestamp":"2026-02-01T00:00:00"}]}',
        "TIMESTAMP takes",
    ),
    "an interval turned round": (
        '{"op":"t_after","args":[{"property":"at"},{"interval":["2026-02-02","2026-02-01"]}]}',
        "before it begins",
    ),
    "an interval of one": (
        '{"op":"t_after","args":[{"property":"at"},{"interval":["2026-02-02"]}]}',
        "a start and",
    ),
}


@pytest.mark.parametrize("what", JSONS)
def test_hostile_json_is_refused_with_a_reason(what) -> None:
    text, reason = JSONS[what]
    assert reason in refusal(text, "cql2-json")


def test_the_deepest_filter_allowed_has_room_on_the_stack() -> None:
    """Recursion starts far down in a server, and must not end in a RecursionError there."""

    def far_down(frames: int) -> object:
        if frames:
            return far_down(frames - 1)
        return compile_filter(parse(nested(MAX_DEPTH), "cql2-json"), LAYER).text.as_string(None)

    assert str(far_down(450)).count("NOT") == MAX_DEPTH


def test_the_parser_does_not_overflow_the_small_stack_of_a_thread() -> None:
    """At the limits, in a thread with 512 kB; in a process of its own, because it would end it."""
    program = """
import threading
from layers.filters import parse
threading.stack_size(512 * 1024)
texts = ["NOT " * 49 + "ok", " AND ".join(["ok"] * 1000), "n=" + "+".join(["1"] * 49),
         "(" * 900 + "ok" + ")" * 900, "casei(" * 99 + "s" + ")" * 99,
         " OR ".join(["ok AND ok"] * 499), "- " * 99 + "n"]
from spatial.errors import InvalidInput
def run():
    for text in texts:
        try:
            parse(text)
        except InvalidInput as error:
            assert "levels deep" in error.detail, error.detail
    print("done")
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr


def test_broken_examples_are_read_or_refused() -> None:
    """Examples with random damage: an answer each time, and none takes long (the parser alone would)."""
    texts = list(json.loads((DATA / "examples.json").read_text(encoding="utf-8"))["text"].values())
    tokens = [
        "(",
        "((",
        ")",
        "NOT ",
        " AND ",
        "'",
        '"',
        "1",
        ".5",
        ",",
        "=",
        "-",
        "POLYGON((",
        "ILIKE ",
        "IN (",
        "\n",
    ]
    chosen = random.Random(7)
    read = refused = 0
    for _ in range(5_000):
        text = list(chosen.choice(texts))
        for _ in range(chosen.randint(1, 5)):
            at = chosen.randrange(len(text))
            text[at : at + chosen.randint(0, 2)] = chosen.choice(tokens) * chosen.choice([1, 1, 1, 30])
        try:
            parse("".join(text))
            read += 1
        except InvalidInput:
            refused += 1
    assert read > 100
    assert refused > 1_000


INJECTIONS = [
    "s = '''; DROP TABLE hostile; --'",
    "s = '%(f_0)s' OR s = '%s' OR s LIKE '%%'",
    "s IN ('a'')) OR ((1=1', '{}', '\"')",
    '"x ""y"" %" = \'a\'',
    "s LIKE '\\%\\_%' OR casei(s) LIKE casei('%''')",
    "a_contains(tags, ('a,b', '{}', 'c\"'))",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_values_stay_values(desk, text) -> None:
    desk.execute(
        "CREATE TABLE IF NOT EXISTS hostile (fid int, n int, s text, ok bool, at timestamptz, tags text[],"
        ' "x ""y"" %" text, geom geometry)'
    )
    condition = compile_filter(parse(text), LAYER)
    statement = sql.SQL("SELECT count(*) FROM hostile WHERE {}").format(condition.text)
    assert desk.execute(statement, condition.values).fetchone() == (0,)
    assert "DROP" not in condition.text.as_string(None)


@pytest.mark.parametrize(
    "name", ['s" OR TRUE --', "s) OR (TRUE", "geom::text", "S", "public.hostile", "*", ""]
)
def test_only_published_names_are_names(name) -> None:
    given = json.dumps({"op": "isNull", "args": [{"property": name}]})
    assert "there is no property" in refusal(given, "cql2-json")


@pytest.mark.parametrize(
    "op", ["pg_sleep", "current_setting", "; DROP", "||", "ST_Buffer", "public.unaccent", ""]
)
def test_only_our_operators_and_functions_are_called(op) -> None:
    assert "there is no function or operator" in refusal(json.dumps({"op": op, "args": ["a"]}), "cql2-json")


def test_work_does_not_double_with_each_level() -> None:
    text = "(" * 45 + "ok" + " IN (ok, FALSE))" * 45
    condition = compile_filter(parse(text), LAYER)
    assert len(condition.text.as_string(None)) < 5_000
    assert not condition.values
