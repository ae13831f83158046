"""Mappings: what each rule gives, what is told of a wrong one and where, and that none can run long."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.partners.mapping import MISSING, Mapping, Refused, Rule, check_message

Json = Any
MESSAGE = {
    "id": 7,
    "kind": " Pothole ",
    "where": {"x": "116.3", "y": 39.9, "text": "39,9;116,3"},
    "tags": ["a", "", None, "b"],
    "when": "05.11.1994 08:15",
    "parts": [{"k": "depth", "v": "12"}, {"k": "road", "v": "Xueyuan Lu"}],
    "empty": "",
    "nothing": None,
    "yes": True,
}


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("$.id", 7),
        ({"path": "$.where.y"}, 39.9),
        ({"path": "$['where']['x']"}, "116.3"),
        ({"path": "$.parts[-1].v"}, "Xueyuan Lu"),
        ({"path": "$.parts[?@.k == 'road'].v"}, "Xueyuan Lu"),
        ({"path": "$..v"}, "12"),
        ({"path": "$..v", "all": True}, ["12", "Xueyuan Lu"]),
        ({"path": "$.tags[*]", "all": True}, ["a", "b"]),
        ({"path": "$.empty"}, MISSING),
        ({"path": "$.nothing"}, MISSING),
        ({"path": "$.gone.deeper[3]"}, MISSING),
        ({"path": "$.gone", "default": "x"}, "x"),
        ({"path": "$.id", "default": "x"}, 7),
        ({"const": {"a": [1]}}, {"a": [1]}),
        ({"const": None}, MISSING),
        ({"template": "{$.id}: {what}{{}}", "values": {"what": "$.kind"}}, "7:  Pothole {}"),
        ({"template": "{$.gone}{$.empty}"}, MISSING),
        ({"template": "plain"}, "plain"),
        ({"join": ["$.id", "$.gone", {"path": "$.tags[*]", "all": True}], "with": "、"}, "7、a、b"),
        ({"join": ["$.gone"]}, MISSING),
        ({"first_of": ["$.gone", "$.empty", {"path": "$.id"}, "$.kind"]}, 7),
        ({"path": "$.kind", "text": {}}, "Pothole"),
        ({"path": "$.kind", "text": {"case": "upper", "most": 3}}, "POT"),
        ({"path": "$.kind", "text": {"remove": "Pothle "}}, MISSING),
        ({"path": "$.where.text", "split": {"by": ";", "take": 1}, "number": {"decimal": ","}}, 116.3),
        ({"path": "$.where.text", "split": {"by": ";", "take": 9}}, MISSING),
        ({"path": "$.kind", "table": {"POTHOLE": "01001"}}, "01001"),
        ({"path": "$.id", "table": {"7": 5, "8": 6}}, 5),
        ({"path": "$.yes", "table": {"true": "urgent"}}, "urgent"),
        ({"path": "$.id", "table": {"8": 6}, "else": 9}, 9),
        ({"path": "$.id", "table": {"7": None}, "default": "d"}, "d"),
        ({"path": "$.where.x", "number": {}}, 116.3),
        ({"const": "1,234.5", "number": {}}, 1234.5),
        ({"const": "1.234,5", "number": {"decimal": ","}}, 1234.5),
        ({"const": 2.5, "number": {"unit": "km", "to": "m"}}, 2500),
        ({"const": "3", "number": {"unit": "mu", "to": "m2", "decimals": 0}}, 2000),
        ({"const": 212, "number": {"unit": "F", "to": "C", "decimals": 6}}, 100),
        ({"const": 1163000000, "number": {"unit": "1e-7deg", "to": "deg", "decimals": 7}}, 116.3),
        (
            {"path": "$.when", "date": {"read": "%d.%m.%Y %H:%M", "zone": "America/New_York"}},
            "1994-11-05T08:15:00-05:00",
        ),
        (
            {"path": "$.when", "date": {"read": "%d.%m.%Y %H:%M", "zone": "+08:00", "write_zone": "UTC"}},
            "1994-11-05T00:15:00+00:00",
        ),
        ({"const": 784041330, "date": {"read": "unix", "write_zone": "+08:00"}}, "1994-11-05T21:15:30+08:00"),
        ({"const": "784041330000", "date": {"read": "unix_ms", "write": "unix"}}, 784041330),
        ({"const": "1994-11-05T13:15:30Z", "date": {"write": "%Y%m%d"}}, "19941105"),
        (
            {"point": {"lon": {"path": "$.where.x", "number": {}}, "lat": "$.where.y"}, "as": "lat_lon"},
            [39.9, 116.3],
        ),
        ({"point": {"lon": "$.gone", "lat": "$.gone"}}, MISSING),
    ],
)  # fmt: skip
def test_a_rule_gives_its_value(rule: Json, value: Json) -> None:
    assert Rule.parse(rule).value(MESSAGE) == value


def test_a_point_is_moved_between_datums_as_the_platform_does() -> None:
    there = {"lon": 116.310454, "lat": 39.992806}
    rule = {"point": {"lon": "$.lon", "lat": "$.lat"}, "from": "wgs84", "to": "gcj02"}
    lon, lat = Rule.parse(rule).value(there)
    # In Beijing GCJ-02 lies about 520 m east and 140 m north of the truth.
    assert (lon - there["lon"], lat - there["lat"]) == pytest.approx((0.0061, 0.0013), abs=1e-4)
    back = Rule.parse({**rule, "from": "gcj02", "to": "wgs84", "as": "lon"})
    assert back.value({"lon": lon, "lat": lat}) == pytest.approx(there["lon"], abs=1e-9)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"path": "$.where", "text": {}}, "single value"),
        ({"path": "$.kind", "number": {}}, "no number"),
        ({"path": "$.yes", "number": {}}, "no number"),
        ({"const": "nan", "number": {}}, "no number"),
        ({"const": "1e999", "number": {}}, "finite"),
        ({"const": "9" * 60, "number": {}}, "no number"),
        ({"path": "$.kind", "table": {"x": 1}}, "table does not know"),
        ({"path": "$.when", "date": {}}, "no moment"),
        ({"const": "1994-11-05T08:15:30", "date": {"read": "iso8601"}}, "no offset"),
        ({"const": 1e300, "date": {"read": "unix"}}, "no moment"),
        ({"const": "0001-01-01T00:00:00+14:00", "date": {}}, "no moment"),
        ({"path": "$.gone", "required": True}, "missing"),
        ({"const": "9999-12-31T23:59:59Z", "date": {"write_zone": "Asia/Shanghai"}}, "cannot write"),
        ({"point": {"lon": "$.where.x", "lat": "$.gone"}}, "no lat"),
        ({"template": "{$.where}"}, "single value"),
        ({"join": [{"const": "x" * 9000}] * 3}, "longer"),
    ],
)
def test_what_is_not_as_expected_is_refused_with_a_reason(rule: Json, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Rule.parse(rule).value(MESSAGE)


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        (None, "mapping"),
        ([], "mapping"),
        ({}, "mapping.fields"),
        ({"fields": {}}, "mapping.fields"),
        ({"fields": {"a": {"const": 1}}, "more": 1}, "mapping.more"),
        ({"fields": {"a": 5}}, "mapping.fields.a"),
        ({"fields": {"a": {}}}, "mapping.fields.a"),
        ({"fields": {"a": {"path": "$", "const": 1}}}, "mapping.fields.a"),
        ({"fields": {"a": {"path": "$", "wiht": 1}}}, "mapping.fields.a.wiht"),
        ({"fields": {"a": {"path": "id"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$["}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$" + ".a" * 40}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$" + "a" * 400}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$..a..b"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$['a','a']"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$[?match(@.a, '(a*)*b')]"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$[?@.a == $.b]"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$[?@..a]"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$[?@[?@.b]]"}}}, "mapping.fields.a.path"),
        ({"fields": {"a": {"path": "$.a", "all": 1}}}, "mapping.fields.a.all"),
        ({"fields": {"a": {"template": "{x}"}}}, "mapping.fields.a.template"),
        ({"fields": {"a": {"template": "{x.__class__}", "values": {"x": "$"}}}}, "mapping.fields.a.template"),
        ({"fields": {"a": {"template": "{x:>9999999}", "values": {"x": "$"}}}}, "mapping.fields.a.template"),
        ({"fields": {"a": {"template": "{"}}}, "mapping.fields.a.template"),
        ({"fields": {"a": {"template": "{}"}}}, "mapping.fields.a.template"),
        ({"fields": {"a": {"template": "", "values": {"x": {"path": 1}}}}}, "mapping.fields.a.values.x.path"),
        ({"fields": {"a": {"join": []}}}, "mapping.fields.a.join"),
        ({"fields": {"a": {"first_of": ["$.a", 5]}}}, "mapping.fields.a.first_of.1"),
        ({"fields": {"a": {"point": {"lon": "$.a"}}}}, "mapping.fields.a.point.lat"),
        ({"fields": {"a": {"point": {"lon": "$", "lat": "$"}, "from": "mars"}}}, "mapping.fields.a.from"),
        ({"fields": {"a": {"point": {"lon": "$", "lat": "$"}, "as": []}}}, "mapping.fields.a.as"),
        ({"fields": {"a": {"path": "$", "table": {}}}}, "mapping.fields.a.table"),
        ({"fields": {"a": {"path": "$", "table": {"A": 1, "a ": 2}}}}, "mapping.fields.a.table.a "),
        ({"fields": {"a": {"path": "$", "table": {"A": [1]}}}}, "mapping.fields.a.table.A"),
        ({"fields": {"a": {"path": "$", "else": 1}}}, "mapping.fields.a.else"),
        ({"fields": {"a": {"path": "$", "number": {"unit": "km"}}}}, "mapping.fields.a.number.to"),
        ({"fields": {"a": {"path": "$", "number": {"unit": "km", "to": "s"}}}}, "mapping.fields.a.number.to"),
        ({"fields": {"a": {"path": "$", "number": {"decimals": True}}}}, "mapping.fields.a.number.decimals"),
        ({"fields": {"a": {"path": "$", "date": {"read": "yyyy"}}}}, "mapping.fields.a.date.read"),
        ({"fields": {"a": {"path": "$", "date": {"read": "%c"}}}}, "mapping.fields.a.date.read"),
        ({"fields": {"a": {"path": "$", "date": {"read": "%Y-%m %Y"}}}}, "mapping.fields.a.date.read"),
        ({"fields": {"a": {"path": "$", "date": {"zone": "../../etc/x"}}}}, "mapping.fields.a.date.zone"),
        ({"fields": {"a": {"path": "$", "date": {"read": "iso8601", "zone": "Mars/X"}}}},
         "mapping.fields.a.date.zone"),
        ({"fields": {"a": {"path": "$", "required": "yes"}}}, "mapping.fields.a.required"),
        ({"fields": {"a": "$", "a.b": "$"}}, "mapping.fields.a"),
        ({"fields": {"a..b": "$"}}, "mapping.fields.a..b"),
        ({"fields": {" a": "$"}}, "mapping.fields. a"),
        ({"fields": {"a": {"const": "\0"}}}, "mapping"),
        ({"fields": {"a": {"const": "x" * 20_000}}}, "mapping.fields.a.const"),
        ({"fields": {"a": "$"}, "items": "data"}, "mapping.items"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_at_its_place(spec: Json, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Mapping.parse(spec)
    assert where in [problem.where for problem in refused.value.problems]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        Mapping.parse({"items": "x", "fields": {"a": {"path": "b"}, "c": {}, "d": "$.good"}})
    assert [problem.where for problem in refused.value.problems] == [
        "mapping.items", "mapping.fields.a.path", "mapping.fields.c",
    ]  # fmt: skip


def test_targets_make_objects_and_lists() -> None:
    fields = {
        "a.b": "$.id",
        "a.c.d": "$.id",
        "list.0.v": "$.id",
        "list.10.v": "$.where.y",
        "list.2.v": "$.kind",
    }
    mapped = Mapping.parse({"fields": fields | {"gone.x": "$.gone"}}).apply(MESSAGE)
    assert mapped.values == {
        "a": {"b": 7, "c": {"d": 7}},
        "list": [{"v": 7}, {"v": " Pothole "}, {"v": 39.9}],
    }
    assert mapped.problems == ()


def test_a_bad_value_leaves_the_others() -> None:
    mapping = Mapping.parse({"fields": {"good": "$.id", "bad": {"path": "$.kind", "number": {}}}})
    mapped = mapping.apply(MESSAGE)
    assert mapped.fields == {"good": 7}
    assert [(each.where, each.reason) for each in mapped.problems] == [
        ("bad", "has 'Pothole', which is no number")
    ]


def test_messages_are_found_in_their_envelope() -> None:
    mapping = Mapping.parse({"items": "$.data[*]", "fields": {"a": "$.n"}})
    assert mapping.messages({"data": [{"n": 1}, {"n": 2}]}) == [{"n": 1}, {"n": 2}]
    assert mapping.messages({"other": 1}) == []
    plain = Mapping.parse({"fields": {"a": "$.n"}})
    assert plain.messages({"n": 1}) == [{"n": 1}]
    assert plain.messages([{"n": 1}, 5]) == [{"n": 1}, 5]
    with pytest.raises(InvalidInput, match="10001 messages"):
        plain.messages([1] * 10_001)


def bombs() -> dict[str, Json]:
    """Mappings that would run long, or grow large, were they let."""
    deep: Json = "$.a"
    for _ in range(50):
        deep = {"first_of": [deep]}
    wide = {"join": [{"join": [{"join": ["$.a"] * 10}] * 10}] * 10}
    huge: Json = []
    for _ in range(2000):
        huge = [huge]
    return {
        "deep": {"a": deep},
        "wide": {"a": wide},
        "searches": {f"a{n}": {"path": "$..a"} for n in range(30)},
        "targets": {f"a{n}": "$.a" for n in range(300)},
        "tables": {f"a{n}": {"path": "$.a", "table": {str(m): m for m in range(1000)}} for n in range(12)},
        "target": {".".join(["a"] * 30): "$.a"},
        "const": {"a": {"const": huge}},
    }


@pytest.mark.parametrize("name", bombs())
def test_mappings_that_cost_too_much_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        Mapping.parse({"fields": bombs()[name]})


@pytest.mark.parametrize("depth", [33, 900])
def test_messages_that_are_too_deep_or_too_large_are_refused(depth: int) -> None:
    with pytest.raises(InvalidInput, match="deeper"):
        check_message(json.loads("[" * depth + "]" * depth))
    with pytest.raises(InvalidInput, match="values"):
        check_message([[1] * 200] * 200)


def test_the_dearest_mapping_of_the_largest_message_ends() -> None:
    """Twenty searches through twenty thousand values; were a path quadratic, this would take hours."""
    message = [{"k": "x", "v": {"k": [n]}} for n in range(3_900)]
    check_message(message)
    fields = {f"a{n}": {"path": "$..k", "all": True} for n in range(10)}
    fields |= {f"b{n}": {"path": "$[?@.k == 'y' || @.v.k[0] == -1].v", "all": True} for n in range(10)}
    mapped = Mapping.parse({"fields": fields}).apply(message)
    assert len(mapped.fields["a0"]) == 7_800
    assert "b0" not in mapped.fields


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["path", "const", "template", "join", "first_of", "point", "values", "with", "text", "table",
     "else", "number", "date", "split", "default", "required", "all", "from", "to", "as", "lon", "lat",
     "read", "zone"]
)  # fmt: skip
RULES = st.recursive(
    st.sampled_from(["$.a", "$..b", "$[*]", "{a}", "rfc3339", "unix", "km", "m", ",", 1, True]) | VALUES,
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(spec=st.dictionaries(st.sampled_from(["a", "b.c", "d.0"]), RULES, min_size=1), message=VALUES)
def test_whatever_is_saved_and_sent_only_our_own_refusals_come_out(spec: Json, message: Json) -> None:
    try:
        mapping = Mapping.parse({"fields": spec})
        check_message(message)
    except InvalidInput:
        return
    mapping.apply(message).values  # noqa: B018
