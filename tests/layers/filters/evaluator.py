"""An independent reading of CQL2: random filters, their text, and what they say of a row, without any SQL."""

from __future__ import annotations

import operator
import re
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

Tree = Any
Row = dict[str, Any]

TEXTS = ["", "a", "A", "aß", "ASS", "é", "É", "e", "100%", "a_b", "a\\b", "ΣΑΣ", "σας", "O'Neill", "桥"]
DAYS = [date(2022, 4, 15), date(2022, 4, 16), date(2022, 4, 17)]
MOMENTS = [
    datetime(2022, 4, 15, 23, 59, 59, tzinfo=UTC),
    datetime(2022, 4, 16, 0, 0, tzinfo=UTC),
    datetime(2022, 4, 16, 12, 30, tzinfo=UTC),
    datetime(2022, 4, 17, 0, 0, tzinfo=UTC),
]
FIELDS = {
    "n": "integer",
    "x": "number",
    "s": "string",
    "t": "string",
    "ok": "boolean",
    "day": "date",
    "at": "date-time",
    "till": "date-time",
}


def rows() -> list[Row]:
    """Make rows in which every value, and NULL, stands beside every other kind of value."""
    numbers = [None, -2, 0, 1, 2, 7]
    floats = [None, -1.5, 0.0, 0.25, 1.0, 2.75, 7.0]
    return [
        {
            "id": index,
            "n": numbers[index % 6],
            "x": floats[index % 7],
            "s": [*TEXTS, None][index % 16],
            "t": [*TEXTS, None][index * 5 % 16],
            "ok": [True, False, None][index % 3],
            "day": [*DAYS, None][index % 4],
            "at": [*MOMENTS, None][index % 5],
            "till": [*MOMENTS, None][index * 2 % 5],
        }
        for index in range(60)
    ]


def op(name: str, *arguments: Tree) -> Tree:
    return {"op": name, "args": list(arguments)}


def named(*names: str) -> st.SearchStrategy[Tree]:
    return st.sampled_from(names).map(lambda name: {"property": name})


exact = st.deferred(
    lambda: (
        named("n", "x")
        | st.integers(-3, 9)
        | st.sampled_from([0.25, 0.5, 1.75])
        | st.builds(op, st.sampled_from("+-*"), exact, exact)
    )
)
number = st.deferred(
    lambda: (
        exact
        | st.builds(op, st.sampled_from(["+", "-", "*", "/"]), number, number)
        | st.builds(op, st.sampled_from(["%", "div"]), exact, exact)
        | st.builds(op, st.just("^"), named("n", "x"), st.integers(-2, 3))
    )
)
text = st.deferred(
    lambda: named("s", "t") | st.sampled_from(TEXTS) | text.map(lambda inner: op("casei", inner))
)
pattern = st.text("aAsß%_é\\", max_size=5).map(lambda raw: re.sub(r"\\$", "", re.sub(r"\\\\", "", raw)))
instant = named("day", "at", "till") | st.sampled_from(
    [{"date": day.isoformat()} for day in DAYS]
    + [{"timestamp": moment.isoformat().replace("+00:00", "Z")} for moment in MOMENTS]
)
end = named("day", "at", "till") | st.just("..")
interval = st.builds(lambda start, stop: {"interval": [start, stop]}, end, end)
compared = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
RELATIONS = ["t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"]
BETWEEN_INTERVALS = ["t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets", "t_metBy"]
BETWEEN_INTERVALS += ["t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts"]
condition = st.deferred(
    lambda: (
        named("ok")
        | st.booleans()
        | st.builds(op, compared, number, number)
        | st.builds(op, compared, text, text)
        | st.builds(op, compared, instant, instant)
        | st.builds(op, st.sampled_from(["=", "<>"]), condition, condition)
        | st.builds(op, st.just("between"), number, number, number)
        | st.builds(op, st.just("between"), instant, instant, instant)
        | st.builds(op, st.just("in"), number, st.lists(number, min_size=1, max_size=3))
        | st.builds(op, st.just("in"), text, st.lists(text, min_size=1, max_size=3))
        | st.builds(op, st.just("in"), instant, st.lists(instant, min_size=1, max_size=3))
        | st.builds(op, st.just("like"), text, pattern)
        | st.builds(lambda value, like: op("like", op("casei", value), op("casei", like)), text, pattern)
        | st.builds(op, st.just("isNull"), number | text | instant | condition)
        | st.builds(op, st.sampled_from(RELATIONS), instant | interval, instant | interval)
        | st.builds(op, st.sampled_from(BETWEEN_INTERVALS), interval, interval)
        | st.builds(op, st.sampled_from(["and", "or"]), condition, condition)
        | st.builds(op, st.just("not"), condition)
    )
)


