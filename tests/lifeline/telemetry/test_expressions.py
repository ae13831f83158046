"""Conditions and options read without a database: what they mean, and what is refused at which place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeline.telemetry.expressions import Call, Literal, Node, Path, parse_filter
from lifeline.telemetry.options import read_options
from spatial.errors import InvalidInput


def said(node: Node) -> str:
    """Write a tree with every bracket."""
    if isinstance(node, Literal):
        return str(node.value)
    if isinstance(node, Path):
        return "/".join(node.parts)
    return f"{node.name}({','.join(map(said, node.arguments))})"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a or b and c", "or(a,and(b,c))"),
        ("not a eq 1 and b", "and(not(eq(a,1.0)),b)"),
        ("a sub b sub c mul 2", "sub(sub(a,b),mul(c,2.0))"),
        ("(a or b) and not (c)", "and(or(a,b),not(c))"),
        ("-a lt -2", "lt(negate(a),negate(2.0))"),
        ("Thing/properties/x eq 'it''s'", "eq(Thing/properties/x,it's)"),
        ("t ge 2026-01-01T08:00:00+08:00", "ge(t,2026-01-01 00:00:00+00:00)"),
        ("contains(a,'b')", "contains(a,b)"),
    ],
)
def test_operators_bind_as_the_standard_says(text: str, meaning: str) -> None:
    assert said(parse_filter(text)) == meaning


@pytest.mark.parametrize(
    "text", ["a eq 'x" + "y" * 1_000_000 + "'", "(" * 50 + "a" + ")" * 50, "a and " * 300 + "a"]
)
def test_what_is_too_much_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"longer|deeper|more than"):
        parse_filter(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    try:
        assert isinstance(parse_filter(text), (Literal, Path, Call))
    except InvalidInput as error:
        assert error.problems[0].where == "$filter"


@given(st.text(alphabet="$expandDtsremTing(;,)/='1 top&", max_size=80))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        read_options(text)
    except InvalidInput as error:
        assert error.problems


def test_options_inside_of_expand_are_read_to_any_depth() -> None:
    found = read_options(
        "$expand=Datastreams($select=name;$expand=Observations($top=1;$filter=result eq ')')),Locations"
    )
    (streams, inside), (places, _) = found.expand
    assert (streams, places, inside.select) == ("Datastreams", "Locations", ("name",))
    assert inside.expand[0][1].top == 1
    assert said(inside.expand[0][1].condition or Literal("null", None)) == "eq(result,))"
