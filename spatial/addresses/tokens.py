"""Texts as arrays: what each character is, how it is spoken, and what it begins with.

Two tokens can be equal as characters, as syllables (错别字 of one sound), as syllables of almost one sound
(zh/z, ng/n, l/n), or by their first letter alone: a query in pinyin is an ordinary text of syllables.
"""

from __future__ import annotations

import re
import zlib
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.addresses.normal import standard

MOST = 48
"""Tokens of one text; names are shorter, and what is longer is no name."""
NUMBER, WORD = 1 << 21, 1 << 22
"""Where numbers and Latin words begin among the characters' code points."""
_PIECE = re.compile(r"\d+|[a-z]+|[\u3007\u3400-\u9fff]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_READ = dict(
    zip(
        map(str, range(11)),
        ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu", "shi"),
        strict=True,
    )
)
_SOFT = (
    (re.compile("^([zcs])h"), r"\1"),
    (re.compile("([aeiou])ng$"), r"\1n"),
    (re.compile("^n(?=[aeiouv])"), "l"),
)

Ints = NDArray[np.int32]


class Tokens(NamedTuple):
    """A text of n tokens."""

    char: Ints
    """(n,) code point, NUMBER + value, WORD + hash; 0: known by its sound alone."""
    sound: Ints
    """(n,) syllable without tone, 1 …; 0: none."""
    soft: Ints
    """(n,) class of syllables of almost one sound; 0: none."""
    first: Ints
    """(n,) first letter, 1 … 26; 0: none."""

    def __len__(self) -> int:
        return len(self.char)

    def cut(self, keep: Any) -> Tokens:
        """Take some of the tokens."""
        return Tokens(self.char[keep], self.sound[keep], self.soft[keep], self.first[keep])


def tokens(cleaned: str) -> Tokens:
    """Take a cleaned text apart; numbers are single tokens, punctuation is left out."""
    pieces = _PIECE.findall(standard(cleaned))[:MOST]
    sounds = _sounds(pieces)
    return _tokens([_char(piece) for piece in pieces], sounds)


def syllables(letters: str) -> Tokens | None:
    """Read Latin letters as pinyin, "zhongguancun" → 3 tokens known by sound; None when they are none."""
    split = _split(letters)
    return None if split is None else _tokens([0] * len(split), split)


def initials(letters: str) -> Tokens:
    """Read Latin letters as the first letters of syllables: "zgc"."""
    none = np.zeros(len(letters), np.int32)
    return Tokens(none, none, none, np.array([_LETTERS.index(letter) + 1 for letter in letters], np.int32))


def join(parts: list[Tokens]) -> Tokens:
    """Put texts behind each other."""
    return Tokens(*(np.concatenate(columns)[:MOST].astype(np.int32) for columns in zip(*parts, strict=True)))


def _tokens(chars: list[int], sounds: list[str]) -> Tokens:
    ids = [_sound_id(sound) for sound in sounds]
    softs = [_sound_id(_soften(sound)) for sound in sounds]
    firsts = [_LETTERS.find(sound[:1]) + 1 if sound else 0 for sound in sounds]
    return Tokens(*(np.array(column, np.int32) for column in (chars, ids, softs, firsts)))


def _char(piece: str) -> int:
    if piece.isdigit():
        value = int(piece[:9])
        return NUMBER + (value if value < NUMBER else zlib.crc32(piece.encode()) % NUMBER)
    if piece[0] in _LETTERS:
        return WORD + zlib.crc32(piece.encode()) % WORD
    return ord(piece)


def _sounds(pieces: list[str]) -> list[str]:
    """Say each piece; polyphones as in the words they stand in."""
    spoken = list(
        _spoken("".join(piece if len(piece) == 1 and ord(piece) > 0x2FFF else "|" for piece in pieces))
    )
    found = []
    for piece, sound in zip(pieces, spoken, strict=True):
        found.append(
            _READ.get(piece, "")
            if piece.isdigit()
            else piece
            if len(piece) == 1 and piece in _LETTERS
            else sound
        )
    return found


@lru_cache(maxsize=4096)
def _spoken(text: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    blank: Any = lambda other: [""] * len(other)  # noqa: E731
    said = lazy_pinyin(text, style=Style.NORMAL, errors=blank)
    return tuple(said) if len(said) == len(text) else ("",) * len(text)


@cache
def _soften(sound: str) -> str:
    for pattern, plain in _SOFT:
        sound = pattern.sub(plain, sound)
    return sound


@cache
def _sound_id(sound: str) -> int:
    """Number a syllable for good: the same in every process and file."""
    return 1 + zlib.crc32(sound.encode()) % (1 << 20) if sound else 0


@cache
def _syllabary() -> frozenset[str]:
    from pypinyin import Style
    from pypinyin.pinyin_dict import pinyin_dict
    from pypinyin.style import convert

    common = (code for code in pinyin_dict if 0x4E00 <= code <= 0x9FFF)
    said = {each for code in common for each in pinyin_dict[code].split(",")}
    return frozenset(convert(each, Style.NORMAL, strict=False) for each in said)


@lru_cache(maxsize=4096)
def _split(letters: str) -> list[str] | None:
    """Split by the fewest syllables; of equally few, the one whose first are longest."""
    best: list[list[str] | None] = [None] * len(letters) + [[]]
    for start in range(len(letters) - 1, -1, -1):
        for length in range(min(6, len(letters) - start), 0, -1):
            rest = best[start + length]
            here = best[start]
            if rest is None or letters[start : start + length] not in _syllabary():
                continue
            if here is None or len(rest) + 1 < len(here):
                best[start] = [letters[start : start + length], *rest]
    return best[0]
