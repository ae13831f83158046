"""Masks hide enough of everything, whatever is written into a field."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.rights.masks import MASKS, mask_address, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("张王小明", "张***"),
        ("欧阳锋", "欧阳*"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳", "欧*"),
        ("阿卜杜拉·买买提", "阿***·***"),
        ("阿卜杜拉•买买提", "阿***·***"),
        ("John Smith", "J*** S***"),
        ("O. Jean-Luc", "* J*** L***"),
        ("Иван", "И***"),
        ("𠮷野", "𠮷*"),
        ("张 三", "张**"),
        ("张三 13812345678", "张" + "*" * 13),
        ("张", "*"),
        ("J", "*"),
        ("张*", "**"),
        ("*", "**"),
        (" ", ""),
        ("", ""),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("+86 13812345678", "+86 138****5678"),
        ("+8613812345678", "+86 138****5678"),
        ("0086-13812345678", "+86 138****5678"),
        ("86 10 62781234", "+86 010-****1234"),
        ("+86-371-62781234", "+86 0371-****1234"),
        ("010-62781234", "010-****1234"),
        ("(010)62781234", "010-****1234"),
        ("01062781234", "010-****1234"),
        ("0371-6278123", "0371-****123"),
        ("010-62781234-8001", "010-****1234"),
        ("010-62781234转8001", "010-****1234"),
        ("000-0000-0001", "000-****0001"),
        ("62781234", "****1234"),
        ("6278123", "****123"),
        ("400-810-1234", "******1234"),
        ("+1 415 555 2671", "*******2671"),
        ("13812345678/13900001111", "*" * 18 + "1111"),
        ("12345", "*****"),
        ("110", "***"),
        ("无", "***"),
        ("", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("110108199001011234", "110***********1234"),
        ("11010819900101123x", "110***********123X"),
        ("１１０１０８１９９００１０１１２３４", "110***********1234"),
        ("110108 19900101 1234", "110***********1234"),
        ("110108900101123", "110*********123"),
        ("E12345678", "E******78"),
        ("H1234567890", "H********90"),
        ("1234", "****"),
        ("无", "*"),
        ("", ""),
    ],
)
def test_identity_numbers(number: str, masked: str) -> None:
    assert mask_id_number(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("知春路76号3单元501", "知春路**号"),
        ("北京市海淀区知春路76号3单元501", "北京市海淀区知春路**号"),
        ("北京市海淀区 知春路 甲76号", "北京市海淀区知春路**号"),
        ("海淀区知春路７６号", "海淀区知春路**号"),
        ("海淀区知春路七十六号", "海淀区知春路**号"),
        ("知春路76-1、78号", "知春路**号"),
        ("海淀区知春路锦秋家园5号楼3单元501", "海淀区知春路**"),
        ("海淀区知春路七十六号院西区", "海淀区知春路**号"),
        ("新疆维吾尔自治区乌鲁木齐市天山区解放路3号", "新疆维吾尔自治区乌鲁木齐市天山区解放路**号"),
        ("中关村南大街5号", "中关村南大街**号"),
        ("南京市鼓楼区中山路1号", "南京市鼓楼区中山路**号"),
        ("李家村三组12号", "李家村**"),
        ("锦秋家园5号楼", "**"),
        ("幸福小区5号", "**"),
        ("我是张三住在很远很远的知春路", "**"),
        ("76 Zhichun Road, Room 501", "**"),
        ("北京市海淀区锦秋家园", "北京市海淀区**"),
        ("北京市海淀区", "北京市**"),
        ("知春路", "**"),
        ("知春路**号", "知春路**"),
        ("知春路**", "*****"),
        ("", ""),
    ],
)
def test_addresses(address: str, masked: str) -> None:
    assert mask_address(address) == masked


CITY = st.text(alphabet="张三丰欧阳北京市海淀区知春路小区号院7６一甲·* -+()abXé🀄\u0301", max_size=24)
DIGITS = st.text(alphabet="0123456789+-() ", max_size=24)
ANYTHING = st.one_of(st.text(max_size=40), CITY, DIGITS)


@pytest.mark.parametrize("kind", MASKS)
@given(text=ANYTHING)
def test_a_mask_is_never_the_value(kind: str, text: str) -> None:
    masked = MASKS[kind](text)
    plain = unicodedata.normalize("NFKC", text).strip()
    assert (masked == "") == (plain == "")
    if plain:
        assert "*" in masked
        assert masked not in (text, plain)
    if text.strip() != text and not plain:
        assert masked != text


@given(text=ANYTHING)
def test_a_name_shows_one_sign_a_word_or_a_compound_surname(text: str) -> None:
    runs = re.findall(r"[^*·\s]+", mask_name(text))
    assert all(len(run) == 1 for run in runs[1:])
    assert not runs or len(runs[0]) == 1 or runs[0] in ("欧阳",)


@given(text=ANYTHING)
def test_a_phone_shows_four_digits_in_a_row_at_most_and_hides_as_many(text: str) -> None:
    masked = mask_phone(text).removeprefix("+86 ")
    assert all(len(run) <= 4 for run in re.findall(r"\d+", masked))
    assert re.fullmatch(r"[\d*-]*", masked)
    if masked:
        assert masked.count("*") >= 3
        assert masked.count("*") >= 4 or not re.search(r"\d", masked)


@given(text=ANYTHING)
def test_an_identity_number_shows_less_than_half(text: str) -> None:
    masked = mask_id_number(text)
    assert len(re.sub(r"\*", "", masked)) * 2 < len(masked) or masked == ""


@given(text=ANYTHING)
def test_an_address_shows_only_how_it_begins_and_never_a_number(text: str) -> None:
    masked = mask_address(text)
    shown = masked.partition("*")[0]
    assert re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).startswith(shown)
    assert not re.search(r"[0-9A-Za-z]", masked)
