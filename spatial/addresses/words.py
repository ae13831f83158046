"""What people say beside a name, as data: abbreviations, kinds of place, fillers, qualifiers, cities."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from spatial.addresses.normal import clean, standard


def _text(name: str) -> str:
    return (files("spatial.addresses") / "data" / name).read_text(encoding="utf-8")


@cache
def short_forms() -> tuple[tuple[str, str], ...]:
    """Pairs (short, full) in standard writing, the longest short form first."""
    rows = csv.DictReader(_text("short_forms.csv").splitlines())
    pairs = {(plain(row["short"]), plain(row["full"])) for row in rows}
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair)))


@cache
def type_words() -> dict[str, frozenset[str]]:
    """Word for a kind of place → kinds of address that it may be said of, the longest word first."""
    rows = list(csv.DictReader(_text("type_words.csv").splitlines()))
    rows.sort(key=lambda row: -len(row["word"]))
    return {plain(row["word"]): frozenset(row["kinds"].split()) for row in rows}


@cache
def qualifiers() -> dict[str, str]:
    """附近, 对面 … → near, opposite …; the longest first."""
    rows = sorted(csv.DictReader(_text("qualifiers.csv").splitlines()), key=lambda row: -len(row["word"]))
    return {row["word"]: row["says"] for row in rows}


@cache
def fillers() -> re.Pattern[str]:
    """What is said and names nothing; qualifiers among it."""
    words = sorted({*_text("fillers.txt").split(), *qualifiers()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


@cache
def cities() -> re.Pattern[str]:
    """Provinces and cities of China where a text begins."""
    names = sorted(set(_text("cities.txt").split()), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(names)})")


def plain(text: str) -> str:
    """Write a word as texts are compared."""
    return standard(clean(text))
