"""Finding: what was said of an answer, what is refused, and texts that nobody means well."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.addresses.batch import answer, answers, geocode_file, report
from spatial.addresses.compile import Row, compile_rows
from spatial.addresses.crossings import Crossings
from spatial.addresses.geocode import FITS, Gazetteer, verdict
from spatial.errors import InvalidInput


def test_what_matched_is_said(gazetteer: Gazetteer) -> None:
    (exact, *_) = gazetteer.find("紫竹院公园")
    assert (exact.text, exact.exactness, exact.matched["by"]) == ("紫竹院公园", "place", "exact")
    assert exact.score > 0.97
    (spoken, *_) = gazetteer.find("zizhuyuangongyuan")
    assert (spoken.text, spoken.matched["by"]) == ("紫竹院公园", "pinyin")
    (house, *_) = gazetteer.find("静淑苑小区3栋")
    assert (house.text, house.exactness) == ("静淑苑小区三号楼", "building")
    (near, *_) = gazetteer.find("双安商场对面")
    assert (near.text, near.matched["qualifier"]) == ("双安商场", "opposite")


def test_a_number_that_is_not_known_gives_the_road_and_says_so(gazetteer: Gazetteer) -> None:
    (road, *_) = gazetteer.find("北京市海淀区中关村东路1234号")
    assert (road.text, road.exactness) == ("中关村东路", "road")
    assert road.score < gazetteer.find("中关村东路")[0].score
    told = answer(gazetteer, "北京市海淀区中关村东路1234号")
    assert (told.status, told.found[0].matched["missing"]) == ("ambiguous", ["number"])
    assert told.reason == "the number is not known; the nearest thing there is"


def test_a_former_name_is_found_with_a_note(gazetteer: Gazetteer) -> None:
    (found, *_) = gazetteer.find("翠宫饭店")
    assert found.text == "京东科技大厦（原翠宫饭店）"
    assert found.note is not None
    assert "翠宫饭店" in found.note


def test_other_names_of_real_features_are_known(gazetteer: Gazetteer) -> None:
    (found, *_) = gazetteer.find("优盛大厦")
    assert (found.text, found.matched["name"]) == ("五道口购物中心", "优盛大厦")


def test_a_crossing_lies_on_both_roads(gazetteer: Gazetteer) -> None:
    (found, *_) = gazetteer.find("清华东路和双清路交叉口")
    assert (found.exactness, found.text) == ("crossing", "清华东路与双清路交叉口")
    assert (found.lon, found.lat) == pytest.approx((116.3325, 39.9995), abs=0.01)
    assert gazetteer.find("清华西路与后八家路交叉口") == []
    assert answer(gazetteer, "清华东路和双清路交叉口").status == "matched"


def test_roads_that_meet_twice_have_two_crossings() -> None:
    across = shapely.LineString([(116.30, 40.0), (116.40, 40.0)])
    bow = shapely.MultiLineString(
        [
            [(116.31, 39.99), (116.31, 40.01), (116.38, 40.01), (116.38, 39.99)],
            [(116.3105, 39.99), (116.3105, 40.01)],
        ]
    )
    rows = [Row(1, "清华东路", "road", 116.35, 40.0), Row(2, "双清路", "road", 116.31, 40.01)]
    gazetteer = Gazetteer(compile_rows(rows), crossings=Crossings({"清华东路": across, "双清路": bow}))
    told = answer(gazetteer, "清华东路与双清路交叉口")
    assert told.status == "ambiguous"
    assert [each.lon for each in told.found] == pytest.approx([116.31025, 116.38])
    near = answer(gazetteer, "清华东路与双清路交叉口", 1, (116.38, 40.0))
    assert (near.status, len(near.found)) == ("ambiguous", 1)
    assert near.found[0].lon == pytest.approx(116.38)


def test_of_many_shops_the_nearest_comes_first(gazetteer: Gazetteer) -> None:
    shops = gazetteer.find("便利蜂", 20)
    assert len({shop.id for shop in shops}) == len(shops) > 5
    for far in (shops[-1], shops[2]):
        first = gazetteer.find("便利蜂", 5, (far.lon, far.lat))[0]
        assert first.distance_m == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    "text",
    [
        "上海市浦东新区世纪大道100号",
        "广州市天河区天河路385号",
        "武汉大学",
        "北京大学第八医院",
        "双清东路",
        "静淑苑小区30号楼",
        "地铁88号线",
    ],
)
def test_what_is_not_there_is_refused(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == []
    assert answer(gazetteer, text).status == "unmatched"


def test_another_city_is_no_obstacle_where_it_is_in_the_name(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("苏州桥")[0].text == "苏州桥"
    assert gazetteer.find("上海晋记服装加工")[0].text == "上海晋记服装加工"


HOSTILE = [
    "123456",
    "0",
    "９９９９９９９９９９９９９９",
    "-1",
    "😀😀😀",
    "👨‍👩‍👧‍👦家属楼",
    "\u202e路学清",
    "\ufeff",
    "a\x00b",
    "\ud800",
    "(((((((((((((",
    "[a-z]*",
    "(?P<x>.*)+$",
    "%_%'; DROP TABLE address; --",
    "\\",
    "路" * 200,
    "号" * 200,
    "一" * 200,
    "1" * 200,
    "第" * 100,
    "北" * 200,
    "Прямая улица 5",
    "شارع",
    "ถนน",
    "路🚧12号",
    "A座B座C座D座",
    "12号34号56号78号",
    "zzzzzzzzzzzzzzzzzzzzzzzz",
    "nnnnnnnnnnnnnnnnnnnnnnnngggggggggg",
    "ㄅㄆㄇ",
    "𠮷野家",
    "①②③号",
    "½号楼",
    "海淀区海淀区海淀区海淀区",
    "北京市北京市北京市",
    "\t\n\r x",
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_text_breaks_it(gazetteer: Gazetteer, number: int) -> None:
    try:
        found = gazetteer.find(HOSTILE[number])
    except InvalidInput as refused:
        assert refused.problems[0].where == "q"
        return
    assert all(each.score >= FITS for each in found)


def test_ten_megabytes_are_refused_and_not_read(gazetteer: Gazetteer) -> None:
    text = "清华东路" * 2_500_000
    with pytest.raises(InvalidInput):
        gazetteer.find(text)
    assert answer(gazetteer, text).reason == "is longer than 200 letters"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(min_size=1, max_size=60)
    | st.text(alphabet="北京清华大学路号楼一二三0123甲a-与交叉口附近 ", min_size=1, max_size=60)
)
def test_no_text_at_all_breaks_it(gazetteer: Gazetteer, text: str) -> None:
    try:
        found = gazetteer.find(text)
    except InvalidInput:
        return
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True) or len(
        found
    ) > 1
    assert verdict(found) in ("matched", "ambiguous", "unmatched")


def test_the_nearest_address_is_the_nearest(gazetteer: Gazetteer) -> None:
    import numpy as np

    from spatial.addresses.cells import distances_m
    from spatial.addresses.compile import AREA

    index = gazetteer.base
    plain = np.flatnonzero(index.row_flag & AREA == 0)
    for lon, lat in ((116.3325, 39.9995), (116.32, 39.98), (116.30, 40.03)):
        away = distances_m(index.row_lonlat[plain], lon, lat)
        found = gazetteer.reverse(lon, lat, 3, 3000)
        assert [each.distance_m for each in found] == pytest.approx(np.sort(away)[:3], abs=0.06)
    assert gazetteer.reverse(100.0, 30.0) == []
    assert gazetteer.reverse(116.3325, 89.9) == []
    with pytest.raises(InvalidInput):
        gazetteer.reverse(float("nan"), 40.0)


def test_many_are_reported(gazetteer: Gazetteer) -> None:
    told = answers(gazetteer, ["紫竹院公园", "便利蜂", "武汉大学", "", "x" * 300, "紫竹院公园"])
    assert [each.status for each in told] == [
        "matched",
        "ambiguous",
        "unmatched",
        "unmatched",
        "unmatched",
        "matched",
    ]
    assert told[1].reason == "several places fit as well"
    counted = report(told)
    assert (counted["rows"], counted["matched"], counted["ambiguous"], counted["unmatched"]) == (6, 2, 1, 3)
    assert counted["reasons"]["is empty"] == 1


def test_a_file_comes_back_with_what_was_found(gazetteer: Gazetteer) -> None:
    body = "no,address,+note\n1,紫竹院公园,-5.2\n2,,@x\n3,武汉大学,\n4,=HYPERLINK(1),\n".encode()
    parts: list[float] = []
    result, counted = geocode_file(gazetteer, body, "address", "gcj02", 100, parts.append)
    lines = result.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("no,address,'+note,geocode_status")
    assert lines[1].startswith("1,紫竹院公园,-5.2,matched")
    assert lines[2].startswith("2,,'@x,")
    assert lines[4].startswith("4,'=HYPERLINK(1),")
    assert counted["matched"] == 1
    for wrong, where in ((b"", "body"), (b"\xff\xfe", "body"), (b"a,b\n1,2\n", "column")):
        with pytest.raises(InvalidInput) as refused:
            geocode_file(gazetteer, wrong, "address", "wgs84", 100, parts.append)
        assert refused.value.problems[0].where == where
