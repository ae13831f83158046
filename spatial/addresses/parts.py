"""The parts of a standard address (标准地址): areas, road and number, name, house, entrance, floor, room.

parse("北京市海淀区中关村东路18号财智国际大厦A座5层501室")
Parts(province="北京市", district="海淀区", road="中关村东路", number="18", name="财智国际大厦", …)
"""

from __future__ import annotations

import re
import zlib
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files

from spatial.addresses.normal import clean, counted

_HAN = r"[\u3007\u3400-\u9fff]"
_OWN = r"(?:(?![省市区县镇乡])[\u3007\u3400-\u9fff])"
"""A character of the name of an area, not the word that ends one."""
_LISTED = "|".join(
    sorted(
        (files("spatial.addresses") / "data" / "districts.txt").read_text(encoding="utf-8").split(),
        key=len,
        reverse=True,
    )
)
"""Districts that end like a part of a compound: 南山区, but 清华大学东区."""
_NO_AREA = "(?!人民(?:政府|法院|检察院|医院)|第)"
_AREAS = (
    (
        "province",
        re.compile(rf"(?:中国)?(?:(?:北京|上海|天津|重庆)市|{_OWN}{{2,7}}?(?:省|自治区|特别行政区))"),
    ),
    ("city", re.compile(rf"{_OWN}{{2,8}}?(?:市|自治州|地区)")),
    (
        "district",
        re.compile(rf"(?:{_LISTED}|{_OWN}{{1,7}}?(?:(?<![小园社校院景东西南北新山])区|县|自治旗)){_NO_AREA}"),
    ),
    ("street", re.compile(rf"{_HAN}{{1,8}}?(?:街道|镇|乡)(?!办|第|居|图|便)")),
    ("community", re.compile(rf"{_HAN}{{1,10}}?社区(?!卫|居|服|便|活|商|医)")),
)
_ROAD = (
    rf"(?P<road>{_HAN}{{1,10}}?(?:大街|大道|公路|高速|胡同|路辅路|路|街|巷|道|条)(?:(?:东|西|南|北|中)?(?:段|一条))?"
    rf"|{_HAN}{{2,12}}?)"
)
_DOOR = r"(?P<before>[甲乙丙丁戊])?(?P<number>\d{1,5})(?:-(?P<to>\d{1,5}))?(?P<lane>弄\d{1,4})?"
_AFTER = r"(?:号院?)(?P<after>[甲乙丙丁戊]|之\d{1,3}|-\d{1,4})?(?:号院?)?"
_ROAD_NUMBER = re.compile(rf"{_ROAD}\s*{_DOOR}{_AFTER}(?![线楼馆门])")
_HOUSE = re.compile(
    r"(?P<building>\d{1,4}|(?<![a-z])[a-z]|[甲乙丙丁东西南北中])(?:楼(?![上下道层市台])|栋|幢|座)"
)
_UNIT = re.compile(r"(?P<unit>\d{1,3}|[a-z甲乙丙丁东西])(?:单元|门(?=\d|$))")
_FLOOR = re.compile(r"(?P<floor>(?:b|地下)?\d{1,3})(?:层|f(?![a-z]))")
_ROOM = re.compile(r"(?P<room>[a-z]?\d{2,5}[a-z]?)(?:室|房|号房)?$")
_SUBS = {"甲": 1, "乙": 2, "丙": 3, "丁": 4, "戊": 5}


