"""One way of writing, and what an address is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.addresses.normal import clean, standard
from spatial.addresses.parts import number_code, parse
from spatial.addresses.tokens import syllables, tokens


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("海淀區知春路７６號", "海淀区知春路76号"),
        ("北京大學第三醫院", "北京大学3医院"),
        ("静淑苑小区三号楼", "静淑苑小区3楼"),
        ("静淑苑小区3栋", "静淑苑小区3楼"),
        ("双泉堡一百二十五号院", "双泉堡125号院"),
        ("北京一〇一中学", "北京101中学"),
        ("北京第二十中学", "北京20中学"),
        ("百康药房", "百康药房"),
        ("7-11", "7-eleven"),
        ("航南大厦Ｂ座", "航南大厦b楼"),
        ("某某社区卫生站(演示)", "某某社区卫生站"),
        ("保福寺58#", "保福寺58号"),
        ("a\x00b\x1f\u202ec😀", "a b c"),
    ],
)
def test_there_is_one_way_of_writing(written: str, plain: str) -> None:
    assert standard(clean(written)) == plain


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "北京市海淀区中关村东路18号财智国际大厦A座5层501室",
            {
                "province": "北京市",
                "district": "海淀区",
                "road": "中关村东路",
                "number": "18",
                "name": "财智国际大厦",
                "building": "a",
                "floor": "5",
                "room": "501",
            },
        ),
        (
            "河北省石家庄市长安区中山东路39号",
            {
                "province": "河北省",
                "city": "石家庄市",
                "district": "长安区",
                "road": "中山东路",
                "number": "39",
            },
        ),
        (
            "学院路街道石油大院3号楼2单元501",
            {"street": "学院路街道", "name": "石油大院", "building": "3", "unit": "2", "room": "501"},
        ),
        (
            "上海市徐汇区漕溪北路12弄3号502室",
            {
                "province": "上海市",
                "district": "徐汇区",
                "road": "漕溪北路",
                "number": "12弄3",
                "room": "502",
            },
        ),
        ("清华东路甲18号", {"road": "清华东路", "number": "18甲"}),
        ("清华东路18号甲", {"road": "清华东路", "number": "18甲"}),
        ("清华东路18号之二", {"road": "清华东路", "number": "18-2"}),
        ("清华东路12-18号", {"road": "清华东路", "number": "12-18"}),
        ("菊儿胡同7号", {"road": "菊儿胡同", "number": "7"}),
        ("北三环中路46号院1号楼", {"road": "北三环中路", "number": "46", "building": "1"}),
        ("知春里小区十二号楼三门402", {"name": "知春里小区", "building": "12", "unit": "3", "room": "402"}),
        ("北京市第二十中学", {"province": "北京市", "name": "第二十中学"}),
        ("教14楼", {"name": "教14楼"}),
        ("地铁四号线", {"name": "地铁四号线"}),
        ("西二旗", {"name": "西二旗"}),
        ("海淀区人民路5号", {"district": "海淀区", "road": "人民路", "number": "5"}),
        ("南山区桃园路1号", {"district": "南山区", "road": "桃园路", "number": "1"}),
        ("宝山区友谊路15号", {"district": "宝山区", "road": "友谊路", "number": "15"}),
        ("江北区人民路9号", {"district": "江北区", "road": "人民路", "number": "9"}),
        ("石景山区古城大街6号", {"district": "石景山区", "road": "古城大街", "number": "6"}),
        (
            "上海市浦东新区世纪大道100号",
            {"province": "上海市", "district": "浦东新区", "road": "世纪大道", "number": "100"},
        ),
        ("清华大学东区5号楼", {"name": "清华大学东区", "building": "5"}),
        ("海淀区人民法院", {"name": "海淀区人民法院"}),
        ("海淀区第二实验小学", {"name": "海淀区第二实验小学"}),
    ],
)
def test_an_address_is_taken_apart(text: str, parts: dict[str, str]) -> None:
    assert parse(text).told() == parts


def test_door_numbers_are_ordered() -> None:
    assert number_code("12") == (12, 0, 12)
    assert number_code("12甲") == (12, 1, 12)
    assert number_code("12-18") == (12, 0, 18)
    assert number_code("12-1") == (12, 201, 12)
    assert number_code(None) == (0, 0, 0)


def test_pinyin_is_split_into_syllables() -> None:
    said = syllables("zhongguancundonglu")
    assert said is not None
    assert (said.sound == tokens("中关村东路").sound).all()
    assert syllables("zgcdl") is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse(text)
    assert len(tokens(clean(text))) <= 48


@given(st.text(alphabet="北京市海淀区路街号楼栋单元室0123456789一二三十百甲乙-弄之 ", max_size=60))
def test_nothing_like_an_address_breaks_the_parser(text: str) -> None:
    told = parse(text)
    number_code(told.number)
    assert clean(clean(text)) == clean(text)
