"""Attributes as clients send them: what each type takes, to its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import Field
from layers.edits.values import is_same, merged, text_of


def field(kind: str, **more: Any) -> Field:
    return Field("f", kind, "f", "f", **more)


@pytest.mark.parametrize(
    ("kind", "column", "value", "text"),
    [
        ("integer", "int2", 32767, "32767"),
        ("integer", "int2", -32768, "-32768"),
        ("integer", "int4", 2**31 - 1, "2147483647"),
        ("integer", "int8", 2**63 - 1, "9223372036854775807"),
        ("integer", "int8", -(2**63), "-9223372036854775808"),
        ("integer", "", 3.0, "3"),
        ("integer", "", -0.0, "0"),
        ("number", "float8", 1.7976931348623157e308, "1.7976931348623157e+308"),
        ("number", "float8", 5e-324, "5e-324"),
        ("number", "numeric", 12, "12"),
        ("boolean", "bool", False, "false"),
        ("string", "text", "", ""),
        ("string", "text", "长 \U0001f600 %s '\"\\", "长 \U0001f600 %s '\"\\"),
        ("date", "date", "2024-02-29", "2024-02-29"),
        ("date", "date", "0001-01-01", "0001-01-01"),
        ("date-time", "timestamptz", "2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00+00:00"),
        ("date-time", "timestamptz", "2026-01-31t00:00:00.5z", "2026-01-31T00:00:00.500000+00:00"),
        ("date-time", "timestamptz", "2026-01-31T08:00", "2026-01-31T00:00:00+00:00"),
        ("array", "_text", ["a", ""], '["a",""]'),
        ("json", "jsonb", {"a": [1, None]}, '{"a":[1,null]}'),
    ],
)
def test_a_value_is_written_as_its_column_reads_it(kind: str, column: str, value: Any, text: str) -> None:
    assert text_of(field(kind), value, column) == text
    assert text_of(field(kind), None, column) is None


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("integer", "int2", 32768),
        ("integer", "int4", -(2**31) - 1),
        ("integer", "int8", 2**63),
        ("integer", "", 2.0**53),
        ("integer", "", 1.5),
        ("integer", "", True),
        ("integer", "", "1"),
        ("number", "", float("nan")),
        ("number", "", float("inf")),
        ("number", "", False),
        ("boolean", "", 0),
        ("string", "", 1),
        ("string", "", "a\x00"),
        ("date", "", "2023-02-29"),
        ("date", "", "2023-2-9"),
        ("date-time", "", "2026-01-31T24:00:01Z"),
        ("date-time", "", "2026-01-31"),
        ("array", "", {}),
        ("array", "", [None]),
        ("json", "", "a\x00"),
    ],
)
def test_what_is_no_value_is_refused(kind: str, column: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        text_of(field(kind), value, column)


def test_choices_lengths_and_what_is_required() -> None:
    assert text_of(field("integer", values=(1, 2)), 2) == "2"
    assert text_of(field("string"), "abc", "varchar", 3) == "abc"
    for chosen, value, longest in ((field("integer", values=(1, 2)), 3, None), (field("string"), "abcd", 3),
                                   (field("string", required=True), " \t", None)):  # fmt: skip
        with pytest.raises(ValueError, match=r".+"):
            text_of(chosen, value, "varchar", longest)


NOW = datetime(2026, 1, 31, 0, 0, 0, 123456, UTC)


@pytest.mark.parametrize(
    ("kind", "given_", "stored", "same"),
    [
        ("integer", 5, 5, True),
        ("integer", "5", 5, True),
        ("integer", 5.0, 5, True),
        ("integer", 6, 5, False),
        ("number", 0.1 + 0.2, 0.3, True),
        ("number", 12.5, Decimal("12.50"), True),
        ("number", 12.6, Decimal("12.50"), False),
        ("number", "x", 1.0, False),
        ("date", "2026-01-31", date(2026, 1, 31), True),
        ("date", "2026-02-01", date(2026, 1, 31), False),
        ("date-time", "2026-01-31T08:00:00.123+08:00", NOW, True),
        ("date-time", "2026-01-31T00:00:00Z", NOW, True),
        ("date-time", "2026-01-31T00:00:02Z", NOW, False),
        ("date-time", "never", NOW, False),
        ("date-time", None, NOW, False),
        ("boolean", True, False, False),
        ("string", "a", None, False),
        ("json", {"a": 1}, {"a": 1}, True),
    ],
)
def test_a_value_that_comes_back_is_known_again(kind: str, given_: Any, stored: Any, same: bool) -> None:
    assert is_same(field(kind), given_, stored) is same


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # The examples of RFC 7396, appendix A.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_as_the_rfc_has_them(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


@given(JSON, JSON)
def test_a_patch_applied_twice_is_a_patch_applied_once(target: Any, patch: Any) -> None:
    assert merged(merged(target, patch), patch) == merged(target, patch)
