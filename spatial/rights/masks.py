"""Masks (脱敏): what of a name, a phone, an identity number or an address everybody may see.

Pure functions. A mask is never the value itself: where a rule would leave nothing hidden, all of it is. An
empty text gives an empty mask, any other text a mask with a star in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

HIDDEN = "*"

COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐司徒司空夏侯端木百里呼延南宫东郭西门独孤长孙宇文轩辕闻人澹台公冶"
        "宗政濮阳淳于单于太叔申屠仲孙钟离鲜于闾丘拓跋赫连第五万俟纳兰公羊公西公良颛孙壤驷乐正宰父谷梁漆雕巫马梁丘"
        "左丘东门南门羊舌微生亓官司寇子车",
    )
)
"""Surnames of two characters (复姓)."""


def mask_name(name: str) -> str:
    """Hide a person's name but for the surname: 张三丰 → 张**, 欧阳锋 → 欧阳*, 阿卜杜拉·买买提 → 阿***·***.

    A name in letters keeps its initials (John Smith → J*** S***); of a single character nothing is left.
    """
    text = _plain(name)
    return _never_the_same(text, _mask_chinese(text) if _HAN.search(text) else _mask_words(text))


def mask_phone(phone: str) -> str:
    """Hide a phone number: 13812345678 → 138****5678, 010-62781234 → 010-****1234, short ones wholly.

    China's country code stays as +86; extensions, and whatever is no digit, are left out.
    """
    text = _plain(phone)
    country, national = _split_country(text)
    digits = re.sub(r"\D", "", national)
    if re.fullmatch(r"1\d{10}", digits) and not national.startswith("+"):
        masked = digits[:3] + HIDDEN * 4 + digits[-4:]
    elif landline := _LANDLINE.match(national):
        masked = f"{landline[1]}-{_tail(re.sub(_NO_DIGIT, '', landline[2]))}"
    else:
        masked = _tail(digits)
    return _never_the_same(text, country + masked)


def mask_id_number(number: str) -> str:
    """Hide an identity number: of 18 digits the first 3 and last 4 stay, of 15 the first 3 and last 3.

    So the birthday and the county are hidden. A passport or permit keeps its letter and the last 2.
    """
    text = _plain(number)
    sign = re.sub(r"[^0-9A-Z]", "", text.upper())
    if re.fullmatch(r"\d{17}[0-9X]", sign):
        return sign[:3] + HIDDEN * 11 + sign[-4:]
    if re.fullmatch(r"\d{15}", sign):
        return sign[:3] + HIDDEN * 9 + sign[-3:]
    short = len(sign) < _SHORTEST_PASSPORT
    masked = HIDDEN * max(len(sign), 1) if short else sign[0] + HIDDEN * (len(sign) - 3) + sign[-2:]
    return _never_the_same(text, masked)


def mask_address(address: str) -> str:
    """Hide an address below its street: 海淀区知春路76号3单元501 → 海淀区知春路**号.

    What follows the administrative parts and the street is hidden, names of estates too; so is everything
    when it does not begin with such a part, and the last part when nothing follows it.
    """
    text = _plain(address)
    compact = re.sub(r"\s", "", text)
    ends = _ends_of_parts(compact)
    if ends and ends[-1] == len(compact):
        ends.pop()
    kept = compact[: ends[-1]] if ends else ""
    tail = "**号" if _NUMBER.match(compact, len(kept)) else "**"
    return _never_the_same(text, kept + tail)


MASKS: dict[str, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": mask_id_number,
    "address": mask_address,
}
"""The mask of each kind of classified column, by the column's name."""

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_DOTS = "·•・‧∙"
"""What stands between the parts of a minority's name."""

_SHORTEST_PASSPORT = 7
_NO_DIGIT = re.compile(r"\D")
_COUNTRY = re.compile(r"(?:\+|00)?86[-\s]*(?=\(?[01]?\d{2,3}\)?[-\s]*\d{3,4}[-\s]*\d{4})")
_LANDLINE = re.compile(r"\(?(0(?:10|2\d|00|[3-9]\d{2}))\)?[-\s]*(\d{3,4}[-\s]?\d{4})(?!\d)")
_NUMBER = re.compile(r"[甲乙丙丁戊]?[0-9〇零一二三四五六七八九十百、,~\-之附]+号")
_PART = re.compile(
    r"[\u3400-\u9fff]{1,14}自治[区州县旗]"
    r"|(?:(?![号栋幢室弄])[\u3400-\u9fff]){1,6}?"
    r"(?:特别行政区|街道|社区|胡同|大街|大道|[省州盟县旗镇乡村路街巷]|市(?![场政])|(?<![小校园院厂库景营])区)"
)
"""One part of an address: a province … community, or a street. Parts never hold a digit or a house."""


def _plain(text: str) -> str:
    """Make full-width digits and letters plain ones, and take the blanks off the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def _never_the_same(text: str, masked: str) -> str:
    if not text:
        return ""
    if HIDDEN in masked and masked != text:
        return masked
    all_hidden = HIDDEN * len(text)
    return all_hidden if all_hidden != text else all_hidden + HIDDEN


def _mask_chinese(text: str) -> str:
    compound = len(text) > 2 and text[:2] in COMPOUND_SURNAMES
    shown = 2 if compound else int(len(text) > 1)
    return text[:shown] + "".join("·" if sign in _DOTS else HIDDEN for sign in text[shown:])


def _mask_words(text: str) -> str:
    words = re.split(rf"[\s.{_DOTS}\-]+", text)
    return " ".join(word[0] + HIDDEN * 3 if len(word) > 1 else HIDDEN for word in words if word)


def _split_country(text: str) -> tuple[str, str]:
    """Split +86 off; a landline written after it has lost the 0 of its area code."""
    found = _COUNTRY.match(text)
    if not found:
        return "", text
    national = text[found.end() :]
    is_mobile = re.fullmatch(r"1\d{10}", re.sub(_NO_DIGIT, "", national))
    return "+86 ", national if is_mobile or national.startswith("0") else f"0{national}"


def _tail(digits: str) -> str:
    """Keep the last 4 of 8 or more digits, the last 3 of 7, and none of fewer."""
    shown = {7: 3}.get(len(digits), 4 if len(digits) > 7 else 0)
    return HIDDEN * max(len(digits) - shown, 3) + digits[len(digits) - shown :]


def _ends_of_parts(text: str) -> list[int]:
    """Find where each of the administrative parts and streets ends that a text begins with."""
    ends: list[int] = []
    while found := _PART.match(text, ends[-1] if ends else 0):
        ends.append(found.end())
    return ends