@dataclass(frozen=True)
class Parts:
    """An address taken apart; None: it does not say."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None
    community: str | None = None
    road: str | None = None
    number: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    name: str | None = None
    """The compound, house or point of interest."""

    def told(self) -> dict[str, str]:
        """Give the parts that are said."""
        return {name: value for name, value in asdict(self).items() if value is not None}


AREAS = tuple(name for name, _ in _AREAS)
COLUMNS = tuple(Parts.__dataclass_fields__)


def parse(text: str) -> Parts:
    """Take an address apart; a text that says no road, number or house is a name."""
    return parse_cleaned(clean(text))


def parse_cleaned(text: str) -> Parts:
    """Take a cleaned text apart."""
    areas, rest = split_areas(counted(text))
    slots, rest = split_door(rest)
    return Parts(**areas, **slots, name=rest or None)


def split_areas(text: str, own: frozenset[str] = frozenset()) -> tuple[dict[str, str], str]:
    """Take the chain of areas off the front; what would leave nothing behind stays.

    own: names of areas that are known, and are no parts of compounds.
    """
    found: dict[str, str] = {}
    rest = text
    for name, pattern in _AREAS:
        match = (name == "district" and _known(rest, own)) or pattern.match(rest)
        if match and match.end() < len(rest) and not _is_name(name, rest, match.end()):
            found[name], rest = match[0].removeprefix("中国"), rest[match.end() :].lstrip(" ·,，、-")
    return found, rest


def _known(text: str, own: frozenset[str]) -> re.Match[str] | None:
    """Find the district of `own` that a text begins with."""
    fronts = (text[:end] for end in range(min(len(text), 9), 1, -1))
    name = next((front for front in fronts if front in own and front[-1] in "区县旗"), None)
    return re.match(name + _NO_AREA, text) if name else None


@lru_cache(maxsize=4096)
def area_code(name: str | None) -> int:
    """Give the name of a district or street as a number, with or without its word; 0 for none."""
    plain = clean(name or "")
    short = re.sub("(?:街道|自治县|自治旗|[区县旗镇乡])$", "", plain)
    return 1 + zlib.crc32((short if len(short) > 1 else plain).encode()) % (2**31 - 2) if plain else 0


def _is_name(area: str, text: str, end: int) -> bool:
    """A street or community with one letter behind it is no area: what is left would be no name."""
    return area in ("street", "community") and len(text) - end < 2


def split_door(text: str) -> tuple[dict[str, str], str]:
    """Take road, number, house, entrance, floor and room out of a text; returns them and what is left."""
    found: dict[str, str] = {}
    match = _ROAD_NUMBER.search(text)
    if match and match.start() == 0:
        found |= {"road": match["road"], "number": _written(match)}
        text = text[match.end() :]
    for pattern in (_UNIT, _FLOOR, _HOUSE):
        text = _taken(pattern, text, found)
    if found and "name" not in found:
        text = _taken(_ROOM, text, found)
    return found, _left(text, bool(found))


def _left(text: str, has_door: bool) -> str:
    """A single letter behind a door (外, 侧) is no name."""
    rest = text.strip(" -,，。.、;；·()" if has_door else " -,，。.、;；·")
    return "" if has_door and len(rest) < 2 else rest


def _taken(pattern: re.Pattern[str], text: str, found: dict[str, str]) -> str:
    """A house needs the name or road that it is a house of."""
    match = pattern.search(text)
    if match is None:
        return text
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" -,，、")
    name = next(iter(match.groupdict()))
    if name == "building" and "road" not in found and len(rest) < 2:
        return text
    found[name] = match[name]
    return rest


def _written(match: re.Match[str]) -> str:
    """Write a door number: 12, 12甲, 12-1, 12-18, 12弄3."""
    number = str(int(match["number"]))
    if match["lane"]:
        return number + match["lane"]
    if match["to"]:
        return f"{number}-{int(match['to'])}"
    return number + (match["before"] or (match["after"] or "").replace("之", "-"))


def number_code(number: str | None) -> tuple[int, int, int]:
    """Give a door number as (main, sub, until): 12甲: (12, 1, 12), 12-18: (12, 0, 18)."""
    match = re.match(r"(\d+)(.*)", clean(number or ""))
    if match is None:
        return 0, 0, 0
    main, rest = int(match[1][:8]), match[2]
    if not rest or rest in _SUBS:
        return main, _SUBS.get(rest, 0), main
    tail = re.fullmatch(r"-(\d+)", rest)
    if tail and main < int(tail[1][:8]) <= main + 400:
        return main, 0, int(tail[1][:8])
    return main, 200 + zlib.crc32(rest.encode()) % 100_000 if tail is None else 200 + int(tail[1][:6]), main


def slot_code(value: str | None) -> int:
    """Give a house, entrance, floor or room as a number; 0 for none."""
    value = clean(value or "")
    if not value:
        return 0
    if value.isdigit():
        return int(value[:6]) + 1
    return (1 << 24) + zlib.crc32(value.encode()) % (1 << 22)