def show(tree: Tree) -> str:
    """Write a tree as CQL2 text, with every parenthesis that could be."""
    if isinstance(tree, bool):
        return str(tree).upper()
    if isinstance(tree, str):
        return "'" + tree.replace("'", "''") + "'"
    if isinstance(tree, int | float):
        return str(tree)
    if isinstance(tree, list):
        return f"({', '.join(map(show, tree))})"
    if "op" not in tree:
        kind, value = next(iter(tree.items()))
        inside = ", ".join(map(show, value)) if kind == "interval" else show(value)
        return f'"{value}"' if kind == "property" else f"{kind.upper()}({inside})"
    return _show_operation(tree["op"], [show(argument) for argument in tree["args"]])


def _show_operation(name: str, arguments: list[str]) -> str:
    if name.startswith("t_") or name == "casei":
        return f"{name}({', '.join(arguments)})"
    forms = {"not": "(NOT {})", "isNull": "({} IS NULL)", "between": "({} BETWEEN {} AND {})"}
    return forms.get(name, f"({{}} {name.upper() if name != 'div' else name} {{}})").format(*arguments)


def evaluate(tree: Tree, row: Row) -> Any:
    """Say what a tree is for a row: a value, or None for NULL."""
    if not isinstance(tree, dict):
        return [evaluate(item, row) for item in tree] if isinstance(tree, list) else _value(tree)
    if "op" in tree:
        return _operation(tree["op"], tree["args"], row)
    if "property" in tree:
        return _value(row[tree["property"]], column=True)
    if "date" in tree:
        return date.fromisoformat(tree["date"])
    if "timestamp" in tree:
        return datetime.fromisoformat(tree["timestamp"])
    return [item if item == ".." else evaluate(item, row) for item in tree["interval"]]


