"""One way of writing (归一): simplified characters, half width, Arabic numerals, one word for a house."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

MAX_LETTERS = 200
"""Longer texts are no addresses; what stands behind is not looked at."""

_DIGITS = dict(zip("零〇一二三四五六七八九两", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))
_POWERS = {"十": 10, "百": 100}
_NUMERAL = re.compile("[零〇一二三四五六七八九十百两]+")
_COUNTED = re.compile(
    "(?<=之)"
    + _NUMERAL.pattern
    + "|"
    + _NUMERAL.pattern
    + "(?=号(?!线)|楼|栋|幢|座|单元|层|室|弄|门(?!头|口))"
)
_SPACE = re.compile(r"\s+")
_HOUSE = re.compile(r"(\d+|(?<![a-z])[a-z])\s*(?:#楼|号楼|号栋|号座|栋楼?|幢楼?|座|公寓楼)")
_DOOR = re.compile(r"(\d+)\s*#")
_ORDINAL = re.compile(r"第(?=\d)")
_DASH = re.compile("[—–－‐‑﹣~～]|至(?=\\d)")
_MARKS = re.compile(r"[(（](?:演示|生成)[)）]")
_ELEVEN = re.compile(r"7\s*-\s*(?:11|eleven)|7eleven|\b711\b")


def clean(text: str) -> str:
    """Write a text in the one way: "海淀區知春路７６號" → "海淀区知春路76号".

    Control characters, emoji and marks of made-up names go; at most MAX_LETTERS letters are read.
    """
    return _cleaned(text[: 4 * MAX_LETTERS])


@lru_cache(maxsize=8192)
def _cleaned(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_simplified())
    kept = "".join(letter if _is_kept(letter) else " " for letter in folded)
    return _SPACE.sub(" ", _MARKS.sub("", _DASH.sub("-", kept))).strip().lower()[:MAX_LETTERS]


def standard(text: str) -> str:
    """Write a cleaned text with Arabic numerals, houses as 楼 and doors as 号: "三号楼" → "3楼"."""
    digits = _NUMERAL.sub(lambda found: _number(found[0]), text)
    digits = _ELEVEN.sub("7-eleven", digits)
    return _ORDINAL.sub("", _DOOR.sub(r"\1号", _HOUSE.sub(r"\1楼", digits)))


def counted(text: str) -> str:
    """Write numerals that count doors, houses and rooms in Arabic: "五道口三号楼" → "五道口3楼"."""
    digits = _COUNTED.sub(lambda found: _number(found[0]), text)
    return _DOOR.sub(r"\1号", _HOUSE.sub(r"\1楼", digits))


def _is_kept(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNPZ" or letter in "+~°#|"


def _number(numeral: str) -> str:
    """Read a Chinese numeral: 一百二十五 is 125, 一〇一 is 101; what is neither stays, digit by digit."""
    if numeral == "百":
        return numeral
    if not any(letter in _POWERS for letter in numeral):
        return "".join(str(_DIGITS[letter]) for letter in numeral)
    total, digit = 0, None
    for letter in numeral:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
            continue
        total += (1 if digit is None else digit) * _POWERS[letter]
        digit = None
    return str(total + (digit or 0))


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters and their simplified ones, the first of several (OpenCC, Apache-2.0)."""
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split() for line in table.splitlines() if line.strip())
    return {ord(pair[0]): pair[1] for pair in pairs if pair[0] != pair[1] and ord(pair[1]) < 0x10000}
