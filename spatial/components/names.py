"""Names of classes of components: which class of ours another standard's may be, and why."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SURE = 0.8
"""A match of this score or more is used unless a person decides otherwise, when none comes near it."""
NEAR = 0.1
LEAST = 0.4
MOST = 5

SYNONYMS = (
    ("上水", "供水"), ("自来水", "供水"), ("下水", "污水"), ("通讯", "通信"), ("坐椅", "座椅"),
    ("雨篦", "雨水箅"), ("篦", "箅"), ("无主", "不明"), ("民用水井", "水井"), ("防洪", "防汛"),
    ("公交站亭", "公交站设施"), ("出租车站牌", "出租车停靠站"), ("高架立交桥", "立交桥"),
    ("垃圾桶", "垃圾箱"), ("厕所指示牌", "公厕指示牌"), ("路灯灯光", "路灯"), ("环卫工具房", "环卫工具间"),
    ("绿地维护", "绿地附属"), ("监控电子眼", "监控电子眼设施"), ("摄像头", "监控电子眼设施"),
    ("消火栓", "消防设施"), ("加油站", "车辆加油站"), ("健身设施", "户外健身设施"),
)  # fmt: skip
"""Words that older tables and cities have, and ours: each stands for the whole of the second, once."""

_BRACKETS = re.compile(r"\(([^)]*)\)")
_SIGNS = re.compile(r"[\s·.,、/\\\-_]+")


@dataclass(frozen=True)
class Match:
    """A class that a name may mean."""

    code: str
    score: float
    """0 to 1."""
    evidence: str


def plain(name: str) -> str:
    """Write a name as it is compared: one width, no spaces and signs, small letters; brackets stay."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", name)).lower()


def best_matches(name: str, classes: Iterable[tuple[str, str]]) -> list[Match]:
    """Find the classes (code, name) that a name may mean, the best first; at most MOST, none below LEAST."""
    found = [Match(code, *alike(name, other)) for code, other in classes]
    likely = [each for each in found if each.score >= LEAST]
    return sorted(likely, key=lambda each: (-each.score, each.code))[:MOST]


def chosen(matches: Sequence[Match]) -> Match | None:
    """Take the match that needs no person to decide: sure, and well ahead of the next."""
    if not matches or matches[0].score < SURE:
        return None
    if len(matches) > 1 and matches[0].score - matches[1].score < NEAR:
        return None
    return matches[0]


def alike(name: str, other: str) -> tuple[float, str]:
    """Say how alike two names are, 0 to 1, and by what."""
    one, two = plain(name), plain(other)
    if one == two:
        return 1.0, "the same name"
    if _told(one) == _told(two):
        return 0.95, f"{name} is another word for {other}"
    if _variants(one) & _variants(two):
        return 0.9, f"the same but for what stands in brackets: {other}"
    one, two = _told(one), _told(two)
    short, long = sorted((one, two), key=len)
    if len(short) >= 2 and short in long:
        return round(0.5 + 0.4 * len(short) / len(long), 3), f"{short} stands in {long}"
    return round(0.75 * _shared(one, two), 3), f"{name} and {other} share signs"


def _told(name: str) -> str:
    """Put our words in the place of others; a word that is there already is not made longer."""
    for word, ours in SYNONYMS:
        if word in name and not (word in ours and ours in name):
            name = name.replace(word, ours)
    return name


def _variants(name: str) -> set[str]:
    """With what stands in brackets, without it, and with it alone in the place of the sign before."""
    name = _told(name)
    inside = "".join(_BRACKETS.findall(name))
    return {name, _BRACKETS.sub("", name), _BRACKETS.sub(r"\1", name), *([inside] if len(inside) > 1 else [])}


def _shared(one: str, two: str) -> float:
    """Dice's measure over pairs of signs: 2 × shared / all."""
    pairs = [Counter(text[at : at + 2] for at in range(len(text) - 1)) for text in (one, two)]
    total = sum(pairs[0].values()) + sum(pairs[1].values())
    return 2 * sum((pairs[0] & pairs[1]).values()) / total if total else 0.0
