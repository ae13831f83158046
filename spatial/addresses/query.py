"""What a text may mean: the ways in which it can be read, each as tokens and numbers to look for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from spatial.addresses.compile import written_out
from spatial.addresses.normal import clean, counted
from spatial.addresses.parts import Parts, area_code, number_code, slot_code, split_areas, split_door
from spatial.addresses.tokens import MOST, Tokens, initials, join, syllables, tokens
from spatial.addresses.words import cities, fillers, plain, qualifiers, short_forms, type_words

MOST_READINGS = 16
_GATE = re.compile("的?(?:[东西南北]{1,2}|正|大|后|前|侧)(?:大门|门|侧|口|角|边)$")
_LATIN = re.compile("[a-z]+")
_OF = re.compile("(?:旁边|边上|隔壁|对面|附近|对过|里面|楼下|门口)的")
_LONG = 24
"""Latin letters that are read as pinyin at most."""
_ROADS = r"[\u3007\u3400-\u9fff\d]{1,12}?(?:大街|大道|高速|胡同|辅路|路|街|巷|道)"
_CROSSING = re.compile(
    rf"({_ROADS})[与和、及跟同&/+ ]*({_ROADS})[的 ]*(?:(?:交叉|交汇|交会|十字|丁字)?(?:路口|口|处)|交叉)"
)


NOWHERE = np.zeros((2, 3), np.int32)
NOWHERE.setflags(write=False)


@dataclass(frozen=True)
class Reading:
    """One way to read a text."""

    text: Tokens
    asked: Any
    """int32 (7,): number, its addition, until, building, unit, floor, room; as in `Index.row_slot`."""
    tail: int
    """From here on the text says what kind of place it is; the number of tokens where it does not."""
    tail_kinds: frozenset[str]
    foreign: int
    """So many tokens in front name another city."""
    cost: float
    by: str
    """as_written, abbreviation, pinyin, initials, old_name, alias, without_area, …"""
    note: str | None = None
    partial: float = 0.0
    """What it costs, besides, to say a part of a name only."""
    said: Any = field(default_factory=lambda: NOWHERE)
    """int32 (2, 3): district and street that were said (`area_code`, 0 for none), and the tokens
    [from, until) of `text` that say them; empty where they were taken off."""
    wanted: tuple[tuple[str, str], ...] = ()
    """What of number and building the text says, as (name, value), whether or not it is `asked`."""


@dataclass(frozen=True)
class Term:
    """What people may say for a term of the library (`AddressAlias` with a term)."""

    said: str
    term: str
    is_old: bool
    until: str | None


@dataclass(frozen=True)
class Heard:
    """A text without what names nothing."""

    text: str
    qualifier: str | None


def hear(text: str) -> Heard:
    """Take politeness and qualifiers off a text: 我在北大东门附近 → 北大东门, near."""
    cleaned = clean(text)
    said = next((says for word, says in qualifiers().items() if word in cleaned), None)
    left = fillers().sub(" ", cleaned).strip(" 的,，.。!！?？、")
    return Heard(left, said)


def crossing(text: str) -> tuple[str, str] | None:
    """Read "双清路与清华东路交叉口" as two roads; None for anything else."""
    found = _CROSSING.fullmatch(clean(text).strip(" 的"))
    return (found[1], found[2]) if found else None


def readings(text: str, own_areas: frozenset[str], terms: Sequence[Term]) -> list[Reading]:
    """List the ways to read a text, the most literal first; [] when it says nothing.

    own_areas: names of the areas of the library; whatever names another city must be in the address's name.
    """
    heard = hear(text)
    found: dict[tuple[bytes, bytes], Reading] = {}
    for reading in _all(heard.text, clean(text), own_areas, terms):
        key = (np.array(reading.text).tobytes(), reading.asked.tobytes() + reading.said.tobytes())
        if len(reading.text) and (key not in found or found[key].cost > reading.cost):
            found[key] = reading
    return sorted(found.values(), key=lambda each: each.cost)[:MOST_READINGS]


def _all(heard: str, whole: str, own: frozenset[str], terms: Sequence[Term]) -> Iterator[Reading]:
    for front in _without_areas(heard, own):
        yield from (replace(each, said=front.said) for each in _of_front(front, terms))
    for cut in (_before_qualifier(whole), _after_qualifier(whole)):
        if cut is None or cut == heard:
            continue
        for rest, foreign, cost, by, said in _without_areas(cut, own):
            yield from (replace(each, said=said) for each in _read(rest, foreign, cost + 0.02, by))


class _Front(NamedTuple):
    """A text with or without the areas in front of it."""

    rest: str
    foreign: int
    cost: float
    by: str
    said: Any


def _of_front(front: _Front, terms: Sequence[Term]) -> Iterator[Reading]:
    rest, foreign, cost, by, _ = front
    partial = 0.3 if by == "without_area" else 0.0
    yield from (replace(each, partial=partial) for each in _read(rest, foreign, cost, by))
    yield from _replaced(rest, foreign, cost, terms)
    gateless = _GATE.sub("", rest)
    if gateless != rest and len(gateless) > 1:
        yield from _read(gateless, foreign, cost + 0.05, "without_gate")
    for inner in _of_institution(rest):
        read = _read(inner, foreign, cost + 0.06, "without_owner")
        yield from (replace(each, partial=0.5) for each in read)


def _before_qualifier(text: str) -> str | None:
    """What stands before 附近, 对面 … is the place; what stands behind, what happened there."""
    starts = [text.find(word) for word in qualifiers() if word in text]
    front = text[: min(starts)] if starts else ""
    return fillers().sub(" ", front).strip(" 的,，。、") or None


def _after_qualifier(text: str) -> str | None:
    """清河医院对面的清真寺 is the mosque."""
    found = _OF.search(text)
    return fillers().sub(" ", text[found.end() :]).strip(" 的,，。、") or None if found else None


def _of_institution(text: str) -> Iterator[str]:
    """北航新主楼 is 新主楼: what belongs to an institution is often known without it."""
    written = plain(text)
    owner = _owners().match(written)
    if owner and len(written) > owner.end() + 1:
        yield written[owner.end() :]


@cache
def _owners() -> re.Pattern[str]:
    pairs = (pair for pair in short_forms() if pair[1].endswith(("大学", "学院")))
    return re.compile("|".join(sorted({each for pair in pairs for each in pair}, key=len, reverse=True)))


def _without_areas(text: str, own: frozenset[str]) -> Iterator[_Front]:
    """Take known areas off the front; another city stays and must be found."""
    areas, rest = _areas(text, own)
    strange = [
        area for name, area in areas.items() if name in ("province", "city", "district") and area not in own
    ]
    if strange:
        yield _Front(text, _foreign(text, strange), 0.0, "as_written", NOWHERE)
        return
    city = cities().match(rest)
    foreign = 0 if city is None or _is_own(city[0], own) else len(tokens(city[0]))
    street = areas.get("street") if areas.get("street") in own else None
    named = (areas.get("district"), street)
    bare = _bare(rest, own)
    off = rest[: rest.find(bare)] if bare != rest else ""
    short = None if named[0] else _district(off, own)
    yield _Front(rest, foreign, 0.0, "as_written", _said((named[0] or short, street), rest if short else ""))
    if rest != text:
        yield _Front(text, 0, 0.01, "as_written", _said(named, text))
    if bare != rest:
        yield _Front(bare, 0, 0.02, "without_area", _said((named[0] or short, street)))


def _district(text: str, own: frozenset[str]) -> str | None:
    """Find the district of the library that is said without its word: 朝阳."""
    short = (area[:-1] for area in own if area[-1:] in ("区", "县") and len(area) > 2)
    return next((name for name in sorted(short, key=len, reverse=True) if name in text), None)


def _said(names: tuple[str | None, str | None], text: str = "") -> Any:
    """Give district and street as codes, and the tokens of `text` that say them."""
    found = np.zeros((2, 3), np.int32)
    for level, name in enumerate(names):
        if name:
            at = text.find(name)
            begin, until = (
                (len(tokens(text[:at])), len(tokens(text[: at + len(name)]))) if at >= 0 else (0, 0)
            )
            found[level] = area_code(name), begin, until
    return found


def _areas(text: str, own: frozenset[str]) -> tuple[dict[str, str], str]:
    """Areas in any order: 海淀区北京市中关村…"""
    areas, rest = split_areas(text, own)
    more, rest = split_areas(rest, own) if areas else ({}, rest)
    return {**areas, **more}, rest


def _foreign(text: str, strange: list[str]) -> int:
    end = max(text.find(area) + len(area) for area in strange)
    return min(len(tokens(text[:end])), MOST)


def _is_own(city: str, own: frozenset[str]) -> bool:
    return city in own or f"{city}市" in own or f"{city}省" in own


def _bare(text: str, own: frozenset[str]) -> str:
    """Take areas said without their word off the front: 北京 海淀 知春里."""
    words = "|".join(sorted({re.escape(area[:-1]) for area in own if len(area) > 2}, key=len, reverse=True))
    found = re.match(f"(?:中国|{words})+" if words else "中国", text.replace("·", " "))
    rest = text[found.end() :] if found else text
    spaced = re.sub(rf"^(?:(?:{words})[\s·,，、-]*)+", "", text) if words else text
    rest = min(rest.strip(" ·,，、-"), spaced.strip(" ·,，、-"), key=len)
    return rest if len(rest) > 1 else text


def _read(text: str, foreign: int, cost: float, by: str, note: str | None = None) -> Iterator[Reading]:
    """Read road, number and name; with abbreviations written out; in pinyin."""
    slots, rest = split_door(counted(text))
    name = f"{slots.pop('road', '')} {rest}".strip()
    wanted = tuple((slot, slots[slot]) for slot in ("number", "building") if slot in slots)
    read = chain(
        _named(name, _asked(slots), foreign, cost, by, note),
        [_plainly(text, _asked({}), foreign, cost + 0.03, by, note)] if slots else [],
    )
    yield from (replace(each, wanted=wanted) for each in read)


def _named(name: str, asked: Any, foreign: int, cost: float, by: str, note: str | None) -> Iterator[Reading]:
    for each, more, how in _spellings(name):
        literal = how == "as_written"
        tail = _tail(name if literal else "", each)
        yield Reading(each, asked, *tail, foreign, cost + more, by if literal else how, note)
    for full in written_out(name):
        yield _plainly(full, asked, foreign, cost + 0.015, "abbreviation", note)


def _plainly(text: str, asked: Any, foreign: int, cost: float, by: str, note: str | None) -> Reading:
    told = tokens(text)
    return Reading(told, asked, *_tail(text, told), foreign, cost, by, note)


def _replaced(text: str, foreign: int, cost: float, terms: Sequence[Term]) -> Iterator[Reading]:
    """Put the present name of a road in the place of the old one, and full names in that of short ones."""
    for term in terms:
        if term.said in text and term.term not in text:
            note = f"{term.said} → {term.term}" + (f" ({term.until})" if term.until else "")
            by = "old_name" if term.is_old else "alias"
            yield from _read(text.replace(term.said, term.term), foreign, cost + 0.01, by, note)


def _asked(slots: Mapping[str, str]) -> Any:
    parts = Parts(**slots)
    houses = (slot_code(each) for each in (parts.building, parts.unit, parts.floor, parts.room))
    return np.array([*number_code(parts.number), *houses], np.int32)


def _tail(name: str, text: Tokens) -> tuple[int, frozenset[str]]:
    """Find the word for a kind of place that a text ends with."""
    written = plain(name)
    for word, kinds in _tails():
        if written.endswith(word) and len(written) > len(word):
            return max(len(text) - len(tokens(word)), 0), kinds
    return len(text), frozenset()


@cache
def _tails() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(type_words().items())


def _spellings(name: str) -> Iterator[tuple[Tokens, float, str]]:
    """A name as it is; where there are Latin letters, as syllables, and as first letters."""
    yield tokens(name), 0.0, "as_written"
    runs = [run[0] for run in _LATIN.finditer(name) if 1 < len(run[0]) <= _LONG]
    if not runs:
        return
    together = "".join(_LATIN.findall(name))
    if len(together) <= 2 * _LONG and not re.search(r"[\u3400-\u9fff]", name):
        yield from _spelled(together, name)
    else:
        spoken = _in_pieces(name, syllables)
        if spoken is not None:
            yield spoken, 0.02, "pinyin"
        short = _in_pieces(name, lambda run: initials(run) if len(run) <= 8 else None)
        if short is not None:
            yield short, 0.06, "initials"


def _spelled(letters: str, name: str) -> Iterator[tuple[Tokens, float, str]]:
    digits = re.search(r"\d", name)
    spoken = _in_pieces(name, syllables) if digits else syllables(letters)
    if spoken is not None:
        yield spoken, 0.02, "pinyin"
    if 3 <= len(letters) <= 10 and not digits:
        yield initials(letters), 0.06, "initials"


def _in_pieces(name: str, read: Any) -> Tokens | None:
    """Read the Latin runs of a mixed text, and leave the rest as it is."""
    parts = []
    for piece in re.findall(r"[a-z]+|[^a-z]+", name):
        latin = piece[0] in "abcdefghijklmnopqrstuvwxyz" and len(piece) > 1
        told = read(piece) if latin else tokens(piece)
        if told is None:
            return None
        parts.append(told)
    return join(parts) if parts else None