def _value(given: Any, column: bool = False) -> Any:
    """Numbers are exact, but for what stands in a column of doubles."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return given
    return given if column and isinstance(given, float) else Fraction(given)


def _operation(name: str, arguments: list[Tree], row: Row) -> Any:
    values = [evaluate(argument, row) for argument in arguments]
    if name == "isNull":
        return values[0] is None
    if name == "and":
        return False if False in values else None if None in values else True
    if name == "or":
        return True if True in values else None if None in values else False
    if name in ("in", "between"):
        return _several(name, values)
    if name.startswith("t_"):
        return _temporal(name, *values)
    if None in values:
        return None
    return _SIMPLE[name](*values)


def _several(name: str, values: list[Any]) -> bool | None:
    """IN is equal to the one or the other; BETWEEN is not less and not more."""
    if name == "in":
        answers = [_comparison("=", values[0], item) for item in values[1]]
        return True if True in answers else None if None in answers else False
    answers = [_comparison(">=", values[0], values[1]), _comparison("<=", values[0], values[2])]
    return False if False in answers else None if None in answers else True


_COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _comparison(name: str, a: Any, b: Any) -> bool | None:
    if a is None or b is None:
        return None
    if isinstance(a, datetime) != isinstance(b, datetime):
        a, b = (each.date() if isinstance(each, datetime) else each for each in (a, b))
    elif isinstance(a, float) != isinstance(b, float):
        a, b = float(a), float(b)
    return bool(_COMPARE[name](a, b))


def _arithmetic(name: str, a: Any, b: Any) -> Any:
    if isinstance(a, float) or isinstance(b, float):
        a, b = float(a), float(b)
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[name](a, b)


def _whole(a: Any, b: Any) -> tuple[Fraction, Fraction] | None:
    """Divide without rest, towards zero."""
    a, b = Fraction(a), Fraction(b)
    if b == 0:
        return None
    quotient = Fraction(int(a / b))
    return quotient, a - b * quotient


def _power(a: Any, b: Any) -> float | None:
    return None if a == 0 and b < 0 else float(a) ** float(b)


def _like(value: str, like: str) -> bool:
    parts = re.findall(r"\\.|.", like, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


_SIMPLE = {
    **{name: (lambda a, b, name=name: _comparison(name, a, b)) for name in _COMPARE},
    **{name: (lambda a, b, name=name: _arithmetic(name, a, b)) for name in "+-*"},
    "/": lambda a, b: None if b == 0 else float(a) / float(b),
    "div": lambda a, b: found[0] if (found := _whole(a, b)) else None,
    "%": lambda a, b: found[1] if (found := _whole(a, b)) else None,
    "^": _power,
    "not": operator.not_,
    "casei": str.casefold,
    "like": _like,
}


def _temporal(name: str, first: Any, second: Any) -> bool | None:
    """Place both intervals by comparing all their ends; the names are those of Allen's algebra."""
    (a, b), (c, d) = (each if isinstance(each, list) else [each, each] for each in (first, second))
    a, c = ("-" if each == ".." else each for each in (a, c))
    b, d = ("+" if each == ".." else each for each in (b, d))
    answers = [_order(*pair) for pair in _ENDS[name.lower()](a, b, c, d)]
    results = [None if order is None else order in wanted for order, wanted in answers]
    if name == "t_disjoint":
        return True if True in results else None if None in results else False
    return False if False in results else None if None in results else True


def _order(x: Any, wanted: str, y: Any) -> tuple[str | None, str]:
    if x is None or y is None:
        return None, wanted
    if x in ("-", "+") or y in ("-", "+"):
        rank = {"-": -1, "+": 1}
        difference = (rank.get(x, 0) if isinstance(x, str) else 0) - (
            rank.get(y, 0) if isinstance(y, str) else 0
        )
        return "<=>"[(difference > 0) - (difference < 0) + 1], wanted
    for sign in "<=>":
        if _comparison(sign, x, y):
            return sign, wanted
    raise AssertionError


_ENDS = {
    "t_before": lambda a, b, c, d: [(b, "<", c)],
    "t_after": lambda a, b, c, d: [(a, ">", d)],
    "t_disjoint": lambda a, b, c, d: [(b, "<", c), (d, "<", a)],
    "t_intersects": lambda a, b, c, d: [(b, "=>", c), (d, "=>", a)],
    "t_equals": lambda a, b, c, d: [(a, "=", c), (b, "=", d)],
    "t_contains": lambda a, b, c, d: [(c, ">", a), (d, "<", b)],
    "t_during": lambda a, b, c, d: [(a, ">", c), (b, "<", d)],
    "t_finishes": lambda a, b, c, d: [(c, "<", a), (b, "=", d)],
    "t_finishedby": lambda a, b, c, d: [(a, "<", c), (b, "=", d)],
    "t_starts": lambda a, b, c, d: [(a, "=", c), (b, "<", d)],
    "t_startedby": lambda a, b, c, d: [(a, "=", c), (d, "<", b)],
    "t_meets": lambda a, b, c, d: [(b, "=", c)],
    "t_metby": lambda a, b, c, d: [(a, "=", d)],
    "t_overlaps": lambda a, b, c, d: [(a, "<", c), (c, "<", b), (b, "<", d)],
    "t_overlappedby": lambda a, b, c, d: [(c, "<", a), (a, "<", d), (d, "<", b)],
}
