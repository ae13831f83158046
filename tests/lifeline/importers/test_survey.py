"""Tables of pipe surveys: what they are called, what stands in them, and what surveyors get wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.importers.found import Found
from lifeline.importers.survey import read_survey, tables_of
from lifeline.importers.survey_words import COLUMNS, kind_of_node, material_of, size_of
from spatial.errors import InvalidInput
from tests.lifeline.importers.mangling import check_whole

Row = dict[str, str]


def point(code: str, x: float, y: float, **more: str) -> Row:
    return {"物探点号": code, "X": str(x), "Y": str(y), "地面高程": "50.0", "特征": "", "附属物": ""} | more


def line(tail: str, head: str, **more: str) -> Row:
    empty = {"管径": "", "材质": "", "起点埋深": "", "终点埋深": "", "流向": ""}
    return {"起点点号": tail, "终点点号": head, **empty, **more}


POINTS = [
    point("JS1", 4_420_000.0, 440_000.0, 附属物="阀门井"),
    point("JS2", 4_420_050.0, 440_000.0, 特征="三通"),
    point("JS3", 4_420_050.0, 440_080.0, 附属物="消防栓", 地面高程="51.5"),
]
LINES = [
    line("JS1", "JS2", 管径="DN300", 材质="球墨铸铁", 起点埋深="1.2", 终点埋深="1.4", 建设年代="1998"),
    line("JS2", "JS3", 管径="1000×800", 材质="砼", 起点埋深="1.4", 终点埋深="2", 流向="1"),
]


def wrong(found: Found) -> list[tuple[str, str]]:
    return [(problem.where, problem.reason) for problem in found.problems]


def test_two_tables_are_a_network() -> None:
    found = read_survey(POINTS, LINES)
    assert wrong(found) == []
    assert [(node.code, node.kind, node.at, node.elevation_m) for node in found.nodes] == [
        ("JS1", "valve", (4_420_000.0, 440_000.0), 50.0), ("JS2", "junction", (4_420_050.0, 440_000.0), 50.0),
        ("JS3", "hydrant", (4_420_050.0, 440_080.0), 51.5),
    ]  # fmt: skip
    first, second = found.links
    assert (first.code, first.tail, first.head, first.diameter_mm) == ("JS1-JS2", "JS1", "JS2", 300)
    assert first.facts == {
        "material": "ductile_iron", "year": 1998, "depth_tail_m": 1.2, "depth_head_m": 1.4,
        "level_tail_m": 48.8, "level_head_m": 48.6,
    }  # fmt: skip
    # It flows from its end to its beginning.
    assert (second.tail, second.head, second.diameter_mm) == ("JS3", "JS2", None)
    assert (second.facts["width_mm"], second.facts["height_mm"]) == (1000, 800)
    assert (second.facts["depth_tail_m"], second.facts["level_tail_m"]) == (2, 49.5)
    assert (found.kind, {each.what: each.is_sure for each in found.evidence}["kind"]) == ("water", True)


def test_a_table_of_points_with_what_each_is_joined_to() -> None:
    """Each line stands there twice, from either end; a point has a row for each of its lines."""
    rows = [
        point("YS1", 10, 0, 连接点号="YS2", 管径="400"), point("YS2", 10, 50, 连接点号="YS1", 管径="400"),
        point("YS2", 10, 50, 连接点号="YS3", 管径="500"), point("YS3", 10, 90, 连接点号="YS2", 管径="600"),
        point("YS4", 60, 90),
    ]  # fmt: skip
    found = read_survey(rows)
    assert [(link.tail, link.head, link.diameter_mm) for link in found.links] == [
        ("YS1", "YS2", 400), ("YS2", "YS3", 500),
    ]  # fmt: skip
    assert wrong(found) == [("points row 5", "line YS2-YS3 has another size from its other end")]
    assert found.kind == "storm"
    assert len(found.nodes) == 4


def test_columns_are_known_by_many_names() -> None:
    english = [
        {"Exp_No": "RQ1", "X ": "1", "y": "2", "High": "30", "Feature": "直线点", "Subsid": "调压箱"},
        {"Exp_No": "RQ2", "X ": "1", "y": "9", "High": "30", "Feature": "弯头", "Subsid": ""},
    ]
    lines = [{"S_Point": "RQ1", "E_Point": "RQ2", "D_S": "De110", "Material": "PE", "S_Deep": "1"}]
    found = read_survey(english, lines)
    (link,) = found.links
    assert (found.kind, found.nodes[0].kind, link.diameter_mm) == ("gas", "regulator", 110)
    assert link.facts == {"material": "pe", "depth_tail_m": 1, "level_tail_m": 29}
    names = [name for group in COLUMNS.values() for name in group]
    assert all(name == name.lower() for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("factor", "unit"), [(1, "m"), (100, "cm"), (1000, "mm")])
def test_depths_in_another_unit_are_found_out(factor: int, unit: str) -> None:
    lines = [
        line("JS1", "JS2", 起点埋深=str(1.2 * factor), 终点埋深=str(1.4 * factor)),
        line("JS2", "JS3", 起点埋深=str(1.4 * factor), 终点埋深=str(2.0 * factor)),
    ]
    found = read_survey(POINTS, lines)
    evidence = {each.what: each for each in found.evidence}["unit of depth"]
    assert (evidence.value, evidence.is_sure) == (unit, unit == "m")
    assert found.links[0].facts["level_tail_m"] == pytest.approx(48.8)


def test_two_pipes_between_two_points_have_numbers_of_their_own() -> None:
    lines = [line("JS1", "JS2", 管线编号="a"), line("JS1", "JS2", 管线编号="b"), line("JS2", "JS1")]
    found = read_survey(POINTS, lines)
    assert [link.code for link in found.links] == ["a", "b"]


@pytest.mark.parametrize(
    ("points", "lines", "where", "reason"),
    [
        ([], [line("JS1", "JS9")], "lines row 4", "there is no point 'JS9'"),
        ([], [line("JS1", "JS1")], "lines row 4", "begins and ends at one point"),
        ([], [line("JS1", "JS3", 管径="large")], "lines row 4", "'large' is no size"),
        ([], [line("JS1", "JS3", 管径="0")], "lines row 4", "'0' is no size"),
        ([], [line("JS1", "JS3", 起点埋深="deep")], "lines row 4", "起点埋深 'deep' is no number"),
        ([], [line("JS1", "JS3", 起点埋深="nan")], "lines row 4", "起点埋深 'nan' is no number"),
        ([], [line("JS1", "JS3", 建设年代="98")], "lines row 4", "'98' is no year"),
        ([point("JS4", 1, 1) | {"X": "north"}], [], "points row 5", "X 'north' is no number"),
        ([point("JS4", 1, 1) | {"Y": ""}], [], "points row 5", "point 'JS4' has no place"),
        ([point("", 1, 1)], [], "points row 5", "has no code of a point"),
        ([point("JS1", 1, 1)], [], "points row 5", "point 'JS1' is there twice, in two places"),
        ([point("JS4", 1, 1, 地面高程="99999")], [], "points row 5", "its height 99999 is nowhere on land"),
        (
            [point("JS4", 4_420_000.0, 440_000.0)], [line("JS1", "JS4")], "lines row 4",
            "points 'JS1' and 'JS4' lie in one place: it has no length",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_left_out_and_told(
    points: list[Row], lines: list[Row], where: str, reason: str
) -> None:
    found = read_survey([*POINTS, *points], [*LINES, *lines])
    assert wrong(found) == [(where, reason)]
    assert len(found.links) == 2


def test_what_is_no_table_of_pipes_is_refused() -> None:
    with pytest.raises(InvalidInput, match="points: has no column 物探点号, x, y"):
        read_survey([{"name": "a"}], LINES)
    with pytest.raises(InvalidInput, match="lines: has no column 起点点号, 终点点号"):
        read_survey(POINTS, [{"from": "JS1"}])
    with pytest.raises(InvalidInput, match="lines: has no line"):
        read_survey(POINTS, [line("", "")])
    with pytest.raises(InvalidInput, match="points: has no column 终点点号"):
        read_survey(POINTS)


@pytest.mark.parametrize(
    ("feature", "fitting", "kind"),
    [
        ("三通", "", "junction"), ("", "阀门", "valve"), ("", "闸阀井", "valve"),
        ("", "止回阀", "check_valve"),
        ("", "雨水篦", "gully"), ("", "雨篦", "gully"), ("出水口", "", "outfall"), ("", "检修井", "manhole"),
        ("", "消火栓", "hydrant"), ("", "水表井", "meter"), ("弯头", "调压箱", "regulator"),
        ("", "排气阀", "junction"),
        ("", "泵站", "pump"), ("", "化粪池", "storage"), ("", "高位水池", "tank"), ("", "", "junction"),
    ],
)  # fmt: skip
def test_what_stands_at_a_point(feature: str, fitting: str, kind: str) -> None:
    assert kind_of_node(feature, fitting) == kind


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("300", (300, None, None)), ("DN300", (300, None, None)), ("φ219.5", (219.5, None, None)),
        ("De 63", (63, None, None)), ("300mm", (300, None, None)), ("1000X800", (None, 1000, 800)),
        ("1000 * 800", (None, 1000, 800)),
    ],
)  # fmt: skip
def test_sizes(text: str, size: Any) -> None:
    assert size_of(text) == size


def test_materials() -> None:
    found = {word: material_of(word) for word in ("球墨铸铁", "铸铁", "镀锌钢管", "钢", "HDPE", "砖混", "木")}
    assert found == {
        "球墨铸铁": "ductile_iron", "铸铁": "cast_iron", "镀锌钢管": "galvanised_steel", "钢": "steel",
        "HDPE": "pe", "砖混": "brick", "木": None,
    }  # fmt: skip


def test_tables_of_a_file_are_paired() -> None:
    named: dict[str, list[Row]] = {
        "JSPoint": POINTS, "JSLine": LINES, "雨水管点": POINTS, "雨水管线": LINES, "RQ_POINT": POINTS,
        "说明": [],
    }  # fmt: skip
    found = tables_of(named)
    assert {name: lines is not None for name, (_, lines) in found.items()} == {
        "js": True, "雨水": True, "rq": False,
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_the_cells_it_is_read_or_told(data: st.DataObject) -> None:
    cells = st.one_of(
        st.text(max_size=8), st.sampled_from(["", "JS1", "JS2", "1", "-1", "1e999", "DN100", "_1"])
    )
    points = [{key: data.draw(cells) for key in row} for row in POINTS]
    lines = [{key: data.draw(cells) for key in row} for row in LINES]
    try:
        found = read_survey([*POINTS, *points], [*LINES, *lines])
    except InvalidInput:
        return
    check_whole(found)
